//! Options of older models and API versions.
//!
//! The public service switched off the models that take these options on **2026-06-01**. They work against a
//! server that still has them: your own installation, a proxy, or the mock server of this project.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::seconds;

crate::open::open_string! {
    /// Speed of the `sonic-2` generation; deprecated by the vendor in favour of
    /// [`GenerationConfig::speed`](super::GenerationConfig::speed).
    Speed {
        /// slow
        SLOW = "slow",
        /// normal
        NORMAL = "normal",
        /// fast
        FAST = "fast",
    }
}

/// Options of a synthesis that newer models and API versions do not have.
///
/// ```
/// use std::time::Duration;
///
/// use cartesia_types::tts::SseRequest;
/// use cartesia_types::tts::legacy::{LegacyOptions, Speed};
/// use cartesia_types::{RawFormat, VoiceId};
///
/// let options = LegacyOptions::new().with_speed(Speed::FAST).with_duration(Duration::from_secs(5));
/// let request = SseRequest::new("sonic-2", VoiceId::DEFAULT, "Hi", RawFormat::default())
///     .with_legacy(options);
/// assert!(serde_json::to_string(&request)?.ends_with(r#""speed":"fast","duration":5.0}"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
#[doc(alias = "duration")]
#[doc(alias = "speed")]
pub struct LegacyOptions {
    /// Speed of `sonic-2` models; deprecated by the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// Longest playing time; seconds on the wire. Up to API version 2024-11-13.
    #[serde(
        default,
        with = "seconds::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub duration: Option<Duration>,
}

impl LegacyOptions {
    /// Creates options without any value.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the speed of a `sonic-2` model; deprecated by the vendor.
    #[must_use]
    pub fn with_speed(mut self, speed: impl Into<Speed>) -> Self {
        self.speed = Some(speed.into());
        self
    }

    /// Sets the longest playing time; up to API version 2024-11-13.
    #[must_use]
    pub fn with_duration(mut self, longest: Duration) -> Self {
        self.duration = Some(longest);
        self
    }

    /// The requirements on the API version of the request.
    pub(super) fn requirements(&self) -> Option<Requirement> {
        let range = VersionRange::until(ApiVersion::V2024_11_13);
        self.duration.map(|_| Requirement::new("`duration`", range))
    }
}
