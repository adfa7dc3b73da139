//! Links for downloading files without a key.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::FileId;

/// The body of `POST /links`: which file is shared, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateFileLinkRequest {
    /// The file.
    pub file_id: FileId,
    /// The lifetime of the link, in whole seconds; by default chosen by the service. On the wire it is text
    /// such as `24h`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "lifetime_as_text",
        deserialize_with = "lifetime_of_text"
    )]
    pub lifetime: Option<Duration>,
}

impl CreateFileLinkRequest {
    /// Creates a link with the service's default lifetime.
    pub fn new(file_id: impl Into<FileId>) -> Self {
        Self {
            file_id: file_id.into(),
            lifetime: None,
        }
    }

    /// Sets the lifetime of the link, in whole seconds.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

/// Units from the longest to the shortest, in seconds. Only hours have been seen.
const UNITS: [(u64, char); 3] = [(3_600, 'h'), (60, 'm'), (1, 's')];

#[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
fn lifetime_as_text<S: Serializer>(
    lifetime: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let seconds = lifetime.unwrap_or_default().as_secs();
    let unit = UNITS.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, letter) = unit.copied().unwrap_or((1, 's'));
    serializer.collect_str(&format_args!("{}{letter}", seconds / unit))
}

fn lifetime_of_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let read = || {
        let (unit, letter) = UNITS.iter().find(|(_, letter)| text.ends_with(*letter))?;
        let number: u64 = text.strip_suffix(*letter)?.parse().ok()?;
        number.checked_mul(*unit).map(Duration::from_secs)
    };
    let lifetime =
        read().ok_or_else(|| de::Error::custom("a lifetime is a number with h, m or s"))?;
    Ok(Some(lifetime))
}

/// A temporary link with which anyone can download a file.
///
/// The address is as good as a key for this file: `Debug` does not show it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileLink {
    /// The address to download from.
    pub url: String,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl FileLink {
    /// Creates a link with this address.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            extra: Map::new(),
        }
    }
}

impl fmt::Debug for FileLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLink").finish_non_exhaustive()
    }
}
