//! Proxies and TLS of the HTTP client.
//!
//! The TLS configuration is our own, with an explicit crypto provider: a process that links two
//! providers has no default one, and libraries that rely on it panic there.

use cartesia_types::network::{Network, Proxy};
use cartesia_types::{BaseUrl, ErrorKind};
use reqwest::NoProxy;

use crate::{Error, Result};

/// Sets up how the HTTP client reaches the service.
pub(crate) fn configure(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
    network: &Network,
) -> Result<reqwest::ClientBuilder> {
    let builder = with_proxy(builder, base_url, &network.proxy)?;
    with_tls(builder, base_url, network)
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::Config, "client", message)
}

fn with_proxy(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
    proxy: &Proxy,
) -> Result<reqwest::ClientBuilder> {
    match proxy {
        // What the environment says of proxies is meant for the way out of this machine.
        Proxy::Environment if base_url.is_loopback() => Ok(builder.no_proxy()),
        Proxy::Environment => Ok(builder),
        Proxy::Fixed(fixed) => {
            let proxy = reqwest::Proxy::all(fixed.url().expose()).map_err(|_| {
                // The cause would show the URL, with its password.
                failed(&format!("the proxy {} cannot be used", fixed.url()))
            })?;
            let bypass = fixed.bypass().and_then(NoProxy::from_string);
            Ok(builder.no_proxy().proxy(proxy.no_proxy(bypass)))
        }
        // `Direct`, and what a later version of the types adds before this crate knows it.
        _ => Ok(builder.no_proxy()),
    }
}

/// Adds TLS, if the base URL needs it. Redirects never leave the origin, so a client of a plain
/// address never meets TLS, and works on a machine without root certificates.
#[cfg(feature = "rustls")]
fn with_tls(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
    network: &Network,
) -> Result<reqwest::ClientBuilder> {
    use std::sync::Arc;

    use rustls::pki_types::CertificateDer;
    use rustls_platform_verifier::Verifier;

    let tls_failed = |error: rustls::Error| {
        failed(
            "TLS could not be set up: the operating system has no root certificates (package \
             ca-certificates), or an extra one is broken",
        )
        .with_source(error)
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(tls_failed)?;
    let config = if base_url.is_encrypted() {
        let extra = network
            .extra_roots
            .iter()
            .map(|root| CertificateDer::from(root.as_der().to_vec()));
        let verifier = Verifier::new_with_extra_roots(extra, provider).map_err(tls_failed)?;
        config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        config.with_root_certificates(rustls::RootCertStore::empty())
    };
    Ok(builder
        .https_only(base_url.is_encrypted())
        .tls_backend_preconfigured(config.with_no_client_auth()))
}

/// Leaves TLS to the operating system.
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
    network: &Network,
) -> Result<reqwest::ClientBuilder> {
    let mut roots = Vec::new();
    for root in &network.extra_roots {
        let root = reqwest::Certificate::from_der(root.as_der())
            .map_err(|error| failed("an extra root certificate is broken").with_source(error))?;
        roots.push(root);
    }
    Ok(builder
        .https_only(base_url.is_encrypted())
        .tls_backend_native()
        .tls_certs_merge(roots))
}

/// Without a TLS feature only plain HTTP is left.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
    _: &Network,
) -> Result<reqwest::ClientBuilder> {
    if base_url.is_encrypted() {
        return Err(failed(
            "this build has no TLS: enable the feature `rustls` or `native-tls`",
        ));
    }
    Ok(builder)
}
