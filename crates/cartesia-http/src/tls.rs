//! TLS of the HTTP client.
//!
//! The configuration is our own, with an explicit crypto provider: a process that links two
//! providers has no default one, and libraries that rely on it panic there.

use cartesia_types::BaseUrl;

use crate::Result;

/// Adds TLS to the HTTP client, if the base URL needs it. Redirects never leave the origin, so a
/// client of a plain address never meets TLS, and works on a machine without root certificates.
#[cfg(feature = "rustls")]
pub(crate) fn configure(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
) -> Result<reqwest::ClientBuilder> {
    use std::sync::Arc;

    use cartesia_types::ErrorKind;
    use rustls_platform_verifier::BuilderVerifierExt as _;

    let failed = |error: rustls::Error| {
        crate::Error::new(
            ErrorKind::Config,
            "client",
            "TLS could not be set up; is the package of root certificates (ca-certificates) installed?",
        )
        .with_source(error)
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    let config = if base_url.is_encrypted() {
        config.with_platform_verifier().map_err(failed)?
    } else {
        config.with_root_certificates(rustls::RootCertStore::empty())
    };
    Ok(builder
        .https_only(base_url.is_encrypted())
        .tls_backend_preconfigured(config.with_no_client_auth()))
}

/// Leaves TLS to the operating system.
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the other configurations can fail"
)]
pub(crate) fn configure(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
) -> Result<reqwest::ClientBuilder> {
    Ok(builder
        .https_only(base_url.is_encrypted())
        .tls_backend_native())
}

/// Without a TLS feature only plain HTTP is left.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) fn configure(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
) -> Result<reqwest::ClientBuilder> {
    if base_url.is_encrypted() {
        return Err(crate::Error::new(
            cartesia_types::ErrorKind::Config,
            "client",
            "this build has no TLS: enable the feature `rustls` or `native-tls`",
        ));
    }
    Ok(builder)
}
