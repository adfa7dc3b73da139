//! Requests as data: what is sent is decided here, without a connection.

use bytes::Bytes;
use cartesia_types::{
    AccessToken, AdminKey, ApiKey, ApiVersion, Credential, ErrorKind, Requirement,
};
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;

use crate::upload::Form;
use crate::{Error, Result};

/// How this client names itself, in `User-Agent` and `X-Cartesia-Client`.
const CLIENT_NAME: &str = concat!("cartesia-rust/", env!("CARGO_PKG_VERSION"));

const VERSION_HEADER: HeaderName = HeaderName::from_static("cartesia-version");
const CLIENT_HEADER: HeaderName = HeaderName::from_static("x-cartesia-client");
const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// On whose behalf a client speaks. Never both: an admin key is for the account's own calls alone.
#[derive(Debug, Clone)]
pub(crate) enum Authority {
    Caller(Credential),
    Admin(AdminKey),
}

/// One request, complete but for what the client adds to all of them.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// What errors and spans call it, for example `tts.sse`.
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// Path and query, encoded, from `/` on.
    pub(crate) path: String,
    pub(crate) accept: &'static str,
    pub(crate) body: Payload,
    pub(crate) requirements: Vec<Requirement>,
    /// Whether sending it twice does no harm.
    pub(crate) repeatable: bool,
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
    pub(crate) fn empty(operation: &'static str, method: Method, path: impl Into<String>) -> Self {
        // Reading is harmless, and so is deleting what is gone already.
        let repeatable = matches!(method, Method::GET | Method::HEAD | Method::DELETE);
        Self {
            operation,
            method,
            path: path.into(),
            accept: "application/json",
            body: Payload::None,
            requirements: Vec::new(),
            repeatable,
        }
    }

    pub(crate) fn get(operation: &'static str, path: impl Into<String>) -> Self {
        Self::empty(operation, Method::GET, path)
    }

    pub(crate) fn delete(operation: &'static str, path: impl Into<String>) -> Self {
        Self::empty(operation, Method::DELETE, path)
    }

    pub(crate) fn json(
        operation: &'static str,
        method: Method,
        path: impl Into<String>,
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

    pub(crate) fn form(operation: &'static str, path: impl Into<String>, form: Form) -> Self {
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
        self.path
            .push(if self.path.contains('?') { '&' } else { '?' });
        encode_into(&mut self.path, name);
        self.path.push('=');
        encode_into(&mut self.path, value);
        self
    }

    pub(crate) fn with_requirements(mut self, requirements: Vec<Requirement>) -> Self {
        self.requirements = requirements;
        self
    }

    /// The headers that every try of this request carries.
    pub(crate) fn headers(&self, version: ApiVersion, secret: &Secret) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        headers.insert(USER_AGENT, HeaderValue::from_static(CLIENT_NAME));
        headers.insert(CLIENT_HEADER, HeaderValue::from_static(CLIENT_NAME));
        if let Ok(version) = HeaderValue::try_from(version.to_string()) {
            headers.insert(VERSION_HEADER, version);
        }
        // A form says its own, with the boundary in it.
        if matches!(self.body, Payload::Json(_)) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if self.accept != "application/json" {
            // Audio does not shrink, and an event must not wait until a compressor's block is full.
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let (name, value) = authorization(version, secret);
        headers.insert(name, value);
        headers
    }
}

/// The key or token of one request; a provider was asked for it.
#[derive(Debug, Clone)]
pub(crate) enum Secret {
    Key(ApiKey),
    Token(AccessToken),
    Admin(AdminKey),
}

impl Secret {
    pub(crate) fn expose(&self) -> &str {
        match self {
            Self::Key(key) => key.expose(),
            Self::Token(token) => token.expose(),
            Self::Admin(key) => key.expose(),
        }
    }
}

/// Bearer authorization is documented since 2025-04-16; before that a key had a header of its own.
fn authorization(version: ApiVersion, secret: &Secret) -> (HeaderName, HeaderValue) {
    let (name, text) = match secret {
        Secret::Key(key) if version < ApiVersion::V2025_04_16 => {
            (KEY_HEADER, key.expose().to_owned())
        }
        _ => (AUTHORIZATION, format!("Bearer {}", secret.expose())),
    };
    // Credentials are made of visible ASCII, so this cannot fail; an empty value would be answered
    // with 401.
    let mut value = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    (name, value)
}

/// A path segment or query part with everything encoded that RFC 3986 does not call unreserved, but
/// for brackets: the service names arrays with literal ones (`expand[]=…`).
fn encode_into(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'[' | b']' => {
                out.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
}

/// A path with an identifier in it.
pub(crate) fn path_with_id(prefix: &str, id: &str) -> String {
    let mut path = prefix.to_owned();
    // A segment of dots alone would be taken for "this folder" or "the folder above".
    if id.bytes().all(|byte| byte == b'.') {
        path.extend(id.bytes().map(|_| "%2E"));
    } else {
        encode_into(&mut path, id);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_and_paths_are_encoded() {
        let query = [
            ("q", "warm & deep/é".to_owned()),
            ("expand[]", "preview_file_url".to_owned()),
        ];
        let request = Prepared::get("voices.list", "/voices").with_query(&query);
        assert_eq!(
            request.path,
            "/voices?q=warm%20%26%20deep%2F%C3%A9&expand[]=preview_file_url"
        );
        assert_eq!(
            path_with_id("/voices/", "a/../b?c#d"),
            "/voices/a%2F..%2Fb%3Fc%23d"
        );
        assert_eq!(path_with_id("/voices/", ".."), "/voices/%2E%2E");
    }

    #[test]
    fn headers_follow_the_version_and_the_credential() {
        let key = Secret::Key(ApiKey::new("sk_canary").unwrap());
        let token = Secret::Token(AccessToken::new("canary.jwt").unwrap());
        let request = Prepared::json("tts.sse", Method::POST, "/tts/sse", &())
            .unwrap()
            .with_accept("text/event-stream");
        for version in ApiVersion::KNOWN {
            let headers = request.headers(version, &key);
            assert_eq!(headers["cartesia-version"], version.to_string());
            assert_eq!(headers["accept"], "text/event-stream");
            assert_eq!(headers["content-type"], "application/json");
            assert_eq!(headers["accept-encoding"], "identity");
            assert_eq!(headers["user-agent"], headers["x-cartesia-client"]);
            assert!(
                headers["user-agent"]
                    .to_str()
                    .unwrap()
                    .starts_with("cartesia-rust/")
            );
            if version < ApiVersion::V2025_04_16 {
                assert_eq!(headers["x-api-key"], "sk_canary");
                assert!(!headers.contains_key("authorization"));
            } else {
                assert_eq!(headers["authorization"], "Bearer sk_canary");
                assert!(!headers.contains_key("x-api-key"));
            }
            assert!(!format!("{headers:?}").contains("canary"));
            assert_eq!(
                request.headers(version, &token)["authorization"],
                "Bearer canary.jwt"
            );
        }
    }
}
