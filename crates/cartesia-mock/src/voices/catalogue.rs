//! The voices that the server has. They are the same in every run.

use crate::hash;

/// Numbers in an embedding.
const EMBEDDING: usize = 192;

/// Everything that any version says of a voice.
#[derive(Debug)]
pub(crate) struct Voice {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// A few words beside the name; before 2026-03-01 part of it.
    pub(super) tagline: &'static str,
    pub(super) description: &'static str,
    pub(super) language: &'static str,
    /// The native one first.
    pub(super) locales: &'static [&'static str],
    pub(super) gender: Option<&'static str>,
    pub(super) country: &'static str,
    /// The identifier in the catalogue of accents, and the name that was shown before there was one.
    pub(super) accent: (&'static str, &'static str),
    pub(super) created_at: &'static str,
    /// Owned by the caller, and then private.
    pub(super) owned: bool,
    pub(super) starred: bool,
}

impl Voice {
    /// Numbers that look like an embedding: from −1 to 1, and never the same for two voices.
    pub(super) fn embedding(&self) -> Vec<f32> {
        let seed = hash::stable(&[self.id.as_bytes()]);
        let number = |n| {
            // Multiples of 1/128 are short in JSON and survive every float.
            let step = hash::mix(seed.wrapping_add(n)) % 257;
            f32::from(step as u16) / 128.0 - 1.0
        };
        (0..EMBEDDING as u64).map(number).collect()
    }

    /// As it was called when the tagline was part of the name.
    pub(super) fn full_name(&self) -> String {
        if self.tagline.is_empty() {
            self.name.to_owned()
        } else {
            format!("{} - {}", self.name, self.tagline)
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Catalogue(());

impl Catalogue {
    #[expect(
        clippy::unused_self,
        reason = "voices made by calls will be in the catalogue, too"
    )]
    pub(crate) fn voices(&self) -> &[Voice] {
        &VOICES
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Voice> {
        self.voices().iter().find(|voice| voice.id == id)
    }
}

/// Eleven identifiers are those of the vendor's examples; the last two voices are the caller's own. What is said of
/// them is plausible, not copied.
static VOICES: [Voice; 15] = [
    Voice {
        id: "a0e99841-438c-4a64-b679-ae501e7d6091",
        name: "Barbershop Man",
        tagline: "",
        description: "A friendly man who has time to talk",
        language: "en",
        locales: &["en-US"],
        gender: Some("masculine"),
        country: "US",
        accent: ("general-american", "American English"),
        created_at: "2024-05-04T18:48:17.006451Z",
        owned: false,
        starred: true,
    },
    Voice {
        id: "87748186-23bb-4158-a1eb-332911b0b708",
        name: "Wizardman",
        tagline: "Storyteller",
        description: "An old man with a secret, for tales and games",
        language: "en",
        locales: &["en-GB"],
        gender: Some("masculine"),
        country: "GB",
        accent: ("british", "British English"),
        created_at: "2024-05-04T19:02:44.118903Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "248be419-c632-4f23-adf1-5324ed7dbf1d",
        name: "Marian",
        tagline: "Telephone Host",
        description: "A clear and polite woman, understood on any line",
        language: "en",
        locales: &["en-US"],
        gender: Some("feminine"),
        country: "US",
        accent: ("midwestern-american", "Midwestern American English"),
        created_at: "2024-05-06T09:30:00.250000Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "694f9389-aac1-45b6-b726-9d9369183238",
        name: "Sarah",
        tagline: "Mindful Guide",
        description: "A calm woman for meditation and slow reading",
        language: "en",
        locales: &["en-US", "es-MX"],
        gender: Some("feminine"),
        country: "US",
        accent: ("california", "Californian English"),
        created_at: "2024-05-07T11:12:13.141516Z",
        owned: false,
        starred: true,
    },
    Voice {
        id: "f9836c6e-a0bd-460e-9d3c-f7299fa60f94",
        name: "Caroline",
        tagline: "Southern Friend",
        description: "A warm woman who takes care of callers",
        language: "en",
        locales: &["en-US"],
        gender: Some("feminine"),
        country: "US",
        accent: ("southern-us", "Southern American English"),
        created_at: "2024-10-18T14:05:59.900001Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "6ccbfb76-1fc6-48f7-b71d-91ac6298247b",
        name: "Tessa",
        tagline: "Kind Companion",
        description: "An expressive young woman for conversation",
        language: "en",
        locales: &["en-US"],
        gender: Some("feminine"),
        country: "US",
        accent: ("general-american", "American English"),
        created_at: "2024-11-20T08:00:00.000000Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "e07c00bc-4134-4eae-9ea4-1a55fb45746b",
        name: "Brooke",
        tagline: "Big Sister",
        description: "A confident woman for agents and tutorials",
        language: "en",
        locales: &["en-US", "fr-CA"],
        gender: Some("feminine"),
        country: "US",
        accent: ("new-york", "New York English"),
        created_at: "2025-03-02T16:20:31.772210Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "db6b0ed5-d5d3-463d-ae85-518a07d3c2b4",
        name: "Skylar",
        tagline: "Bright Presenter",
        description: "A lively voice that is neither here nor there",
        language: "en",
        locales: &["en-US"],
        gender: Some("gender_neutral"),
        country: "US",
        accent: ("general-american", "American English"),
        created_at: "2026-08-20T07:45:10.010203Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "f786b574-daa5-4673-aa0c-cbe3e8534c02",
        name: "Katie",
        tagline: "Friendly Fixer",
        description: "A woman who finds a way out of everything",
        language: "en",
        locales: &["en-US"],
        gender: Some("feminine"),
        country: "US",
        accent: ("general-american", "American English"),
        created_at: "2025-06-11T12:00:00.500000Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "a5136bf9-224c-4d76-b823-52bd5efcffcc",
        name: "Jameson",
        tagline: "Easygoing Support",
        description: "A man who stays calm on the telephone",
        language: "en",
        locales: &["en-US"],
        gender: Some("masculine"),
        country: "US",
        accent: ("canadian-english", "Canadian English"),
        created_at: "2025-06-11T12:01:00.500000Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "a167e0f3-df7e-4d52-a9c3-f949145efdab",
        name: "Claire",
        tagline: "Guide de Musée",
        description: "Une femme qui explique sans se presser",
        language: "fr",
        locales: &["fr-FR", "en-GB"],
        gender: Some("feminine"),
        country: "FR",
        accent: ("parisian", "Parisian French"),
        created_at: "2025-07-22T06:30:00.123456Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "2f4d6a81-93c5-4b7e-8d10-5e6f7a8b9c0d",
        name: "Jonas",
        tagline: "Ruhige Ansage",
        description: "Ein Mann, der Züge ansagt",
        language: "de",
        locales: &["de-DE"],
        gender: Some("masculine"),
        country: "DE",
        accent: ("high-german", "High German"),
        created_at: "2025-08-03T19:45:00.000001Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "7b9e0c12-4d3a-4f58-a6b7-c8d9e0f1a2b3",
        name: "Hana",
        tagline: "News Reader",
        description: "落ち着いた女性の声",
        language: "ja",
        locales: &["ja-JP"],
        gender: Some("feminine"),
        country: "JP",
        accent: ("standard-japanese", "Standard Japanese"),
        created_at: "2025-09-01T03:14:15.926535Z",
        owned: false,
        starred: false,
    },
    Voice {
        id: "0d6c2a0e-5f0b-4f6e-9a1d-3b7c4e8f2a10",
        name: "My Narrator",
        tagline: "",
        description: "Una voz propia para pruebas",
        language: "es",
        locales: &["es-MX", "en-US"],
        gender: Some("masculine"),
        country: "MX",
        accent: ("mexican", "Mexican Spanish"),
        created_at: "2025-10-05T10:10:10.101010Z",
        owned: true,
        starred: true,
    },
    Voice {
        id: "c3e1b7d4-8a52-4c9f-b6e0-71f2d9a45e33",
        name: "Test Clone",
        tagline: "Rough Cut",
        description: "",
        language: "hi",
        locales: &["hi-IN"],
        gender: None,
        country: "IN",
        accent: ("hindi", "Hindi"),
        created_at: "2026-01-15T22:33:44.556677Z",
        owned: true,
        starred: false,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_are_told_apart() {
        let catalogue = Catalogue::default();
        for voice in catalogue.voices() {
            assert_eq!(
                catalogue.find(voice.id).map(|found| found.name),
                Some(voice.name)
            );
            assert_eq!(voice.embedding().len(), EMBEDDING);
            assert!(
                voice
                    .embedding()
                    .iter()
                    .all(|number| (-1.0..=1.0).contains(number))
            );
            assert!(voice.tagline.len() <= 32);
            assert_eq!(voice.locales[0][..2], *voice.language);
        }
        assert_ne!(VOICES[0].embedding(), VOICES[1].embedding());
    }
}
