//! Tracks the audio: frames that were heard, dropped or missing.

use std::time::Duration;

use crate::cuts::Skipped;
use crate::device_ring::{DeviceRing, SeenSilence};
use crate::event::{Event, Subscribers};
use crate::player::{OutputInfo, Playhead};
use crate::report::{Outcome, Silence, SilenceCause, UtteranceId};
use crate::shared::nanos_of;
use crate::state::PlayerState;
use crate::track::{Leaving, Track};

impl PlayerState {
    /// Updates everything to the progress of the device.
    pub(crate) fn collect(&mut self) {
        while let Some(skipped) = self.ring.as_mut().and_then(DeviceRing::next_cut) {
            self.given_up(skipped);
        }
        self.follow_device();
    }

    /// Reports what was heard by now. The device may have skipped more than was collected: its thread runs on
    /// between the two.
    fn follow_device(&mut self) {
        let now = self.clock.now();
        let Some(ring) = &mut self.ring else {
            return;
        };
        let (index, sample_rate) = (ring.heard_index(now), ring.sample_rate);
        let total = self.heard_before + ring.heard(now);
        // The gate closes over the last sample, unless something follows.
        let released = ring.shared.released();
        let faded = ring.is_faded(now);
        self.jitter.heard(total);
        self.complete_left(now, sample_rate, released, faded);
        for track in &mut self.queue {
            self.changed |= advance(track, index, sample_rate, now, &mut self.events);
        }
        // This is the last utterance that is playing: audio held back in the ring does not follow yet.
        let plays = |track: &&Track| track.span.is_some_and(|span| span.start < released);
        let last = self.queue.iter().rev().find(plays).map(|track| track.id);
        self.complete_where(|track| {
            let over = track.is_whole_at(index) && (faded || Some(track.id) != last);
            over.then_some(Outcome::Finished)
        });
        self.count_silence();
    }

    /// Ends the utterances that were cut short and have left the speaker, fade included.
    fn complete_left(&mut self, now: u64, sample_rate: u32, released: u64, faded: bool) {
        // Without a fade of its own it goes over into what follows.
        let has_left = |track: &Track| {
            let end = track.span.and_then(|span| span.end);
            let follows = end.is_some_and(|end| released > end);
            track
                .leaving
                .filter(|leaving| now >= leaving.at && (faded || follows))
        };
        for track in &mut self.queue {
            if let Some(leaving) = has_left(track) {
                advance(track, leaving.stopped, sample_rate, now, &mut self.events);
            }
        }
        self.complete_where(|track| has_left(track).map(|leaving| leaving.outcome));
    }

    /// The number of frames that the device can request without an underrun: the released audio; unlimited
    /// while the end of an utterance is being played out or a cancel is in progress.
    pub(crate) fn ready_frames(&mut self) -> u64 {
        let now = self.clock.now();
        let Some(ring) = self.ring.as_mut().filter(|_| !self.closed) else {
            return 0;
        };
        let position = ring.shared.position();
        let ahead = ring.shared.released().saturating_sub(position);
        let index = ring.heard_index(now);
        let complete = position <= ring.shared.sealed() && index < position;
        let ending = |track: &Track| track.leaving.is_some() || track.is_whole_at(index);
        let ending = self.queue.iter().any(ending);
        if ring.is_cutting() || (ahead == 0 && (complete || ending)) {
            u64::MAX
        } else {
            ahead
        }
    }

    /// Describes the device; `None` while there is none, or while it has not shown yet that it plays.
    pub(crate) fn output(&self) -> Option<OutputInfo> {
        let ring = self.ring.as_ref()?;
        let device = self.device?;
        let is_open = !self.closed && !self.is_held();
        is_open.then(|| OutputInfo {
            device: self.device_name.clone(),
            sample_rate: device.sample_rate,
            channels: device.channels,
            buffer_frames: ring.shared.buffer_frames(),
            latency: ring.shared.latency(),
        })
    }

    pub(crate) fn playhead(&self) -> Playhead {
        let now = self.clock.now();
        let heard = self
            .ring
            .as_ref()
            .map_or(Duration::ZERO, |ring| ring.heard(now));
        Playhead {
            heard: self.heard_before + heard,
            queued: self.queued(),
            underruns: self.underruns,
            silence: self.silence,
            prebuffer: self.jitter.target(),
            device_changes: self.device_changes,
        }
    }

    /// Source frames heard and written of an utterance that is not over.
    pub(crate) fn position_of(&mut self, id: UtteranceId) -> Option<(u64, u64)> {
        let now = self.clock.now();
        let at = self
            .ring
            .as_mut()
            .map(|ring| (ring.heard_index(now), ring.sample_rate));
        let track = self.track(id)?;
        let heard = at.and_then(|(index, rate)| Some(track.heard_at(track.reached(index)?, rate)));
        Some((heard.unwrap_or(track.heard), track.written))
    }

    /// A range of the ring was given up: the utterances that end in it end here, as soon as the last of
    /// them has left the speaker.
    fn given_up(&mut self, skipped: Skipped) {
        let ends_here = |track: &Track| {
            let span = track.span?;
            let cut = track.cut.filter(|_| track.leaving.is_none())?;
            let end = span.end.filter(|end| *end <= skipped.resumed)?;
            // All of it was already in the device's buffer.
            let whole = span.whole && skipped.stopped >= end;
            Some(Leaving {
                outcome: if whole { Outcome::Finished } else { cut },
                stopped: skipped.stopped,
                at: skipped.leaves_at,
            })
        };
        for track in &mut self.queue {
            if let Some(leaving) = ends_here(track) {
                track.leaving = Some(leaving);
            }
        }
    }

    /// Counts the silence since the last call, and finds its cause.
    pub(crate) fn count_silence(&mut self) {
        let now = self.clock.now();
        let Some(ring) = &mut self.ring else {
            return;
        };
        let shared = &ring.shared;
        let seen = SeenSilence {
            underruns: shared.underruns(),
            starved: shared.starved(),
            late: shared.late(),
        };
        let before = std::mem::replace(&mut ring.seen_silence, seen);
        let starving = seen.underruns - before.underruns;
        let starved = nanos_of(seen.starved - before.starved, ring.sample_rate);
        let late = seen.late.0 - before.late.0;
        let late_nanos = seen.late.1 - before.late.1;
        if starving + starved + late == 0 {
            return;
        }
        // While the prebuffer is filling, queued audio is not a backlog.
        let backlog = self.backlog_since.filter(|_| self.primed);
        let feeder = backlog.map_or(0, |since| now.saturating_sub(since));
        let silence = Silence {
            network: Duration::from_nanos(starved.saturating_sub(feeder)),
            feeder: Duration::from_nanos(starved.min(feeder)),
            device: Duration::from_nanos(late_nanos),
        };
        self.underruns += starving + late;
        self.silence.add(silence);
        self.changed = true;
        if starving > 0 {
            let heard = self.heard_before + ring.heard(now);
            self.jitter.underrun(heard);
            // Unless it has recovered by itself, collect more than before first.
            if ring.shared.position() >= ring.shared.released() {
                self.primed = false;
            }
        }
        let playing = self
            .queue
            .iter_mut()
            .find(|track| track.span.is_some() && track.cut.is_none());
        let Some(track) = playing else {
            return;
        };
        track.underruns += starving + late;
        track.silence.add(silence);
        let utterance = track.id;
        let cause = if backlog.is_some() && silence.feeder >= silence.network {
            SilenceCause::Feeder
        } else {
            SilenceCause::Network
        };
        for (count, cause) in [(starving, cause), (late, SilenceCause::Device)] {
            for _ in 0..count {
                self.events.send(&Event::Underrun { utterance, cause });
            }
        }
    }
}

/// Updates an utterance when the first `index` frames of the ring were heard, and sends its events. Returns whether
/// more of it was heard.
fn advance(
    track: &mut Track,
    index: u64,
    sample_rate: u32,
    now: u64,
    events: &mut Subscribers,
) -> bool {
    let Some(index) = track.reached(index) else {
        return false;
    };
    let begun = track.span.is_some_and(|span| index > span.start);
    if begun && !track.started {
        track.start(now);
        let utterance = track.id;
        events.send(&Event::Started { utterance });
    }
    let heard = track.heard_at(index, sample_rate);
    let is_more = heard > track.heard;
    if is_more {
        track.heard = heard;
        track.forget_heard();
    }
    while let Some((frame, marker)) = track.next_marker() {
        events.send(&Event::Marker {
            utterance: track.id,
            marker,
            frame,
        });
    }
    is_more
}

#[cfg(test)]
#[path = "progress_tests.rs"]
mod tests;
