//! A pool of connections.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cartesia_core::limiter::{
    Limiter as _, Limits, LocalLimiter, Permit, PermitRequest, Priority, Workload,
};
use cartesia_types::ErrorKind;
use cartesia_types::tts::{ContextSpec, GenerationRequest};
use tokio::runtime;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Error;
use crate::Result;
use crate::config::Connector;
use crate::connection::TtsConnection;
use crate::context::{ContextOutput, TtsContext};
use crate::endpoint::CONNECT;
use crate::lanes;
use crate::shared::Shared;
use crate::stats::PoolStats;

const OPERATION: &str = "tts.pool";

/// The settings by which a [`TtsPool`] distributes contexts over connections.
///
/// ```
/// use cartesia_ws::PoolConfig;
///
/// // The plan "Scale": 15 contexts at once over all connections.
/// let config = PoolConfig::default().with_max_contexts(15).with_spares(2);
/// # let _ = config;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolConfig {
    /// The limit of contexts at once over all connections of this pool. Further ones wait in a queue: by
    /// priority, and within it first come, first served. `None`, the default, leaves the limit to the client's
    /// [limiter](Connector::limiter) or to the service, which rejects contexts beyond it; rejected contexts
    /// are retried.
    pub max_contexts: Option<usize>,
    /// The longest wait in that queue. 30 s by default; `None` for no limit.
    pub max_wait: Option<Duration>,
    /// The limit of connections at once; 10 by default. The plans allow ten times as many connections as
    /// contexts. Connections older than [`max_age`](Self::max_age) count until they have closed; if all are,
    /// one more is opened, so that new contexts need not wait for old ones.
    pub max_connections: usize,
    /// Contexts on a connection before another connection is opened; 50 by default. Once there are
    /// `max_connections`, they take more.
    pub contexts_per_connection: usize,
    /// Connections without contexts that are kept open, so that a new context does not wait for one.
    /// 1 by default.
    pub spares: usize,
    /// The maximum age of a connection. An older one takes no new contexts, and closes when its last one has
    /// ended. 1 hour by default; `None` for no limit.
    pub max_age: Option<Duration>,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            max_contexts: None,
            max_wait: Some(Duration::from_secs(30)),
            max_connections: 10,
            contexts_per_connection: 50,
            spares: 1,
            max_age: Some(Duration::from_secs(60 * 60)),
        }
    }
}

impl PoolConfig {
    /// Sets the limit of contexts at once; `None` for no limit.
    #[must_use]
    pub fn with_max_contexts(mut self, contexts: impl Into<Option<usize>>) -> Self {
        self.max_contexts = contexts.into();
        self
    }

    /// Sets the longest wait in the queue; `None` for no limit.
    #[must_use]
    pub fn with_max_wait(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.max_wait = limit.into();
        self
    }

    /// Sets the limit of connections at once; at least 1.
    #[must_use]
    pub fn with_max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Sets how many contexts a connection has before another is opened; at least 1.
    #[must_use]
    pub fn with_contexts_per_connection(mut self, contexts: usize) -> Self {
        self.contexts_per_connection = contexts;
        self
    }

    /// Sets how many connections without contexts are kept open.
    #[must_use]
    pub fn with_spares(mut self, connections: usize) -> Self {
        self.spares = connections;
        self
    }

    /// Sets the maximum age of a connection; `None` for no limit.
    #[must_use]
    pub fn with_max_age(mut self, age: impl Into<Option<Duration>>) -> Self {
        self.max_age = age.into();
        self
    }
}

/// A pool of WebSocket connections: a new context goes to the connection with the fewest.
///
/// For programs with more conversations than one connection should carry, or than the plan allows at
/// once. Cloning is cheap. When the last handle and the last context are gone, all connections are
/// closed.
#[derive(Clone)]
pub struct TtsPool {
    inner: Arc<Inner>,
    priority: Priority,
}

struct Inner {
    config: PoolConfig,
    shared: Arc<Shared>,
    runtime: runtime::Handle,
    /// For `max_contexts`.
    limiter: LocalLimiter,
    closed: AtomicBool,
    /// Wakes callers who wait for a permit of a pool that was closed.
    closing: Notify,
    members: Mutex<Members>,
}

/// The connections of a pool.
#[derive(Default)]
struct Members {
    /// Those that take new contexts.
    active: Vec<Member>,
    /// Those that grew too old: they close when their last context has ended.
    retiring: Vec<TtsConnection>,
}

struct Member {
    connection: TtsConnection,
    since: Instant,
}

impl Members {
    /// Forgets connections that have ended, and retires those older than `max_age`.
    fn tidy(&mut self, now: Instant, max_age: Option<Duration>) {
        let retiring = &mut self.retiring;
        self.active.retain(|Member { connection, since }| {
            let old = max_age.is_some_and(|age| now.duration_since(*since) > age);
            if old && !connection.is_closed() {
                connection.start_draining();
                retiring.push(connection.clone());
            }
            !old && !connection.is_closed()
        });
        retiring.retain(|connection| !connection.is_closed());
    }

    fn len(&self) -> usize {
        self.active.len() + self.retiring.len()
    }

    fn idle(&self) -> usize {
        let idle = |member: &&Member| member.connection.live() == 0;
        self.active.iter().filter(idle).count()
    }

    fn connections(&self) -> impl Iterator<Item = &TtsConnection> {
        let active = self.active.iter().map(|member| &member.connection);
        active.chain(&self.retiring)
    }
}

impl Connector {
    /// Creates a pool of connections for text to speech. No connection is opened yet; see
    /// [`prewarm`](TtsPool::prewarm).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a setting is invalid, or outside a Tokio runtime.
    pub fn tts_pool(&self, config: PoolConfig) -> Result<TtsPool> {
        let limits = Limits::default().with_synthesis(config.max_contexts);
        let shared = Arc::new(self.share()?);
        Ok(TtsPool {
            priority: shared.permits.priority(),
            inner: Arc::new(Inner {
                config,
                shared,
                runtime: lanes::runtime(CONNECT)?,
                limiter: LocalLimiter::new(limits),
                closed: AtomicBool::new(false),
                closing: Notify::new(),
                members: Mutex::default(),
            }),
        })
    }
}

impl TtsPool {
    /// Opens connections until there are as many without contexts as [`PoolConfig::spares`] says, at
    /// least one, and waits until they are open.
    ///
    /// # Errors
    ///
    /// As [`Connector::check`], of the first that could not be opened.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the connections are still opened.
    pub async fn prewarm(&self) -> Result<()> {
        let connections = {
            let mut members = self.members();
            self.add_spares(&mut members, self.inner.config.spares.max(1));
            let active = members.active.iter();
            active
                .map(|member| member.connection.clone())
                .collect::<Vec<_>>()
        };
        // All of them have begun; one after the other they are waited for.
        for connection in &connections {
            connection.warm();
        }
        for connection in connections {
            connection.ready().await?;
        }
        Ok(())
    }

    /// Begins a context, as [`TtsConnection::context`] does. Waits in a queue while
    /// [`PoolConfig::max_contexts`] are alive.
    ///
    /// # Errors
    ///
    /// As [`TtsConnection::context`]; `RateLimited` when no context ended within
    /// [`PoolConfig::max_wait`]; `Closed` after [`close`](Self::close).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: dropping the future gives up the place in the queue.
    pub async fn context(&self, spec: ContextSpec) -> Result<TtsContext> {
        let permit = self.permit().await?;
        // Under the lock, so that the connection does not retire in between.
        let mut members = self.members();
        self.choose(&mut members)?
            .with_priority(self.priority)
            .context_with(spec, Some(permit))
    }

    /// Returns a handle on the same pool whose contexts wait with this priority: in the pool's own queue, and
    /// for permits of the client's [limiter](Connector::limiter). The other handles keep theirs.
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            priority,
        }
    }

    /// Speaks one text in a context of its own, as [`TtsConnection::send`] does.
    ///
    /// # Errors
    ///
    /// As [`context`](Self::context).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the context.
    pub async fn send(&self, request: GenerationRequest) -> Result<ContextOutput> {
        self.context(request.context)
            .await?
            .speak(request.transcript)
            .await
    }

    /// Waits until another context may live.
    async fn permit(&self) -> Result<Permit> {
        let Inner {
            config, limiter, ..
        } = &*self.inner;
        let mut closing = pin!(self.inner.closing.notified());
        // From here on no close is missed.
        closing.as_mut().enable();
        if self.inner.closed.load(Ordering::Relaxed) {
            return Err(closed());
        }
        let request = PermitRequest::new(OPERATION, Workload::Synthesis)
            .with_priority(self.priority)
            .with_max_wait(config.max_wait);
        tokio::select! {
            biased;
            () = closing => Err(closed()),
            permit = limiter.acquire(request) => permit.map_err(|error| {
                let limit = config.max_wait.unwrap_or_default();
                let message = format!(
                    "all contexts of the pool (`PoolConfig::max_contexts`) were in use for {limit:?} \
                     (`PoolConfig::max_wait`)"
                );
                Error::new(error.kind(), OPERATION, message)
            }),
        }
    }

    /// Returns the connection with the fewest contexts; open ones come first.
    fn choose(&self, members: &mut Members) -> Result<TtsConnection> {
        let config = &self.inner.config;
        if self.inner.closed.load(Ordering::Relaxed) {
            return Err(closed());
        }
        members.tidy(Instant::now(), config.max_age);
        let best = members
            .active
            .iter()
            .min_by_key(|member| (member.connection.live(), !member.connection.is_up()))
            .map(|member| member.connection.clone());
        let full =
            |connection: &TtsConnection| connection.live() >= config.contexts_per_connection.max(1);
        let chosen = match best {
            Some(best) if !full(&best) || members.len() >= config.max_connections.max(1) => best,
            _ => self.add(members),
        };
        // The chosen one is about to have a context: it is no spare any more.
        let spares = config
            .spares
            .saturating_add(usize::from(chosen.live() == 0));
        self.add_spares(members, spares);
        Ok(chosen)
    }

    /// Adds connections until so many have no contexts, as far as there may be more.
    fn add_spares(&self, members: &mut Members, wanted: usize) {
        let idle = members.idle();
        let room = self
            .inner
            .config
            .max_connections
            .max(1)
            .saturating_sub(members.len());
        for _ in 0..wanted.saturating_sub(idle).min(room) {
            self.add(members).warm();
        }
    }

    fn add(&self, members: &mut Members) -> TtsConnection {
        let keep_warm = members.active.len() < self.inner.config.spares;
        let shared = Arc::clone(&self.inner.shared);
        let connection = TtsConnection::start(shared, &self.inner.runtime, keep_warm);
        members.active.push(Member {
            connection: connection.clone(),
            since: Instant::now(),
        });
        connection
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        // Nothing panics while it is held, and even a poisoned lock would hold valid data.
        self.inner
            .members
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the current counters of the pool.
    pub fn stats(&self) -> PoolStats {
        let mut stats = PoolStats {
            waiting: self.inner.limiter.stats(Workload::Synthesis).waiting,
            max_contexts: self.inner.config.max_contexts,
            ..PoolStats::default()
        };
        let mut members = self.members();
        members
            .retiring
            .retain(|connection| !connection.is_closed());
        for connection in members.connections() {
            stats.add(connection.stats());
        }
        drop(members);
        stats
    }

    /// Accepts no new contexts, waits until the open ones have ended, and closes all connections.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not undo it.
    pub async fn drain(&self) {
        let connections = self.end();
        for connection in &connections {
            connection.start_draining();
        }
        for connection in connections {
            connection.drain().await;
        }
    }

    /// Cancels all contexts and closes all connections.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not undo it.
    pub async fn close(&self) {
        let connections = self.end();
        for connection in &connections {
            connection.start_closing();
        }
        for connection in connections {
            connection.close().await;
        }
    }

    /// Refuses new contexts. Returns the connections, those that retire among them.
    fn end(&self) -> Vec<TtsConnection> {
        self.inner.closed.store(true, Ordering::Relaxed);
        self.inner.closing.notify_waiters();
        let members = self.members();
        members.connections().cloned().collect()
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, OPERATION, "the pool was closed")
}

impl fmt::Debug for TtsPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtsPool")
            .field("config", &self.inner.config)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
