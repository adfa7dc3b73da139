//! Credentials that do not print themselves.

use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

macro_rules! secret {
    ($(#[$meta:meta])* $name:ident, $what:literal, $refuse:ident) => {
        $(#[$meta])*
        ///
        /// It is never printed: `Debug` shows `<redacted>`, there is no `Display` and no serialization, and
        /// the memory is wiped on drop. Only [`expose`](Self::expose) returns its text.
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Creates it from text; surrounding white space, such as a trailing newline, is removed.
            ///
            /// # Errors
            ///
            /// [`InvalidCredential`] when it is empty or cannot stand in an HTTP header.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidCredential> {
                checked(text.into(), $what, $refuse).map(Self)
            }

            /// Returns the text, for the header that carries it.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(<redacted>)"))
            }
        }

        impl FromStr for $name {
            type Err = InvalidCredential;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }
    };
}

secret! {
    /// An API key of the form `sk_car_…`, made in the Cartesia playground.
    ApiKey, "API key", refuse_admin
}

secret! {
    /// A short-lived access token (at most one hour) that may be given to a browser or a device.
    AccessToken, "access token", refuse_admin
}

secret! {
    /// An admin key of the form `sk_car_admin_…`, made at <https://play.cartesia.ai/keys/admin>: for calls
    /// about usage, API keys and the organization only.
    ///
    /// It is a separate type so that the two cannot be mixed up: an [`ApiKey`] rejects an admin key, and this
    /// rejects an API key.
    AdminKey, "admin key", refuse_normal
}

const KEY_PREFIX: &str = "sk_car_";
const ADMIN_PREFIX: &str = "sk_car_admin_";

fn refuse_admin(text: &str) -> Option<&'static str> {
    text.starts_with(ADMIN_PREFIX)
        .then_some("is an admin key, which only calls about the account accept")
}

/// A key of another form passes: the form is documented, but not promised.
fn refuse_normal(text: &str) -> Option<&'static str> {
    let is_normal = text.starts_with(KEY_PREFIX) && !text.starts_with(ADMIN_PREFIX);
    is_normal.then_some("is a normal API key; an admin key starts with `sk_car_admin_`")
}

fn checked(
    text: String,
    what: &'static str,
    refuse: fn(&str) -> Option<&'static str>,
) -> Result<SecretString, InvalidCredential> {
    // Wrapped first: the untrimmed text is wiped too.
    let text = SecretString::from(text);
    let trimmed = text.expose_secret().trim();
    if trimmed.is_empty() {
        return Err(InvalidCredential {
            what,
            why: "is empty",
        });
    }
    if !trimmed.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(InvalidCredential {
            what,
            why: "contains a character that is not allowed in an HTTP header (a space, a line break or a letter outside ASCII)",
        });
    }
    if let Some(why) = refuse(trimmed) {
        return Err(InvalidCredential { what, why });
    }
    Ok(SecretString::from(trimmed))
}

/// A text that cannot be a credential. The text itself is left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {what} {why}")]
pub struct InvalidCredential {
    what: &'static str,
    why: &'static str,
}

impl From<InvalidCredential> for crate::Error {
    fn from(error: InvalidCredential) -> Self {
        Self::new(crate::ErrorKind::Config, "credential", error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "sk_car_canary";

    #[test]
    fn nothing_prints_a_secret() {
        let key = ApiKey::new(format!("{CANARY}\n")).unwrap();
        let token = AccessToken::new(CANARY).unwrap();
        assert_eq!(key.expose(), CANARY);
        let shown = format!("{key:?} {token:#?}");
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("ApiKey(<redacted>)"), "{shown}");
    }

    #[test]
    fn normal_and_admin_keys_are_distinguished_without_being_shown() {
        let admin = AdminKey::new("sk_car_admin_canary").unwrap();
        assert_eq!(format!("{admin:?}"), "AdminKey(<redacted>)");
        assert!(AdminKey::new("another_form").is_ok());
        for error in [
            ApiKey::new(" sk_car_admin_canary").unwrap_err(),
            AccessToken::new("sk_car_admin_canary").unwrap_err(),
            AdminKey::new("sk_car_canary").unwrap_err(),
        ] {
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_a_header_is_refused_without_being_shown() {
        for text in ["", " \n", "canary key", "canary\u{e9}", "can\nary"] {
            let error = ApiKey::new(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }
}
