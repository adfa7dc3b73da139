//! The socket on which the service detects when a turn ends.

use cartesia_core::url::push_query;
use cartesia_types::ApiError;
use cartesia_types::stt::{
    Gap, SttDecodeError, SttErrorEvent, SttFormat, SttNotice, TurnCut, TurnEvent, TurnSettings,
    TurnText, TurnsCommand, TurnsSpec,
};

use super::dialect::{Dialect, Meaning};
use super::join::Joint;
use super::timeline::Timeline;
use crate::protocol::Message;

/// The memory of an event besides its text, roughly.
const OVERHEAD: usize = 256;

/// The state of `/stt/turns/websocket`.
pub(crate) struct Turns {
    spec: TurnsSpec,
    joint: Joint,
    turn: Option<Turn>,
    /// The caller knows that the service is ready.
    was_greeted: bool,
    awaits_greeting: bool,
}

/// The turn that is open.
#[derive(Debug, Default)]
struct Turn {
    text: String,
    /// What was put in front of the text of the service.
    before: &'static str,
    is_eager: bool,
}

impl Turns {
    pub(super) fn new(spec: TurnsSpec) -> Self {
        Self {
            spec,
            joint: Joint::default(),
            turn: None,
            was_greeted: false,
            awaits_greeting: true,
        }
    }

    /// The open turn. One that the service did not announce is begun here.
    fn open(&mut self, request_id: Option<&String>, out: &mut Vec<TurnEvent>) -> &mut Turn {
        self.turn.get_or_insert_with(|| {
            let mut notice = SttNotice::default();
            notice.request_id = request_id.cloned();
            out.push(TurnEvent::Start(notice));
            Turn::default()
        })
    }

    /// Completes a text by what the caller knows of the turn.
    fn text(&mut self, mut text: TurnText, out: &mut Vec<TurnEvent>) -> TurnText {
        let before = self.joint.before(&text.transcript);
        let turn = self.open(text.request_id.as_ref(), out);
        if turn.text.is_empty() {
            turn.before = before;
        }
        if !text.transcript.is_empty() {
            text.transcript.insert_str(0, turn.before);
        }
        text.known = common_start(&turn.text, &text.transcript);
        turn.text.clone_from(&text.transcript);
        text
    }
}

/// Bytes of the longest common start of two texts.
fn common_start(one: &str, other: &str) -> usize {
    let pairs = one.chars().zip(other.chars());
    pairs
        .take_while(|(one, other)| one == other)
        .map(|(same, _)| same.len_utf8())
        .sum()
}

impl Message for TurnEvent {
    fn weight(&self) -> usize {
        let content = match self {
            Self::Update(turn) | Self::EagerEnd(turn) | Self::End(turn) => turn.transcript.len(),
            Self::Cut(cut) => cut.transcript.len(),
            Self::Unknown(unknown) => unknown.raw().len(),
            _ => 0,
        };
        OVERHEAD + content
    }

    fn is_last(&self) -> bool {
        // The end is that of the connection.
        false
    }
}

impl Dialect for Turns {
    type Event = TurnEvent;
    type Setting = TurnSettings;

    const CONNECT: &'static str = "stt.turns.connect";
    const CONNECTION: &'static str = "stt.turns.connection";
    const STREAM: &'static str = "stt.turns";

    fn format(&self) -> SttFormat {
        self.spec.format
    }

    fn path(&self) -> String {
        let mut path = "/stt/turns/websocket".to_owned();
        for (name, value) in self.spec.query() {
            push_query(&mut path, name, &value);
        }
        path
    }

    fn decode(message: &[u8]) -> Result<TurnEvent, SttDecodeError> {
        TurnEvent::from_json(message)
    }

    fn gap(gap: Gap) -> TurnEvent {
        TurnEvent::Gap(gap)
    }

    fn refused(error: ApiError) -> TurnEvent {
        TurnEvent::Error(SttErrorEvent::new(error))
    }

    fn close_message() -> String {
        message(&TurnsCommand::Close)
    }

    fn set(&mut self, setting: TurnSettings) -> String {
        // The next connection has it in its query.
        self.spec.turn = self.spec.turn.changed_by(setting);
        message(&TurnsCommand::Config(setting))
    }

    fn take(&mut self, event: TurnEvent, _: &Timeline, out: &mut Vec<TurnEvent>) -> Meaning {
        if matches!(event, TurnEvent::Unknown(_)) {
            out.push(event);
            return Meaning::Noise;
        }
        let was_ready = !self.awaits_greeting;
        self.awaits_greeting = false;
        match event {
            TurnEvent::Connected(_) => {
                if !std::mem::replace(&mut self.was_greeted, true) {
                    out.push(event);
                }
            }
            TurnEvent::Start(_) => {
                // The turn before it was never ended.
                if let Some(turn) = self.turn.take() {
                    out.push(TurnEvent::Cut(TurnCut::new(turn.text)));
                }
                self.turn = Some(Turn::default());
                out.push(event);
            }
            TurnEvent::Update(text) => {
                let text = self.text(text, out);
                out.push(TurnEvent::Update(text));
            }
            TurnEvent::EagerEnd(text) => {
                let text = self.text(text, out);
                if let Some(turn) = &mut self.turn {
                    turn.is_eager = true;
                }
                out.push(TurnEvent::EagerEnd(text));
            }
            TurnEvent::Resume(_) => {
                // Without an eager end there is no work to drop.
                let turn = self.turn.as_mut();
                if turn.is_some_and(|turn| std::mem::take(&mut turn.is_eager)) {
                    out.push(event);
                }
            }
            TurnEvent::End(text) => {
                let text = self.text(text, out);
                self.joint.commit(&text.transcript);
                self.turn = None;
                out.push(TurnEvent::End(text));
                return Meaning::CoversRead;
            }
            // A rejected setting does not end the transcription.
            TurnEvent::Error(event) if was_ready && matches!(event.error.status, 400 | 422) => {
                return Meaning::Refused(event.error);
            }
            TurnEvent::Error(event) => return Meaning::Failed(event.error),
            other => out.push(other),
        }
        Meaning::Nothing
    }

    fn lose(&mut self, out: &mut Vec<TurnEvent>) {
        if let Some(turn) = self.turn.take() {
            out.push(TurnEvent::Cut(TurnCut::new(turn.text)));
        }
        self.joint.tear();
        self.awaits_greeting = true;
    }

    fn end(&mut self, out: &mut Vec<TurnEvent>) -> bool {
        if let Some(turn) = self.turn.take() {
            // An end of the turn is expected before that of the connection, but not promised.
            let mut text = TurnText::new(turn.text);
            text.known = text.transcript.len();
            out.push(TurnEvent::End(text));
        }
        true
    }

    fn needs_silence(&self) -> bool {
        self.turn.is_some()
    }

    fn has_pending_text(&self) -> bool {
        self.turn.is_some()
    }

    fn awaits_greeting(&self) -> bool {
        self.awaits_greeting
    }
}

fn message(command: &TurnsCommand) -> String {
    serde_json::to_string(command).unwrap_or_default()
}
