//! Which models there are, and what they speak.

use cartesia_types::ApiVersion;

use crate::rejection::Rejection;

/// The languages of the models before `sonic-3`.
const EARLY: [&str; 15] = [
    "en", "fr", "de", "es", "pt", "zh", "ja", "hi", "it", "ko", "nl", "pl", "ru", "sv", "tr",
];
/// What `sonic-3` added.
const SONIC_3: [&str; 27] = [
    "tl", "bg", "ro", "ar", "cs", "el", "fi", "hr", "ms", "sk", "da", "ta", "uk", "hu", "no", "vi",
    "bn", "th", "he", "ka", "id", "te", "gu", "kn", "ml", "mr", "pa",
];
/// What `sonic-3.6` added.
const SONIC_3_6: [&str; 2] = ["or", "ur"];

/// All languages that a model speaks; none when there is no such model.
pub(crate) fn languages_of(id: &str, version: ApiVersion) -> Vec<&'static str> {
    let Ok(model) = Model::find(id, version) else {
        return Vec::new();
    };
    let speaks = |language: &&str| model.check_language(language).is_ok();
    languages().filter(speaks).collect()
}

/// All languages of all models.
pub(crate) fn languages() -> impl Iterator<Item = &'static str> {
    EARLY.into_iter().chain(SONIC_3).chain(SONIC_3_6)
}

/// Whether any model speaks it.
pub(crate) fn is_language(language: &str) -> bool {
    EARLY.contains(&language) || SONIC_3.contains(&language) || SONIC_3_6.contains(&language)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Generation {
    English,
    /// Before `sonic-3`.
    Early,
    Sonic3,
    Sonic36,
}

/// A model that the caller may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model<'a> {
    id: &'a str,
    generation: Generation,
}

impl<'a> Model<'a> {
    /// The public service retired the models before `sonic-3` for all versions; a server of an older
    /// version still has them, and this one stands in for both.
    pub(super) fn find(id: &'a str, version: ApiVersion) -> Result<Self, Rejection> {
        let generation = match id {
            "sonic-latest" | "sonic-3.6" | "sonic-3.6-2026-08-27" | "sonic-preview" => {
                Generation::Sonic36
            }
            "sonic-3.5"
            | "sonic-3.5-2026-05-04"
            | "sonic-3"
            | "sonic-3-2026-01-12"
            | "sonic-3-2025-10-27"
            | "sonic-3-latest" => Generation::Sonic3,
            "sonic-2"
            | "sonic-2-2025-03-07"
            | "sonic-2-2025-04-16"
            | "sonic-2-2025-05-08"
            | "sonic-2-2025-06-11"
            | "sonic-turbo"
            | "sonic-turbo-2025-03-07"
            | "sonic-turbo-2025-06-04"
            | "sonic"
            | "sonic-2024-10-19"
            | "sonic-2024-12-12"
            | "sonic-multilingual" => Generation::Early,
            "sonic-english" => Generation::English,
            // Gone before the first version of the API that is still accepted.
            "upbeat-moon" => return Err(Rejection::model_sunsetted(id)),
            _ => return Err(Rejection::model_not_found(id)),
        };
        if generation < Generation::Sonic3 && version >= ApiVersion::V2026_03_01 {
            return Err(Rejection::model_sunsetted(id));
        }
        Ok(Self { id, generation })
    }

    /// Whether it listens to `generation_config`; older ones ignore it.
    pub(super) fn is_configurable(self) -> bool {
        self.generation >= Generation::Sonic3
    }

    pub(super) fn check_language(self, language: &str) -> Result<(), Rejection> {
        let speaks = match self.generation {
            Generation::English => language == "en",
            generation => {
                EARLY.contains(&language)
                    || generation >= Generation::Sonic3 && SONIC_3.contains(&language)
                    || generation >= Generation::Sonic36 && SONIC_3_6.contains(&language)
            }
        };
        if speaks {
            Ok(())
        } else {
            Err(Rejection::language_not_supported(language, self.id))
        }
    }
}
