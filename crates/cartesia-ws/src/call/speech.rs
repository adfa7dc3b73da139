//! The agent's audio alone, for players.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use cartesia_types::agent::CallEvent;
use cartesia_types::{AudioStream, OutputFormat};

use super::handle::CallOutput;
use crate::Result;

/// The agent's audio up to the next interruption, or up to the end of the call; from
/// [`CallOutput::speech`].
///
/// It is an [`AudioStream`], so a player can play it. When it ends, [`is_cleared`](Self::is_cleared) returns
/// whether the agent was interrupted: then drop the unplayed audio, and ask for the next speech.
#[must_use = "audio is not received unless it is read"]
pub struct AgentSpeech<'a, F> {
    output: &'a mut CallOutput,
    on_event: F,
    cleared: bool,
}

impl<'a, F: FnMut(CallEvent)> AgentSpeech<'a, F> {
    pub(super) fn new(output: &'a mut CallOutput, on_event: F) -> Self {
        Self {
            output,
            on_event,
            cleared: false,
        }
    }

    /// Returns whether it ended because the agent was interrupted. Otherwise the call has ended.
    pub fn is_cleared(&self) -> bool {
        self.cleared
    }
}

/// The function is called, never pinned.
impl<F> Unpin for AgentSpeech<'_, F> {}

impl<F: FnMut(CallEvent)> AudioStream for AgentSpeech<'_, F> {
    fn format(&self) -> OutputFormat {
        self.output.format().into()
    }

    fn poll_audio(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let this = self.get_mut();
        while !this.cleared {
            match ready!(this.output.poll_event(cx)) {
                Ok(Some(CallEvent::Audio(audio))) if !audio.data.is_empty() => {
                    return Poll::Ready(Some(Ok(audio.data)));
                }
                Ok(Some(CallEvent::Audio(_))) => {}
                Ok(Some(CallEvent::Clear)) => this.cleared = true,
                Ok(Some(event)) => (this.on_event)(event),
                Ok(None) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        Poll::Ready(None)
    }
}

impl<F> fmt::Debug for AgentSpeech<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSpeech")
            .field("is_cleared", &self.cleared)
            .finish_non_exhaustive()
    }
}
