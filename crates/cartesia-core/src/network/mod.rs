//! How the service is reached: proxies and certificate authorities, one setting for all transports.

mod proxy_url;
mod root_certificate;
mod route;

pub use proxy_url::{InvalidProxyUrl, ProxyScheme, ProxyUrl};
pub use root_certificate::{InvalidPem, RootCertificate};
pub use route::{Route, RouteReason};

/// Proxies, and certificate authorities beside those of the operating system.
///
/// ```
/// use cartesia_core::network::{Network, Proxy, RootCertificate};
///
/// let network = Network::new().with_proxy(Proxy::fixed("http://proxy.example:3128".parse()?));
/// # let pem = "";
/// let network = network.with_extra_roots(RootCertificate::all_from_pem(pem)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// The proxy for connections.
    pub proxy: Proxy,
    /// Certificate authorities to trust as well, for example that of a company's gateway.
    pub extra_roots: Vec<RootCertificate>,
}

impl Network {
    /// Creates settings with the proxy of the environment and the certificate authorities of the operating
    /// system.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the proxy for connections.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Adds certificate authorities to trust.
    #[must_use]
    pub fn with_extra_roots(mut self, roots: impl IntoIterator<Item = RootCertificate>) -> Self {
        self.extra_roots.extend(roots);
        self
    }
}

/// The proxy for connections.
#[doc(alias = "http proxy")]
#[doc(alias = "NO_PROXY")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxy {
    /// The proxy of the environment variables `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`, with the
    /// exceptions of `NO_PROXY`, in upper or lower case; none for a service on this machine.
    #[default]
    Environment,
    /// No proxy. Environment variables are ignored.
    Direct,
    /// A fixed proxy. Environment variables are ignored.
    Fixed(FixedProxy),
}

impl Proxy {
    /// Uses this proxy for every host.
    pub fn fixed(url: ProxyUrl) -> Self {
        Self::Fixed(FixedProxy { url, bypass: None })
    }

    /// Uses this proxy for every host except these: names (with all names below them), addresses, networks
    /// such as `10.0.0.0/8`, separated by commas, as in `NO_PROXY`.
    pub fn fixed_except(url: ProxyUrl, bypass: impl Into<String>) -> Self {
        let bypass = Some(bypass.into());
        Self::Fixed(FixedProxy { url, bypass })
    }
}

/// A proxy that does not depend on the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedProxy {
    url: ProxyUrl,
    bypass: Option<String>,
}

impl FixedProxy {
    /// Returns the address of the proxy.
    pub fn url(&self) -> &ProxyUrl {
        &self.url
    }

    /// Returns the hosts that are reached without it, in the form of `NO_PROXY`.
    pub fn bypass(&self) -> Option<&str> {
        self.bypass.as_deref()
    }
}
