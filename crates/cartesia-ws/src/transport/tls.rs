//! TLS by rustls, by the operating system, or not at all, as the features say.
//!
//! The configuration is our own, with an explicit crypto provider: a process that links two
//! providers has no default one, and libraries that rely on it panic there.

#[cfg(feature = "rustls")]
pub(crate) use self::by_rustls::{Stream, Tls};
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
pub(crate) use self::by_system::{Stream, Tls};
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) use self::missing::{Stream, Tls};

#[cfg(feature = "rustls")]
mod by_rustls {
    use std::io;
    use std::sync::Arc;

    use cartesia_types::ErrorKind;
    use cartesia_types::network::Network;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{CertificateError, ClientConfig};
    use rustls_platform_verifier::Verifier;
    use tokio::io::{AsyncRead, AsyncWrite};
    use tokio_rustls::TlsConnector;

    use crate::Error;
    use crate::Result;
    use crate::connect::Attempt;

    pub(crate) type Stream<S> = tokio_rustls::client::TlsStream<S>;

    /// What is trusted, and how it is spoken.
    pub(crate) struct Tls(TlsConnector);

    impl Tls {
        pub(crate) fn new(operation: &'static str, network: &Network) -> Result<Self> {
            let failed = |error: rustls::Error| {
                let message = "TLS could not be set up: the operating system has no root \
                               certificates (package ca-certificates), or an extra one is broken";
                Error::new(ErrorKind::Config, operation, message).with_source(error)
            };
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let extra = network
                .extra_roots
                .iter()
                .map(|root| CertificateDer::from(root.as_der().to_vec()));
            let verifier =
                Verifier::new_with_extra_roots(extra, Arc::clone(&provider)).map_err(failed)?;
            let mut config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(failed)?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth();
            // The upgrade to WebSocket is one of HTTP/1.1.
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok(Self(TlsConnector::from(Arc::new(config))))
        }

        /// Encrypts a connection to `host`, which errors call `whose`, or nothing if it is the
        /// service.
        pub(crate) async fn handshake<S>(
            &self,
            attempt: &Attempt,
            whose: &str,
            host: &str,
            stream: S,
        ) -> Result<Stream<S>>
        where
            S: AsyncRead + AsyncWrite + Unpin,
        {
            let name = ServerName::try_from(host.to_owned()).map_err(|error| {
                let why = format_args!("{whose}the host name is not valid in a certificate");
                attempt.failed(why).with_source(error)
            })?;
            self.0.connect(name, stream).await.map_err(|error| {
                let why = format_args!("{whose}{}", reason(&error));
                attempt.failed(why).with_source(error)
            })
        }
    }

    /// What people have to know of a failed handshake.
    fn reason(error: &io::Error) -> &'static str {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
        match cause {
            Some(rustls::Error::InvalidCertificate(error)) => match error {
                // The second is one of another authority of the same name.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    "its certificate is from an authority that is not trusted here (if it should \
                     be, add it with `Network::with_extra_roots`)"
                }
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => {
                    "its certificate is for another host name"
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "its certificate has expired, or the clock of this machine is wrong"
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "its certificate is not valid yet, or the clock of this machine is wrong"
                }
                CertificateError::Revoked => "its certificate was revoked",
                _ => "its certificate is not valid",
            },
            Some(rustls::Error::InvalidMessage(_)) => "it does not speak TLS",
            _ => "the TLS handshake failed",
        }
    }
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
mod by_system {
    use cartesia_types::ErrorKind;
    use cartesia_types::network::Network;
    use native_tls::Certificate;
    use tokio::io::{AsyncRead, AsyncWrite};
    use tokio_native_tls::TlsConnector;

    use crate::Error;
    use crate::Result;
    use crate::connect::Attempt;

    pub(crate) type Stream<S> = tokio_native_tls::TlsStream<S>;

    /// What is trusted, and how it is spoken.
    pub(crate) struct Tls(TlsConnector);

    impl Tls {
        pub(crate) fn new(operation: &'static str, network: &Network) -> Result<Self> {
            let failed = |message: &str, error: native_tls::Error| {
                Error::new(ErrorKind::Config, operation, message).with_source(error)
            };
            // No protocol is offered (ALPN): that means HTTP/1.1, of which the upgrade is one.
            let mut builder = native_tls::TlsConnector::builder();
            for root in &network.extra_roots {
                let root = Certificate::from_der(root.as_der())
                    .map_err(|error| failed("an extra root certificate is broken", error))?;
                builder.add_root_certificate(root);
            }
            let connector = builder
                .build()
                .map_err(|error| failed("TLS could not be set up", error))?;
            Ok(Self(connector.into()))
        }

        /// Encrypts a connection to `host`, which errors call `whose`, or nothing if it is the
        /// service.
        pub(crate) async fn handshake<S>(
            &self,
            attempt: &Attempt,
            whose: &str,
            host: &str,
            stream: S,
        ) -> Result<Stream<S>>
        where
            S: AsyncRead + AsyncWrite + Unpin,
        {
            self.0.connect(host, stream).await.map_err(|error| {
                let why = format_args!("{whose}the TLS handshake failed");
                attempt.failed(why).with_source(error)
            })
        }
    }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
mod missing {
    use std::convert::Infallible;
    use std::io;
    use std::marker::PhantomData;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use cartesia_types::ErrorKind;
    use cartesia_types::network::Network;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use crate::Error;
    use crate::Result;
    use crate::connect::Attempt;

    /// There is no value of it.
    pub(crate) struct Tls(Infallible);

    impl Tls {
        pub(crate) fn new(operation: &'static str, _: &Network) -> Result<Self> {
            let message = "this build has no TLS: enable the feature `rustls` or `native-tls`";
            Err(Error::new(ErrorKind::Config, operation, message))
        }

        #[expect(clippy::unused_async, reason = "as with TLS")]
        pub(crate) async fn handshake<S>(
            &self,
            _: &Attempt,
            _: &str,
            _: &str,
            _: S,
        ) -> Result<Stream<S>> {
            match self.0 {}
        }
    }

    /// There is no value of it.
    pub(crate) struct Stream<S>(Infallible, PhantomData<S>);

    impl<S: Unpin> AsyncRead for Stream<S> {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            match self.0 {}
        }
    }

    impl<S: Unpin> AsyncWrite for Stream<S> {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            match self.0 {}
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            match self.0 {}
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            match self.0 {}
        }
    }
}
