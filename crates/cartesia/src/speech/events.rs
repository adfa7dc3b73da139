//! The events while speech plays.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cartesia_audio::{Event, Events, SilenceCause};
use futures_core::Stream;

use super::{Shared, SpokenId};

/// An event of speech, sent when the audio in question leaves the speaker.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum SpeechEvent {
    /// The first audio of an utterance was heard.
    Started {
        /// The utterance.
        utterance: SpokenId,
    },
    /// A word began to leave the speaker.
    Word {
        /// The utterance.
        utterance: SpokenId,
        /// The word as the service wrote it.
        word: String,
        /// The range of the utterance's text that it covers, in bytes, with the spaces and tags before it.
        /// Empty for a word that completes no part of the text, such as the first words of a number.
        text: Range<usize>,
        /// Its start in the audio of the utterance.
        start: Duration,
        /// Its end in the audio of the utterance.
        end: Duration,
    },
    /// Silence in the middle of an utterance (an underrun).
    Silence {
        /// The utterance.
        utterance: SpokenId,
        /// The cause.
        cause: SilenceCause,
    },
    /// An utterance has ended at the speaker: heard to its end, interrupted, or failed. Sent once for each;
    /// [`Spoken::finished`](super::Spoken::finished) has its report.
    Ended {
        /// The utterance.
        utterance: SpokenId,
    },
    /// The device was lost. Speech continues as soon as there is a device again.
    DeviceLost {
        /// The name of the device.
        device: String,
    },
    /// Speech continues on another device, or on the same one after reopening.
    DeviceChanged {
        /// The device that plays now.
        device: String,
        /// The time without a device.
        gap: Duration,
    },
    /// Events of the player were dropped at this place, because they were not read in time.
    Missed {
        /// The number of dropped events.
        events: u64,
    },
}

/// A receiver of [`SpeechEvent`]s; from [`Speech::events`](super::Speech::events).
///
/// It gets every event from its creation on and ends when the player is closed. Speech never waits for a reader:
/// the oldest of more than 1024 unread events are dropped.
pub struct SpeechEvents {
    pub(super) events: Events,
    pub(super) shared: Arc<Shared>,
}

impl SpeechEvents {
    /// Returns the next event; `None` after the last.
    ///
    /// # Cancel safety
    ///
    /// No event is lost when the future is dropped.
    pub async fn next_event(&mut self) -> Option<SpeechEvent> {
        loop {
            let event = self.events.next_event().await?;
            if let Some(event) = translate(&self.shared, event) {
                return Some(event);
            }
        }
    }

    /// Returns the next event if it has already arrived.
    pub fn try_next_event(&mut self) -> Option<SpeechEvent> {
        loop {
            let event = self.events.try_next_event()?;
            if let Some(event) = translate(&self.shared, event) {
                return Some(event);
            }
        }
    }
}

impl Stream for SpeechEvents {
    type Item = SpeechEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let event = std::task::ready!(Pin::new(&mut self.events).poll_next(cx));
            let Some(event) = event else {
                return Poll::Ready(None);
            };
            if let Some(event) = translate(&self.shared, event) {
                return Poll::Ready(Some(event));
            }
        }
    }
}

/// `None` for what does not belong to this speech.
fn translate(shared: &Shared, event: Event) -> Option<SpeechEvent> {
    let spoken = |id| shared.record_of(id).map(|record| record.id);
    Some(match event {
        Event::Started { utterance } => SpeechEvent::Started {
            utterance: spoken(utterance)?,
        },
        Event::Marker {
            utterance, marker, ..
        } => {
            let record = shared.record_of(utterance)?;
            let (word, text, start, end) = record.word(marker)?;
            SpeechEvent::Word {
                utterance: record.id,
                word,
                text,
                start,
                end,
            }
        }
        Event::Underrun { utterance, cause } => SpeechEvent::Silence {
            utterance: spoken(utterance)?,
            cause,
        },
        Event::Finished { report } => SpeechEvent::Ended {
            utterance: spoken(report.utterance)?,
        },
        Event::DeviceLost { device } => SpeechEvent::DeviceLost { device },
        Event::DeviceChanged { to, gap, .. } => SpeechEvent::DeviceChanged { device: to, gap },
        Event::Missed { events } => SpeechEvent::Missed { events },
        _ => return None,
    })
}

impl fmt::Debug for SpeechEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { utterance } => write!(f, "Started({utterance})"),
            Self::Word {
                utterance, text, ..
            } => write!(f, "Word({utterance}, {text:?})"),
            Self::Silence { utterance, cause } => write!(f, "Silence({utterance}, {cause:?})"),
            Self::Ended { utterance } => write!(f, "Ended({utterance})"),
            Self::DeviceLost { device } => write!(f, "DeviceLost({device})"),
            Self::DeviceChanged { device, gap } => write!(f, "DeviceChanged({device}, {gap:?})"),
            Self::Missed { events } => write!(f, "Missed({events})"),
        }
    }
}

impl fmt::Debug for SpeechEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpeechEvents").finish_non_exhaustive()
    }
}
