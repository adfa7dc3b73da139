//! The settings of every client, for any transport.

use std::env::VarError;
use std::fmt;
use std::sync::Arc;

use cartesia_types::{
    AccessToken, ApiKey, ApiVersion, Error, ErrorKind, InvalidCredential, Result,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::headers::is_reserved;
use crate::limiter::{Limiter, Permits, Priority};
use crate::network::{Network, Route};
use crate::{BaseUrl, Credential, RetryPolicy, Timeouts};

const OPERATION: &str = "client";

/// The settings of a client: address, credential, API version, network, headers, time limits and retries,
/// as they were set and not yet checked.
///
/// The builders of all clients collect their settings in it, so that all transports follow the same rules.
///
/// ```
/// use cartesia_core::{ApiVersion, Settings};
///
/// // The environment of the program, or any other list of variables.
/// let settings = Settings::from_variables(|name| match name {
///     "CARTESIA_API_KEY" => Ok("sk_car_example".to_owned()),
///     "CARTESIA_BASE_URL" => Ok("localhost:8745".to_owned()),
///     _ => Err(std::env::VarError::NotPresent),
/// })?;
/// assert_eq!(settings.base_url()?.join("/voices"), "http://localhost:8745/voices");
/// assert_eq!(settings.api_version(), ApiVersion::LATEST);
/// # Ok::<(), cartesia_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Settings {
    credential: Option<std::result::Result<Credential, InvalidCredential>>,
    base_url: Option<String>,
    files_base_url: Option<String>,
    api_version: ApiVersion,
    allow_plain_http: bool,
    network: Network,
    headers: HeaderMap,
    timeouts: Timeouts,
    retry: RetryPolicy,
    limiter: Option<Arc<dyn Limiter>>,
    priority: Priority,
}

impl Settings {
    /// Creates settings for the public service at the default API version, without a credential.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the environment of the process: `CARTESIA_API_KEY`, `CARTESIA_BASE_URL`,
    /// `CARTESIA_FILES_BASE_URL` and `CARTESIA_VERSION`. A variable that is empty counts as not set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a variable is not UTF-8, or `CARTESIA_VERSION` is not a date. Other
    /// mistakes are reported when the settings are used.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(std::env::var)
    }

    /// Reads settings as [`from_env`](Self::from_env) does, from any list of environment variables.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_variables(
        read: impl Fn(&'static str) -> std::result::Result<String, VarError>,
    ) -> Result<Self> {
        let read = |name| match read(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(config(format!(
                "the environment variable {name} is not UTF-8"
            ))),
        };
        let mut settings = Self::new();
        if let Some(key) = read("CARTESIA_API_KEY")? {
            settings = settings.with_api_key(key);
        }
        if let Some(url) = read("CARTESIA_BASE_URL")? {
            settings = settings.with_base_url(url);
        }
        if let Some(url) = read("CARTESIA_FILES_BASE_URL")? {
            settings = settings.with_files_base_url(url);
        }
        if let Some(version) = read("CARTESIA_VERSION")? {
            settings.api_version = version.trim().parse().map_err(|error| {
                config(format!(
                    "the environment variable CARTESIA_VERSION is invalid: {error}"
                ))
            })?;
        }
        Ok(settings)
    }

    /// Sets the API key.
    #[must_use]
    pub fn with_api_key(mut self, key: impl Into<String>) -> Self {
        self.credential = Some(ApiKey::new(key).map(Credential::from));
        self
    }

    /// Sets an access token instead of an API key.
    #[must_use]
    pub fn with_access_token(mut self, token: impl Into<String>) -> Self {
        self.credential = Some(AccessToken::new(token).map(Credential::from));
        self
    }

    /// Sets the credential.
    #[must_use]
    pub fn with_credential(mut self, credential: impl Into<Credential>) -> Self {
        self.credential = Some(Ok(credential.into()));
        self
    }

    /// Sets the base URL of the service; [`BaseUrl`] has the rules.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the base URL for links to files; [`BaseUrl`] has the rules.
    #[must_use]
    pub fn with_files_base_url(mut self, url: impl Into<String>) -> Self {
        self.files_base_url = Some(url.into());
        self
    }

    /// Sets the API version.
    #[must_use]
    pub fn with_api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = version;
        self
    }

    /// Sets whether unencrypted connections to other machines are allowed; off by default.
    #[must_use]
    pub fn with_plain_http_allowed(mut self, allowed: bool) -> Self {
        self.allow_plain_http = allowed;
        self
    }

    /// Sets proxies and certificate authorities.
    #[must_use]
    pub fn with_network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Adds a header to every request.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the time limits.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets when a failed request is retried.
    #[must_use]
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the limiter of concurrent work.
    #[must_use]
    pub fn with_limiter(mut self, limiter: Arc<dyn Limiter>) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Sets the priority in the queue of the limiter.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Returns the credential.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when there is none, or it is invalid.
    pub fn credential(&self) -> Result<Credential> {
        match &self.credential {
            Some(Ok(credential)) => Ok(credential.clone()),
            Some(Err(error)) => Err(config(format!("the credential is invalid: {error}"))),
            None => Err(config(
                "there is no API key: set the environment variable CARTESIA_API_KEY or give the \
                 client an API key or access token (https://play.cartesia.ai/keys)",
            )),
        }
    }

    /// Returns the base URL, checked: a credential may be sent to it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when it is invalid, or when it is unencrypted and on another machine and that
    /// is not [allowed](Self::with_plain_http_allowed).
    pub fn base_url(&self) -> Result<BaseUrl> {
        let url = match &self.base_url {
            Some(text) => text
                .parse::<BaseUrl>()
                .map_err(|error| config(error.to_string()))?,
            None => BaseUrl::default(),
        };
        self.allowed(url)
    }

    /// Returns the base URL for links to files. By default that is `https://files.cartesia.ai` for the public
    /// service, and the [base URL](Self::base_url) for any other.
    ///
    /// # Errors
    ///
    /// As [`base_url`](Self::base_url).
    pub fn files_base_url(&self) -> Result<BaseUrl> {
        if let Some(text) = &self.files_base_url {
            let url = text.parse::<BaseUrl>();
            return self
                .allowed(url.map_err(|error| config(format!("the base URL of files: {error}")))?);
        }
        let url = self.base_url()?;
        if url == BaseUrl::public() {
            return Ok(BaseUrl::public_files());
        }
        Ok(url)
    }

    /// An address to which a credential may be sent.
    fn allowed(&self, url: BaseUrl) -> Result<BaseUrl> {
        if url.is_encrypted() || url.is_loopback() || self.allow_plain_http {
            return Ok(url);
        }
        Err(config(format!(
            "{url} is not encrypted and not on this machine, so the credential would travel in clear \
             text: use https, or allow it with `allow_plain_http(true)` on the builder"
        )))
    }

    /// Returns the API version.
    pub fn api_version(&self) -> ApiVersion {
        self.api_version
    }

    /// Returns proxies and certificate authorities.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Returns the route to the service: direct, or through which proxy, and why.
    ///
    /// # Errors
    ///
    /// As [`base_url`](Self::base_url), and [`ErrorKind::Config`] when an environment variable that names a
    /// proxy is invalid.
    pub fn route(&self) -> Result<Route> {
        Route::resolve(&self.base_url()?, &self.network)
    }

    /// Returns the headers of every request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when one of them is [reserved](is_reserved).
    pub fn headers(&self) -> Result<&HeaderMap> {
        match self.headers.keys().find(|name| is_reserved(name)) {
            None => Ok(&self.headers),
            Some(name) => Err(config(format!(
                "the header {name} belongs to the connection and cannot be set"
            ))),
        }
    }

    /// Returns the time limits.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Returns when a failed request is retried.
    pub fn retry(&self) -> &RetryPolicy {
        &self.retry
    }

    /// Returns the settings for permits of the limiter.
    pub fn permits(&self) -> Permits {
        Permits::new(self.limiter.clone(), self.priority, self.timeouts.permit)
    }
}

fn config(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, OPERATION, message)
}

impl fmt::Debug for Settings {
    /// Leaves out header values, which may be secret, and the base URLs, which may contain a password until
    /// they have been refused.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("credential", &self.credential)
            .field("api_version", &self.api_version)
            .field("allow_plain_http", &self.allow_plain_http)
            .field("network", &self.network)
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .field("limiter", &self.limiter)
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    const KEY: (&str, &str) = ("CARTESIA_API_KEY", "sk_canary\n");

    fn from(pairs: &[(&str, &str)]) -> Result<Settings> {
        Settings::from_variables(|name| {
            let pair = pairs.iter().find(|pair| pair.0 == name);
            pair.map(|pair| pair.1.to_owned())
                .ok_or(VarError::NotPresent)
        })
    }

    fn base_url(url: &str) -> Result<BaseUrl> {
        from(&[KEY, ("CARTESIA_BASE_URL", url)])?.base_url()
    }

    /// The text of an error, which must be of the settings and show no secret.
    fn refused<T: fmt::Debug>(outcome: Result<T>) -> String {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        error.to_string()
    }

    #[test]
    fn variables_are_followed() {
        let settings = from(&[
            KEY,
            ("CARTESIA_BASE_URL", "localhost:1/prefix"),
            ("CARTESIA_VERSION", " 2025-04-16 "),
        ])
        .unwrap();
        let credential = settings.credential().unwrap();
        assert!(matches!(&credential, Credential::ApiKey(key) if key.expose() == "sk_canary"));
        assert_eq!(
            settings.base_url().unwrap().to_string(),
            "http://localhost:1/prefix"
        );
        assert_eq!(settings.api_version(), ApiVersion::V2025_04_16);

        let empty = from(&[("CARTESIA_BASE_URL", ""), ("CARTESIA_VERSION", " ")]).unwrap();
        assert_eq!(empty.base_url().unwrap(), BaseUrl::public());
        assert_eq!(empty.api_version(), ApiVersion::default());
    }

    #[test]
    fn a_missing_or_invalid_credential_is_explained() {
        for pairs in [
            &[][..],
            &[("CARTESIA_API_KEY", "")],
            &[("CARTESIA_API_KEY", " \n")],
        ] {
            let text = refused(from(pairs).unwrap().credential());
            assert!(text.contains("CARTESIA_API_KEY"), "{text}");
        }
        for (key, reason) in [
            ("canary with a space", "HTTP header"),
            ("canary\nline", "HTTP header"),
            ("", "empty"),
            ("sk_car_admin_canary", "admin key"),
        ] {
            let text = refused(Settings::new().with_api_key(key).credential());
            assert!(text.contains(reason), "{text}");
        }
    }

    #[test]
    fn plain_connections_go_to_this_machine_alone() {
        for scheme in ["http", "ws"] {
            assert!(base_url(&format!("{scheme}://127.0.0.1:1")).is_ok());
            for host in [
                "example.com",
                "app.localhost",
                "localhost.",
                "127.0.0.1.nip.io",
            ] {
                let text = refused(base_url(&format!("{scheme}://{host}")));
                assert!(text.contains("allow_plain_http"), "{text}");
            }
        }
        assert!(base_url("localhost:1").is_ok());
        let allowed = Settings::new()
            .with_base_url("http://example.com")
            .with_plain_http_allowed(true);
        assert!(allowed.base_url().is_ok());
    }

    #[test]
    fn files_are_shared_beside_the_public_service() {
        let files = |pairs: &[(&str, &str)]| from(pairs).unwrap().files_base_url();
        let base = "CARTESIA_BASE_URL";
        let own = "CARTESIA_FILES_BASE_URL";
        for (pairs, url) in [
            (&[KEY][..], "https://files.cartesia.ai"),
            (
                &[(base, "https://api.cartesia.ai")],
                "https://files.cartesia.ai",
            ),
            // The key of one service is never sent to another.
            (&[(base, "https://eu.example/x")], "https://eu.example/x"),
            (&[(base, "localhost:1")], "http://localhost:1"),
            (
                &[(base, "localhost:1"), (own, "localhost:2")],
                "http://localhost:2",
            ),
        ] {
            assert_eq!(files(pairs).unwrap().to_string(), url);
        }
        for url in ["http://example.com", "https://canary:canary@x"] {
            refused(files(&[(own, url)]));
        }
    }

    #[test]
    fn broken_variables_are_named() {
        let text = refused(base_url("ftp://canary:canary@x"));
        assert!(text.contains("base URL"), "{text}");
        let text = refused(from(&[KEY, ("CARTESIA_VERSION", "latest")]));
        assert!(
            text.contains("CARTESIA_VERSION") && text.contains("2026-08-14"),
            "{text}"
        );
        let not_unicode = |_| Err(VarError::NotUnicode(OsString::from("canary")));
        let text = refused(Settings::from_variables(not_unicode));
        assert!(text.contains("CARTESIA_API_KEY is not UTF-8"), "{text}");
    }

    #[test]
    fn reserved_headers_are_refused() {
        let with = |name| {
            let value = HeaderValue::from_static("canary");
            Settings::new().with_header(HeaderName::from_static(name), value)
        };
        assert!(with("x-trace").headers().is_ok());
        for name in ["host", "sec-websocket-key", "content-length"] {
            let text = refused(with(name).headers().map(HeaderMap::len));
            assert!(text.contains(name), "{text}");
        }
    }

    #[test]
    fn nothing_secret_is_shown() {
        let settings = from(&[KEY, ("CARTESIA_BASE_URL", "https://canary:canary@x")]).unwrap();
        let proxy = "http://user:canary@proxy".parse().unwrap();
        let settings = settings
            .with_network(Network::new().with_proxy(crate::network::Proxy::fixed(proxy)))
            .with_header(
                HeaderName::from_static("x-key"),
                HeaderValue::from_static("canary"),
            );
        assert!(!format!("{settings:?}").contains("canary"), "{settings:?}");
    }
}
