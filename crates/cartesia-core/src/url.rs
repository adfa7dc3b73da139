//! Percent-encoding of identifiers and query values.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but what RFC 3986 calls unreserved.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// As [`COMPONENT`], but for brackets: the service names arrays with literal ones (`expand[]=…`).
const QUERY: &AsciiSet = &COMPONENT.remove(b'[').remove(b']');

/// Encodes a text for any place in a URL: everything but the characters that RFC 3986 calls unreserved.
///
/// ```
/// assert_eq!(cartesia_core::url::encode("a b/é"), "a%20b%2F%C3%A9");
/// ```
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// Appends a query parameter to a path, after `?` or `&`.
///
/// ```
/// let mut path = "/voices".to_owned();
/// cartesia_core::url::push_query(&mut path, "q", "warm & deep");
/// cartesia_core::url::push_query(&mut path, "expand[]", "preview_file_url");
/// assert_eq!(path, "/voices?q=warm%20%26%20deep&expand[]=preview_file_url");
/// ```
pub fn push_query(path: &mut String, name: &str, value: &str) {
    path.push(if path.contains('?') { '&' } else { '?' });
    path.extend(utf8_percent_encode(name, QUERY));
    path.push('=');
    path.extend(utf8_percent_encode(value, QUERY));
}

/// Encodes an identifier as one segment of a path.
///
/// # Errors
///
/// [`InvalidSegment`] for an identifier that cannot be a segment: an empty one would address the whole
/// collection, and URL parsers resolve `.` and `..` even in encoded form.
pub fn encode_segment(id: &str) -> Result<String, InvalidSegment> {
    match id {
        "" => Err(InvalidSegment("the identifier is empty")),
        "." | ".." => Err(InvalidSegment(
            "the identifier is `.` or `..`, which a URL cannot contain",
        )),
        _ => Ok(encode(id)),
    }
}

/// An identifier that cannot be a segment of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSegment(&'static str);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_never_leaves_its_segment() {
        for (id, encoded) in [
            ("a/../b?c#d", "a%2F..%2Fb%3Fc%23d"),
            ("..\\x", "..%5Cx"),
            ("%2e%2e", "%252e%252e"),
            ("...", "..."),
            (" ", "%20"),
            ("x[]", "x%5B%5D"),
            ("a\tb\nc", "a%09b%0Ac"),
        ] {
            assert_eq!(encode_segment(id).unwrap(), encoded);
        }
    }

    #[test]
    fn identifiers_that_no_url_can_hold_are_refused() {
        for id in ["", ".", ".."] {
            let error = encode_segment(id).unwrap_err().to_string();
            assert!(error.starts_with("the identifier is"), "{error}");
        }
    }
}
