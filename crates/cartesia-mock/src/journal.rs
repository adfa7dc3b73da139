//! What the server was asked.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use bytes::Bytes;
use serde_json::Value;

use crate::auth::KEY_PREFIX;

/// Requests that are kept, and bytes of their bodies: a server that runs for days does not fill the
/// memory.
const LONGEST: usize = 1_000;
const LARGEST: usize = 256 << 20;

/// A request as the server received it, without its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The method, for example `POST`.
    pub method: String,
    /// The path without the query, as it was sent.
    pub path: String,
    /// Names and values of the query, decoded, in the order in which they were sent.
    pub query: Vec<(String, String)>,
    /// Names (in lower case) and values of the headers. Keys and tokens are replaced by
    /// `sk_<redacted>` and `<redacted>`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// The `x-request-id` of the response.
    pub request_id: String,
    /// The status of the response; `None` as long as there is none, and for ever when an injected
    /// fault withheld it.
    pub status: Option<u16>,
}

impl Received {
    /// The value of a header. `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `None` when it is something else.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl fmt::Display for Received {
    /// One line without secrets: method, path, status.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.method, self.path)?;
        match self.status {
            Some(status) => write!(f, "{status}"),
            None => f.write_str("no answer"),
        }
    }
}

/// Names and values, credentials replaced.
pub(crate) fn scrubbed(headers: &HeaderMap) -> Vec<(String, String)> {
    let entry = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = match name.as_str() {
            "authorization" => match text.split_once(' ') {
                Some((scheme, credential)) => format!("{scheme} {}", redacted(credential.trim())),
                None => redacted(&text).to_owned(),
            },
            "x-api-key" => redacted(&text).to_owned(),
            _ => text.into_owned(),
        };
        (name.as_str().to_owned(), text)
    };
    headers.iter().map(entry).collect()
}

/// The query, decoded, credentials replaced.
pub(crate) fn scrubbed_query(query: Vec<(String, String)>) -> Vec<(String, String)> {
    let scrub = |(name, value): (String, String)| match name.as_str() {
        "api_key" | "access_token" => (name, redacted(&value).to_owned()),
        _ => (name, value),
    };
    query.into_iter().map(scrub).collect()
}

fn redacted(credential: &str) -> &'static str {
    // The prefix is no secret, and a test may want to see which kind of credential was sent.
    if credential.starts_with(KEY_PREFIX) {
        "sk_<redacted>"
    } else {
        "<redacted>"
    }
}

/// The last requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<Received>>);

impl Journal {
    pub(crate) fn record(&self, received: Received) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_back(received);
        let mut bytes: usize = entries.iter().map(|entry| entry.body.len()).sum();
        while entries.len() > LONGEST || (bytes > LARGEST && entries.len() > 1) {
            bytes -= entries.pop_front().map_or(0, |oldest| oldest.body.len());
        }
    }

    /// Notes the status of the response, and returns the finished entry.
    pub(crate) fn answered(&self, request_id: &str, status: u16) -> Option<Received> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries
            .iter_mut()
            .rev()
            .find(|entry| entry.request_id == request_id)?;
        entry.status = Some(status);
        Some(entry.clone())
    }

    pub(crate) fn entries(&self) -> Vec<Received> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_replaced() {
        for (name, value, kept) in [
            (
                "authorization",
                "Bearer sk_car_secret",
                "Bearer sk_<redacted>",
            ),
            ("authorization", "Bearer eyJsecret", "Bearer <redacted>"),
            ("authorization", "secret", "<redacted>"),
            ("x-api-key", "sk_secret", "sk_<redacted>"),
            ("x-other", "kept", "kept"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(scrubbed(&headers), [(name.to_owned(), kept.to_owned())]);
        }
        let query = vec![("api_key".to_owned(), "sk_secret".to_owned())];
        assert_eq!(scrubbed_query(query)[0].1, "sk_<redacted>");
    }

    #[test]
    fn the_journal_is_bounded() {
        let journal = Journal::default();
        for n in 0..LONGEST + 10 {
            journal.record(Received {
                method: "GET".to_owned(),
                path: "/".to_owned(),
                query: Vec::new(),
                headers: Vec::new(),
                body: Bytes::new(),
                request_id: n.to_string(),
                status: None,
            });
        }
        let entries = journal.entries();
        assert_eq!((entries.len(), &*entries[0].request_id), (LONGEST, "10"));
        assert_eq!(journal.answered("9", 200), None);
        assert_eq!(
            journal.answered("10", 200).unwrap().to_string(),
            "GET / 200"
        );
        assert_eq!(journal.entries()[1].to_string(), "GET / no answer");
    }
}
