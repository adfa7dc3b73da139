//! The settings of the limiter: server, limits, and the treatment of callers without the server.

use std::fmt;
use std::time::Duration;

use cartesia_core::limiter::Limits;

/// The settings of a [`RedisLimiter`](crate::RedisLimiter).
///
/// ```
/// use std::time::Duration;
/// use cartesia_redis::{RedisConfig, WhenUnavailable, limiter::Limits};
///
/// // The plan "Scale", shared by eight processes. Without the server each of them uses one place.
/// let config = RedisConfig::new("redis://127.0.0.1:6379", Limits::new(15))
///     .with_name("production")
///     .with_lease(Duration::from_secs(10))
///     .with_when_unavailable(WhenUnavailable::LocalShare(Limits::new(1)));
/// # let _ = config;
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RedisConfig {
    pub(crate) urls: Vec<String>,
    pub(crate) sentinel_master: Option<String>,
    pub(crate) credentials: Option<(String, String)>,
    pub(crate) name: String,
    pub(crate) limits: Limits,
    pub(crate) lease: Duration,
    pub(crate) when_unavailable: WhenUnavailable,
}

/// The treatment of callers while the Redis server cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenUnavailable {
    /// Callers wait for the server, at most as long as they would wait for a permit. The limit always holds.
    /// The default.
    #[default]
    Wait,
    /// Each process grants so many permits by itself. If the shares of all processes add up to the limit of
    /// the plan, the limit holds, too, once the permits from before the outage were given back.
    LocalShare(Limits),
}

/// The shortest lease: a process must have time to renew it.
const SHORTEST_LEASE: Duration = Duration::from_secs(1);

impl RedisConfig {
    /// Creates settings for a single server, at `redis://[user[:password]@]host[:port][/database]`; `rediss`
    /// for TLS (feature `rustls`).
    pub fn new(url: impl Into<String>, limits: Limits) -> Self {
        Self {
            urls: vec![url.into()],
            sentinel_master: None,
            credentials: None,
            name: "cartesia".to_owned(),
            limits,
            lease: Duration::from_secs(10),
            when_unavailable: WhenUnavailable::default(),
        }
    }

    /// Creates settings for the master of this name, found by the sentinels at these URLs. After a failover
    /// the new master is used.
    pub fn sentinel<U: Into<String>>(
        sentinels: impl IntoIterator<Item = U>,
        master: impl Into<String>,
        limits: Limits,
    ) -> Self {
        Self {
            urls: sentinels.into_iter().map(Into::into).collect(),
            sentinel_master: Some(master.into()),
            ..Self::new("", limits)
        }
    }

    /// Sets user name and password of the servers behind sentinels; a single server has them in its URL.
    #[must_use]
    pub fn with_credentials(
        mut self,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.credentials = Some((user.into(), password.into()));
        self
    }

    /// Sets the name of the limit; `cartesia` by default. Processes with the same name share their permits,
    /// so use one name for each account of the service.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the time within which the permits of a crashed process are in use by others, if any wait; 10 s by default,
    /// at least 1 s. Redis frees them after nine tenths of it, and the rest is for handing them over. A process renews
    /// its leases three times before they end there, and those who wait ask for permits when one ends.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(SHORTEST_LEASE);
        self
    }

    /// How long a permit counts in Redis without a renewal.
    pub(crate) fn time_to_live(&self) -> Duration {
        self.lease.saturating_sub(self.lease / 10)
    }

    /// Sets what happens while the server cannot be reached.
    #[must_use]
    pub fn with_when_unavailable(mut self, behaviour: WhenUnavailable) -> Self {
        self.when_unavailable = behaviour;
        self
    }
}

impl fmt::Debug for RedisConfig {
    /// Leaves URLs and credentials out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .field("lease", &self.lease)
            .field("when_unavailable", &self.when_unavailable)
            .finish_non_exhaustive()
    }
}
