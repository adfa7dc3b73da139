//! The settings of connections.

use std::time::Duration;

use cartesia_core::network::Route;
use cartesia_core::{Authority, Settings, settings_setters};
#[cfg(doc)]
use cartesia_types::ErrorKind;

use crate::Result;
use crate::endpoint::{CONNECT, PATH};
use crate::handshake::Handshake;
use crate::policy::{ContextPolicy, SttPolicy};
use crate::shared::Shared;
use crate::transport::Dialer;
use crate::{connect, socket};

/// Bytes that a message may have: a hundred times what the service usually sends.
const DEFAULT_MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// How long an agent waits for a tool: its caller hears nothing in that time.
const DEFAULT_TOOL_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens connections: holds the address, credential, network settings and limits.
///
/// ```
/// use std::time::Duration;
/// use cartesia_ws::{Connector, Timeouts};
///
/// let connector = Connector::new()
///     .api_key("sk_car_…".replace('…', "example"))
///     .base_url("ws://127.0.0.1:8745")
///     .timeouts(Timeouts::default().with_connect(Duration::from_secs(3)));
/// # let _ = connector;
/// ```
#[derive(Debug, Clone)]
#[must_use = "a connector does nothing until something is opened with it"]
pub struct Connector {
    settings: Settings,
    token_in_query: bool,
    max_message_bytes: usize,
    policy: ContextPolicy,
    tool_timeout: Option<Duration>,
    transcriptions: SttPolicy,
}

impl Default for Connector {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            token_in_query: false,
            max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
            policy: ContextPolicy::default(),
            tool_timeout: Some(DEFAULT_TOOL_TIMEOUT),
            transcriptions: SttPolicy::default(),
        }
    }
}

impl Connector {
    /// Creates a connector for the public service, without a credential.
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
        Ok(Self::default().settings(Settings::from_env()?))
    }

    settings_setters!(settings);

    /// Sends an access token in the URL instead of a header, for gateways that drop the header. URLs are kept
    /// in logs, so this is off by default; and it applies only to tokens: an API key is always sent in a
    /// header.
    pub fn token_in_query(mut self, in_query: bool) -> Self {
        self.token_in_query = in_query;
        self
    }

    /// Limits the size of one message of the service, in bytes; 16 MiB by default. This bounds the memory
    /// that a server can make the client use. Values above 1 GiB count as 1 GiB.
    pub fn max_message_bytes(mut self, limit: usize) -> Self {
        self.max_message_bytes = limit;
        self
    }

    /// Sets the policy for contexts that are lost, rejected, ended too early, or not read.
    pub fn contexts(mut self, policy: ContextPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how long an agent waits for the answer to a tool call; 30 s by default. After that, it learns
    /// that the tool failed. `None` means no limit.
    pub fn tool_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.tool_timeout = limit.into();
        self
    }

    /// Sets the policy for live transcriptions when the connection is lost.
    pub fn transcriptions(mut self, policy: SttPolicy) -> Self {
        self.transcriptions = policy;
        self
    }

    /// Checks the settings without sending anything. Opening a connection does the same check.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], as [`check`](Self::check).
    pub fn validate(&self) -> Result<()> {
        self.share().map(drop)
    }

    /// Returns the route to the service: direct, or through which proxy, and why.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], as [`check`](Self::check).
    pub fn route(&self) -> Result<Route> {
        self.settings.route()
    }

    /// Opens a connection for text-to-speech and closes it again, to check address, network, TLS and
    /// credential. It sends no text, so it costs nothing.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Config`] when there is no credential or an unusable one, when the base URL is not
    ///   usable or would send the credential unencrypted to another machine, when a header is reserved for
    ///   the handshake, or when TLS or the proxy cannot be set up.
    /// - [`ErrorKind::Connect`] when the service cannot be reached: its name is unknown, nothing
    ///   answers, the proxy refuses, the certificate is not trusted.
    /// - [`ErrorKind::Timeout`] when the connection is not open within [`Timeouts::connect`](crate::Timeouts::connect).
    /// - [`ErrorKind::Closed`] when the other side closes the connection instead of answering.
    /// - [`ErrorKind::Protocol`] when the other side is not a WebSocket server, or redirects.
    /// - The kinds that a rejection of the service maps to: [`ErrorKind::Auth`] (also when the token provider
    ///   fails), [`ErrorKind::Quota`], [`ErrorKind::RateLimited`] with too many connections open,
    ///   [`ErrorKind::Server`] and so on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn check(&self) -> Result<Handshake> {
        let shared = self.share()?;
        let connected = connect::connect(&shared, CONNECT, PATH).await?;
        socket::close(connected.socket, shared.timeouts.close).await;
        Ok(connected.handshake)
    }

    /// Checks the settings, and does once what all connections need: reads the environment's proxies
    /// and loads the root certificates.
    pub(crate) fn share(&self) -> Result<Shared> {
        let settings = &self.settings;
        let credential = settings.credential()?;
        let base_url = settings.base_url()?;
        let headers = settings.headers()?.clone();
        let dialer = Dialer::new(&base_url, settings.network(), &settings.route()?)?;
        let mut policy = self.policy.clone();
        // A replayed context may be billed twice.
        policy.replay &= !settings.retry().at_most_once;
        let mut transcriptions = self.transcriptions.clone();
        if settings.retry().at_most_once {
            // Audio that is sent again is billed again.
            transcriptions.buffer = Duration::ZERO;
        }
        Ok(Shared {
            authority: Authority::Caller(credential),
            base_url,
            api_version: settings.api_version(),
            headers,
            token_in_query: self.token_in_query,
            max_message_bytes: self.max_message_bytes,
            timeouts: settings.timeouts(),
            policy,
            tool_timeout: self.tool_timeout,
            transcriptions,
            permits: settings.permits(),
            dialer,
        })
    }
}

#[cfg(test)]
mod tests {
    use cartesia_types::ErrorKind;

    use super::*;
    use crate::Error;

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
            (local().api_key("canary canary"), "HTTP header"),
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
        let allowed = elsewhere().api_key("sk_canary").allow_plain_http(true);
        assert!(allowed.validate().is_ok());
        refused(&allowed.allow_plain_http(false));
    }

    #[test]
    fn at_most_once_replays_no_context() {
        let connector = Connector::new()
            .base_url("ws://localhost:1")
            .api_key("sk_canary");
        assert!(connector.share().unwrap().policy.replay);
        let once = connector.retry(cartesia_core::RetryPolicy::at_most_once());
        assert!(!once.share().unwrap().policy.replay);
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
