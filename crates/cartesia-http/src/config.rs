//! How a client is set up.

use std::fmt;
use std::time::Duration;

use cartesia_types::network::Network;
use cartesia_types::{
    AccessToken, AdminKey, ApiKey, ApiVersion, BaseUrl, Credential, ErrorKind, InvalidCredential,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::api::Admin;
use crate::client::{Client, Inner};
use crate::error::Error;
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
    credential: Option<std::result::Result<Credential, InvalidCredential>>,
    base_url: Option<String>,
    api_version: ApiVersion,
    allow_plain_http: bool,
    timeouts: Timeouts,
    retry: RetryPolicy,
    headers: HeaderMap,
    max_event_bytes: usize,
    network: Network,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            credential: None,
            base_url: None,
            api_version: ApiVersion::default(),
            allow_plain_http: false,
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
        let mut builder = Self::default();
        if let Some(key) = read("CARTESIA_API_KEY")? {
            builder = builder.api_key(key);
        }
        if let Some(url) = read("CARTESIA_BASE_URL")? {
            builder = builder.base_url(url);
        }
        if let Some(version) = read("CARTESIA_VERSION")? {
            let version = version.trim().parse::<ApiVersion>().map_err(|error| {
                Error::new(
                    ErrorKind::Config,
                    OPERATION,
                    "CARTESIA_VERSION is not usable",
                )
                .with_source(error)
            })?;
            builder = builder.api_version(version);
        }
        Ok(builder)
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

    /// Sets the credential, key or token.
    pub fn credential(mut self, credential: impl Into<Credential>) -> Self {
        self.credential = Some(Ok(credential.into()));
        self
    }

    /// Sets where the service is; see [`BaseUrl`] for what is understood.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the API version of all calls that do not choose their own.
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = version;
        self
    }

    /// Allows unencrypted HTTP to hosts other than this machine. The key and everything that is said
    /// can then be read on the way, and the service may replace a key that it saw so.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
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
                     client a key or access token (https://play.cartesia.ai/keys)"
                        .to_owned(),
                ));
            }
        };
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
        let config = |message: String| Error::new(ErrorKind::Config, OPERATION, message);
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
        let http = network::configure(reqwest::Client::builder(), &base_url, &self.network)?
            // One connection per stream. Over HTTP/2 all streams would share one connection, wait for
            // each other's lost packets, and queue once the server's limit of streams is reached.
            .http1_only()
            .connect_timeout(self.timeouts.connect)
            .redirect(crate::send::redirects())
            .referer(false)
            .build()
            .map_err(|error| {
                config("the HTTP client could not be set up".to_owned())
                    .with_source(error.without_url())
            })?;
        Ok(Client::from_inner(Inner {
            http,
            base_url,
            credential,
            api_version: self.api_version,
            timeouts: self.timeouts,
            retry: self.retry,
            headers: self.headers,
            max_event_bytes: self.max_event_bytes,
        }))
    }
}

impl fmt::Debug for ClientBuilder {
    /// Leaves out the base URL, which may hold a password until `build` has refused it, and the
    /// headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .field("api_version", &self.api_version)
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn from(pairs: &'static [(&'static str, &'static str)]) -> Result<Client> {
        ClientBuilder::from_variables(|name| {
            Ok(pairs
                .iter()
                .find(|pair| pair.0 == name)
                .map(|pair| pair.1.to_owned()))
        })?
        .build()
    }

    fn refused(pairs: &'static [(&'static str, &'static str)]) -> Error {
        let error = from(pairs).expect_err("must be refused");
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
        assert!(
            error
                .source()
                .expect("has a source")
                .to_string()
                .contains("HTTP header")
        );
    }

    #[test]
    fn plain_http_goes_to_this_machine_alone() {
        const KEY: (&str, &str) = ("CARTESIA_API_KEY", "sk_canary");
        assert!(from(&[KEY, ("CARTESIA_BASE_URL", "http://127.0.0.1:1")]).is_ok());
        assert!(from(&[KEY, ("CARTESIA_BASE_URL", "localhost:1")]).is_ok());
        let error = refused(&[KEY, ("CARTESIA_BASE_URL", "http://example.com")]);
        assert!(error.to_string().contains("allow_plain_http"), "{error}");
        let allowed = Client::builder()
            .api_key("sk_canary")
            .base_url("http://example.com")
            .allow_plain_http(true)
            .build();
        assert!(allowed.is_ok());
    }

    #[test]
    fn broken_settings_are_named() {
        const KEY: (&str, &str) = ("CARTESIA_API_KEY", "sk_canary");
        let error = refused(&[KEY, ("CARTESIA_BASE_URL", "ftp://canary:canary@x")]);
        assert!(error.to_string().contains("base URL"), "{error}");
        let error = refused(&[KEY, ("CARTESIA_VERSION", "latest")]);
        assert!(error.to_string().contains("CARTESIA_VERSION"), "{error}");
        assert!(
            error
                .source()
                .expect("has a source")
                .to_string()
                .contains("2026-08-14")
        );
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
