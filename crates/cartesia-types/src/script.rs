//! The spacing rules of scripts.

/// The places in which a script has spaces: between words, between phrases, or nowhere.
///
/// ```
/// use cartesia_types::script::Spacing;
///
/// assert_eq!(Spacing::of('a'), Spacing::Words);
/// assert_eq!(Spacing::of('ไ'), Spacing::Phrases);
/// assert_eq!(Spacing::of('好'), Spacing::None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spacing {
    /// Spaces between words: Latin, Cyrillic, Arabic, Devanagari, Hangul and most others. Also digits,
    /// punctuation and symbols of no particular script.
    Words,
    /// Spaces between phrases, none between words: Thai, Lao, Burmese, Khmer and their neighbours.
    Phrases,
    /// No spaces: Chinese and Japanese, with their wide punctuation.
    None,
}

impl Spacing {
    /// Returns the spacing of the script that a character belongs to.
    pub fn of(character: char) -> Self {
        match character {
            '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{1950}'..='\u{19ff}'
            | '\u{1a20}'..='\u{1aaf}'
            | '\u{a9e0}'..='\u{a9ff}'
            | '\u{aa60}'..='\u{aadf}' => Self::Phrases,
            // Japanese syllables and Chinese characters with their marks of repetition.
            '\u{3005}'..='\u{3007}'
            | '\u{3021}'..='\u{3029}'
            | '\u{3031}'..='\u{3035}'
            | '\u{3041}'..='\u{312f}'
            | '\u{31a0}'..='\u{31bf}'
            | '\u{31f0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff66}'..='\u{ff9f}'
            | '\u{20000}'..='\u{323af}' => Self::None,
            _ => Self::Words,
        }
    }
}

/// Whether a space belongs between two words that come one after the other.
pub(crate) fn is_spaced(before: &str, after: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().next_back(), after.chars().next()) else {
        return false;
    };
    let is_none = |c| Spacing::of(c) == Spacing::None || is_wide_mark(c);
    // Thai and its neighbours set foreign words and numbers apart; Chinese and Japanese do not.
    let phrases = |c| Spacing::of(c) == Spacing::Phrases;
    !(is_none(last) || is_none(first) || (phrases(last) && phrases(first)))
}

/// Punctuation of East Asia, which has its space inside.
fn is_wide_mark(c: char) -> bool {
    matches!(
        c,
        '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{30fb}'
            | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff3d}'
            | '\u{ff5b}'..='\u{ff65}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_between_words() {
        for (before, after, expected) in [
            ("Hello", "world", true),
            ("Ça", "va", true),
            ("안녕", "하세요", true),
            ("नमस्ते", "दुनिया", true),
            ("你", "好", false),
            ("好，", "世", false),
            ("カ", "ー", false),
            ("有", "iPhone", false),
            ("3", "月", false),
            ("สวัส", "ดี", false),
            ("ซื้อ", "iPhone", true),
            ("", "a", false),
        ] {
            assert_eq!(is_spaced(before, after), expected, "{before} {after}");
        }
    }
}
