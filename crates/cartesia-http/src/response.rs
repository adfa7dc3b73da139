//! Status and headers of a response.

use std::fmt;

use http::{HeaderMap, StatusCode};

/// Status, headers and request id of a response.
#[derive(Clone)]
pub struct ResponseInfo {
    status: StatusCode,
    headers: HeaderMap,
    attempts: u32,
}

impl ResponseInfo {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, attempts: u32) -> Self {
        Self {
            status,
            headers,
            attempts,
        }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the id to quote to the vendor's support (`x-request-id`).
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-request-id")
    }

    /// Returns the identifier of the stored file, if the request asked to store it (`Cartesia-File-ID`).
    pub fn file_id(&self) -> Option<&str> {
        self.header("cartesia-file-id")
    }

    /// Returns how often the request was sent until this response arrived; 1 without a retry.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type without its parameters, in lower case.
    pub(crate) fn media_type(&self) -> Option<String> {
        let value = self.headers.get(http::header::CONTENT_TYPE)?;
        let text = String::from_utf8_lossy(value.as_bytes());
        let media = text.split(';').next().unwrap_or_default().trim();
        (!media.is_empty()).then(|| media.to_ascii_lowercase())
    }
}

impl fmt::Debug for ResponseInfo {
    /// Leaves the header values out: a proxy may echo what it was sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseInfo")
            .field("status", &self.status)
            .field("request_id", &self.request_id())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// A decoded answer together with the response that carried it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The answer.
    pub value: T,
    /// Status, headers and request id.
    pub info: ResponseInfo,
}
