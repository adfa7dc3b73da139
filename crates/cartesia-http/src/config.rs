//! How a client is set up.

use std::fmt;
use std::time::Duration;

use cartesia_types::network::Network;
use cartesia_types::{Access, AdminKey, ApiVersion, Credential, ErrorKind};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Error;
use crate::api::Admin;
use crate::client::{Client, Inner};
use crate::request::Authority;
use crate::retry::RetryPolicy;
use crate::{Result, network};

const OPERATION: &str = "client";

/// Time limits of a client. There is none on a whole stream: speech may be long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection to be made: name resolution, TCP, TLS. 10 s by default.
    pub connect: Duration,
    /// For the headers of a response to arrive, per try, connecting included, and for a token
    /// provider to give a token. During an upload it counts from the last piece. 60 s by default.
    pub response: Duration,
    /// Between two pieces of a body. 30 s by default.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            response: Duration::from_secs(60),
            idle: Duration::from_secs(30),
        }
    }
}

impl Timeouts {
    /// Sets the limit for a connection to be made.
    #[must_use]
    pub fn with_connect(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// Sets the limit for the headers of a response to arrive.
    #[must_use]
    pub fn with_response(mut self, limit: Duration) -> Self {
        self.response = limit;
        self
    }

    /// Sets the limit between two pieces of a body.
    #[must_use]
    pub fn with_idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }
}

/// Sets up a [`Client`].
///
/// ```
/// use cartesia_http::{Client, RetryPolicy};
///
/// let client = Client::builder()
///     .api_key("sk_car_…".replace('…', "example"))
///     .base_url("http://127.0.0.1:8745")
///     .retry(RetryPolicy::never())
///     .build()?;
/// # Ok::<(), cartesia_http::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    access: Access,
    timeouts: Timeouts,
    retry: RetryPolicy,
    headers: HeaderMap,
    max_event_bytes: usize,
    network: Network,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            access: Access::default(),
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            headers: HeaderMap::new(),
            max_event_bytes: crate::sse::DEFAULT_MAX_EVENT_BYTES,
            network: Network::default(),
        }
    }
}

impl ClientBuilder {
    /// Starts from the environment: `CARTESIA_API_KEY`, `CARTESIA_BASE_URL` and
    /// `CARTESIA_VERSION`. A variable that is empty counts as not set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a variable is not UTF-8, or `CARTESIA_VERSION` is not a date. Other
    /// mistakes are reported by [`build`](Self::build).
    pub fn from_env() -> Result<Self> {
        let access = Access::from_variables(std::env::var)?;
        Ok(Self {
            access,
            ..Self::default()
        })
    }

    /// Sets the API key.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.access = self.access.with_api_key(key);
        self
    }

    /// Sets an access token instead of a key: short-lived, and allowed only what it was granted.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access = self.access.with_access_token(token);
        self
    }

    /// Sets the credential, key or token.
    pub fn credential(mut self, credential: impl Into<Credential>) -> Self {
        self.access = self.access.with_credential(credential);
        self
    }

    /// Sets where the service is; see [`BaseUrl`](cartesia_types::BaseUrl) for what is understood.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.access = self.access.with_base_url(url);
        self
    }

    /// Sets the API version of all calls that do not choose their own.
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.access = self.access.with_api_version(version);
        self
    }

    /// Allows unencrypted HTTP to hosts other than this machine. The key and everything that is said
    /// can then be read on the way, and the service may replace a key that it saw so.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.access = self.access.with_plain_http_allowed(allow);
        self
    }

    /// Sets the time limits.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets when a request is sent again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets how large one server-sent event may be, in bytes; 16 MiB by default. It bounds the
    /// memory that a server can make a stream take.
    pub fn max_event_bytes(mut self, limit: usize) -> Self {
        self.max_event_bytes = limit;
        self
    }

    /// Sets proxies and certificate authorities.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when there is no credential or an unusable one, when the base URL is not
    /// usable or would send the credential unencrypted to another machine, or when TLS or the
    /// proxy cannot be set up (no root certificates on this machine, no TLS feature).
    pub fn build(self) -> Result<Client> {
        let credential = self.access.credential()?;
        self.connect(Authority::Caller(credential))
    }

    /// Makes the handle for the account's own calls, with an admin key; a key or token that was set
    /// before is not used. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_admin(self, key: AdminKey) -> Result<Admin> {
        Ok(self.connect(Authority::Admin(key.clone()))?.admin(key))
    }

    fn connect(self, credential: Authority) -> Result<Client> {
        let base_url = self.access.base_url()?;
        let http = network::configure(reqwest::Client::builder(), &base_url, &self.network)?
            // One connection per stream. Over HTTP/2 all streams would share one connection, wait for
            // each other's lost packets, and queue once the server's limit of streams is reached.
            .http1_only()
            .connect_timeout(self.timeouts.connect)
            .redirect(crate::send::redirects())
            .referer(false)
            .build()
            .map_err(|error| {
                let message = "the HTTP client could not be set up";
                Error::new(ErrorKind::Config, OPERATION, message)
                    .with_root_cause(error.without_url())
            })?;
        Ok(Client::from_inner(Inner {
            http,
            base_url,
            credential,
            api_version: self.access.api_version(),
            timeouts: self.timeouts,
            retry: self.retry,
            headers: self.headers,
            max_event_bytes: self.max_event_bytes,
        }))
    }
}

impl fmt::Debug for ClientBuilder {
    /// Leaves out the headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("access", &self.access)
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_settings_are_refused_and_named() {
        let local = || Client::builder().base_url("http://localhost:1");
        let elsewhere = || Client::builder().base_url("http://example.com");
        for (builder, what) in [
            (local(), "CARTESIA_API_KEY"),
            (local().api_key("canary canary"), "credential"),
            (elsewhere().api_key("sk_canary"), "allow_plain_http"),
            (
                Client::builder()
                    .api_key("sk_canary")
                    .base_url("https://canary:canary@x"),
                "base URL",
            ),
        ] {
            let error = builder.build().expect_err(what);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(what), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
        let error = local().api_key("a space").build().expect_err("refused");
        assert!(error.to_string().contains("HTTP header"), "{error}");
        let allowed = elsewhere().api_key("sk_canary").allow_plain_http(true);
        assert!(allowed.build().is_ok());
    }

    #[test]
    fn a_client_and_its_builder_do_not_show_the_key() {
        let builder = Client::builder()
            .api_key("sk_canary")
            .base_url("http://localhost:1");
        let shown = format!("{builder:?} {:?}", builder.clone().build().expect("builds"));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
