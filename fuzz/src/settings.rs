//! What a person or a server gives: addresses, identifiers, proxies, times to wait.

use std::env::VarError;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use cartesia_core::network::{Network, ProxyUrl, Route};
use cartesia_core::{BaseUrl, headers, url};
use http::header::{HeaderMap, HeaderValue};

/// An identifier stays in its segment of the final URL, and is what the server decodes.
pub(crate) fn identifier(data: &[u8]) {
    let Ok(id) = str::from_utf8(data) else {
        return;
    };
    let Ok(segment) = url::encode_segment(id) else {
        assert!(matches!(id, "" | "." | ".."), "refused: {id:?}");
        return;
    };
    let address = BaseUrl::public().join(&format!("/voices/{segment}/end"));
    // The parser of the HTTP client.
    let parsed = reqwest::Url::parse(&address).expect("the address is a URL");
    let segments: Vec<&str> = parsed.path_segments().into_iter().flatten().collect();
    assert_eq!(segments.len(), 3, "{address}");
    assert_eq!((segments[0], segments[2]), ("voices", "end"), "{address}");
    assert_eq!(decoded(segments[1]), data, "{address}");
    assert_eq!(
        (parsed.query(), parsed.fragment()),
        (None, None),
        "{address}"
    );
}

fn decoded(segment: &str) -> Vec<u8> {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        let digits = (byte == b'%').then(|| [bytes.next(), bytes.next()]);
        decoded.push(match digits {
            Some([Some(high), Some(low)]) => {
                let text = [high, low].map(char::from).iter().collect::<String>();
                u8::from_str_radix(&text, 16).expect("two hexadecimal digits")
            }
            _ => byte,
        });
    }
    decoded
}

/// An address that is accepted has a host, is shown as it is read, and joins to a URL with that host.
pub(crate) fn base_url(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let Ok(base) = text.parse::<BaseUrl>() else {
        return;
    };
    assert!(!base.host().is_empty(), "{text:?} has no host");
    let address = base.join("/voices");
    let Ok(parsed) = reqwest::Url::parse(&address) else {
        // A name that looks like a number or an international name, and is none, is refused later.
        let last = base.host().trim_end_matches('.').rsplit('.').next();
        let number = last.is_some_and(|label| label.starts_with(|c: char| c.is_ascii_digit()));
        let international = base.host().to_ascii_lowercase().contains("xn--");
        assert!(number || international, "{address} is not a URL");
        return;
    };
    assert!(
        parsed.username().is_empty() && parsed.password().is_none(),
        "{address}"
    );
    assert!(parsed.path().ends_with("/voices"), "{address}");
    assert_eq!(parsed.scheme() == "https", base.is_encrypted(), "{address}");
    if base.is_loopback() {
        // Plain text may go there: it must be this machine for the client as well.
        let host = parsed.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let here = address.map_or(host == "localhost", |address| address.is_loopback());
        assert!(here, "{text:?} leads to {host}");
    }
}

/// A proxy is a whole address or refused, and no error shows the password.
pub(crate) fn proxy(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Ok(proxy) = text.parse::<ProxyUrl>() {
        assert!(
            !proxy.host().is_empty() && proxy.to_string().parse::<http::Uri>().is_ok(),
            "{text:?}"
        );
        let again: ProxyUrl = proxy.expose().parse().expect("it is read as it is written");
        assert_eq!(again.login(), proxy.login());
        assert_eq!((again.host(), again.port()), (proxy.host(), proxy.port()));
        let _ = (
            proxy.to_string(),
            format!("{proxy:?}"),
            proxy.basic_authorization(),
        );
    }
    // The same text as both settings of the environment.
    let (value, bypass) = text.split_once('\n').unwrap_or((text, ""));
    let read = |name: &'static str| match name {
        "HTTPS_PROXY" => Ok(value.to_owned()),
        "NO_PROXY" => Ok(bypass.to_owned()),
        _ => Err(VarError::NotPresent),
    };
    match Route::with_variables(&BaseUrl::public(), &Network::new(), read) {
        Ok(route) => {
            let _ = route.to_string();
        }
        Err(error) => assert!(error.to_string().contains("HTTPS_PROXY"), "{error}"),
    }
}

/// `Retry-After` gives no time or a bounded one. Adding it to a clock is up to the caller.
pub(crate) fn retry_after(data: &[u8]) {
    let Some((&[name], value)) = data.split_first_chunk::<1>() else {
        return;
    };
    let Ok(value) = HeaderValue::from_bytes(value) else {
        return;
    };
    let name = ["retry-after", "retry-after-ms"][usize::from(name % 2)];
    let mut map = HeaderMap::new();
    map.insert(name, value);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000);
    let _ = headers::retry_after(&map, now);
}
