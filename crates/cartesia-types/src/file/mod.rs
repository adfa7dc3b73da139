//! Files that the service keeps.

mod link;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use crate::page::{Identified, ListRequest};
use crate::time::Timestamp;

pub use self::link::{CreateFileLinkRequest, FileLink};

crate::open::open_string! {
    /// The identifier of a file, such as `file_…`.
    FileId {}
}

crate::open::open_string! {
    /// The purpose of a file.
    FilePurpose {
        /// Sound behind an agent's voice.
        AGENT_BACKGROUND_SOUND = "agent_background_sound",
        /// Speech that a fine-tune learns from.
        FINE_TUNE = "fine_tune",
        /// Speech that a synthesis was asked to save.
        TTS_GENERATION = "tts_generation",
        /// Speech that a voice is cloned from. The hyphen is the service's.
        VOICE_CLONE = "voice-clone",
    }
}

/// A file that the service keeps.
///
/// Only `id` is certain: the names of the other fields are not documented by the vendor. They are read under
/// their likely names; all others are in `extra`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StoredFile {
    /// The identifier.
    pub id: FileId,
    /// The name, as it was uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The length in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<FilePurpose>,
    /// Time of creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl StoredFile {
    /// Creates a file with only its identifier known.
    pub fn new(id: impl Into<FileId>) -> Self {
        Self {
            id: id.into(),
            filename: None,
            size: None,
            purpose: None,
            created_at: None,
            extra: Map::new(),
        }
    }
}

impl Identified for StoredFile {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl<'de> Deserialize<'de> for StoredFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let Some(id) = take(&mut fields, &["id", "file_id"], text) else {
            return Err(de::Error::missing_field("id"));
        };
        Ok(Self {
            id: id.into(),
            filename: take(&mut fields, &["filename", "file_name", "name"], text),
            size: take(
                &mut fields,
                &["size", "bytes", "size_bytes", "file_size"],
                Value::as_u64,
            ),
            purpose: take(&mut fields, &["purpose"], text).map(FilePurpose::from),
            created_at: take(&mut fields, &["created_at", "created_time"], text)
                .map(Timestamp::from),
            extra: fields,
        })
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Takes the first of the names that has a readable value. What is not readable stays where it is.
fn take<T>(
    fields: &mut Map<String, Value>,
    names: &[&str],
    read: impl Fn(&Value) -> Option<T>,
) -> Option<T> {
    let (name, value) = names
        .iter()
        .find_map(|name| Some((name, read(fields.get(*name)?)?)))?;
    fields.remove(*name);
    Some(value)
}

/// The parameters of `GET /files`. All are optional.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListFilesRequest {
    /// The page and its length.
    pub page: ListRequest,
    /// Restricts the list to files with this purpose.
    pub purpose: Option<FilePurpose>,
    /// Restricts the list to files whose names contain this text.
    pub search: Option<String>,
}

impl ListFilesRequest {
    /// Creates a request for the first page with the service's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of files on one page, 1 to 100.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.page = self.page.with_limit(limit);
        self
    }

    /// Asks for the files after this one.
    #[must_use]
    pub fn with_starting_after(mut self, id: impl Into<FileId>) -> Self {
        self.page = self.page.with_starting_after(id.into().as_str());
        self
    }

    /// Asks for the files before this one.
    #[must_use]
    pub fn with_ending_before(mut self, id: impl Into<FileId>) -> Self {
        self.page = self.page.with_ending_before(id.into().as_str());
        self
    }

    /// Asks for the files for this.
    #[must_use]
    pub fn with_purpose(mut self, purpose: impl Into<FilePurpose>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// Asks for the files with this text in their names.
    #[must_use]
    pub fn with_search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = self.page.query();
        query.extend(
            self.purpose
                .iter()
                .map(|value| ("purpose", value.to_string())),
        );
        query.extend(self.search.iter().map(|value| ("q", value.clone())));
        query
    }
}
