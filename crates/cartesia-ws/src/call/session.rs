//! A call, as a state machine without socket or clock.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cartesia_core::time::{deadline_after, overdue};
use cartesia_core::{ReconnectPolicy, Secret, Timeouts};
use cartesia_types::agent::{
    CallCommand, CallEnding, CallErrorEvent, CallEvent, CallProtocol, CallSpec, ClientToolResult,
};
use cartesia_types::{ApiError, Deadline, ErrorCode, ErrorKind};
use tokio::sync::oneshot;

use super::{CALL, CONNECT};
use crate::inbox::cancelled;
use crate::link::{Lapse, Link};
use crate::protocol::{self, Key, Message, Order, Protocol};
use crate::{CloseInfo, Error};

pub(super) type Effect = protocol::Effect<CallEvent>;

/// The memory of an event besides its content, roughly.
const OVERHEAD: usize = 256;

/// The answer for the agent when the caller does not answer a tool call in time.
const NO_ANSWER: &str = "the tool did not answer in time";

impl Message for CallEvent {
    fn weight(&self) -> usize {
        let content = match self {
            Self::Audio(audio) => audio.data.len(),
            Self::TurnText(turn) => turn.text.len(),
            Self::TurnEnded(turn) => turn.text.len() + turn.tool_calls.len() * 256,
            Self::Unknown(unknown) => unknown.raw().len(),
            Self::Custom(custom) => custom.metadata.len() * 64,
            _ => 0,
        };
        OVERHEAD + content
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Ended(_))
    }

    fn obsoletes(&self) -> Option<fn(&Self) -> bool> {
        matches!(self, Self::Clear).then_some(|earlier| matches!(earlier, Self::Audio(_)))
    }
}

/// The rules of the session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) timeouts: Timeouts,
    /// How long the agent waits for the answer to a tool call.
    pub(super) tool_timeout: Option<Duration>,
}

/// The commands of a caller.
pub(super) enum Command {
    Open(Key),
    Audio(Bytes),
    Send(CallCommand),
    /// The answer to a tool call. The sender learns whether the agent still waited for it.
    Answer(ClientToolResult, oneshot::Sender<bool>),
    HangUp,
    /// The caller's audio is complete; the service is not notified.
    Finish,
    Cancel,
    Warm,
    Close,
}

impl From<Order<()>> for Command {
    fn from(order: Order<()>) -> Self {
        match order {
            Order::Open(key, _) => Self::Open(key),
            Order::Finish(_) => Self::Finish,
            Order::Cancel(_) => Self::Cancel,
            Order::Warm => Self::Warm,
            Order::Drain | Order::Close => Self::Close,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Connecting,
    /// The start was sent; the answer is awaited until this time.
    Starting(Option<Instant>),
    Live,
    /// The caller hung up.
    Leaving,
}

/// The state of a connection and of its call.
pub(super) struct CallSession {
    spec: CallSpec,
    path: String,
    rules: Rules,
    link: Link,
    /// The call, while it lives.
    key: Option<Key>,
    phase: Phase,
    stream_id: Option<String>,
    /// Tool calls that the agent waits for, and until when.
    tools: Vec<(String, Option<Instant>)>,
    /// Bytes of audio.
    received: u64,
    /// The last error that was not fatal: perhaps why the service closes the connection.
    reported: Option<String>,
}

impl CallSession {
    pub(super) fn new(spec: CallSpec, path: String, rules: Rules) -> Self {
        let reconnect = ReconnectPolicy::default();
        let stream_id = match &spec {
            CallSpec::Line(spec) => spec.stream_id.clone(),
            _ => None,
        };
        Self {
            spec,
            path,
            rules,
            link: Link::new(CALL, rules.timeouts, reconnect, 0),
            key: None,
            phase: Phase::Connecting,
            stream_id,
            tools: Vec::new(),
            received: 0,
            reported: None,
        }
    }

    fn protocol(&self) -> CallProtocol {
        self.spec.protocol()
    }

    /// Sends a message, if there is a connection for it.
    fn send(&self, command: &CallCommand, out: &mut Vec<Effect>) {
        let live = matches!(self.phase, Phase::Starting(_) | Phase::Live);
        let Some(key) = self.key.filter(|_| live) else {
            return;
        };
        // The handles refuse commands that the socket does not have.
        if let Ok(message) = command.message(self.protocol(), self.stream_id.as_deref()) {
            out.push(Effect::Send(key, message));
        }
    }

    fn deliver(&self, event: CallEvent, out: &mut Vec<Effect>) {
        if let Some(key) = self.key {
            out.push(Effect::Deliver(key, event));
        }
    }

    /// Ends the call regularly.
    fn complete(&mut self, ending: CallEnding, out: &mut Vec<Effect>) {
        self.deliver(CallEvent::Ended(ending), out);
        if let Some(key) = self.key.take() {
            out.push(Effect::End(key, None));
        }
    }

    /// Ends the call with an error.
    fn fail(&mut self, error: Error, out: &mut Vec<Effect>) {
        let Some(key) = self.key.take() else {
            return;
        };
        // A caller who was connected has a part of the call.
        let kind = match error.kind() {
            ErrorKind::Closed if self.phase == Phase::Live => ErrorKind::Incomplete,
            kind => kind,
        };
        let request_id = error.request_id().or(self.link.request_id());
        let request_id = request_id.map(str::to_owned);
        let error = error
            .with_kind(kind)
            .with_bytes_received(self.received)
            .with_request_id(request_id);
        out.push(Effect::End(key, Some(error)));
    }

    fn hang_up(&mut self, now: Instant, out: &mut Vec<Effect>) {
        match self.phase {
            Phase::Live => {
                self.phase = Phase::Leaving;
                self.link.close(now, out);
            }
            Phase::Leaving => {}
            Phase::Connecting | Phase::Starting(_) => self.fail(cancelled(CALL), out),
        }
    }

    fn answer(&mut self, result: ClientToolResult, out: &mut Vec<Effect>) -> bool {
        let before = self.tools.len();
        self.tools.retain(|(id, _)| *id != result.tool_call_id);
        let awaited = self.tools.len() < before;
        if awaited {
            self.send(&CallCommand::ToolResult(result), out);
        }
        awaited
    }

    fn on_message(&mut self, now: Instant, message: &[u8], out: &mut Vec<Effect>) {
        self.link.on_proof(now);
        match CallEvent::from_json(message) {
            Ok(event) => self.on_event(now, event, out),
            Err(error) => self.deliver(CallEvent::Undecodable(error), out),
        }
        self.after(now, out);
    }

    fn on_event(&mut self, now: Instant, event: CallEvent, out: &mut Vec<Effect>) {
        match event {
            CallEvent::Started(started) => {
                if matches!(self.phase, Phase::Starting(_)) {
                    self.phase = Phase::Live;
                    self.stream_id = started.stream_id.clone().or(self.stream_id.take());
                }
                self.deliver(CallEvent::Started(started), out);
            }
            CallEvent::Audio(audio) => {
                self.received += audio.data.len() as u64;
                self.deliver(CallEvent::Audio(audio), out);
            }
            CallEvent::ToolCall(call) => {
                if call.expects_response {
                    let until = deadline_after(now, self.rules.tool_timeout);
                    self.tools.push((call.tool_call_id.clone(), until));
                }
                self.deliver(CallEvent::ToolCall(call), out);
            }
            CallEvent::Error(error) => self.on_error(error, out),
            event => self.deliver(event, out),
        }
    }

    fn on_error(&mut self, mut event: CallErrorEvent, out: &mut Vec<Effect>) {
        let mut api = api_error(&event);
        if let Some(secret) = self.link.secret() {
            api = api.without_secret(secret.expose());
            event.message.clone_from(&api.message);
        }
        if event.fatal {
            self.fail(Error::api(CALL, api), out);
        } else {
            self.reported = Some(api.message);
            self.deliver(CallEvent::Error(event), out);
        }
    }

    /// The connection ended without the caller's doing.
    fn on_lost(&mut self, close: &CloseInfo, error: Error, out: &mut Vec<Effect>) {
        let code = close.code.unwrap_or(1005);
        let ending = CallEnding::from_close(self.protocol(), code, &close.reason);
        match (self.phase, ending, self.reported.take()) {
            (Phase::Live, Some(ending), _) => self.complete(ending, out),
            (.., Some(reported)) => {
                let message = format!("the service closed the call after it reported: {reported}");
                let error = Error::new(error.kind(), CALL, message).with_closed(close.clone());
                self.fail(error, out);
            }
            _ => self.fail(error, out),
        }
    }

    /// Applies the consequences of any change: without a call, the connection is closed.
    fn after(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if self.phase == Phase::Leaving && self.link.is_closed() {
            self.complete(CallEnding::ByCaller, out);
        }
        self.link.set_in_use(now, self.key.is_some());
        if self.key.is_none() {
            self.link.close(now, out);
        }
    }

    /// When a tool call or the start is overdue.
    fn next_deadline(&self) -> Option<Instant> {
        let start = match self.phase {
            Phase::Starting(until) => until,
            _ => None,
        };
        let tools = self.tools.iter().filter_map(|(_, until)| *until).min();
        let tools = tools.filter(|_| self.phase == Phase::Live);
        start
            .into_iter()
            .chain(tools)
            .min()
            .filter(|_| self.key.is_some())
    }

    fn on_deadlines(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if let Phase::Starting(Some(until)) = self.phase
            && until <= now
        {
            let limit = self.rules.timeouts.connect;
            let what = "the service did not confirm the start of the call";
            self.fail(overdue(CONNECT, Deadline::Connect, limit, what), out);
        }
        if self.phase != Phase::Live {
            return;
        }
        let is_late =
            |(_, until): &mut (String, Option<Instant>)| until.is_some_and(|it| it <= now);
        let late: Vec<_> = self.tools.extract_if(.., is_late).collect();
        for (id, _) in late {
            let failure = ClientToolResult::new(id, NO_ANSWER).with_error(true);
            self.send(&CallCommand::ToolResult(failure), out);
        }
    }
}

impl Protocol for CallSession {
    const CONNECT: &'static str = CONNECT;
    const CONNECTION: &'static str = CALL;
    const STREAM: &'static str = CALL;

    type Event = CallEvent;
    type Opening = ();
    type Command = Command;
    type Stats = ();

    fn link(&self) -> &Link {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }

    fn stats(&self) {}

    fn path(&self) -> Cow<'static, str> {
        self.path.clone().into()
    }

    fn on_command(&mut self, now: Instant, command: Command, out: &mut Vec<Effect>) {
        match command {
            Command::Open(key) => {
                self.key = Some(key);
                self.link.connect_if_down(out);
            }
            Command::Audio(audio) => self.send(&CallCommand::Audio(audio), out),
            Command::Send(command) => self.send(&command, out),
            Command::Answer(result, answer) => {
                let awaited = self.answer(result, out);
                // The caller may have stopped waiting.
                let _ = answer.send(awaited);
            }
            Command::HangUp => self.hang_up(now, out),
            Command::Finish | Command::Warm => {}
            Command::Cancel | Command::Close => self.fail(cancelled(CALL), out),
        }
        self.after(now, out);
    }

    fn on_connected(
        &mut self,
        now: Instant,
        request_id: Option<String>,
        secret: Secret,
        out: &mut Vec<Effect>,
    ) {
        if !self.link.on_connected(now, request_id, secret) {
            return;
        }
        self.phase = Phase::Starting(deadline_after(now, self.rules.timeouts.connect));
        if let Some(key) = self.key {
            // Its settings are text and JSON, so writing them cannot fail.
            let start = serde_json::to_string(&self.spec).unwrap_or_default();
            out.push(Effect::Send(key, start));
        }
        self.after(now, out);
    }

    fn on_connect_failed(&mut self, now: Instant, error: &Error, out: &mut Vec<Effect>) {
        if self.link.on_connect_failed() {
            self.fail(error.clone(), out);
            self.after(now, out);
        }
    }

    fn on_text(&mut self, now: Instant, text: &str, out: &mut Vec<Effect>) {
        self.on_message(now, text.as_bytes(), out);
    }

    /// The sockets have text messages alone; what comes in another frame is read all the same.
    fn on_binary(&mut self, now: Instant, data: &[u8], out: &mut Vec<Effect>) {
        self.on_message(now, data, out);
    }

    fn on_closed(
        &mut self,
        now: Instant,
        close: CloseInfo,
        why: Option<(ErrorKind, String)>,
        out: &mut Vec<Effect>,
    ) {
        if let Some(error) = self.link.on_closed(now, close.clone(), why) {
            let close = self.link.scrubbed(close);
            self.on_lost(&close, error, out);
        }
        self.after(now, out);
    }

    fn on_overflow(&mut self, now: Instant, _: Key, out: &mut Vec<Effect>) {
        let message = "the reader fell behind: more unread audio than the budget allows";
        self.fail(Error::new(ErrorKind::SlowConsumer, CALL, message), out);
        self.after(now, out);
    }

    fn set_paused(&mut self, now: Instant, paused: bool) {
        self.link.set_paused(now, paused);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let due = self.link.poll_timeout().into_iter();
        due.chain(self.next_deadline()).min()
    }

    fn on_timeout(&mut self, now: Instant, out: &mut Vec<Effect>) {
        while let Some(lapse) = self.link.on_timeout(now, out) {
            if let Lapse::Dead(error) = lapse {
                self.fail(error, out);
            }
        }
        self.on_deadlines(now, out);
        self.after(now, out);
    }
}

/// The error of the service, which has no status here.
fn api_error(event: &CallErrorEvent) -> ApiError {
    let code = event.code.as_ref().map(ErrorCode::as_str);
    let status = match code {
        Some("unauthorized") => 401,
        Some("quota_exceeded" | "plan_upgrade_required") => 402,
        Some("concurrency_limited") => 429,
        Some(code) if code.starts_with("invalid") => 400,
        Some(code) if code.ends_with("not_found") => 404,
        _ => 500,
    };
    let mut api = ApiError::new(status, event.message.clone());
    api.code.clone_from(&event.code);
    api
}
