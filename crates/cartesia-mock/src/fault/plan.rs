//! Which requests a fault hits, and how often.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Fault;

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
    pub(super) fault: Fault,
    pub(super) path: Option<String>,
    /// `None` for every request.
    pub(super) times: Option<u32>,
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
            && self.fault.check_path(path).is_ok()
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
    fn lock(&self) -> MutexGuard<'_, VecDeque<FaultPlan>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, plan: FaultPlan) {
        self.lock().push_back(plan);
    }

    /// The fault that hits a request for `path`: of the first plan that matches, which is used up by
    /// one.
    pub(crate) fn take(&self, path: &str) -> Option<Fault> {
        let mut plans = self.lock();
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
        self.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Action;

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

    #[test]
    fn a_fault_waits_for_a_request_that_it_can_hit() {
        let queue = FaultQueue::default();
        let drop = Fault::message(2, Action::Drop);
        let relabel = Fault::Relabel {
            status: Some(206),
            content_type: None,
        };
        queue.push(drop.clone().into());
        queue.push(relabel.clone().into());
        assert_eq!(queue.take("/tts/bytes"), Some(relabel.clone()));
        assert_eq!(queue.take("/voices"), None);
        assert_eq!(queue.take("/tts/sse"), Some(drop));
        queue.push(relabel.into());
        assert_eq!(queue.take("/tts/websocket"), None);
    }
}
