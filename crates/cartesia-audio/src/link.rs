//! The player's end of one opened device: the producer of the ring, and what has become of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ringbuf::traits::{Observer as _, Producer as _, Split as _};
use ringbuf::{HeapProd, HeapRb};

use crate::render::{MAX_LANES, Renderer};
use crate::shared::{Shared, Skipped, nanos_of};

pub(crate) struct Link {
    pub(crate) shared: Arc<Shared>,
    ring: HeapProd<f32>,
    pub(crate) rate: u32,
    pub(crate) lanes: usize,
    /// Frames that the ring holds.
    pub(crate) capacity: u64,
    /// Frames pushed since the device was opened.
    pub(crate) written: u64,
    /// What was converted and did not fit.
    pub(crate) staged: Vec<f32>,
    staged_from: usize,
    /// Up to where everything that was given up is known to be done.
    settled: u64,
    /// Ranges that wait until an earlier one is done.
    deferred: VecDeque<(u64, u64)>,
    /// Ranges given up that the playhead has not reached.
    cuts: VecDeque<Skipped>,
    /// Frames given up before the playhead.
    passed: u64,
    pub(crate) seen_underruns: u64,
    pub(crate) seen_starved: u64,
}

/// What a device runs at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeviceRate {
    /// Frames per second.
    pub(crate) rate: u32,
    /// Samples per frame.
    pub(crate) channels: u16,
}

impl Link {
    /// A ring for `length` of audio, and the render function at its other end. `fade` is the length
    /// of every fade.
    pub(crate) fn new(device: DeviceRate, length: Duration, fade: Duration) -> (Self, Renderer) {
        let rate = device.rate.max(1);
        let lanes = usize::from(device.channels).clamp(1, MAX_LANES);
        let frames =
            |time: Duration| u64::from(rate) * u64::try_from(time.as_millis()).unwrap_or(0) / 1_000;
        let capacity = frames(length.min(Duration::from_secs(10))).max(64);
        let ramp = u32::try_from(frames(fade.min(Duration::from_secs(1)))).unwrap_or(0);
        let items = usize::try_from(capacity).unwrap_or(1) * lanes;
        let (producer, consumer) = HeapRb::new(items).split();
        let shared = Arc::new(Shared::new(rate));
        let renderer = Renderer::new(consumer, Arc::clone(&shared), lanes, ramp);
        let link = Self {
            shared,
            ring: producer,
            rate,
            lanes,
            capacity,
            written: 0,
            staged: Vec::new(),
            staged_from: 0,
            settled: 0,
            deferred: VecDeque::new(),
            cuts: VecDeque::new(),
            passed: 0,
            seen_underruns: 0,
            seen_starved: 0,
        };
        (link, renderer)
    }

    /// Frames that the ring can take now.
    pub(crate) fn room(&self) -> u64 {
        (self.ring.vacant_len() / self.lanes) as u64
    }

    /// Frames in the ring.
    pub(crate) fn filled(&self) -> u64 {
        self.capacity.saturating_sub(self.room())
    }

    pub(crate) fn has_staged(&self) -> bool {
        self.staged_from < self.staged.len()
    }

    /// Moves what was converted into the ring, as far as it fits.
    pub(crate) fn push_staged(&mut self) {
        let room = usize::try_from(self.room()).unwrap_or(usize::MAX) * self.lanes;
        let staged = self.staged.get(self.staged_from..).unwrap_or_default();
        let items = staged.len().min(room);
        let pushed = self
            .ring
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

    /// Gives up everything from now on.
    pub(crate) fn skip_all(&mut self) {
        self.clear_staged();
        self.deferred.clear();
        // What is before the position is over: no need to know where that is.
        self.shared.skip(0, self.written);
    }

    /// Gives up a range. One that is far ahead, or comes while another one is being given up, waits
    /// for its turn.
    pub(crate) fn skip(&mut self, from: u64, to: u64) {
        let index = self.deferred.partition_point(|(other, _)| *other <= from);
        self.deferred.insert(index, (from, to));
        self.skip_deferred();
    }

    fn skip_deferred(&mut self) {
        // Looked at more often than this while audio plays, so no range comes too late.
        let soon = self
            .shared
            .position()
            .saturating_add(u64::from(self.rate) / 10);
        while let Some((from, to)) = self.deferred.front().copied() {
            let (pending_from, pending_to) = self.shared.skip_range();
            if !self.is_skipping() {
                if from > soon {
                    break;
                }
                self.shared.skip(from, to);
            } else if from <= pending_to && to >= pending_from {
                self.shared.skip(from.min(pending_from), to.max(pending_to));
            } else {
                break;
            }
            self.deferred.pop_front();
        }
    }

    /// Whether something was given up that the render function has not come past.
    pub(crate) fn is_skipping(&self) -> bool {
        self.shared.skip_range().1 > self.settled
    }

    /// The range that has been done since the last call, if there is one.
    pub(crate) fn next_skipped(&mut self) -> Option<Skipped> {
        self.skip_deferred();
        let (_, to) = self.shared.skip_range();
        if to <= self.settled {
            return None;
        }
        // The position first: the render function publishes it last.
        let position = self.shared.position();
        let last = self.shared.last_skip();
        let skipped = if last.resumed > self.settled {
            self.cuts.push_back(last);
            last
        } else if position >= to {
            // It was all played before the render function could give it up.
            Skipped {
                stopped: to,
                resumed: to,
                total: last.total,
            }
        } else {
            return None;
        };
        self.settled = skipped.resumed;
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

    /// Playing time of what left the speaker of this device.
    pub(crate) fn heard(&self, now: u64) -> Duration {
        Duration::from_nanos(nanos_of(self.shared.heard(now), self.rate))
    }
}
