//! A tolerant reader of JSON: it finds values without checking that all of the text is well-formed.
//!
//! What a server sends is mostly right. The reader must still find the fields that matter in a message
//! whose other fields are not: a lone surrogate, `NaN`, a number where text was expected. Values that
//! no caller needs are skipped, so they cannot spoil the message. Strings are skipped with SIMD, nothing is
//! copied, and every byte is looked at once per level of nesting that is read.

use std::borrow::Cow;

use base64_simd::STANDARD;
use bytes::Bytes;

/// The structure is broken: there is no telling where a value ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// A member of an object: its key, and the text of its value.
pub(crate) type Member<'a> = (Key<'a>, &'a [u8]);

/// The key of a member, with its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a>(&'a [u8]);

impl<'a> Key<'a> {
    /// What stands between the quotes: the name, unless it has escapes. To compare this costs least.
    #[inline]
    pub(crate) fn raw(self) -> &'a [u8] {
        match self.0 {
            [b'"', inner @ .., b'"'] => inner,
            other => other,
        }
    }

    /// The name. No key that matters is without Unicode text.
    pub(crate) fn name(self) -> Cow<'a, str> {
        text(self.0).unwrap_or(Cow::Borrowed("\u{fffd}"))
    }

    pub(crate) fn has_escapes(self) -> bool {
        self.0.contains(&b'\\')
    }
}

/// Reads the members of the object that `text` is, in order; the first error ends it.
pub(crate) fn members(text: &[u8]) -> impl Iterator<Item = Result<Member<'_>, Broken>> {
    let mut list = List::new(text, b'{', b'}');
    std::iter::from_fn(move || list.next_with(Scanner::member))
}

/// Reads the items of the array that `text` is, in order; the first error ends it.
pub(crate) fn items(text: &[u8]) -> impl Iterator<Item = Result<&[u8], Broken>> {
    let mut list = List::new(text, b'[', b']');
    std::iter::from_fn(move || list.next_with(Scanner::value))
}

/// The text of a string; `None` for any other value, and for a string that has no Unicode text.
pub(crate) fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    /// Up to here a loop is faster than a call that finds out which SIMD there is.
    const SHORT: usize = 48;
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let has_escapes = if inner.len() <= SHORT {
        inner.contains(&b'\\')
    } else {
        memchr::memchr(b'\\', inner).is_some()
    };
    if !has_escapes {
        return std::str::from_utf8(inner).ok().map(Cow::Borrowed);
    }
    serde_json::from_slice(value).ok().map(Cow::Owned)
}

/// The reason why a value is not bytes in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotBytes {
    NotText,
    NotBase64,
}

/// The bytes of a string of base64.
pub(crate) fn bytes(value: &[u8]) -> Result<Bytes, NotBytes> {
    let Some(inner) = value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
    else {
        return Err(NotBytes::NotText);
    };
    let decode = |text: &[u8]| {
        STANDARD
            .decode_to_vec(text)
            .map(Bytes::from)
            .map_err(|_| NotBytes::NotBase64)
    };
    decode(inner).or_else(|error| {
        // JSON may write `/` as `\/`, and any character as an escape. No known server does, so this
        // is looked for only in what is not base64 as it stands.
        let unescaped: Cow<'_, str> = serde_json::from_slice(value).map_err(|_| error)?;
        decode(unescaped.as_bytes())
    })
}

/// The text of a string or of a number.
pub(crate) fn text_or_number(value: &[u8]) -> Option<Cow<'_, str>> {
    text(value).or_else(|| {
        let number = std::str::from_utf8(value).ok()?;
        number.parse::<f64>().ok()?;
        Some(Cow::Borrowed(number))
    })
}

/// A number, also one that is written as text.
pub(crate) fn number(value: &[u8]) -> Option<f64> {
    if let Some(text) = text(value) {
        return text.trim().parse().ok();
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// A whole number, also one that is written as text or with a fraction of zero.
pub(crate) fn integer(value: &[u8]) -> Option<i64> {
    /// Up to here every whole number is a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(whole) = digits(value) {
        return Some(whole);
    }
    let text = text_or_number(value)?;
    text.trim().parse().ok().or_else(|| {
        let number: f64 = text.trim().parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
        let whole = (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64);
        whole
    })
}

/// A whole number without a sign; `None` if it has so many digits that it may not fit.
#[inline]
pub(crate) fn digits(value: &[u8]) -> Option<i64> {
    /// So many always fit.
    const MOST: usize = 18;
    if value.is_empty() || value.len() > MOST {
        return None;
    }
    let mut whole = 0;
    for byte in value {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        whole = 10 * whole + i64::from(digit);
    }
    Some(whole)
}

/// A truth value, also one that is written as text or as 0 or 1.
pub(crate) fn truth(value: &[u8]) -> Option<bool> {
    match value {
        b"true" | b"\"true\"" | b"1" => Some(true),
        b"false" | b"\"false\"" | b"0" => Some(false),
        _ => None,
    }
}

pub(crate) fn is_null(value: &[u8]) -> bool {
    value == b"null"
}

/// Describes what JSON there is by its keys, never by its values: for errors about an answer that could
/// not be decoded.
///
/// ```
/// let answer = br#"{"error": "secret", "status": 7}"#;
/// assert_eq!(cartesia_types::outline(answer), "an object with the keys `error`, `status`");
/// assert_eq!(cartesia_types::outline(b"[1, 2]"), "a list");
/// ```
pub fn outline(json: &[u8]) -> String {
    const MOST: usize = 12;
    const LONGEST: usize = 40;
    match json.trim_ascii_start().first() {
        None => return "nothing".to_owned(),
        Some(b'{') => {}
        Some(b'[') => return "a list".to_owned(),
        Some(b'"') => return "a text".to_owned(),
        Some(b'n') if json.trim_ascii() == b"null" => return "null".to_owned(),
        Some(_) => return "neither an object nor a list".to_owned(),
    }
    let mut keys: Vec<String> = members(json)
        .map_while(Result::ok)
        .take(MOST + 1)
        .map(|(key, _)| {
            let short: String = key.name().chars().take(LONGEST).collect();
            format!("`{}`", short.escape_debug())
        })
        .collect();
    if keys.len() > MOST {
        keys.truncate(MOST);
        keys.push("…".to_owned());
    }
    match keys.len() {
        0 => "an object without keys".to_owned(),
        1 => format!("an object with the key {}", keys.concat()),
        _ => format!("an object with the keys {}", keys.join(", ")),
    }
}

/// The inside of an object or array.
struct List<'a> {
    scanner: Scanner<'a>,
    open: u8,
    close: u8,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    First,
    Later,
    Ended,
}

impl<'a> List<'a> {
    fn new(text: &'a [u8], open: u8, close: u8) -> Self {
        Self {
            scanner: Scanner { rest: text },
            open,
            close,
            state: State::Before,
        }
    }

    #[inline]
    fn next_with<T>(
        &mut self,
        read: impl FnOnce(&mut Scanner<'a>) -> Result<T, Broken>,
    ) -> Option<Result<T, Broken>> {
        if self.state == State::Ended {
            return None;
        }
        let next = self.advance(read).transpose();
        if !matches!(next, Some(Ok(_))) {
            self.state = State::Ended;
        }
        next
    }

    #[inline]
    fn advance<T>(
        &mut self,
        read: impl FnOnce(&mut Scanner<'a>) -> Result<T, Broken>,
    ) -> Result<Option<T>, Broken> {
        if self.state == State::Before {
            self.scanner.expect(self.open)?;
            self.state = State::First;
        }
        if self.scanner.peek() == Some(self.close) {
            self.scanner.expect(self.close)?;
            // Nothing may follow.
            return match self.scanner.peek() {
                None => Ok(None),
                Some(_) => Err(Broken),
            };
        }
        if self.state == State::Later {
            self.scanner.expect(b',')?;
        }
        self.state = State::Later;
        read(&mut self.scanner).map(Some)
    }
}

struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    /// Takes the next `length` bytes: the only way forward.
    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8], Broken> {
        #[cfg(test)]
        tests::count(length);
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Broken)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next byte that is not white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        match self.rest.first() {
            // Servers write no white space.
            Some(&byte) if byte > b' ' => Some(byte),
            _ => {
                self.rest = self.rest.trim_ascii_start();
                self.rest.first().copied()
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        match self.peek() {
            Some(next) if next == byte => self.take(1).map(drop),
            _ => Err(Broken),
        }
    }

    #[inline]
    fn member(&mut self) -> Result<Member<'a>, Broken> {
        if self.peek() != Some(b'"') {
            return Err(Broken);
        }
        let key = Key(self.string()?);
        self.expect(b':')?;
        Ok((key, self.value()?))
    }

    #[inline]
    fn value(&mut self) -> Result<&'a [u8], Broken> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{' | b'[') => self.nested(),
            _ => match word_length(self.rest) {
                0 => Err(Broken),
                length => self.take(length),
            },
        }
    }

    /// A string with its quotes; `rest` starts at the first.
    fn string(&mut self) -> Result<&'a [u8], Broken> {
        let length = string_length(self.rest)?;
        self.take(length)
    }

    /// An object or array with all that is inside; `rest` starts at its first bracket.
    fn nested(&mut self) -> Result<&'a [u8], Broken> {
        let (mut depth, mut at) = (0_usize, 0);
        while let Some(byte) = self.rest.get(at) {
            match byte {
                b'"' => {
                    at += string_length(self.rest.get(at..).unwrap_or_default())?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                return self.take(at);
            }
        }
        Err(Broken)
    }
}

/// The bytes that cannot be part of a number, `true`, `false` or `null`.
const ENDS_A_WORD: [bool; 256] = {
    let mut ends = [false; 256];
    let bytes = b" \t\n\x0c\r,:\"{}[]";
    let mut at = 0;
    while at < bytes.len() {
        ends[bytes[at] as usize] = true;
        at += 1;
    }
    ends
};

/// The length of the number, `true`, `false` or `null` that starts `text`; 0 if none does.
#[inline]
fn word_length(text: &[u8]) -> usize {
    let ends = |byte: &u8| ENDS_A_WORD[usize::from(*byte)];
    text.iter().position(ends).unwrap_or(text.len())
}

/// Splits off the string that starts `text`, with its quotes.
#[inline]
pub(crate) fn split_after_string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.first() != Some(&b'"') {
        return None;
    }
    text.split_at_checked(string_length(text).ok()?)
}

/// Splits off the number, `true`, `false` or `null` that starts `text`.
#[inline]
pub(crate) fn split_after_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match word_length(text) {
        0 => None,
        length => text.split_at_checked(length),
    }
}

/// Splits off the string that starts `text`, if it is ASCII without escapes. Returns it without quotes.
#[inline]
pub(crate) fn split_after_plain_text(text: &[u8]) -> Option<(&str, &[u8])> {
    let inside = text.strip_prefix(b"\"")?;
    let (text, rest) = inside.split_at_checked(find_quote(inside)?)?;
    if text.contains(&b'\\') {
        return None;
    }
    Some((std::str::from_utf8(text).ok()?, rest.get(1..)?))
}

/// The length of the string that starts `text`, with its quotes.
///
/// It searches for quotes alone, which is a third cheaper than for backslashes as well: a quote ends the
/// string unless an odd number of backslashes stands before it.
#[inline]
fn string_length(text: &[u8]) -> Result<usize, Broken> {
    let mut from = 1;
    loop {
        let rest = text.get(from..).ok_or(Broken)?;
        let quote = from + find_quote(rest).ok_or(Broken)?;
        let before = text.get(..quote).ok_or(Broken)?;
        if !ends_in_escape(before) {
            return Ok(quote + 1);
        }
        from = quote + 1;
    }
}

/// Whether what follows is escaped.
#[inline]
fn ends_in_escape(text: &[u8]) -> bool {
    if text.last() != Some(&b'\\') {
        return false;
    }
    let backslashes = text.iter().rev().take_while(|&&byte| byte == b'\\');
    !backslashes.count().is_multiple_of(2)
}

/// Finds the first quote.
#[inline]
fn find_quote(text: &[u8]) -> Option<usize> {
    // Keys and short values end within these words, which costs less than a call that finds out what SIMD there is.
    let mut rest = text;
    for number in 0..2 {
        let Some((word, after)) = rest.split_first_chunk::<8>() else {
            break;
        };
        if let Some(quote) = quote_in(*word) {
            return Some(8 * number + quote);
        }
        rest = after;
    }
    let found = memchr::memchr(b'"', rest)?;
    Some(text.len() - rest.len() + found)
}

/// Finds the first quote among eight bytes.
#[inline]
fn quote_in(bytes: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
    // Zero where there is a quote. The lowest top bit that is set marks the first zero.
    let word = u64::from_le_bytes(bytes) ^ QUOTES;
    let zeros = word.wrapping_sub(ONES) & !word & TOPS;
    (zeros != 0).then(|| zeros.trailing_zeros() as usize / 8)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn count(bytes: usize) {
        STEPS.with(|steps| steps.set(steps.get() + bytes));
    }

    /// The bytes that the reader passed over while `work` ran.
    pub(crate) fn steps(work: impl FnOnce()) -> usize {
        STEPS.with(|steps| steps.set(0));
        work();
        STEPS.with(Cell::get)
    }

    fn keys(text: &str) -> (Vec<String>, bool) {
        let mut broken = false;
        let keys = members(text.as_bytes())
            .filter_map(|member| {
                broken |= member.is_err();
                let (key, value) = member.ok()?;
                Some(format!("{}={}", key.name(), String::from_utf8_lossy(value)))
            })
            .collect();
        (keys, broken)
    }

    #[test]
    fn members_are_found_whatever_the_values_are() {
        let text = r#" { "a" : 1 , "b\u0063":"x\"}", "d":{"e":[1,{"f":"]"}]},"g":NaN,"h":"\ud800","i":null } "#;
        let expected = [
            "a=1",
            r#"bc="x\"}""#,
            r#"d={"e":[1,{"f":"]"}]}"#,
            "g=NaN",
            r#"h="\ud800""#,
            "i=null",
        ];
        assert_eq!(keys(text), (expected.map(str::to_owned).to_vec(), false));
        assert_eq!(keys("{}"), (Vec::new(), false));
    }

    #[test]
    fn a_string_ends_at_the_first_quote_that_is_not_escaped() {
        for (text, length) in [
            (r#""""#, 2),
            (r#""a""#, 3),
            (r#""\\"""#, 4),
            (r#""\"""#, 4),
            (r#""\\\"" "#, 6),
            (r#""\\\\"x""#, 6),
            (r#""a\"b\\",""#, 8),
        ] {
            assert_eq!(string_length(text.as_bytes()), Ok(length), "{text}");
        }
        for broken in ["", r#"""#, r#""\""#, r#""\\\""#, r#""abc"#] {
            assert_eq!(string_length(broken.as_bytes()), Err(Broken), "{broken}");
        }
    }

    #[test]
    fn what_was_found_before_the_break_is_kept() {
        for (text, found) in [
            (r#"{"a":1,"b":"#, 1),
            (r#"{"a":1 "b":2}"#, 1),
            (r#"{"a":1,"b":"x"#, 1),
            (r#"{"a":1}}"#, 1),
            (r#"{"a":1},"#, 1),
            (r#"{"a":1,}"#, 1),
            (r#"{"a":[1}"#, 1),
            ("{,}", 0),
            ("[1]", 0),
            ("", 0),
        ] {
            let (keys, broken) = keys(text);
            assert_eq!((keys.len(), broken), (found, true), "{text}");
        }
    }

    #[test]
    fn an_outline_has_keys_and_no_values() {
        for (json, expected) in [
            (r#"{"error":"canary"}"#, "an object with the key `error`"),
            ("{}", "an object without keys"),
            ("", "nothing"),
            ("null", "null"),
            (r#"["canary"]"#, "a list"),
            (r#""canary""#, "a text"),
            ("<canary>", "neither an object nor a list"),
            (
                r#"{"a\u001b":1,"b":2"#,
                "an object with the keys `a\\u{1b}`, `b`",
            ),
        ] {
            assert_eq!(outline(json.as_bytes()), expected, "{json}");
        }
        let many = format!("{{{}\"z\":1}}", "\"k\":1,".repeat(1_000));
        assert!(outline(many.as_bytes()).ends_with("`k`, …"));
    }

    #[test]
    fn the_work_grows_with_the_length_alone() {
        let read = |count: usize| {
            let inner = r#"{"a":[1,"\"",{}]},"#.repeat(count);
            let text = format!(r#"{{"x":[{inner}0],"y":"{}"}}"#, "z".repeat(count));
            let steps = steps(|| assert_eq!(members(text.as_bytes()).count(), 2));
            (steps, text.len())
        };
        let (few, short) = read(100);
        let (many, long) = read(1_000);
        assert!(few <= short && many <= long, "{few} {short}, {many} {long}");
    }
}
