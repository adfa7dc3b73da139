//! A text on a terminal, line by line, with the word that is heard highlighted.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::Speak;
use crate::global::Global;
use crate::{print, progress, text};

/// Columns of a terminal that does not say how many it has.
const COLUMNS: usize = 80;

/// The displayed part of one text.
pub(super) struct Words {
    /// The start of the displayed line.
    line: usize,
    is_drawn: bool,
}

impl Words {
    /// `None` where words are not to be shown: not on a terminal, or not wanted.
    pub(super) fn new(global: &Global, speak: &Speak) -> Option<Self> {
        (progress::is_shown(global) && !speak.quiet && !speak.report).then_some(Self {
            line: 0,
            is_drawn: false,
        })
    }

    /// The word at this place of the text is heard.
    pub(super) fn show(&mut self, text: &str, word: Range<usize>) {
        let Some(spoken) = text.get(word.clone()) else {
            return;
        };
        let start = word.start + (spoken.len() - spoken.trim_start().len());
        let end = word.start + spoken.trim_end().len();
        if start >= end {
            // It completes no part of the text.
            return;
        }
        let line_end = self.turn_to(text, end);
        let between = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        // A word that began on the line before.
        let start = start.max(self.line);
        print::words(
            between(self.line, start),
            between(start, end),
            between(end, line_end),
        );
        self.is_drawn = true;
    }

    /// Leaves what was heard on the terminal, and nothing else.
    pub(super) fn finish(mut self, text: &str, heard: usize) {
        if !self.is_drawn {
            return;
        }
        self.turn_to(text, heard);
        print::last_words(text.get(self.line..heard).unwrap_or_default().trim_end());
    }

    /// Goes on to the line with this end, and returns where that line ends.
    fn turn_to(&mut self, text: &str, end: usize) -> usize {
        let columns = print::columns_for_notes().unwrap_or(COLUMNS);
        // A terminal goes to the next line when the last column is written.
        let columns = columns.saturating_sub(1).max(1);
        self.line = skip_space(text, self.line);
        loop {
            let (line_end, next) = line(text, self.line, columns);
            if end <= line_end || next >= text.len() {
                return line_end;
            }
            print::last_words(text.get(self.line..line_end).unwrap_or_default());
            self.line = next;
        }
    }
}

/// Where the line that starts there ends, and where the next one starts: at a line break, or else at a space,
/// or else where the line is full.
fn line(text: &str, start: usize, columns: usize) -> (usize, usize) {
    let rest = text.get(start..).unwrap_or_default();
    let (mut used, mut space) = (0, None);
    for (at, cluster) in rest.grapheme_indices(true) {
        let is_space = cluster.chars().all(char::is_whitespace);
        used += text::width(&text::in_line(cluster));
        let end = if cluster.contains(['\n', '\r']) {
            at
        } else if used > columns && at > 0 {
            match space {
                Some(space) if !is_space => space,
                _ => at,
            }
        } else {
            if is_space && at > 0 {
                space = Some(at);
            }
            continue;
        };
        return (start + end, skip_space(text, start + end));
    }
    (text.len(), text.len())
}

fn skip_space(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + (rest.len() - rest.trim_start().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All lines of a text.
    fn lines(text: &str, columns: usize) -> Vec<&str> {
        let (mut lines, mut at) = (Vec::new(), skip_space(text, 0));
        while at < text.len() {
            let (end, next) = line(text, at, columns);
            lines.push(&text[at..end]);
            assert!(next > at, "it goes on");
            at = next;
        }
        lines
    }

    #[test]
    fn lines_break_at_spaces_and_where_the_text_does() {
        assert_eq!(lines("one two three", 7), ["one two", "three"]);
        assert_eq!(lines("one two three", 8), ["one two", "three"]);
        assert_eq!(lines("  one\r\n\n two ", 20), ["one", "two "]);
        assert_eq!(lines("unbreakable", 4), ["unbr", "eaka", "ble"]);
        assert_eq!(lines("你好世界", 4), ["你好", "世界"]);
        assert_eq!(lines("你好", 1), ["你", "好"]);
        assert!(lines(" ", 3).is_empty());
    }

    #[test]
    fn a_text_that_grows_keeps_the_lines_that_are_full() {
        let text = "A text that comes in pieces: no line of it changes once it is full.";
        let whole = lines(text, 16);
        for length in 0..text.len() {
            let part = lines(&text[..length], 16);
            let full = part.len().saturating_sub(2);
            assert_eq!(part[..full], whole[..full], "{length}");
        }
    }
}
