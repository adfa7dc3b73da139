//! `cargo xtask soak`: many conversations at once over a pool of WebSockets, through a network that cuts and
//! stalls connections, with callers that cancel, interrupt, lag and lose interest.
//!
//! Nothing waits for the time that speech takes: the mock server sends as fast as it can. At the end everything
//! that began must have ended, in a way that is allowed, with exactly the audio of a calm network where it ended
//! well; and neither tasks nor open files nor memory may be left over. Then a voice agent talks for an hour of its
//! speaker's time, through the same network.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: results go to stdout, progress to stderr"
)]

mod conversation;
mod process;
mod server;
mod speech;
mod tally;
mod trouble;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cartesia::{Backoff, Client, ContextPolicy, PoolConfig, ReconnectPolicy, Timeouts, TtsPool};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use xtask::Result;

use conversation::Texts;
use process::Process;
use server::Server;
use tally::Tally;
use trouble::Trouble;

/// Conversations at once: more than the pool has room for, so that some wait in line.
const CALLERS: usize = 48;

/// How long the pool, and what is left of its tasks, may take to end.
const ENDING: Duration = Duration::from_secs(20);

/// What memory may grow by after the first part of the run, which fills caches and buffers.
const GROWTH: u64 = 48 << 20;

struct Arguments {
    time: Duration,
    seed: u64,
}

impl Arguments {
    fn read(words: &[String]) -> Result<Self> {
        let mut read = Self {
            time: Duration::from_secs(60),
            seed: fastrand::u64(..),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words
                .next()
                .ok_or_else(|| format!("`{word}` needs a value"))?;
            match word.as_str() {
                "--minutes" => {
                    let minutes: f64 = value.parse()?;
                    read.time = Duration::try_from_secs_f64(minutes * 60.0)?;
                }
                "--seed" => read.seed = value.parse()?,
                _ => return Err(format!("unexpected argument `{word}`").into()),
            }
        }
        Ok(read)
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result {
    let arguments = Arguments::read(arguments)?;
    let server = Server::start()?;
    // In a runtime of its own: the tasks of the other one are all the client's.
    let network = Trouble::start(server.address, arguments.seed)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    eprintln!(
        "soak: {CALLERS} callers for {:?}, with --seed {}",
        arguments.time, arguments.seed
    );
    let texts = runtime.block_on(async {
        let calm = client(server.address)?.tts().pool(PoolConfig::default())?;
        let texts = Texts::measure(&calm).await?;
        calm.close().await;
        Ok::<_, Box<dyn std::error::Error>>(texts)
    })?;

    let tally = Arc::new(Tally::default());
    let before = Process::now()?;
    let entered = runtime.enter();
    let pool = client(network.address)?.tts().pool(
        PoolConfig::default()
            .with_max_contexts(32)
            .with_contexts_per_connection(8)
            .with_max_age(Duration::from_secs(5)),
    )?;
    drop(entered);
    let warm = talk(&runtime, &pool, &texts, &tally, &arguments)?;
    let hung =
        runtime.block_on(async { tokio::time::timeout(ENDING, pool.close()).await.is_err() });
    let stats = pool.stats();
    drop(pool);
    let client = client(network.address)?;
    let spoken = runtime.block_on(speech::hour(&client, arguments.seed))?;
    drop(client);
    let tasks = wait_for_tasks(&runtime);
    let after = Process::now()?;
    drop(network);

    println!("{tally}");
    println!("{spoken}");
    println!("pool      {stats:?}");
    println!(
        "memory    {} KiB warm, {} KiB at the end",
        warm.memory >> 10,
        after.memory >> 10
    );
    println!(
        "files     {} at the start, {} at the end",
        before.files, after.files
    );
    println!("tasks     {tasks} at the end");

    let mut faults = tally.faults();
    faults.extend(spoken.faults);
    let mut expect = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    expect(!hung, format!("the pool did not close within {ENDING:?}"));
    expect(
        stats.live_contexts == 0,
        format!("{} contexts live on", stats.live_contexts),
    );
    expect(
        stats.waiting == 0,
        format!("{} callers wait for ever", stats.waiting),
    );
    expect(tasks == 0, format!("{tasks} tasks never ended"));
    expect(
        after.files <= before.files,
        format!(
            "{} files stay open",
            after.files.saturating_sub(before.files)
        ),
    );
    expect(
        after.memory <= warm.memory + GROWTH,
        format!(
            "memory grew by {} MiB",
            after.memory.saturating_sub(warm.memory) >> 20
        ),
    );
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("; ").into())
    }
}

/// Limits are as short as the server is fast.
fn client(address: std::net::SocketAddr) -> Result<Client> {
    let timeouts = Timeouts::default()
        .with_connect(Duration::from_secs(2))
        .with_first_audio(Duration::from_secs(2))
        .with_silence(Duration::from_secs(1))
        .with_close(Duration::from_secs(1));
    let reconnect = ReconnectPolicy::default().with_backoff(Backoff::new(
        Duration::from_millis(5),
        Duration::from_millis(100),
    ));
    Ok(Client::builder()
        .api_key("sk_car_soak")
        .base_url(format!("http://{address}"))
        .timeouts(timeouts)
        .contexts(ContextPolicy::default().with_reconnect(reconnect))
        .build()?)
}

/// Lets all callers talk until the time is over. Returns what the process used when it was warm.
fn talk(
    runtime: &Runtime,
    pool: &TtsPool,
    texts: &Arc<Texts>,
    tally: &Arc<Tally>,
    arguments: &Arguments,
) -> Result<Process> {
    let start = Instant::now();
    let time = arguments.time;
    runtime.block_on(async {
        let mut callers = JoinSet::new();
        for number in 0..CALLERS {
            let (pool, texts, tally) = (pool.clone(), Arc::clone(texts), Arc::clone(tally));
            let mut random = fastrand::Rng::with_seed(arguments.seed ^ number as u64);
            callers.spawn(async move {
                while start.elapsed() < time {
                    conversation::one(&pool, &texts, &tally, &mut random).await;
                }
            });
        }
        tokio::time::sleep(time / 3).await;
        let warm = Process::now()?;
        while let Some(ended) = callers.join_next().await {
            ended?;
        }
        Ok(warm)
    })
}

/// The tasks that are left when they had time to end.
fn wait_for_tasks(runtime: &Runtime) -> usize {
    let deadline = Instant::now() + ENDING;
    loop {
        let tasks = runtime.metrics().num_alive_tasks();
        if tasks == 0 || Instant::now() > deadline {
            return tasks;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read() {
        let read = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            Arguments::read(&words)
        };
        let both = read(&["--minutes", "0.5", "--seed", "7"]).unwrap();
        assert_eq!((both.time, both.seed), (Duration::from_secs(30), 7));
        for words in [
            &["--minutes"][..],
            &["--minutes", "-1"],
            &["--minutes", "inf"],
            &["--hours", "1"],
        ] {
            assert!(read(words).is_err(), "{words:?}");
        }
    }
}
