//! A context as the service knows it: one identifier, one sequence of inputs, one `done`.

use std::ops::Range;
use std::time::{Duration, Instant};

use cartesia_core::time::deadline_after;
use cartesia_types::RawFormat;
use cartesia_types::tts::{ContextId, WordTiming, is_cut_short};

/// One life of a context on the wire.
pub(super) struct Wire {
    /// The number of inputs that were sent on this connection.
    sent: usize,
    /// The number of inputs that had been sent when audio last arrived. The audio cannot be that of the
    /// others.
    spoken: usize,
    /// Bytes of audio that were delivered.
    pub(super) audio: u64,
    /// When progress last arrived: audio, timestamps, or the end of a flush.
    progressed: Option<Instant>,
    first_sent: Option<Instant>,
    last_sent: Option<Instant>,
    /// The time of a flush or the end, which tells the service to speak without waiting for more text.
    pressed: Option<Instant>,
    /// Known once the first input is sent.
    pub(super) id: Option<ContextId>,
    /// Where its text starts and ends in the text of the context.
    text: Range<usize>,
    inputs: Vec<Input>,
    /// Timestamps were delivered.
    pub(super) has_timestamps: bool,
    /// Where the last word ends, as the timestamps say.
    words_end: Duration,
    /// The end of the text was sent.
    ended: bool,
}

/// One message to the service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    /// Where its text is in the text of the context.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) flush: bool,
    pub(super) last: bool,
}

/// Text that was sent too late for the service to have spoken it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Unprocessed {
    /// Where it starts in the text of the context; it goes on to the end of this life.
    pub(super) start: usize,
    /// It was to be flushed.
    pub(super) flush: bool,
}

/// The reason why a context waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    FirstAudio,
    Progress,
}

impl Wire {
    /// A life whose text starts here in the text of the context.
    pub(super) fn new(start: usize) -> Self {
        Self {
            id: None,
            text: start..start,
            inputs: Vec::new(),
            sent: 0,
            spoken: 0,
            audio: 0,
            has_timestamps: false,
            words_end: Duration::ZERO,
            first_sent: None,
            last_sent: None,
            pressed: None,
            progressed: None,
            ended: false,
        }
    }

    /// Takes text up to this place in the text of the context.
    pub(super) fn push(&mut self, end: usize) {
        let start = std::mem::replace(&mut self.text.end, end);
        self.input(start, false, false);
    }

    pub(super) fn flush(&mut self) {
        // Two in a row count as one.
        if self.inputs.last().is_some_and(|input| !input.flush) {
            self.input(self.text.end, true, false);
        }
    }

    pub(super) fn finish(&mut self) {
        let unsent = self.sent < self.inputs.len();
        match self.inputs.last_mut() {
            Some(input) if unsent && !input.flush => input.last = true,
            _ => self.input(self.text.end, false, true),
        }
    }

    fn input(&mut self, start: usize, flush: bool, last: bool) {
        self.inputs.push(Input {
            start,
            end: self.text.end,
            flush,
            last,
        });
    }

    /// Where its text starts in the text of the context.
    pub(super) fn start(&self) -> usize {
        self.text.start
    }

    /// Whether the service knows of it.
    pub(super) fn is_sent(&self) -> bool {
        self.sent > 0
    }

    /// The next input to send, which then counts as sent.
    pub(super) fn next_input(&mut self, now: Instant) -> Option<Input> {
        let input = *self.inputs.get(self.sent)?;
        self.sent += 1;
        self.first_sent.get_or_insert(now);
        self.last_sent = Some(now);
        self.ended |= input.last;
        if input.flush || input.last {
            self.pressed.get_or_insert(now);
        }
        Some(input)
    }

    /// Progress arrived, which moves the deadline of silence.
    pub(super) fn progressed(&mut self, now: Instant) {
        self.progressed = Some(now);
    }

    /// Whether no progress has arrived yet.
    pub(super) fn awaits_progress(&self) -> bool {
        self.progressed.is_none()
    }

    /// Audio arrived.
    pub(super) fn audio_arrived(&mut self, length: u64) {
        self.audio += length;
        self.spoken = self.sent;
    }

    /// Returns whether neither audio nor timestamps were delivered, so that a replay delivers nothing twice.
    pub(super) fn is_undelivered(&self) -> bool {
        self.audio == 0 && !self.has_timestamps
    }

    /// Returns what is missing if the service now reports this life as complete.
    pub(super) fn missing(&self, format: RawFormat) -> Option<&'static str> {
        // A life begins with text to speak, so audio is expected.
        if self.is_sent() && self.audio == 0 {
            return Some("the service reported the end, but sent no audio");
        }
        let audio = format.duration_of_bytes(self.audio);
        is_cut_short(audio, self.words_end)
            .then_some("the service reported the end, but the audio ends before the last word")
    }

    /// Starts deadlines over, because reading was suspended until now.
    pub(super) fn excuse(&mut self, now: Instant) {
        for time in [
            &mut self.first_sent,
            &mut self.last_sent,
            &mut self.pressed,
            &mut self.progressed,
        ] {
            if time.is_some() {
                *time = Some(now);
            }
        }
    }

    /// Resets it to the state before anything was sent.
    pub(super) fn rewind(&mut self) {
        self.id = None;
        self.sent = 0;
        self.spoken = 0;
        self.first_sent = None;
        self.last_sent = None;
        self.pressed = None;
        self.progressed = None;
        self.ended = false;
        self.words_end = Duration::ZERO;
    }

    /// Returns the deadline of the service for progress, and the limit that it comes from.
    pub(super) fn deadline(
        &self,
        first_audio: Option<Duration>,
        silence: Option<Duration>,
        delay: Duration,
    ) -> Option<(Instant, Waiting)> {
        let first_sent = self.first_sent?;
        if self.audio == 0 && self.awaits_progress() {
            let gathered = first_sent + delay;
            let begins = self
                .pressed
                .map_or(gathered, |pressed| pressed.min(gathered));
            return Some((deadline_after(begins, first_audio)?, Waiting::FirstAudio));
        }
        let last = self.progressed.max(self.last_sent)?;
        // The service may gather what it was given last, unless it knows that nothing follows.
        let gathering = if self.ended { Duration::ZERO } else { delay };
        let limit = silence.map(|limit| limit.saturating_add(gathering));
        Some((deadline_after(last, limit)?, Waiting::Progress))
    }

    /// The text that the service cannot have spoken before it ended this life.
    ///
    /// Speech cannot come before its text was sent. So what was sent after the last audio arrived has not
    /// been spoken: it crossed the end of the context, or was buffered and dropped. A life that spoke nothing
    /// at all had nothing to speak.
    pub(super) fn unprocessed(&self) -> Unprocessed {
        let inputs = self.inputs.get(self.spoken..).unwrap_or_default();
        let inputs = if self.audio == 0 { &[] } else { inputs };
        Unprocessed {
            start: inputs.first().map_or(self.text.end, |first| first.start),
            flush: inputs.iter().any(|input| input.flush),
        }
    }

    /// Notes that words arrived, whose times count from the start of this life.
    pub(super) fn words_arrived(&mut self, words: &[WordTiming]) {
        self.has_timestamps |= !words.is_empty();
        for word in words {
            self.words_end = self.words_end.max(word.end);
        }
    }
}
