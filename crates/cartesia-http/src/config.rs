//! The builder of a client.

use std::sync::Arc;

use cartesia_core::network::Route;
use cartesia_core::{AdminKey, Authority, BaseUrl, Result, Settings, settings_setters};

use crate::api::Admin;
use crate::client::{Client, Host, Inner};
use crate::transport::Transport;

impl Client {
    /// Creates a client from the environment: `CARTESIA_API_KEY`, and if set `CARTESIA_BASE_URL`,
    /// `CARTESIA_FILES_BASE_URL` and `CARTESIA_VERSION`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](cartesia_core::ErrorKind::Config) when the key is missing or a variable is invalid.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Returns a builder for a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
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
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    settings: Settings,
    max_event_bytes: usize,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            max_event_bytes: crate::sse::DEFAULT_MAX_EVENT_BYTES,
        }
    }
}

impl ClientBuilder {
    /// Starts from the environment: `CARTESIA_API_KEY`, `CARTESIA_BASE_URL`,
    /// `CARTESIA_FILES_BASE_URL` and `CARTESIA_VERSION`. A variable that is empty counts as not set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](cartesia_core::ErrorKind::Config) when a variable is not UTF-8, or
    /// `CARTESIA_VERSION` is not a date. Other mistakes are reported by [`build`](Self::build).
    pub fn from_env() -> Result<Self> {
        Ok(Self::default().settings(Settings::from_env()?))
    }

    settings_setters!(settings);

    /// Limits the size of one server-sent event, in bytes; 16 MiB by default. This bounds the memory that a
    /// server can make a stream use.
    pub fn max_event_bytes(mut self, limit: usize) -> Self {
        self.max_event_bytes = limit;
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](cartesia_core::ErrorKind::Config) when the credential is missing or invalid, when
    /// the base URL is invalid or would send the credential unencrypted to another machine, when a header is
    /// reserved, or when TLS or the proxy cannot be set up (no root certificates on this machine, no TLS
    /// feature, an environment variable that is not the URL of a proxy).
    pub fn build(self) -> Result<Client> {
        let credential = self.settings.credential()?;
        self.connect(Authority::Caller(credential))
    }

    /// Builds the handle for calls about the account itself, with an admin key; a key or token that was set
    /// before is not used. Sends nothing.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_admin(self, key: AdminKey) -> Result<Admin> {
        Ok(self.connect(Authority::Admin(key.clone()))?.admin(key))
    }

    fn connect(self, authority: Authority) -> Result<Client> {
        let host = host(&self.settings, self.settings.base_url()?, None)?;
        let files_host = self::host(&self.settings, self.settings.files_base_url()?, Some(&host))?;
        let headers = self.settings.headers()?.clone();
        Ok(Client::from_inner(Inner {
            host,
            files_host,
            authority,
            api_version: self.settings.api_version(),
            timeouts: self.settings.timeouts(),
            retry: self.settings.retry().clone(),
            headers,
            permits: self.settings.permits(),
            max_event_bytes: self.max_event_bytes,
        }))
    }
}

/// Sets up the way to an address. It is shared with `other` if nothing about it differs.
fn host(settings: &Settings, base_url: BaseUrl, other: Option<&Host>) -> Result<Host> {
    let network = settings.network();
    let route = Route::resolve(&base_url, network)?;
    let shared = other.filter(|other| {
        other.route == route && other.base_url.is_encrypted() == base_url.is_encrypted()
    });
    let transport = if let Some(other) = shared {
        Arc::clone(&other.transport)
    } else {
        let connect_timeout = settings.timeouts().connect;
        let (network, route) = (network.clone(), route.clone());
        Arc::new(Transport::new(
            base_url.clone(),
            network,
            route,
            connect_timeout,
        )?)
    };
    Ok(Host {
        transport,
        base_url,
        route,
    })
}

#[cfg(test)]
mod tests {
    use cartesia_core::ErrorKind;

    use super::*;

    #[test]
    fn unusable_settings_are_refused_and_named() {
        let local = || Client::builder().base_url("http://localhost:1");
        let elsewhere = || Client::builder().base_url("http://example.com");
        for (builder, what) in [
            (local(), "CARTESIA_API_KEY"),
            (local().api_key("canary canary"), "HTTP header"),
            (elsewhere().api_key("sk_canary"), "allow_plain_http"),
            (
                Client::builder()
                    .api_key("sk_canary")
                    .base_url("https://canary:canary@x"),
                "base URL",
            ),
            (
                local()
                    .api_key("sk_canary")
                    .header(http::header::HOST, http::HeaderValue::from_static("canary")),
                "host",
            ),
        ] {
            let error = builder.build().expect_err(what);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(what), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
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
