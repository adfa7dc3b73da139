//! Open string types: values that we send or show but never compute with.
//!
//! The service adds models, languages and error codes within an API version, so a closed enum would
//! turn tomorrow's value into a decoding failure. These types keep any string and name the known
//! ones as constants.

/// Defines a newtype over a string with constants for the known values.
macro_rules! open_string {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$constant_meta:meta])* $constant:ident = $value:literal, )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(std::borrow::Cow<'static, str>);

        impl $name {
            $( $(#[$constant_meta])* pub const $constant: Self = Self::from_static($value); )*

            /// The values known to this version of the crate. Others are accepted too.
            pub const KNOWN: &'static [Self] = &[$(Self::$constant),*];

            /// Takes any value, known or not.
            pub fn new(value: impl Into<std::borrow::Cow<'static, str>>) -> Self {
                Self(value.into())
            }

            /// Takes a value known at compile time, without allocating.
            pub const fn from_static(value: &'static str) -> Self {
                Self(std::borrow::Cow::Borrowed(value))
            }

            /// The value as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
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
