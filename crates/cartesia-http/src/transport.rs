//! The client of the HTTP library, with the proxy and TLS of a route.

use std::sync::OnceLock;
use std::time::Duration;

use cartesia_core::network::{Network, Route};
use cartesia_core::{BaseUrl, Error, ErrorKind, Result, tls};

use crate::redirects;

/// How long a kept-alive connection may be idle. Load balancers close theirs after 60 s, perhaps just as
/// the next request is sent; the margin allows for timers that run at a different pace.
const POOL_IDLE: Duration = Duration::from_secs(40);

/// How requests reach the service: the client of the library, with its pool of connections.
///
/// It is made for the first request: a program that uses nothing but WebSockets does not load the code for it.
pub(crate) struct Transport {
    client: OnceLock<reqwest::Client>,
    make: Box<dyn Fn() -> Result<reqwest::Client> + Send + Sync>,
}

impl Transport {
    /// Refuses a proxy and TLS settings that cannot be used.
    pub(crate) fn new(
        base_url: BaseUrl,
        network: Network,
        route: Route,
        connect_timeout: Option<Duration>,
    ) -> Result<Self> {
        // All that rustls needs on a plain way is always there.
        let cannot_fail =
            cfg!(feature = "rustls") && route.proxy().is_none() && !route.needs_tls(&base_url);
        let configure = move || configure(&base_url, &network, &route, connect_timeout);
        if !cannot_fail {
            drop(configure()?);
        }
        let make = move || {
            build(configure()?)?.map_err(|error| {
                let message = "the HTTP client cannot be set up";
                let error = error.without_url();
                Error::new(ErrorKind::Config, "client", message).with_root_cause(error)
            })
        };
        let transport = Self {
            client: OnceLock::new(),
            make: Box::new(make),
        };
        // Here the other crates of the program decide whether the library works.
        #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
        transport.client()?;
        Ok(transport)
    }

    /// Returns the client of the library, and makes it first if there is none.
    pub(crate) fn client(&self) -> Result<&reqwest::Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Two calls may come here at once; one of the clients is dropped, and was not used.
        let client = (self.make)()?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Sets up how the client of the library reaches the service. Redirects never leave the origin, so the way to
/// the base URL is the only one.
fn configure(
    base_url: &BaseUrl,
    network: &Network,
    route: &Route,
    connect_timeout: Option<Duration>,
) -> Result<reqwest::ClientBuilder> {
    let mut builder = reqwest::Client::builder()
        // The route is decided; the library must not read the environment itself.
        .no_proxy()
        .https_only(base_url.is_encrypted())
        // One connection per stream. Over HTTP/2 all streams would share one connection, wait for
        // each other's lost packets, and queue once the server's limit of streams is reached.
        .http1_only()
        .pool_idle_timeout(POOL_IDLE)
        .redirect(redirects::policy())
        .referer(false);
    if let Some(limit) = connect_timeout {
        builder = builder.connect_timeout(limit);
    }
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

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[expect(clippy::unnecessary_wraps, reason = "without TLS it can fail")]
fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Result<reqwest::Client>> {
    Ok(builder.build())
}

/// Another crate of the program may have enabled TLS in the library without a crypto provider: the library
/// panics then, and has no way to ask before.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Result<reqwest::Client>> {
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

    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    #[test]
    fn the_client_is_made_once_when_it_is_needed() {
        use cartesia_core::network::Proxy;

        for url in ["http://localhost:1", "https://localhost:1"] {
            let url: BaseUrl = url.parse().unwrap();
            let network = Network::default().with_proxy(Proxy::Direct);
            let route = Route::resolve(&url, &network).unwrap();
            let transport = Transport::new(url, network, route, None).unwrap();
            assert!(transport.client.get().is_none());
            let first = transport.client().unwrap();
            assert!(std::ptr::eq(first, transport.client().unwrap()));
        }
    }

    #[test]
    fn a_library_that_panics_is_an_error() {
        assert_eq!(without_panic(|| 1).unwrap(), 1);
        let error = without_panic(|| panic!("no provider")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("rustls-no-provider"), "{error}");
    }
}
