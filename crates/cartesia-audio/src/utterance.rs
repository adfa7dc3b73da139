//! The handle of one utterance.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cartesia_types::ErrorKind;

use crate::player_core::PlayerCore;
use crate::report::{Report, UtteranceId};
use crate::state::PlayerState;
use crate::track::Slot;
use crate::{AudioOffset, Error, Outcome, Result, SourceFormat};

/// One piece of speech in a [`Player`](crate::Player): write its audio as it arrives, then
/// [`finish`](Self::finish).
///
/// It is a handle: clones share the same utterance. When the last one is dropped, the utterance is finished
/// and the audio written so far is played.
#[derive(Clone)]
pub struct Utterance {
    inner: Arc<Inner>,
}

struct Inner {
    core: Arc<PlayerCore>,
    id: UtteranceId,
    slot: Slot,
    format: SourceFormat,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.core.change(|state| state.finish(self.id));
    }
}

/// The playback position of an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The frames that have left the speaker, at the rate of the utterance's format. Never decreases.
    pub heard_frames: u64,
    /// Playing time of [`heard_frames`](Self::heard_frames).
    pub heard: Duration,
    /// Whole frames written.
    pub written_frames: u64,
    /// Playing time of [`written_frames`](Self::written_frames).
    pub written: Duration,
}

const WRITE: &str = "utterance.write";

impl Utterance {
    pub(crate) fn new(
        core: Arc<PlayerCore>,
        id: UtteranceId,
        slot: Slot,
        format: SourceFormat,
    ) -> Self {
        let inner = Inner {
            core,
            id,
            slot,
            format,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Returns the identifier in events and reports.
    pub fn id(&self) -> UtteranceId {
        self.inner.id
    }

    /// Returns the format of the audio to write.
    pub fn format(&self) -> SourceFormat {
        self.inner.format
    }

    /// Queues `audio` to be played. Pieces may be cut anywhere, in the middle of a sample too.
    ///
    /// Waits while the queue is full (back-pressure), so on a speaker it proceeds in real time. The queue is
    /// full when the audio up to the end of this utterance, earlier utterances included, reaches its limit
    /// (30 s by default). Utterances that play later do not count, so the one that plays next always has
    /// room. A piece is taken whole as soon as there is any room.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Cancelled`] when the utterance was cancelled or interrupted,
    /// [`ErrorKind::Closed`] when the player was closed, and [`ErrorKind::InvalidRequest`] after
    /// [`finish`](Self::finish).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: if the future is dropped before it is ready, no part of the piece was taken.
    pub async fn write(&self, audio: &[u8]) -> Result<()> {
        let ready = |state: &mut PlayerState| self.accept(state, audio).transpose();
        self.inner.core.state.until(ready).await?;
        // The feeder has something to do.
        self.inner.core.change(|_| ());
        Ok(())
    }

    /// Writes as [`write`](Self::write) does, and blocks the thread while the queue is full.
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write).
    pub fn write_blocking(&self, audio: &[u8]) -> Result<()> {
        let ready = |state: &mut PlayerState| self.accept(state, audio).transpose();
        self.inner.core.state.block_until(ready)?;
        self.inner.core.change(|_| ());
        Ok(())
    }

    /// Queues `audio` if there is room; returns `false` if the queue is full, and takes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write).
    pub fn try_write(&self, audio: &[u8]) -> Result<bool> {
        let accepted = self.inner.core.change(|state| self.accept(state, audio))?;
        Ok(accepted.is_some())
    }

    /// `None` when there is no room.
    fn accept(&self, state: &mut PlayerState, audio: &[u8]) -> Result<Option<()>> {
        self.check(state)?;
        Ok(state.write(self.inner.id, audio))
    }

    /// Rejects audio that will never be played.
    fn check(&self, state: &PlayerState) -> Result<()> {
        let refuse = |kind, message| Err(Error::new(kind, WRITE, message));
        let cut = match state.track(self.inner.id) {
            Some(track) => track.cut,
            None => self.inner.slot.get().map(|report| report.outcome),
        };
        match cut {
            Some(Outcome::Cancelled | Outcome::Interrupted) => refuse(
                ErrorKind::Cancelled,
                "the utterance was cancelled or interrupted",
            ),
            Some(Outcome::Closed) => refuse(ErrorKind::Closed, "the player is closed"),
            Some(Outcome::Finished) => {
                refuse(ErrorKind::InvalidRequest, "the utterance is finished")
            }
            None if state
                .track(self.inner.id)
                .is_none_or(|track| track.finished) =>
            {
                refuse(ErrorKind::InvalidRequest, "the utterance is finished")
            }
            None => Ok(()),
        }
    }

    /// Marks the audio as complete. Without this the next utterance does not play. Calling it again has no
    /// effect.
    pub fn finish(&self) {
        self.inner.core.change(|state| state.finish(self.inner.id));
    }

    /// Drops the audio after this place, except for audio that was already passed to the device (about 200 ms
    /// ahead). Audio that is written afterwards follows without a gap. Returns the number of remaining
    /// frames, including those heard: the requested place, or a later one.
    pub fn truncate(&self, at: impl Into<AudioOffset>) -> u64 {
        let frame = at.into().frame(self.inner.format);
        let left = self
            .inner
            .core
            .change(|state| state.truncate(self.inner.id, frame));
        left.unwrap_or_else(|| self.position().written_frames)
    }

    /// Cancels this utterance alone: if it is playing it fades out, and the next one follows.
    pub fn cancel(&self) {
        self.inner.core.change(|state| state.cancel(self.inner.id));
    }

    /// Requests an [`Event::Marker`](crate::Event::Marker) when this place of the utterance is heard: the
    /// start of a word, for example. It may be set before that audio is written. A marker that is never
    /// reached sends no event.
    ///
    /// `marker` is a number of your choice, which the event returns.
    pub fn mark(&self, at: impl Into<AudioOffset>, marker: u64) {
        let frame = at.into().frame(self.inner.format);
        self.inner.core.change(|state| {
            if let Some(track) = state.track_mut(self.inner.id) {
                track.mark(frame, marker);
            }
        });
    }

    /// Returns the current position.
    pub fn position(&self) -> Position {
        let mut state = self.inner.core.state.lock();
        let (heard, written) = state.position_of(self.inner.id).unwrap_or_else(|| {
            let report = self.inner.slot.get();
            report.map_or((0, 0), |report| {
                (report.heard_frames, report.written_frames)
            })
        });
        let format = self.inner.format;
        Position {
            heard_frames: heard,
            heard: format.duration_of_frames(heard),
            written_frames: written,
            written: format.duration_of_frames(written),
        }
    }

    /// Waits until the last frame has left the speaker, device latency included, or the utterance ended in
    /// another way; see the report. Never returns before [`finish`](Self::finish).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe.
    pub async fn drained(&self) -> Report {
        let slot = &self.inner.slot;
        self.inner.core.state.until(|_| slot.get().cloned()).await
    }

    /// Waits as [`drained`](Self::drained) does, and blocks the thread.
    pub fn drained_blocking(&self) -> Report {
        let slot = &self.inner.slot;
        self.inner.core.state.block_until(|_| slot.get().cloned())
    }

    /// Calls [`finish`](Self::finish), then waits as [`drained`](Self::drained) does.
    ///
    /// # Cancel safety
    ///
    /// The utterance is finished at once. Dropping the future loses only the report, which
    /// [`report`](Self::report) also returns.
    pub async fn finished(&self) -> Report {
        self.finish();
        self.drained().await
    }

    /// Returns the report, once the utterance is over.
    pub fn report(&self) -> Option<Report> {
        self.inner.slot.get().cloned()
    }
}

impl fmt::Debug for Utterance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Utterance")
            .field("id", &self.inner.id)
            .field("format", &self.inner.format)
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}
