//! The conversation at `/stt/websocket`.

use std::sync::Arc;

use bytes::Bytes;

use super::dictation::{Dictation, Transcript};
use super::intake::Intake;
use super::query::Manual;
use super::{messages, say_error};
use crate::rejection::{Rejection, shortened};
use crate::socket::{Action, Channel, Endpoint, ErrorShape, Moment};

/// A client that dictates.
#[derive(Debug)]
pub(super) struct Dictating {
    intake: Intake,
    dictation: Dictation,
    language: String,
    /// Transcripts that were sent.
    transcripts: u32,
    options: MessageOptions,
    /// Whether a script has silenced the connection.
    mute: bool,
}

/// The messages that a script allows.
#[derive(Debug, Clone, Copy, Default)]
struct MessageOptions {
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
            options: MessageOptions::default(),
            mute: false,
        }
    }

    fn say(&mut self, channel: &mut Channel, message: String) {
        if !self.mute {
            channel.say(message);
        }
    }

    fn say_bare(&mut self, channel: &mut Channel, kind: &str) {
        let message = messages::bare(kind, &channel.request_id);
        self.say(channel, message);
    }

    fn tell(&mut self, channel: &mut Channel, transcript: Option<&Transcript>) {
        let Some(transcript) = transcript else {
            return;
        };
        let with_words = !self.options.no_words;
        let request_id = Arc::clone(&channel.request_id);
        let message = messages::transcript(transcript, with_words, &self.language, &request_id);
        self.say(channel, message);
        self.transcripts += 1;
        self.play(channel, Moment::Transcripts(self.transcripts));
    }

    fn finalize(&mut self, channel: &mut Channel) {
        let last = self.dictation.finalize();
        if self.options.flush_first {
            self.say_bare(channel, "flush_done");
        }
        self.tell(channel, last.as_ref());
        if !self.options.flush_first {
            self.say_bare(channel, "flush_done");
        }
    }
}

impl Endpoint for Dictating {
    fn open(&mut self, channel: &mut Channel) {
        self.play(channel, Moment::Connect);
    }

    fn text(&mut self, channel: &mut Channel, text: String) {
        let command = text.clone();
        channel.heard_text(None, text);
        if !channel.is_open() {
            return;
        }
        match command.as_str() {
            "finalize" => {
                self.play(channel, Moment::Finalize);
                self.finalize(channel);
            }
            // The older name is the one that the first clients say.
            "close" | "done" => {
                self.play(channel, Moment::Close);
                if self.options.ignore_close || !channel.is_open() {
                    return;
                }
                let last = self.dictation.finalize();
                self.tell(channel, last.as_ref());
                self.say_bare(channel, "done");
                if channel.is_open() {
                    channel.close(1000, "");
                }
            }
            other => {
                let message = format!(
                    "{:?} is no command; they are the bare words `finalize` and `close`",
                    shortened(other)
                );
                say_error(channel, &Rejection::bad_request(message), None);
            }
        }
    }

    fn byte_rate(&self) -> Option<u64> {
        Some(self.intake.byte_rate())
    }

    fn binary(&mut self, channel: &mut Channel, bytes: Bytes) {
        for sample in self.intake.samples(&bytes) {
            if !channel.is_open() {
                return;
            }
            let transcript = self.dictation.hear(sample);
            self.tell(channel, transcript.as_ref());
            if let Some(milliseconds) = self.intake.tick() {
                self.play(channel, Moment::Heard(milliseconds));
            }
        }
    }

    fn act(&mut self, channel: &mut Channel, action: Action) {
        match action {
            Action::NoWords => self.options.no_words = true,
            Action::FlushFirst => self.options.flush_first = true,
            Action::IgnoreClose => self.options.ignore_close = true,
            Action::Stall => self.mute = true,
            Action::FlushDone => self.say_bare(channel, "flush_done"),
            Action::Done { .. } => self.say_bare(channel, "done"),
            Action::UnknownType => channel.say_unknown(None),
            Action::Transcript { text, is_final } => {
                let transcript = Transcript {
                    is_final,
                    text,
                    duration: 0.0,
                    words: Vec::new(),
                };
                let id = Arc::clone(&channel.request_id);
                let message = messages::transcript(&transcript, false, &self.language, &id);
                self.say(channel, message);
            }
            Action::Error {
                status,
                code,
                shape,
                ..
            } => {
                let structured = shape.map(|shape| shape == ErrorShape::Structured);
                let rejection = Rejection::scripted(status, code);
                say_error(channel, &rejection, structured);
            }
            _ => {}
        }
    }
}
