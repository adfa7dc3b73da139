//! `/accents` and `/locales`: the catalogue of accents.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use cartesia_types::ApiVersion;
use serde::Serialize;

use crate::middleware::{Caller, Pairs};
use crate::rejection::Rejection;

/// An accent that voices may have.
#[derive(Debug)]
pub(crate) struct Accent {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) locale: &'static str,
    /// Whether a voice can be localized to it.
    pub(crate) is_localizable: bool,
}

impl Accent {
    pub(crate) fn language(&self) -> &'static str {
        self.locale
            .split_once('-')
            .map_or(self.locale, |(language, _)| language)
    }

    /// Its name in the voices of versions before 2026-03-01, which have a closed list of names.
    pub(crate) fn early_name(&self) -> Option<&'static str> {
        const LATER: [&str; 5] = [
            "indian-urdu",
            "odia",
            "romanian",
            "taiwanese-mandarin",
            "urdu",
        ];
        (!LATER.contains(&self.id)).then_some(self.name)
    }

    /// The accent of its locale that is known best comes first among the targets, or else is the
    /// only one.
    pub(crate) fn is_locale_default(&self) -> bool {
        let same = || CATALOGUE.iter().filter(|other| other.locale == self.locale);
        let default = same()
            .find(|other| other.is_localizable)
            .or_else(|| same().next());
        default.is_some_and(|default| default.id == self.id)
    }
}

/// The accent that speakers of a language have unless more is said.
pub(crate) fn native_of(language: &str) -> Option<&'static Accent> {
    let known = match language {
        "ar" => Some("modern-standard-arabic"),
        "ro" => Some("romanian"),
        "ur" => Some("urdu"),
        _ => dialect_accent(language, None),
    };
    known.and_then(find).or_else(|| {
        let mut own = CATALOGUE
            .iter()
            .filter(|accent| accent.language() == language);
        own.find(|accent| accent.is_locale_default())
    })
}

/// The accent that a language and a dialect of older versions mean.
pub(crate) fn dialect_accent(language: &str, dialect: Option<&str>) -> Option<&'static str> {
    Some(match (language, dialect) {
        ("en", Some("au")) => "australian",
        ("en", Some("in")) => "indian-english",
        ("en", Some("so")) => "southern-us",
        ("en", Some("uk")) => "british",
        ("en", Some("us") | None) => "general-american",
        ("es", Some("mx")) => "mexican",
        ("es", Some("pe") | None) => "castilian",
        ("pt", Some("br")) => "brazilian-portuguese",
        ("pt", Some("eu") | None) => "european-portuguese",
        ("fr", Some("ca")) => "canadian-french",
        ("fr", Some("eu") | None) => "parisian",
        ("de", None) => "high-german",
        ("ja", None) => "japanese",
        ("zh", None) => "mandarin",
        ("hi", None) => "hindi",
        ("it", None) => "italian",
        ("ko", None) => "korean",
        ("nl", None) => "randstad",
        ("pl", None) => "polish",
        ("ru", None) => "russian",
        ("sv", None) => "stockholm",
        ("tr", None) => "istanbul",
        _ => return None,
    })
}

pub(crate) fn find(id: &str) -> Option<&'static Accent> {
    CATALOGUE.iter().find(|accent| accent.id == id)
}

/// `GET /accents`, with the filters that were seen to work.
pub(crate) async fn list(caller: Caller, Pairs(query): Pairs) -> Result<Response, Rejection> {
    #[derive(Serialize)]
    struct Rendered {
        id: &'static str,
        name: &'static str,
        language: &'static str,
        locale: &'static str,
        is_locale_default: bool,
        is_localizable: bool,
    }
    #[derive(Serialize)]
    struct Answer {
        accents: Vec<Rendered>,
    }
    check(&caller)?;
    let wanted = |accent: &&Accent| {
        query.iter().all(|(name, value)| match name.as_str() {
            "language" => accent.language() == value,
            "locale" => accent.locale == value,
            _ => true,
        })
    };
    let accents = CATALOGUE.iter().filter(wanted).map(|accent| Rendered {
        id: accent.id,
        name: accent.name,
        language: accent.language(),
        locale: accent.locale,
        is_locale_default: accent.is_locale_default(),
        is_localizable: accent.is_localizable,
    });
    let accents = accents.collect();
    Ok(Json(Answer { accents }).into_response())
}

/// `GET /locales`.
pub(crate) async fn locales(caller: Caller) -> Result<Response, Rejection> {
    #[derive(Serialize)]
    struct Rendered {
        locale: &'static str,
        language: &'static str,
        display_name: &'static str,
        accents: Vec<&'static str>,
    }
    #[derive(Serialize)]
    struct Answer {
        locales: Vec<Rendered>,
    }
    check(&caller)?;
    let defaults = CATALOGUE.iter().filter(|accent| accent.is_locale_default());
    let mut locales: Vec<_> = defaults
        .map(|accent| Rendered {
            locale: accent.locale,
            language: accent.language(),
            display_name: accent.name,
            accents: CATALOGUE
                .iter()
                .filter(|other| other.locale == accent.locale)
                .map(|other| other.id)
                .collect(),
        })
        .collect();
    locales.sort_by_key(|locale| locale.locale);
    Ok(Json(Answer { locales }).into_response())
}

/// There were no accents to list before 2026-03-01.
fn check(caller: &Caller) -> Result<(), Rejection> {
    if caller.version < ApiVersion::V2026_03_01 {
        return Err(Rejection::no_such_call());
    }
    Ok(())
}

const fn accent(id: &'static str, name: &'static str, locale: &'static str) -> Accent {
    Accent {
        id,
        name,
        locale,
        is_localizable: false,
    }
}

const fn target(id: &'static str, name: &'static str, locale: &'static str) -> Accent {
    Accent {
        is_localizable: true,
        ..accent(id, name, locale)
    }
}

/// The identifiers are the service's, in its order; names and locales are plausible, not copied.
static CATALOGUE: [Accent; 79] = [
    accent("abruzzo-italian", "Abruzzo Italian", "it-IT"),
    accent("african-american", "African American English", "en-US"),
    accent("african-french", "African French", "fr-SN"),
    accent("arabic", "Arabic", "ar-SA"),
    accent("arabic-english", "Arabic English", "en-AE"),
    target("australian", "Australian English", "en-AU"),
    accent("bagheli", "Bagheli Hindi", "hi-IN"),
    accent("belgian-french", "Belgian French", "fr-BE"),
    target("brazilian-portuguese", "Brazilian Portuguese", "pt-BR"),
    target("british", "British English", "en-GB"),
    accent("budapest", "Budapest Hungarian", "hu-HU"),
    accent("bulgarian", "Bulgarian", "bg-BG"),
    accent("california", "California English", "en-US"),
    accent("camba", "Camba Spanish", "es-BO"),
    accent("campania", "Campania Italian", "it-IT"),
    accent("canadian-english", "Canadian English", "en-CA"),
    target("canadian-french", "Canadian French", "fr-CA"),
    target("castilian", "Castilian Spanish", "es-ES"),
    target("central-tamil", "Central Tamil", "ta-IN"),
    target("central-thai", "Central Thai", "th-TH"),
    accent("central-vietnamese", "Central Vietnamese", "vi-VN"),
    accent("chilean", "Chilean Spanish", "es-CL"),
    accent("colombian", "Colombian Spanish", "es-CO"),
    accent("czech", "Czech", "cs-CZ"),
    accent("danish", "Danish", "da-DK"),
    target("european-portuguese", "European Portuguese", "pt-PT"),
    accent("finnish", "Finnish", "fi-FI"),
    target("general-american", "General American English", "en-US"),
    target("high-german", "High German", "de-DE"),
    target("hindi", "Hindi", "hi-IN"),
    target("indian-english", "Indian English", "en-IN"),
    accent("indian-urdu", "Indian Urdu", "ur-IN"),
    accent("irish", "Irish English", "en-IE"),
    target("israeli", "Israeli Hebrew", "he-IL"),
    target("istanbul", "Istanbul Turkish", "tr-TR"),
    target("italian", "Italian", "it-IT"),
    accent("jakarta", "Jakarta Indonesian", "id-ID"),
    target("japanese", "Japanese", "ja-JP"),
    accent("jessore", "Jessore Bengali", "bn-BD"),
    accent("khaleeji", "Khaleeji Arabic", "ar-AE"),
    accent("konkani", "Konkani", "mr-IN"),
    target("korean", "Korean", "ko-KR"),
    accent("kyiv", "Kyiv Ukrainian", "uk-UA"),
    accent("malay", "Malay", "ms-MY"),
    target("mandarin", "Mandarin Chinese", "zh-CN"),
    accent("manila", "Manila Filipino", "tl-PH"),
    target("mexican", "Mexican Spanish", "es-MX"),
    accent("middle-eastern-arabic", "Middle Eastern Arabic", "ar-JO"),
    accent(
        "midwestern-american",
        "Midwestern American English",
        "en-US",
    ),
    target("modern-standard-arabic", "Modern Standard Arabic", "ar-SA"),
    accent("moldovan", "Moldovan Romanian", "ro-MD"),
    accent("new-york", "New York English", "en-US"),
    accent("new-zealand", "New Zealand English", "en-NZ"),
    accent("north-kerala", "North Kerala Malayalam", "ml-IN"),
    accent("odia", "Odia", "or-IN"),
    accent("oslo", "Oslo Norwegian", "no-NO"),
    target("parisian", "Parisian French", "fr-FR"),
    accent("parsi", "Parsi Gujarati", "gu-IN"),
    accent("peruvian", "Peruvian Spanish", "es-PE"),
    target("polish", "Polish", "pl-PL"),
    accent("powadhi", "Powadhi Punjabi", "pa-IN"),
    target("randstad", "Randstad Dutch", "nl-NL"),
    accent("romanian", "Romanian", "ro-RO"),
    target("russian", "Russian", "ru-RU"),
    accent("singaporean", "Singaporean English", "en-SG"),
    accent("slovak", "Slovak", "sk-SK"),
    accent("south-african", "South African English", "en-ZA"),
    accent("southern-karnataka", "Southern Karnataka Kannada", "kn-IN"),
    target("southern-us", "Southern American English", "en-US"),
    accent("southern-vietnamese", "Southern Vietnamese", "vi-VN"),
    accent("standard-japanese", "Standard Japanese", "ja-JP"),
    target("stockholm", "Stockholm Swedish", "sv-SE"),
    accent("swiss-standard", "Swiss Standard German", "de-CH"),
    accent("taiwanese-mandarin", "Taiwanese Mandarin", "zh-TW"),
    accent("tbilisi", "Tbilisi Georgian", "ka-GE"),
    target("telangana", "Telangana Telugu", "te-IN"),
    accent("thessaloniki", "Thessaloniki Greek", "el-GR"),
    accent("urdu", "Urdu", "ur-PK"),
    accent("zagreb", "Zagreb Croatian", "hr-HR"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sorted_and_every_locale_has_one_default() {
        assert!(CATALOGUE.is_sorted_by_key(|accent| accent.id));
        for accent in &CATALOGUE {
            let defaults = CATALOGUE
                .iter()
                .filter(|other| other.locale == accent.locale && other.is_locale_default());
            assert_eq!(defaults.count(), 1, "{}", accent.locale);
        }
    }
}
