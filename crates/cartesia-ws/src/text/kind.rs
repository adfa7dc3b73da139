//! The kinds of units: spaces, ends of sentences, letters, digits and so on.

use cartesia_types::script::Spacing;

use super::units::Unit;

/// The part that a unit plays in finding where a text may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Space,
    /// A space that ends a line or a paragraph.
    LineEnd,
    /// A letter of a script with spaces between words.
    Letter,
    Digit,
    /// A character of a script without spaces between words.
    Spaceless,
    /// A full stop that is also the mark of abbreviations.
    Dot,
    Ellipsis,
    /// An end of sentences that wants a space after it.
    End,
    /// An end of sentences whatever follows.
    SureEnd,
    /// A mark between clauses that wants a space after it.
    Clause,
    /// A mark between clauses whatever follows, digits aside.
    SureClause,
    Opening,
    Closing,
    /// A mark that opens here and closes there.
    Quote,
    Tag,
    Other,
}

impl Kind {
    pub(super) fn of(unit: Unit<'_>) -> Self {
        match unit {
            Unit::Tag(_) => Self::Tag,
            Unit::Text(cluster) => Self::of_cluster(cluster),
        }
    }

    fn of_cluster(cluster: &str) -> Self {
        let Some(first) = cluster.chars().next() else {
            return Self::Other;
        };
        match first {
            // Next line, line separator and paragraph separator; a mark on a space is no space.
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Self::LineEnd,
            _ if cluster.chars().all(char::is_whitespace) => Self::Space,
            '.' => Self::Dot,
            '…' | '⋯' => Self::Ellipsis,
            '?' | '!' | '\u{37e}' | '՞' | '՜' => Self::End,
            // Chinese and Japanese, Hindi and its neighbours, Arabic, Urdu, Armenian, Ethiopic,
            // Burmese, Khmer.
            '。' | '｡' | '！' | '？' | '．' | '।' | '॥' | '؟' | '۔' | '։' | '።' | '፧' | '။'
            | '។' | '៕' | '‼' | '⁇' | '⁈' | '⁉' => Self::SureEnd,
            ',' | ';' | ':' | '،' | '؛' => Self::Clause,
            '，' | '、' | '､' | '；' | '：' | '၊' | '፣' | '፤' | '፥' | '—' | '–' => {
                Self::SureClause
            }
            '(' | '[' | '{' | '（' | '［' | '｛' | '「' | '『' | '【' | '〔' | '〖' | '《'
            | '〈' | '｢' => Self::Opening,
            ')' | ']' | '}' | '）' | '］' | '｝' | '」' | '』' | '】' | '〕' | '〗' | '》'
            | '〉' | '｣' => Self::Closing,
            // With the emphasis of Markdown, which language models like.
            '*' | '_' | '`' | '"' | '\'' | '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '«' | '»'
            | '‹' | '›' | '＂' => Self::Quote,
            _ if first.is_numeric() => Self::Digit,
            _ if is_spaceless(first) => Self::Spaceless,
            _ if first.is_alphabetic() => Self::Letter,
            _ => Self::Other,
        }
    }

    pub(super) fn is_space(self) -> bool {
        matches!(self, Self::Space | Self::LineEnd)
    }

    pub(super) fn is_sentence_end(self) -> bool {
        matches!(self, Self::Dot | Self::Ellipsis | Self::End | Self::SureEnd)
    }

    pub(super) fn is_clause_end(self) -> bool {
        matches!(self, Self::Clause | Self::SureClause)
    }

    /// Whether this belongs to what stands directly before it.
    pub(super) fn leans_back(self) -> bool {
        self.is_sentence_end()
            || self.is_clause_end()
            || matches!(self, Self::Closing | Self::Quote)
    }

    /// Whether what stands directly after this belongs to it.
    pub(super) fn leans_forward(self) -> bool {
        matches!(self, Self::Opening | Self::Quote)
    }
}

/// Whether words of the script of `c` are written without spaces between them.
pub(crate) fn is_spaceless(c: char) -> bool {
    Spacing::of(c) != Spacing::Words
}

/// Whether `c` is of a script that has spaces between phrases instead: Thai, Lao, Burmese, Khmer and
/// their neighbours.
pub(super) fn is_spaceless_with_phrases(c: char) -> bool {
    Spacing::of(c) == Spacing::Phrases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (clusters, expected) in [
            (
                &[" ", "\u{a0}", "\u{202f}", "\t", "\u{3000}"][..],
                Kind::Space,
            ),
            (&["\n", "\r\n", "\u{2029}"], Kind::LineEnd),
            (&["a", "é", "e\u{301}", "я", "ع", "한", "क्ष"], Kind::Letter),
            (
                &["1", "٣", "१", "๓", "１", "1\u{fe0f}\u{20e3}"],
                Kind::Digit,
            ),
            (
                &["好", "の", "カ", "ー", "ไ", "ກ", "က", "ក", "々"],
                Kind::Spaceless,
            ),
            (&["。", "！", "।", "؟"], Kind::SureEnd),
            (&["“", "'", "»", "*"], Kind::Quote),
            (&["-", "$", "%", "😀", "<", " \u{301}"], Kind::Other),
        ] {
            for cluster in clusters {
                assert_eq!(Kind::of(Unit::Text(cluster)), expected, "{cluster:?}");
            }
        }
        assert_eq!(Kind::of(Unit::Tag("<pause>")), Kind::Tag);
    }
}
