//! What is said at `/tts/websocket`.

use std::sync::Arc;

use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde_json::Value;
use tokio::time::Instant;

use super::contexts::{Contexts, Step};
use super::messages::Message;
use super::request::{self, Refusal, Request};
use crate::hash;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::socket::{Channel, Endpoint, Moment};
use crate::state::State;

/// A connection that many contexts share.
#[derive(Debug)]
pub(super) struct Speaking {
    pub(super) contexts: Contexts,
    errors: u64,
}

impl Speaking {
    pub(super) fn new(state: Arc<State>, caller: &Caller) -> Self {
        let contexts = Contexts::new(state, caller);
        Self {
            contexts,
            errors: 0,
        }
    }

    /// Sends the messages of a context, as far as the script allows.
    fn tell(&mut self, channel: &mut Channel, step: Step) {
        let context = (step.key, &step.id);
        for message in step.messages {
            if matches!(message, Message::Done { .. }) {
                if self.contexts.announces_end(step.key) {
                    self.play(channel, Moment::Done, Some(context));
                }
                if !self.contexts.is_alive(step.key) || self.contexts.is_held(step.key) {
                    return;
                }
                self.contexts.remove(step.key);
            }
            say_of(channel, &step.id, &message);
            if matches!(message, Message::Chunk { .. }) {
                self.play(channel, Moment::Chunks(step.chunks), Some(context));
            }
            if !channel.is_open() || !self.contexts.is_alive(step.key) {
                return;
            }
        }
    }

    /// Says no. The context is over, the connection is not.
    fn refuse(&mut self, channel: &mut Channel, refusal: Refusal) {
        let Refusal {
            context_id,
            rejection,
        } = refusal;
        if let Some(key) = context_id.as_deref().and_then(|id| self.contexts.key(id)) {
            self.contexts.remove(key);
        }
        let structured = channel.version >= ApiVersion::V2026_03_01;
        let id = context_id.as_deref();
        let error = self.error_text(channel, &rejection.on_socket(), structured, id);
        channel.say(error);
    }

    /// An error message; each names a request of its own.
    pub(super) fn error_text(
        &mut self,
        channel: &Channel,
        rejection: &Rejection,
        structured: bool,
        context_id: Option<&str>,
    ) -> String {
        self.errors += 1;
        let request_id = match context_id {
            None => channel.request_id.to_string(),
            Some(id) => {
                let last =
                    hash::stable(&[channel.request_id.as_bytes(), &self.errors.to_le_bytes()]);
                format!("{}:{id}:{}", channel.request_id, hash::uuid(last))
            }
        };
        rejection.message(structured, &request_id, context_id)
    }
}

pub(super) fn say_of(channel: &mut Channel, context_id: &str, message: &Message) {
    channel.say(message.render(context_id, channel.version));
}

impl Endpoint for Speaking {
    fn open(&mut self, channel: &mut Channel) {
        self.play(channel, Moment::Connect, None);
    }

    fn text(&mut self, channel: &mut Channel, text: String) {
        let value = serde_json::from_str::<Value>(&text);
        let context_id = value
            .as_ref()
            .ok()
            .and_then(|value| value.get("context_id")?.as_str().map(str::to_owned));
        channel.heard_text(context_id, text);
        if !channel.is_open() {
            return;
        }
        let now = Instant::now();
        let outcome = match value {
            Err(error) => {
                let message = format!("the message is not JSON: {error}");
                Err(Rejection::bad_request(message).into())
            }
            Ok(value) => match request::read(&value, channel.version, &channel.state) {
                Ok(Request::Input(input)) => self.contexts.receive(*input, now).map(|taken| {
                    let context = (taken.key, &taken.id);
                    if taken.is_new {
                        self.play(channel, Moment::Chunks(0), Some(context));
                    }
                    self.play(channel, Moment::Input, Some(context));
                }),
                Ok(Request::Cancel { context_id }) => {
                    let key = self.contexts.key(&context_id).unwrap_or_default();
                    let id = context_id.into();
                    self.play(channel, Moment::Cancel, Some((key, &id)));
                    self.contexts.cancel(key, now);
                    Ok(())
                }
                Err(refusal) => Err(refusal),
            },
        };
        if let Err(refusal) = outcome {
            self.refuse(channel, refusal);
        }
    }

    fn binary(&mut self, channel: &mut Channel, bytes: Bytes) {
        let message = format!(
            "{} bytes came as a binary message; send JSON as text",
            bytes.len()
        );
        self.refuse(channel, Rejection::bad_request(message).into());
    }

    fn next_due(&self) -> Option<Instant> {
        self.contexts.next_due()
    }

    fn work(&mut self, channel: &mut Channel) -> bool {
        let Some(step) = self.contexts.step(Instant::now()) else {
            return false;
        };
        self.tell(channel, step);
        true
    }

    fn end(&mut self) {
        self.contexts.clear();
    }
}
