//! What every client of the service is told, whatever its transport.

use std::env::VarError;
use std::fmt;

use crate::{
    AccessToken, ApiKey, ApiVersion, BaseUrl, Credential, Error, ErrorKind, InvalidApiVersion,
    InvalidBaseUrl, InvalidCredential,
};

/// How the service is reached, and as whom: address, credential and API version, as they were set and
/// not yet checked.
///
/// Builders of clients are made of it, so that all transports follow the same rules.
///
/// ```
/// use cartesia_types::{Access, ApiVersion};
///
/// // The environment of the program, or any other list of variables.
/// let access = Access::from_variables(|name| match name {
///     "CARTESIA_API_KEY" => Ok("sk_car_example".to_owned()),
///     "CARTESIA_BASE_URL" => Ok("localhost:8745".to_owned()),
///     _ => Err(std::env::VarError::NotPresent),
/// })?;
/// assert_eq!(access.base_url()?.join("/voices"), "http://localhost:8745/voices");
/// assert_eq!(access.api_version(), ApiVersion::LATEST);
/// # Ok::<(), cartesia_types::InvalidAccess>(())
/// ```
#[derive(Clone, Default)]
pub struct Access {
    credential: Option<Result<Credential, InvalidCredential>>,
    base_url: Option<String>,
    api_version: ApiVersion,
    allow_plain_http: bool,
}

impl Access {
    /// Of the public service, at the default API version, without a credential yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From environment variables: `CARTESIA_API_KEY`, `CARTESIA_BASE_URL` and `CARTESIA_VERSION`. One
    /// that is empty counts as not set. `read` is [`std::env::var`] in a program.
    ///
    /// # Errors
    ///
    /// [`InvalidAccess::NotUnicode`] and [`InvalidAccess::Version`]. Other mistakes are found when the
    /// settings are used.
    pub fn from_variables(
        read: impl Fn(&'static str) -> Result<String, VarError>,
    ) -> Result<Self, InvalidAccess> {
        let read = |name| match read(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(InvalidAccess::NotUnicode(name)),
        };
        let mut access = Self::new();
        if let Some(key) = read("CARTESIA_API_KEY")? {
            access = access.with_api_key(key);
        }
        if let Some(url) = read("CARTESIA_BASE_URL")? {
            access = access.with_base_url(url);
        }
        if let Some(version) = read("CARTESIA_VERSION")? {
            access.api_version = version.trim().parse()?;
        }
        Ok(access)
    }

    /// Sets the API key.
    #[must_use]
    pub fn with_api_key(mut self, key: impl Into<String>) -> Self {
        self.credential = Some(ApiKey::new(key).map(Credential::from));
        self
    }

    /// Sets an access token instead of a key.
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

    /// Sets where the service is; see [`BaseUrl`] for what is understood.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the API version.
    #[must_use]
    pub fn with_api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = version;
        self
    }

    /// Allows unencrypted connections to hosts other than this machine.
    #[must_use]
    pub fn with_plain_http_allowed(mut self, allowed: bool) -> Self {
        self.allow_plain_http = allowed;
        self
    }

    /// The API version.
    pub fn api_version(&self) -> ApiVersion {
        self.api_version
    }

    /// The credential.
    ///
    /// # Errors
    ///
    /// [`InvalidAccess::NoCredential`] and [`InvalidAccess::Credential`].
    pub fn credential(&self) -> Result<Credential, InvalidAccess> {
        match &self.credential {
            Some(credential) => Ok(credential.clone()?),
            None => Err(InvalidAccess::NoCredential),
        }
    }

    /// Where the service is: a place to which a credential may be sent.
    ///
    /// # Errors
    ///
    /// [`InvalidAccess::BaseUrl`], and [`InvalidAccess::NotEncrypted`] for a plain address of another
    /// machine, unless that is [allowed](Self::with_plain_http_allowed).
    pub fn base_url(&self) -> Result<BaseUrl, InvalidAccess> {
        let url = match &self.base_url {
            Some(text) => text.parse::<BaseUrl>()?,
            None => BaseUrl::default(),
        };
        if url.is_encrypted() || url.is_loopback() || self.allow_plain_http {
            Ok(url)
        } else {
            Err(InvalidAccess::NotEncrypted(url))
        }
    }
}

impl fmt::Debug for Access {
    /// Leaves out the base URL, which may hold a password until it has been refused.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("credential", &self.credential)
            .field("api_version", &self.api_version)
            .field("allow_plain_http", &self.allow_plain_http)
            .finish_non_exhaustive()
    }
}

/// Settings with which the service cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAccess {
    /// There is no credential.
    #[error(
        "there is no API key: set the environment variable CARTESIA_API_KEY or give the client a key \
         or access token (https://play.cartesia.ai/keys)"
    )]
    NoCredential,
    /// The credential cannot be one.
    #[error("the credential is not usable")]
    Credential(#[from] InvalidCredential),
    /// The base URL is none.
    #[error(transparent)]
    BaseUrl(#[from] InvalidBaseUrl),
    /// The base URL is not encrypted, and leads to another machine.
    #[error(
        "{0} is not encrypted and not on this machine: the key would travel in clear text; use https, \
         or call `allow_plain_http(true)`"
    )]
    NotEncrypted(BaseUrl),
    /// This environment variable is not UTF-8.
    #[error("the environment variable {0} is not UTF-8")]
    NotUnicode(&'static str),
    /// The environment variable `CARTESIA_VERSION` is not a date.
    #[error("CARTESIA_VERSION is not usable")]
    Version(#[from] InvalidApiVersion),
}

impl From<InvalidAccess> for Error {
    fn from(error: InvalidAccess) -> Self {
        let config = Self::new(ErrorKind::Config, "client", error.to_string());
        match error {
            InvalidAccess::Credential(source) => config.with_source(source),
            InvalidAccess::Version(source) => config.with_source(source),
            _ => config,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::ffi::OsString;

    use super::*;

    const KEY: (&str, &str) = ("CARTESIA_API_KEY", "sk_canary\n");

    fn from(pairs: &[(&str, &str)]) -> Result<Access, InvalidAccess> {
        Access::from_variables(|name| {
            let pair = pairs.iter().find(|pair| pair.0 == name);
            pair.map(|pair| pair.1.to_owned())
                .ok_or(VarError::NotPresent)
        })
    }

    fn base_url(url: &str) -> Result<BaseUrl, InvalidAccess> {
        from(&[KEY, ("CARTESIA_BASE_URL", url)])?.base_url()
    }

    #[test]
    fn variables_are_followed() {
        let access = from(&[
            KEY,
            ("CARTESIA_BASE_URL", "localhost:1/prefix"),
            ("CARTESIA_VERSION", " 2025-04-16 "),
        ])
        .unwrap();
        let credential = access.credential().unwrap();
        assert!(matches!(&credential, Credential::ApiKey(key) if key.expose() == "sk_canary"));
        assert_eq!(
            access.base_url().unwrap().to_string(),
            "http://localhost:1/prefix"
        );
        assert_eq!(access.api_version(), ApiVersion::V2025_04_16);

        let empty = from(&[("CARTESIA_BASE_URL", ""), ("CARTESIA_VERSION", " ")]).unwrap();
        assert_eq!(empty.base_url().unwrap(), BaseUrl::public());
        assert_eq!(empty.api_version(), ApiVersion::default());
    }

    #[test]
    fn a_missing_key_is_an_error_that_says_where_to_put_one() {
        for pairs in [
            &[][..],
            &[("CARTESIA_API_KEY", "")],
            &[("CARTESIA_API_KEY", " \n")],
        ] {
            let error = from(pairs).unwrap().credential().unwrap_err();
            assert_eq!(error, InvalidAccess::NoCredential);
            assert!(error.to_string().contains("CARTESIA_API_KEY"), "{error}");
        }
        let access = from(&[("CARTESIA_API_KEY", "canary with a space")]).unwrap();
        let error = access.credential().unwrap_err();
        let source = error.source().unwrap().to_string();
        assert!(source.contains("HTTP header"), "{source}");
    }

    #[test]
    fn plain_connections_go_to_this_machine_alone() {
        for scheme in ["http", "ws"] {
            assert!(base_url(&format!("{scheme}://127.0.0.1:1")).is_ok());
            let error = base_url(&format!("{scheme}://example.com")).unwrap_err();
            assert!(error.to_string().contains("allow_plain_http"), "{error}");
        }
        assert!(base_url("localhost:1").is_ok());
        let allowed = Access::new()
            .with_base_url("http://example.com")
            .with_plain_http_allowed(true);
        assert!(allowed.base_url().is_ok());
    }

    #[test]
    fn broken_variables_are_named() {
        let error = base_url("ftp://canary:canary@x").unwrap_err();
        assert!(error.to_string().contains("base URL"), "{error}");
        let error = from(&[KEY, ("CARTESIA_VERSION", "latest")]).unwrap_err();
        assert!(error.to_string().contains("CARTESIA_VERSION"), "{error}");
        let source = error.source().unwrap().to_string();
        assert!(source.contains("2026-08-14"), "{source}");
        let error = Access::from_variables(|_| Err(VarError::NotUnicode(OsString::from("canary"))));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("CARTESIA_API_KEY is not UTF-8"), "{error}");
    }

    #[test]
    fn nothing_secret_is_shown() {
        for pairs in [
            &[KEY, ("CARTESIA_BASE_URL", "https://canary:canary@x")][..],
            &[("CARTESIA_API_KEY", "canary with a space")],
        ] {
            let access = from(pairs).unwrap();
            let errors = (access.credential().err(), access.base_url().err());
            let shown = format!("{access:?} {errors:?}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
