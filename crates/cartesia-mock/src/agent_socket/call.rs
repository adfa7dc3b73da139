//! A call on a connection.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::time::Instant;

use super::conversation::{Conversation, Event, Role};
use super::dialect::{Agent, Command, Dialect, Start};
use crate::pace::Pace;
use crate::socket::{Action, Channel, Endpoint, Moment};
use crate::synthesis::pitch;

/// The length of a piece of the agent's audio.
const PIECE: Duration = Duration::from_millis(100);

/// A call with an agent.
#[derive(Debug)]
pub(super) struct Call<D> {
    agent: Agent,
    dialect: D,
    pace: Pace,
    /// `None` until the client has said what it wants.
    conversation: Option<Conversation>,
    /// When the next piece of audio may be sent.
    next_piece: Instant,
    /// Whether a script has silenced the connection.
    mute: bool,
}

impl<D: Dialect> Call<D> {
    pub(super) fn new(agent: Agent, dialect: D, pace: Pace) -> Self {
        Self {
            agent,
            dialect,
            pace,
            conversation: None,
            next_piece: Instant::now(),
            mute: false,
        }
    }

    fn say(&self, channel: &mut Channel, message: Option<String>) {
        if let Some(message) = message.filter(|_| !self.mute) {
            channel.say(message);
        }
    }

    fn tell(&mut self, channel: &mut Channel, events: Vec<Event>) {
        for event in events {
            let message = self.dialect.event(&event);
            self.say(channel, message);
            let by_user = matches!(
                event,
                Event::TurnStarted {
                    role: Role::User,
                    ..
                }
            );
            if by_user {
                self.play(channel, Moment::TurnStart);
            }
        }
    }

    /// Makes the agent speak a text.
    fn speak(&mut self, channel: &mut Channel, text: &str) {
        let mut events = Vec::new();
        if let Some(conversation) = &mut self.conversation {
            if !conversation.is_speaking() {
                self.next_piece = Instant::now();
            }
            conversation.say(text, &mut events);
        }
        self.tell(channel, events);
    }

    fn start(&mut self, channel: &mut Channel, start: &Start) {
        let voice = start.voice.as_deref().unwrap_or(&self.agent.voice);
        let pitch = pitch(voice, &self.agent.id);
        self.conversation = Some(Conversation::new(start.format, pitch));
        let ready = self.dialect.ready(&self.agent, start);
        self.say(channel, Some(ready));
        let introduction = &self.agent.introduction;
        let introduction = start.introduction.as_ref().unwrap_or(introduction).clone();
        if !introduction.is_empty() {
            self.speak(channel, &introduction);
        }
    }

    fn hear(&mut self, channel: &mut Channel, audio: &[u8]) {
        let Some(conversation) = &mut self.conversation else {
            return;
        };
        for sample in conversation.samples(audio) {
            let Some(conversation) = &mut self.conversation else {
                return;
            };
            let was_speaking = conversation.is_speaking();
            let mut events = Vec::new();
            let tick = conversation.hear(sample, &mut events);
            if conversation.is_speaking() && !was_speaking {
                self.next_piece = Instant::now();
            }
            if !events.is_empty() {
                self.tell(channel, events);
            }
            if let Some(milliseconds) = tick {
                self.play(channel, Moment::Heard(milliseconds));
            }
            if !channel.is_open() {
                return;
            }
        }
    }

    fn command(&mut self, channel: &mut Channel, text: &str) -> Result<(), String> {
        let message: Value =
            serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        let command = self.dialect.read(&message)?;
        match (&self.conversation, &command) {
            (None, Command::Start(_)) => {}
            (None, _) => return Err("the call has not started".to_owned()),
            (Some(_), Command::Start(_)) => return Err("the call has started already".to_owned()),
            (Some(_), _) => {}
        }
        match command {
            Command::Start(start) => self.start(channel, &start),
            Command::Audio(audio) => self.hear(channel, &audio),
            Command::Key(key) => self.speak(channel, &format!("You pressed {key}.")),
            Command::Say(text) => self.speak(channel, &text),
            Command::Answer(message) => self.say(channel, Some(message)),
            Command::End(reason) if reason.is_empty() => channel.close(1000, "call ended by agent"),
            Command::End(reason) => {
                // A close frame has room for 123 bytes.
                let reason: String = reason.chars().take(20).collect();
                channel.close(1000, &format!("call ended by agent, reason: {reason}"));
            }
            Command::Nothing => {}
        }
        Ok(())
    }
}

impl<D: Dialect> Endpoint for Call<D> {
    fn open(&mut self, channel: &mut Channel) {
        self.play(channel, Moment::Connect);
    }

    fn text(&mut self, channel: &mut Channel, text: String) {
        let command = text.clone();
        channel.heard_text(None, text);
        if !channel.is_open() {
            return;
        }
        if let Err(what) = self.command(channel, &command) {
            let fatal = self.conversation.is_none();
            let error = self.dialect.error(&what, fatal);
            let is_over = fatal || error.is_none();
            self.say(channel, error);
            if is_over && channel.is_open() {
                channel.close(1000, "invalid message");
            }
        }
    }

    fn binary(&mut self, channel: &mut Channel, _: Bytes) {
        let error = self.dialect.error("audio comes as base64 in text", true);
        self.say(channel, error);
        if channel.is_open() {
            channel.close(1000, "invalid message");
        }
    }

    fn next_due(&self) -> Option<Instant> {
        let speaking = self.conversation.as_ref()?.is_speaking();
        speaking.then_some(self.next_piece)
    }

    fn work(&mut self, channel: &mut Channel) -> bool {
        let due = self.next_due().is_some_and(|due| due <= Instant::now());
        let Some(conversation) = self.conversation.as_mut().filter(|_| due) else {
            return false;
        };
        let mut events = Vec::new();
        conversation.speak(&mut events);
        self.next_piece += self.pace.delay(PIECE);
        self.tell(channel, events);
        true
    }

    fn act(&mut self, channel: &mut Channel, action: Action) {
        match action {
            Action::Stall => self.mute = true,
            Action::UnknownType => channel.say_unknown(None),
            _ => {}
        }
    }
}
