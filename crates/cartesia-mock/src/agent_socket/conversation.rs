//! A conversation: the agent repeats each whole turn that it hears.

use cartesia_types::{RawFormat, pcm};

use crate::recognition::{Encoding, seconds};
use crate::socket::TurnEvent;
use crate::stt_socket::{Audio, Happened, Intake, Thresholds, Turn};
use crate::synthesis::{Delivery, Speech, Wanted};

/// Pieces of the agent's audio in a second.
const PIECES: u32 = 10;

/// The side whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    User,
    Assistant,
}

/// Something that happened. Times are seconds of the audio that was heard.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    Audio(Vec<u8>),
    /// The agent was interrupted: queued audio is dropped.
    Clear,
    TurnStarted {
        turn: u32,
        role: Role,
        start: f64,
    },
    /// More text of a turn.
    Text {
        turn: u32,
        role: Role,
        text: String,
    },
    TurnEnded {
        turn: u32,
        role: Role,
        text: String,
        interrupted: bool,
        start: f64,
        end: f64,
    },
}

/// A turn that is under way.
#[derive(Debug)]
struct Open {
    turn: u32,
    text: String,
    start: f64,
}

/// Listens and speaks. Its clock is the audio that it hears.
#[derive(Debug)]
pub(super) struct Conversation {
    format: RawFormat,
    intake: Intake,
    turn: Turn,
    pitch: f64,
    /// Samples that were heard.
    heard: u64,
    /// When all audio of the agent will have been played, by the same clock.
    played: u64,
    user: Option<Open>,
    agent: Option<(Open, Box<Speech>)>,
    turns: u32,
}

impl Conversation {
    pub(super) fn new(format: RawFormat, pitch: f64) -> Self {
        let audio = Audio {
            encoding: Encoding::Spoken(format.encoding),
            sample_rate: format.sample_rate,
        };
        Self {
            format,
            intake: Intake::new(audio),
            turn: Turn::new(format.sample_rate, Thresholds::default()),
            pitch,
            heard: 0,
            played: 0,
            user: None,
            agent: None,
            turns: 0,
        }
    }

    pub(super) fn samples(&mut self, bytes: &[u8]) -> Vec<f32> {
        self.intake.samples(bytes)
    }

    /// Hears one more sample, adds what happened, and gives the milliseconds that were heard when it
    /// makes another one whole.
    pub(super) fn hear(&mut self, sample: f32, events: &mut Vec<Event>) -> Option<u64> {
        self.heard += 1;
        let mut happened = Vec::new();
        self.turn.hear(sample, &mut happened);
        for (event, text) in happened {
            self.listen((event, text), events);
        }
        self.intake.tick()
    }

    fn listen(&mut self, (event, text): Happened, events: &mut Vec<Event>) {
        let (role, now) = (Role::User, self.now());
        match (event, text) {
            (TurnEvent::Start, _) => {
                self.interrupt(events);
                let open = self.open();
                let (turn, start) = (open.turn, open.start);
                self.user = Some(open);
                events.push(Event::TurnStarted { turn, role, start });
            }
            (TurnEvent::Update, Some(whole)) => {
                let Some(open) = &mut self.user else {
                    return;
                };
                // The space before later turns is for those who join them.
                let whole = whole.trim_start();
                let text = whole.strip_prefix(open.text.as_str()).unwrap_or(whole);
                let (turn, text) = (open.turn, text.to_owned());
                open.text.push_str(&text);
                events.push(Event::Text { turn, role, text });
            }
            (TurnEvent::End, _) => {
                let Some(Open { turn, text, start }) = self.user.take() else {
                    return;
                };
                let answer = text.clone();
                events.push(Event::TurnEnded {
                    turn,
                    role,
                    text,
                    interrupted: false,
                    start,
                    end: now,
                });
                if !answer.is_empty() {
                    self.say(&answer, events);
                }
            }
            _ => {}
        }
    }

    /// Speaks a text after the current one.
    pub(super) fn say(&mut self, text: &str, events: &mut Vec<Event>) {
        let role = Role::Assistant;
        if let Some((open, speech)) = &mut self.agent {
            let text = format!(" {text}");
            open.text.push_str(&text);
            speech.extend(&text);
            let turn = open.turn;
            events.push(Event::Text { turn, role, text });
            return;
        }
        let mut open = self.open();
        text.clone_into(&mut open.text);
        let (turn, start) = (open.turn, open.start);
        events.push(Event::TurnStarted { turn, role, start });
        let text = text.to_owned();
        events.push(Event::Text {
            turn,
            role,
            text: text.clone(),
        });
        let speech = Speech::new(
            text,
            Delivery::default(),
            self.pitch,
            self.format.sample_rate,
            None,
            Wanted::default(),
        );
        self.agent = Some((open, Box::new(speech)));
    }

    /// Whether there is text to speak.
    pub(super) fn is_speaking(&self) -> bool {
        self.agent.is_some()
    }

    /// The next piece of speech, and the end of the turn after the last one.
    pub(super) fn speak(&mut self, events: &mut Vec<Event>) {
        let Some((_, speech)) = &mut self.agent else {
            return;
        };
        let size = usize::try_from(self.format.sample_rate / PIECES).unwrap_or_default();
        let mut samples = Vec::with_capacity(size);
        speech.render(size, &mut samples);
        if !samples.is_empty() {
            let mut audio = Vec::new();
            pcm::encode_f32(self.format.encoding, &samples, &mut audio);
            self.played = self.played.max(self.heard) + samples.len() as u64;
            events.push(Event::Audio(audio));
        }
        if samples.len() < size {
            self.end(false, events);
        }
    }

    /// The caller speaks while the agent does, or while its speech is still playing.
    fn interrupt(&mut self, events: &mut Vec<Event>) {
        if self.agent.is_some() || self.played > self.heard {
            self.played = self.heard;
            events.push(Event::Clear);
            self.end(true, events);
        }
    }

    fn end(&mut self, interrupted: bool, events: &mut Vec<Event>) {
        let end = self.now();
        if let Some((Open { turn, text, start }, _)) = self.agent.take() {
            events.push(Event::TurnEnded {
                turn,
                role: Role::Assistant,
                text,
                interrupted,
                start,
                end,
            });
        }
    }

    fn open(&mut self) -> Open {
        self.turns += 1;
        Open {
            turn: self.turns,
            text: String::new(),
            start: self.now(),
        }
    }

    fn now(&self) -> f64 {
        seconds(self.heard, self.format.sample_rate)
    }
}
