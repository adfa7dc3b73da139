//! Moves audio from the queue into the ring, and decides when it is released for playback.

use std::time::Duration;

use crate::loopback::TICK;
use crate::report::Outcome;
use crate::shared::nanos_of;
use crate::state::PlayerState;
use crate::track::Converted;

/// Source audio that is converted at a time.
const PIECE: Duration = Duration::from_millis(20);

/// Never sleeps for less, however late it is.
const SHORTEST: Duration = Duration::from_millis(2);

/// While something is given up: about a short buffer of a device.
const CUTTING: Duration = Duration::from_millis(5);

/// While audio plays, its progress is checked at least this often.
const PLAYING: Duration = Duration::from_millis(50);

/// The sleep of an idle feeder. Every change of the state wakes it.
const IDLE: Duration = Duration::from_secs(10);

impl PlayerState {
    /// Does the work that is due; returns how long the feeder can sleep unless audio is written or a request
    /// arrives.
    pub(crate) fn pump(&mut self) -> Duration {
        // Determined before the refill: the cause of the silence.
        self.count_silence();
        self.feed();
        self.note_backlog();
        self.collect();
        self.release();
        self.pump_loopback();
        let wait = self.until_next();
        match self.loopback {
            Some(_) => wait.min(TICK),
            None => wait,
        }
    }

    fn feed(&mut self) {
        let mut broken = None;
        loop {
            let Some(ring) = &mut self.ring else {
                return;
            };
            ring.push_staged();
            if ring.has_staged() {
                break;
            }
            let Some(track) = self.queue.get_mut(self.cursor) else {
                break;
            };
            let (start, origin) = (ring.written, track.fed);
            if track.converted {
                let span = track.enter_ring(start, origin);
                span.end = Some(start);
                span.whole = true;
                ring.shared.seal(start);
                self.cursor += 1;
                self.primed = false;
                continue;
            }
            let frames = track.format.frames_of_duration(PIECE).max(1);
            match track.convert(frames, ring.sample_rate, ring.lanes, &mut ring.staged) {
                Ok(Converted::Nothing) => break,
                Ok(Converted::More) => {}
                Ok(Converted::All) => track.converted = true,
                Err(_) => {
                    // Formats are checked when an utterance begins and rates when a device is
                    // opened: this does not happen, and an utterance that cannot be heard must not
                    // hold up the others.
                    broken = Some(track.id);
                    break;
                }
            }
            track.enter_ring(start, origin);
        }
        if let Some(broken) = broken {
            self.complete_where(|track| (track.id == broken).then_some(Outcome::Cancelled));
        }
    }

    /// Releases the audio in the ring for playback: all of it while an utterance plays; at the start of one,
    /// or after an underrun, only once there is enough.
    fn release(&mut self) {
        if !self.primed {
            self.primed = self.is_enough();
        }
        let Some(ring) = &self.ring else {
            return;
        };
        let shared = &ring.shared;
        let index = if self.primed {
            ring.written
        } else {
            shared.sealed()
        };
        if index > shared.released() {
            shared.release(index);
        }
    }

    fn is_enough(&self) -> bool {
        let (Some(ring), Some(track)) = (&self.ring, self.queue.get(self.cursor)) else {
            return false;
        };
        // A writer that waits for room will not bring more.
        if track.finished || !self.has_room(track.id) {
            return true;
        }
        let shared = &ring.shared;
        let from = shared.released().max(shared.sealed()).max(ring.cut_end());
        track.queued_after(from, ring.sample_rate) >= self.jitter.target()
    }

    fn until_next(&mut self) -> Duration {
        let now = self.clock.now();
        let Some(ring) = &mut self.ring else {
            return IDLE;
        };
        let sample_rate = ring.sample_rate;
        let index = ring.heard_index(now);
        let leaving = self
            .queue
            .iter()
            .filter_map(|track| track.leaving)
            .map(|leaving| leaving.at);
        let leaving = leaving.min();
        let ending = self.queue.iter().any(|track| track.is_whole_at(index));
        if index >= ring.written && !ring.is_cutting() && leaving.is_none() && !ending {
            return IDLE;
        }
        let mut wait = if ring.is_cutting() || ending {
            CUTTING
        } else {
            PLAYING
        };
        if let Some(at) = leaving {
            wait = wait.min(Duration::from_nanos(at.saturating_sub(now)));
        }
        let (released, playing) = (ring.shared.released(), !ring.shared.is_stopped());
        let mut at_most = |frames: u64| {
            wait = wait.min(Duration::from_nanos(nanos_of(frames, sample_rate)));
        };
        if ring.has_staged() {
            at_most(ring.filled().saturating_sub(ring.capacity / 2));
        }
        for track in self.queue.iter().take(self.cursor + 1) {
            let start = track.span.filter(|_| !track.started).map(|span| span.start);
            if let Some(start) = start.filter(|start| playing && *start < released) {
                at_most((start + 1).saturating_sub(index));
            }
            if let Some((position, _)) = track.markers.front() {
                track
                    .frames_until(*position, index, sample_rate)
                    .into_iter()
                    .for_each(&mut at_most);
            }
            let end = track.span.and_then(|span| span.end);
            end.map(|end| end.saturating_sub(index))
                .into_iter()
                .for_each(&mut at_most);
        }
        wait.max(SHORTEST)
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
