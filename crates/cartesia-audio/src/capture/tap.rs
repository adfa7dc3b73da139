//! The writing end of a microphone's ring, on the thread of the audio device: it only stores and counts.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release},
};

use ringbuf::traits::{Observer as _, Producer as _, Split as _};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use crate::shared::{SeqLock, nanos_of};

/// The state that both ends of the ring share. There is one per opened device.
#[derive(Debug, Default)]
pub(crate) struct TapShared {
    /// When which frame was captured; frames count from 0 when the device was opened, and those that
    /// found no room do not count.
    anchor: SeqLock<2>,
    overruns: AtomicU64,
    dropped: AtomicU64,
    callbacks: AtomicU64,
}

impl TapShared {
    /// A frame, and the time in nanoseconds at which it was captured.
    pub(crate) fn anchor(&self) -> (u64, u64) {
        let [frame, nanos] = self.anchor.read();
        (frame, nanos)
    }

    /// The number of overruns of the ring; consecutive buffers count as one.
    pub(crate) fn overruns(&self) -> u64 {
        self.overruns.load(Acquire)
    }

    /// Frames that found no room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Acquire)
    }

    /// Buffers with audio: the sign of life of the device.
    #[cfg(any(feature = "device", test))]
    pub(crate) fn callbacks(&self) -> u64 {
        self.callbacks.load(Acquire)
    }
}

/// Samples that are converted at a time.
const PIECE: usize = 512;

/// The producer of the ring.
pub(crate) struct Tap {
    ring: HeapProd<f32>,
    shared: Arc<TapShared>,
    channels: usize,
    /// Frames stored.
    stored: u64,
    /// Whether the last buffer did not fit.
    full: bool,
}

impl Tap {
    /// A ring for `frames` of `channels` samples.
    pub(crate) fn new(frames: usize, channels: usize) -> (Self, HeapCons<f32>, Arc<TapShared>) {
        let channels = channels.max(1);
        let (producer, consumer) = HeapRb::new(frames.max(1) * channels).split();
        let shared = Arc::new(TapShared::default());
        let tap = Self {
            ring: producer,
            shared: Arc::clone(&shared),
            channels,
            stored: 0,
            full: false,
        };
        (tap, consumer, shared)
    }

    /// [`capture`](Self::capture) of samples of another type, from a device at `rate` frames per second.
    pub(crate) fn capture_as<T: Copy>(
        &mut self,
        input: &[T],
        captured: u64,
        sample_rate: u32,
        convert: impl Fn(T) -> f32,
    ) {
        let mut piece = [0.0_f32; PIECE];
        let length = PIECE.saturating_sub(PIECE % self.channels).max(1);
        let mut frames = 0;
        for part in input.chunks(length) {
            for (to, from) in piece.iter_mut().zip(part) {
                *to = convert(*from);
            }
            let at = captured.saturating_add(nanos_of(frames, sample_rate));
            self.capture(piece.get(..part.len()).unwrap_or_default(), at);
            frames += (part.len() / self.channels) as u64;
        }
    }

    /// Stores one buffer of the device, interleaved, whose first frame was captured at `captured`, in
    /// nanoseconds. Whole frames that do not fit are dropped, the newest first.
    pub(crate) fn capture(&mut self, input: &[f32], captured: u64) {
        let frames = input.len() / self.channels;
        let room = self.ring.vacant_len() / self.channels;
        let fitting = frames.min(room);
        let samples = input.get(..fitting * self.channels).unwrap_or_default();
        if !samples.is_empty() {
            // Written before the samples: a reader that finds samples also finds their time.
            self.shared.anchor.write([self.stored, captured]);
            self.ring.push_slice(samples);
            self.stored += fitting as u64;
        }
        if fitting < frames {
            if !self.full {
                self.shared.overruns.fetch_add(1, Release);
            }
            self.shared
                .dropped
                .fetch_add((frames - fitting) as u64, Release);
        }
        self.full = fitting < frames;
        // A buffer without a frame is no sign of life.
        if frames > 0 {
            self.shared.callbacks.fetch_add(1, Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use ringbuf::traits::Consumer as _;

    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_never_half_a_frame_is_stored() {
        let (mut tap, mut ring, shared) = Tap::new(3, 2);
        tap.capture(&[1.0, 2.0, 3.0, 4.0], 100);
        tap.capture(&[5.0, 6.0, 7.0, 8.0, 9.0], 200);
        assert_eq!((shared.overruns(), shared.dropped()), (1, 1));
        assert_eq!(shared.anchor(), (2, 200));
        // Still full: the same overrun.
        tap.capture(&[9.0, 9.0], 300);
        assert_eq!((shared.overruns(), shared.dropped()), (1, 2));
        assert_eq!(shared.anchor(), (2, 200));
        assert_eq!(
            ring.pop_iter().collect::<Vec<_>>(),
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
        );
        tap.capture(&[1.0, 2.0], 400);
        assert_eq!((shared.overruns(), shared.callbacks()), (1, 4));
        tap.capture(&[], 500);
        assert_eq!(shared.callbacks(), 4);
        assert_eq!(shared.anchor(), (3, 400));
    }
}
