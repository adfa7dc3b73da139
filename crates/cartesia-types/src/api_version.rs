//! API versions: dated, ordered, open.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A version of the Cartesia API: the date sent in the `Cartesia-Version` header of every request.
///
/// Any date is accepted, because the service adds versions; those listed as constants are the ones
/// that appear in the vendor's definitions and clients. Versions compare by date.
///
/// ```
/// use cartesia_types::ApiVersion;
///
/// let version: ApiVersion = "2025-11-04".parse()?;
/// assert_eq!(version, ApiVersion::V2025_11_04);
/// assert!(version < ApiVersion::LATEST);
/// # Ok::<(), cartesia_types::InvalidApiVersion>(())
/// ```
#[doc(alias = "API version")]
#[doc(alias = "Cartesia-Version")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion {
    // The order of the fields makes the derived comparison a comparison of dates.
    year: u16,
    month: u8,
    day: u8,
}

impl ApiVersion {
    /// First stable version: voice embeddings, bare-array voice list.
    pub const V2024_06_10: Self = Self::of(2024, 6, 10);
    /// Paged voice list, embeddings on demand, datasets.
    pub const V2024_11_13: Self = Self::of(2024, 11, 13);
    /// Bearer authentication, access tokens, pronunciation dictionaries, fine-tunes, agents.
    pub const V2025_04_16: Self = Self::of(2025, 4, 16);
    /// Generation config, voice search, locales. The last version that honoured embeddings.
    pub const V2025_11_04: Self = Self::of(2025, 11, 4);
    /// Structured JSON errors, taglines, voice access.
    pub const V2026_03_01: Self = Self::of(2026, 3, 1);
    /// Locales and normalization in requests, accent catalogue.
    pub const V2026_08_14: Self = Self::of(2026, 8, 14);

    /// The newest version known to this crate, and the default.
    pub const LATEST: Self = Self::V2026_08_14;

    /// Every version known to this crate, oldest first.
    pub const KNOWN: [Self; 6] = [
        Self::V2024_06_10,
        Self::V2024_11_13,
        Self::V2025_04_16,
        Self::V2025_11_04,
        Self::V2026_03_01,
        Self::V2026_08_14,
    ];

    const fn of(year: u16, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }
}

impl Default for ApiVersion {
    fn default() -> Self {
        Self::LATEST
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiVersion({self})")
    }
}

impl FromStr for ApiVersion {
    type Err = InvalidApiVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_date(text).ok_or_else(|| InvalidApiVersion {
            text: text.chars().take(40).collect(),
        })
    }
}

fn parse_date(text: &str) -> Option<ApiVersion> {
    let all_digits =
        |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some()
        || !(all_digits(year, 4) && all_digits(month, 2) && all_digits(day, 2))
    {
        return None;
    }
    let version = ApiVersion::of(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    ((1..=12).contains(&version.month) && (1..=31).contains(&version.day)).then_some(version)
}

impl Serialize for ApiVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ApiVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is not an API version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not an API version; it must be a date such as \"{}\"",
    ApiVersion::LATEST
)]
pub struct InvalidApiVersion {
    text: String,
}

/// The API versions that have a call, a field or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VersionRange {
    first: ApiVersion,
    last: Option<ApiVersion>,
}

impl VersionRange {
    /// Every version.
    pub const ALL: Self = Self::since(ApiVersion::V2024_06_10);

    /// Creates the range of `first` and all later versions.
    pub const fn since(first: ApiVersion) -> Self {
        Self { first, last: None }
    }

    /// Creates the range of all versions up to and including `last`.
    pub const fn until(last: ApiVersion) -> Self {
        Self {
            first: ApiVersion::V2024_06_10,
            last: Some(last),
        }
    }

    /// Creates the range from `first` to `last`, both included.
    pub const fn between(first: ApiVersion, last: ApiVersion) -> Self {
        Self {
            first,
            last: Some(last),
        }
    }

    /// Returns the first version in the range.
    pub const fn first(&self) -> ApiVersion {
        self.first
    }

    /// Returns the last version in the range; `None` when it is open.
    pub const fn last(&self) -> Option<ApiVersion> {
        self.last
    }

    /// Returns whether `version` is in the range.
    pub fn contains(&self, version: ApiVersion) -> bool {
        self.first <= version && self.last.is_none_or(|last| version <= last)
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            None => write!(f, "{} and later", self.first),
            Some(last) if last == self.first => write!(f, "{last} only"),
            Some(last) => write!(f, "{} to {last}", self.first),
        }
    }
}

/// A part of a request that exists at some API versions only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    what: &'static str,
    range: VersionRange,
}

impl Requirement {
    /// Creates a requirement: `what` (a field or call by its name on the wire) exists in `range`.
    pub const fn new(what: &'static str, range: VersionRange) -> Self {
        Self { what, range }
    }

    /// Returns the field or call, by its name on the wire.
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// Returns the versions that have it.
    pub const fn range(&self) -> VersionRange {
        self.range
    }

    /// Checks the requirement against the version that a request will be sent with.
    ///
    /// # Errors
    ///
    /// [`UnsupportedByVersion`] when `version` is outside the range.
    pub fn check(&self, version: ApiVersion) -> Result<(), UnsupportedByVersion> {
        if self.range.contains(version) {
            Ok(())
        } else {
            Err(UnsupportedByVersion {
                what: self.what,
                range: self.range,
                version,
            })
        }
    }
}

/// A request uses something that the chosen API version does not have. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} does not exist at API version {version}; it exists at {range}")]
pub struct UnsupportedByVersion {
    what: &'static str,
    range: VersionRange,
    version: ApiVersion,
}

impl UnsupportedByVersion {
    /// Returns the field or call, by its name on the wire.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Returns the versions that have it.
    pub fn range(&self) -> VersionRange {
        self.range
    }

    /// Returns the requested version.
    pub fn version(&self) -> ApiVersion {
        self.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_versions_round_trip_and_are_ordered() {
        for version in ApiVersion::KNOWN {
            assert_eq!(version.to_string().parse(), Ok(version));
        }
        assert!(ApiVersion::KNOWN.is_sorted());
        assert_eq!(ApiVersion::KNOWN.last(), Some(&ApiVersion::LATEST));
        assert_eq!(ApiVersion::LATEST.to_string(), "2026-08-14");
    }

    #[test]
    fn unknown_dates_are_accepted_and_nonsense_is_not() {
        assert!("2031-01-02".parse::<ApiVersion>().unwrap() > ApiVersion::LATEST);
        for text in [
            "",
            "v0",
            "2026-8-14",
            "2026-13-01",
            "2026-08-32",
            "2026-08-14-1",
            "+026-08-14",
        ] {
            let error = text.parse::<ApiVersion>().unwrap_err();
            assert!(error.to_string().contains("2026-08-14"), "{error}");
        }
    }

    #[test]
    fn ranges_say_what_they_contain() {
        let range = VersionRange::until(ApiVersion::V2024_11_13);
        assert!(range.contains(ApiVersion::V2024_06_10));
        assert!(range.contains(ApiVersion::V2024_11_13));
        assert!(!range.contains(ApiVersion::V2025_04_16));
        let error = Requirement::new("`duration`", range)
            .check(ApiVersion::LATEST)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "`duration` does not exist at API version 2026-08-14; it exists at 2024-06-10 to 2024-11-13"
        );
    }
}
