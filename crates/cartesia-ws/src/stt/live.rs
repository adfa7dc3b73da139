//! The socket on which the client decides when an utterance ends.

use std::time::Duration;

use cartesia_core::url::push_query;
use cartesia_types::ApiError;
use cartesia_types::stt::{
    Gap, LiveCommand, LiveEvent, LiveSpec, Segment, SttDecodeError, SttErrorEvent, SttFormat,
};

use super::dialect::{Dialect, Meaning};
use super::join::Joint;
use super::timeline::Timeline;
use crate::protocol::Message;

/// The memory of an event besides its text, roughly.
const OVERHEAD: usize = 256;
/// How much later than its last word a final segment may end, for its duration to be believed.
const TRAILING: Duration = Duration::from_secs(3);

/// The state of `/stt/websocket`.
pub(crate) struct Live {
    spec: LiveSpec,
    joint: Joint,
    /// Audio behind the final segments of this connection, as the service counts it.
    finals: Duration,
    pending: bool,
}

impl Live {
    pub(super) fn new(spec: LiveSpec) -> Self {
        Self {
            spec,
            joint: Joint::default(),
            finals: Duration::ZERO,
            pending: false,
        }
    }

    fn segment(&mut self, mut segment: Segment, timeline: &Timeline) -> (Segment, Meaning) {
        let last_word = segment.words.last().map(|word| word.end);
        for word in &mut segment.words {
            word.start = timeline.caller_time(word.start);
            word.end = timeline.caller_time(word.end);
        }
        let before = self.joint.before(&segment.text);
        if !before.is_empty() {
            segment.text.insert_str(0, before);
            if let Some(first) = segment.words.first_mut() {
                first.word.insert_str(0, before);
            }
        }
        self.pending = !segment.is_final && !segment.text.is_empty();
        if !segment.is_final {
            return (segment, Meaning::Nothing);
        }
        self.joint.commit(&segment.text);
        self.finals += segment.duration.unwrap_or_default();
        let end = match (last_word, segment.duration) {
            // The silence behind the last word belongs to the segment, too.
            (Some(word), Some(_)) if (word..=word + TRAILING).contains(&self.finals) => self.finals,
            (Some(word), _) => word,
            (None, _) => self.finals,
        };
        (segment, Meaning::Covers(timeline.caller_time(end)))
    }
}

impl Message for LiveEvent {
    fn weight(&self) -> usize {
        let content = match self {
            Self::Transcript(segment) => {
                let words = segment.words.iter().map(|word| 128 + word.word.len());
                segment.text.len() + words.sum::<usize>()
            }
            Self::Unknown(unknown) => unknown.raw().len(),
            _ => 0,
        };
        OVERHEAD + content
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

impl Dialect for Live {
    type Event = LiveEvent;
    type Setting = std::convert::Infallible;

    const CONNECT: &'static str = "stt.live.connect";
    const CONNECTION: &'static str = "stt.live.connection";
    const STREAM: &'static str = "stt.live";

    fn format(&self) -> SttFormat {
        self.spec.format
    }

    fn path(&self) -> String {
        let mut path = "/stt/websocket".to_owned();
        for (name, value) in self.spec.query() {
            push_query(&mut path, name, &value);
        }
        path
    }

    fn decode(message: &[u8]) -> Result<LiveEvent, SttDecodeError> {
        LiveEvent::from_json(message)
    }

    fn gap(gap: Gap) -> LiveEvent {
        LiveEvent::Gap(gap)
    }

    fn refused(error: ApiError) -> LiveEvent {
        LiveEvent::Error(SttErrorEvent::new(error))
    }

    fn close_message() -> String {
        LiveCommand::Close.as_str().to_owned()
    }

    fn set(&mut self, setting: Self::Setting) -> String {
        match setting {}
    }

    fn take(&mut self, event: LiveEvent, timeline: &Timeline, out: &mut Vec<LiveEvent>) -> Meaning {
        match event {
            LiveEvent::Transcript(segment) => {
                let (segment, meaning) = self.segment(segment, timeline);
                out.push(LiveEvent::Transcript(segment));
                meaning
            }
            LiveEvent::FlushDone(_) => {
                out.push(event);
                Meaning::Answered
            }
            LiveEvent::Done(_) => {
                out.push(event);
                Meaning::Done
            }
            LiveEvent::Error(event) => Meaning::Failed(event.error),
            other => {
                out.push(other);
                Meaning::Noise
            }
        }
    }

    fn lose(&mut self, _: &mut Vec<LiveEvent>) {
        self.joint.tear();
        self.finals = Duration::ZERO;
        self.pending = false;
    }

    fn end(&mut self, _: &mut Vec<LiveEvent>) -> bool {
        // `done` is the announced end.
        false
    }

    fn needs_silence(&self) -> bool {
        false
    }

    fn has_pending_text(&self) -> bool {
        self.pending
    }

    fn awaits_greeting(&self) -> bool {
        false
    }
}
