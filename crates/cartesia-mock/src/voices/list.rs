//! Which voices a list has.

use cartesia_types::ApiVersion;

use super::Voice;
use crate::rejection::Rejection;

pub(super) const GENDERS: [&str; 3] = ["masculine", "feminine", "gender_neutral"];

/// The parameters of a list. Names that the version does not know are ignored, as unknown ones are.
#[derive(Debug, Default)]
pub(super) struct Filter {
    search: Option<String>,
    is_owner: Option<bool>,
    is_starred: Option<bool>,
    gender: Option<String>,
    language: Option<String>,
}

impl Filter {
    pub(super) fn read(query: &[(String, String)], version: ApiVersion) -> Result<Self, Rejection> {
        let searchable = version >= ApiVersion::V2025_11_04;
        let mut filter = Self::default();
        for (name, value) in query {
            let text = || Some(value.clone());
            match name.as_str() {
                "is_owner" => filter.is_owner = Some(boolean(name, value)?),
                "is_starred" if !searchable => filter.is_starred = Some(boolean(name, value)?),
                "gender" if GENDERS.contains(&value.as_str()) => filter.gender = text(),
                "gender" => {
                    let message = format!("`gender` must be one of {}", GENDERS.join(", "));
                    return Err(Rejection::bad_request(message));
                }
                "q" if searchable => filter.search = Some(value.to_lowercase()),
                "language" if searchable => filter.language = text(),
                _ => {}
            }
        }
        Ok(filter)
    }

    pub(super) fn matches(&self, voice: &Voice) -> bool {
        let found = |needle: &String| {
            [&voice.id, &voice.full_name(), &voice.description]
                .iter()
                .any(|text| text.to_lowercase().contains(needle))
        };
        self.is_owner.is_none_or(|owned| voice.owned == owned)
            && self
                .is_starred
                .is_none_or(|starred| voice.starred == starred)
            && self
                .gender
                .as_ref()
                .is_none_or(|gender| voice.gender.as_ref() == Some(gender))
            && self
                .language
                .as_ref()
                .is_none_or(|language| voice.language == *language)
            && self.search.as_ref().is_none_or(found)
    }
}

fn boolean(name: &str, value: &str) -> Result<bool, Rejection> {
    value
        .parse()
        .map_err(|_| Rejection::bad_request(format!("`{name}` must be true or false")))
}
