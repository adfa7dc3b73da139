//! Clusters and whole tags, which are never cut.

use unicode_segmentation::UnicodeSegmentation;

use super::tag::{Step, TagReader};

/// A tag that has not ended after so many bytes is text.
pub(super) const LONGEST_TAG: usize = 256;

const SPELL_END: &str = "</spell>";

/// The smallest part of a text.
#[derive(Clone, Copy)]
pub(super) enum Unit<'t> {
    /// One cluster.
    Text(&'t str),
    /// A control tag; `<spell>` with what it spells and its end.
    Tag(&'t str),
}

impl<'t> Unit<'t> {
    pub(super) fn text(self) -> &'t str {
        match self {
            Self::Text(text) | Self::Tag(text) => text,
        }
    }

    /// Whether it has letters or digits that are spoken.
    pub(super) fn has_words(self) -> bool {
        let said = match self {
            Self::Text(text) => text,
            // Between `<spell>` and `</spell>`; nothing in every other tag.
            Self::Tag(tag) => tag
                .split_once('>')
                .and_then(|(_, rest)| rest.rsplit_once('<'))
                .map_or("", |(inside, _)| inside),
        };
        said.chars().any(char::is_alphanumeric)
    }
}

/// A tag that has begun.
struct Candidate {
    text: String,
    reader: TagReader,
    /// The length of `<spell>`, once its end is looked for.
    spell: Option<usize>,
}

impl Candidate {
    fn new() -> Self {
        Self {
            text: "<".to_owned(),
            reader: TagReader::new(),
            spell: None,
        }
    }

    fn read(&mut self, cluster: &str) -> Step {
        self.text.push_str(cluster);
        if self.text.len() > LONGEST_TAG {
            return Step::NotATag;
        }
        if self.spell.is_some() {
            return if cluster == ">" && ends_spelling(&self.text) {
                Step::Ended
            } else {
                Step::More
            };
        }
        let step = self.reader.read(cluster);
        if step == Step::Ended && starts_spelling(&self.text) {
            self.spell = Some(self.text.len());
            return Step::More;
        }
        step
    }
}

fn starts_spelling(tag: &str) -> bool {
    const NAME: &str = "<spell";
    tag.get(..NAME.len())
        .is_some_and(|name| name.eq_ignore_ascii_case(NAME))
        && !tag.ends_with("/>")
        && !tag[NAME.len()..]
            .starts_with(|next: char| next.is_alphanumeric() || "-_".contains(next))
}

fn ends_spelling(text: &str) -> bool {
    text.len()
        .checked_sub(SPELL_END.len())
        .and_then(|start| text.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(SPELL_END))
}

/// Makes units of clusters. Only what may be a tag is kept.
pub(super) struct Units {
    candidate: Option<Candidate>,
}

impl Units {
    pub(super) fn new() -> Self {
        Self { candidate: None }
    }

    pub(super) fn push(&mut self, cluster: &str, mut each: impl FnMut(Unit<'_>)) {
        if cluster.is_empty() {
            return;
        }
        // Where a tag turns out to be text, what follows its `<` is read once more.
        let mut again = self.read(cluster, &mut each);
        let mut at = 0;
        while let Some(next) = again[at..].graphemes(true).next() {
            at += next.len();
            let once_more = self.read(next, &mut each);
            if !once_more.is_empty() {
                again = once_more + &again[at..];
                at = 0;
            }
        }
    }

    /// Reads one cluster and gives back what has to be read again.
    fn read(&mut self, cluster: &str, each: &mut impl FnMut(Unit<'_>)) -> String {
        #[cfg(test)]
        crate::steps::step();
        let Some(candidate) = &mut self.candidate else {
            if cluster == "<" {
                self.candidate = Some(Candidate::new());
            } else {
                each(Unit::Text(cluster));
            }
            return String::new();
        };
        match candidate.read(cluster) {
            Step::More => String::new(),
            Step::Ended => {
                each(Unit::Tag(&candidate.text));
                self.candidate = None;
                String::new()
            }
            Step::NotATag => {
                let mut text = std::mem::take(&mut candidate.text);
                // A `<spell>` that does not end is a tag all the same; else `<` is text.
                let read = if let Some(spell) = candidate.spell {
                    each(Unit::Tag(&text[..spell]));
                    spell
                } else {
                    each(Unit::Text("<"));
                    1
                };
                self.candidate = None;
                text.drain(..read);
                text
            }
        }
    }

    /// Whether a tag has begun.
    pub(super) fn is_in_tag(&self) -> bool {
        self.candidate.is_some()
    }

    /// Returns the text that is held.
    pub(super) fn take(&mut self) -> String {
        self.candidate
            .take()
            .map_or_else(String::new, |candidate| candidate.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::clusters::Clusters;

    /// The units of `text`, character by character; tags in `[]`, and what is kept after `|`.
    fn units(text: &str) -> Vec<String> {
        let mut clusters = Clusters::new();
        let mut units = Units::new();
        let mut found = Vec::new();
        let mut each = |unit: Unit<'_>| match unit {
            Unit::Text(text) => found.push(text.to_owned()),
            Unit::Tag(tag) => found.push(format!("[{tag}]")),
        };
        clusters.push(text, |cluster| units.push(cluster, &mut each));
        units.push(&clusters.take(), &mut each);
        assert_eq!(units.is_in_tag(), units.candidate.is_some());
        let kept = units.take();
        if !kept.is_empty() {
            found.push(format!("|{kept}"));
        }
        found
    }

    #[test]
    fn tags_are_one_unit() {
        for (text, expected) in [
            (
                "a<break time=\"1s\"/>b",
                &["a", "[<break time=\"1s\"/>]", "b"][..],
            ),
            ("<spell>A B</spell>.", &["[<spell>A B</spell>]", "."]),
            ("<SPELL>a<b</Spell>", &["[<SPELL>a<b</Spell>]"]),
            ("<spell/>A", &["[<spell/>]", "A"]),
            ("<spelling>A", &["[<spelling>]", "A"]),
            ("</spell>", &["[</spell>]"]),
            ("<pause><pause>", &["[<pause>]", "[<pause>]"]),
            ("<<pause>", &["<", "[<pause>]"]),
            ("<a <pause>", &["<", "a", " ", "[<pause>]"]),
            ("a < b", &["a", " ", "<", " ", "b"]),
            ("1<2", &["1", "<", "2"]),
            ("x<break ti", &["x", "|<break ti"]),
            ("<spell>AB</spe", &["|<spell>AB</spe"]),
        ] {
            assert_eq!(units(text), expected, "{text}");
        }
    }

    #[test]
    fn endless_tags_are_text() {
        let text = format!("<a b=\"{}", "x".repeat(1000));
        let found = units(&text);
        assert_eq!(found.concat(), text);
        let text = format!("<spell>{}", "x".repeat(1000));
        let found = units(&text);
        assert_eq!(found[0], "[<spell>]");
        assert_eq!(found[1..].concat(), text["<spell>".len()..]);
    }

    #[test]
    fn tags_say_nothing_but_what_they_spell() {
        for (unit, expected) in [
            (Unit::Text("a"), true),
            (Unit::Text("好"), true),
            (Unit::Text("5"), true),
            (Unit::Text("."), false),
            (Unit::Text("😀"), false),
            (Unit::Tag("<break time=\"1s\"/>"), false),
            (Unit::Tag("<spell>"), false),
            (Unit::Tag("<spell>AB</spell>"), true),
            (Unit::Tag("<spell> </spell>"), false),
        ] {
            assert_eq!(unit.has_words(), expected, "{}", unit.text());
        }
    }
}
