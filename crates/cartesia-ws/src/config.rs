//! How connections are set up.

use std::fmt;

use cartesia_types::network::Network;
use cartesia_types::{
    AccessToken, ApiKey, ApiVersion, BaseUrl, Credential, ErrorKind, InvalidCredential,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Result;
use crate::deadlines::Deadlines;
use crate::driver::{CONNECT, PATH};
use crate::error::Error;
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
    credential: Option<std::result::Result<Credential, InvalidCredential>>,
    base_url: Option<String>,
    api_version: ApiVersion,
    network: Network,
    headers: HeaderMap,
    allow_plain_http: bool,
    token_in_query: bool,
    max_message_bytes: usize,
    deadlines: Deadlines,
    policy: ContextPolicy,
}

impl Default for Connector {
    fn default() -> Self {
        Self {
            credential: None,
            base_url: None,
            api_version: ApiVersion::default(),
            network: Network::default(),
            headers: HeaderMap::new(),
            allow_plain_http: false,
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
        Self::from_variables(|name| match std::env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(Error::new(
                ErrorKind::Config,
                OPERATION,
                format!("the environment variable {name} is not UTF-8"),
            )),
        })
    }

    fn from_variables(read: impl Fn(&'static str) -> Result<Option<String>>) -> Result<Self> {
        let read = |name| Ok(read(name)?.filter(|value| !value.trim().is_empty()));
        let mut connector = Self::default();
        if let Some(key) = read("CARTESIA_API_KEY")? {
            connector = connector.api_key(key);
        }
        if let Some(url) = read("CARTESIA_BASE_URL")? {
            connector = connector.base_url(url);
        }
        if let Some(version) = read("CARTESIA_VERSION")? {
            let version = version.trim().parse::<ApiVersion>().map_err(|error| {
                let message = "CARTESIA_VERSION is not usable";
                Error::new(ErrorKind::Config, OPERATION, message).with_source(error)
            })?;
            connector = connector.api_version(version);
        }
        Ok(connector)
    }

    /// Sets the API key.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.credential = Some(ApiKey::new(key).map(Credential::from));
        self
    }

    /// Sets an access token instead of a key: short-lived, and allowed only what it was granted.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.credential = Some(AccessToken::new(token).map(Credential::from));
        self
    }

    /// Sets the credential, key or token. A provider of tokens is asked before every connection.
    pub fn credential(mut self, credential: impl Into<Credential>) -> Self {
        self.credential = Some(Ok(credential.into()));
        self
    }

    /// Sets where the service is; see [`BaseUrl`] for what is understood.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the API version.
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = version;
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
        self.allow_plain_http = allow;
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
        let config = |message: String| Error::new(ErrorKind::Config, OPERATION, message);
        let credential = match &self.credential {
            Some(Ok(credential)) => credential.clone(),
            Some(Err(error)) => {
                let config = config("the credential is not usable".to_owned());
                return Err(config.with_source(error.clone()));
            }
            None => {
                return Err(config(
                    "there is no API key: set the environment variable CARTESIA_API_KEY or give the \
                     connector a key or access token (https://play.cartesia.ai/keys)"
                        .to_owned(),
                ));
            }
        };
        let base_url = match &self.base_url {
            Some(text) => text
                .parse::<BaseUrl>()
                .map_err(|error| config(error.to_string()))?,
            None => BaseUrl::default(),
        };
        if !base_url.is_encrypted() && !base_url.is_loopback() && !self.allow_plain_http {
            return Err(config(format!(
                "{base_url} is not encrypted and not on this machine: the key would travel in clear \
                 text; use https, or call `allow_plain_http(true)`"
            )));
        }
        if let Some(name) = self.headers.keys().find(|name| is_reserved(name)) {
            return Err(config(format!(
                "the header {name} belongs to the WebSocket handshake and cannot be set"
            )));
        }
        let route = Route::new(OPERATION, &base_url, &self.network)?;
        Ok(Shared {
            credential,
            base_url,
            api_version: self.api_version,
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
    /// Leaves out the base URL, which may hold a password until it has been refused, and the headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("credential", &self.credential)
            .field("api_version", &self.api_version)
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
    use std::error::Error as _;

    use super::*;

    fn from(pairs: &'static [(&'static str, &'static str)]) -> Result<Shared> {
        Connector::from_variables(|name| {
            let pair = pairs.iter().find(|pair| pair.0 == name);
            Ok(pair.map(|pair| pair.1.to_owned()))
        })?
        .share()
    }

    fn refused(pairs: &'static [(&'static str, &'static str)]) -> Error {
        let Err(error) = from(pairs) else {
            panic!("must be refused");
        };
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
        error
    }

    #[test]
    fn no_key_is_an_error_that_says_where_to_put_one() {
        for pairs in [
            &[][..],
            &[("CARTESIA_API_KEY", "")],
            &[("CARTESIA_API_KEY", " \n")],
        ] {
            assert!(refused(pairs).to_string().contains("CARTESIA_API_KEY"));
        }
        let error = refused(&[("CARTESIA_API_KEY", "canary with a space")]);
        let source = error.source().expect("has a source").to_string();
        assert!(source.contains("HTTP header"), "{source}");
    }

    #[test]
    fn the_environment_is_followed() {
        let shared = from(&[
            ("CARTESIA_API_KEY", "sk_canary\n"),
            ("CARTESIA_BASE_URL", "localhost:1/prefix"),
            ("CARTESIA_VERSION", " 2025-04-16 "),
        ])
        .expect("usable");
        assert!(
            matches!(&shared.credential, Credential::ApiKey(key) if key.expose() == "sk_canary")
        );
        assert_eq!(shared.base_url.to_string(), "http://localhost:1/prefix");
        assert_eq!(shared.api_version, ApiVersion::V2025_04_16);
    }

    #[test]
    fn plain_connections_go_to_this_machine_alone() {
        const KEY: (&str, &str) = ("CARTESIA_API_KEY", "sk_canary");
        assert!(from(&[KEY, ("CARTESIA_BASE_URL", "ws://127.0.0.1:1")]).is_ok());
        assert!(from(&[KEY, ("CARTESIA_BASE_URL", "localhost:1")]).is_ok());
        let error = refused(&[KEY, ("CARTESIA_BASE_URL", "ws://example.com")]);
        assert!(error.to_string().contains("allow_plain_http"), "{error}");
        let allowed = Connector::new()
            .api_key("sk_canary")
            .base_url("ws://example.com")
            .allow_plain_http(true);
        assert!(allowed.validate().is_ok());
        let refused = allowed.allow_plain_http(false).validate();
        assert_eq!(
            refused.map_err(|error| error.kind()),
            Err(ErrorKind::Config)
        );
    }

    #[test]
    fn broken_settings_are_named() {
        const KEY: (&str, &str) = ("CARTESIA_API_KEY", "sk_canary");
        let error = refused(&[KEY, ("CARTESIA_BASE_URL", "ftp://canary:canary@x")]);
        assert!(error.to_string().contains("base URL"), "{error}");
        let error = refused(&[KEY, ("CARTESIA_VERSION", "latest")]);
        assert!(error.to_string().contains("CARTESIA_VERSION"), "{error}");
        let source = error.source().expect("has a source").to_string();
        assert!(source.contains("2026-08-14"), "{source}");
    }

    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    #[test]
    fn a_build_without_tls_names_the_features() {
        let error = refused(&[("CARTESIA_API_KEY", "sk_canary")]);
        assert!(
            error.to_string().contains("`rustls` or `native-tls`"),
            "{error}"
        );
    }
}
