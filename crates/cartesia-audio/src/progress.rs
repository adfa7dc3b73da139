//! Follows what has become of the audio: what was heard, given up or missing.

use std::time::Duration;

use crate::event::Event;
use crate::link::Link;
use crate::player::Playhead;
use crate::report::{Outcome, UtteranceId};
use crate::shared::nanos_of;
use crate::state::State;
use crate::track::Track;

impl State {
    /// Brings everything up to what the device has done until now.
    pub(crate) fn collect(&mut self) {
        let now = self.clock.now();
        while let Some(skipped) = self.link.as_mut().and_then(Link::next_cut) {
            self.given_up(skipped.stopped, skipped.resumed);
        }
        let Some(link) = &mut self.link else {
            return;
        };
        let (index, rate) = (link.heard_index(now), link.rate);
        let total = self.heard_before + link.heard(now);
        self.jitter.heard(total);
        for track in &mut self.queue {
            let heard = track.heard_at(index, rate);
            let begun = track.span.is_some_and(|span| index > span.start);
            if begun && !track.started {
                track.started = true;
                let utterance = track.id;
                self.events.send(&Event::Started { utterance });
            }
            if heard > track.heard {
                track.heard = heard;
                track.forget_heard();
                self.changed = true;
            }
            while let Some((position, marker)) = track.next_marker() {
                self.events.send(&Event::Marker {
                    utterance: track.id,
                    marker,
                    position,
                });
            }
        }
        self.complete_where(|track| {
            let whole = track
                .span
                .filter(|span| span.whole && track.cut.is_none())?;
            let heard = whole.end.is_some_and(|end| index >= end);
            heard.then_some(Outcome::Finished)
        });
        self.count_underruns(total);
    }

    /// How many frames the device can be asked for without missing any: what may be heard, and as much
    /// as one likes while the end of an utterance is on its way to the speaker or something is being
    /// given up.
    pub(crate) fn ready_frames(&mut self) -> u64 {
        let now = self.clock.now();
        let Some(link) = self.link.as_mut().filter(|_| !self.closed) else {
            return 0;
        };
        let position = link.shared.position();
        let ahead = link.shared.released().saturating_sub(position);
        let complete = position <= link.shared.sealed() && link.heard_index(now) < position;
        if link.is_cutting() || (ahead == 0 && complete) {
            u64::MAX
        } else {
            ahead
        }
    }

    pub(crate) fn playhead(&self) -> Playhead {
        let now = self.clock.now();
        let heard = self
            .link
            .as_ref()
            .map_or(Duration::ZERO, |link| link.heard(now));
        Playhead {
            heard: self.heard_before + heard,
            queued: self.queued(),
            underruns: self.underruns,
            underrun_silence: self.silence,
            prebuffer: self.jitter.target(),
            device_changes: self.device_changes,
        }
    }

    /// Source frames heard and written of an utterance that is not over.
    pub(crate) fn position_of(&mut self, id: UtteranceId) -> Option<(u64, u64)> {
        let now = self.clock.now();
        let at = self
            .link
            .as_mut()
            .map(|link| (link.heard_index(now), link.rate));
        let track = self.track(id)?;
        // What was given up is reported where the sound stopped, and not before that is known.
        let at = at.filter(|_| track.cut.is_none());
        let heard = at.map_or(track.heard, |(index, rate)| track.heard_at(index, rate));
        Some((heard, track.written))
    }

    /// A range of the ring was given up: the utterances that end in it end here.
    fn given_up(&mut self, stopped: u64, resumed: u64) {
        let Some(link) = &self.link else {
            return;
        };
        let rate = link.rate;
        let ends_here = |track: &Track| {
            let span = track.span?;
            let cut = track.cut?;
            let end = span.end.filter(|end| *end <= resumed)?;
            // The last of it was on its way to the speaker already.
            let whole = span.whole && stopped >= end;
            Some(if whole { Outcome::Finished } else { cut })
        };
        for track in &mut self.queue {
            if ends_here(track).is_some() {
                track.heard = track.heard_at(stopped, rate);
            }
        }
        self.complete_where(ends_here);
    }

    fn count_underruns(&mut self, heard: Duration) {
        let Some(link) = &mut self.link else {
            return;
        };
        let underruns = link.shared.underruns();
        let starved = link.shared.starved();
        let new = underruns - std::mem::replace(&mut link.seen_underruns, underruns);
        let silent = starved - std::mem::replace(&mut link.seen_starved, starved);
        if new == 0 && silent == 0 {
            return;
        }
        let silence = Duration::from_nanos(nanos_of(silent, link.rate));
        self.underruns += new;
        self.silence += silence;
        self.changed = true;
        if new > 0 {
            self.jitter.underrun(heard);
            // Unless it has recovered by itself, collect more than before first.
            if link.shared.position() >= link.shared.released() {
                self.primed = false;
            }
        }
        let playing = self
            .queue
            .iter_mut()
            .find(|track| track.span.is_some() && track.cut.is_none());
        if let Some(track) = playing {
            track.underruns += new;
            track.silence += silence;
            let utterance = track.id;
            for _ in 0..new {
                self.events.send(&Event::Underrun { utterance });
            }
        }
    }
}
