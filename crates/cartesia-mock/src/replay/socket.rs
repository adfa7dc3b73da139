//! A recorded WebSocket, replayed to a client that sends the recorded messages.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, sleep_until};

use super::matching::{content_difference, context_of, renamed};
use crate::journal::Content;
use crate::pace::Pace;
use crate::recording::frames::{self, Message, Messages};
use crate::recording::line::{Payload, Side};
use crate::recording::{Exchange, Step, StepKind};
use crate::rejection::Rejection;

/// Says what was recorded until either side ends it.
pub(super) async fn play(upgrade: OnUpgrade, exchange: Exchange, pace: Pace) {
    // Without the upgrade the connection broke before the response was written.
    if let Ok(upgraded) = upgrade.await {
        converse(TokioIo::new(upgraded), Script::new(exchange, pace)).await;
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite, mut script: Script) {
    let mut stream = pin!(stream);
    let mut messages = Messages::default();
    let mut buffer = vec![0; 16 << 10];
    let mut out = Vec::new();
    loop {
        let ended = script.work(&mut out);
        if stream.write_all(&out).await.is_err() || stream.flush().await.is_err() || ended {
            break;
        }
        out.clear();
        let due = script.due();
        let read = tokio::select! {
            read = stream.read(&mut buffer) => read,
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => continue,
        };
        match read {
            Ok(length @ 1..) => messages.feed(buffer.get(..length).unwrap_or_default()),
            _ => return,
        }
        loop {
            match messages.next() {
                Ok(Some(message)) => script.receive(message, &mut out),
                Ok(None) => break,
                Err(_) => {
                    script.close(1002, "this is no WebSocket message", &mut out);
                    break;
                }
            }
        }
    }
    // The client may be gone already.
    let _ = stream.shutdown().await;
}

/// The messages that are still to be sent, by both sides.
struct Script {
    /// The first has the messages without a context.
    conversations: Vec<Conversation>,
    pace: Pace,
    /// The recorded end of the connection by the server.
    farewell: Farewell,
    over: bool,
}

enum Farewell {
    /// The client's.
    None,
    Close(Option<u16>, String),
    /// The client disappeared.
    Gone,
}

/// The messages of one context.
struct Conversation {
    /// The identifier of the context in the recording, and the one that the client uses now.
    recorded: Option<String>,
    current: Option<String>,
    active: bool,
    steps: VecDeque<Step>,
    /// Messages that the client sent too early.
    early: VecDeque<Content>,
    /// The recorded time of the last step, and the time of its replay.
    last: (u64, Instant),
}

impl Conversation {
    fn new(recorded: Option<String>, began: u64) -> Self {
        Self {
            active: recorded.is_none(),
            recorded,
            current: None,
            steps: VecDeque::new(),
            early: VecDeque::new(),
            last: (began, Instant::now()),
        }
    }

    /// Whether the server said that its context is over.
    fn is_done(&self) -> bool {
        let last = self.steps.back().map(|step| &step.kind);
        let Some(StepKind::Received(Payload::Text(text))) = last else {
            return false;
        };
        let json: Option<Value> = serde_json::from_str(text).ok();
        let kind = json.as_ref().and_then(|json| json.get("type")?.as_str());
        self.recorded.is_some() && matches!(kind, Some("done" | "error"))
    }

    /// When the server says something next, as far as that is known.
    fn due(&self, pace: Pace) -> Option<Instant> {
        let next = self.steps.front().filter(|_| self.active)?;
        let (at, when) = self.last;
        let gap = Duration::from_millis(next.at_ms.saturating_sub(at));
        matches!(next.kind, StepKind::Received(_)).then(|| when + pace.delay(gap))
    }

    /// Goes on over what the client said already. An error says what it should have said instead.
    fn hear(&mut self) -> Result<(), String> {
        loop {
            match self.steps.front().map(|step| &step.kind) {
                Some(StepKind::Sent(expected)) => {
                    let Some(sent) = self.early.pop_front() else {
                        return Ok(());
                    };
                    if let Some(difference) = content_difference(expected, &sent) {
                        return Err(format!(
                            "the recording goes on in another way: {difference}"
                        ));
                    }
                    self.advance();
                }
                Some(_) => return Ok(()),
                None if self.early.is_empty() => return Ok(()),
                None => return Err("the recording ends before this message".to_owned()),
            }
        }
    }

    fn advance(&mut self) -> Option<Step> {
        let step = self.steps.pop_front()?;
        self.last = (step.at_ms, Instant::now());
        Some(step)
    }
}

impl Script {
    fn new(exchange: Exchange, pace: Pace) -> Self {
        let began = exchange.began;
        let mut conversations = vec![Conversation::new(None, began)];
        let mut farewell = match exchange.end {
            Some((Side::Server, _)) => Farewell::Gone,
            _ => Farewell::None,
        };
        for step in exchange.steps {
            let context = match &step.kind {
                StepKind::Sent(content) => context_of(content).map(str::to_owned),
                StepKind::Received(Payload::Text(text)) => context_of_text(text),
                StepKind::Received(Payload::Base64(_)) => None,
                StepKind::Close { from, code, reason } => {
                    farewell = match from {
                        Side::Client => Farewell::None,
                        Side::Server => Farewell::Close(*code, reason.clone()),
                    };
                    // A message after the first close is the answer to it.
                    break;
                }
            };
            // Only a client begins a context: an error with a name of its own is nobody's.
            let begins = matches!(step.kind, StepKind::Sent(_));
            let known = conversations
                .iter()
                .rposition(|conversation| conversation.recorded == context)
                // A name that is free again is one of a new context.
                .filter(|index| {
                    !begins || conversations.get(*index).is_some_and(|it| !it.is_done())
                });
            let index = match known {
                Some(index) => index,
                None if begins => {
                    conversations.push(Conversation::new(context, step.at_ms));
                    conversations.len() - 1
                }
                None => 0,
            };
            if let Some(conversation) = conversations.get_mut(index) {
                conversation.steps.push_back(step);
            }
        }
        Self {
            conversations,
            pace,
            farewell,
            over: false,
        }
    }

    fn due(&self) -> Option<Instant> {
        let dues = self.conversations.iter();
        dues.filter_map(|conversation| conversation.due(self.pace))
            .min()
    }

    /// Says what is due; `true` when that was all, and the connection is to end.
    fn work(&mut self, out: &mut Vec<u8>) -> bool {
        let now = Instant::now();
        let pace = self.pace;
        while !self.over {
            let due = |conversation: &Conversation| conversation.due(pace);
            let next = self
                .conversations
                .iter_mut()
                .filter(|conversation| due(conversation).is_some_and(|due| due <= now))
                .min_by_key(|conversation| due(conversation));
            let Some(conversation) = next else {
                break;
            };
            conversation.say(out);
            if let Err(message) = conversation.hear() {
                let context = conversation.current.clone();
                self.refuse(&message, context.as_deref(), out);
            }
        }
        let all_said = self.conversations.iter().all(|it| it.steps.is_empty());
        if all_said && !self.over {
            match std::mem::replace(&mut self.farewell, Farewell::None) {
                Farewell::None => {}
                Farewell::Close(code, reason) => {
                    let close = code.map(|code| (code, reason));
                    frames::write(&Message::Close(close), out);
                    self.over = true;
                }
                Farewell::Gone => self.over = true,
            }
        }
        self.over
    }

    fn receive(&mut self, message: Message, out: &mut Vec<u8>) {
        let said = match message {
            Message::Text(text) => Content::of_text(&text),
            Message::Binary(bytes) => Content::of_bytes(&bytes),
            Message::Ping(payload) => return frames::write(&Message::Pong(payload), out),
            Message::Pong(_) => return,
            Message::Close(close) => {
                if !self.over {
                    frames::write(&Message::Close(close), out);
                }
                self.over = true;
                return;
            }
        };
        let context = context_of(&said).map(str::to_owned);
        let Some(conversation) = self.conversation(context.as_deref(), &said) else {
            let message = "the recording has no context that begins like this";
            return self.refuse(message, context.as_deref(), out);
        };
        conversation.early.push_back(said);
        if let Err(message) = conversation.hear() {
            self.refuse(&message, context.as_deref(), out);
        }
    }

    /// The conversation that a message belongs to. A new context takes the first recorded one that begins
    /// in the same way.
    fn conversation(&mut self, context: Option<&str>, said: &Content) -> Option<&mut Conversation> {
        let current = |conversation: &Conversation| {
            let is_over = conversation.recorded.is_some() && conversation.steps.is_empty();
            conversation.active && conversation.current.as_deref() == context && !is_over
        };
        if let Some(index) = self.conversations.iter().position(current) {
            return self.conversations.get_mut(index);
        }
        let begins = |conversation: &&mut Conversation| {
            let first = conversation.steps.front().map(|step| &step.kind);
            !conversation.active
                && matches!(first, Some(StepKind::Sent(expected))
                    if content_difference(expected, said).is_none())
        };
        let conversation = self.conversations.iter_mut().find(begins)?;
        conversation.active = true;
        conversation.current = context.map(str::to_owned);
        Some(conversation)
    }

    /// Tells the client what is wrong. A context is over with that, and without one the connection.
    fn refuse(&mut self, message: &str, context: Option<&str>, out: &mut Vec<u8>) {
        let rejection = Rejection::not_recorded(message);
        let text = rejection.message(true, "", context);
        frames::write(&Message::Text(text.into()), out);
        match context {
            Some(_) => self.conversations.retain(|conversation| {
                conversation.current.as_deref() != context || !conversation.active
            }),
            None => self.close(1008, "this is not in the recording", out),
        }
    }

    fn close(&mut self, code: u16, reason: &str, out: &mut Vec<u8>) {
        if !self.over {
            frames::write(&Message::Close(Some((code, reason.to_owned()))), out);
        }
        self.over = true;
    }
}

impl Conversation {
    /// Says the next message of the server.
    fn say(&mut self, out: &mut Vec<u8>) {
        let Some(StepKind::Received(payload)) = self.advance().map(|step| step.kind) else {
            return;
        };
        let message = match (&payload, &self.recorded, &self.current) {
            (Payload::Text(text), Some(old), Some(new)) => {
                Message::Text(renamed(text, old, new).into())
            }
            (Payload::Text(text), ..) => Message::Text(text.clone().into()),
            (Payload::Base64(_), ..) => Message::Binary(payload.bytes().unwrap_or_default()),
        };
        frames::write(&message, out);
    }
}

fn context_of_text(text: &str) -> Option<String> {
    let json: Value = serde_json::from_str(text).ok()?;
    Some(json.get("context_id")?.as_str()?.to_owned())
}
