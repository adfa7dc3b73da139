//! Text that other people wrote, made fit for a terminal.
//!
//! Names, messages and transcripts come from servers. Raw, they could move the cursor, change the
//! title of the window or reverse the order of what is read. Everything that is printed for people
//! goes through [`safe`] or [`one_line`], and JSON through [`json`].

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Stands for a character that must not reach a terminal.
const REPLACEMENT: char = '\u{fffd}';

/// Replaces every character that could control a terminal or reorder text. Line breaks and tabs
/// stay.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    let keeps = |c: char| matches!(c, '\n' | '\t') || !is_control(c);
    if text.chars().all(keeps) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let replaced = text.chars().map(|c| if keeps(c) { c } else { REPLACEMENT });
    Cow::Owned(replaced.collect())
}

/// As [`safe`], with every run of white space as one space: a table has one line for each row.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    safe(&words.join(" ")).into_owned()
}

/// As [`safe`], with every white space character as a space: the text stays on its line.
#[cfg(feature = "playback")]
pub(crate) fn in_line(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    safe(&text).into_owned()
}

/// Control characters, and the invisible ones that change direction, lines or the meaning of others.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
        )
}

/// Serializes as one line of JSON in which control characters are escaped: a program reads the same
/// value, and a terminal shows it harmlessly.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Escaping))?;
    // `serde_json` writes UTF-8, and so does the formatter.
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// `serde_json` escapes the control characters below U+0020 itself.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut formatter = CompactFormatter;
        let mut rest = fragment;
        while let Some(at) = rest.find(is_control) {
            let (before, after) = rest.split_at(at);
            formatter.write_string_fragment(writer, before)?;
            let mut characters = after.chars();
            let mut units = [0; 2];
            for unit in characters
                .next()
                .map_or(&mut [][..], |c| c.encode_utf16(&mut units))
            {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        formatter.write_string_fragment(writer, rest)
    }
}

/// The text up to so many bytes, and the rest: cut between two characters.
pub(crate) fn split_before(text: &str, max: usize) -> (&str, &str) {
    let ends = (0..=max.min(text.len())).rev();
    let mut parts = ends.filter_map(|end| text.split_at_checked(end));
    parts.next().unwrap_or(("", text))
}

/// Columns that a text takes in a terminal: two for most East Asian characters and emoji.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a line to a width, at a space if that keeps at least half of it. `…` shows the cut.
pub(crate) fn cut(text: &str, max: usize) -> Cow<'_, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    let room = max.saturating_sub(1);
    let mut end = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        let next = at + cluster.len();
        if text.get(..next).is_none_or(|kept| width(kept) > room) {
            break;
        }
        end = next;
    }
    let kept = text.get(..end).unwrap_or_default();
    // A word that ends exactly here is whole.
    let is_border = text
        .get(end..)
        .is_some_and(|rest| rest.starts_with(' ') || kept.ends_with(' '));
    let kept = match kept.rfind(' ').and_then(|space| kept.get(..space)) {
        Some(words) if !is_border && width(words) * 2 >= room => words,
        _ => kept,
    };
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// The end of a line that fits into a width. `…` shows that something is before it.
pub(crate) fn end(text: &str, max: usize) -> Cow<'_, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    let room = max.saturating_sub(1);
    let (mut start, mut taken) = (text.len(), 0);
    for (at, cluster) in text.grapheme_indices(true).rev() {
        taken += width(cluster);
        if taken > room {
            break;
        }
        start = at;
    }
    let kept = text.get(start..).unwrap_or_default();
    let sign = if max > 0 { "…" } else { "" };
    Cow::Owned(format!("{sign}{kept}"))
}

/// Breaks a line at spaces into lines of a width. A word that is wider has a line of its own.
pub(crate) fn wrap(text: &str, max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= max => _ = write!(line, " {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time as people say it.
pub(crate) fn rough_time(time: Duration) -> String {
    let (minutes, hours) = (time.as_secs() / 60, time.as_secs() / 3_600);
    match (hours, minutes) {
        (0, 0) => format!("{} s", time.as_secs()),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_is_replaced() {
        for (raw, shown) in [
            ("plain, É, 日本語, 👍🏽, 👩‍👩‍👧", "plain, É, 日本語, 👍🏽, 👩‍👩‍👧"),
            ("a\u{1b}[2Jb", "a\u{fffd}[2Jb"),
            ("\u{1b}]0;title\u{7}", "\u{fffd}]0;title\u{fffd}"),
            ("c1 \u{9b}31m", "c1 \u{fffd}31m"),
            (
                "bidi \u{202e}txt.exe\u{2066}",
                "bidi \u{fffd}txt.exe\u{fffd}",
            ),
            ("mark \u{200f}\u{61c}", "mark \u{fffd}\u{fffd}"),
            (
                "nul \0 del \u{7f} bs \u{8}",
                "nul \u{fffd} del \u{fffd} bs \u{fffd}",
            ),
            ("cr\rover", "cr\u{fffd}over"),
            ("two\r\nlines\tand a tab", "two\nlines\tand a tab"),
        ] {
            assert_eq!(safe(raw), shown, "{raw:?}");
        }
        assert_eq!(one_line(" a\r\n\tb\u{2028}c \u{1b}d "), "a b c \u{fffd}d");
    }

    #[test]
    fn json_escapes_what_a_terminal_would_obey_and_keeps_the_value() {
        let value = serde_json::json!({"name": "a\u{1b}[2J \u{9b}\u{202e}\u{7f} \u{feff}é\"\n"});
        let text = json(&value).unwrap();
        assert_eq!(
            text,
            r#"{"name":"a\u001b[2J \u009b\u202e\u007f \ufeffé\"\n"}"#
        );
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back, value);
        // Names of fields are strings, too.
        let value = serde_json::json!({"\u{202e}": 1});
        assert_eq!(json(&value).unwrap(), r#"{"\u202e":1}"#);
    }

    #[test]
    fn cut_and_wrapped_by_display_width() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("a longer line of words", 12), "a longer…");
        assert_eq!(cut("a longer line", 9), "a longer…");
        assert_eq!(cut("unbreakable", 6), "unbre…");
        assert_eq!(cut("日本語の声", 10), "日本語の声");
        assert_eq!(cut("日本語の声", 7), "日本語…");
        assert_eq!(cut("日本語の声", 6), "日本…");
        // Accents stay with their letter.
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut("anything", 0), "…");
        assert_eq!(
            wrap("a line of words and 日本語 日本語", 10),
            ["a line of", "words and", "日本語", "日本語"]
        );
        assert_eq!(wrap("a unbreakable b", 5), ["a", "unbreakable", "b"]);
        assert!(wrap(" ", 5).is_empty());
        assert_eq!(end("one two", 7), "one two");
        assert_eq!(end("one two", 4), "…two");
        assert_eq!(end("日本語の声", 6), "…の声");
        assert_eq!(end("日本語の声", 5), "…の声");
        assert_eq!(end("日本語の声", 4), "…声");
        assert_eq!(end("xe\u{301}e\u{301}", 2), "…e\u{301}");
        assert_eq!((end("", 3), end("x", 0)), ("".into(), "".into()));
        assert_eq!(split_before("a€b", 3), ("a", "€b"));
        assert_eq!(split_before("a€b", 4), ("a€", "b"));
        assert_eq!(split_before("a€b", 9), ("a€b", ""));
    }
}
