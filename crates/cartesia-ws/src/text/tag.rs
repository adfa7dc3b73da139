//! The syntax of control tags.

/// The state of reading one tag, cluster by cluster.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// After `<`.
    Opened,
    /// After `</`.
    Closing,
    Name,
    /// Between attributes.
    Between,
    Attribute,
    AfterAttribute,
    AfterEquals,
    Quoted(char),
    Bare,
    /// After the `/` of `/>`.
    Slash,
}

/// The state of a tag after one more cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    More,
    Ended,
    NotATag,
}

/// Reads a tag that has begun with `<`. Every name is accepted, because the service learns new tags;
/// what is between `<` and `>` has to have the form of a tag, so that a comparison is soon known to
/// be none.
pub(super) struct TagReader {
    state: State,
}

impl TagReader {
    /// After `<`.
    pub(super) fn new() -> Self {
        Self {
            state: State::Opened,
        }
    }

    pub(super) fn read(&mut self, cluster: &str) -> Step {
        let mut characters = cluster.chars();
        let (Some(first), marks) = (characters.next(), characters.as_str()) else {
            return Step::More;
        };
        // A mark on a character of the markup makes it another character, except within a value,
        // where anything may stand, and on the last `>`, which the service may well see as one.
        let is_bare = marks.is_empty() || first == '>' || first.is_whitespace();
        if let State::Quoted(quote) = self.state {
            if first == quote && is_bare {
                self.state = State::Between;
            }
            return Step::More;
        }
        if !is_bare && self.state != State::Bare {
            return Step::NotATag;
        }
        match self.after(first) {
            Ok(state) => {
                self.state = state;
                Step::More
            }
            Err(step) => step,
        }
    }

    fn after(&self, next: char) -> Result<State, Step> {
        let in_name = next.is_ascii_alphanumeric() || matches!(next, '-' | '_');
        let space = next.is_whitespace();
        Ok(match (self.state, next) {
            (State::Opened, '/') => State::Closing,
            (State::Opened | State::Closing, _) if next.is_ascii_alphabetic() => State::Name,
            (State::Name, _) if in_name => State::Name,
            (State::Name | State::Between | State::Bare | State::Slash, '>') => {
                return Err(Step::Ended);
            }
            (State::Name | State::Between | State::Bare, '/') => State::Slash,
            (State::Name | State::Between | State::Bare, _) if space => State::Between,
            (State::Between, _) if next.is_ascii_alphabetic() => State::Attribute,
            (State::Attribute, _) if in_name => State::Attribute,
            (State::Attribute | State::AfterAttribute, '=') => State::AfterEquals,
            (State::Attribute | State::AfterAttribute, _) if space => State::AfterAttribute,
            (State::AfterEquals, _) if space => State::AfterEquals,
            (State::AfterEquals, '"' | '\'') => State::Quoted(next),
            (State::AfterEquals | State::Bare, _) if !matches!(next, '<' | '>') => State::Bare,
            (State::Slash, _) if space => State::Slash,
            _ => return Err(Step::NotATag),
        })
    }
}

#[cfg(test)]
mod tests {
    use unicode_segmentation::UnicodeSegmentation as _;

    use super::*;

    /// How far `text` was read, and what it turned out to be.
    fn read(text: &str) -> (usize, Step) {
        let mut reader = TagReader::new();
        for (at, cluster) in text.grapheme_indices(true).skip(1) {
            let step = reader.read(cluster);
            if step != Step::More {
                return (at, step);
            }
        }
        (text.len(), Step::More)
    }

    #[test]
    fn tags_are_read_to_their_end() {
        for tag in [
            "<break time=\"1s\"/>",
            "<break time = '500ms' />",
            "<break time=1s/>",
            "<emotion value=\"calm\"/>",
            "<emotion value=\"a > b\"/>",
            "<emotion value=“calm”>",
            "<speed ratio=\"1.2\"/>",
            "<pause>",
            "<spell>",
            "</spell>",
            "<laugh-out_loud2\n/>",
        ] {
            let last = tag.len() - 1;
            assert_eq!(
                read(&format!("{tag} and text")),
                (last, Step::Ended),
                "{tag}"
            );
            assert_eq!(read(&tag[..last]), (last, Step::More), "{tag}");
        }
    }

    #[test]
    fn what_is_no_tag_is_soon_known() {
        for (text, known_at) in [
            ("< b", 1),
            ("<3", 1),
            ("<>", 1),
            ("<<", 1),
            ("<https://example.com>", 6),
            ("<b and c", 7),
            ("<b, c", 2),
            ("<b\u{301}>", 1),
            ("<a b=>", 5),
            ("<a/b>", 3),
        ] {
            assert_eq!(read(text), (known_at, Step::NotATag), "{text}");
        }
    }
}
