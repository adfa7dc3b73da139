//! How long a text takes to speak, before it is spoken.

use std::time::Duration;

use unicode_width::UnicodeWidthChar as _;

/// Letters that are spoken in a second.
const LETTERS_PER_SECOND: u32 = 15;
/// A wide character, as those of East Asia are, takes as long as so many letters.
const LETTERS_OF_A_WIDE_ONE: u64 = 3;

/// Estimates how long a text takes to speak at normal speed: for progress bars, and before a large batch.
///
/// It counts 15 characters as a second, spaces and punctuation included, and each wide character (Chinese, Japanese,
/// Korean, emoji) as three. Real speech differs with voice, language and content, often by a third. The whole text
/// counts, so control tags count as if they were spoken, and a `<break>` does not count as its length.
///
/// ```
/// use cartesia_types::tts::speaking_time;
///
/// assert_eq!(speaking_time("Thirty letters, more or less. ").as_secs(), 2);
/// assert_eq!(speaking_time("こんにちは").as_secs(), 1);
/// assert!(speaking_time("").is_zero());
/// ```
#[doc(alias = "duration")]
#[doc(alias = "estimate")]
pub fn speaking_time(text: &str) -> Duration {
    let is_wide = |c: char| c.width().unwrap_or(0) > 1;
    let letters = text
        .chars()
        .map(|c| if is_wide(c) { LETTERS_OF_A_WIDE_ONE } else { 1 })
        .sum();
    Duration::from_secs(letters) / LETTERS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_character_takes_as_long_as_three_letters() {
        for (text, millis) in [
            ("", 0),
            ("abc", 200),
            ("日", 200),
            ("日本 ab", 600),
            ("é", 66),
            ("\u{7}", 66),
        ] {
            assert_eq!(speaking_time(text).as_millis(), millis, "{text:?}");
        }
    }
}
