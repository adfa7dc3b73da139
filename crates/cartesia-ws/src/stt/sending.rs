//! The schedule of sending: audio at its pace, silence in its pauses, marks and commands.

use std::time::{Duration, Instant};

use cartesia_core::time::deadline_after;
use cartesia_types::stt::LiveCommand;

use super::dialect::Dialect;
use super::log::Entry;
use super::session::{Audio, Effect, Transcriber};
use crate::audio::Rate;

/// Audio between two marks. Shorter than the silence that ends a turn, so that audio that is sent again
/// holds no word of that turn.
const MARK: Duration = Duration::from_millis(250);
/// A pause of the source within a turn that is filled with silence, and how often it is filled then.
const PAUSE: Duration = Duration::from_millis(500);
const FILL: Duration = Duration::from_millis(100);
/// The most silence at once: after the process slept there is more to fill than anyone needs.
const MOST_SILENCE: Duration = Duration::from_secs(1);
/// After so long without audio, a little silence keeps the connection open: some documents say that the
/// service closes it after 20 s.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

impl<D: Dialect> Transcriber<D> {
    /// Sends what can be sent now.
    pub(super) fn pump(&mut self, now: Instant, out: &mut Vec<Effect<D>>) {
        let Some(key) = self.key.filter(|_| self.link.is_up()) else {
            return;
        };
        while let Some(entry) = self.log.peek() {
            match entry.clone() {
                Entry::Audio(data, rate) => {
                    if !self.may_send(now, rate, data.len()) {
                        break;
                    }
                    out.push(Effect::<D>::SendAudio(key, data));
                    self.log.advance();
                    self.last_out = now;
                    self.filling = false;
                    let since = self.log.sent().saturating_sub(self.marked);
                    if since >= self.format.bytes_in(MARK) {
                        self.mark(out);
                    }
                }
                Entry::Finalize => {
                    let command = LiveCommand::Finalize.as_str();
                    out.push(Effect::<D>::Send(key, command.to_owned()));
                    self.log.advance();
                    self.awaiting.get_or_insert(now);
                }
            }
        }
        if self.audio == Audio::Complete && self.log.is_sent() {
            self.mark(out);
            out.push(Effect::<D>::Send(key, D::close_message()));
            self.audio = Audio::Closed;
            self.awaiting.get_or_insert(now);
        }
    }

    /// Whether a message of so many bytes may be sent now; if so, sets when the next one may.
    fn may_send(&mut self, now: Instant, rate: Rate, bytes: usize) -> bool {
        let Rate::Times(speed) = rate else {
            return true;
        };
        if self.pacer.due().is_some_and(|due| due > now) {
            return false;
        }
        let length = self.time_of(bytes as u64);
        self.pacer.sent(now, length, speed);
        true
    }

    fn mark(&mut self, out: &mut Vec<Effect<D>>) {
        if self.marked < self.log.sent() {
            self.marked = self.log.sent();
            out.push(Effect::<D>::Mark(self.marked));
        }
    }

    /// When silence is to be sent.
    pub(super) fn silence_due(&self) -> Option<Instant> {
        let source_pauses = self.link.is_up() && self.audio == Audio::Open && self.log.is_sent();
        let pause = match (self.dialect.needs_silence(), self.filling) {
            (true, true) => FILL,
            (true, false) => PAUSE,
            (false, _) => KEEP_ALIVE,
        };
        deadline_after(self.last_out, pause).filter(|_| source_pauses && self.key.is_some())
    }

    pub(super) fn send_silence(&mut self, now: Instant, out: &mut Vec<Effect<D>>) {
        let Some(key) = self.key else { return };
        // What was too short for a message comes first.
        self.log.flush();
        self.pump(now, out);
        let length = if self.dialect.needs_silence() {
            let pause = now.saturating_duration_since(self.last_out);
            pause.clamp(FILL, MOST_SILENCE)
        } else {
            FILL
        };
        let bytes = usize::try_from(self.format.bytes_in(length)).unwrap_or_default();
        let silence = vec![self.format.encoding.silence(); bytes];
        if !self.dialect.needs_silence() {
            // Turns have no times that could shift.
            let at = self.time_of(self.log.sent());
            self.timeline.fill(at, self.time_of(silence.len() as u64));
        }
        out.push(Effect::<D>::SendAudio(key, silence.into()));
        self.mark(out);
        self.last_out = now;
        self.filling = true;
    }

    /// When the next paced message may be sent.
    pub(super) fn pace_due(&self) -> Option<Instant> {
        match self.log.peek() {
            Some(Entry::Audio(_, Rate::Times(_))) => self
                .pacer
                .due()
                .filter(|_| self.link.is_up() && self.key.is_some()),
            _ => None,
        }
    }
}
