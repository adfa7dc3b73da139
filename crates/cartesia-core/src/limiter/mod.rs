//! Limits on concurrent work: limiters, permits and priorities.
//!
//! A plan limits how many generations an account may run at the same time, over all of its programs. A
//! [`Limiter`] hands out permits so that a program waits for its turn instead of being rejected with 429.
//! [`LocalLimiter`] counts within one process; the crate `cartesia-redis` has one that a whole fleet
//! shares.

mod local;
mod permits;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

pub use local::LocalLimiter;
pub use permits::Permits;

use crate::Result;

/// A kind of work that the service's plans limit, each with its own number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Workload {
    /// Work that makes audio: a WebSocket context, and a call for text-to-speech, infill or voice change.
    Synthesis,
    /// Work that makes text: a live session, and a call that transcribes a file.
    Transcription,
    /// A call with an agent, over a WebSocket. The service counts calls on their own, whatever is spoken and
    /// heard in them (docs.cartesia.ai, line/infrastructure/scaling). Calls that the service itself dials
    /// count there too, but take no permit: their end is not known here.
    Call,
}

impl Workload {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Synthesis, Self::Transcription, Self::Call];

    /// Returns the name of the kind, as errors and shared limiters write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Synthesis => "synthesis",
            Self::Transcription => "transcription",
            Self::Call => "call",
        }
    }
}

/// The order in which permits are given while they are scarce. Within a priority: first come, first served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Priority {
    /// A conversation in which a person is waiting for audio. The default.
    #[default]
    Live,
    /// Work that can wait, such as files made in bulk. It gets a permit only while no live work waits for
    /// one.
    Bulk,
}

/// The concurrency limits of a plan; `None` for no limit.
///
/// ```
/// use cartesia_core::limiter::{Limits, Workload};
///
/// // The plan "Scale".
/// let limits = Limits::new(15);
/// assert_eq!(limits.of(Workload::Transcription), Some(60));
/// assert_eq!(limits.of(Workload::Call), Some(60));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Limits {
    /// Generations at once.
    pub synthesis: Option<usize>,
    /// Transcriptions at once.
    pub transcription: Option<usize>,
    /// Calls with agents at once.
    pub call: Option<usize>,
}

impl Limits {
    /// Creates limits for `synthesis` generations at once, and four times as many transcriptions and calls, as
    /// in the published plans.
    pub fn new(synthesis: usize) -> Self {
        let four_times = Some(synthesis.saturating_mul(4));
        Self {
            synthesis: Some(synthesis),
            transcription: four_times,
            call: four_times,
        }
    }

    /// Sets how many generations may run at once.
    #[must_use]
    pub fn with_synthesis(mut self, limit: impl Into<Option<usize>>) -> Self {
        self.synthesis = limit.into();
        self
    }

    /// Sets how many transcriptions may run at once.
    #[must_use]
    pub fn with_transcription(mut self, limit: impl Into<Option<usize>>) -> Self {
        self.transcription = limit.into();
        self
    }

    /// Sets how many calls with agents may run at once.
    #[must_use]
    pub fn with_call(mut self, limit: impl Into<Option<usize>>) -> Self {
        self.call = limit.into();
        self
    }

    /// Returns the limit of a kind of work; at least 1, since a limit of 0 could never be waited out.
    pub fn of(&self, workload: Workload) -> Option<usize> {
        let limit = match workload {
            Workload::Synthesis => self.synthesis,
            Workload::Transcription => self.transcription,
            Workload::Call => self.call,
        };
        limit.map(|limit| limit.max(1))
    }
}

/// The request for a permit of a [`Limiter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PermitRequest {
    /// The operation that needs it, as errors name it, for example `tts.sse`.
    pub operation: &'static str,
    /// The kind of work.
    pub workload: Workload,
    /// The priority.
    pub priority: Priority,
    /// The longest time to wait; `None` for no limit.
    pub max_wait: Option<Duration>,
}

impl PermitRequest {
    /// Creates a request with the priority `Live` and without a limit on the wait.
    pub fn new(operation: &'static str, workload: Workload) -> Self {
        Self {
            operation,
            workload,
            priority: Priority::default(),
            max_wait: None,
        }
    }

    /// Sets the priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Sets the longest time to wait; `None` for no limit.
    #[must_use]
    pub fn with_max_wait(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.max_wait = limit.into();
        self
    }
}

/// The future in which a [`Limiter`] returns a permit.
pub type PermitFuture<'a> = Pin<Box<dyn Future<Output = Result<Permit>> + Send + 'a>>;

/// Permission to run one generation, transcription or call with an agent. Dropping it makes room for the next.
#[must_use = "dropping a permit releases it"]
pub struct Permit(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Permit {
    /// Creates a permit that calls `release` once when it is dropped. For implementations of [`Limiter`].
    pub fn new(release: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(release)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            release();
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

/// The counters of a limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LimiterStats {
    /// The limit for this kind of work; `None` for no limit.
    pub limit: Option<usize>,
    /// Permits that this process holds.
    pub held: usize,
    /// Callers of this process that wait for a permit.
    pub waiting: usize,
}

/// Grants permits, so that a program never exceeds the concurrency limits of its plan.
///
/// A client with a limiter takes a permit before each generation, transcription and call with an agent, and
/// gives it back when it has ended. Share one limiter between all clients of an account.
///
/// Implementations promise:
///
/// - No more permits are held at once than the limit allows, as far as the limiter can know.
/// - Permits go to the highest [`Priority`], and within it to the first caller.
/// - A future that is dropped gives up its place in the queue, and a permit that it was already granted.
/// - [`acquire`](Self::acquire) fails with [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) once
///   [`PermitRequest::max_wait`] has passed, and never hangs longer than that.
#[doc(alias = "rate limit")]
#[doc(alias = "concurrency")]
#[doc(alias = "semaphore")]
pub trait Limiter: fmt::Debug + Send + Sync + 'static {
    /// Waits for a permit.
    fn acquire(&self, request: PermitRequest) -> PermitFuture<'_>;

    /// Returns the counters for a kind of work.
    fn stats(&self, workload: Workload) -> LimiterStats;
}
