//! Sending forms.

use cartesia_mock::MockServer;
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::support::{KEY, NEWEST, answer, answer_json, client};

/// A form in the making.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<u8>);

impl Form {
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        let head = format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        self.0.extend(head.as_bytes());
        self.0.extend(value.as_bytes());
        self.0.extend(b"\r\n");
        self
    }

    pub(crate) fn file(mut self, name: &str, file_name: &str, content: &[u8]) -> Self {
        let head = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"{name}\"; \
             filename=\"{file_name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        self.0.extend(head.as_bytes());
        self.0.extend(content);
        self.0.extend(b"\r\n");
        self
    }

    pub(crate) fn post(&self, server: &MockServer, version: &str, path: &str) -> RequestBuilder {
        let mut body = self.0.clone();
        body.extend(b"--frontier--\r\n");
        client()
            .post(format!("{}{path}", server.url()))
            .bearer_auth(KEY)
            .header("cartesia-version", version)
            .header("content-type", "multipart/form-data; boundary=frontier")
            .body(body)
    }

    pub(crate) async fn json(&self, server: &MockServer, path: &str) -> Value {
        answer_json(self.post(server, NEWEST, path)).await
    }

    /// Asserts that it is refused, with this status and in these words.
    pub(crate) async fn refused(&self, server: &MockServer, path: &str, status: u16, says: &str) {
        let (found, text) = answer(self.post(server, NEWEST, path)).await;
        assert_eq!(found, status, "{text}");
        assert!(text.contains(says), "{says:?} in {text}");
    }
}
