//! The address of a proxy. Settings and environment variables share this parser.

use std::fmt;
use std::str::FromStr;

use http::HeaderValue;
use http::uri::Authority;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};

use crate::host::is_plain;
use crate::url::encode;

/// The address of a proxy: `scheme://user:password@host:port`. User name, password and port are optional;
/// without a scheme it is `http`.
///
/// User name and password are understood both as people write them and percent-encoded. `Debug` and
/// `Display` leave them out.
///
/// ```
/// use cartesia_core::network::ProxyUrl;
///
/// let url: ProxyUrl = "http://user:secret@proxy.example:3128".parse()?;
/// assert_eq!(url.to_string(), "http://proxy.example:3128");
/// # Ok::<(), cartesia_core::network::InvalidProxyUrl>(())
/// ```
#[derive(Clone)]
pub struct ProxyUrl {
    scheme: ProxyScheme,
    /// Without the brackets around an IPv6 address.
    host: String,
    port: u16,
    /// User name and password, decoded.
    login: Option<(String, SecretString)>,
}

/// The protocol of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyScheme {
    /// `http`: CONNECT over a plain connection; port 80 by default.
    Http,
    /// `https`: CONNECT over an encrypted connection; port 443 by default.
    Https,
    /// `socks4`: the proxy gets an IPv4 address; port 1080 by default.
    Socks4,
    /// `socks4a`: the proxy resolves the name; port 1080 by default.
    Socks4a,
    /// `socks5`: the proxy gets an address; port 1080 by default.
    Socks5,
    /// `socks5h`: the proxy resolves the name; port 1080 by default.
    Socks5h,
}

impl ProxyScheme {
    const ALL: [Self; 6] = [
        Self::Http,
        Self::Https,
        Self::Socks4,
        Self::Socks4a,
        Self::Socks5,
        Self::Socks5h,
    ];

    /// Returns its name in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            _ => 1080,
        }
    }
}

impl ProxyUrl {
    /// Returns the protocol.
    pub fn scheme(&self) -> ProxyScheme {
        self.scheme
    }

    /// Returns the host, without the brackets around an IPv6 address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, that of the URL or the default of the protocol.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns user name and password, decoded.
    pub fn login(&self) -> Option<(&str, &str)> {
        let (user, password) = self.login.as_ref()?;
        Some((user, password.expose_secret()))
    }

    /// Returns the whole URL, with user name and password percent-encoded.
    pub fn expose(&self) -> String {
        match self.login() {
            None => self.to_string(),
            Some((user, password)) => format!(
                "{}://{}:{}@{}",
                self.scheme.as_str(),
                encode(user),
                encode(password),
                Address(self)
            ),
        }
    }

    /// Returns the value of `Proxy-Authorization` (RFC 7617), marked as sensitive.
    pub fn basic_authorization(&self) -> Option<HeaderValue> {
        let (user, password) = self.login()?;
        let login = base64_simd::STANDARD.encode_to_string(format!("{user}:{password}"));
        let mut value = HeaderValue::try_from(format!("Basic {login}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// Host and port, the host in brackets if it is an IPv6 address.
struct Address<'a>(&'a ProxyUrl);

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ProxyUrl { host, port, .. } = self.0;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

impl FromStr for ProxyUrl {
    type Err = InvalidProxyUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidProxyUrl("it is empty"));
        }
        if text.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
            return Err(InvalidProxyUrl("it contains a space or a line break"));
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = ProxyScheme::ALL
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(scheme))
            .ok_or(InvalidProxyUrl(
                "its scheme is not http, https, socks4, socks4a, socks5 or socks5h",
            ))?;
        // A password may contain `@`; a host may not.
        let (login, address) = match rest.rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, rest),
        };
        let address = address.strip_suffix('/').unwrap_or(address);
        if address.contains(['/', '?', '#']) {
            return Err(InvalidProxyUrl("it has a path, a query or a fragment"));
        }
        let invalid_host = InvalidProxyUrl("it is not a host with an optional port");
        let authority: Authority = address.parse().map_err(|_| invalid_host)?;
        let host = authority.host();
        if !is_plain(&authority) {
            return Err(invalid_host);
        }
        let port = match authority.port_u16() {
            Some(port) if port > 0 => port,
            None if address == host => scheme.default_port(),
            _ => return Err(InvalidProxyUrl("its port is not a number from 1 to 65535")),
        };
        Ok(Self {
            scheme,
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port,
            login: login.map(|login| {
                let (user, password) = login.split_once(':').unwrap_or((login, ""));
                let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
                (decoded(user), SecretString::from(decoded(password)))
            }),
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
        write!(f, "{}://{}", self.scheme.as_str(), Address(self))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

/// A text that is not the URL of a proxy. The text itself is left out: it may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the proxy URL is invalid: {0}; write for example \"http://proxy.example:3128\" or \
     \"socks5h://127.0.0.1:1080\""
)]
pub struct InvalidProxyUrl(&'static str);

impl InvalidProxyUrl {
    /// Returns the reason why it is invalid, as a clause.
    pub fn reason(&self) -> &'static str {
        self.0
    }
}

impl From<InvalidProxyUrl> for cartesia_types::Error {
    fn from(error: InvalidProxyUrl) -> Self {
        let kind = cartesia_types::ErrorKind::Config;
        Self::new(kind, "network", error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ProxyUrl {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn proxy_urls_are_read_and_hide_their_login() {
        for (text, shown, login) in [
            (
                "http://proxy.example:3128",
                "http://proxy.example:3128",
                None,
            ),
            ("proxy.example", "http://proxy.example:80", None),
            ("proxy.example:3128/", "http://proxy.example:3128", None),
            ("https://proxy.example", "https://proxy.example:443", None),
            ("socks4://10.0.0.1", "socks4://10.0.0.1:1080", None),
            (
                "HTTP://user:canary@proxy.example:3128/",
                "http://proxy.example:3128",
                Some(("user", "canary")),
            ),
            (
                "socks5h://user:can@a/r#y@[::1]:1080",
                "socks5h://[::1]:1080",
                Some(("user", "can@a/r#y")),
            ),
            (
                "socks5://us%20er:can%40ary%25@h",
                "socks5://h:1080",
                Some(("us er", "can@ary%")),
            ),
            ("http://canary@h:1", "http://h:1", Some(("canary", ""))),
        ] {
            let url = parse(text);
            assert_eq!(url.to_string(), shown);
            assert_eq!(url.login(), login, "{text}");
            assert!(!format!("{url:?}").contains("canary"));
            assert_eq!(parse(&url.expose()), url, "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_proxy_url_are_refused_without_being_shown() {
        for text in [
            "",
            " ",
            "http://",
            "ftp://proxy",
            "foo://canary",
            "http://a b",
            "http://proxy:1\n2",
            "http://u:canary@",
            "http://p/path",
            "http://p?q=canary",
            "http://p:3128#canary",
            "#",
            "http://p:",
            "http://p:0",
            "http://p:99999",
            "http://p:port",
            "http://:80",
            "http://[::1",
            "http://a%20b",
            "://proxy",
        ] {
            let error = text.parse::<ProxyUrl>().expect_err(text);
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn basic_authorization_is_that_of_rfc_7617() {
        let value = parse("http://user:secret@h").basic_authorization().unwrap();
        assert_eq!(value, "Basic dXNlcjpzZWNyZXQ=");
        assert!(value.is_sensitive());
        assert_eq!(parse("http://h").basic_authorization(), None);
    }
}
