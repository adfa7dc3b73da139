//! The route of connections to the service: direct, or through a proxy.

use std::env::VarError;
use std::fmt;

use cartesia_types::{Error, ErrorKind, Result};
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use super::{Network, Proxy, ProxyScheme, ProxyUrl};
use crate::BaseUrl;

const OPERATION: &str = "client";

/// The route to the service, direct or through a proxy, and the reason for it. All transports share it.
///
/// ```
/// use cartesia_core::BaseUrl;
/// use cartesia_core::network::{Network, Proxy, Route};
///
/// let network = Network::new().with_proxy(Proxy::fixed("http://proxy.example:3128".parse()?));
/// let route = Route::resolve(&BaseUrl::public(), &network)?;
/// assert_eq!(route.to_string(), "through the proxy http://proxy.example:3128 (set by the program)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    proxy: Option<ProxyUrl>,
    reason: RouteReason,
}

/// The reason why a route is direct, or leads through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteReason {
    /// Direct: no environment variable names a proxy for this address.
    NoProxySet,
    /// Direct: the service is on this machine, where the proxy of the environment does not apply.
    ThisMachine,
    /// Direct: the program set [`Proxy::Direct`].
    SetDirect,
    /// Direct: this environment variable excludes the host from the proxy.
    ExcludedBy(&'static str),
    /// Direct: the program excludes the host from its proxy ([`Proxy::fixed_except`]).
    SetExcluded,
    /// Through a proxy: this environment variable names it.
    Variable(&'static str),
    /// Through a proxy: the program set it ([`Proxy::fixed`]).
    SetProxy,
}

impl Route {
    /// Decides the route to an address, from the settings and the environment of the process.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when an environment variable that applies is not the URL of a proxy. The
    /// error names the variable and never shows its value.
    pub fn resolve(url: &BaseUrl, network: &Network) -> Result<Self> {
        Self::with_variables(url, network, std::env::var)
    }

    /// Resolves as [`resolve`](Self::resolve) does, from any list of environment variables.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    pub fn with_variables(
        url: &BaseUrl,
        network: &Network,
        read: impl Fn(&'static str) -> std::result::Result<String, VarError>,
    ) -> Result<Self> {
        match &network.proxy {
            Proxy::Direct => Ok(Self::direct(RouteReason::SetDirect)),
            Proxy::Fixed(fixed) => {
                let bypass = fixed.bypass().unwrap_or_default();
                if excludes(bypass, url) {
                    return Ok(Self::direct(RouteReason::SetExcluded));
                }
                Ok(Self::through(fixed.url().clone(), RouteReason::SetProxy))
            }
            Proxy::Environment if url.is_loopback() => Ok(Self::direct(RouteReason::ThisMachine)),
            Proxy::Environment => Self::of_environment(url, read),
        }
    }

    fn of_environment(
        url: &BaseUrl,
        read: impl Fn(&'static str) -> std::result::Result<String, VarError>,
    ) -> Result<Self> {
        // In a CGI program, HTTP_PROXY may be a header that a client sent (`Proxy: …`).
        let is_cgi = read("REQUEST_METHOD").is_ok();
        let names: &[&'static str] = match (url.is_encrypted(), is_cgi) {
            (true, _) => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
            (false, false) => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
            (false, true) => &["http_proxy", "ALL_PROXY", "all_proxy"],
        };
        let first = |names: &[&'static str]| -> Result<Option<(&'static str, String)>> {
            for name in names {
                match read(name) {
                    Ok(value) if value.trim().is_empty() => {}
                    Ok(value) => return Ok(Some((name, value))),
                    Err(VarError::NotPresent) => {}
                    Err(VarError::NotUnicode(_)) => return Err(invalid(name, "it is not UTF-8")),
                }
            }
            Ok(None)
        };
        let Some((variable, value)) = first(names)? else {
            return Ok(Self::direct(RouteReason::NoProxySet));
        };
        if let Some((name, list)) = first(&["NO_PROXY", "no_proxy"])?
            && excludes(&list, url)
        {
            return Ok(Self::direct(RouteReason::ExcludedBy(name)));
        }
        let proxy: ProxyUrl = value
            .parse()
            .map_err(|error: super::InvalidProxyUrl| invalid(variable, error.reason()))?;
        Ok(Self::through(proxy, RouteReason::Variable(variable)))
    }

    fn direct(reason: RouteReason) -> Self {
        Self {
            proxy: None,
            reason,
        }
    }

    fn through(proxy: ProxyUrl, reason: RouteReason) -> Self {
        Self {
            proxy: Some(proxy),
            reason,
        }
    }

    /// Returns the proxy; `None` when connections are direct.
    pub fn proxy(&self) -> Option<&ProxyUrl> {
        self.proxy.as_ref()
    }

    /// Returns why the route is this one.
    pub fn reason(&self) -> RouteReason {
        self.reason
    }

    /// Returns whether any part of the way to this address is encrypted, that to the proxy included.
    pub fn needs_tls(&self, url: &BaseUrl) -> bool {
        let proxy = self.proxy.as_ref().map(ProxyUrl::scheme);
        url.is_encrypted() || proxy == Some(ProxyScheme::Https)
    }
}

impl fmt::Display for Route {
    /// Without the proxy's user name and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            Some(proxy) => write!(f, "through the proxy {proxy} ({})", self.reason),
            None => write!(f, "direct ({})", self.reason),
        }
    }
}

impl fmt::Display for RouteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProxySet => f.write_str("no proxy is set"),
            Self::ThisMachine => f.write_str("the service is on this machine"),
            Self::SetDirect | Self::SetProxy => f.write_str("set by the program"),
            Self::ExcludedBy(variable) => write!(f, "{variable} excludes the host"),
            Self::SetExcluded => f.write_str("the program excludes the host from its proxy"),
            Self::Variable(variable) => f.write_str(variable),
        }
    }
}

fn invalid(variable: &'static str, why: &str) -> Error {
    let message = format!(
        "the environment variable {variable} is not the URL of a proxy: {why}; write for example \
         \"http://proxy.example:3128\", or unset it"
    );
    Error::new(ErrorKind::Config, OPERATION, message)
}

/// Returns whether a list in the form of `NO_PROXY` contains the host of an address.
fn excludes(list: &str, url: &BaseUrl) -> bool {
    // Some programs separate by spaces.
    let list: Vec<&str> = list
        .split(|letter: char| letter == ',' || letter.is_whitespace())
        .collect();
    let Ok(uri) = url.join("/").parse::<Uri>() else {
        return false;
    };
    // The matcher knows the rules of curl; whatever it does not send through this proxy is excluded.
    let matcher = Matcher::builder()
        .all("http://proxy.invalid")
        .no(list.join(","))
        .build();
    matcher.intercept(&uri).is_none()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn route(url: &str, variables: &[(&str, &str)]) -> Result<Route> {
        let url: BaseUrl = url.parse().unwrap();
        Route::with_variables(&url, &Network::new(), |name| {
            let pair = variables.iter().find(|pair| pair.0 == name);
            pair.map(|pair| pair.1.to_owned())
                .ok_or(VarError::NotPresent)
        })
    }

    const PUBLIC: &str = "https://api.cartesia.ai";
    const PROXY: &str = "http://user:canary@proxy.example:3128";

    #[test]
    fn the_environment_names_the_proxy() {
        for (url, variables, expected) in [
            (PUBLIC, &[][..], "direct (no proxy is set)"),
            (PUBLIC, &[("HTTP_PROXY", PROXY)], "direct (no proxy is set)"),
            (
                PUBLIC,
                &[("HTTPS_PROXY", PROXY)],
                "through the proxy http://proxy.example:3128 (HTTPS_PROXY)",
            ),
            (
                PUBLIC,
                &[("https_proxy", "proxy.example"), ("ALL_PROXY", "x:1")],
                "through the proxy http://proxy.example:80 (https_proxy)",
            ),
            (
                PUBLIC,
                &[("HTTPS_PROXY", ""), ("all_proxy", "socks5h://x")],
                "through the proxy socks5h://x:1080 (all_proxy)",
            ),
            (
                "http://example.com",
                &[("HTTP_PROXY", "a:1"), ("HTTPS_PROXY", "b:1")],
                "through the proxy http://a:1 (HTTP_PROXY)",
            ),
            (
                "http://example.com",
                &[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "GET")],
                "direct (no proxy is set)",
            ),
            (
                "http://127.0.0.1:1",
                &[("HTTP_PROXY", "foo://")],
                "direct (the service is on this machine)",
            ),
        ] {
            let route = route(url, variables).unwrap();
            assert_eq!(route.to_string(), expected);
            assert!(!format!("{route:?}").contains("canary"));
        }
    }

    #[test]
    fn hosts_are_excluded_by_name_address_and_network() {
        for (url, list, excluded) in [
            (PUBLIC, "cartesia.ai", true),
            (PUBLIC, "example.com,.cartesia.ai", true),
            (PUBLIC, "example.com api.cartesia.ai", true),
            (PUBLIC, "*", true),
            (PUBLIC, "artesia.ai,api", false),
            ("https://10.1.2.3", "10.0.0.0/8", true),
            ("https://[fd00::1]", "fd00::/8", true),
            ("https://11.1.2.3", "10.0.0.0/8", false),
        ] {
            let found = route(url, &[("HTTPS_PROXY", PROXY), ("NO_PROXY", list)]).unwrap();
            assert_eq!(found.proxy().is_none(), excluded, "{url} {list}");
            let fixed =
                Network::new().with_proxy(Proxy::fixed_except(PROXY.parse().unwrap(), list));
            let found = Route::resolve(&url.parse().unwrap(), &fixed).unwrap();
            assert_eq!(found.proxy().is_none(), excluded, "{url} {list}");
        }
        let found = route(PUBLIC, &[("HTTPS_PROXY", PROXY), ("no_proxy", "*")]).unwrap();
        assert_eq!(found.reason(), RouteReason::ExcludedBy("no_proxy"));
        // What is not used need not be right.
        assert!(route(PUBLIC, &[("HTTPS_PROXY", "foo://"), ("NO_PROXY", "*")]).is_ok());
    }

    #[test]
    fn an_invalid_variable_is_named_and_its_value_is_not_shown() {
        for value in [
            "http://user:canary@a b:1",
            "foo://canary",
            "#canary",
            "http://proxy:canary",
            "http://proxy:99999",
        ] {
            for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
                let error = route(PUBLIC, &[(variable, value)]).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Config);
                let shown = format!("{error} {error:?}");
                assert!(shown.contains(variable), "{shown}");
                assert!(!shown.contains("canary"), "{shown}");
            }
        }
        let url = BaseUrl::public();
        let error = Route::with_variables(&url, &Network::new(), |_| {
            Err(VarError::NotUnicode(OsString::from("canary")))
        });
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("HTTPS_PROXY") && error.contains("UTF-8"),
            "{error}"
        );
    }

    #[test]
    fn only_what_is_encrypted_needs_tls() {
        let needs = |url: &str, proxy: &str| {
            let url = url.parse().unwrap();
            let network = Network::new().with_proxy(Proxy::fixed(proxy.parse().unwrap()));
            Route::resolve(&url, &network).unwrap().needs_tls(&url)
        };
        assert!(needs(PUBLIC, "http://p"));
        assert!(needs("http://example.com", "https://p"));
        assert!(!needs("http://example.com", "http://p"));
    }
}
