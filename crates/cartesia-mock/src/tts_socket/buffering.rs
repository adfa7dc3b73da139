//! Buffered text: until a sentence is complete, or a delay has passed.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock;

/// Ends a sentence when white space follows.
const TERMINAL: [char; 6] = ['.', '!', '?', '…', '।', '؟'];
/// Ends a sentence whatever follows: these scripts do not put spaces between sentences.
const TERMINAL_ALONE: [char; 3] = ['。', '！', '？'];
/// May stand between the end of a sentence and the space.
const CLOSING: [char; 7] = ['"', '\'', ')', ']', '”', '’', '»'];

/// The text of a context that was received and not given to the synthesis.
#[derive(Debug)]
pub(super) struct Buffer {
    text: String,
    delay: Duration,
    /// When what is held now began to wait.
    since: Option<Instant>,
}

impl Buffer {
    /// `delay` is the longest that text waits. Without one, nothing ever does.
    pub(super) fn new(delay: Duration) -> Self {
        Self {
            text: String::new(),
            delay,
            since: None,
        }
    }

    /// Adds the text of an input, verbatim, and gives what is ready.
    pub(super) fn push(&mut self, text: &str, now: Instant) -> Option<String> {
        self.text.push_str(text);
        if self.delay.is_zero() {
            return self.take_all();
        }
        let end = sentence_end(&self.text);
        if end > 0 {
            self.since = None;
        }
        let rest = self.text.split_off(end);
        let ready = std::mem::replace(&mut self.text, rest);
        if !self.text.is_empty() {
            self.since.get_or_insert(now);
        }
        (!ready.is_empty()).then_some(ready)
    }

    pub(super) fn take_all(&mut self) -> Option<String> {
        self.since = None;
        let text = std::mem::take(&mut self.text);
        (!text.is_empty()).then_some(text)
    }

    /// When what is held has waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.since.map(|since| clock::after(since, self.delay))
    }
}

/// Where the last whole sentence ends, with the space after it; 0 if there is none.
fn sentence_end(text: &str) -> usize {
    let (mut end, mut terminal, mut in_tag) = (0, false, false);
    for (at, c) in text.char_indices() {
        let after = at + c.len_utf8();
        if in_tag {
            in_tag = c != '>';
        } else if c == '<' {
            (in_tag, terminal) = (true, false);
        } else if TERMINAL_ALONE.contains(&c) {
            (end, terminal) = (after, true);
        } else if TERMINAL.contains(&c) {
            terminal = true;
        } else if c.is_whitespace() && terminal {
            end = after;
        } else if !CLOSING.contains(&c) {
            terminal = false;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_space_follows() {
        for (text, whole) in [
            ("", ""),
            ("Hello", ""),
            ("Hello.", ""),
            ("Hello. ", "Hello. "),
            ("Pi is 3.14 or so", ""),
            ("One. Two! Thr", "One. Two! "),
            ("\"Go.\" he said", "\"Go.\" "),
            ("a <break time=\"1. s\"/> b", ""),
            ("a. <break ", "a. "),
            ("你好。世", "你好。"),
            ("1 < 2. So", ""),
        ] {
            assert_eq!(&text[..sentence_end(text)], whole, "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn text_waits_for_its_sentence_but_not_for_ever() {
        let (delay, start) = (Duration::from_secs(3), Instant::now());
        let mut buffer = Buffer::new(delay);
        assert_eq!(buffer.push("Hel", start), None);
        assert_eq!(buffer.due(), Some(start + delay));
        let later = start + Duration::from_secs(1);
        assert_eq!(buffer.push("lo", later), None);
        assert_eq!(buffer.due(), Some(start + delay), "the oldest text counts");
        assert_eq!(buffer.push(". And", later), Some("Hello. ".to_owned()));
        assert_eq!(buffer.due(), Some(later + delay));
        assert_eq!(buffer.take_all(), Some("And".to_owned()));
        assert_eq!((buffer.due(), buffer.take_all()), (None, None));

        let mut buffer = Buffer::new(Duration::ZERO);
        assert_eq!(buffer.push("a", start), Some("a".to_owned()));
        assert_eq!((buffer.push("", start), buffer.due()), (None, None));
    }
}
