//! What is said at `/stt/turns/websocket`.

use bytes::Bytes;
use serde_json::Value;

use super::intake::Intake;
use super::query::Turns;
use super::turn::{Happened, Turn};
use super::{messages, say_error};
use crate::fields::Fields;
use crate::rejection::{Rejection, shortened};
use crate::socket::{Action, ErrorShape, Line, Moment, Talk, TurnEvent};

/// A client that speaks in turns.
#[derive(Debug)]
pub(super) struct TakingTurns {
    /// `Err` when its settings were not right, which it is told once it is connected.
    hearing: Result<Hearing, Rejection>,
    updates: u32,
    manners: Manners,
}

#[derive(Debug)]
struct Hearing {
    intake: Intake,
    turn: Turn,
}

/// What a script lets it do.
#[derive(Debug, Clone, Copy, Default)]
struct Manners {
    no_connected: bool,
    ignore_close: bool,
    /// Nothing is said any more.
    mute: bool,
}

impl TakingTurns {
    pub(super) fn new(query: Result<Turns, Rejection>) -> Self {
        let hearing = query.map(|query| Hearing {
            intake: Intake::new(query.audio),
            turn: Turn::new(query.audio.sample_rate, query.thresholds),
        });
        Self {
            hearing,
            updates: 0,
            manners: Manners::default(),
        }
    }

    fn say(&mut self, line: &mut Line, message: String) {
        if !self.manners.mute {
            line.say(message);
        }
    }

    fn tell(&mut self, line: &mut Line, happened: &mut Vec<Happened>) {
        for (event, transcript) in happened.drain(..) {
            let message = messages::turn(event, transcript.as_deref(), &line.request_id);
            self.say(line, message);
            match event {
                TurnEvent::Start => self.play(line, Moment::TurnStart),
                TurnEvent::Update => {
                    self.updates += 1;
                    self.play(line, Moment::Transcripts(self.updates));
                }
                _ => {}
            }
        }
    }

    fn configure(&mut self, message: &Value) -> Result<(), Rejection> {
        let fields = Fields::of_body(message)?;
        if let (Some(turn), Ok(hearing)) = (fields.object("turn")?, &mut self.hearing) {
            let thresholds = hearing.turn.thresholds().changed(&turn)?;
            hearing.turn.set_thresholds(thresholds);
        }
        Ok(())
    }

    /// What was heard becomes events, and then the server closes, without a farewell in a message.
    fn close(&mut self, line: &mut Line) {
        self.play(line, Moment::Close);
        if self.manners.ignore_close || !line.is_open() {
            return;
        }
        let mut happened = Vec::new();
        if let Ok(hearing) = &mut self.hearing {
            hearing.turn.finish(&mut happened);
        }
        self.tell(line, &mut happened);
        if line.is_open() {
            line.close(1000, "");
        }
    }

    fn command(&mut self, line: &mut Line, text: &str) -> Result<(), Rejection> {
        let message: Value = serde_json::from_str(text)
            .map_err(|error| Rejection::bad_request(format!("the message is not JSON: {error}")))?;
        match message["type"].as_str() {
            Some("close") => self.close(line),
            Some("config") => self.configure(&message)?,
            Some(other) => {
                let other = shortened(other);
                let message = format!("{other:?} is no command; they are `close` and `config`");
                return Err(Rejection::bad_request(message));
            }
            None => return Err(Rejection::bad_request("`type` is required")),
        }
        Ok(())
    }
}

impl Talk for TakingTurns {
    fn open(&mut self, line: &mut Line) {
        self.play(line, Moment::Connect);
        if let Err(rejection) = &self.hearing {
            say_error(line, rejection, None);
            if line.is_open() {
                line.close(1000, "the settings are not valid");
            }
        } else if !self.manners.no_connected {
            let message = messages::bare("connected", &line.request_id);
            self.say(line, message);
        }
    }

    fn text(&mut self, line: &mut Line, text: String) {
        let command = text.clone();
        line.heard_text(None, text);
        if !line.is_open() {
            return;
        }
        if let Err(rejection) = self.command(line, &command) {
            say_error(line, &rejection, None);
        }
    }

    fn binary(&mut self, line: &mut Line, bytes: Bytes) {
        let Ok(hearing) = &mut self.hearing else {
            return;
        };
        let mut happened = Vec::new();
        for sample in hearing.intake.samples(&bytes) {
            let Ok(hearing) = &mut self.hearing else {
                return;
            };
            hearing.turn.hear(sample, &mut happened);
            let tick = hearing.intake.tick();
            if !happened.is_empty() {
                self.tell(line, &mut happened);
            }
            if let Some(milliseconds) = tick {
                self.play(line, Moment::Heard(milliseconds));
            }
            if !line.is_open() {
                return;
            }
        }
    }

    fn act(&mut self, line: &mut Line, action: Action) {
        match action {
            Action::NoConnected => self.manners.no_connected = true,
            Action::IgnoreClose => self.manners.ignore_close = true,
            Action::Stall => self.manners.mute = true,
            Action::UnknownType => line.say_unknown(None),
            Action::Turn { event, transcript } => {
                let message = messages::turn(event, transcript.as_deref(), &line.request_id);
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
