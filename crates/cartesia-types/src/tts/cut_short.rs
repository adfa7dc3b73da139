//! Whether audio ends before its words do.

use std::time::Duration;

/// Audio may be shorter than its words by this much, or by a tenth: timestamps are estimates of the
/// model, and the last sound of a word fades out.
const TOLERANCE: Duration = Duration::from_millis(500);

/// Returns whether audio ends long before its last word: one rule for all transports.
///
/// `audio` is the playing time received, `words_end` the end of the last word in the timestamps. More than
/// 0.5 s and more than a tenth must be missing. A synthesis that ends so is incomplete.
///
/// ```
/// use std::time::Duration;
/// use cartesia_types::tts::is_cut_short;
///
/// let seconds = Duration::from_secs_f64;
/// assert!(is_cut_short(seconds(1.0), seconds(2.0)));
/// assert!(!is_cut_short(seconds(1.6), seconds(2.0)));
/// ```
pub fn is_cut_short(audio: Duration, words_end: Duration) -> bool {
    words_end.saturating_sub(audio) > TOLERANCE.max(words_end / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_second_or_a_tenth_may_be_missing() {
        let cut = |audio, words_end| {
            is_cut_short(
                Duration::from_millis(audio),
                Duration::from_millis(words_end),
            )
        };
        // Short speech: half a second.
        assert!(!cut(500, 1_000) && cut(499, 1_000));
        assert!(!cut(0, 500) && cut(0, 501));
        // Long speech: a tenth.
        assert!(!cut(90_000, 100_000) && cut(89_999, 100_000));
        // Audio without words, and words that end first.
        assert!(!cut(1_000, 0) && !cut(1_000, 900) && !cut(0, 0));
        assert!(is_cut_short(Duration::ZERO, Duration::MAX));
        assert!(!is_cut_short(Duration::MAX, Duration::MAX));
    }
}
