//! Fields of an update, where leaving a field out and sending `null` are not the same.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field of an update that can be kept, cleared or set.
///
/// In the struct that holds it, it needs `#[serde(default, skip_serializing_if =
/// "Patch::is_keep")]`: what is kept is not written at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Patch<T> {
    /// Leaves it as it is; the field is left out.
    #[default]
    Keep,
    /// Empties it; written as `null`.
    Clear,
    /// Gives it a new value.
    Set(T),
}

impl<T> Patch<T> {
    /// Returns whether the field stays unchanged.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Returns the new value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}
