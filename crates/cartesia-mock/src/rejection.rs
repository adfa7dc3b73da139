//! Errors, in the shape of the API version that the request speaks.

use std::borrow::Cow;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cartesia_types::ApiVersion;
use serde::Serialize;

use crate::sse;

const DOC_URL: &str = "https://docs.cartesia.ai/use-the-api/api-errors";

/// The refusal of a request, before its format is known.
///
/// As a response it is only a note to [`middleware`](crate::middleware), which knows version and request
/// identifier and renders it. So handlers and extractors return it with `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    status: StatusCode,
    code: Option<Cow<'static, str>>,
    title: Cow<'static, str>,
    message: String,
    doc_url: Option<&'static str>,
}

impl Rejection {
    fn new(
        status: StatusCode,
        title: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: None,
            title: title.into(),
            message: message.into(),
            doc_url: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The same refusal with status 400.
    pub(crate) fn into_bad_request(mut self) -> Self {
        self.status = StatusCode::BAD_REQUEST;
        self
    }

    pub(crate) fn coded(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// A field is missing, of the wrong type or out of range.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Bad Request", message)
    }

    /// There is one already.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "Conflict", message)
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", message).coded("unauthorized")
    }

    /// The credential is one, but not for this.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found", message)
    }

    /// A request that the recording does not have.
    #[cfg(feature = "replay")]
    pub(crate) fn not_recorded(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not in the recording", message).coded("not_recorded")
    }

    /// A request that the proxy could not pass on.
    #[cfg(feature = "proxy")]
    pub(crate) fn upstream(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "Bad Gateway", message)
    }

    /// The path exists, but not at the version that was asked for.
    pub(crate) fn no_such_call() -> Self {
        Self::not_found("this API version has no such call")
    }

    /// An upload that is no audio, or of a kind that cannot be read.
    pub(crate) fn unsupported_audio(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Unsupported audio format", message)
            .coded("unsupported_audio_format")
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "this path does not take this method";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Method Not Allowed",
            message,
        )
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("the body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large", message)
            .coded("file_too_large")
    }

    /// From 2026-03-01 on an unknown voice is not found; before, the request was a bad one.
    pub(crate) fn voice_not_found(version: ApiVersion, id: &str) -> Self {
        let status = if version >= ApiVersion::V2026_03_01 {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::BAD_REQUEST
        };
        Self::new(
            status,
            "Voice not found",
            format!("there is no voice {:?}", shortened(id)),
        )
        .coded("voice_not_found")
    }

    pub(crate) fn model_not_found(id: &str) -> Self {
        let message = format!("there is no model {:?}", shortened(id));
        Self::new(StatusCode::NOT_FOUND, "Model not found", message).coded("model_not_found")
    }

    pub(crate) fn model_sunsetted(id: &str) -> Self {
        let message = format!("the model {id:?} was retired; use a newer one");
        let mut rejection = Self::new(StatusCode::BAD_REQUEST, "Model sunsetted", message);
        rejection.doc_url = Some(DOC_URL);
        rejection.coded("model_sunsetted")
    }

    pub(crate) fn language_not_supported(language: &str, model: &str) -> Self {
        let message = format!(
            "the model {model:?} does not speak {:?}",
            shortened(language)
        );
        Self::new(StatusCode::BAD_REQUEST, "Language not supported", message)
            .coded("language_not_supported")
    }

    /// The limit of contexts of the plan is in use.
    pub(crate) fn too_many_contexts(limit: usize) -> Self {
        let message = format!("the plan allows {limit} concurrent contexts");
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "Too many concurrent requests", message).coded("concurrency_limited")
    }

    /// The limit of WebSockets of the plan is in use.
    pub(crate) fn too_many_sockets(limit: usize) -> Self {
        let message = format!("the plan allows {limit} open WebSockets");
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "Too many open WebSockets", message).coded("concurrency_limited")
    }

    /// The limit of transcriptions of the plan is in use.
    pub(crate) fn too_many_streams(limit: usize) -> Self {
        let message = format!("the plan allows {limit} concurrent transcriptions");
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "Too many concurrent requests", message).coded("concurrency_limited")
    }

    /// On a socket an unknown model is a bad request.
    pub(crate) fn on_socket(mut self) -> Self {
        if self.code.as_deref() == Some("model_not_found") {
            self.status = StatusCode::BAD_REQUEST;
        }
        self
    }

    /// An error from a fault or a script.
    pub(crate) fn scripted(status: u16, code: Option<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let rejection = Self::new(
            status,
            "Generation failed",
            "the generation failed on request of the test",
        );
        match code {
            Some(code) => rejection.coded(code),
            None => rejection,
        }
    }

    /// The HTTP response: JSON from 2026-03-01 on, a line of text before.
    pub(crate) fn render(&self, version: ApiVersion, request_id: &str) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            error_code: Option<&'a str>,
            title: &'a str,
            message: &'a str,
            request_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            doc_url: Option<&'a str>,
        }
        if version < ApiVersion::V2026_03_01 {
            let text = format!("{}: {}", self.title, self.message);
            return (self.status, text).into_response();
        }
        let body = sse::json(&Body {
            error_code: self.code.as_deref(),
            title: &self.title,
            message: &self.message,
            request_id,
            doc_url: self.doc_url,
        });
        (
            self.status,
            [(header::CONTENT_TYPE, "application/json")],
            body,
        )
            .into_response()
    }

    /// The message of a stream or socket, in the structured shape or with one text.
    pub(crate) fn message(
        &self,
        structured: bool,
        request_id: &str,
        context_id: Option<&str>,
    ) -> String {
        #[derive(Serialize)]
        struct Structured<'a> {
            r#type: &'a str,
            status_code: u16,
            done: bool,
            title: &'a str,
            message: &'a str,
            error_code: Option<&'a str>,
            request_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            doc_url: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            context_id: Option<&'a str>,
        }
        #[derive(Serialize)]
        struct Legacy<'a> {
            r#type: &'a str,
            status_code: u16,
            done: bool,
            error: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            context_id: Option<&'a str>,
        }
        let (r#type, status_code, done) = ("error", self.status.as_u16(), true);
        if !structured {
            let error = format!("{}: {}", self.title, self.message);
            return sse::json(&Legacy {
                r#type,
                status_code,
                done,
                error,
                context_id,
            });
        }
        sse::json(&Structured {
            r#type,
            status_code,
            done,
            title: &self.title,
            message: &self.message,
            error_code: self.code.as_deref(),
            request_id,
            doc_url: self.doc_url,
            context_id,
        })
    }
}

impl Rejection {
    /// The message of a socket for speech to text, where the status has another name in the older shape.
    pub(crate) fn stt_message(&self, structured: bool, request_id: &str) -> String {
        #[derive(Serialize)]
        struct Structured<'a> {
            r#type: &'a str,
            title: &'a str,
            message: &'a str,
            error_code: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            doc_url: Option<&'a str>,
            status_code: u16,
            request_id: &'a str,
        }
        #[derive(Serialize)]
        struct Legacy<'a> {
            r#type: &'a str,
            message: String,
            code: u16,
            request_id: &'a str,
        }
        let (r#type, status) = ("error", self.status.as_u16());
        if structured {
            return sse::json(&Structured {
                r#type,
                title: &self.title,
                message: &self.message,
                error_code: self.code.as_deref(),
                doc_url: self.doc_url,
                status_code: status,
                request_id,
            });
        }
        sse::json(&Legacy {
            r#type,
            message: format!("{}: {}", self.title, self.message),
            code: status,
            request_id,
        })
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Shortens content of a client for an error message.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
