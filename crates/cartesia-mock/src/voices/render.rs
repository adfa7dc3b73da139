//! A voice in the shape of each version.

use axum::http::{HeaderMap, header};
use cartesia_types::ApiVersion;
use serde::{Serialize, Serializer};

use super::Voice;
use crate::accents::{self, Accent};
use crate::rejection::{Rejection, shortened};

/// What the identifiers of previews start with; that of the voice follows.
pub(super) const PREVIEW: &str = "file_preview_";

/// The owner of the private voices.
pub(super) const USER: &str = "user_7e3f1c9a2b";

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
        Some(format!("{files}/files/{PREVIEW}{}/download", self.voice.id))
    }

    fn locales(&self) -> Vec<Locale<'_>> {
        let native = |(n, locale): (usize, &'a String)| Locale {
            locale,
            is_native: n == 0,
        };
        let voice: &'a Voice = self.voice;
        voice.locales.iter().enumerate().map(native).collect()
    }

    fn accent(&self) -> Option<&'static Accent> {
        self.voice.accent.as_deref().and_then(accents::find)
    }

    /// All of its accents, once it has more than its own.
    fn accents(&self) -> Vec<VoiceAccent<'_>> {
        if self.voice.more_accents.is_empty() {
            return Vec::new();
        }
        let more = self.voice.more_accents.iter();
        let more = more.filter_map(|id| accents::find(id).map(|accent| (accent, false)));
        let own = self.accent().map(|accent| (accent, true));
        own.into_iter()
            .chain(more)
            .map(|(accent, is_native)| VoiceAccent {
                accent: accent.id,
                locale: accent.locale,
                is_native,
            })
            .collect()
    }
}

impl Serialize for Rendered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            voice,
            version,
            expand,
        } = self;
        let public = voice.public;
        if *version < ApiVersion::V2024_11_13 {
            return June2024 {
                id: &voice.id,
                user_id: voice.owned.then_some(USER),
                is_public: public,
                name: voice.full_name(),
                description: &voice.description,
                created_at: &voice.created_at,
                embedding: voice.embedding(),
                language: &voice.language,
                base_voice_id: voice.base_voice_id.as_deref(),
            }
            .serialize(serializer);
        }
        if *version < ApiVersion::V2025_11_04 {
            let later = *version >= ApiVersion::V2025_04_16;
            return Paged {
                id: &voice.id,
                is_owner: voice.owned,
                is_public: later.then_some(public),
                name: voice.full_name(),
                description: &voice.description,
                created_at: &voice.created_at,
                language: &voice.language,
                gender: later.then_some(Nullable(voice.gender.as_deref())),
                embedding: expand.embedding.then(|| voice.embedding()),
                is_starred: expand.is_starred.then_some(voice.starred),
                preview_file_url: self.preview_file_url(),
            }
            .serialize(serializer);
        }
        if *version < ApiVersion::V2026_03_01 {
            return November2025 {
                id: &voice.id,
                is_owner: voice.owned,
                is_public: public,
                name: voice.full_name(),
                description: &voice.description,
                created_at: &voice.created_at,
                language: &voice.language,
                locales: self.locales(),
                gender: voice.gender.as_deref(),
                country: voice.country.as_deref(),
                accent: self.accent().and_then(Accent::early_name),
                preview_file_url: self.preview_file_url(),
            }
            .serialize(serializer);
        }
        let newest = *version >= ApiVersion::V2026_08_14;
        Tagged {
            id: &voice.id,
            is_owner: voice.owned,
            access: Access::new(public, *version),
            visibility: newest.then(|| visibility(public)),
            name: &voice.name,
            tagline: &voice.tagline,
            description: &voice.description,
            created_at: &voice.created_at,
            language: &voice.language,
            locales: self.locales(),
            gender: voice.gender.as_deref(),
            country: voice.country.as_deref(),
            accent: voice.accent.as_deref(),
            accents: self.accents(),
            preview_file_url: self.preview_file_url(),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct June2024<'a> {
    id: &'a str,
    user_id: Option<&'static str>,
    is_public: bool,
    name: String,
    description: &'a str,
    created_at: &'a str,
    embedding: Vec<f32>,
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_voice_id: Option<&'a str>,
}

/// 2024-11-13 and, with two fields more, 2025-04-16.
#[derive(Serialize)]
struct Paged<'a> {
    id: &'a str,
    is_owner: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_public: Option<bool>,
    name: String,
    description: &'a str,
    created_at: &'a str,
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<Nullable<'a>>,
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
struct Nullable<'a>(Option<&'a str>);

#[derive(Serialize)]
struct November2025<'a> {
    id: &'a str,
    is_owner: bool,
    is_public: bool,
    name: String,
    description: &'a str,
    created_at: &'a str,
    language: &'a str,
    locales: Vec<Locale<'a>>,
    gender: Option<&'a str>,
    country: Option<&'a str>,
    accent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_file_url: Option<String>,
}

/// 2026-03-01 and 2026-08-14.
#[derive(Serialize)]
struct Tagged<'a> {
    id: &'a str,
    is_owner: bool,
    access: Access,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
    name: &'a str,
    tagline: &'a str,
    description: &'a str,
    created_at: &'a str,
    language: &'a str,
    locales: Vec<Locale<'a>>,
    gender: Option<&'a str>,
    country: Option<&'a str>,
    accent: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accents: Vec<VoiceAccent<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_file_url: Option<String>,
}

/// An accent of a voice. No definition has this list; it was seen on the service.
#[derive(Serialize)]
struct VoiceAccent<'a> {
    accent: &'a str,
    locale: &'a str,
    is_native: bool,
}

#[derive(Serialize)]
struct Locale<'a> {
    locale: &'a str,
    is_native: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Access {
    Text(&'static str),
    Object { r#type: &'static str },
}

impl Access {
    /// An object at 2026-03-01, a word later.
    pub(super) fn new(public: bool, version: ApiVersion) -> Self {
        let access = if public { "public" } else { "private" };
        if version >= ApiVersion::V2026_08_14 {
            Self::Text(access)
        } else {
            Self::Object { r#type: access }
        }
    }
}

pub(super) fn visibility(public: bool) -> &'static str {
    if public { "all" } else { "owner" }
}
