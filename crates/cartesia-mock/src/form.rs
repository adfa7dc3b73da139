//! Reading `multipart/form-data` bodies, which are in memory already.

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::rejection::Rejection;

/// The parts of a form, in the order in which they were sent; names may repeat.
#[derive(Debug)]
pub(crate) struct Form {
    parts: Vec<Part>,
}

/// One part.
#[derive(Debug)]
pub(crate) struct Part {
    name: String,
    /// Files have one.
    pub(crate) file_name: Option<String>,
    pub(crate) content: Bytes,
}

impl Form {
    pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Rejection> {
        let kind = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let boundary = boundary(kind)
            .ok_or_else(|| Rejection::bad_request("the body must be multipart/form-data"))?;
        let parts = parts(boundary, body)
            .ok_or_else(|| Rejection::bad_request("the form is not readable or ends early"))?;
        Ok(Self { parts })
    }

    /// All texts of a name.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&str>, Rejection> {
        self.parts
            .iter()
            .filter(|part| part.name == name && part.file_name.is_none())
            .map(|part| {
                std::str::from_utf8(&part.content)
                    .map_err(|_| Rejection::bad_request(format!("`{name}` is not UTF-8")))
            })
            .collect()
    }

    /// The text of a name; an empty one counts as none.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Rejection> {
        let first = self.texts(name)?.first().copied();
        Ok(first.filter(|text| !text.is_empty()))
    }

    pub(crate) fn required_text(&self, name: &str) -> Result<&str, Rejection> {
        self.text(name)?.ok_or_else(|| required(name))
    }

    /// The file of a name. One that is empty is refused.
    pub(crate) fn file(&self, name: &str) -> Result<Option<&Part>, Rejection> {
        let file = self
            .parts
            .iter()
            .find(|part| part.name == name && part.file_name.is_some());
        if file.is_some_and(|file| file.content.is_empty()) {
            return Err(Rejection::bad_request(format!("`{name}` is empty")));
        }
        Ok(file)
    }

    pub(crate) fn required_file(&self, name: &str) -> Result<&Part, Rejection> {
        self.file(name)?.ok_or_else(|| required(name))
    }

    /// `output_format[…]` as the same field stands in JSON.
    pub(crate) fn output_format(&self) -> Result<Value, Rejection> {
        let mut format = Map::new();
        for name in ["container", "encoding"] {
            if let Some(text) = self.text(&format!("output_format[{name}]"))? {
                format.insert(name.to_owned(), text.into());
            }
        }
        for name in ["sample_rate", "bit_rate"] {
            if let Some(text) = self.text(&format!("output_format[{name}]"))? {
                // What is no number is refused where JSON is checked.
                let value = text
                    .parse::<u64>()
                    .map_or_else(|_| text.into(), Value::from);
                format.insert(name.to_owned(), value);
            }
        }
        let mut body = Map::new();
        if !format.is_empty() {
            body.insert("output_format".to_owned(), Value::Object(format));
        }
        Ok(Value::Object(body))
    }
}

fn required(name: &str) -> Rejection {
    Rejection::bad_request(format!("`{name}` is required"))
}

fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').map(str::trim);
    if !parameters
        .next()?
        .eq_ignore_ascii_case("multipart/form-data")
    {
        return None;
    }
    let boundary = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("boundary")
            .then(|| value.trim_matches('"'))
    })?;
    (!boundary.is_empty()).then_some(boundary)
}

/// `None` when the grammar is broken or the end is missing.
fn parts(boundary: &str, body: &Bytes) -> Option<Vec<Part>> {
    let first = format!("--{boundary}");
    let next = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    // What stands before the first boundary is nothing.
    let mut at = find(body, first.as_bytes(), 0)? + first.len();
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        if !rest.starts_with(b"\r\n") {
            return None;
        }
        let head_end = find(body, b"\r\n\r\n", at)?;
        let content_start = head_end + 4;
        let content_end = find(body, next.as_bytes(), content_start)?;
        let head = std::str::from_utf8(body.get(at + 2..head_end.max(at + 2))?).ok()?;
        let disposition = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim()
                .eq_ignore_ascii_case("content-disposition")
                .then_some(value)
        })?;
        parts.push(Part {
            name: parameter(disposition, "name")?,
            file_name: parameter(disposition, "filename"),
            content: body.slice(content_start..content_end),
        });
        at = content_end + next.len();
    }
}

/// A parameter of a header, with or without quotes. Browsers write a quote in a name as `%22`, so
/// the next quote is the end.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once(';') {
        rest = after.trim_start();
        let Some(value) = rest
            .strip_prefix(name)
            .and_then(|value| value.strip_prefix('='))
        else {
            continue;
        };
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?.0,
            None => value.split(';').next()?.trim(),
        };
        return Some(value.replace("%22", "\""));
    }
    None
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    loop {
        at += haystack.get(at..)?.iter().position(|byte| *byte == first)?;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &'static [u8]) -> Result<Form, Rejection> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        Form::read(&headers, &Bytes::from_static(body))
    }

    const KIND: &str = "multipart/form-data; boundary=\"x y\"";

    #[test]
    fn texts_and_files_come_out_byte_for_byte() {
        let form = read(
            KIND,
            b"preamble\r\n--x y\r\nContent-Disposition: form-data; name=\"a[]\"\r\n\r\n1\r\n\
              --x y\r\ncontent-disposition: form-data; name=\"a[]\"\r\n\r\n\r\n\
              --x y\r\nContent-Type: audio/wav\r\nContent-Disposition: form-data; name=\"f\"; \
              filename=\"a;b.wav\"\r\n\r\n\r\n--x\xff\r\n\r\n--x y--\r\n",
        )
        .unwrap();
        assert_eq!(form.texts("a[]").unwrap(), ["1", ""]);
        assert_eq!(form.text("a[]").unwrap(), Some("1"));
        assert_eq!(form.text("f").unwrap(), None);
        let file = form.required_file("f").unwrap();
        assert_eq!(file.file_name.as_deref(), Some("a;b.wav"));
        assert_eq!(&file.content[..], b"\r\n--x\xff\r\n");
        assert!(form.required_file("g").is_err() && form.required_text("g").is_err());
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let whole: &[u8] =
            b"--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x y--";
        assert!(read(KIND, whole).is_ok());
        for length in 0..whole.len() {
            assert!(read(KIND, &whole[..length]).is_err(), "{length}");
        }
        assert!(read("application/json", whole).is_err());
        assert!(read("multipart/form-data", whole).is_err());
        let nameless = b"--x y\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x y--";
        assert!(read(KIND, nameless).is_err());
    }
}
