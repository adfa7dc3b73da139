//! Removing credentials from texts: by what they look like, and by value.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

/// The replacement for a secret.
const REDACTED: &str = "<redacted>";
/// A text shorter than this is no secret; removing it would only garble the message.
const SHORTEST_SECRET: usize = 6;

/// Removes everything that looks like a credential: API keys (`sk_…`), JSON Web Tokens, the token after
/// `Bearer`, the values of `access_token` and `api_key`, and the user information of a URL.
pub(crate) fn by_look(text: String) -> String {
    let bytes = text.as_bytes();
    let (mut scrubbed, mut copied, mut at) = (String::new(), 0, 0);
    while at < bytes.len() {
        let Some(secret) = secret_at(bytes, at).filter(|range| !range.is_empty()) else {
            at += 1;
            continue;
        };
        // Secrets begin and end beside ASCII, so always between characters.
        scrubbed.push_str(text.get(copied..secret.start).unwrap_or_default());
        scrubbed.push_str(REDACTED);
        copied = secret.end;
        at = secret.end;
    }
    if copied == 0 {
        return text;
    }
    scrubbed.push_str(text.get(copied..).unwrap_or_default());
    scrubbed
}

/// Removes this secret, as it is and as a URL would write it.
pub(crate) fn by_value(text: String, secret: &str) -> String {
    if secret.len() < SHORTEST_SECRET {
        return text;
    }
    let mut text = text;
    for form in forms(secret) {
        if text.contains(&*form) {
            text = text.replace(&*form, REDACTED);
        }
    }
    text
}

/// The secret as it is and, where that differs, as a URL writes it.
pub(crate) fn forms(secret: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let encoded = Some(in_url(secret)).filter(|encoded| encoded != secret);
    std::iter::once(secret.into()).chain(encoded.map(Cow::from))
}

/// The percent-encoded form (RFC 3986, with upper-case digits).
fn in_url(secret: &str) -> String {
    let mut url = String::with_capacity(secret.len());
    for byte in secret.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

/// The secret that begins at this place, or that a word beginning there introduces.
fn secret_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let here = text.get(at..)?;
    if here.starts_with(b"://") {
        return user_information(text, at + 3);
    }
    let begins_word = at == 0 || !text[at - 1].is_ascii_alphanumeric();
    if !begins_word {
        return None;
    }
    match here[0].to_ascii_lowercase() {
        b's' => api_key(here).map(|length| at..at + length),
        b'e' => web_token(here).map(|length| at..at + length),
        b'a' | b'b' => introduced(text, at),
        _ => None,
    }
}

/// `user:password` between `://` and `@`.
fn user_information(text: &[u8], from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let end = rest
        .iter()
        .position(|byte| b"/?#\"'<>`".contains(byte) || byte.is_ascii_whitespace())
        .unwrap_or(rest.len());
    let length = rest[..end].iter().rposition(|byte| *byte == b'@')?;
    Some(from..from + length)
}

/// The length of `sk_…`, unless it is only a prefix, as our own messages name them.
fn api_key(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"sk_")?;
    let rest = rest.strip_prefix(b"car_").unwrap_or(rest);
    let rest = rest.strip_prefix(b"admin_").unwrap_or(rest);
    let length = run(rest, b"-_");
    (length >= 4).then_some(text.len() - rest.len() + length)
}

/// The length of a JSON Web Token, or of the beginning of one: `eyJ` is `{"` in base64.
fn web_token(text: &[u8]) -> Option<usize> {
    text.strip_prefix(b"eyJ")?;
    let length = run(text, b"-_.");
    let has_parts = text[..length].contains(&b'.');
    (length >= if has_parts { 10 } else { 16 }).then_some(length)
}

/// The value after `Bearer`, `access_token` or `api_key`, in a header, a query or JSON.
fn introduced(text: &[u8], at: usize) -> Option<Range<usize>> {
    const NAMES: [&[u8]; 5] = [
        b"bearer",
        b"access_token",
        b"api_key",
        b"api-key",
        b"apikey",
    ];
    let here = &text[at..];
    let name = NAMES.into_iter().find(|name| {
        here.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let after = &here[name.len()..];
    let between = after
        .iter()
        .take_while(|byte| b" \t=:\"'\\".contains(byte))
        .count();
    if between == 0 {
        return None;
    }
    let value = &after[between..];
    let length = run(value, b"-._~+/=%");
    // `access_token=x` is a value in any case; words may follow `Bearer` and a colon.
    let is_value = after[0] == b'=' || looks_random(&value[..length]);
    let start = at + name.len() + between;
    is_value.then_some(start..start + length)
}

fn looks_random(value: &[u8]) -> bool {
    let unlike_a_word = |byte: &u8| !byte.is_ascii_lowercase();
    value.len() >= 8 && (value.len() >= 24 || value[1..].iter().any(unlike_a_word))
}

/// How many bytes at the start are ASCII letters, digits or one of these.
fn run(text: &[u8], others: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || others.contains(byte))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str) -> String {
        by_look(text.to_owned())
    }

    #[test]
    fn credentials_are_removed_wherever_they_stand() {
        for (text, scrubbed) in [
            ("key sk_car_canary123 is bad", "key <redacted> is bad"),
            ("sk_car_admin_canary", "<redacted>"),
            ("(sk_canary)", "(<redacted>)"),
            ("bad_sk_canary", "bad_<redacted>"),
            ("\u{e9}sk_canary\u{e9}", "\u{e9}<redacted>\u{e9}"),
            ("two: sk_canary1,sk_canary2", "two: <redacted>,<redacted>"),
            ("got eyJhbGciOi.eyJjYW5hcnki.c2ln!", "got <redacted>!"),
            ("cut eyJhbGciOiJIUzI1NiIs", "cut <redacted>"),
            (
                "Authorization: Bearer canary_1",
                "Authorization: Bearer <redacted>",
            ),
            ("bearer  CANARY-TOKEN.", "bearer  <redacted>"),
            (
                "/tts?access_token=canary&x=1",
                "/tts?access_token=<redacted>&x=1",
            ),
            (
                r#"{"access_token": "canary42"}"#,
                r#"{"access_token": "<redacted>"}"#,
            ),
            ("X-API-Key: canary42", "X-API-Key: <redacted>"),
            ("api_key=c", "api_key=<redacted>"),
            ("https://user:canary@host/x", "https://<redacted>@host/x"),
            ("socks5://us@er:can@ary@host", "socks5://<redacted>@host"),
        ] {
            assert_eq!(look(text), scrubbed);
        }
    }

    #[test]
    fn words_that_only_remind_of_credentials_stay() {
        for text in [
            "",
            "an admin key starts with `sk_car_admin_`, a key with `sk_car_\u{2026}`",
            "task_identifier, risk_level",
            "Bearer authentication is required",
            "the bearer of this",
            "access_token: is required",
            "no `access_token`",
            "eyJ is a beginning",
            "https://host/@path and mail@example.com",
            "api_key",
            "wss://api.cartesia.ai/tts/websocket",
        ] {
            assert_eq!(look(text), text);
        }
    }

    #[test]
    fn a_value_is_removed_in_every_form() {
        let by = |text: &str, secret| by_value(text.to_owned(), secret);
        assert_eq!(
            by("a canary+1 b canary%2B1", "canary+1"),
            "a <redacted> b <redacted>"
        );
        assert_eq!(by("the test failed", "test"), "the test failed");
        assert_eq!(by("nothing", ""), "nothing");
    }
}
