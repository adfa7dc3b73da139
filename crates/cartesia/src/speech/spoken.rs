//! The handle of one utterance.

use std::fmt;
use std::sync::Arc;

use cartesia_types::Result;

use super::record::Record;
use super::{Heard, SpeechReport};

/// The identifier of an utterance of a [`Speech`](super::Speech). Later ones are larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpokenId(pub(super) u64);

impl fmt::Display for SpokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An utterance; from [`Speech::say`](super::Speech::say).
///
/// It is a handle: clones share the same utterance, and dropping it changes nothing.
#[derive(Clone)]
pub struct Spoken {
    pub(super) record: Arc<Record>,
}

impl Spoken {
    /// Returns the identifier in events and reports.
    pub fn id(&self) -> SpokenId {
        self.record.id
    }

    /// Returns the text that was taken so far.
    pub fn text(&self) -> String {
        self.record.state().text.clone()
    }

    /// Returns what was heard of it up to now.
    #[doc(alias = "position")]
    pub fn heard(&self) -> Heard {
        self.record.heard()
    }

    /// Cancels this utterance alone: if it is playing it fades out, and the next one follows.
    pub fn cancel(&self) {
        self.record.interrupt();
    }

    /// Waits until the utterance has ended at the speaker: heard to its end, interrupted, or failed.
    ///
    /// # Errors
    ///
    /// The error that ended it before all audio was received: those of
    /// [`ContextOutput::next_event`](cartesia_ws::ContextOutput::next_event) and of the player. Audio
    /// received before was played; [`heard`](Self::heard) has the rest of the text. An interruption is not an
    /// error.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn finished(&self) -> Result<SpeechReport> {
        let mut stage = self.record.stage.subscribe();
        // The record lives, so its sender does.
        let _ = stage.wait_for(|stage| stage.is_over).await;
        self.report().unwrap_or_else(|| Err(super::gone()))
    }

    /// Returns the outcome of [`finished`](Self::finished) once the utterance has ended; `None` before. The
    /// error is the one that `finished` returns.
    pub fn report(&self) -> Option<Result<SpeechReport>> {
        let state = self.record.state();
        let report = state.report.clone()?;
        Some(match &state.error {
            Some(error) => Err(error.clone()),
            None => Ok(report),
        })
    }
}

impl fmt::Debug for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spoken")
            .field("id", &self.record.id)
            .field("heard", &self.heard())
            .finish_non_exhaustive()
    }
}
