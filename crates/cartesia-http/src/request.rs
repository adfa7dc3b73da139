//! Requests as data: built here without a connection.

use std::ops::Add;

use bytes::Bytes;
use cartesia_core::limiter::Workload;
use cartesia_core::url::{InvalidSegment, encode_segment, push_query};
use cartesia_core::{ApiVersion, Effect, Secret, headers};
use cartesia_types::{ErrorKind, Requirement};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde::Serialize;

use crate::upload::Form;
use crate::{Error, Result};

/// One request, complete but for what the client adds to all of them.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// What errors and spans call it, for example `tts.sse`.
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) accept: &'static str,
    pub(crate) body: Payload,
    pub(crate) requirements: Vec<Requirement>,
    /// What it does, which decides when it is retried.
    pub(crate) effect: Effect,
    /// Whether it counts towards the limits of a plan, and as what.
    pub(crate) workload: Option<Workload>,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    None,
    Json(Bytes),
    Form(Form),
}

/// What a request does, also one that could not be written down.
pub(crate) fn operation_of(request: &Result<Prepared>) -> &'static str {
    match request {
        Ok(request) => request.operation,
        Err(error) => error.operation(),
    }
}

impl Prepared {
    /// A request without a body, yet.
    pub(crate) fn empty(operation: &'static str, method: Method, path: impl Into<Path>) -> Self {
        let effect = match method {
            Method::GET | Method::HEAD | Method::DELETE => Effect::Idempotent,
            _ => Effect::Change,
        };
        Self {
            operation,
            method,
            path: path.into(),
            accept: "application/json",
            body: Payload::None,
            requirements: Vec::new(),
            effect,
            workload: None,
        }
    }

    pub(crate) fn get(operation: &'static str, path: impl Into<Path>) -> Self {
        Self::empty(operation, Method::GET, path)
    }

    pub(crate) fn delete(operation: &'static str, path: impl Into<Path>) -> Self {
        Self::empty(operation, Method::DELETE, path)
    }

    pub(crate) fn json(
        operation: &'static str,
        method: Method,
        path: impl Into<Path>,
        body: &impl Serialize,
    ) -> Result<Self> {
        Self::empty(operation, method, path).with_json(body)
    }

    pub(crate) fn with_json(mut self, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(|error| {
            let message = "the request cannot be written as JSON";
            Error::new(ErrorKind::InvalidRequest, self.operation, message).with_source(error)
        })?;
        self.body = Payload::Json(body.into());
        Ok(self)
    }

    pub(crate) fn with_form(mut self, form: Form) -> Self {
        self.body = Payload::Form(form);
        self
    }

    pub(crate) fn form(operation: &'static str, path: impl Into<Path>, form: Form) -> Self {
        Self::empty(operation, Method::POST, path).with_form(form)
    }

    pub(crate) fn with_accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    pub(crate) fn with_query(self, query: &[(&'static str, String)]) -> Self {
        query.iter().fold(self, |request, (name, value)| {
            request.with_parameter(name, value)
        })
    }

    pub(crate) fn with_parameter(mut self, name: &str, value: &str) -> Self {
        push_query(&mut self.path.text, name, value);
        self
    }

    pub(crate) fn with_requirements(mut self, requirements: Vec<Requirement>) -> Self {
        self.requirements = requirements;
        self
    }

    pub(crate) fn with_effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// Makes it a request that is billed, and counts towards the limits of a plan.
    pub(crate) fn with_workload(mut self, workload: Workload) -> Self {
        self.workload = Some(workload);
        self.with_effect(Effect::Billed)
    }

    /// The headers that every attempt carries.
    pub(crate) fn headers(&self, version: ApiVersion, secret: &Secret) -> HeaderMap {
        let mut headers = headers::common(version);
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        // A form says its own, with the boundary in it.
        if matches!(self.body, Payload::Json(_)) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if self.accept != "application/json" {
            // Audio does not shrink, and an event must not wait until a compressor's block is full.
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let (name, value) = secret.header(version);
        headers.insert(name, value);
        headers
    }
}

/// Path and query of a request, encoded, from `/` on.
///
/// An identifier that no URL can hold is remembered, and reported when the request is sent.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    text: String,
    refused: Option<InvalidSegment>,
}

impl Path {
    /// Adds an identifier as one segment.
    fn push_id(&mut self, id: &str) {
        match encode_segment(id) {
            Ok(segment) => self.text.push_str(&segment),
            Err(error) => self.refused = Some(error),
        }
    }

    /// The path, if all identifiers in it can be part of a URL.
    pub(crate) fn checked(&self, operation: &'static str) -> Result<&str> {
        match &self.refused {
            None => Ok(&self.text),
            Some(error) => Err(Error::new(
                ErrorKind::InvalidRequest,
                operation,
                error.to_string(),
            )),
        }
    }
}

impl<T: Into<String>> From<T> for Path {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            refused: None,
        }
    }
}

impl Add<&str> for Path {
    type Output = Self;

    fn add(mut self, suffix: &str) -> Self {
        self.text.push_str(suffix);
        self
    }
}

/// A path with an identifier in it.
pub(crate) fn path_with_id(prefix: impl Into<Path>, id: &str) -> Path {
    let mut path = prefix.into();
    path.push_id(id);
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk_canary";

    /// The URL as the HTTP client sees it.
    fn url(path: &Path) -> reqwest::Url {
        let base: cartesia_core::BaseUrl = "https://host.example/prefix".parse().unwrap();
        base.join(path.checked("test").unwrap()).parse().unwrap()
    }

    #[test]
    fn queries_are_encoded() {
        let query = [
            ("q", "warm & deep/é".to_owned()),
            ("expand[]", "preview_file_url".to_owned()),
        ];
        let request = Prepared::get("voices.list", "/voices").with_query(&query);
        assert_eq!(
            url(&request.path).as_str(),
            "https://host.example/prefix/voices?q=warm%20%26%20deep%2F%C3%A9&expand[]=preview_file_url"
        );
    }

    #[test]
    fn an_identifier_stays_one_segment_of_the_final_url() {
        for id in [
            "a/../b?c#d",
            "%2e%2e",
            "...",
            "..\\..",
            " ",
            "a\tb",
            "\u{e9}",
            "a;b",
            "[x]",
        ] {
            let path = path_with_id("/voices/", id) + "/accents";
            let url = url(&path);
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            assert_eq!(segments.len(), 4, "{id:?}: {url}");
            assert_eq!((segments[1], segments[3]), ("voices", "accents"), "{url}");
            assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
        }
    }

    #[test]
    fn identifiers_that_no_url_can_hold_are_refused() {
        for id in ["", ".", ".."] {
            let inner = path_with_id(path_with_id("/datasets/", id) + "/files/", "file_1");
            let outer = path_with_id(path_with_id("/datasets/", "ds_1") + "/files/", id);
            for path in [inner, outer] {
                let error = path.checked("datasets.delete_file").unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{id:?}");
                assert_eq!(error.operation(), "datasets.delete_file");
            }
        }
    }

    #[test]
    fn headers_follow_request_version_and_credential() {
        let key = Secret::Key(cartesia_core::ApiKey::new(KEY).unwrap());
        let request = Prepared::json("tts.sse", Method::POST, "/tts/sse", &())
            .unwrap()
            .with_accept("text/event-stream");
        for version in ApiVersion::KNOWN {
            let headers = request.headers(version, &key);
            assert_eq!(headers["cartesia-version"], version.to_string());
            assert_eq!(headers["accept"], "text/event-stream");
            assert_eq!(headers["content-type"], "application/json");
            assert_eq!(headers["accept-encoding"], "identity");
            let old = version < ApiVersion::V2025_04_16;
            assert_eq!(headers.contains_key("x-api-key"), old);
            assert_eq!(headers.contains_key("authorization"), !old);
            assert!(!format!("{headers:?}").contains("canary"));
        }
    }
}
