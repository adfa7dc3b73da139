//! The client: a cheap handle on one connection pool and one configuration.

use std::fmt;
use std::sync::Arc;

use cartesia_core::limiter::{Permits, Priority, Workload};
use cartesia_core::network::Route;
use cartesia_core::{AdminKey, ApiVersion, Authority, BaseUrl, RetryPolicy, Timeouts, headers};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::transport::Transport;

/// A client of the Cartesia API over HTTP.
///
/// Cloning is cheap: clones share connections and configuration. Calls and streams are owned, so they can
/// move into tasks.
///
/// ```no_run
/// # async fn run() -> Result<(), cartesia_http::Error> {
/// let client = cartesia_http::Client::from_env()?;
/// let voice = client.voices().get("a0e99841-438c-4a64-b679-ae501e7d6091").await?;
/// println!("{}: {}", voice.name, voice.description);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// An address and the way to it.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) transport: Arc<Transport>,
    pub(crate) base_url: BaseUrl,
    pub(crate) route: Route,
}

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) host: Host,
    /// Where links to files are made.
    pub(crate) files_host: Host,
    pub(crate) authority: Authority,
    pub(crate) api_version: ApiVersion,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) headers: HeaderMap,
    pub(crate) permits: Permits,
    pub(crate) max_event_bytes: usize,
}

impl Client {
    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Returns the base URL of the service.
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.host.base_url
    }

    /// Returns the route to the service: direct, or through which proxy, and why.
    pub fn route(&self) -> &Route {
        &self.inner.host.route
    }

    /// Returns the API version of calls that do not choose their own.
    pub fn api_version(&self) -> ApiVersion {
        self.inner.api_version
    }

    /// Returns when a failed request is retried, for calls that do not choose their own policy.
    pub fn retry_policy(&self) -> &RetryPolicy {
        &self.inner.retry
    }

    /// Returns how many generations run at once at most, as the [`Limiter`](cartesia_core::limiter::Limiter) allows;
    /// `None` without one, or without a limit.
    pub fn synthesis_limit(&self) -> Option<usize> {
        self.inner.permits.limit(Workload::Synthesis)
    }

    /// Returns the same client with another priority: its calls wait so for permits of the
    /// [limiter](crate::ClientBuilder::limiter).
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        let mut inner = self.inner().clone();
        inner.permits = inner.permits.with_priority(priority);
        Self::from_inner(inner)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// The same client for the host of files.
    pub(crate) fn at_files_host(&self) -> Self {
        let mut inner = self.inner().clone();
        inner.host = inner.files_host.clone();
        Self::from_inner(inner)
    }

    /// The same client over the same connections, with an admin key.
    pub(crate) fn with_admin_key(&self, key: AdminKey) -> Self {
        let mut inner = self.inner().clone();
        inner.authority = Authority::Admin(key);
        // A header for every request may be a normal key in disguise.
        inner.headers.remove(AUTHORIZATION);
        inner.headers.remove(headers::API_KEY);
        Self::from_inner(inner)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.host.base_url)
            .field("api_version", &self.inner.api_version)
            .field("authority", &self.inner.authority)
            .finish_non_exhaustive()
    }
}
