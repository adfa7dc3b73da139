//! How connections are set up.

use std::fmt;

use cartesia_types::network::Network;
use cartesia_types::{Access, ApiVersion, BaseUrl, Credential, ErrorKind};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Error;
use crate::Result;
use crate::deadlines::Deadlines;
use crate::driver::{CONNECT, PATH};
use crate::handshake::{Handshake, is_reserved};
use crate::policy::ContextPolicy;
use crate::transport::Route;
use crate::{connect, socket};

const OPERATION: &str = "connector";
/// Bytes that a message may have: a hundred times what the service usually sends.
const DEFAULT_MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// Sets up connections: where to, with which credential, over which network, within which limits.
///
/// ```
/// use std::time::Duration;
/// use cartesia_ws::{Connector, Deadlines};
///
/// let connector = Connector::new()
///     .api_key("sk_car_…".replace('…', "example"))
///     .base_url("ws://127.0.0.1:8745")
///     .deadlines(Deadlines::default().with_connect(Duration::from_secs(3)));
/// # let _ = connector;
/// ```
#[derive(Clone)]
#[must_use = "a connector does nothing until something is opened with it"]
pub struct Connector {
    access: Access,
    network: Network,
    headers: HeaderMap,
    token_in_query: bool,
    max_message_bytes: usize,
    deadlines: Deadlines,
    policy: ContextPolicy,
}

impl Default for Connector {
    fn default() -> Self {
        Self {
            access: Access::default(),
            network: Network::default(),
            headers: HeaderMap::new(),
            token_in_query: false,
            max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
            deadlines: Deadlines::default(),
            policy: ContextPolicy::default(),
        }
    }
}

impl Connector {
    /// To the public service, without a credential yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts from the environment: `CARTESIA_API_KEY`, `CARTESIA_BASE_URL` and
    /// `CARTESIA_VERSION`. A variable that is empty counts as not set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a variable is not UTF-8, or `CARTESIA_VERSION` is not a date. Other
    /// mistakes are reported when a connection is opened.
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

    /// Sets the credential, key or token. A provider of tokens is asked before every connection.
    pub fn credential(mut self, credential: impl Into<Credential>) -> Self {
        self.access = self.access.with_credential(credential);
        self
    }

    /// Sets where the service is; see [`BaseUrl`] for what is understood.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.access = self.access.with_base_url(url);
        self
    }

    /// Sets the API version.
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.access = self.access.with_api_version(version);
        self
    }

    /// Sets proxies and certificate authorities.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Adds a header to the request for a WebSocket. Those that make the request what it is (`Host`,
    /// `Connection`, `Upgrade`, `Sec-WebSocket-…` and the like) are refused when a connection is
    /// opened.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Allows unencrypted connections to hosts other than this machine. The key and everything that is
    /// said can then be read on the way, and the service may replace a key that it saw so.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.access = self.access.with_plain_http_allowed(allow);
        self
    }

    /// Sends an access token in the URL instead of a header, for gateways that drop the header. URLs
    /// are kept in logs, so this is off by default; and it concerns tokens alone: an API key is
    /// always sent in a header.
    pub fn token_in_query(mut self, in_query: bool) -> Self {
        self.token_in_query = in_query;
        self
    }

    /// Sets how large one message of the service may be, in bytes; 16 MiB by default. It bounds the
    /// memory that a server can make a connection take.
    pub fn max_message_bytes(mut self, limit: usize) -> Self {
        self.max_message_bytes = limit;
        self
    }

    /// Sets the time limits.
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// Sets what happens to contexts that are lost, turned away, ended too early, or not read.
    pub fn contexts(mut self, policy: ContextPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Checks the settings, without sending anything. Opening a connection does it as well; this is to
    /// know earlier.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], as [`check`](Self::check).
    pub fn validate(&self) -> Result<()> {
        self.share().map(drop)
    }

    /// Opens a connection for text-to-speech and closes it again: whether address, network, TLS and
    /// credential are right. It says nothing, and so costs nothing.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Config`] when there is no credential or an unusable one, when the base URL is
    ///   not usable or would send the credential unencrypted to another machine, when a header is
    ///   one of the handshake's own, or when TLS or the proxy cannot be set up.
    /// - [`ErrorKind::Connect`] when there is no way to the service: its name is unknown, nobody
    ///   answers, the proxy refuses, the certificate is not trusted.
    /// - [`ErrorKind::Timeout`] when the connection is not open within [`Deadlines::connect`].
    /// - [`ErrorKind::Closed`] when the other side hangs up instead of answering.
    /// - [`ErrorKind::Protocol`] when the other side is no WebSocket server, or redirects.
    /// - Those that the service's refusal means: [`ErrorKind::Auth`] (also when the token provider
    ///   fails), [`ErrorKind::Quota`], [`ErrorKind::RateLimited`] with too many connections open,
    ///   [`ErrorKind::Server`] and so on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes whatever was opened.
    pub async fn check(&self) -> Result<Handshake> {
        let shared = self.share()?;
        let connected = connect::connect(&shared, CONNECT, PATH).await?;
        socket::close(connected.socket, shared.deadlines.close).await;
        Ok(connected.handshake)
    }

    /// Checks the settings, and does once what all connections need: reads the environment's proxies
    /// and loads the root certificates.
    pub(crate) fn share(&self) -> Result<Shared> {
        let credential = self.access.credential()?;
        let base_url = self.access.base_url()?;
        if let Some(name) = self.headers.keys().find(|name| is_reserved(name)) {
            let message =
                format!("the header {name} belongs to the WebSocket handshake and cannot be set");
            return Err(Error::new(ErrorKind::Config, OPERATION, message));
        }
        let route = Route::new(OPERATION, &base_url, &self.network)?;
        Ok(Shared {
            credential,
            base_url,
            api_version: self.access.api_version(),
            headers: self.headers.clone(),
            token_in_query: self.token_in_query,
            max_message_bytes: self.max_message_bytes,
            deadlines: self.deadlines,
            policy: self.policy.clone(),
            route,
        })
    }
}

impl fmt::Debug for Connector {
    /// Leaves out the headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("access", &self.access)
            .field("network", &self.network)
            .field("max_message_bytes", &self.max_message_bytes)
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}

/// What all connections of a connector share.
pub(crate) struct Shared {
    pub(crate) credential: Credential,
    pub(crate) base_url: BaseUrl,
    pub(crate) api_version: ApiVersion,
    pub(crate) headers: HeaderMap,
    pub(crate) token_in_query: bool,
    pub(crate) max_message_bytes: usize,
    pub(crate) deadlines: Deadlines,
    pub(crate) policy: ContextPolicy,
    pub(crate) route: Route,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(connector: &Connector) -> Error {
        let error = connector.validate().expect_err("must be refused");
        assert_eq!(error.kind(), ErrorKind::Config);
        let shown = format!("{error} {error:?} {connector:?}");
        assert!(!shown.contains("canary"), "{shown}");
        error
    }

    #[test]
    fn unusable_settings_are_refused_and_named() {
        let local = || Connector::new().base_url("ws://localhost:1");
        let elsewhere = || Connector::new().base_url("ws://example.com");
        for (connector, what) in [
            (local(), "CARTESIA_API_KEY"),
            (local().api_key("canary canary"), "credential"),
            (elsewhere().api_key("sk_canary"), "allow_plain_http"),
            (
                Connector::new()
                    .api_key("sk_canary")
                    .base_url("wss://canary:canary@x"),
                "base URL",
            ),
        ] {
            let error = refused(&connector);
            assert!(error.to_string().contains(what), "{error}");
        }
        let error = refused(&local().api_key("a space"));
        assert!(error.to_string().contains("HTTP header"), "{error}");
        let allowed = elsewhere().api_key("sk_canary").allow_plain_http(true);
        assert!(allowed.validate().is_ok());
        refused(&allowed.allow_plain_http(false));
    }

    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    #[test]
    fn a_build_without_tls_names_the_features() {
        let error = refused(&Connector::new().api_key("sk_canary"));
        assert!(
            error.to_string().contains("`rustls` or `native-tls`"),
            "{error}"
        );
    }
}
