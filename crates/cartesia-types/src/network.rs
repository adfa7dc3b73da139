//! How the service is reached: one setting for HTTP and WebSocket.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use secrecy::{ExposeSecret, SecretString};

/// Proxies, and certificate authorities beside those of the operating system.
///
/// ```
/// use cartesia_types::network::{Network, Proxy, RootCertificate};
///
/// let network = Network::new().with_proxy(Proxy::fixed("http://proxy.example:3128".parse()?));
/// # let pem = "";
/// let network = network.with_extra_roots(RootCertificate::all_from_pem(pem)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// Through which proxy connections go.
    pub proxy: Proxy,
    /// Authorities to trust as well, for example that of a company's gateway.
    pub extra_roots: Vec<RootCertificate>,
}

impl Network {
    /// What the environment and the operating system say.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets through which proxy connections go.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Adds authorities to trust.
    #[must_use]
    pub fn with_extra_roots(mut self, roots: impl IntoIterator<Item = RootCertificate>) -> Self {
        self.extra_roots.extend(roots);
        self
    }
}

/// Through which proxy connections go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxy {
    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say; never for this machine.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This one, whatever the environment says.
    Fixed(FixedProxy),
}

impl Proxy {
    /// This proxy for every host.
    pub fn fixed(url: ProxyUrl) -> Self {
        Self::Fixed(FixedProxy { url, bypass: None })
    }

    /// This proxy for every host but these: names (with all names below them), addresses, networks
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
    /// Where it is.
    pub fn url(&self) -> &ProxyUrl {
        &self.url
    }

    /// The hosts that are reached without it, in the form of `NO_PROXY`.
    pub fn bypass(&self) -> Option<&str> {
        self.bypass.as_deref()
    }
}

/// Where a proxy is: `http://`, `https://` (both by CONNECT), `socks5://`, or `socks5h://` (which
/// also leaves name resolution to the proxy), with user name and password if it wants them.
///
/// `Debug` and `Display` leave user name and password out.
#[derive(Clone)]
pub struct ProxyUrl {
    whole: SecretString,
    /// Without credentials.
    shown: String,
}

impl ProxyUrl {
    /// The whole URL, with user name and password.
    pub fn expose(&self) -> &str {
        self.whole.expose_secret()
    }
}

impl FromStr for ProxyUrl {
    type Err = InvalidProxyUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(InvalidProxyUrl)?;
        let scheme = scheme.to_ascii_lowercase();
        let rest = rest.trim_end_matches('/');
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let uri: Uri = format!("http://{host}")
            .parse()
            .map_err(|_| InvalidProxyUrl)?;
        let known = matches!(scheme.as_str(), "http" | "https" | "socks5" | "socks5h");
        let bare = uri.path() == "/" && uri.query().is_none();
        if !known || !bare || uri.host().is_none_or(str::is_empty) {
            return Err(InvalidProxyUrl);
        }
        Ok(Self {
            whole: format!("{scheme}://{rest}").into(),
            shown: format!("{scheme}://{host}"),
        })
    }
}

impl PartialEq for ProxyUrl {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for ProxyUrl {}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

/// A text that is not the URL of a proxy. The text itself is left out: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the proxy URL is not usable; write for example \"http://proxy.example:3128\" or \
     \"socks5h://127.0.0.1:1080\""
)]
pub struct InvalidProxyUrl;

/// The certificate of an authority to trust.
#[derive(Clone, PartialEq, Eq)]
pub struct RootCertificate {
    der: Vec<u8>,
}

impl RootCertificate {
    /// A certificate in DER. Whether it is one is found out when it is used.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Self {
        Self { der: der.into() }
    }

    /// All certificates of a text in PEM, in order. Anything between them is skipped.
    ///
    /// # Errors
    ///
    /// [`InvalidPem`] when a certificate has no end or is not base64.
    pub fn all_from_pem(pem: impl AsRef<[u8]>) -> Result<Vec<Self>, InvalidPem> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        const END: &str = "-----END CERTIFICATE-----";
        let text = String::from_utf8_lossy(pem.as_ref());
        text.split(BEGIN)
            .skip(1)
            .map(|part| {
                let (body, _) = part.split_once(END).ok_or(InvalidPem)?;
                let base64: String = body.split_ascii_whitespace().collect();
                let der = base64_simd::STANDARD
                    .decode_to_vec(base64)
                    .map_err(|_| InvalidPem)?;
                Ok(Self { der })
            })
            .collect()
    }

    /// The certificate in DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }
}

impl fmt::Debug for RootCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootCertificate(<{} bytes>)", self.der.len())
    }
}

/// A text with a broken certificate in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a certificate in the PEM text has no end or is not base64")]
pub struct InvalidPem;

impl From<InvalidProxyUrl> for crate::Error {
    fn from(error: InvalidProxyUrl) -> Self {
        Self::new(crate::ErrorKind::Config, "network", error.to_string()).with_source(error)
    }
}

impl From<InvalidPem> for crate::Error {
    fn from(error: InvalidPem) -> Self {
        Self::new(crate::ErrorKind::Config, "network", error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_urls_hide_their_password() {
        for (text, shown) in [
            ("http://proxy.example:3128", "http://proxy.example:3128"),
            (
                "HTTP://user:canary@proxy.example:3128/",
                "http://proxy.example:3128",
            ),
            ("socks5h://user:can@ary@[::1]:1080", "socks5h://[::1]:1080"),
            ("https://proxy.example", "https://proxy.example"),
        ] {
            let url: ProxyUrl = text
                .parse()
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(url.to_string(), shown);
            assert!(
                !format!("{:?}", Network::new().with_proxy(Proxy::fixed(url))).contains("canary")
            );
        }
        for text in [
            "",
            "proxy:1",
            "ftp://proxy",
            "http://",
            "http://a b",
            "http://u:canary@",
            "http://p/path",
            "http://p?q=canary",
        ] {
            let error = text.parse::<ProxyUrl>().expect_err(text);
            assert!(!error.to_string().contains("canary"));
        }
    }

    #[test]
    fn certificates_are_read_from_pem() {
        let pem = "junk\n-----BEGIN CERTIFICATE-----\nAAEC\r\nAwQ=\n-----END CERTIFICATE-----\n\
                   # two\n-----BEGIN CERTIFICATE-----\nBQ==\n-----END CERTIFICATE-----";
        let roots = RootCertificate::all_from_pem(pem).unwrap();
        assert_eq!(
            roots
                .iter()
                .map(RootCertificate::as_der)
                .collect::<Vec<_>>(),
            [&[0, 1, 2, 3, 4][..], &[5]]
        );
        assert_eq!(
            RootCertificate::all_from_pem("nothing here"),
            Ok(Vec::new())
        );
        for broken in [
            "-----BEGIN CERTIFICATE-----\nAAEC",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(RootCertificate::all_from_pem(broken), Err(InvalidPem));
        }
    }
}
