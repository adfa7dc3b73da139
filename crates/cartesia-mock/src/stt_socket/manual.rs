//! What is said at `/stt/websocket`.

use std::sync::Arc;

use bytes::Bytes;

use super::dictation::{Dictation, Transcript};
use super::intake::Intake;
use super::query::Manual;
use super::{messages, say_error};
use crate::rejection::{Rejection, shortened};
use crate::socket::{Action, ErrorShape, Line, Moment, Talk};

/// A client that dictates.
#[derive(Debug)]
pub(super) struct Dictating {
    intake: Intake,
    dictation: Dictation,
    language: String,
    /// Transcripts that were sent.
    transcripts: u32,
    manners: Manners,
    /// Whether a script forbids to say anything more.
    mute: bool,
}

/// What a script lets it do.
#[derive(Debug, Clone, Copy, Default)]
struct Manners {
    no_words: bool,
    flush_first: bool,
    ignore_close: bool,
}

impl Dictating {
    pub(super) fn new(query: &Manual) -> Self {
        Self {
            intake: Intake::new(query.audio),
            dictation: Dictation::new(query),
            language: query.language.clone(),
            transcripts: 0,
            manners: Manners::default(),
            mute: false,
        }
    }

    fn say(&mut self, line: &mut Line, message: String) {
        if !self.mute {
            line.say(message);
        }
    }

    fn say_bare(&mut self, line: &mut Line, kind: &str) {
        let message = messages::bare(kind, &line.request_id);
        self.say(line, message);
    }

    fn tell(&mut self, line: &mut Line, transcript: Option<&Transcript>) {
        let Some(transcript) = transcript else {
            return;
        };
        let with_words = !self.manners.no_words;
        let request_id = Arc::clone(&line.request_id);
        let message = messages::transcript(transcript, with_words, &self.language, &request_id);
        self.say(line, message);
        self.transcripts += 1;
        self.play(line, Moment::Transcripts(self.transcripts));
    }

    fn finalize(&mut self, line: &mut Line) {
        let last = self.dictation.finalize();
        if self.manners.flush_first {
            self.say_bare(line, "flush_done");
        }
        self.tell(line, last.as_ref());
        if !self.manners.flush_first {
            self.say_bare(line, "flush_done");
        }
    }
}

impl Talk for Dictating {
    fn open(&mut self, line: &mut Line) {
        self.play(line, Moment::Connect);
    }

    fn text(&mut self, line: &mut Line, text: String) {
        let command = text.clone();
        line.heard_text(None, text);
        if !line.is_open() {
            return;
        }
        match command.as_str() {
            "finalize" => {
                self.play(line, Moment::Finalize);
                self.finalize(line);
            }
            // The older name is the one that the first clients say.
            "close" | "done" => {
                self.play(line, Moment::Close);
                if self.manners.ignore_close || !line.is_open() {
                    return;
                }
                let last = self.dictation.finalize();
                self.tell(line, last.as_ref());
                self.say_bare(line, "done");
                if line.is_open() {
                    line.close(1000, "");
                }
            }
            other => {
                let message = format!(
                    "{:?} is no command; they are the bare words `finalize` and `close`",
                    shortened(other)
                );
                say_error(line, &Rejection::bad_request(message), None);
            }
        }
    }

    fn binary(&mut self, line: &mut Line, bytes: Bytes) {
        for sample in self.intake.samples(&bytes) {
            if !line.is_open() {
                return;
            }
            let transcript = self.dictation.hear(sample);
            self.tell(line, transcript.as_ref());
            if let Some(milliseconds) = self.intake.tick() {
                self.play(line, Moment::Heard(milliseconds));
            }
        }
    }

    fn act(&mut self, line: &mut Line, action: Action) {
        match action {
            Action::NoWords => self.manners.no_words = true,
            Action::FlushFirst => self.manners.flush_first = true,
            Action::IgnoreClose => self.manners.ignore_close = true,
            Action::Stall => self.mute = true,
            Action::FlushDone => self.say_bare(line, "flush_done"),
            Action::Done { .. } => self.say_bare(line, "done"),
            Action::UnknownType => line.say_unknown(None),
            Action::Transcript { text, is_final } => {
                let transcript = Transcript {
                    is_final,
                    text,
                    duration: 0.0,
                    words: Vec::new(),
                };
                let id = Arc::clone(&line.request_id);
                let message = messages::transcript(&transcript, false, &self.language, &id);
                self.say(line, message);
            }
            Action::Error {
                status,
                code,
                shape,
                ..
            } => {
                let structured = shape.map(|shape| shape == ErrorShape::Structured);
                let rejection = Rejection::scripted(status, code);
                say_error(line, &rejection, structured);
            }
            _ => {}
        }
    }
}
