//! The permits that a client takes from its limiter.

use std::sync::Arc;
use std::time::Duration;

use super::{Limiter, Permit, PermitRequest, Priority, Workload};
use crate::Result;

/// The settings with which clients of this SDK obtain permits: from which limiter, with which priority, and
/// how long they wait. Without a limiter they need none.
#[derive(Debug, Clone, Default)]
pub struct Permits {
    limiter: Option<Arc<dyn Limiter>>,
    priority: Priority,
    max_wait: Option<Duration>,
}

impl Permits {
    pub(crate) fn new(
        limiter: Option<Arc<dyn Limiter>>,
        priority: Priority,
        max_wait: Option<Duration>,
    ) -> Self {
        Self {
            limiter,
            priority,
            max_wait,
        }
    }

    /// Returns whether a limiter is set, so that permits are needed.
    pub fn are_needed(&self) -> bool {
        self.limiter.is_some()
    }

    /// Returns the priority with which permits are waited for.
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// Returns how much of this kind of work may run at once; `None` without a limiter or a limit.
    pub fn limit(&self, workload: Workload) -> Option<usize> {
        self.limiter.as_ref()?.stats(workload).limit
    }

    /// Sets the priority with which permits are waited for.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Waits for a permit; `None` without a limiter.
    ///
    /// # Errors
    ///
    /// Those of [`Limiter::acquire`], `RateLimited` among them once
    /// [`Timeouts::permit`](crate::Timeouts::permit) has passed.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: dropping the future gives up the place in the queue.
    pub async fn acquire(
        &self,
        operation: &'static str,
        workload: Workload,
    ) -> Result<Option<Permit>> {
        let Some(limiter) = &self.limiter else {
            return Ok(None);
        };
        let request = PermitRequest::new(operation, workload)
            .with_priority(self.priority)
            .with_max_wait(self.max_wait);
        limiter.acquire(request).await.map(Some)
    }
}
