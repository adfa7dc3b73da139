//! The transcript as words, pauses and tags.

use std::ops::Range;

use super::{Micros, SECOND};

/// A longer run of characters is several words: it bounds what is planned at once.
const LONGEST_WORD: usize = 40;
/// A tag ends this many bytes after its start, or it is text.
const LONGEST_TAG: usize = 120;
const LONGEST_BREAK: f64 = 60.0;

/// Ranges that the service accepts, in requests as in tags.
pub(crate) const SPEEDS: std::ops::RangeInclusive<f64> = 0.6..=1.5;
pub(crate) const VOLUMES: std::ops::RangeInclusive<f64> = 0.5..=2.0;

/// The next item of a transcript.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// A word with the punctuation around it, as it was written.
    Word {
        written: String,
        /// Whether it follows the word before without a space.
        glued: bool,
    },
    /// Silence that a tag asks for.
    Break(Micros),
    Speed(f64),
    Volume(f64),
    /// Whether words are spelled from here on.
    Spell(bool),
    Laughter,
    /// A tag that changes nothing that can be heard here.
    Nothing,
}

/// Reads a transcript from start to end.
#[derive(Debug)]
pub(super) struct Markup {
    text: String,
    at: usize,
    /// Whether a word ended right here.
    after_word: bool,
}

impl Markup {
    pub(super) fn new(text: String) -> Self {
        Self {
            text,
            at: 0,
            after_word: false,
        }
    }

    /// Adds text at the end. A word that was read to the old end stays as it is.
    pub(super) fn extend(&mut self, text: &str) {
        self.text.drain(..self.at);
        self.at = 0;
        self.text.push_str(text);
    }

    /// The end of the word that starts at the beginning of `rest`.
    fn word_length(rest: &str) -> usize {
        let mut previous_is_word = false;
        for (letters, (at, c)) in rest.char_indices().enumerate() {
            let ends = c.is_whitespace()
                || letters == LONGEST_WORD
                // Scripts without spaces: each character is a word, and keeps what follows it.
                || (previous_is_word && is_ideograph(c))
                || (at > 0 && is_ideograph_before(rest, at) && c.is_alphanumeric())
                || (at > 0 && read_tag(&rest[at..]).is_some());
            if ends {
                return at;
            }
            previous_is_word |= c.is_alphanumeric();
        }
        rest.len()
    }
}

impl Iterator for Markup {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let rest = &self.text[self.at..];
        let word = rest.trim_start();
        self.at += rest.len() - word.len();
        let glued = self.after_word && rest.len() == word.len();
        self.after_word = glued;
        if word.is_empty() {
            return None;
        }
        if let Some((item, length)) = read_tag(word) {
            self.at += length;
            self.after_word = false;
            return Some(item);
        }
        let word = &word[..Self::word_length(word)];
        self.at += word.len();
        self.after_word = true;
        let written = word.to_owned();
        Some(Item::Word { written, glued })
    }
}

/// The tag at the start of `text` and its length in bytes. What is no tag is read aloud.
fn read_tag(text: &str) -> Option<(Item, usize)> {
    const LAUGHTER: &str = "[laughter]";
    if text.starts_with(LAUGHTER) {
        return Some((Item::Laughter, LAUGHTER.len()));
    }
    let inside = text.strip_prefix('<')?;
    let end = inside
        .bytes()
        .take(LONGEST_TAG)
        .position(|byte| byte == b'>')?;
    let inner = inside[..end].trim().trim_end_matches('/').trim_end();
    let (name, attributes) = inner
        .split_once(char::is_whitespace)
        .map_or((inner, ""), |(name, rest)| (name, rest));
    let number = |range: std::ops::RangeInclusive<f64>| {
        let number: f64 = attribute(attributes, "ratio")?.parse().ok()?;
        range.contains(&number).then_some(number)
    };
    let item = match name {
        "speed" => number(SPEEDS).map(Item::Speed),
        "volume" => number(VOLUMES).map(Item::Volume),
        "break" => attribute(attributes, "time")
            .and_then(length)
            .map(Item::Break),
        "spell" => Some(Item::Spell(true)),
        "emotion" => None,
        // `</spell>` has lost nothing to the trimming above, which is at the end alone.
        "/spell" => Some(Item::Spell(false)),
        _ => return None,
    };
    Some((item.unwrap_or(Item::Nothing), end + "<>".len()))
}

/// The value of `name="…"`.
fn attribute<'t>(attributes: &'t str, name: &str) -> Option<&'t str> {
    let value = attributes
        .trim()
        .strip_prefix(name)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split_once(quote).map(|(value, _)| value)
}

/// `1s`, `0.5s` or `500ms`.
fn length(text: &str) -> Option<Micros> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (text.strip_suffix('s')?, 1.0),
    };
    let seconds = number.trim().parse::<f64>().ok()? * unit;
    (0.0..=LONGEST_BREAK)
        .contains(&seconds)
        .then(|| micros(seconds))
}

/// Seconds as microseconds. Negative numbers and NaN become zero.
pub(crate) fn micros(seconds: f64) -> Micros {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the cast saturates, which is what is wanted"
    )]
    let micros = (seconds * SECOND as f64).round() as Micros;
    micros
}

/// Chinese characters and Japanese syllables: scripts that do not put spaces between words.
pub(super) fn is_ideograph(c: char) -> bool {
    const RANGES: [Range<u32>; 4] = [
        0x3040..0x3100,
        0x3400..0xa000,
        0xf900..0xfb00,
        0x2_0000..0x3_2000,
    ];
    RANGES.iter().any(|range| range.contains(&u32::from(c)))
}

fn is_ideograph_before(text: &str, at: usize) -> bool {
    text[..at].chars().any(is_ideograph)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn items(text: &str) -> Vec<Item> {
        Markup::new(text.to_owned()).collect()
    }

    fn word(text: &str) -> Item {
        let written = text.to_owned();
        Item::Word {
            written,
            glued: false,
        }
    }

    fn glued(text: &str) -> Item {
        let written = text.to_owned();
        Item::Word {
            written,
            glued: true,
        }
    }

    #[test]
    fn words_keep_their_punctuation() {
        assert_eq!(
            items("  Hello, \"world\"!\n"),
            [word("Hello,"), word("\"world\"!")]
        );
        assert_eq!(items("a - b…"), [word("a"), word("-"), word("b…")]);
        assert_eq!(items(" \t "), []);
    }

    #[test]
    fn tags_are_not_words() {
        assert_eq!(
            items("a<break time=\"1.5s\"/>b <break time='200ms' /> <speed ratio=\"1.5\"/>c"),
            [
                word("a"),
                Item::Break(1_500_000),
                word("b"),
                Item::Break(200_000),
                Item::Speed(1.5),
                word("c")
            ],
        );
        assert_eq!(
            items("<volume ratio=\"0.5\"/><emotion value=\"angry\"/>[laughter]<spell>AB</spell>"),
            [
                Item::Volume(0.5),
                Item::Nothing,
                Item::Laughter,
                Item::Spell(true),
                word("AB"),
                Item::Spell(false)
            ],
        );
    }

    #[test]
    fn tags_out_of_range_change_nothing_and_other_tags_are_text() {
        assert_eq!(items("<speed ratio=\"9\"/>"), [Item::Nothing]);
        assert_eq!(items("<break time=\"1e9s\"/>"), [Item::Nothing]);
        assert_eq!(items("<b>a</b> 1<2"), [word("<b>a</b>"), word("1<2")]);
        assert_eq!(
            items("<break time=\"1s\""),
            [word("<break"), word("time=\"1s\"")]
        );
    }

    #[test]
    fn scripts_without_spaces_are_cut() {
        assert_eq!(
            items("你好，世界。"),
            [word("你"), glued("好，"), glued("世"), glued("界。")]
        );
        assert_eq!(items("abc你d"), [word("abc"), glued("你"), glued("d")]);
        assert_eq!(items("안녕 세상"), [word("안녕"), word("세상")]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in ".*|[<>/ \\[\\]a-z=\"'1s-]{0,200}") {
            let written: usize = items(&text)
                .iter()
                .map(|item| if let Item::Word { written, .. } = item { written.len() } else { 0 })
                .sum();
            let visible: usize = text.split_whitespace().map(str::len).sum();
            prop_assert!(written <= visible);
            if !text.contains(['<', '[']) {
                prop_assert_eq!(written, visible, "without tags nothing is lost");
            }
        }
    }

    #[test]
    fn endless_words_are_cut() {
        let items = items(&"x".repeat(100));
        assert_eq!(items.len(), 3);
        assert_eq!(items[2], glued(&"x".repeat(20)));
    }

    #[test]
    fn what_comes_later_goes_on_where_the_text_ended() {
        let mut markup = Markup::new("Hel".to_owned());
        assert_eq!(markup.next(), Some(word("Hel")));
        assert_eq!(markup.next(), None);
        markup.extend("lo ");
        assert_eq!(markup.next(), Some(glued("lo")));
        assert_eq!(markup.next(), None);
        markup.extend("you");
        assert_eq!(markup.next(), Some(word("you")));
    }
}
