//! Grapheme clusters, the characters that a reader sees: a letter with its accents, a flag, a family of
//! emoji.

use unicode_segmentation::GraphemeCursor;

/// A longer cluster is cut: nothing that is written has so many marks on one letter.
const LONGEST: usize = 128;

const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Finds the clusters in text that comes in any pieces. The last one is kept until what follows it
/// is known.
pub(super) struct Clusters {
    open: String,
}

impl Clusters {
    pub(super) fn new() -> Self {
        Self {
            open: String::new(),
        }
    }

    /// Gives `each` the clusters that `text` ends.
    pub(super) fn push(&mut self, text: &str, mut each: impl FnMut(&str)) {
        for next in text.chars() {
            #[cfg(test)]
            crate::steps::step();
            if self.ends_before(next) {
                each(&self.open);
                self.open.clear();
            }
            self.open.push(next);
            // White space passes at once, because it ends a word. Text is never cut after it, so a combining
            // mark that follows stays with it.
            let alone = self.open.len() == next.len_utf8();
            if next == '\n' || (alone && next.is_whitespace() && next != '\r') {
                each(&self.open);
                self.open.clear();
            }
        }
    }

    fn ends_before(&mut self, next: char) -> bool {
        if self.open.is_empty() {
            return false;
        }
        if next.is_ascii() && self.open.is_ascii() {
            return next != '\n' || self.open != "\r";
        }
        if self.open.len() + next.len_utf8() > LONGEST {
            return true;
        }
        let end = self.open.len();
        self.open.push(next);
        let ends = is_boundary(&self.open, end);
        self.open.truncate(end);
        ends
    }

    /// The cluster that may still grow, or nothing.
    pub(super) fn open(&self) -> &str {
        &self.open
    }

    /// Whether the last cluster is plainly the first part of something, or is of a kind that often
    /// grows. Any letter could still get an accent: that is not meant.
    pub(super) fn is_unfinished(&self) -> bool {
        is_unfinished(&self.open)
    }

    /// Returns the text that is held. Later text starts a new cluster.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.open)
    }
}

/// Whether a cluster ends at `at`, where `text` starts at the start of a cluster.
fn is_boundary(text: &str, at: usize) -> bool {
    // The whole context is there, so that the cursor never asks for more.
    GraphemeCursor::new(at, text.len(), true)
        .is_boundary(text, 0)
        .unwrap_or(true)
}

/// Characters that continue an unfinished cluster: a line feed after a carriage return, a syllable after a
/// leading jamo or after a sign that stands before its letter, the second half of a flag, a consonant of a
/// conjunct, what a joiner joins.
const CONTINUATIONS: [&str; 5] = ["\n", "\u{1100}", "\u{1f1e6}", "\u{915}", "\u{2764}"];

fn is_unfinished(cluster: &str) -> bool {
    if cluster.is_empty() {
        return false;
    }
    let continues = |rest: &str| !is_boundary(&format!("{cluster}{rest}"), cluster.len());
    let is_emoji = || {
        let joined = format!("{cluster}{ZERO_WIDTH_JOINER}");
        !is_boundary(&format!("{joined}\u{2764}"), joined.len())
    };
    cluster.ends_with(ZERO_WIDTH_JOINER) || CONTINUATIONS.into_iter().any(continues) || is_emoji()
}

/// Whether `text` starts with a mark that belongs to what stands before it.
pub(super) fn is_attached(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|first| !first.is_ascii() && !is_boundary(&format!("a{first}"), 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    fn clusters(tokens: &[&str]) -> Vec<String> {
        let mut clusters = Clusters::new();
        let mut found = Vec::new();
        for token in tokens {
            clusters.push(token, |cluster| found.push(cluster.to_owned()));
        }
        found.push(clusters.take());
        found.retain(|cluster| !cluster.is_empty());
        found
    }

    #[test]
    fn tokens_do_not_cut_clusters() {
        for (tokens, expected) in [
            (&["e", "\u{301}", "a"][..], &["e\u{301}", "a"][..]),
            (
                &["\u{1f1e9}", "\u{1f1ea}\u{1f1eb}", "\u{1f1f7}"],
                &["🇩🇪", "🇫🇷"],
            ),
            (&["👩", "\u{200d}", "🚀", "!"], &["👩\u{200d}🚀", "!"]),
            (&["1", "\u{fe0f}", "\u{20e3}"], &["1\u{fe0f}\u{20e3}"]),
            (
                &["\u{1112}", "\u{1161}", "\u{11ab}"],
                &["\u{1112}\u{1161}\u{11ab}"],
            ),
            (&["\r", "\n", "x"], &["\r\n", "x"]),
            (&["क", "्", "ष"], &["क्ष"]),
        ] {
            assert_eq!(clusters(tokens), expected);
        }
    }

    #[test]
    fn endless_clusters_are_cut() {
        let found = clusters(&[&format!("a{}", "\u{301}".repeat(1000))]);
        assert!(found.len() > 2000 / LONGEST);
        assert!(found.iter().all(|cluster| cluster.len() <= LONGEST));
    }

    #[test]
    fn what_is_unfinished_is_known() {
        for cluster in [
            "\u{1f1e9}",
            "👩\u{200d}",
            "👍",
            "❤",
            "\r",
            "\u{1100}",
            "क\u{94d}",
            "\u{600}",
            "a\u{200d}",
        ] {
            assert!(is_unfinished(cluster), "{cluster:?}");
        }
        for cluster in [
            "a", "é", "e\u{301}", ".", "。", "好", "가", "🇩🇪", "क", " ", "",
        ] {
            assert!(!is_unfinished(cluster), "{cluster:?}");
        }
    }

    #[test]
    fn marks_are_attached() {
        for text in ["\u{301}", "\u{fe0f}a", "\u{200d}", "\u{93e}"] {
            assert!(is_attached(text), "{text:?}");
        }
        for text in ["a", "é", " ", "", "好", "😀"] {
            assert!(!is_attached(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn clusters_are_those_of_the_standard(
            text in "([a-c \r\n\u{301}\u{200d}\u{fe0f}👩🚀❤🇩🇪क्षे가\u{1100}\u{1161}\u{600}]{0,20}|.{0,20})",
        ) {
            let tokens: Vec<String> = text.chars().map(String::from).collect();
            let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
            // A mark on white space is the one exception, see `push`.
            let has_mark_on_space = text.graphemes(true).any(|cluster| {
                let mut characters = cluster.chars();
                characters.next().is_some_and(char::is_whitespace) && cluster.len() > 1 && cluster != "\r\n"
            });
            if !has_mark_on_space {
                let expected: Vec<&str> = text.graphemes(true).collect();
                prop_assert_eq!(clusters(&tokens), expected);
            }
        }
    }
}
