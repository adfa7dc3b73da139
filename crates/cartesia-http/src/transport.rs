//! Proxy and TLS of the HTTP client.

use cartesia_core::network::{Network, Route};
use cartesia_core::{BaseUrl, Error, ErrorKind, Result, tls};

/// Sets up how the HTTP client reaches the service. Redirects never leave the origin, so the way to the
/// base URL is the only one.
pub(crate) fn configure(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
    network: &Network,
    route: &Route,
) -> Result<reqwest::ClientBuilder> {
    // The route is decided; the library must not read the environment itself.
    let mut builder = builder.no_proxy().https_only(base_url.is_encrypted());
    if let Some(proxy) = route.proxy() {
        // The cause would show the URL, with its password.
        let proxy = reqwest::Proxy::all(proxy.expose()).map_err(|_| {
            let message = format!("the proxy {proxy} cannot be used");
            Error::new(ErrorKind::Config, "client", message)
        })?;
        builder = builder.proxy(proxy);
    }
    with_tls(builder, network, route.needs_tls(base_url))
}

#[cfg(feature = "rustls")]
fn with_tls(
    builder: reqwest::ClientBuilder,
    network: &Network,
    needed: bool,
) -> Result<reqwest::ClientBuilder> {
    // The library wants a configuration even if it never uses TLS.
    let config = if needed {
        tls::rustls_config(network)?
    } else {
        tls::rustls_config_without_roots()?
    };
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    network: &Network,
    _: bool,
) -> Result<reqwest::ClientBuilder> {
    Ok(builder.tls_backend_preconfigured(tls::native_config(network)?))
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    _: &Network,
    needed: bool,
) -> Result<reqwest::ClientBuilder> {
    if needed {
        return Err(tls::unavailable());
    }
    Ok(builder)
}

/// Builds the HTTP client.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[expect(clippy::unnecessary_wraps, reason = "without TLS it can fail")]
pub(crate) fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Result<reqwest::Client>> {
    Ok(builder.build())
}

/// Builds the HTTP client. Another crate of the program may have enabled TLS in the library without a crypto provider:
/// the library panics then, and has no way to ask before.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Result<reqwest::Client>> {
    without_panic(|| builder.build())
}

#[cfg(any(test, not(any(feature = "rustls", feature = "native-tls"))))]
fn without_panic<T>(build: impl FnOnce() -> T) -> Result<T> {
    // The builder is gone afterwards: nothing can observe what the panic left of it.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(build)).map_err(|_| {
        let message = "the HTTP client cannot be set up: another crate of this program enables the feature \
                       `rustls-no-provider` of `reqwest`; install a default crypto provider of rustls before, or \
                       enable the feature `rustls` of the Cartesia crates";
        Error::new(ErrorKind::Config, "client", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_panics_is_an_error() {
        assert_eq!(without_panic(|| 1).unwrap(), 1);
        let error = without_panic(|| panic!("no provider")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("rustls-no-provider"), "{error}");
    }
}
