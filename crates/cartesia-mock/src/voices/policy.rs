//! Which identifiers name a voice.

use std::str::FromStr;

/// The identifiers that are accepted as voices, in addition to the catalogue.
///
/// A voice that is derived from an identifier is the same in every run. It is not in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Voices {
    /// None: every other voice is unknown.
    Catalogue,
    /// Every UUID, but only to speak: a program that names a voice of its own account works.
    #[default]
    Synthesis,
    /// Every UUID, everywhere.
    Any,
}

/// A text that is not a value of [`Voices`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a choice of voices; it is catalogue, synthesis or any")]
pub struct InvalidVoices(String);

impl FromStr for Voices {
    type Err = InvalidVoices;

    /// Reads `catalogue`, `synthesis` or `any`.
    fn from_str(text: &str) -> Result<Self, InvalidVoices> {
        match text {
            "catalogue" => Ok(Self::Catalogue),
            "synthesis" => Ok(Self::Synthesis),
            "any" => Ok(Self::Any),
            _ => Err(InvalidVoices(text.to_owned())),
        }
    }
}

/// Whether a text is a UUID, in the form with four hyphens.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}
