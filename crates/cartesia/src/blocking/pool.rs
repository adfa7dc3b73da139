//! A pool of connections.

use cartesia_core::limiter::Priority;
use cartesia_types::tts::{ContextSpec, GenerationRequest};
use cartesia_ws::PoolStats;

use super::runtime::Runtime;
use super::{ContextOutput, TtsContext};
use crate::Result;

const OPERATION: &str = "tts.pool";

/// A pool of WebSocket connections: a new context goes to the connection with the fewest; from
/// [`Tts::pool`](super::Tts::pool).
///
/// For programs with more conversations than one connection should carry, or than the plan allows at
/// once. Cloning is cheap. When the last handle and the last context are gone, all connections are
/// closed in the background; [`close`](Self::close) waits for it.
#[derive(Debug, Clone)]
pub struct TtsPool {
    inner: cartesia_ws::TtsPool,
    runtime: Runtime,
}

impl TtsPool {
    pub(super) fn new(inner: cartesia_ws::TtsPool, runtime: Runtime) -> Self {
        Self { inner, runtime }
    }

    /// Opens connections until there are as many without contexts as
    /// [`PoolConfig::spares`](crate::PoolConfig::spares) says, at least one, and waits until they are
    /// open.
    ///
    /// # Errors
    ///
    /// As [`Tts::connect`](super::Tts::connect), of the first that could not be opened.
    pub fn prewarm(&self) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.prewarm())
    }

    /// Begins a context, as [`TtsConnection::context`](super::TtsConnection::context) does. Waits in a queue
    /// while [`PoolConfig::max_contexts`](crate::PoolConfig::max_contexts) are alive.
    ///
    /// # Errors
    ///
    /// As [`TtsConnection::context`](super::TtsConnection::context); `RateLimited` when no context ended
    /// within [`PoolConfig::max_wait`](crate::PoolConfig::max_wait); `Closed` after
    /// [`close`](Self::close); `Config` in async code.
    pub fn context(&self, spec: ContextSpec) -> Result<TtsContext> {
        let context = self.runtime.wait(OPERATION, self.inner.context(spec))?;
        Ok(TtsContext::new(context, self.runtime.clone()))
    }

    /// Returns a handle on the same pool whose contexts wait with this priority: in the pool's own queue, and
    /// for permits of the client's [limiter](crate::blocking::ClientBuilder::limiter). The other handles keep
    /// theirs.
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self {
            inner: self.inner.with_priority(priority),
            runtime: self.runtime.clone(),
        }
    }

    /// Speaks one complete text in a context of its own, as
    /// [`TtsConnection::send`](super::TtsConnection::send) does.
    ///
    /// # Errors
    ///
    /// As [`context`](Self::context).
    pub fn send(&self, request: GenerationRequest) -> Result<ContextOutput> {
        let output = self.runtime.wait(OPERATION, self.inner.send(request))?;
        Ok(ContextOutput::new(output, self.runtime.clone()))
    }

    /// Returns the current counters of the pool.
    pub fn stats(&self) -> PoolStats {
        self.inner.stats()
    }

    /// Accepts no new contexts, waits until the open ones have ended, and closes all connections.
    ///
    /// # Errors
    ///
    /// `Config` in async code, which has no effect.
    pub fn drain(&self) -> Result<()> {
        self.runtime.block_on(OPERATION, self.inner.drain())
    }

    /// Cancels all contexts and closes all connections.
    ///
    /// # Errors
    ///
    /// `Config` in async code, which has no effect; dropping all handles closes them there.
    pub fn close(&self) -> Result<()> {
        self.runtime.block_on(OPERATION, self.inner.close())
    }
}
