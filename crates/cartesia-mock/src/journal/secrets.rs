//! The secrets of a request, and their replacements.

use std::borrow::Cow;

use axum::http::HeaderMap;
use serde_json::Value;

/// The prefix of the service's keys.
const KEY_PREFIX: &str = "sk_";

/// The replacement for secrets in the journal.
const SECRET: &str = "[secret]";

/// A key has more characters after its prefix: `sk_SK` is a language.
const SHORTEST_KEY: usize = 7;
const SHORTEST_TOKEN: usize = 20;

/// Names and values of headers, secrets replaced.
///
/// Here the kind of a key stays visible: a test may want to see what was sent.
pub(crate) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let entry = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = match name.as_str() {
            "authorization" | "proxy-authorization" => match text.split_once(' ') {
                Some((scheme, credential)) => format!("{scheme} {}", redacted(credential.trim())),
                None => redacted(&text).to_owned(),
            },
            name if is_secret(name) => redacted(&text).to_owned(),
            _ => text.into_owned(),
        };
        (name.as_str().to_owned(), text)
    };
    headers.iter().map(entry).collect()
}

/// The query, decoded, secrets replaced likewise.
pub(crate) fn query(query: Vec<(String, String)>) -> Vec<(String, String)> {
    let scrub = |(name, value): (String, String)| {
        let value = if is_secret(&name) {
            redacted(&value).to_owned()
        } else {
            value
        };
        (name, value)
    };
    query.into_iter().map(scrub).collect()
}

fn redacted(credential: &str) -> &'static str {
    // The prefix is no secret, and a test may want to see which kind of credential was sent.
    if credential.starts_with(KEY_PREFIX) {
        "sk_<redacted>"
    } else {
        "<redacted>"
    }
}

/// Headers or the parameters of a query as entries have them.
pub(crate) fn pairs(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let scrub = |(name, value): &(String, String)| (name.clone(), self::value(name, value));
    pairs.iter().map(scrub).collect()
}

/// A header or a parameter of a query as entries have it: nothing of a secret but, for a header, the
/// scheme before it.
fn value(name: &str, value: &str) -> String {
    if !is_secret(name) {
        return text(value).into_owned();
    }
    let scheme = value.split_once(' ').map(|(scheme, _)| scheme);
    let is_name = |scheme: &&str| scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    match scheme.filter(is_name) {
        Some(scheme) if name.ends_with("authorization") => format!("{scheme} {SECRET}"),
        _ => SECRET.to_owned(),
    }
}

/// JSON in which the values of fields with a telling name are replaced, and whatever looks like a key
/// or a token wherever it is.
pub(crate) fn json(value: &mut Value) {
    match value {
        Value::String(string) => {
            if let Cow::Owned(scrubbed) = text(string) {
                *string = scrubbed;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(json),
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_secret(name) && (value.is_string() || value.is_number()) {
                    *value = SECRET.into();
                } else {
                    json(value);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text in which everything is replaced that looks like a key of the service or a token.
///
/// This is the net below the names: a key may stand in a path, in a transcript or in an unexpected header.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    let mut scrubbed = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(next_start) {
        let start = at + found;
        let length = text.get(start..).map_or(0, secret_length);
        if length == 0 || !begins_a_word(text, start) {
            at = start + 1;
            continue;
        }
        scrubbed.push_str(text.get(copied..start).unwrap_or_default());
        scrubbed.push_str(SECRET);
        (copied, at) = (start + length, start + length);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    scrubbed.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(scrubbed)
}

/// The start of a JSON Web Token: `{"` in base64.
const TOKEN_PREFIX: &str = "eyJ";

fn next_start(text: &str) -> Option<usize> {
    let starts = [text.find(KEY_PREFIX), text.find(TOKEN_PREFIX)];
    starts.into_iter().flatten().min()
}

/// The length of the secret at the start of a text.
fn secret_length(text: &str) -> usize {
    let is_token = text.starts_with(TOKEN_PREFIX);
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = text
        .bytes()
        .take_while(|byte| part(byte) || (is_token && *byte == b'.'))
        .count();
    let dots = text.bytes().take(length).filter(|byte| *byte == b'.');
    let is_whole = if is_token {
        length >= SHORTEST_TOKEN && dots.count() >= 2
    } else {
        length >= SHORTEST_KEY
    };
    if is_whole { length } else { 0 }
}

/// Whether a word begins there: `task_list` holds no key.
fn begins_a_word(text: &str, at: usize) -> bool {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    // Or the end of an escape in a path.
    let escaped = matches!(before, [.., b'%', _, _]);
    let in_word = |last: &u8| last.is_ascii_alphanumeric() || *last == b'_';
    escaped || !before.last().is_some_and(in_word)
}

/// Whether what has this name is a secret, be it a header, a parameter or a field.
pub(super) fn is_secret(name: &str) -> bool {
    const PARTS: [&str; 6] = [
        "api_key",
        "apikey",
        "access_token",
        "auth_token",
        "secret",
        "password",
    ];
    let name = name.to_ascii_lowercase().replace('-', "_");
    // The name of a key is not a secret.
    let is_id = ["_id", "_ids", "_sid"]
        .iter()
        .any(|end| name.ends_with(end));
    (!is_id && PARTS.iter().any(|part| name.contains(part)))
        || matches!(
            name.as_str(),
            "authorization" | "proxy_authorization" | "cookie" | "set_cookie" | "token"
        )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credentials_are_replaced() {
        for (name, value, kept) in [
            (
                "authorization",
                "Bearer sk_car_secret",
                "Bearer sk_<redacted>",
            ),
            ("authorization", "Bearer eyJsecret", "Bearer <redacted>"),
            ("authorization", "secret", "<redacted>"),
            ("x-api-key", "sk_secret", "sk_<redacted>"),
            ("cookie", "session=secret", "<redacted>"),
            ("x-other", "kept", "kept"),
        ] {
            let mut map = HeaderMap::new();
            map.insert(name, value.parse().unwrap());
            assert_eq!(headers(&map), [(name.to_owned(), kept.to_owned())]);
        }
        let pairs = vec![("api_key".to_owned(), "sk_secret".to_owned())];
        assert_eq!(query(pairs)[0].1, "sk_<redacted>");
        let name = vec![("api_key_id".to_owned(), "key_1".to_owned())];
        assert_eq!(query(name.clone()), name);
    }

    #[test]
    fn entries_keep_the_scheme_alone() {
        for (name, sent, kept) in [
            ("authorization", "Bearer sk_car_1", "Bearer [secret]"),
            ("authorization", "Bearer <redacted>", "Bearer [secret]"),
            ("authorization", "sk_car_1", "[secret]"),
            ("authorization", "a=b c", "[secret]"),
            ("x-api-key", "sk_1", "[secret]"),
            ("access_token", "anything", "[secret]"),
            ("x-other", "kept sk_1234567", "kept [secret]"),
        ] {
            assert_eq!(value(name, sent), kept, "{name}: {sent}");
        }
    }

    #[test]
    fn whatever_looks_like_a_secret_is_replaced() {
        for (whole, scrubbed) in [
            ("sk_car_canary", "[secret]"),
            ("a sk_car-canary, b", "a [secret], b"),
            ("/x%2Fsk_canary/y", "/x%2F[secret]/y"),
            ("key=sk_canary&k=sk_canary", "key=[secret]&k=[secret]"),
            ("eyJhbGciOiJI.eyJqdGkiOiI.YWJj!", "[secret]!"),
        ] {
            assert_eq!(text(whole), scrubbed);
        }
        for kept in ["sk_SK", "task_list_entry", "eyJust words.", "sk_", "ésk"] {
            assert_eq!(text(kept), kept);
        }
    }

    #[test]
    fn fields_are_replaced_by_their_names() {
        let mut value = json!({"auth_token": "x", "nested": [{"Password": 1, "name": "n"}],
            "token": null, "secret": {"kept": "sk_1234567"}});
        json(&mut value);
        assert_eq!(
            value,
            json!({"auth_token": SECRET, "nested": [{"Password": SECRET, "name": "n"}],
                   "token": null, "secret": {"kept": SECRET}})
        );
    }
}
