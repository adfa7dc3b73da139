//! Which part of a text the words of the timestamps cover.
//!
//! The service speaks words that are not in the text: "$1M" becomes "a million dollars". So words are
//! matched with the tokens of the text in order, and what does not match is left open until the words
//! after it match again. Every token takes at least one word, so `n` words that do not match cover at
//! most `n` tokens: a match further ahead is a coincidence. The result never covers a token that was
//! not spoken; it may cover less than was.

use crate::text::{is_spaceless, tag_length};

/// Words without a match after which the rest of the text stays open. It bounds the work per word.
const MAX_UNMATCHED: usize = 32;
/// Bytes of the longest token that is compared, and of the longest gap before one.
const LONGEST_TOKEN: usize = 1_024;

/// Matches words with a text, word by word.
#[derive(Debug, Default)]
pub(super) struct Alignment {
    /// Bytes of the text that are covered: the end of the last token that is known to be spoken.
    covered: usize,
    /// Words after that without a match.
    unmatched: Vec<String>,
}

impl Alignment {
    /// Takes the next word of the timestamps. Returns how many bytes of `text` are covered now.
    ///
    /// `text` may grow between calls.
    pub(super) fn push(&mut self, text: &str, word: &str) -> usize {
        let word = comparable(word);
        if word.is_empty() || self.unmatched.len() >= MAX_UNMATCHED {
            return self.covered;
        }
        self.unmatched.push(word);
        if let Some(end) = self.find(text.get(self.covered..).unwrap_or_default()) {
            self.covered += end;
            self.unmatched.clear();
        }
        self.covered
    }

    /// Where the token ends that the last of the open words ends with, counted from the first open token.
    fn find(&self, rest: &str) -> Option<usize> {
        let words = &self.unmatched;
        // One word more than before: it continues what was covered, or a token in several words.
        if let Some(end) = matched(rest, words) {
            return Some(end);
        }
        // After words without a match, two in a row have to match: the last word of "$2" is no sign that
        // the next token was spoken in "$2 dollars".
        let (unknown, pair) = words.split_at_checked(words.len().checked_sub(2)?)?;
        let mut rest_at = 0;
        for _ in 0..unknown.len() {
            let token = Token::first(&rest[rest_at..])?;
            rest_at += token.end;
            if let Some(end) = matched(&rest[rest_at..], pair) {
                return Some(rest_at + end);
            }
        }
        None
    }
}

/// Where the tokens end that are spoken as exactly these words.
fn matched(text: &str, words: &[String]) -> Option<usize> {
    let spoken = words.concat();
    let mut left = spoken.as_str();
    let mut at = 0;
    while !left.is_empty() {
        let token = Token::first(&text[at..])?;
        left = left.strip_prefix(token.comparable.as_str())?;
        at += token.end;
    }
    Some(at)
}

/// A run of letters and digits that is spoken: a word between spaces, or a character of a script without
/// spaces.
struct Token {
    comparable: String,
    /// Where it ends, with the punctuation that belongs to it.
    end: usize,
}

impl Token {
    /// The first token of a text; silent tags, spaces and punctuation before it are passed over.
    fn first(text: &str) -> Option<Self> {
        let mut comparable = String::new();
        let mut end = 0;
        let mut at = 0;
        while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
            #[cfg(test)]
            crate::steps::step();
            if next == '<'
                && let Some(length) = tag_length(&text[at..])
            {
                if !comparable.is_empty() {
                    break;
                }
                at += length;
                continue;
            }
            let begun = !comparable.is_empty();
            let alone = is_spaceless(next);
            if begun && (next.is_whitespace() || alone) {
                break;
            }
            at += next.len_utf8();
            if next.is_alphanumeric() {
                comparable.extend(next.to_lowercase());
                end = at;
            } else if begun {
                end = at;
            }
            if at > LONGEST_TOKEN {
                return None;
            }
            if alone && next.is_alphanumeric() {
                // What follows a character directly and is no other one belongs to it.
                let marks = text[at..].chars().take_while(|next| {
                    !next.is_alphanumeric() && !next.is_whitespace() && *next != '<'
                });
                end = at + marks.map(char::len_utf8).sum::<usize>();
                break;
            }
        }
        (!comparable.is_empty()).then_some(Self { comparable, end })
    }
}

/// What is compared of a word: letters and digits.
fn comparable(word: &str) -> String {
    let letters = word.chars().filter(|next| next.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is covered after these words.
    fn covered<'t>(text: &'t str, words: &str) -> &'t str {
        let mut alignment = Alignment::default();
        let mut end = 0;
        for word in words.split(' ') {
            let now = alignment.push(text, word);
            assert!(now >= end, "it never takes back");
            end = now;
        }
        &text[..end]
    }

    #[test]
    fn words_as_they_are_written() {
        for (text, words, expected) in [
            ("One two three.", "One two", "One two"),
            ("One two three.", "One two three.", "One two three."),
            ("One — two, three", "one two", "One — two,"),
            ("“One,” she said.", "One she", "“One,” she"),
            ("no no no", "no", "no"),
            ("no no no", "no no", "no no"),
            ("Don't stop", "don't", "Don't"),
            ("a well-known fact", "a well known", "a well-known"),
            (
                "One<break time=\"1s\"/> two",
                "One two",
                "One<break time=\"1s\"/> two",
            ),
            (
                "One <emotion value=\"sad\"/>two three",
                "One two",
                "One <emotion value=\"sad\"/>two",
            ),
            ("你好，世界。再见", "你好 世界", "你好，世界。"),
            ("你好，世界。再见", "你 好", "你好，"),
            ("مرحبا بالعالم الآن", "مرحبا بالعالم", "مرحبا بالعالم"),
            ("Hi 👍 there", "Hi there", "Hi 👍 there"),
        ] {
            assert_eq!(covered(text, words), expected, "{text:?}: {words}");
        }
    }

    #[test]
    fn words_that_are_spoken_otherwise() {
        let cat = "I have 1 apple and 2 pears and finally one cat.";
        for (text, words, expected) in [
            // A match that needs more tokens than there were words is a coincidence.
            (cat, "I have one", "I have"),
            (cat, "I have one apple", "I have"),
            (cat, "I have one apple and", "I have 1 apple and"),
            (
                cat,
                "I have one apple and two pears and",
                "I have 1 apple and 2 pears and",
            ),
            (
                "It cost $1M, he said. A lot.",
                "It cost a million dollars",
                "It cost",
            ),
            (
                "It cost $1M, he said. A lot.",
                "It cost a million dollars he",
                "It cost",
            ),
            (
                "It cost $1M, he said. A lot.",
                "It cost a million dollars he said",
                "It cost $1M, he said.",
            ),
            // The last word of a number is also the next token, which was not spoken.
            ("$2 dollars more", "two dollars", ""),
            ("$2 dollars more", "two dollars dollars", ""),
            (
                "$2 dollars more",
                "two dollars dollars more",
                "$2 dollars more",
            ),
            ("1 one two", "one", ""),
            ("20 twenty times", "twenty", ""),
            ("Dr. No met Mr. Yes there", "Doctor No met", "Dr. No met"),
        ] {
            assert_eq!(covered(text, words), expected, "{text:?}: {words}");
        }
    }

    #[test]
    fn a_text_that_grows_is_followed() {
        let mut alignment = Alignment::default();
        assert_eq!(alignment.push("One two ", "One"), 3);
        assert_eq!(alignment.push("One two three ", "two"), 7);
        assert_eq!(alignment.push("One two three ", "three"), 13);
        assert_eq!(alignment.push("One two three ", "four"), 13);
    }

    /// Whatever words come, no token is covered that has no word.
    #[test]
    fn there_are_never_fewer_words_than_covered_tokens() {
        let vocabulary = ["one", "1", "two", "$2", "dollars", "a", "no"];
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..2_000 {
            let mut pick = |count: usize| {
                (0..count)
                    .map(|_| vocabulary[random.usize(..vocabulary.len())])
                    .collect::<Vec<_>>()
            };
            let (text, words) = (pick(12).join(" "), pick(8));
            let covered = covered(&text, &words.join(" "));
            assert!(
                covered.split_whitespace().count() <= words.len(),
                "{text}: {words:?}"
            );
        }
    }

    #[test]
    fn long_texts_and_strange_words_cost_little() {
        let text = "x".repeat(100_000);
        let mut alignment = Alignment::default();
        for _ in 0..10_000 {
            assert_eq!(alignment.push(&text, "y"), 0);
        }
        assert_eq!(alignment.unmatched.len(), MAX_UNMATCHED);
    }
}
