//! One measured process.

use std::time::{Duration, Instant};

use cartesia::RawFormat;
use tokio::runtime::{Builder, Runtime};
use xtask::Result;

use crate::scenario::{Figures, Place, Run, Scenario, Transport};
use crate::server::Address;
use crate::usage::{Usage, peak_memory};
use crate::{players, sse, stalled, start, transcription, websocket};

/// What streams are made of: the most bytes that people ask for.
const FULL: RawFormat = RawFormat::PCM_F32LE_44100;
/// What many contexts at once are made of, as for phones and agents.
const MODEST: RawFormat = RawFormat::PCM_S16LE_16000;
/// Minutes of speech that a stream has.
pub(crate) const MINUTES: usize = 12;
/// Seconds that contexts speak in real time.
const SECONDS: usize = 4;
/// A chunk of a context in real time has so many milliseconds.
const PACE: u64 = 100;
/// Requests, one after the other.
const REQUESTS: usize = 200;

/// What a client saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) bytes: usize,
    /// When the first audio was there.
    pub(crate) first: Option<Instant>,
    /// How late each chunk was, in milliseconds.
    pub(crate) late: Vec<f64>,
}

impl Seen {
    pub(crate) fn chunk(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.first.get_or_insert_with(Instant::now);
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.late.extend(other.late);
    }
}

enum Connection {
    WebSocket(websocket::Connection),
    Sse(sse::Connection),
}

impl Connection {
    async fn open(run: Run, port: u16, plan: &str) -> Result<Self> {
        Ok(match run.transport {
            Transport::WebSocket => {
                Self::WebSocket(websocket::Connection::open(run.client, port, plan).await?)
            }
            Transport::Sse => Self::Sse(sse::Connection::open(run.client, port, plan)?),
            Transport::None => return Err("there is no network".into()),
        })
    }

    async fn speak(&mut self, contexts: usize, format: RawFormat, paced: bool) -> Result<Seen> {
        match self {
            Self::WebSocket(connection) => connection.speak(contexts, format, paced).await,
            Self::Sse(connection) => connection.speak(format).await,
        }
    }
}

/// `bench client ADDRESS RUN`: prints what it measured as JSON.
pub(crate) fn run(arguments: &[String]) -> Result {
    let [address, run] = arguments else {
        return Err("an address and a run".into());
    };
    let (address, run): (Address, Run) = (serde_json::from_str(address)?, run.parse()?);
    let runtime = match run.place {
        Place::CurrentThread => Builder::new_current_thread().enable_all().build()?,
        Place::Task | Place::Main => Builder::new_multi_thread().enable_all().build()?,
    };
    let figures = in_place(&runtime, run.place, async move {
        // An error of a task has to be `Send`.
        measure(run, &address)
            .await
            .map_err(|error| error.to_string())
    })?;
    println!("{}", serde_json::to_string(&figures?)?);
    Ok(())
}

fn in_place<T: Send + 'static>(
    runtime: &Runtime,
    place: Place,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T> {
    Ok(match place {
        Place::Task => runtime.block_on(runtime.spawn(work))?,
        Place::Main | Place::CurrentThread => runtime.block_on(work),
    })
}

async fn measure(run: Run, address: &Address) -> Result<Figures> {
    let port = address.port;
    match run.scenario {
        Scenario::Stream { chunk } => stream(run, port, chunk).await,
        Scenario::Contexts { count } => contexts(run, port, count).await,
        Scenario::Requests => requests(run, port).await,
        Scenario::Stalled => stalled::measure(port).await,
        Scenario::Transcription => transcription::measure(run.client, port).await,
        Scenario::Start(start) => start::measure(run, start, address).await,
        Scenario::Players { count } => players::play(run.client, count),
        Scenario::Idle { suspended } => players::idle(suspended),
        Scenario::Conversion { rate } => players::convert(rate),
    }
}

/// Bytes of audio in a minute of a stream.
pub(crate) fn bytes_of_a_minute() -> usize {
    let minute = FULL.bytes_of_duration(Duration::from_secs(60));
    usize::try_from(minute).unwrap_or(usize::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
async fn stream(run: Run, port: u16, chunk: usize) -> Result<Figures> {
    let chunks = bytes_of_a_minute() / chunk;
    let plan = format!("/{chunk}/{chunks}/0");
    let mut connection = Connection::open(run, port, &plan).await?;
    connection.speak(1, FULL, false).await?;
    let before = Usage::now()?;
    for _ in 0..MINUTES {
        let seen = connection.speak(1, FULL, false).await?;
        if seen.bytes < chunks * chunk {
            return Err(format!("{} bytes of {}", seen.bytes, chunks * chunk).into());
        }
    }
    let used = Usage::now()?.since(before);
    let all = (chunks * MINUTES) as f64;
    Ok(Figures {
        cpu: used.cpu.as_secs_f64() * 1e3 / MINUTES as f64,
        faults_per_chunk: used.faults as f64 / all,
        switches_per_chunk: used.switches as f64 / all,
        memory: peak_memory()? as f64 / 1024.0,
        ..Figures::default()
    })
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
async fn contexts(run: Run, port: u16, count: usize) -> Result<Figures> {
    let chunk = usize::try_from(MODEST.bytes_of_duration(Duration::from_millis(PACE)))?;
    let chunks = SECONDS * 1000 / usize::try_from(PACE)?;
    let plan = format!("/{chunk}/{chunks}/{}", PACE * 1000);
    let mut connection = Connection::open(run, port, &plan).await?;
    let before = Usage::now()?;
    let mut seen = connection.speak(count, MODEST, true).await?;
    let used = Usage::now()?.since(before);
    let all = (chunks * count) as f64;
    let (p50, p99) = percentiles(&mut seen.late);
    Ok(Figures {
        cpu: used.cpu.as_secs_f64() * 1e3 * 60.0 / (SECONDS * count) as f64,
        faults_per_chunk: used.faults as f64 / all,
        switches_per_chunk: used.switches as f64 / all,
        p50,
        p99,
        memory: peak_memory()? as f64 / 1024.0,
        ..Figures::default()
    })
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
async fn requests(run: Run, port: u16) -> Result<Figures> {
    let mut connection = Connection::open(run, port, "/3200/4/0").await?;
    let mut waits = Vec::new();
    let before = Usage::now()?;
    for _ in 0..REQUESTS {
        let asked = Instant::now();
        let seen = connection.speak(1, MODEST, false).await?;
        let first = seen.first.ok_or("there was no audio")?;
        waits.push(first.duration_since(asked).as_secs_f64() * 1e3);
    }
    let used = Usage::now()?.since(before);
    let (p50, p99) = percentiles(&mut waits);
    Ok(Figures {
        cpu: used.cpu.as_secs_f64() * 1e3 / REQUESTS as f64,
        switches_per_chunk: used.switches as f64 / REQUESTS as f64,
        p50,
        p99,
        memory: peak_memory()? as f64 / 1024.0,
        ..Figures::default()
    })
}

fn percentiles(values: &mut [f64]) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |percent: usize| match values.len() {
        0 => 0.0,
        length => values[(length - 1) * percent / 100],
    };
    (at(50), at(99))
}
