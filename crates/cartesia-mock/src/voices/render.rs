//! A voice in the shape of each version.

use axum::http::{HeaderMap, header};
use cartesia_types::ApiVersion;
use serde::{Serialize, Serializer};

use super::Voice;
use crate::rejection::{Rejection, shortened};

/// Whoever owns the private voices.
const USER: &str = "user_7e3f1c9a2b";

/// Which optional fields the caller asked for.
#[derive(Debug, Default)]
pub(super) struct Expand {
    embedding: bool,
    is_starred: bool,
    /// Where files are found, when their addresses are wanted.
    files: Option<String>,
}

impl Expand {
    /// Reads `expand[]`, repeated; at 2024-06-10 there was none.
    pub(super) fn read(
        query: &[(String, String)],
        version: ApiVersion,
        headers: &HeaderMap,
    ) -> Result<Self, Rejection> {
        let mut expand = Self::default();
        if version < ApiVersion::V2024_11_13 {
            return Ok(expand);
        }
        for (_, value) in query.iter().filter(|(name, _)| name == "expand[]") {
            match value.as_str() {
                "embedding" if version == ApiVersion::V2024_11_13 => expand.embedding = true,
                "is_starred" if version <= ApiVersion::V2025_04_16 => expand.is_starred = true,
                "preview_file_url" => {
                    let host = headers
                        .get(header::HOST)
                        .and_then(|host| host.to_str().ok());
                    expand.files = Some(format!("http://{}", host.unwrap_or("localhost")));
                }
                other => {
                    let other = shortened(other);
                    return Err(Rejection::bad_request(format!(
                        "`expand[]` does not know {other:?}"
                    )));
                }
            }
        }
        Ok(expand)
    }
}

/// A voice as one version shows it.
#[derive(Debug)]
pub(super) struct Rendered<'a> {
    voice: &'a Voice,
    version: ApiVersion,
    expand: &'a Expand,
}

impl<'a> Rendered<'a> {
    pub(super) fn new(voice: &'a Voice, version: ApiVersion, expand: &'a Expand) -> Self {
        Self {
            voice,
            version,
            expand,
        }
    }

    fn preview_file_url(&self) -> Option<String> {
        let files = self.expand.files.as_ref()?;
        Some(format!("{files}/voices/{}/preview", self.voice.id))
    }

    fn locales(&self) -> Vec<Locale> {
        let native = |(n, locale): (usize, &&'static str)| Locale {
            locale,
            is_native: n == 0,
        };
        self.voice.locales.iter().enumerate().map(native).collect()
    }
}

impl Serialize for Rendered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            voice,
            version,
            expand,
        } = self;
        let public = !voice.owned;
        if *version < ApiVersion::V2024_11_13 {
            return June2024 {
                id: voice.id,
                user_id: voice.owned.then_some(USER),
                is_public: public,
                name: voice.full_name(),
                description: voice.description,
                created_at: voice.created_at,
                embedding: voice.embedding(),
                language: voice.language,
            }
            .serialize(serializer);
        }
        if *version < ApiVersion::V2025_11_04 {
            let later = *version >= ApiVersion::V2025_04_16;
            return Paged {
                id: voice.id,
                is_owner: voice.owned,
                is_public: later.then_some(public),
                name: voice.full_name(),
                description: voice.description,
                created_at: voice.created_at,
                language: voice.language,
                gender: later.then_some(Nullable(voice.gender)),
                embedding: expand.embedding.then(|| voice.embedding()),
                is_starred: expand.is_starred.then_some(voice.starred),
                preview_file_url: self.preview_file_url(),
            }
            .serialize(serializer);
        }
        if *version < ApiVersion::V2026_03_01 {
            return November2025 {
                id: voice.id,
                is_owner: voice.owned,
                is_public: public,
                name: voice.full_name(),
                description: voice.description,
                created_at: voice.created_at,
                language: voice.language,
                locales: self.locales(),
                gender: voice.gender,
                country: voice.country,
                accent: voice.accent.1,
                preview_file_url: self.preview_file_url(),
            }
            .serialize(serializer);
        }
        let newest = *version >= ApiVersion::V2026_08_14;
        let access = if public { "public" } else { "private" };
        Tagged {
            id: voice.id,
            is_owner: voice.owned,
            access: if newest {
                Access::Text(access)
            } else {
                Access::Object { r#type: access }
            },
            visibility: newest.then_some(if public { "all" } else { "owner" }),
            name: voice.name,
            tagline: voice.tagline,
            description: voice.description,
            created_at: voice.created_at,
            language: voice.language,
            locales: self.locales(),
            gender: voice.gender,
            country: voice.country,
            accent: voice.accent.0,
            preview_file_url: self.preview_file_url(),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct June2024 {
    id: &'static str,
    user_id: Option<&'static str>,
    is_public: bool,
    name: String,
    description: &'static str,
    created_at: &'static str,
    embedding: Vec<f32>,
    language: &'static str,
}

/// 2024-11-13 and, with two fields more, 2025-04-16.
#[derive(Serialize)]
struct Paged {
    id: &'static str,
    is_owner: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_public: Option<bool>,
    name: String,
    description: &'static str,
    created_at: &'static str,
    language: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<Nullable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<Vec<f32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_starred: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_file_url: Option<String>,
}

/// A field that is there, but may be null.
#[derive(Serialize)]
#[serde(transparent)]
struct Nullable(Option<&'static str>);

#[derive(Serialize)]
struct November2025 {
    id: &'static str,
    is_owner: bool,
    is_public: bool,
    name: String,
    description: &'static str,
    created_at: &'static str,
    language: &'static str,
    locales: Vec<Locale>,
    gender: Option<&'static str>,
    country: &'static str,
    accent: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_file_url: Option<String>,
}

/// 2026-03-01 and 2026-08-14.
#[derive(Serialize)]
struct Tagged {
    id: &'static str,
    is_owner: bool,
    access: Access,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
    name: &'static str,
    tagline: &'static str,
    description: &'static str,
    created_at: &'static str,
    language: &'static str,
    locales: Vec<Locale>,
    gender: Option<&'static str>,
    country: &'static str,
    accent: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_file_url: Option<String>,
}

#[derive(Serialize)]
struct Locale {
    locale: &'static str,
    is_native: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Access {
    Text(&'static str),
    Object { r#type: &'static str },
}
