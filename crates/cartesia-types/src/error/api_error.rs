//! The service's own error, read from all of its formats.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::shape::{self, Shape};
use super::{ErrorKind, scrub};
use crate::json;

/// Bytes of an unreadable error body that are kept; the rest is cut.
pub(super) const BODY_LIMIT: usize = 2_048;
/// The message of an error without a text: the meaning of its status, where that helps.
const fn without_reason(status: u16) -> &'static str {
    match status {
        401 => "the API key or access token was not accepted; the server sent no reason",
        403 => "the API key or access token lacks the permission; the server sent no reason",
        429 => "there were too many requests; the server sent no reason",
        _ => "the server sent no reason",
    }
}

crate::open::open_string! {
    /// A machine-readable error code of the service.
    ErrorCode {
        /// Too many generations at once for the plan.
        CONCURRENCY_LIMITED = "concurrency_limited",
        /// Credits are used up.
        QUOTA_EXCEEDED = "quota_exceeded",
        /// The plan does not include this.
        PLAN_UPGRADE_REQUIRED = "plan_upgrade_required",
        /// Bad or missing credential.
        UNAUTHORIZED = "unauthorized",
        /// The model does not exist.
        MODEL_NOT_FOUND = "model_not_found",
        /// The model or snapshot was retired.
        MODEL_SUNSETTED = "model_sunsetted",
        /// The voice does not exist.
        VOICE_NOT_FOUND = "voice_not_found",
        /// The voice cannot be used with this model.
        VOICE_MODEL_MISMATCH = "voice_model_mismatch",
        /// The identifier is not one of a voice.
        INVALID_VOICE_ID = "invalid_voice_id",
        /// The model does not speak this language.
        LANGUAGE_NOT_SUPPORTED = "language_not_supported",
        /// The upload cannot be decoded.
        UNSUPPORTED_AUDIO_FORMAT = "unsupported_audio_format",
        /// The upload is too large.
        FILE_TOO_LARGE = "file_too_large",
    }
}

/// An error that the service reported, over HTTP or inside a stream.
///
/// API versions from 2026-03-01 on answer with a structured object, older ones with a line of text, gateways
/// in between with HTML or RFC 7807 problems. All of them become this type. Credentials are removed, and
/// texts longer than 2 KiB are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApiError {
    /// HTTP status, or its counterpart in a stream.
    pub status: u16,
    /// The machine-readable code, if the service sent one.
    #[serde(rename = "error_code", skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// Short text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Text for people; never empty.
    pub message: String,
    /// The id to quote to the vendor's support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The address of the vendor's explanation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_url: Option<String>,
    /// The body as it came, when it was not the usual structured error; cut after 2 KiB.
    #[serde(skip)]
    pub body: Option<String>,
}

impl ApiError {
    /// Creates an error with a status and a message, for tests and servers.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            code: None,
            title: None,
            message: message.into(),
            request_id: None,
            doc_url: None,
            body: None,
        }
    }

    /// Reads the body of a failed HTTP response, whatever its shape.
    ///
    /// ```
    /// use cartesia_types::{ApiError, ErrorKind};
    ///
    /// let error = ApiError::from_body(401, b"Unauthorized: no such key");
    /// assert_eq!(error.title.as_deref(), Some("Unauthorized"));
    /// assert_eq!(error.message, "no such key");
    /// assert_eq!(error.kind(), ErrorKind::Auth);
    /// ```
    pub fn from_body(status: u16, body: &[u8]) -> Self {
        let body = body.trim_ascii();
        let error = match shape::read(body) {
            Some(shape) => Self::from_shape(status, shape, body),
            None => Self::from_text(status, body),
        };
        error.scrubbed(&scrub::by_look)
    }

    /// Reads the error event of a stream. Keys of the event itself are not an error: without other keys the
    /// result is `None`.
    pub(crate) fn from_event(status: u16, message: &[u8]) -> Self {
        const OF_EVENTS: [&str; 6] = [
            "type",
            "status_code",
            "done",
            "context_id",
            "flush_id",
            "step_time",
        ];
        let says_more = || {
            json::members(message)
                .map_while(Result::ok)
                .any(|(key, value)| !json::is_null(value) && !OF_EVENTS.contains(&&*key.name()))
        };
        let error = match shape::read(message) {
            Some(shape) => Self::from_shape(status, shape, message),
            None if says_more() => Self::from_text(status, message),
            None => Self::new(status, without_reason(status)),
        };
        error.scrubbed(&scrub::by_look)
    }

    fn from_shape(status: u16, shape: Shape, body: &[u8]) -> Self {
        Self {
            status,
            code: shape.code.map(ErrorCode::from),
            title: shape.title,
            message: shape.message,
            request_id: shape.request_id,
            doc_url: shape.doc_url,
            body: shape
                .text
                .or_else(|| (!shape.is_usual).then(|| start_of(body))),
        }
    }

    /// Reads plain text (`Title: message` at API versions up to 2025-11-04) or HTML.
    fn from_text(status: u16, body: &[u8]) -> Self {
        let text = start_of(body);
        if text.is_empty() {
            return Self::new(status, without_reason(status));
        }
        let mut error = if let Some(title) = html_title(&text) {
            let message = format!("the server answered with an HTML page: {title}");
            Self::new(status, message)
        } else {
            // Read from a longer start, so that what is cut is the end of the message.
            let (title, message) = titled(&text_of(body));
            Self {
                title,
                ..Self::new(status, message)
            }
        };
        error.message = cut(&error.message, BODY_LIMIT).to_owned();
        error.body = Some(text);
        error
    }

    /// Applies this to everything that the service said.
    pub(super) fn scrubbed(mut self, scrub: &dyn Fn(String) -> String) -> Self {
        for text in self.texts() {
            *text = scrub(std::mem::take(text));
        }
        self.code = self
            .code
            .map(|code| ErrorCode::from(scrub(code.as_str().to_owned())));
        self
    }

    /// Removes this secret from all texts of the error, because gateways quote requests. If a long text was
    /// cut within the secret, its beginning is removed, too. Texts that look like a credential are always
    /// removed.
    #[must_use]
    pub fn without_secret(mut self, secret: &str) -> Self {
        if secret.is_empty() {
            return self;
        }
        for text in self.texts() {
            if is_cut(text) {
                for form in scrub::forms(secret) {
                    text.truncate(text.len() - beginning_at_end(text, &form));
                }
            }
        }
        self.scrubbed(&|text| scrub::by_value(text, secret))
    }

    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let texts = [
            Some(&mut self.message),
            self.title.as_mut(),
            self.request_id.as_mut(),
            self.doc_url.as_mut(),
            self.body.as_mut(),
        ];
        texts.into_iter().flatten()
    }

    /// Returns the kind of error: from the code, or else from the status.
    pub fn kind(&self) -> ErrorKind {
        match self.code.as_ref().map(ErrorCode::as_str) {
            Some("concurrency_limited") => ErrorKind::RateLimited,
            Some("quota_exceeded" | "plan_upgrade_required") => ErrorKind::Quota,
            Some("unauthorized") => ErrorKind::Auth,
            Some("model_not_found" | "voice_not_found" | "model_sunsetted") => ErrorKind::NotFound,
            _ => ErrorKind::from_status(self.status),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.title {
            Some(title) if *title != self.message => write!(f, "{title}: {}", self.message)?,
            _ => f.write_str(&self.message)?,
        }
        match &self.code {
            Some(code) => write!(f, " (status {}, {code})", self.status),
            None => write!(f, " (status {})", self.status),
        }
    }
}

impl std::error::Error for ApiError {}

/// The beginning of a body as text, without a copy of the rest.
fn text_of(body: &[u8]) -> String {
    // Twice the limit: a title may go before what is cut at the limit.
    let body = body.trim_ascii();
    let start = body.get(..2 * BODY_LIMIT).unwrap_or(body);
    String::from_utf8_lossy(start).trim().to_owned()
}

fn start_of(body: &[u8]) -> String {
    cut(&text_of(body), BODY_LIMIT).to_owned()
}

/// Splits `Title: message`, as the service writes errors in plain text.
pub(super) fn titled(text: &str) -> (Option<String>, String) {
    match text.split_once(": ") {
        Some((title, message)) if is_title(title) && !message.trim().is_empty() => {
            (Some(title.to_owned()), message.trim().to_owned())
        }
        _ => (None, text.to_owned()),
    }
}

/// A title is a few words on one line: a sentence before a colon is not one.
pub(super) fn is_title(text: &str) -> bool {
    (1..=60).contains(&text.len()) && !text.contains(['\n', '{', '<', '.'])
}

/// The title of an HTML page, or its start when it has none; `None` when the text is not HTML.
fn html_title(text: &str) -> Option<&str> {
    // ASCII lower case keeps every byte offset.
    let lower = cut(text, BODY_LIMIT).to_ascii_lowercase();
    if !(lower.starts_with("<!doctype html") || lower.starts_with("<html")) {
        return None;
    }
    let title = lower.find("<title>").and_then(|tag| {
        let start = tag + "<title>".len();
        let length = lower.get(start..)?.find("</title>")?;
        text.get(start..start + length).map(str::trim)
    });
    Some(
        title
            .filter(|title| !title.is_empty())
            .unwrap_or("(without a title)"),
    )
}

/// Whether a text may have been longer: a cut leaves the limit, or less by a part of a character.
fn is_cut(text: &str) -> bool {
    (BODY_LIMIT - 3..=BODY_LIMIT).contains(&text.len())
}

/// How many bytes at the end of `text` are the beginning of `secret`, or all of it.
fn beginning_at_end(text: &str, secret: &str) -> usize {
    let lengths = (1..=secret.len()).rev();
    lengths
        .filter(|length| secret.is_char_boundary(*length))
        .find(|length| text.ends_with(&secret[..*length]))
        .unwrap_or(0)
}

/// The longest start of `text` that is at most `limit` bytes and ends between characters.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> ApiError {
        ApiError::from_body(status, body.as_bytes())
    }

    #[test]
    fn structured() {
        let error = read(
            429,
            r#"{"error_code":"concurrency_limited","title":"Too many","message":"Slow down","request_id":"r-1","doc_url":"https://x/y","new":1}"#,
        );
        assert_eq!(error.code, Some(ErrorCode::CONCURRENCY_LIMITED));
        assert_eq!(error.title.as_deref(), Some("Too many"));
        assert_eq!(error.message, "Slow down");
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
        assert_eq!(error.doc_url.as_deref(), Some("https://x/y"));
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(
            error.to_string(),
            "Too many: Slow down (status 429, concurrency_limited)"
        );
        let sent = serde_json::to_string(&error).unwrap();
        assert_eq!(read(429, &sent), error);
    }

    #[test]
    fn null_code_and_missing_fields() {
        let error = read(
            400,
            r#"{"error_code":null,"title":"Bad","message":"No","request_id":"r"}"#,
        );
        assert_eq!(
            (error.code.as_ref(), error.kind()),
            (None, ErrorKind::InvalidRequest)
        );
        let error = read(400, r#"{"error_code":"voice_not_found"}"#);
        assert_eq!(
            (error.message.as_str(), error.kind()),
            ("voice_not_found", ErrorKind::NotFound)
        );
    }

    #[test]
    fn wrapped_object_and_wrapped_text() {
        let error = read(
            400,
            r#"{"error":{"error_code":"quota_exceeded","title":"T","message":"M"},"request_id":"outer"}"#,
        );
        assert_eq!(
            (error.message.as_str(), error.kind()),
            ("M", ErrorKind::Quota)
        );
        assert_eq!(error.request_id.as_deref(), Some("outer"));
        let error = read(500, r#"{"error":"Internal: it broke"}"#);
        assert_eq!(error.title.as_deref(), Some("Internal"));
        assert_eq!(error.message, "it broke");
        let error = read(404, r#"{"message":"call not found","description":"d"}"#);
        assert_eq!(
            (error.message.as_str(), error.kind()),
            ("call not found", ErrorKind::NotFound)
        );
        assert_eq!(read(500, r#""just a string""#).message, "just a string");
    }

    #[test]
    fn plain_text() {
        let error = read(401, "Unauthorized: no such key\n");
        assert_eq!(error.title.as_deref(), Some("Unauthorized"));
        assert_eq!(error.message, "no such key");
        assert_eq!(error.body.as_deref(), Some("Unauthorized: no such key"));
        let error = read(400, "invalid request. Reason: none");
        assert_eq!(error.title, None);
        assert_eq!(error.message, "invalid request. Reason: none");
    }

    #[test]
    fn html_empty_and_binary() {
        let error = read(
            502,
            "<!DOCTYPE html><html><head><TITLE>502 Bad Gateway</TITLE></head></html>",
        );
        assert!(error.message.ends_with("502 Bad Gateway"), "{error}");
        assert_eq!(error.kind(), ErrorKind::Server);
        assert!(read(502, "<html>").message.contains("HTML"));
        assert_eq!(read(503, "").message, "the server sent no reason");
        let refused = read(401, "").message;
        assert!(
            refused.starts_with("the API key or access token was not accepted"),
            "{refused}"
        );
        assert_eq!(read(503, "[]").message, "[]");
        assert_eq!(read(503, "{}").message, "{}");
        assert!(
            !ApiError::from_body(500, &[0xff, 0xfe, 0x00])
                .message
                .is_empty()
        );
    }

    #[test]
    fn every_shape_shows_what_there_is() {
        let html = "the server answered with an HTML page: Busy";
        for (body, expected) in [
            // RFC 7807, also with lists of the invalid parameters.
            (
                r#"{"type":"https://errors.example/voice","title":"Bad voice","status":400,"detail":"No voice v"}"#,
                "Bad voice: No voice v",
            ),
            (
                r#"{"title":"Invalid","errors":{"voice":["is required"],"text":["is empty"]}}"#,
                "Invalid: voice: is required; text: is empty",
            ),
            (
                r#"{"title":"Invalid","detail":"Two things","invalid-params":[{"name":"a","reason":"b"}]}"#,
                "Invalid: Two things",
            ),
            // FastAPI, with the place of what is wrong.
            (r#"{"detail":"Not here"}"#, "Not here"),
            (
                r#"{"detail":[{"loc":["body","voice"],"msg":"field required","type":"missing"}]}"#,
                "body.voice: field required",
            ),
            // Lists of errors: of objects and of texts.
            (
                r#"{"errors":[{"message":"one"},{"message":"two"}]}"#,
                "one; two",
            ),
            (r#"{"errors":["one",{"detail":"two"},null]}"#, "one; two"),
            (
                r#"{"message":"Invalid","errors":[{"field":"text","message":"too long"}]}"#,
                "Invalid: text: too long",
            ),
            // Other gateways and services.
            (r#"{"error":{"message":"deep","code":403}}"#, "deep"),
            (r#"{"error":{"error":{"message":"deeper"}}}"#, "deeper"),
            (
                r#"{"error":"invalid_grant","error_description":"The token is old"}"#,
                "invalid_grant: The token is old",
            ),
            (r#"{"message":{"message":"odd"}}"#, "odd"),
            (r#"{"message":["a","b"]}"#, "a; b"),
            (r#"[{"message":"in a list"}]"#, "in a list"),
            (r#"{"message":7,"reason":"because"}"#, "because"),
            // A field of another type spoils no other, nor does broken JSON at the end.
            (
                r#"{"message":"kept","error_code":{"x":1},"title":[1]}"#,
                "kept",
            ),
            (r#"{"message":"kept","request_id":"r","cut":"#, "kept"),
            (r#"{"message":"kept","bad":"\ud800"}"#, "kept"),
            // Nothing that is known: as it came.
            (r#"{"odd":"canary"}"#, r#"{"odd":"canary"}"#),
            (r#"{"error":true}"#, r#"{"error":true}"#),
            ("upstream connect error", "upstream connect error"),
            ("<!doctype html><title>Busy</title>", html),
            (
                "<?xml version=\"1.0\"?><Error>x</Error>",
                "<?xml version=\"1.0\"?><Error>x</Error>",
            ),
        ] {
            let error = read(418, body);
            assert_eq!(
                error.to_string(),
                format!("{expected} (status 418)"),
                "{body}"
            );
        }
        let problem = r#"{"type":"https://errors.example/voice","detail":"No"}"#;
        let error = read(400, problem);
        assert_eq!(
            error.doc_url.as_deref(),
            Some("https://errors.example/voice")
        );
        assert_eq!(error.body.as_deref(), Some(problem));
    }

    #[test]
    fn a_few_levels_are_read_and_the_work_is_linear() {
        let nested = |levels: usize, bytes: usize| {
            let filler = "x".repeat(bytes);
            let open = format!(r#"{{"filler":"{filler}","error":"#).repeat(levels);
            format!("{open}{{\"message\":\"inside\"}}{}", "}".repeat(levels))
        };
        assert_eq!(read(500, &nested(3, 10)).message, "inside");
        let steps = |text: &str| {
            crate::json::tests::steps(|| {
                let error = read(500, text);
                assert!(error.message.len() <= BODY_LIMIT);
                assert!(error.body.is_some_and(|body| body.len() <= BODY_LIMIT));
            })
        };
        // A megabyte, whatever the number of levels: no byte is looked at more often than levels are read.
        let (few, many) = (nested(120, 80), nested(120, 8_000));
        assert!(steps(&few) <= 5 * few.len());
        assert!(steps(&many) <= 5 * many.len());
        let levels = nested(12_000, 80);
        assert!(steps(&levels) <= 5 * levels.len());
        // And no deeper than a stack goes.
        assert!(!read(500, &"[".repeat(1_000_000)).message.is_empty());
    }

    #[test]
    fn a_secret_that_is_quoted_is_taken_out() {
        let text = "Bad key: sk_canary is not a key, said sk_canary";
        let error = read(401, text).without_secret("sk_canary");
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
        assert!(error.message.contains("<redacted>"), "{error}");
        assert_eq!(read(401, text).without_secret(""), read(401, text));

        let text = r#"{"message": "no", "error_code": "bad_sk_canary"}"#;
        let code = read(401, text).without_secret("sk_canary").code.unwrap();
        assert_eq!(code.as_str(), "bad_<redacted>");
    }

    #[test]
    fn a_secret_across_the_cut_leaves_nothing_of_itself() {
        let secret = "sk_canary_sk_canary";
        for before in BODY_LIMIT - 2 * secret.len()..=BODY_LIMIT {
            let text = "-".repeat(before) + secret + &"-".repeat(BODY_LIMIT);
            let titled = format!("Bad key: {text}");
            let json = format!(r#"{{"error": "{text}"}}"#);
            let page = format!("<html><title>{}</title>", &text[..before + secret.len()]);
            for body in [text, titled, json, page] {
                let error = read(401, &body).without_secret(secret);
                assert!(!format!("{error:?}").contains("sk"), "{before}: {error:?}");
                assert!(error.message.len() > BODY_LIMIT / 2 || body.starts_with('<'));
            }
        }
    }

    #[test]
    fn a_long_body_is_cut_between_characters() {
        let body = "é".repeat(10_000);
        let error = read(500, &body);
        assert!(error.message.len() <= BODY_LIMIT && error.body.unwrap().len() <= BODY_LIMIT);
    }

    #[test]
    fn every_status_has_a_kind() {
        for (status, kind) in [
            (400, ErrorKind::InvalidRequest),
            (401, ErrorKind::Auth),
            (402, ErrorKind::Quota),
            (403, ErrorKind::Auth),
            (404, ErrorKind::NotFound),
            (408, ErrorKind::Timeout),
            (422, ErrorKind::InvalidRequest),
            (429, ErrorKind::RateLimited),
            (500, ErrorKind::Server),
            (599, ErrorKind::Server),
            (302, ErrorKind::Protocol),
            (0, ErrorKind::Protocol),
        ] {
            assert_eq!(ErrorKind::from_status(status), kind, "{status}");
        }
    }
}
