//! The address of the service.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;

use crate::host::is_plain;

/// The address of the service: scheme, host, optional port and optional path prefix.
///
/// The rules are the same for HTTP and WebSocket:
///
/// - `https://host`, `http://host`, `wss://host` and `ws://host` are accepted; the WebSocket schemes
///   mean their HTTP counterparts.
/// - Without a scheme, `https` is assumed, except for this machine (`localhost`, `127.0.0.0/8`, `::1`),
///   where it is `http`: a local server has no certificate.
/// - A path is kept as a prefix: `https://gateway.example/cartesia` sends to
///   `https://gateway.example/cartesia/tts/bytes`.
/// - User names, passwords, queries and fragments are refused: credentials travel in headers.
///
/// ```
/// use cartesia_core::BaseUrl;
///
/// let url: BaseUrl = "api.cartesia.ai".parse()?;
/// assert_eq!(url.join("/voices"), "https://api.cartesia.ai/voices");
/// assert_eq!(url.join_websocket("/tts/websocket"), "wss://api.cartesia.ai/tts/websocket");
/// # Ok::<(), cartesia_core::InvalidBaseUrl>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    encrypted: bool,
    authority: String,
    host: String,
    /// Starts with `/` and does not end with one; empty when there is none.
    prefix: String,
}

impl BaseUrl {
    /// Returns the public service, `https://api.cartesia.ai`.
    pub fn public() -> Self {
        let host = "api.cartesia.ai".to_owned();
        Self {
            encrypted: true,
            authority: host.clone(),
            host,
            prefix: String::new(),
        }
    }

    /// Returns the address of the public service for files, `https://files.cartesia.ai`.
    pub fn public_files() -> Self {
        let host = "files.cartesia.ai".to_owned();
        Self {
            authority: host.clone(),
            host,
            ..Self::public()
        }
    }

    /// Returns the HTTP address of a path that starts with `/`.
    pub fn join(&self, path: &str) -> String {
        self.with_scheme(if self.encrypted { "https" } else { "http" }, path)
    }

    /// Returns the WebSocket address of a path that starts with `/`.
    pub fn join_websocket(&self, path: &str) -> String {
        self.with_scheme(if self.encrypted { "wss" } else { "ws" }, path)
    }

    fn with_scheme(&self, scheme: &str, path: &str) -> String {
        let slash = if path.starts_with('/') { "" } else { "/" };
        format!("{scheme}://{}{}{slash}{path}", self.authority, self.prefix)
    }

    /// Returns the host, without port; an IPv6 address stands in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port: the one in the address, or else 443 with encryption and 80 without.
    pub fn port(&self) -> u16 {
        let own = self.authority.strip_prefix(&self.host);
        own.and_then(|rest| rest.strip_prefix(':')?.parse().ok())
            .unwrap_or(if self.encrypted { 443 } else { 80 })
    }

    /// Returns host and port, as errors name them: `api.cartesia.ai:443`.
    pub fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.port())
    }

    /// Returns whether traffic is encrypted (`https`, `wss`).
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Returns whether the host is this machine: `localhost`, `127.0.0.0/8` or `::1`, written so. A name
    /// below `localhost` is not: it is resolved, perhaps to another machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }
}

fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return address.is_loopback();
    }
    bare.eq_ignore_ascii_case("localhost")
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self::public()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encrypted { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.prefix)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidBaseUrl("it is empty"));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        // Checked before parsing, so that a password can never get into an error's text.
        if rest.contains('@') {
            return Err(InvalidBaseUrl(
                "it contains a user name or password; credentials are sent in headers",
            ));
        }
        if rest.contains(['?', '#']) {
            return Err(InvalidBaseUrl("it contains a query or a fragment"));
        }
        let uri: Uri = format!("http://{rest}")
            .parse()
            .map_err(|_| InvalidBaseUrl("it is not a host with an optional port and path"))?;
        let authority = uri.authority().ok_or(InvalidBaseUrl("it has no host"))?;
        let host = authority.host().to_owned();
        if host.is_empty() {
            return Err(InvalidBaseUrl("it has no host"));
        }
        if !is_plain(authority) {
            return Err(InvalidBaseUrl("its host is not a name or an address"));
        }
        if authority.as_str().len() > host.len() && authority.port_u16().is_none() {
            return Err(InvalidBaseUrl("its port is not a number from 0 to 65535"));
        }
        let encrypted = match scheme.as_deref() {
            Some("https" | "wss") => true,
            Some("http" | "ws") => false,
            Some(_) => {
                return Err(InvalidBaseUrl(
                    "its scheme is not one of https, http, wss and ws",
                ));
            }
            None => !is_loopback_host(&host),
        };
        Ok(Self {
            encrypted,
            authority: authority.as_str().to_owned(),
            host,
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

/// A text that is not a base URL. The text itself is left out: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the base URL is invalid: {0}; write for example \"https://api.cartesia.ai\"")]
pub struct InvalidBaseUrl(&'static str);

impl From<InvalidBaseUrl> for cartesia_types::Error {
    fn from(error: InvalidBaseUrl) -> Self {
        let kind = cartesia_types::ErrorKind::Config;
        Self::new(kind, "base_url", error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> BaseUrl {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn accepted_spellings() {
        for (text, http, websocket) in [
            (
                "https://api.cartesia.ai",
                "https://api.cartesia.ai/x",
                "wss://api.cartesia.ai/x",
            ),
            (
                "api.cartesia.ai",
                "https://api.cartesia.ai/x",
                "wss://api.cartesia.ai/x",
            ),
            (
                " api.cartesia.ai/ ",
                "https://api.cartesia.ai/x",
                "wss://api.cartesia.ai/x",
            ),
            (
                "HTTPS://Example.com:8443/a/b/",
                "https://Example.com:8443/a/b/x",
                "wss://Example.com:8443/a/b/x",
            ),
            (
                "wss://example.com",
                "https://example.com/x",
                "wss://example.com/x",
            ),
            (
                "ws://127.0.0.1:9",
                "http://127.0.0.1:9/x",
                "ws://127.0.0.1:9/x",
            ),
            (
                "127.0.0.1:8080",
                "http://127.0.0.1:8080/x",
                "ws://127.0.0.1:8080/x",
            ),
            (
                "localhost:8080",
                "http://localhost:8080/x",
                "ws://localhost:8080/x",
            ),
            ("[::1]:8080", "http://[::1]:8080/x", "ws://[::1]:8080/x"),
            (
                "http://example.com",
                "http://example.com/x",
                "ws://example.com/x",
            ),
        ] {
            let url = parse(text);
            assert_eq!(url.join("/x"), http);
            assert_eq!(url.join("x"), http);
            assert_eq!(url.join_websocket("/x"), websocket);
            assert_eq!(parse(&url.to_string()), url, "Display round trip of {text}");
        }
        assert_eq!(parse("https://api.cartesia.ai"), BaseUrl::public());
    }

    #[test]
    fn host_and_port_are_always_both_there() {
        for (text, expected) in [
            ("https://api.cartesia.ai/a", "api.cartesia.ai:443"),
            ("wss://api.cartesia.ai", "api.cartesia.ai:443"),
            ("http://example.com", "example.com:80"),
            ("https://example.com:8443/a/b/", "example.com:8443"),
            ("localhost:0", "localhost:0"),
            ("[::1]", "[::1]:80"),
            ("https://[::1]:65535", "[::1]:65535"),
        ] {
            assert_eq!(parse(text).host_and_port(), expected);
        }
    }

    #[test]
    fn loopback_is_this_machine_alone() {
        for text in ["localhost", "http://LOCALHOST:1", "127.9.9.9", "[::1]"] {
            assert!(parse(text).is_loopback(), "{text}");
        }
        for text in [
            "example.com",
            "10.0.0.1",
            "a.localhost",
            "localhost.",
            "localhost.example.com",
            "[::2]",
            "128.0.0.1",
            "127.0.0.1.nip.io",
        ] {
            assert!(!parse(text).is_loopback(), "{text}");
            assert!(parse(text).is_encrypted(), "{text}");
        }
    }

    #[test]
    fn refused_texts_never_show_their_password() {
        for text in [
            "",
            "  ",
            "https://",
            "ftp://example.com",
            "https://user:canary@example.com",
            "https://example.com/?api_key=canary",
            "https://example.com#canary",
            "a b",
            "http://:80",
            "host:99999",
            "host:",
            "http://[::1",
            "//host",
            "https:[::1]:1",
            "https:example.com",
            "https:/example.com",
        ] {
            let error = text.parse::<BaseUrl>().expect_err(text);
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}
