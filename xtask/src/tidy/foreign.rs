//! No type of another crate in a public signature, so that a new release of that crate is no breaking change of
//! ours. Checked in the texts of `docs/api`, where every path is whole.

use std::path::Path;

use super::{TextFile, Violation};
use crate::api;

/// Crates whose types may be anywhere.
const OURS: &[&str] = &["alloc", "core", "std"];

/// What else may be in a signature, and why. A `*` at the end stands for all that is below.
const ALLOWED: &[(&str, &str)] = &[
    (
        "bytes::bytes::Bytes",
        "cheap slices of audio; stable, and everywhere",
    ),
    (
        "futures_core::stream::*",
        "the trait of streams, until the standard library has one",
    ),
    (
        "http::header::*",
        "names and values of headers; stable, and everywhere",
    ),
    ("http::method::*", "`Client::request` sends any request"),
    ("http::status::*", "status codes; stable, and everywhere"),
    ("serde_core::*", "plain data is read and written by serde"),
    (
        "serde_json::value::Value",
        "fields that the API has and this library does not know",
    ),
    ("serde_json::map::Map", "the same, as an object"),
];

pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    let is_api = file.path.strip_prefix(api::FOLDER).is_some_and(|name| {
        Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "txt")
    });
    if !is_api {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (number, line) in file.lines() {
        for path in paths(line).filter(|path| is_foreign(path)) {
            let message = format!(
                "`{path}` is another crate's type in a public signature; wrap it, or say in \
                 xtask/src/tidy/foreign.rs why it may be there: {line}"
            );
            violations.push(file.violation(number, "foreign", message));
        }
    }
    violations
}

fn is_foreign(path: &str) -> bool {
    let root = path.split("::").next().unwrap_or_default();
    let ours = OURS.contains(&root) || root == "cartesia" || root.starts_with("cartesia_");
    // `T::Item` and `Self::Error` begin with a type.
    let is_crate = root.starts_with(|c: char| c.is_ascii_lowercase());
    is_crate && !ours && !ALLOWED.iter().any(|(allowed, _)| matches(allowed, path))
}

fn matches(allowed: &str, path: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => {
            path == allowed
                || path
                    .strip_prefix(allowed)
                    .is_some_and(|rest| rest.starts_with("::"))
        }
    }
}

/// The paths of several segments in a line.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .map(|path| path.trim_matches(':'))
        .filter(|path| path.contains("::"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    #[test]
    fn types_of_others_are_found_in_every_place() {
        let text = "pub mod cartesia_http\n\
                    pub fn cartesia_http::Client::raw(&self) -> &reqwest::async_impl::client::Client\n\
                    pub cartesia_http::Part::id: core::option::Option<uuid::Uuid>\n\
                    impl core::convert::From<url::Url> for cartesia_http::Address\n\
                    pub fn cartesia_http::f<S: futures_core::stream::Stream<Item = url::Url>>(S)\n\
                    pub fn cartesia_http::m(http::uri::Uri, bytes::bytes_mut::BytesMut)\n";
        let violations = check(&file("docs/api/cartesia-http.txt", text));
        let lines: Vec<usize> = found(&violations).iter().map(|found| found.0).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 6]);
        assert!(
            violations[0]
                .message
                .starts_with("`reqwest::async_impl::client::Client` is")
        );
    }

    #[test]
    fn what_is_agreed_passes() {
        let text = "pub fn cartesia_http::Body::next(&mut self) -> core::option::Option<bytes::bytes::Bytes>\n\
                    pub fn cartesia_http::Error::status(&self) -> http::status::StatusCode\n\
                    pub fn cartesia_http::headers(&self) -> &http::header::map::HeaderMap\n\
                    impl<S: futures_core::stream::Stream> cartesia_http::Take for S where S::Item: Send\n\
                    pub type cartesia::Result<T> = core::result::Result<T, cartesia_types::error::Error>\n\
                    impl serde_core::ser::Serialize for cartesia_types::Voice\n\
                    pub cartesia_types::Voice::more: serde_json::map::Map<alloc::string::String, u8>\n";
        assert_eq!(check(&file("docs/api/cartesia-http.txt", text)), []);
        let elsewhere = "see reqwest::Client";
        assert_eq!(check(&file("docs/coming-from-python.md", elsewhere)), []);
    }
}
