//! The handle.

use std::fmt;
use std::sync::Arc;

use cartesia_core::limiter::{
    Limiter, LimiterStats, Limits, Permit, PermitFuture, PermitRequest, Workload,
};
use cartesia_core::time::within;
use cartesia_types::{Error, ErrorKind, Result};
use tokio::sync::watch;

use crate::OPERATION;
use crate::config::RedisConfig;
use crate::server::Server;
use crate::shared::Shared;
use crate::task::Task;

/// A [`Limiter`] that all processes of a fleet share through a Redis server.
///
/// Cloning is cheap. Permits are leases: the task of the limiter renews them, and those of a crashed process
/// are released within [`RedisConfig::with_lease`]. If a process is suspended for longer than that and
/// resumes, its contexts are counted again, even if the limit is then exceeded for a while.
///
/// It runs in a task on the Tokio runtime on which it was made. The task ends when the last handle and
/// permit are gone.
#[derive(Clone)]
pub struct RedisLimiter {
    handle: Arc<Handle>,
}

/// Dropped with the last clone of the limiter.
struct Handle {
    shared: Arc<Shared>,
    limits: Limits,
    attempts: watch::Receiver<u64>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.abandon();
    }
}

impl RedisLimiter {
    /// Starts a limiter. It connects to the server in the background, now and whenever the connection is
    /// lost; await [`ready`](Self::ready) to know whether that works.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a URL is invalid, or outside of a Tokio runtime.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a limiter takes its configuration, as clients do"
    )]
    pub fn new(config: RedisConfig) -> Result<Self> {
        cartesia_core::runtime::require(OPERATION, "to run the limiter on")?;
        let runtime = tokio::runtime::Handle::current();
        let shared = Arc::new(Shared::new());
        let (sender, attempts) = watch::channel(0);
        let task = Task {
            shared: Arc::clone(&shared),
            server: Server::new(&config)?,
            limits: config.limits,
            lease: config.time_to_live(),
            when_unavailable: config.when_unavailable,
            attempts: sender,
        };
        runtime.spawn(task.run());
        let handle = Handle {
            shared,
            limits: config.limits,
            attempts,
        };
        Ok(Self {
            handle: Arc::new(handle),
        })
    }

    /// Waits until the first attempt to reach the server has ended.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connect`] or [`ErrorKind::Timeout`] when the server cannot be reached, and
    /// [`ErrorKind::Config`] when it refuses the credentials. The limiter goes on trying all the same.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe.
    pub async fn ready(&self) -> Result<()> {
        let mut attempts = self.handle.attempts.clone();
        // An error says that the task has ended, which it does not while there is a handle.
        let _ = attempts.wait_for(|attempts| *attempts > 0).await;
        match &*self.handle.shared.failure() {
            None => Ok(()),
            Some(error) => Err(error.clone()),
        }
    }

    async fn wait(&self, request: PermitRequest) -> Result<Permit> {
        let shared = &self.handle.shared;
        let (waiter, granted) = shared.wait(request.workload, request.priority);
        match within(request.max_wait, granted).await {
            Some(Ok(())) => Ok(waiter.into_permit()),
            _ => Err(self.no_permit(&request)),
        }
    }

    fn no_permit(&self, request: &PermitRequest) -> Error {
        let waited = request.max_wait.unwrap_or_default();
        let what = request.workload.name();
        let failure = self.handle.shared.failure().clone();
        let message = match (&failure, self.handle.limits.of(request.workload)) {
            (Some(error), _) => format!(
                "no permit for {what} within {waited:?}: {}",
                error.summary()
            ),
            (None, Some(limit)) => format!(
                "no permit within {waited:?}: the fleet's limit of {limit} for {what} is in use; wait \
                 longer, or raise the limit if the plan allows it"
            ),
            (None, None) => format!("no permit for {what} within {waited:?}"),
        };
        let error = Error::new(ErrorKind::RateLimited, request.operation, message);
        match failure {
            Some(failure) => error.with_source(failure),
            None => error,
        }
    }
}

impl Limiter for RedisLimiter {
    fn acquire(&self, request: PermitRequest) -> PermitFuture<'_> {
        Box::pin(self.wait(request))
    }

    fn stats(&self, workload: Workload) -> LimiterStats {
        let registry = self.handle.shared.registry(workload);
        let mut stats = LimiterStats::default();
        stats.limit = self.handle.limits.of(workload);
        stats.held = registry.held();
        stats.waiting = registry.waiting();
        stats
    }
}

impl fmt::Debug for RedisLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RedisLimiter");
        for workload in Workload::ALL {
            shown.field(workload.name(), &self.stats(workload));
        }
        shown.finish()
    }
}
