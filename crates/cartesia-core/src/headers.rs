//! Headers of requests and responses.

use std::time::{Duration, SystemTime};

use cartesia_types::ApiVersion;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::time::LONGEST;

/// The name of the clients of this SDK in `User-Agent` and `X-Cartesia-Client`.
pub const CLIENT_NAME: &str = concat!("cartesia-rust/", env!("CARGO_PKG_VERSION"));

/// `Cartesia-Version`: the API version of a request.
pub const VERSION: HeaderName = HeaderName::from_static("cartesia-version");

/// `X-Cartesia-Client`: the client and its version.
pub const CLIENT: HeaderName = HeaderName::from_static("x-cartesia-client");

/// `X-API-Key`: an API key, before API version 2025-04-16.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Returns the headers of every request, but for the credential: client name and API version.
pub fn common(version: ApiVersion) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(CLIENT_NAME));
    headers.insert(CLIENT, HeaderValue::from_static(CLIENT_NAME));
    // A version is a date, so this cannot fail.
    if let Ok(version) = HeaderValue::try_from(version.to_string()) {
        headers.insert(VERSION, version);
    }
    headers
}

/// Returns whether a header belongs to the connection or to the message framing, so that no caller may
/// set it: `Host`, `Connection`, `Upgrade`, `Content-Length`, `Transfer-Encoding`, `Expect` and
/// `Sec-WebSocket-…`.
pub fn is_reserved(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("sec-websocket-")
        || matches!(
            name,
            "connection" | "upgrade" | "host" | "content-length" | "transfer-encoding" | "expect"
        )
}

/// Returns the delay that the service asks for: `retry-after-ms`, or `Retry-After` in seconds or as a
/// date. A date in the past is no delay at all. An absurd value is cut to thirty years, so that adding
/// it to a clock is safe.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let seconds = |text: &str, per_second: f64| {
        let number = text
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())?;
        let seconds = (number / per_second).min(LONGEST.as_secs_f64());
        Some(Duration::try_from_secs_f64(seconds).ok())
    };
    if let Some(delay) = text(headers, "retry-after-ms").and_then(|text| seconds(text, 1_000.0)) {
        return delay;
    }
    let text = text(headers, "retry-after")?;
    if let Some(delay) = seconds(text, 1.0) {
        return delay;
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default().min(LONGEST))
}

/// Returns whether the service wants the request retried (`x-should-retry`), if it says so.
pub fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match text(headers, "x-should-retry")? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Returns the id to quote to the vendor's support (`x-request-id`).
pub fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-request-id")?.to_str().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn asked(name: &'static str, value: &str) -> Option<Duration> {
        retry_after(&headers(&[(name, value)]), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn every_request_says_who_sends_it_and_for_which_version() {
        for version in ApiVersion::KNOWN {
            let headers = common(version);
            assert_eq!(headers["cartesia-version"], version.to_string());
            assert_eq!(headers["user-agent"], headers["x-cartesia-client"]);
            assert_eq!(headers["user-agent"], CLIENT_NAME);
            assert_eq!(headers.len(), 3);
        }
        assert!(CLIENT_NAME.starts_with("cartesia-rust/"));
    }

    #[test]
    fn delays_that_the_service_asks_for() {
        let seconds = Duration::from_secs;
        for (name, value, delay) in [
            ("retry-after", "7", seconds(7)),
            ("retry-after", " 0.25 ", Duration::from_millis(250)),
            ("retry-after", "0", Duration::ZERO),
            ("retry-after-ms", "120", Duration::from_millis(120)),
            // 20 seconds after the epoch.
            ("retry-after", "Thu, 01 Jan 1970 00:00:20 GMT", seconds(20)),
            // Absurd, and still safe to add to a clock.
            ("retry-after", "17000000000000000000", LONGEST),
            ("retry-after", "1e300", LONGEST),
            ("retry-after-ms", "1e300", LONGEST),
            ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT", LONGEST),
        ] {
            assert_eq!(asked(name, value), Some(delay), "{name}: {value}");
        }
        for value in [
            "soon",
            "-1",
            "NaN",
            "inf",
            "1e999",
            "",
            "Thu, 99 Jan 1970 00:00:20 GMT",
        ] {
            assert_eq!(asked("retry-after", value), None, "{value}");
        }
        let both = headers(&[("retry-after-ms", "100"), ("retry-after", "50")]);
        let delay = retry_after(&both, SystemTime::UNIX_EPOCH);
        assert_eq!(delay, Some(Duration::from_millis(100)));
        let past = headers(&[("retry-after", "Thu, 01 Jan 1970 00:00:20 GMT")]);
        let late = SystemTime::UNIX_EPOCH + seconds(1_000);
        assert_eq!(retry_after(&past, late), Some(Duration::ZERO));
    }

    #[test]
    fn headers_of_the_connection_are_reserved() {
        for name in ["host", "Connection", "sec-websocket-key", "content-length"] {
            assert!(is_reserved(&name.parse().unwrap()), "{name}");
        }
        for name in ["authorization", "x-trace", "user-agent", "accept"] {
            assert!(!is_reserved(&name.parse().unwrap()), "{name}");
        }
    }
}
