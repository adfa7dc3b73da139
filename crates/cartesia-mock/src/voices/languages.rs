//! Two public voices for each language without a seed, and one for some others.

use super::Voice;
use crate::hash;

/// A language and the names of a feminine and a masculine voice; an empty name means that there is no such
/// voice.
const NAMES: [(&str, &str, &str); 43] = [
    ("ar", "Layla", "Omar"),
    ("bg", "Elena", "Georgi"),
    ("bn", "Nusrat", "Arif"),
    ("cs", "Tereza", "Jakub"),
    ("da", "Freja", "Mikkel"),
    ("de", "Lena", ""),
    ("el", "Eleni", "Nikos"),
    ("es", "Lucía", "Mateo"),
    ("fi", "Aino", "Eero"),
    ("fr", "", "Antoine"),
    ("gu", "Kavya", "Jay"),
    ("he", "Noa", "Eitan"),
    ("hi", "Ananya", "Rohan"),
    ("hr", "Ivana", "Luka"),
    ("hu", "Réka", "Bence"),
    ("id", "Putri", "Bayu"),
    ("it", "Giulia", "Lorenzo"),
    ("ja", "", "Haruto"),
    ("ka", "Nino", "Giorgi"),
    ("kn", "Deepa", "Kiran"),
    ("ko", "Jiwoo", "Minjun"),
    ("ml", "Anju", "Vishnu"),
    ("mr", "Sneha", "Aditya"),
    ("ms", "Aisyah", "Hafiz"),
    ("nl", "Sanne", "Daan"),
    ("no", "Ingrid", "Henrik"),
    ("or", "Subhashree", "Biswajit"),
    ("pa", "Simran", "Gurpreet"),
    ("pl", "Zofia", "Kacper"),
    ("pt", "Beatriz", "Tiago"),
    ("ro", "Ioana", "Andrei"),
    ("ru", "Anastasia", "Dmitri"),
    ("sk", "Zuzana", "Marek"),
    ("sv", "Elsa", "Oskar"),
    ("ta", "Meena", "Karthik"),
    ("te", "Lakshmi", "Ravi"),
    ("th", "Ploy", "Anan"),
    ("tl", "Maria", "Jose"),
    ("tr", "Elif", "Emre"),
    ("uk", "Oksana", "Taras"),
    ("ur", "Fatima", "Bilal"),
    ("vi", "Linh", "Minh"),
    ("zh", "Mei", "Wei"),
];

/// The voices, in the order of their languages.
pub(super) fn voices() -> impl Iterator<Item = Voice> {
    NAMES.iter().flat_map(|(language, feminine, masculine)| {
        [
            (feminine, "feminine", "Clear Narrator"),
            (masculine, "masculine", "Steady Host"),
        ]
        .into_iter()
        .filter(|(name, ..)| !name.is_empty())
        .map(|(name, gender, tagline)| voice(language, name, gender, tagline))
    })
}

fn voice(language: &str, name: &str, gender: &str, tagline: &str) -> Voice {
    let number = hash::stable(&[b"public voice", language.as_bytes(), gender.as_bytes()]);
    let mut voice = Voice {
        id: hash::uuid(number),
        name: name.to_owned(),
        tagline: tagline.to_owned(),
        gender: Some(gender.to_owned()),
        created_at: "2026-02-10T10:00:00.000000Z".to_owned(),
        public: true,
        ..Voice::default()
    };
    voice.set_language(language);
    voice.description = format!(
        "A voice for conversation and reading, native to {}",
        voice.locales.join(", ")
    );
    voice
}
