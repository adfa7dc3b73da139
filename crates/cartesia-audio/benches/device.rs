//! The player on a device beside the least that plays at all: a stream of cpal whose callback empties
//! a ring, and a thread that fills it. Both run in a callback of the same stream, so that what is
//! between the callback and the ear is the same and not measured.
//!
//! `cargo xtask sound --bench` runs it on a virtual sound card.
#![expect(clippy::print_stdout, reason = "a table is what this is for")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cartesia_audio::{ExternalOutput, OfflineOptions, Player, SourceFormat, Utterance};
use cartesia_types::RawEncoding;
use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{BufferSize, OutputCallbackInfo, Stream, StreamConfig};
use ringbuf::traits::{Consumer as _, Observer as _, Producer as _, Split as _};
use ringbuf::{HeapCons, HeapProd, HeapRb};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RATE: u32 = 48_000;
const CHANNELS: u16 = 2;
/// What a player asks for unless told otherwise: 20 ms.
const PERIOD: u32 = RATE / 50;
/// What the ring of a player holds: 200 ms.
const RING: usize = RATE as usize / 5;
const FORMAT: SourceFormat = SourceFormat::new(RawEncoding::PcmF32Le, RATE, 1);

/// Times that are measured of one way.
const ROUNDS: u64 = 60;
/// How long processor time is measured.
const LOAD: Duration = Duration::from_secs(5);
/// Nothing that is waited for takes longer.
const LIMIT: Duration = Duration::from_secs(5);

/// What a callback has seen, in nanoseconds since the start, and 0 for never.
struct Probe {
    start: Instant,
    sound: AtomicU64,
    silence: AtomicU64,
}

impl Probe {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            sound: AtomicU64::new(0),
            silence: AtomicU64::new(0),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos())
            .unwrap_or(u64::MAX)
            .max(1)
    }

    /// Looks at a buffer at the end of the callback.
    fn look(&self, out: &[f32]) {
        let first = |when: &AtomicU64| {
            if when.load(Ordering::Relaxed) == 0 {
                when.store(self.now(), Ordering::Release);
            }
        };
        if out.last().is_some_and(|sample| *sample == 0.0) {
            first(&self.silence);
        }
        if out.iter().any(|sample| *sample != 0.0) {
            first(&self.sound);
        }
    }

    /// The time from `action` to what `when` notes.
    fn time(&self, when: &AtomicU64, action: impl FnOnce() -> Result<()>) -> Result<Duration> {
        when.store(0, Ordering::Release);
        let start = self.now();
        action()?;
        let limit = Instant::now() + LIMIT;
        loop {
            let seen = when.load(Ordering::Acquire);
            // A callback that was under way when this began does not count.
            if seen > start {
                return Ok(Duration::from_nanos(seen - start));
            }
            if seen > 0 {
                when.store(0, Ordering::Release);
            }
            if Instant::now() > limit {
                return Err("the device does not ask for audio".into());
            }
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}

/// Something that plays.
trait Voice: Sized {
    fn open(probe: &Arc<Probe>) -> Result<Self>;
    /// Begins to play a second of audio.
    fn write(&mut self) -> Result<()>;
    /// Says that no more comes, so that nothing is written after [`flush`](Self::flush).
    fn settle(&mut self) {}
    /// Silences it.
    fn flush(&mut self) -> Result<()>;
    /// Plays for longer than processor time is measured.
    fn play_on(&mut self) -> Result<()>;
}

fn stream(mut fill: impl FnMut(&mut [f32]) + Send + 'static) -> Result<Stream> {
    let device = cpal::default_host()
        .default_output_device()
        .ok_or("there is no device")?;
    let config = StreamConfig {
        channels: CHANNELS,
        sample_rate: RATE,
        buffer_size: BufferSize::Fixed(PERIOD),
    };
    let callback = move |out: &mut [f32], _: &OutputCallbackInfo| fill(out);
    let stream =
        device.build_output_stream(config, callback, |_| (), Some(Duration::from_secs(1)))?;
    stream.play()?;
    Ok(stream)
}

struct Full {
    player: Player,
    utterance: Option<Utterance>,
    _stream: Stream,
}

impl Full {
    fn begin(&mut self, seconds: usize) -> Result<()> {
        let utterance = self.player.utterance(FORMAT)?;
        let audio = 0.25_f32.to_le_bytes().repeat(RATE as usize * seconds);
        utterance.write_blocking(&audio)?;
        self.utterance = Some(utterance);
        Ok(())
    }
}

impl Voice for Full {
    fn open(probe: &Arc<Probe>) -> Result<Self> {
        let (player, output) = Player::external(OfflineOptions::new(RATE).channels(CHANNELS))?;
        let probe = Arc::clone(probe);
        let mut output: ExternalOutput = output;
        let stream = stream(move |out| {
            output.render(out, Duration::ZERO);
            probe.look(out);
        })?;
        Ok(Self {
            player,
            utterance: None,
            _stream: stream,
        })
    }

    fn write(&mut self) -> Result<()> {
        self.begin(1)
    }

    fn flush(&mut self) -> Result<()> {
        let _ = self.player.interrupt();
        Ok(())
    }

    fn play_on(&mut self) -> Result<()> {
        self.begin(10)
    }
}

struct Bare {
    wanted: Arc<AtomicBool>,
    flush: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    _stream: Stream,
}

impl Bare {
    /// Fills the ring while there is something to play.
    fn feed(mut ring: HeapProd<f32>, wanted: &AtomicBool, stop: &AtomicBool) {
        let piece = vec![0.25_f32; RING];
        while !stop.load(Ordering::Acquire) {
            if wanted.load(Ordering::Acquire) {
                ring.push_slice(&piece);
                std::thread::sleep(Duration::from_millis(20));
            } else {
                std::thread::park_timeout(Duration::from_micros(500));
            }
        }
    }

    fn fill(ring: &mut HeapCons<f32>, flush: &AtomicBool, out: &mut [f32]) {
        if flush.swap(false, Ordering::AcqRel) {
            let waiting = ring.occupied_len();
            ring.skip(waiting);
        }
        for frame in out.chunks_exact_mut(usize::from(CHANNELS)) {
            frame.fill(ring.try_pop().unwrap_or_default());
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

impl Voice for Bare {
    fn open(probe: &Arc<Probe>) -> Result<Self> {
        let (producer, mut consumer) = HeapRb::<f32>::new(RING).split();
        let flags = || Arc::new(AtomicBool::new(false));
        let (wanted, flush, stop) = (flags(), flags(), flags());
        {
            let (wanted, stop) = (Arc::clone(&wanted), Arc::clone(&stop));
            std::thread::spawn(move || Self::feed(producer, &wanted, &stop));
        }
        let (probe, flushed) = (Arc::clone(probe), Arc::clone(&flush));
        let stream = stream(move |out| {
            Self::fill(&mut consumer, &flushed, out);
            probe.look(out);
        })?;
        Ok(Self {
            wanted,
            flush,
            stop,
            _stream: stream,
        })
    }

    fn write(&mut self) -> Result<()> {
        self.wanted.store(true, Ordering::Release);
        Ok(())
    }

    fn settle(&mut self) {
        self.wanted.store(false, Ordering::Release);
        // What the thread is about to write is written by then.
        std::thread::sleep(Duration::from_millis(25));
    }

    fn flush(&mut self) -> Result<()> {
        self.flush.store(true, Ordering::Release);
        Ok(())
    }

    fn play_on(&mut self) -> Result<()> {
        self.write()
    }
}

struct Figures {
    to_sound: Vec<Duration>,
    to_silence: Vec<Duration>,
    load: [Option<Duration>; 2],
}

fn measure<V: Voice>() -> Result<Figures> {
    let (mut to_sound, mut to_silence) = (Vec::new(), Vec::new());
    let probe = Probe::new();
    let mut voice = V::open(&probe)?;
    for round in 0..ROUNDS {
        to_sound.push(probe.time(&probe.sound, || voice.write())?);
        // Somewhere in a period of the device, and far from the fade at the start.
        std::thread::sleep(Duration::from_millis(60 + round * 7 % 20));
        voice.settle();
        to_silence.push(probe.time(&probe.silence, || voice.flush())?);
        std::thread::sleep(Duration::from_millis(40 + round * 11 % 20));
    }
    drop(voice);
    Ok(Figures {
        to_sound,
        to_silence,
        load: [load::<V>(1)?, load::<V>(32)?],
    })
}

/// Processor time that voices take while they play. `None` where the system does not tell it.
fn load<V: Voice>(count: usize) -> Result<Option<Duration>> {
    let probe = Probe::new();
    let mut voices = (0..count)
        .map(|_| V::open(&probe))
        .collect::<Result<Vec<V>>>()?;
    for voice in &mut voices {
        voice.play_on()?;
    }
    let Some(before) = processor_time() else {
        return Ok(None);
    };
    std::thread::sleep(LOAD);
    Ok(processor_time().map(|after| after.saturating_sub(before)))
}

/// Processor time of a player that has played and waits for the next utterance, on a device that asks for silence,
/// or that it has suspended.
fn idle(suspend_after: Option<Duration>) -> Result<Option<Duration>> {
    let player = Player::builder().suspend_after(suspend_after).open()?;
    let utterance = player.utterance(FORMAT)?;
    utterance.write_blocking(&vec![0; RATE as usize])?;
    utterance.finish();
    utterance.drained_blocking();
    std::thread::sleep(Duration::from_secs(1));
    let Some(before) = processor_time() else {
        return Ok(None);
    };
    std::thread::sleep(LOAD);
    Ok(processor_time().map(|after| after.saturating_sub(before)))
}

/// User and system time of this process.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    // Linux counts these in hundredths of a second everywhere.
    Some(Duration::from_millis((ticks()? + ticks()?) * 10))
}

fn middle(times: &mut [Duration]) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

fn row(name: &str, player: Option<Duration>, bare: Option<Duration>) {
    let (Some(player), Some(bare)) = (player, bare) else {
        return println!("{name:<34} not known on this system");
    };
    let (player, bare) = (player.as_secs_f64() * 1e3, bare.as_secs_f64() * 1e3);
    let ratio = player / bare.max(f64::MIN_POSITIVE);
    println!("{name:<34} {player:>10.1} ms {bare:>10.1} ms {ratio:>8.2}");
}

fn main() -> Result<()> {
    if stream(|_| ()).is_err() {
        println!("There is no device; `cargo xtask sound --bench` has a virtual one.");
        return Ok(());
    }
    let (mut player, mut bare) = (measure::<Full>()?, measure::<Bare>()?);
    let seconds = LOAD.as_secs();
    println!("{:<34} {:>13} {:>13} {:>8}", "", "player", "bare", "ratio");
    row(
        "write to first sample, median",
        middle(&mut player.to_sound),
        middle(&mut bare.to_sound),
    );
    row(
        "flush to silence, median",
        middle(&mut player.to_silence),
        middle(&mut bare.to_silence),
    );
    for (count, (player, bare)) in ["1 voice", "32 voices"]
        .iter()
        .zip(player.load.into_iter().zip(bare.load))
    {
        row(
            &format!("processor time of {count}, {seconds} s"),
            player,
            bare,
        );
    }
    let (asked, suspended) = (idle(None)?, idle(Some(Duration::from_millis(200)))?);
    for (name, time) in [("an idle device", asked), ("a suspended device", suspended)] {
        match time {
            Some(time) => println!(
                "{:<34} {:>10.1} ms",
                format!("processor time of {name}, {seconds} s"),
                time.as_secs_f64() * 1e3
            ),
            None => println!("processor time of {name}: not known on this system"),
        }
    }
    Ok(())
}
