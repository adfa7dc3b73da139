//! Open string types: values that we send or show but never compute with.
//!
//! The service adds models, languages and error codes within an API version, so a closed enum would
//! turn tomorrow's value into a decoding failure. These types keep any string and name the known
//! ones as constants.

use std::borrow::Cow;
use std::sync::Arc;

/// The text of an open string. A known value costs nothing, and no clone copies the text: identifiers
/// are attached to every piece of audio that arrives.
#[derive(Clone)]
pub(crate) enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl From<Cow<'static, str>> for Text {
    fn from(text: Cow<'static, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::Static(text),
            Cow::Owned(text) => Self::Shared(text.into()),
        }
    }
}

/// Defines a newtype over a string with constants for the known values.
macro_rules! open_string {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$constant_meta:meta])* $constant:ident = $value:literal, )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name($crate::open::Text);

        impl $name {
            $( $(#[$constant_meta])* pub const $constant: Self = Self::from_static($value); )*

            /// The values known to this version of the crate. Others are accepted too.
            pub const KNOWN: &'static [Self] = &[$(Self::$constant),*];

            /// Takes any value, known or not.
            pub fn new(value: impl Into<std::borrow::Cow<'static, str>>) -> Self {
                Self(value.into().into())
            }

            /// Takes a value known at compile time, without allocating.
            pub const fn from_static(value: &'static str) -> Self {
                Self($crate::open::Text::Static(value))
            }

            /// Returns the value as it stands on the wire.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::new(value.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::new(value)
            }
        }

        impl From<&String> for $name {
            fn from(value: &String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl From<std::borrow::Cow<'_, str>> for $name {
            fn from(value: std::borrow::Cow<'_, str>) -> Self {
                Self::from(value.into_owned())
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(value))
            }
        }
    };
}

pub(crate) use open_string;
