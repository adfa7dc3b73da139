//! Whether a text contains anything to speak.

use super::control_tag::tag_length;

/// Returns whether a text contains anything that may be spoken: one rule for all transports.
///
/// A synthesis of such a text that ends without audio is incomplete. Only text that certainly cannot be
/// spoken may end without audio: white space and control characters, punctuation, and control tags. All other
/// text counts as speakable: letters and digits of any script, emoji, and symbols that have a name (`%`, `€`,
/// `+`, `&`, `@`).
///
/// ```
/// use cartesia_types::tts::speakable;
///
/// assert!(speakable("Hi") && speakable("👍") && speakable("100 %") && speakable("%"));
/// assert!(!speakable(" … \n") && !speakable(r#"<break time="1s"/>"#) && !speakable("?!"));
/// ```
#[doc(alias = "pronounceable")]
#[doc(alias = "is_speakable")]
pub fn speakable(text: &str) -> bool {
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let silent = match tag_length(rest) {
            Some(length) => length,
            None if is_silent(next) => next.len_utf8(),
            None => return true,
        };
        rest = rest.get(silent..).unwrap_or_default();
    }
    false
}

/// Whether a character is surely not spoken.
fn is_silent(character: char) -> bool {
    // Visible signs of punctuation and markup.
    const ASCII: &str = "!\"'()*,-.:;?[\\]^_`{|}~";
    if character.is_ascii() {
        return character.is_ascii_whitespace()
            || character.is_ascii_control()
            || ASCII.contains(character);
    }
    matches!(
        character,
        // Latin punctuation.
        '¡' | '«' | '\u{ad}' | '·' | '»' | '¿'
        // General punctuation: dashes, quotes, dots, invisible characters; not †, ‡, ‰ and its like.
        | '\u{2000}'..='\u{201f}' | '\u{2022}'..='\u{202f}'
        | '\u{2039}'..='\u{203f}' | '\u{2045}'..='\u{206f}'
        // Armenian, Hebrew, Arabic and Indic marks.
        | '\u{55a}'..='\u{55f}' | '\u{589}' | '\u{58a}' | '\u{5be}' | '\u{5f3}' | '\u{5f4}'
        | '\u{60c}' | '\u{61b}'..='\u{61f}' | '\u{6d4}' | '\u{964}' | '\u{965}'
        // Marks of East Asia and their wide forms.
        | '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
        | '\u{3030}' | '\u{303d}' | '\u{30a0}' | '\u{30fb}'
        | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe52}' | '\u{fe54}'..='\u{fe5e}'
        | '\u{ff01}' | '\u{ff02}' | '\u{ff07}'..='\u{ff09}' | '\u{ff0c}'..='\u{ff0e}'
        | '\u{ff1a}' | '\u{ff1b}' | '\u{ff1f}' | '\u{ff3b}' | '\u{ff3d}' | '\u{ff3f}'
        | '\u{ff5b}' | '\u{ff5d}' | '\u{ff5f}'..='\u{ff65}'
        // Variation selectors and the byte order mark.
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    ) || character.is_whitespace()
        || character.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_spoken() {
        for text in [
            "a",
            "7",
            "Ж",
            "あ",
            "ไ",
            "½",
            "²",
            "👍",
            "❤\u{fe0f}",
            "♪",
            "%",
            "€",
            "+",
            "&",
            "@",
            "#",
            "$",
            "°",
            "±",
            "…a",
            "<spell>A</spell>",
            "<b>",
            "<",
            "< break/>",
            "<breaker/>",
            "<break",
            "[laughter]",
            "☃",
            "‰",
            "\u{10ffff}",
        ] {
            assert!(speakable(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_surely_silent() {
        for text in [
            "",
            " \t\r\n",
            ".",
            "...",
            "…",
            "—",
            "?!",
            "“”",
            "***",
            "---",
            "。",
            "、！？",
            "؟",
            "।",
            "\u{200b}\u{feff}\0",
            "<break time=\"1s\"/>",
            " <break time='500ms' /> . ",
            "<EMOTION value=\"angry\"/><speed ratio=\"1.5\"/><volume ratio=\"2\"/>",
            "<spell></spell>",
            "<spell>...</spell>",
        ] {
            assert!(!speakable(text), "{text:?}");
        }
    }

    #[test]
    fn tags_without_an_end_are_read_once() {
        // The bound on the length of a tag keeps this from being quadratic.
        assert!(speakable(&"<break ".repeat(200_000)));
        assert!(!speakable(&"<break/>".repeat(200_000)));
    }
}
