//! TLS: one configuration for all transports, and one explanation of why a connection failed.
//!
//! The configuration is our own, with an explicit crypto provider: a process that links two providers
//! has no default one, and libraries that rely on it panic there.

use std::error::Error as StdError;
use std::io;

use cartesia_types::{Error, ErrorKind};

// Each client takes the one that its own features choose: another crate may have switched on more.
#[cfg(feature = "rustls")]
pub use self::by_rustls::{rustls_config, rustls_config_without_roots};
#[cfg(feature = "native-tls")]
pub use self::by_system::native_config;

const OPERATION: &str = "client";

#[cfg(feature = "rustls")]
mod by_rustls {
    use std::sync::{Arc, Mutex, PoisonError};

    use cartesia_types::Result;
    use rustls::pki_types::CertificateDer;
    use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
    use rustls_platform_verifier::Verifier;

    use super::{Error, ErrorKind, OPERATION};
    use crate::network::{Network, RootCertificate};

    /// The configurations of this process, with the extra roots of each, oldest first.
    static MADE: Mutex<Vec<(Vec<RootCertificate>, ClientConfig)>> = Mutex::new(Vec::new());
    /// How many of them are kept.
    const MOST: usize = 4;

    /// Returns the TLS configuration of a client: the roots of the operating system and the extra ones,
    /// for HTTP/1.1.
    ///
    /// Clients with the same extra roots share it, and with it the sessions that they resume: over HTTP, over a
    /// WebSocket, and after a reconnect. So the roots of the operating system are those of the first of them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when the operating system has no root certificates, or an extra one is
    /// invalid.
    #[doc(hidden)]
    pub fn rustls_config(network: &Network) -> Result<ClientConfig> {
        let roots = &network.extra_roots;
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, config)) = made.iter().find(|(of, _)| of == roots) {
            return Ok(config.clone());
        }
        let config = make_config(roots)?;
        if made.len() == MOST {
            made.remove(0);
        }
        made.push((roots.clone(), config.clone()));
        Ok(config)
    }

    fn make_config(extra_roots: &[RootCertificate]) -> Result<ClientConfig> {
        let builder = builder()?;
        let extra = extra_roots
            .iter()
            .map(|root| CertificateDer::from(root.as_der().to_vec()));
        let provider = Arc::clone(builder.crypto_provider());
        let verifier = Verifier::new_with_extra_roots(extra, provider).map_err(failed)?;
        let builder = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = builder.with_no_client_auth();
        // Streams share no connection, and the upgrade to a WebSocket is one of HTTP/1.1.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Returns a configuration that trusts no certificate, for clients that never use TLS but whose
    /// library wants a configuration: they work on a machine without root certificates.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when TLS cannot be set up.
    #[doc(hidden)]
    pub fn rustls_config_without_roots() -> Result<ClientConfig> {
        let builder = builder()?.with_root_certificates(RootCertStore::empty());
        Ok(builder.with_no_client_auth())
    }

    fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)
    }

    fn failed(error: rustls::Error) -> Error {
        let message = "TLS cannot be set up: the operating system has no root certificates (package \
                       ca-certificates), or an extra one is invalid";
        Error::new(ErrorKind::Config, OPERATION, message).with_source(error)
    }
}

#[cfg(feature = "native-tls")]
mod by_system {
    use cartesia_types::Result;
    use native_tls::{Certificate, TlsConnector};

    use super::{Error, ErrorKind, OPERATION};
    use crate::network::Network;

    /// Returns the TLS configuration of a client: the roots of the operating system and the extra ones.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when TLS cannot be set up, or an extra root certificate is invalid.
    #[doc(hidden)]
    pub fn native_config(network: &Network) -> Result<TlsConnector> {
        let failed = |message: &str, error: native_tls::Error| {
            Error::new(ErrorKind::Config, OPERATION, message).with_source(error)
        };
        // No protocol is offered (ALPN): that means HTTP/1.1.
        let mut builder = TlsConnector::builder();
        for root in &network.extra_roots {
            let root = Certificate::from_der(root.as_der())
                .map_err(|error| failed("an extra root certificate is invalid", error))?;
            builder.add_root_certificate(root);
        }
        builder
            .build()
            .map_err(|error| failed("TLS cannot be set up", error))
    }
}

/// Returns the error of a client that needs TLS but was built without a TLS feature.
#[doc(hidden)]
pub fn unavailable() -> Error {
    let message = "this build has no TLS: enable the feature `rustls` or `native-tls`";
    Error::new(ErrorKind::Config, OPERATION, message)
}

/// The cause of a connection that failed because a proxy refused the login, or wants one.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("user name and password")]
pub struct ProxyLoginRefused;

/// The reason why a connection failed, as text for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectFailure {
    reason: &'static str,
    permanent: bool,
}

impl ConnectFailure {
    /// Finds the reason in an error and its causes; `None` when there is nothing to add to their texts.
    pub fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        chain(error).find_map(of_one)
    }

    /// Returns a clause whose subject is the other side, for example "its certificate has expired".
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// Returns whether a retry cannot succeed until the setup is changed.
    pub fn is_permanent(&self) -> bool {
        self.permanent
    }

    const fn permanent(reason: &'static str) -> Self {
        Self {
            reason,
            permanent: true,
        }
    }

    const fn temporary(reason: &'static str) -> Self {
        Self {
            reason,
            permanent: false,
        }
    }
}

/// An error and all of its causes, those inside an [`io::Error`] included, which
/// [`source`](StdError::source) skips.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| cause_of(error))
}

fn cause_of<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn of_one(error: &(dyn StdError + 'static)) -> Option<ConnectFailure> {
    #[cfg(feature = "rustls")]
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(of_rustls(error));
    }
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    if let Some(error) = error.downcast_ref::<native_tls::Error>() {
        return Some(of_system(error));
    }
    if error.is::<ProxyLoginRefused>() {
        return Some(PROXY_LOGIN);
    }
    // These errors of the HTTP library have no public type.
    match error.to_string().as_str() {
        "dns error" => Some(ConnectFailure::temporary(
            "its host name cannot be resolved",
        )),
        "tunnel error: proxy authorization required" => Some(PROXY_LOGIN),
        _ => None,
    }
}

const PROXY_LOGIN: ConnectFailure = ConnectFailure::permanent(
    "the proxy requires a user name and password, or rejected those it received (407)",
);

#[cfg(feature = "rustls")]
fn of_rustls(error: &rustls::Error) -> ConnectFailure {
    use rustls::CertificateError as Certificate;

    let rustls::Error::InvalidCertificate(error) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => ConnectFailure::permanent("it does not speak TLS"),
            _ => ConnectFailure::temporary("the TLS handshake failed"),
        };
    };
    ConnectFailure::permanent(match error {
        // The second one is another authority of the same name.
        Certificate::UnknownIssuer | Certificate::BadSignature => {
            "its certificate is from an authority that is not trusted here (to trust it, add it with \
             `Network::with_extra_roots`)"
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "its certificate is for another host name"
        }
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            "its certificate has expired, or the clock of this machine is wrong"
        }
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "its certificate is not valid yet, or the clock of this machine is wrong"
        }
        Certificate::Revoked => "its certificate was revoked",
        _ => "its certificate is invalid",
    })
}

/// The libraries of the operating systems have nothing in common but that they name the certificate.
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn of_system(error: &native_tls::Error) -> ConnectFailure {
    if error.to_string().to_lowercase().contains("certificate") {
        ConnectFailure::permanent("its certificate is not trusted here, or invalid")
    } else {
        ConnectFailure::temporary("the TLS handshake failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "rustls")]
    #[test]
    fn certificate_errors_are_found_under_wrappers_and_are_permanent() {
        use rustls::{AlertDescription, CertificateError};

        for (error, reason, permanent) in [
            (
                rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer),
                "not trusted here",
                true,
            ),
            (
                rustls::Error::InvalidCertificate(CertificateError::Expired),
                "has expired",
                true,
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::InternalError),
                "handshake failed",
                false,
            ),
        ] {
            let wrapped = io::Error::other(io::Error::other(error));
            let failure = ConnectFailure::of(&wrapped).unwrap();
            assert!(failure.reason().contains(reason), "{failure:?}");
            assert_eq!(failure.is_permanent(), permanent);
        }
    }

    #[test]
    fn what_is_not_known_is_not_explained() {
        let login = io::Error::other(ProxyLoginRefused);
        assert!(ConnectFailure::of(&login).unwrap().is_permanent());
        for kind in [
            io::ErrorKind::ConnectionRefused,
            io::ErrorKind::ConnectionReset,
        ] {
            assert_eq!(ConnectFailure::of(&io::Error::from(kind)), None);
        }
        assert_eq!(ConnectFailure::of(&io::Error::other("odd")), None);
    }
}
