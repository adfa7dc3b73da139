//! The state that the render function shares with the rest of the player: only atomics, which cannot block.
//!
//! Positions are frame indices of the ring: the first frame ever pushed is 0. There is one [`Shared`]
//! per opened device; a new device starts again at 0.

use std::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};
use std::time::Duration;

/// A device is believed to play on for two buffers and this time, in nanoseconds.
const GRACE: u64 = 20_000_000;

/// A device that asks so much later than its last buffer lasted, in nanoseconds, was silent in between.
/// Less is within the error of the latencies that devices report.
const LATE: u64 = 50_000_000;

/// Written by the player, read by the render function, and the other way round.
#[derive(Debug)]
pub(crate) struct Shared {
    sample_rate: u32,

    // Written by the player.
    released: AtomicU64,
    sealed: AtomicU64,
    paused: AtomicBool,
    retired: AtomicBool,
    /// The bits of an `f32`.
    gain: AtomicU32,
    /// How fast the volume moves there, per frame; 0 for the usual pace.
    gain_step: AtomicU32,
    /// Frames of one buffer of the device, as the system says; 0 when it does not.
    negotiated: AtomicU32,

    // Written by the render function.
    position: AtomicU64,
    underruns: AtomicU64,
    starved: AtomicU64,
    late: AtomicU64,
    late_nanos: AtomicU64,
    resting: AtomicBool,
    callbacks: AtomicU64,
    /// Frames that the device asked for.
    asked: AtomicU64,
    /// When the last frame that is no silence leaves the speaker.
    audible_until: AtomicU64,
    /// When a device that consumes in real time will have consumed what it asked for.
    filled_until: AtomicU64,
    alive_until: AtomicU64,
    anchor: SeqLock<2>,
    /// The most frames that the device requested at a time; 0 before its first request.
    largest_request: AtomicU32,
    /// From its last request until the first frame of that leaves the speaker, in nanoseconds.
    latency: AtomicU64,

    /// What readers of the playhead have seen, so that it never goes back.
    heard: AtomicU64,
}

impl Shared {
    pub(crate) fn new(sample_rate: u32) -> Self {
        Self {
            sample_rate,
            released: AtomicU64::new(0),
            sealed: AtomicU64::new(0),
            paused: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            gain: AtomicU32::new(1.0_f32.to_bits()),
            gain_step: AtomicU32::new(0),
            negotiated: AtomicU32::new(0),
            position: AtomicU64::new(0),
            underruns: AtomicU64::new(0),
            starved: AtomicU64::new(0),
            late: AtomicU64::new(0),
            late_nanos: AtomicU64::new(0),
            resting: AtomicBool::new(true),
            callbacks: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            audible_until: AtomicU64::new(0),
            filled_until: AtomicU64::new(0),
            alive_until: AtomicU64::new(0),
            anchor: SeqLock::new(),
            largest_request: AtomicU32::new(0),
            latency: AtomicU64::new(0),
            heard: AtomicU64::new(0),
        }
    }

    /// Frames per second of the device.
    pub(crate) fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Releases the audio before `index` of the ring for playback. Call it after pushing.
    pub(crate) fn release(&self, index: u64) {
        self.released.store(index, Release);
    }

    pub(crate) fn released(&self) -> u64 {
        self.released.load(Acquire)
    }

    /// Says that an utterance ends at `index`, so that silence there is no underrun. Call it before
    /// releasing that far.
    pub(crate) fn seal(&self, index: u64) {
        self.sealed.store(index, Release);
    }

    pub(crate) fn sealed(&self) -> u64 {
        self.sealed.load(Acquire)
    }

    pub(crate) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Release);
    }

    /// Silence for good, after a fade.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Release);
    }

    /// Whether playback is stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.paused.load(Acquire) || self.retired.load(Acquire)
    }

    /// Moves the volume there, by `step` per frame; 0 is the usual pace.
    pub(crate) fn set_gain(&self, gain: f32, step: f32) {
        self.gain_step.store(step.to_bits(), Release);
        self.gain.store(gain.to_bits(), Release);
    }

    pub(crate) fn gain_step(&self) -> f32 {
        f32::from_bits(self.gain_step.load(Acquire))
    }

    pub(crate) fn gain(&self) -> f32 {
        f32::from_bits(self.gain.load(Acquire))
    }

    /// The next frame to be taken out of the ring.
    pub(crate) fn position(&self) -> u64 {
        self.position.load(Acquire)
    }

    pub(crate) fn set_position(&self, position: u64) {
        self.position.store(position, Release);
    }

    /// How often audio was missing in mid-utterance.
    pub(crate) fn underruns(&self) -> u64 {
        self.underruns.load(Acquire)
    }

    /// Frames of silence that this made.
    pub(crate) fn starved(&self) -> u64 {
        self.starved.load(Acquire)
    }

    pub(crate) fn count_underrun(&self) {
        self.underruns.fetch_add(1, Release);
    }

    pub(crate) fn count_starved(&self, frames: u64) {
        self.starved.fetch_add(frames, Release);
    }

    /// How often the device asked so late that it was silent while audio was there, and the silence that
    /// this made, in nanoseconds.
    pub(crate) fn late(&self) -> (u64, u64) {
        (self.late.load(Acquire), self.late_nanos.load(Acquire))
    }

    /// For the render function: the device asked for a buffer this much, in nanoseconds, after it had
    /// played everything.
    pub(crate) fn note_lateness(&self, nanos: u64) {
        if nanos >= LATE {
            self.late_nanos.fetch_add(nanos, Release);
            self.late.fetch_add(1, Release);
        }
    }

    /// When the last frame that is no silence leaves the speaker, in nanoseconds of the clock.
    pub(crate) fn audible_until(&self) -> u64 {
        self.audible_until.load(Acquire)
    }

    pub(crate) fn set_audible_until(&self, nanos: u64) {
        self.audible_until.store(nanos, Release);
    }

    /// Whether the last buffer ended in silence.
    pub(crate) fn is_resting(&self) -> bool {
        self.resting.load(Acquire)
    }

    /// Buffers rendered: the sign of life of the device.
    #[cfg(feature = "device")]
    pub(crate) fn callbacks(&self) -> u64 {
        self.callbacks.load(Acquire)
    }

    /// Playing time of what the device asked for.
    #[cfg(feature = "device")]
    pub(crate) fn asked(&self) -> Duration {
        Duration::from_nanos(nanos_of(self.asked.load(Acquire), self.sample_rate))
    }

    /// Playing time of what the device has asked for and cannot have played by `now`: how much it takes
    /// ahead.
    #[cfg(feature = "device")]
    pub(crate) fn ahead(&self, now: u64) -> Duration {
        Duration::from_nanos(self.filled_until.load(Acquire).saturating_sub(now))
    }

    /// Notes what the system says about the length of a buffer of the device.
    pub(crate) fn set_negotiated(&self, frames: Option<u32>) {
        self.negotiated.store(frames.unwrap_or(0), Release);
    }

    /// For the thread of the device: it requests so many frames. The first leaves the speaker in `latency`
    /// nanoseconds.
    pub(crate) fn requested(&self, frames: usize, latency: u64) {
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        let largest = self.largest_request.load(Relaxed).max(frames);
        self.latency.store(latency, Relaxed);
        self.largest_request.store(largest, Release);
    }

    /// Frames of one buffer of the device: as negotiated, or else the most that it has requested at a time.
    /// `None` before its first request, if the system does not say.
    pub(crate) fn buffer_frames(&self) -> Option<u32> {
        let negotiated = Some(self.negotiated.load(Acquire)).filter(|frames| *frames > 0);
        negotiated.or_else(|| self.largest_request())
    }

    /// The latency at the last request of the device; `None` before the first.
    pub(crate) fn latency(&self) -> Option<Duration> {
        self.largest_request()
            .map(|_| Duration::from_nanos(self.latency.load(Relaxed)))
    }

    fn largest_request(&self) -> Option<u32> {
        Some(self.largest_request.load(Acquire)).filter(|frames| *frames > 0)
    }

    /// For the render function: the end of a buffer of so many frames that was asked for at `now`.
    pub(crate) fn rendered(&self, resting: bool, now: u64, frames: u64) {
        let length = nanos_of(frames, self.sample_rate);
        let filled = self.filled_until.load(Relaxed).max(now);
        self.filled_until
            .store(filled.saturating_add(length), Release);
        self.asked.fetch_add(frames, Release);
        let next = now.saturating_add(length.saturating_mul(2));
        self.alive_until.store(next.saturating_add(GRACE), Relaxed);
        self.resting.store(resting, Release);
        self.callbacks.fetch_add(1, Release);
    }

    /// For the render function: `played` frames were taken out of the ring for the speaker, and the
    /// last of them has left it at `nanos`.
    pub(crate) fn set_anchor(&self, played: u64, nanos: u64) {
        self.anchor.write([played, nanos]);
    }

    /// Frames that have left the speaker at the time `now`, in nanoseconds of the clock of the
    /// anchor. Skipped frames do not count. Never goes back.
    pub(crate) fn heard(&self, now: u64) -> u64 {
        let [played, end] = self.anchor.read();
        // A device that stopped requesting audio has stopped playing.
        let now = now.min(self.alive_until.load(Relaxed));
        let behind = frames_in(end.saturating_sub(now), self.sample_rate);
        let heard = played.saturating_sub(behind);
        self.heard.fetch_max(heard, Relaxed).max(heard)
    }
}

/// Numbers that are written by one thread and read together by others, without a lock on either side.
#[derive(Debug)]
pub(crate) struct SeqLock<const N: usize> {
    /// Odd while the numbers are being written.
    sequence: AtomicU64,
    numbers: [AtomicU64; N],
}

impl<const N: usize> Default for SeqLock<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> SeqLock<N> {
    fn new() -> Self {
        Self {
            sequence: AtomicU64::new(0),
            numbers: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// From one thread alone: the render function's.
    pub(crate) fn write(&self, numbers: [u64; N]) {
        let sequence = self.sequence.load(Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Relaxed);
        fence(Release);
        for (cell, number) in self.numbers.iter().zip(numbers) {
            cell.store(number, Relaxed);
        }
        self.sequence.store(sequence.wrapping_add(2), Release);
    }

    /// The numbers of one write.
    pub(crate) fn read(&self) -> [u64; N] {
        loop {
            let before = self.sequence.load(Acquire);
            let numbers = std::array::from_fn(|index| {
                self.numbers.get(index).map_or(0, |cell| cell.load(Relaxed))
            });
            fence(Acquire);
            if before.is_multiple_of(2) && self.sequence.load(Relaxed) == before {
                return numbers;
            }
            // The writer is a few instructions long, but it can be suspended in the middle.
            std::thread::yield_now();
        }
    }
}

/// Frames in a time, rounded up; saturates.
pub(crate) fn frames_in(nanos: u64, sample_rate: u32) -> u64 {
    let frames = (u128::from(nanos) * u128::from(sample_rate)).div_ceil(1_000_000_000);
    u64::try_from(frames).unwrap_or(u64::MAX)
}

/// The time of frames in nanoseconds, rounded down; saturates. Zero when the rate is zero.
pub(crate) fn nanos_of(frames: u64, sample_rate: u32) -> u64 {
    let nanos = (u128::from(frames) * 1_000_000_000).checked_div(u128::from(sample_rate));
    u64::try_from(nanos.unwrap_or(0)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn numbers_that_belong_together_are_never_torn() {
        let anchor = Arc::new(SeqLock::new());
        let reader = {
            let anchor = Arc::clone(&anchor);
            std::thread::spawn(move || {
                let mut last = 0;
                while last < 200_000 {
                    let [played, nanos] = anchor.read();
                    assert_eq!(played * 7, nanos);
                    assert!(played >= last);
                    last = played;
                }
            })
        };
        for played in 1..=200_000 {
            anchor.write([played, played * 7]);
        }
        reader.join().unwrap();
    }

    #[test]
    fn the_playhead_runs_up_to_the_anchor_and_never_back() {
        let shared = Shared::new(1_000);
        shared.set_anchor(50, 1_000_000_000);
        shared.rendered(false, 10_000_000_000, 0);
        // One millisecond is one frame.
        assert_eq!(shared.heard(0), 0);
        assert_eq!(shared.heard(960_000_000), 10);
        assert_eq!(shared.heard(999_999_999), 49);
        assert_eq!(shared.heard(1_000_000_000), 50);
        assert_eq!(shared.heard(9_000_000_000), 50);
        // A device that turns out to be slower than it said.
        shared.set_anchor(60, 10_000_000_000);
        assert_eq!(shared.heard(9_000_000_000), 50);
        assert_eq!(shared.heard(10_000_000_000), 60);
    }

    #[test]
    fn a_silent_device_is_not_believed_to_play_on() {
        let shared = Shared::new(1_000);
        // Half a second in the device's buffer.
        shared.set_anchor(600, 600_000_000);
        shared.rendered(false, 100_000_000, 10);
        assert_eq!(shared.heard(130_000_000), 130);
        assert_eq!(shared.heard(900_000_000), 140);
    }

    #[test]
    fn time_and_frames_do_not_overflow() {
        assert_eq!(frames_in(u64::MAX, u32::MAX), u64::MAX);
        assert_eq!(nanos_of(u64::MAX, 1), u64::MAX);
        assert_eq!(nanos_of(1, 0), 0);
        assert_eq!(nanos_of(48_000, 48_000), 1_000_000_000);
        assert_eq!(frames_in(1, 48_000), 1);
    }
}
