//! Players of speech, and the least that plays at all: a callback that empties a ring, which a thread fills.
//!
//! A thread takes the part of the device: it asks for 20 ms of audio every 20 ms.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cartesia::RawEncoding;
use cartesia_audio::{OfflineOptions, Player, SourceFormat};
use ringbuf::HeapRb;
use ringbuf::traits::{Consumer as _, Producer as _, Split as _};
use xtask::Result;

use crate::scenario::{Client, Figures};
use crate::usage::{Usage, peak_memory};

const RATE: u32 = 48_000;
const CHANNELS: u16 = 2;
const PERIOD: Duration = Duration::from_millis(20);
/// How long they play, and how long they are measured of that.
const SECONDS: u32 = 4;
const MEASURED: Duration = Duration::from_secs(3);
/// Seconds of audio that are converted.
const CONVERTED: u32 = 60;

/// Samples of a device that asks for audio.
fn period() -> Vec<f32> {
    vec![0.0; (RATE / 50) as usize * usize::from(CHANNELS)]
}

/// Calls `fill` every 20 ms.
fn device(mut fill: impl FnMut(&mut [f32]) + Send + 'static) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let (mut out, start) = (period(), Instant::now());
        for number in 0..SECONDS * 50 {
            let due = start + PERIOD * number;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            fill(&mut out);
        }
    })
}

/// So many voices at once.
pub(crate) fn play(client: Client, count: usize) -> Result<Figures> {
    let stop = Arc::new(AtomicBool::new(false));
    let mut threads = Vec::new();
    // They live as long as they play.
    let mut players = Vec::new();
    for _ in 0..count {
        if client == Client::Ours {
            let (device, player) = ours()?;
            threads.push(device);
            players.push(player);
        } else {
            threads.extend(bare(&stop));
        }
    }
    // The start costs more, and is no part of it.
    std::thread::sleep(Duration::from_millis(500));
    let before = Usage::now()?;
    std::thread::sleep(MEASURED);
    let used = Usage::now()?.since(before);
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().map_err(|_| "a thread has panicked")?;
    }
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let minutes = MEASURED.as_secs_f64() * count as f64 / 60.0;
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let memory = peak_memory()? as f64 / 1024.0;
    Ok(Figures {
        cpu: used.cpu.as_secs_f64() * 1e3 / minutes,
        memory,
        ..Figures::default()
    })
}

fn ours() -> Result<(JoinHandle<()>, Player)> {
    let (player, mut output) = Player::external(OfflineOptions::new(RATE).channels(CHANNELS))?;
    let utterance = player.utterance(SourceFormat::new(RawEncoding::PcmF32Le, RATE, 1))?;
    let audio = 0.25_f32.to_le_bytes().repeat((RATE * SECONDS) as usize);
    utterance.write_blocking(&audio)?;
    utterance.finish();
    let device = device(move |out| output.render(out, Duration::ZERO));
    Ok((device, player))
}

fn bare(stop: &Arc<AtomicBool>) -> [JoinHandle<()>; 2] {
    let (mut full, mut empty) = HeapRb::<f32>::new(RATE as usize / 5).split();
    let stop = Arc::clone(stop);
    let feeder = std::thread::spawn(move || {
        let piece = vec![0.25_f32; RATE as usize / 5];
        while !stop.load(Ordering::Relaxed) {
            full.push_slice(&piece);
            std::thread::sleep(PERIOD);
        }
    });
    let device = device(move |out| {
        for frame in out.chunks_exact_mut(usize::from(CHANNELS)) {
            frame.fill(empty.try_pop().unwrap_or_default());
        }
    });
    [feeder, device]
}

/// A player that has played, and waits for the next utterance. The thread of a suspended device asks for nothing.
pub(crate) fn idle(suspended: bool) -> Result<Figures> {
    let (player, mut output) = Player::external(OfflineOptions::new(RATE).channels(CHANNELS))?;
    let utterance = player.utterance(SourceFormat::new(RawEncoding::PcmF32Le, RATE, 1))?;
    utterance.write_blocking(&vec![0; RATE as usize])?;
    utterance.finish();
    let mut out = period();
    while utterance.report().is_none() {
        output.render(&mut out, Duration::ZERO);
        std::thread::sleep(PERIOD);
    }
    let device = if suspended {
        std::thread::spawn(|| std::thread::sleep(PERIOD * SECONDS * 50))
    } else {
        device(move |out| output.render(out, Duration::ZERO))
    };
    std::thread::sleep(Duration::from_millis(500));
    let before = Usage::now()?;
    std::thread::sleep(MEASURED);
    let used = Usage::now()?.since(before);
    device.join().map_err(|_| "a thread has panicked")?;
    Ok(Figures {
        cpu: used.cpu.as_secs_f64() * 1e3 * 60.0 / MEASURED.as_secs_f64(),
        ..Figures::default()
    })
}

/// A minute of 16-bit audio with this rate, as fast as it goes.
pub(crate) fn convert(rate: u32) -> Result<Figures> {
    let options = OfflineOptions::new(RATE).channels(CHANNELS).keep(false);
    let (player, mut output) = Player::offline(options)?;
    let utterance = player.utterance(SourceFormat::new(RawEncoding::PcmS16Le, rate, 1))?;
    let mut random = fastrand::Rng::with_seed(7);
    let second: Vec<u8> = (0..2 * rate).map(|_| random.u8(..)).collect();
    let before = Usage::now()?;
    let mut frames = 0;
    for _ in 0..CONVERTED {
        utterance.write_blocking(&second)?;
        frames += output.run_until_idle();
    }
    if frames < u64::from((CONVERTED - 1) * RATE) {
        return Err(format!("{frames} frames were played").into());
    }
    let used = Usage::now()?.since(before);
    Ok(Figures {
        cpu: used.cpu.as_secs_f64() * 1e3 * 60.0 / f64::from(CONVERTED),
        ..Figures::default()
    })
}
