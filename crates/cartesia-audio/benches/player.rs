//! What playing costs: the render function beside the least that anything with a ring must do, the way
//! from a write to the first sample, and from an interruption to silence.
//!
//! A buffer is 480 frames of stereo, 10 ms at 48 kHz. Divided by 10 ms, the time of `render` is the
//! part of a core that a player takes on the thread of the device.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cartesia_audio::{OfflineOptions, OfflineOutput, Player, SourceFormat, Utterance};
use cartesia_types::RawEncoding;
use criterion::{Criterion, criterion_group, criterion_main};
use ringbuf::HeapRb;
use ringbuf::traits::{Consumer as _, Producer as _, Split as _};

const RATE: u32 = 48_000;
const FRAMES: usize = 480;
const CHANNELS: usize = 2;

/// Buffers that the ring of a player holds, with room to spare.
const BUFFERS: usize = 16;

const FORMAT: SourceFormat = SourceFormat::new(RawEncoding::PcmS16Le, RATE, 1);

struct Voice {
    player: Player,
    utterance: Utterance,
    output: OfflineOutput,
}

impl Voice {
    fn new(volume: f32) -> Option<Self> {
        let options = OfflineOptions::new(RATE).channels(2).keep(false);
        let (player, output) = Player::offline(options).ok()?;
        player.set_volume(volume);
        let utterance = player.utterance(FORMAT).ok()?;
        let mut voice = Self {
            player,
            utterance,
            output,
        };
        voice.refill();
        // Past the fade at the start.
        voice.output.step(FRAMES * 4);
        voice.refill();
        Some(voice)
    }

    /// Makes sure that the ring is full.
    fn refill(&mut self) {
        let audio = [0x11; FRAMES * 2 * BUFFERS];
        while self.utterance.try_write(&audio).unwrap_or(false)
            && self.utterance.position().written_frames < 2 * u64::from(RATE)
        {}
        self.output.stall(Duration::ZERO);
    }
}

/// The time of `rounds` buffers on each of `voices`, without that of filling the rings.
fn render(voices: &mut [Voice], rounds: u64) -> Duration {
    let mut out = [0.0_f32; FRAMES * CHANNELS];
    let mut time = Duration::ZERO;
    let mut left = rounds;
    while left > 0 {
        let count = left.min(BUFFERS as u64);
        voices.iter_mut().for_each(Voice::refill);
        let start = Instant::now();
        for _ in 0..count {
            for voice in &mut *voices {
                voice.output.render(black_box(&mut out));
            }
        }
        time += start.elapsed();
        left -= count;
    }
    time
}

fn render_one_buffer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render_10_ms_of_stereo");
    for (name, players, volume) in [
        ("player", 1, 1.0),
        ("player_at_half_volume", 1, 0.5),
        ("32_players", 32, 1.0),
    ] {
        let mut voices: Vec<Voice> = (0..players).filter_map(|_| Voice::new(volume)).collect();
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| render(&mut voices, rounds));
        });
    }
    group.bench_function("bare_ring", |bencher| {
        let (mut producer, mut consumer) = HeapRb::<f32>::new(FRAMES * BUFFERS).split();
        let audio = vec![0.1_f32; FRAMES * BUFFERS];
        bencher.iter_custom(|rounds| {
            let mut out = [0.0_f32; FRAMES * CHANNELS];
            let mut mono = [0.0_f32; FRAMES];
            let mut time = Duration::ZERO;
            let mut left = rounds;
            while left > 0 {
                let count = left.min(BUFFERS as u64);
                producer.push_slice(&audio);
                let start = Instant::now();
                for _ in 0..count {
                    consumer.pop_slice(&mut mono);
                    for (frame, sample) in out.chunks_exact_mut(CHANNELS).zip(&mono) {
                        frame.fill(*sample);
                    }
                    black_box(&mut out);
                }
                time += start.elapsed();
                consumer.clear();
                left -= count;
            }
            time
        });
    });
    group.finish();
}

fn write_to_first_sample(criterion: &mut Criterion) {
    criterion.bench_function("write_to_first_sample", |bencher| {
        let options = OfflineOptions::new(RATE)
            .channels(2)
            .keep(false)
            .prebuffer(Duration::ZERO);
        let Ok((player, mut output)) = Player::offline(options) else {
            return;
        };
        let audio = [0x11; FRAMES * 2];
        bencher.iter(|| {
            // 10 ms of audio through the queue, the converter and the ring, and all reports of it.
            let Ok(utterance) = player.utterance(FORMAT) else {
                return;
            };
            let _ = utterance.try_write(&audio);
            utterance.finish();
            black_box(output.step(FRAMES));
        });
    });
}

/// The time is that of the processor; the frames until silence are in the name.
fn interrupt_to_silence(criterion: &mut Criterion) {
    let frames = |volume| {
        let mut voice = Voice::new(volume)?;
        let _ = voice.player.interrupt();
        let heard = voice.output.step(FRAMES * BUFFERS);
        let last = heard.iter().rposition(|sample| *sample != 0.0);
        Some(last.map_or(0, |last| last / CHANNELS + 1))
    };
    let name = format!(
        "interrupt_to_silence_{}_frames",
        frames(1.0).unwrap_or_default()
    );
    criterion.bench_function(&name, |bencher| {
        bencher.iter_batched_ref(
            || Voice::new(1.0),
            |voice| {
                let Some(voice) = voice else {
                    return;
                };
                let interruption = voice.player.interrupt();
                voice.output.step(FRAMES);
                black_box(interruption.try_heard());
            },
            criterion::BatchSize::SmallInput,
        );
    });
}

criterion_group!(
    benches,
    render_one_buffer,
    write_to_first_sample,
    interrupt_to_silence
);
criterion_main!(benches);
