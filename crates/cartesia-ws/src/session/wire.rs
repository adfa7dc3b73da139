//! A context as the service knows it: one identifier, one line of inputs, one `done`.

use std::time::{Duration, Instant};

use cartesia_core::time::deadline_after;
use cartesia_types::tts::{ContextId, WordTiming};

/// One life of a context on the wire.
pub(super) struct Wire {
    /// Known once the first input is sent.
    pub(super) id: Option<ContextId>,
    /// All its text, kept for as long as it may have to be said again.
    text: String,
    inputs: Vec<Input>,
    /// How many of the inputs were sent on this connection.
    sent: usize,
    /// How many of them had been sent when audio last arrived: it cannot be that of the others.
    spoken: usize,
    /// Bytes of audio that were delivered.
    pub(super) audio: u64,
    /// Timestamps were delivered.
    pub(super) told: bool,
    first_sent: Option<Instant>,
    last_sent: Option<Instant>,
    /// When the service was told to speak without gathering more: by a flush or the end.
    pressed: Option<Instant>,
    /// When something last arrived.
    heard: Option<Instant>,
    /// Words that the timestamps told: when they start, and where they end in the text.
    words: Vec<(Duration, usize)>,
}

/// One message to the service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    /// Where its text is.
    start: usize,
    end: usize,
    pub(super) flush: bool,
    pub(super) last: bool,
}

/// What was sent so late that the service cannot have spoken it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Crossed<'a> {
    pub(super) text: &'a str,
    /// It was to be spoken without waiting for more.
    pub(super) flush: bool,
}

/// What a context waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    FirstAudio,
    NextMessage,
}

impl Wire {
    pub(super) fn new() -> Self {
        Self {
            id: None,
            text: String::new(),
            inputs: Vec::new(),
            sent: 0,
            spoken: 0,
            audio: 0,
            told: false,
            first_sent: None,
            last_sent: None,
            pressed: None,
            heard: None,
            words: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, piece: &str) {
        let start = self.text.len();
        self.text.push_str(piece);
        self.input(start, false, false);
    }

    pub(super) fn flush(&mut self) {
        // Twice in a row is once.
        if self.inputs.last().is_some_and(|input| !input.flush) {
            self.input(self.text.len(), true, false);
        }
    }

    pub(super) fn finish(&mut self) {
        let unsent = self.sent < self.inputs.len();
        match self.inputs.last_mut() {
            Some(input) if unsent && !input.flush => input.last = true,
            _ => self.input(self.text.len(), false, true),
        }
    }

    fn input(&mut self, start: usize, flush: bool, last: bool) {
        self.inputs.push(Input {
            start,
            end: self.text.len(),
            flush,
            last,
        });
    }

    pub(super) fn transcript(&self, input: &Input) -> &str {
        self.text.get(input.start..input.end).unwrap_or_default()
    }

    /// Whether the service knows of it.
    pub(super) fn is_sent(&self) -> bool {
        self.sent > 0
    }

    /// Whether the service was told that no more text follows.
    pub(super) fn is_ended(&self) -> bool {
        self.inputs[..self.sent].iter().any(|input| input.last)
    }

    /// The next input to send, which then counts as sent.
    pub(super) fn next_input(&mut self, now: Instant) -> Option<Input> {
        let input = *self.inputs.get(self.sent)?;
        self.sent += 1;
        self.first_sent.get_or_insert(now);
        self.last_sent = Some(now);
        if input.flush || input.last {
            self.pressed.get_or_insert(now);
        }
        Some(input)
    }

    /// Something arrived, other than the end.
    pub(super) fn heard(&mut self, now: Instant) {
        self.heard = Some(now);
    }

    /// Audio arrived.
    pub(super) fn spoke(&mut self, length: u64) {
        if length > 0 {
            self.audio += length;
            self.spoken = self.sent;
        }
    }

    /// Whether nothing was delivered that would be delivered twice if it were said again.
    pub(super) fn is_unheard(&self) -> bool {
        self.audio == 0 && !self.told
    }

    /// As if the time up to now had not passed: nobody was listening.
    pub(super) fn excuse(&mut self, now: Instant) {
        for time in [
            &mut self.first_sent,
            &mut self.last_sent,
            &mut self.pressed,
            &mut self.heard,
        ] {
            if time.is_some() {
                *time = Some(now);
            }
        }
    }

    /// Makes it as if nothing had been sent.
    pub(super) fn rewind(&mut self) {
        self.id = None;
        self.sent = 0;
        self.spoken = 0;
        self.first_sent = None;
        self.last_sent = None;
        self.pressed = None;
        self.heard = None;
        self.words.clear();
    }

    /// Until when the service has to be heard, and what for.
    pub(super) fn deadline(
        &self,
        first_audio: Option<Duration>,
        silence: Option<Duration>,
        delay: Duration,
    ) -> Option<(Instant, Waiting)> {
        let first_sent = self.first_sent?;
        if self.audio == 0 && self.heard.is_none() {
            let gathered = first_sent + delay;
            let begins = self
                .pressed
                .map_or(gathered, |pressed| pressed.min(gathered));
            return Some((deadline_after(begins, first_audio)?, Waiting::FirstAudio));
        }
        let last = self.heard.max(self.last_sent)?;
        // The service may gather what it was given last, unless it knows that nothing follows.
        let gathering = if self.is_ended() {
            Duration::ZERO
        } else {
            delay
        };
        Some((
            deadline_after(last + gathering, silence)?,
            Waiting::NextMessage,
        ))
    }

    /// The text that the service cannot have spoken before it ended this life.
    ///
    /// Speech cannot come before its text was sent. So what was sent after the last audio arrived has not
    /// been spoken: it crossed the end on its way, or was gathered and dropped. A life that spoke nothing at
    /// all had nothing to speak.
    pub(super) fn crossed(&self) -> Crossed<'_> {
        if self.audio == 0 {
            return Crossed::default();
        }
        let inputs = self.inputs.get(self.spoken..).unwrap_or_default();
        let Some(first) = inputs.first() else {
            return Crossed::default();
        };
        Crossed {
            text: self.text.get(first.start..).unwrap_or_default(),
            flush: inputs.iter().any(|input| input.flush),
        }
    }

    /// Finds words in the text, in order.
    pub(super) fn locate(&mut self, words: &[WordTiming]) {
        self.told |= !words.is_empty();
        for word in words {
            let from = self.words.last().map_or(0, |(_, end)| *end);
            let rest = self.text.get(from..).unwrap_or_default();
            // What the service says otherwise than it is written ("twenty" for "20") is passed over.
            if let Some(at) = rest
                .find(word.word.as_str())
                .filter(|_| !word.word.is_empty())
            {
                self.words.push((word.start, from + at + word.word.len()));
            }
        }
    }

    /// The text after the last word that began within the first `spoken` of audio; `None` when there is
    /// audio but nothing tells which words it has.
    pub(super) fn unspoken(&self, spoken: Duration) -> Option<&str> {
        if self.audio == 0 {
            return Some(&self.text);
        }
        let begun = |(start, _): &&(Duration, usize)| *start < spoken;
        let (_, end) = self.words.iter().take_while(begun).last()?;
        self.text.get(*end..)
    }
}
