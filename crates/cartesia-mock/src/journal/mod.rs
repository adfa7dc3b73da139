//! The requests that the server received.
//!
//! [`Journal`] keeps whole requests for tests in Rust. [`log`] is for other programs, and also has the
//! WebSocket events: [`entry`] writes an event as JSON, [`content`] what was in it, [`secrets`] removes
//! credentials, [`route`] shows it to other programs.

mod content;
mod entry;
mod log;
pub(crate) mod route;
pub(crate) mod secrets;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;

pub(crate) use content::Content;
pub use entry::JournalEntry;
pub(crate) use log::{Closer, EventLog, LogSettings};

/// Requests that are kept, and bytes of their bodies: a server that runs for days does not fill the
/// memory.
const LONGEST: usize = 1_000;
const LARGEST: usize = 256 << 20;

/// A request as the server received it, without its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The number of the request, in the order of arrival; the first has 1.
    pub started: u64,
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
    /// The status of the response; `None` until it is sent, and always when an injected fault withheld it.
    pub status: Option<u16>,
}

impl Received {
    /// Returns the value of a header. `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON; `None` when it is something else.
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

    /// Notes the status of the response, if the request is still there.
    pub(crate) fn answered(&self, started: u64, status: u16) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries
            .iter_mut()
            .rev()
            .find(|entry| entry.started == started);
        if let Some(entry) = entry {
            entry.status = Some(status);
        }
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
    fn the_journal_is_bounded() {
        let journal = Journal::default();
        for n in 0..LONGEST + 10 {
            journal.record(Received {
                started: n as u64 + 1,
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
        journal.answered(10, 200);
        journal.answered(11, 200);
        assert_eq!(journal.entries()[0].to_string(), "GET / 200");
        assert_eq!(journal.entries()[1].to_string(), "GET / no answer");
    }
}
