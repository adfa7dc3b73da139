//! The estimated duration and cost of a text.

use std::time::Duration;

use cartesia::tts::speaking_time;

use crate::failure::Failure;
use crate::global::Global;
use crate::{print, text};

/// Longer texts are asked about: more than twenty minutes of speech.
pub(crate) const MAX_CHARACTERS: u64 = 20_000;
/// The length from which on the estimate is printed.
const LONG: u64 = 1_000;

/// An estimate for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Estimate {
    pub(super) characters: u64,
    pub(super) speech: Duration,
}

impl Estimate {
    pub(super) fn of(text: &str) -> Self {
        Self {
            characters: text.chars().count() as u64,
            speech: speaking_time(text),
        }
    }

    /// Describes it for people. Each character costs one credit.
    fn describe(self) -> String {
        let count = text::grouped(self.characters);
        let speech = text::rough_time(self.speech);
        format!("{count} characters: about {speech} of speech, {count} credits")
    }

    /// Shows the estimate of a long text, and asks about a very long one.
    ///
    /// # Errors
    ///
    /// A usage error when the user declines, or there is no terminal to ask on.
    pub(super) fn confirm(self, global: &Global, yes: bool) -> Result<(), Failure> {
        let estimate = self.describe();
        if self.characters <= MAX_CHARACTERS || yes {
            if self.characters >= LONG && !global.json {
                print::note(&estimate);
            }
            return Ok(());
        }
        if global.json || !print::can_ask() {
            return Err(Failure::usage(format!(
                "the text is long ({estimate}): add --yes to speak it"
            )));
        }
        if print::confirm(&format!("{estimate}. Speak it?")) {
            return Ok(());
        }
        Err(Failure::usage("nothing was spoken"))
    }
}

/// The failure of a streamed text that was cut.
pub(super) fn too_long() -> Failure {
    let limit = text::grouped(MAX_CHARACTERS);
    Failure::usage(format!(
        "the text is longer than {limit} characters, and the rest of it was not spoken: add --yes to \
         speak all of it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_for_people() {
        for (text, described) in [
            (
                "a".repeat(15),
                "15 characters: about 1 s of speech, 15 credits",
            ),
            (
                "a".repeat(1_800),
                "1,800 characters: about 2 min of speech, 1,800 credits",
            ),
            (
                "日".repeat(1_000),
                "1,000 characters: about 3 min of speech, 1,000 credits",
            ),
            (
                "a".repeat(1_000_000),
                "1,000,000 characters: about 18 h 31 min of speech, 1,000,000 credits",
            ),
        ] {
            assert_eq!(Estimate::of(&text).describe(), described);
        }
    }

    #[test]
    fn a_very_long_text_wants_a_yes() {
        let global = Global::default();
        // Tests have no terminal to ask on.
        let estimate = |characters| Estimate {
            characters,
            speech: Duration::from_secs(1),
        };
        assert!(estimate(MAX_CHARACTERS).confirm(&global, false).is_ok());
        let json = Global {
            json: true,
            ..global
        };
        let refused = estimate(MAX_CHARACTERS + 1).confirm(&json, false);
        assert!(refused.unwrap_err().message().contains("--yes"));
        assert!(estimate(u64::MAX).confirm(&json, true).is_ok());
    }
}
