//! The content of requests and messages in entries of the journal.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::secrets;

/// Longer content is described by its length and its hash.
const LONGEST_TEXT: usize = 1 << 20;
const LONGEST_PART: usize = 4 << 10;

/// JSON and text as they are, parts one by one, and of everything else the length and the hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub(crate) json: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Vec<Part>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// `null` is JSON as well, and not absent.
fn present<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(json).map(Some)
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    name: Option<String>,
    filename: Option<String>,
    content_type: Option<String>,
    bytes: usize,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl Content {
    /// Of the body of a request; `None` when it has none.
    pub(crate) async fn of_body(headers: &HeaderMap, body: &Bytes) -> Option<Self> {
        if body.is_empty() {
            return None;
        }
        let kind = headers.get(header::CONTENT_TYPE);
        let name = kind
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if name.starts_with("multipart/")
            && let Some(parts) = parts(headers, body).await
        {
            return Some(Self {
                parts: Some(parts),
                ..Self::default()
            });
        }
        // Silence is a valid text in some encodings.
        let is_media = name.starts_with("audio/") || name == "application/octet-stream";
        Some(if is_media {
            Self::of_bytes(body)
        } else {
            Self::of_text(body)
        })
    }

    /// The content of a message that should be text.
    pub(crate) fn of_text(content: &[u8]) -> Self {
        if content.len() > LONGEST_TEXT {
            return Self::of_bytes(content);
        }
        if let Ok(mut json) = serde_json::from_slice(content) {
            secrets::json(&mut json);
            return Self {
                json: Some(json),
                ..Self::default()
            };
        }
        match readable(content) {
            Some(text) => Self {
                text: Some(text),
                ..Self::default()
            },
            None => Self::of_bytes(content),
        }
    }

    /// The content of a message that readers do not need.
    pub(crate) fn of_bytes(content: &[u8]) -> Self {
        Self {
            bytes: Some(content.len()),
            sha256: Some(sha256(content)),
            ..Self::default()
        }
    }
}

/// The parts of a form; `None` when it is not one.
async fn parts(headers: &HeaderMap, body: &Bytes) -> Option<Vec<Part>> {
    let mut request = Request::new(Body::from(body.clone()));
    let kind = headers.get(header::CONTENT_TYPE)?.clone();
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    // The body is in memory already, within the limit of the server.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name().map(str::to_owned);
        let filename = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(str::to_owned);
        let content = field.bytes().await.ok()?;
        let is_text = filename.is_none() && content.len() <= LONGEST_PART;
        let is_secret = name.as_deref().is_some_and(secrets::is_secret);
        let text = readable(&content).filter(|_| is_text && !is_secret);
        parts.push(Part {
            name,
            filename,
            content_type,
            bytes: content.len(),
            sha256: sha256(&content),
            text,
        });
    }
    Some(parts)
}

fn readable(content: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(content).ok()?;
    (!text.contains('\0')).then(|| secrets::text(text).into_owned())
}

fn sha256(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    base16(&digest)
}

fn base16(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into memory does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The SHA-256 of three bytes, from FIPS 180-2.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn contents_are_shown_or_described() {
        for (content, shown) in [
            (&b"{\"a\": [1]}"[..], json!({"json": {"a": [1]}})),
            (b"null", json!({"json": null})),
            (b"words", json!({"text": "words"})),
            (b"key sk_canary", json!({"text": "key [secret]"})),
            (b"\0\0", json!({"bytes": 2, "sha256": sha256(b"\0\0")})),
            (b"\xff", json!({"bytes": 1, "sha256": sha256(b"\xff")})),
        ] {
            let content = Content::of_text(content);
            assert_eq!(serde_json::to_value(&content).unwrap(), shown);
        }
        let bytes = serde_json::to_value(Content::of_bytes(b"abc")).unwrap();
        assert_eq!(bytes, json!({"bytes": 3, "sha256": ABC}));
        let long = vec![b'x'; LONGEST_TEXT + 1];
        assert_eq!(Content::of_text(&long).bytes, Some(LONGEST_TEXT + 1));
    }
}
