//! `multipart/form-data` that is in memory as a whole.

use axum::http::{HeaderMap, header};
use bytes::Bytes;

use crate::rejection::Rejection;

/// The parts of a form, in the order in which they were sent.
#[derive(Debug)]
pub(crate) struct Form(Vec<Part>);

#[derive(Debug)]
pub(crate) struct Part {
    name: String,
    pub(crate) filename: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Form {
    pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Rejection> {
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let boundary = content_type
            .strip_prefix("multipart/form-data")
            .and_then(|parameters| parameter(parameters, "boundary"))
            .ok_or_else(|| {
                Rejection::bad_request("the body must be multipart/form-data with a boundary")
            })?;
        parts(body, &boundary)
            .map(Self)
            .ok_or_else(|| Rejection::bad_request("the form is not readable"))
    }

    pub(crate) fn part(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.name == name)
    }

    pub(crate) fn required(&self, name: &str) -> Result<&Part, Rejection> {
        self.part(name)
            .filter(|part| part.filename.is_some() || !part.bytes.is_empty())
            .ok_or_else(|| Rejection::bad_request(format!("`{name}` is required")))
    }
}

/// `None` when it is no form, or one that ends too early.
fn parts(body: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    let delimiter = format!("\r\n--{boundary}");
    let first = delimiter.trim_start();
    let mut at = if body.starts_with(first.as_bytes()) {
        first.len()
    } else {
        find(body, 0, delimiter.as_bytes())? + delimiter.len()
    };
    let mut parts = Vec::new();
    while !body[at..].starts_with(b"--") {
        let headers = find(body, at, b"\r\n")? + 2;
        let headers_end = find(body, headers, b"\r\n\r\n")?;
        let content = headers_end + 4;
        // An empty part may end where its headers do.
        let content_end = find(body, content - 2, delimiter.as_bytes())?;
        let text = std::str::from_utf8(&body[headers..headers_end]).ok()?;
        let disposition = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition")
                .then_some(value)
        })?;
        parts.push(Part {
            name: parameter(disposition, "name")?,
            filename: parameter(disposition, "filename"),
            bytes: body.slice(content.min(content_end)..content_end),
        });
        at = content_end + delimiter.len();
    }
    Some(parts)
}

/// Where `needle` starts, from `from` on.
fn find(body: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let found = body
        .get(from..)?
        .windows(needle.len())
        .position(|window| window == needle);
    found.map(|position| from + position)
}

/// The value of `; name=value` or `; name="value"`.
fn parameter(text: &str, name: &str) -> Option<String> {
    text.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let value = value.trim();
        let unquoted = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| unquoted.unwrap_or(value).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        content_type: &str,
        body: &'static [u8],
    ) -> Option<Vec<(String, Option<String>, Bytes)>> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        let form = Form::read(&headers, &Bytes::from_static(body)).ok()?;
        let parts = form.0.into_iter();
        Some(
            parts
                .map(|part| (part.name, part.filename, part.bytes))
                .collect(),
        )
    }

    #[test]
    fn text_and_files_in_order() {
        let body = b"preamble\r\n--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\
            \r\n--x y\r\ncontent-disposition: form-data; name=file; filename=\"f.wav\"\r\n\
            Content-Type: audio/wav\r\n\r\n\r\n--x y--\r\n";
        let parts = read("multipart/form-data; boundary=\"x y\"", body).unwrap();
        assert_eq!(
            parts,
            [
                ("a".to_owned(), None, Bytes::from_static(b"1\r\n2")),
                ("file".to_owned(), Some("f.wav".to_owned()), Bytes::new()),
            ]
        );
    }

    #[test]
    fn what_is_no_form() {
        const WHOLE: &[u8] = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--";
        let form = "multipart/form-data; boundary=b";
        assert!(read(form, WHOLE).is_some());
        for length in 0..WHOLE.len() {
            assert!(read(form, &WHOLE[..length]).is_none(), "{length}");
        }
        assert!(read("application/json", WHOLE).is_none());
        assert!(read("multipart/form-data", WHOLE).is_none());
        assert!(read("multipart/form-data; boundary=c", WHOLE).is_none());
        assert!(read(form, b"--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--").is_none());
    }
}
