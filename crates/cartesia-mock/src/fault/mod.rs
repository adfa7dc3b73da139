//! Misbehaviour on request, so that clients can be tested against it.

mod canned;
mod interrupt;
mod spec;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

pub use canned::CannedResponse;
pub(crate) use interrupt::Interrupt;
pub use spec::InvalidFault;

/// Something that goes wrong with one request.
///
/// Inject it with [`MockServer::inject`](crate::MockServer::inject); alone it hits the next request,
/// whatever that is. [`on`](Self::on) and [`times`](Self::times) make a [`FaultPlan`] of it. A fault
/// of event streams that hits another route is used up without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Answers with this, and does nothing else.
    Respond(CannedResponse),
    /// Reads the request and closes the connection.
    CloseBeforeHeaders,
    /// Reads the request and is silent until the client gives up.
    StallBeforeHeaders,
    /// Closes the connection after this many bytes of the body. A body that is not longer is sent
    /// whole.
    CutBody {
        /// Bytes that still arrive, not counting the framing of HTTP.
        after: u64,
    },
    /// Sends nothing more after this many bytes of the body, and keeps the connection open.
    StallBody {
        /// Bytes that still arrive, not counting the framing of HTTP.
        after: u64,
    },
    /// Ends an event stream properly, but after this many events (or, if it is shorter, its last but
    /// one) and without `done`.
    EndWithoutDone {
        /// Events that still arrive.
        after_events: usize,
    },
    /// Ends an event stream with an error event, in the shape of the request's version. It comes
    /// after this many events, or instead of `done`.
    ErrorEvent {
        /// Events that still arrive.
        after_events: usize,
        /// The `status_code` in the event.
        status: u16,
    },
    /// Puts an event that cannot be read into an event stream, after this many events or before
    /// `done`, and goes on.
    GarbageEvent {
        /// Events that arrive before.
        after_events: usize,
        /// What is wrong with it.
        garbage: Garbage,
    },
}

/// What is wrong with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Garbage {
    /// JSON that breaks off.
    Json,
    /// A chunk whose audio is not base64.
    Base64,
    /// A line that is not UTF-8.
    Utf8,
}

impl Fault {
    /// An answer with this status and no body; [`CannedResponse`] adds to it.
    pub fn status(status: u16) -> Self {
        Self::Respond(CannedResponse::new(status))
    }

    /// Hits requests for this path alone.
    pub fn on(self, path: impl Into<String>) -> FaultPlan {
        FaultPlan::from(self).on(path)
    }

    /// Hits this many requests instead of one.
    pub fn times(self, times: u32) -> FaultPlan {
        FaultPlan::from(self).times(times)
    }

    /// Hits every request.
    pub fn always(self) -> FaultPlan {
        FaultPlan::from(self).always()
    }
}

/// A [`Fault`], the requests that it hits, and how often.
///
/// ```
/// use cartesia_mock::{Fault, FaultPlan};
///
/// let plan: FaultPlan = Fault::status(503).on("/tts/bytes").times(2);
/// assert_eq!(plan, "status=503@/tts/bytes*2".parse()?);
/// # Ok::<(), cartesia_mock::InvalidFault>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultPlan {
    fault: Fault,
    path: Option<String>,
    /// `None` for every request.
    times: Option<u32>,
}

impl FaultPlan {
    /// Hits requests for this path alone. It is compared without query and without a slash at its
    /// end.
    #[must_use]
    pub fn on(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Hits this many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Hits every request.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    fn matches(&self, path: &str) -> bool {
        let bare = |path: &str| path.trim_end_matches('/').to_owned();
        self.times != Some(0)
            && self
                .path
                .as_deref()
                .is_none_or(|own| bare(own) == bare(path))
    }
}

impl From<Fault> for FaultPlan {
    /// Hits the next request.
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            path: None,
            times: Some(1),
        }
    }
}

/// The plans that are still to be carried out, first come first served.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue(Mutex<VecDeque<FaultPlan>>);

impl FaultQueue {
    pub(crate) fn push(&self, plan: FaultPlan) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(plan);
    }

    /// The fault that hits a request for `path`: of the first plan that matches, which is used up by
    /// one.
    pub(crate) fn take(&self, path: &str) -> Option<Fault> {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = plans.iter().position(|plan| plan.matches(path))?;
        let plan = plans.get_mut(index)?;
        let fault = plan.fault.clone();
        plan.times = plan.times.map(|times| times.saturating_sub(1));
        if plan.times == Some(0) {
            plans.remove(index);
        }
        Some(fault)
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_hit_what_they_name_in_order() {
        let queue = FaultQueue::default();
        queue.push(Fault::status(500).on("/voices/").times(2));
        queue.push(Fault::CloseBeforeHeaders.into());
        queue.push(Fault::StallBeforeHeaders.on("/x").always());
        assert_eq!(queue.take("/tts/sse"), Some(Fault::CloseBeforeHeaders));
        assert_eq!(queue.take("/tts/sse"), None);
        assert_eq!(queue.take("/voices"), Some(Fault::status(500)));
        assert_eq!(queue.take("/voices/"), Some(Fault::status(500)));
        assert_eq!(queue.take("/voices"), None);
        for _ in 0..3 {
            assert_eq!(queue.take("/x"), Some(Fault::StallBeforeHeaders));
        }
        queue.clear();
        assert_eq!(queue.take("/x"), None);
    }
}
