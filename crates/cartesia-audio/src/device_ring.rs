//! The player's side of one open device: the producer of the ring, and its progress.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ringbuf::traits::{Observer as _, Producer as _, Split as _};
use ringbuf::{HeapProd, HeapRb};

use crate::capture::slot::{TapSender, tap_slot};
use crate::cuts::{self, Cutter, Range, Skipped};
use crate::render::{MAX_LANES, Renderer};
use crate::shared::{Shared, nanos_of};

pub(crate) struct DeviceRing {
    pub(crate) shared: Arc<Shared>,
    producer: HeapProd<f32>,
    pub(crate) sample_rate: u32,
    pub(crate) lanes: usize,
    /// Whether sound starts and ends with a fade.
    fades: bool,
    /// Frames that the ring holds.
    pub(crate) capacity: u64,
    /// Frames pushed since the device was opened.
    pub(crate) written: u64,
    /// Converted frames that did not fit into the ring.
    pub(crate) staged: Vec<f32>,
    staged_from: usize,
    cutter: Cutter,
    /// The way of a tap to the render function.
    pub(crate) taps: TapSender,
    /// Ranges given up that the playhead has not reached.
    cuts: VecDeque<Skipped>,
    /// Frames given up before the playhead.
    passed: u64,
    /// What was counted of the device's silence.
    pub(crate) seen_silence: SeenSilence,
}

/// The silence of a device: how often it starved, frames of that, and how often and long it was late.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SeenSilence {
    pub(crate) underruns: u64,
    pub(crate) starved: u64,
    pub(crate) late: (u64, u64),
}

/// The format of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeviceFormat {
    /// Frames per second.
    pub(crate) sample_rate: u32,
    /// Samples per frame.
    pub(crate) channels: u16,
}

impl DeviceRing {
    /// A ring for `length` of audio, and the render function at its other end. `fade` is the length
    /// of every fade.
    pub(crate) fn new(device: DeviceFormat, length: Duration, fade: Duration) -> (Self, Renderer) {
        let sample_rate = device.sample_rate.max(1);
        let lanes = usize::from(device.channels).clamp(1, MAX_LANES);
        let frames = |time: Duration| {
            u64::from(sample_rate) * u64::try_from(time.as_millis()).unwrap_or(0) / 1_000
        };
        let capacity = frames(length.min(Duration::from_secs(10))).max(64);
        let ramp = u32::try_from(frames(fade.min(Duration::from_secs(1)))).unwrap_or(0);
        let items = usize::try_from(capacity).unwrap_or(1) * lanes;
        let (producer, consumer) = HeapRb::new(items).split();
        let shared = Arc::new(Shared::new(sample_rate));
        let (cutter, cuts) = cuts::pair();
        let (taps, slot) = tap_slot();
        let renderer = Renderer::new(consumer, cuts, Arc::clone(&shared), slot, lanes, ramp);
        let ring = Self {
            shared,
            producer,
            sample_rate,
            lanes,
            fades: ramp > 0,
            capacity,
            written: 0,
            staged: Vec::new(),
            staged_from: 0,
            cutter,
            taps,
            cuts: VecDeque::new(),
            passed: 0,
            seen_silence: SeenSilence::default(),
        };
        (ring, renderer)
    }

    /// Frames that the ring can take now.
    pub(crate) fn room(&self) -> u64 {
        (self.producer.vacant_len() / self.lanes) as u64
    }

    /// Frames in the ring.
    pub(crate) fn filled(&self) -> u64 {
        self.capacity.saturating_sub(self.room())
    }

    pub(crate) fn has_staged(&self) -> bool {
        self.staged_from < self.staged.len()
    }

    /// Moves converted frames into the ring, as far as they fit.
    pub(crate) fn push_staged(&mut self) {
        let room = usize::try_from(self.room()).unwrap_or(usize::MAX) * self.lanes;
        let staged = self.staged.get(self.staged_from..).unwrap_or_default();
        let items = staged.len().min(room);
        let pushed = self
            .producer
            .push_slice(staged.get(..items).unwrap_or_default());
        self.staged_from += pushed;
        self.written += (pushed / self.lanes) as u64;
        if !self.has_staged() {
            self.clear_staged();
        }
    }

    pub(crate) fn clear_staged(&mut self) {
        self.staged.clear();
        self.staged_from = 0;
    }

    /// Cuts everything from now on.
    pub(crate) fn cut_all(&mut self) {
        self.clear_staged();
        // Cuts before the position have passed, wherever they were.
        self.cut(0, self.written);
    }

    /// Cuts a range that was pushed.
    pub(crate) fn cut(&mut self, from: u64, to: u64) {
        self.cutter.cut(Range { from, to });
    }

    /// Whether there is a cut that the render function has not passed.
    pub(crate) fn is_cutting(&self) -> bool {
        self.cutter.is_pending()
    }

    /// The end of all cut ranges so far.
    pub(crate) fn cut_end(&self) -> u64 {
        self.cutter.end()
    }

    /// Returns the next completed range, if there is one.
    pub(crate) fn next_cut(&mut self) -> Option<Skipped> {
        let skipped = self.cutter.next_answer()?;
        if skipped.resumed > skipped.stopped {
            self.cuts.push_back(skipped);
        }
        Some(skipped)
    }

    /// The index of the ring up to which everything was heard or given up.
    pub(crate) fn heard_index(&mut self, now: u64) -> u64 {
        let heard = self.shared.heard(now);
        while let Some(cut) = self.cuts.front() {
            // What was heard when the sound stopped there.
            if heard < cut.resumed.saturating_sub(cut.total) {
                break;
            }
            self.passed = cut.total;
            self.cuts.pop_front();
        }
        heard + self.passed
    }

    /// Whether the device is silent: the gate closed over the last sample, and that has left the speaker.
    pub(crate) fn is_faded(&self, now: u64) -> bool {
        !self.fades || (self.shared.is_resting() && now >= self.shared.audible_until())
    }

    /// Playing time of what left the speaker of this device.
    pub(crate) fn heard(&self, now: u64) -> Duration {
        Duration::from_nanos(nanos_of(self.shared.heard(now), self.sample_rate))
    }
}
