//! TLS on tokio: by rustls, by the operating system, or not at all, as the features say. The configuration
//! and the explanation of what failed are those of all transports.

#[cfg(feature = "rustls")]
pub(crate) use self::by_rustls::{Stream, Tls};
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
pub(crate) use self::by_system::{Stream, Tls};
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) use self::missing::{Stream, Tls};

/// Why a handshake failed, in words for people.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn reason(error: &(dyn std::error::Error + 'static)) -> &'static str {
    let failure = cartesia_core::tls::ConnectFailure::of(error);
    failure.map_or("the TLS handshake failed", |failure| failure.reason())
}

#[cfg(feature = "rustls")]
mod by_rustls {
    use std::sync::Arc;

    use cartesia_core::network::Network;
    use cartesia_core::tls;
    use tokio::io::{AsyncRead, AsyncWrite};
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::pki_types::ServerName;

    use crate::Result;
    use crate::attempt::Attempt;

    pub(crate) type Stream<S> = tokio_rustls::client::TlsStream<S>;

    /// The trusted roots and the TLS settings.
    pub(crate) struct Tls(TlsConnector);

    impl Tls {
        pub(crate) fn new(network: &Network) -> Result<Self> {
            let config = tls::rustls_config(network)?;
            Ok(Self(TlsConnector::from(Arc::new(config))))
        }

        /// Encrypts a connection to `host`. Errors name it as `whose`; the service has no such name.
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
                let why = format_args!("{whose}{}", super::reason(&error));
                attempt.failed(why).with_source(error)
            })
        }
    }
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
mod by_system {
    use cartesia_core::network::Network;
    use cartesia_core::tls;
    use tokio::io::{AsyncRead, AsyncWrite};
    use tokio_native_tls::TlsConnector;

    use crate::Result;
    use crate::attempt::Attempt;

    pub(crate) type Stream<S> = tokio_native_tls::TlsStream<S>;

    /// The trusted roots and the TLS settings.
    pub(crate) struct Tls(TlsConnector);

    impl Tls {
        pub(crate) fn new(network: &Network) -> Result<Self> {
            Ok(Self(tls::native_config(network)?.into()))
        }

        /// Encrypts a connection to `host`. Errors name it as `whose`; the service has no such name.
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
                let why = format_args!("{whose}{}", super::reason(&error));
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

    use cartesia_core::network::Network;
    use cartesia_core::tls;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use crate::Result;
    use crate::attempt::Attempt;

    /// There is no value of it.
    pub(crate) struct Tls(Infallible);

    impl Tls {
        pub(crate) fn new(_: &Network) -> Result<Self> {
            Err(tls::unavailable())
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
