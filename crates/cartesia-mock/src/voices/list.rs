//! Which voices a list has: filters, and pages by cursor.

use std::sync::Arc;

use cartesia_types::ApiVersion;
use serde::Serialize;

use super::Voice;
use crate::rejection::{Rejection, shortened};

const DEFAULT_LIMIT: usize = 10;
const LIMITS: std::ops::RangeInclusive<usize> = 1..=100;
pub(super) const GENDERS: [&str; 3] = ["masculine", "feminine", "gender_neutral"];

/// What a list is asked for. Names that the version does not know are ignored, as unknown ones are.
#[derive(Debug, Default)]
pub(super) struct Filter {
    limit: Option<usize>,
    starting_after: Option<String>,
    ending_before: Option<String>,
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
                "limit" => filter.limit = Some(limit(value)?),
                "starting_after" => filter.starting_after = text(),
                "ending_before" => filter.ending_before = text(),
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
        if filter.starting_after.is_some() && filter.ending_before.is_some() {
            let message = "`starting_after` and `ending_before` exclude each other";
            return Err(Rejection::bad_request(message));
        }
        Ok(filter)
    }

    fn matches(&self, voice: &Voice) -> bool {
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

    /// The page that the cursor and the limit ask for. The cursor may be a voice that the filter
    /// leaves out.
    pub(super) fn page<'a>(
        &self,
        all: &'a [Arc<Voice>],
        version: ApiVersion,
    ) -> Result<Page<&'a Voice>, Rejection> {
        let index = |id: &String| {
            all.iter()
                .position(|voice| voice.id == *id)
                .ok_or_else(|| Rejection::voice_not_found(version, id))
        };
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        let backwards = self.ending_before.is_some();
        let candidates = match (&self.starting_after, &self.ending_before) {
            (Some(id), _) => &all[index(id)? + 1..],
            (None, Some(id)) => &all[..index(id)?],
            (None, None) => all,
        };
        let mut data: Vec<&Voice> = candidates
            .iter()
            .map(AsRef::as_ref)
            .filter(|voice| self.matches(voice))
            .collect();
        let has_more = data.len() > limit;
        let next = if backwards {
            data.drain(..data.len().saturating_sub(limit));
            data.first()
        } else {
            data.truncate(limit);
            data.last()
        };
        let next = next.filter(|_| has_more).map(|voice| voice.id.clone());
        Ok(Page {
            data,
            has_more,
            next,
        })
    }
}

fn limit(value: &str) -> Result<usize, Rejection> {
    value
        .parse()
        .ok()
        .filter(|limit| LIMITS.contains(limit))
        .ok_or_else(|| {
            let value = shortened(value);
            Rejection::bad_request(format!(
                "`limit` must be a number from 1 to 100, not {value:?}"
            ))
        })
}

fn boolean(name: &str, value: &str) -> Result<bool, Rejection> {
    value
        .parse()
        .map_err(|_| Rejection::bad_request(format!("`{name}` must be true or false")))
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    data: Vec<T>,
    has_more: bool,
    #[serde(rename = "next_page")]
    next: Option<String>,
}

impl<T> Page<T> {
    pub(super) fn render<U>(self, render: impl FnMut(T) -> U) -> Page<U> {
        let data = self.data.into_iter().map(render).collect();
        Page {
            data,
            has_more: self.has_more,
            next: self.next,
        }
    }
}
