//! The events of playback, as a stream.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use crate::report::{Report, SilenceCause, UtteranceId};
use crate::waiters::Watched;

/// Events that wait for a reader at most.
const CAPACITY: usize = 1_024;

/// An event of playback.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The first frame of an utterance was heard.
    Started {
        /// The utterance.
        utterance: UtteranceId,
    },
    /// The playhead reached a frame that was marked with [`Utterance::mark`](crate::Utterance::mark).
    Marker {
        /// The utterance.
        utterance: UtteranceId,
        /// The number that was given to `mark`.
        marker: u64,
        /// Its place in frames, at the sample rate of the utterance's format.
        frame: u64,
    },
    /// An utterance ended, for any reason.
    Finished {
        /// The report: how it ended, and how much was heard.
        report: Report,
    },
    /// Silence in the middle of an utterance. Sent once per gap: at its start when audio is missing, and
    /// after it when the device was late.
    Underrun {
        /// The utterance.
        utterance: UtteranceId,
        /// The cause.
        cause: SilenceCause,
    },
    /// The device was lost. Unplayed audio is kept, and playback continues as soon as there is a device
    /// again.
    DeviceLost {
        /// The name of the device.
        device: String,
    },
    /// Playback or recording continues on another device, or on the same one after reopening.
    DeviceChanged {
        /// The device that was lost.
        from: String,
        /// The device that plays or records now.
        to: String,
        /// The time without a device.
        gap: Duration,
    },
    /// Events were dropped at this place, because the receiver did not read them in time.
    Missed {
        /// The number of dropped events.
        events: u64,
    },
}

/// A receiver of [`Event`]s, from [`Player::events`](crate::Player::events).
///
/// Each receiver gets every event from its creation on. It holds up to 1024 of them: if they are not read,
/// the oldest are dropped and replaced by one [`Event::Missed`]. Playback never waits for a reader. After the
/// player is closed, it returns the remaining events, then `None`.
#[derive(Debug)]
pub struct Events {
    queue: Arc<Watched<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<Event>,
    missed: u64,
    closed: bool,
}

impl Queue {
    /// `None` when there is nothing yet, `Some(None)` at the end.
    #[expect(
        clippy::option_option,
        reason = "two questions: is it decided, and is there one"
    )]
    fn take(&mut self) -> Option<Option<Event>> {
        if self.missed > 0 {
            let events = std::mem::take(&mut self.missed);
            return Some(Some(Event::Missed { events }));
        }
        match self.events.pop_front() {
            None if self.closed => Some(None),
            None => None,
            event => Some(event),
        }
    }
}

impl Events {
    /// Returns the next event; `None` after the last.
    ///
    /// # Cancel safety
    ///
    /// No event is lost when the future is dropped.
    pub async fn next_event(&mut self) -> Option<Event> {
        self.queue.until(Queue::take).await
    }

    /// Blocks the thread until the next event; `None` after the last.
    pub fn next_event_blocking(&mut self) -> Option<Event> {
        self.queue.block_until(Queue::take)
    }

    /// Returns the next event if it has already arrived.
    pub fn try_next_event(&mut self) -> Option<Event> {
        self.queue.lock().take().flatten()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.queue.poll(context, Queue::take)
    }
}

/// The sending side: all receivers that are still there.
#[derive(Debug, Default)]
pub(crate) struct Subscribers {
    queues: Vec<Weak<Watched<Queue>>>,
    /// Whether a waiter has to be woken.
    pub(crate) changed: bool,
}

/// A receiver to be woken once no lock is held.
pub(crate) struct Bell(Arc<Watched<Queue>>);

impl Bell {
    pub(crate) fn ring(&self) {
        self.0.wake();
    }
}

impl Subscribers {
    pub(crate) fn subscribe(&mut self, closed: bool) -> Events {
        let queue = Arc::new(Watched::new(Queue {
            closed,
            ..Queue::default()
        }));
        self.queues.retain(|queue| queue.strong_count() > 0);
        self.queues.push(Arc::downgrade(&queue));
        Events { queue }
    }

    pub(crate) fn send(&mut self, event: &Event) {
        for queue in self.queues.iter().filter_map(Weak::upgrade) {
            let mut queue = queue.lock();
            if queue.events.len() >= CAPACITY {
                queue.events.pop_front();
                queue.missed += 1;
            }
            queue.events.push_back(event.clone());
            self.changed = true;
        }
    }

    pub(crate) fn close(&mut self) {
        for queue in self.queues.iter().filter_map(Weak::upgrade) {
            queue.lock().closed = true;
        }
        self.changed = true;
    }

    /// Returns the receivers with new events.
    pub(crate) fn bells(&mut self) -> Vec<Bell> {
        if !std::mem::take(&mut self.changed) {
            return Vec::new();
        }
        self.queues
            .iter()
            .filter_map(Weak::upgrade)
            .map(Bell)
            .collect()
    }
}
