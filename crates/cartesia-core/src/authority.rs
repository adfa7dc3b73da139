//! The key or token in use: read from the settings, fetched from a provider, replaced when it is refused.

use std::time::Duration;

use cartesia_types::{
    AccessToken, AdminKey, ApiKey, ApiVersion, Deadline, Error, ErrorKind, Result,
};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};

use crate::headers::API_KEY;
use crate::time::{overdue, within};
use crate::{Credential, TokenFuture};

/// The credentials of a client: those of the API, or an admin key. Never both: an admin key is only for calls
/// about the account itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Authority {
    /// A user of the service.
    Caller(Credential),
    /// An administrator of the account.
    Admin(AdminKey),
}

impl Authority {
    /// Returns the key or token for a request; a provider is asked for it, for at most `limit`
    /// ([`Timeouts::connect`](crate::Timeouts::connect)).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Auth`] when the provider fails, [`ErrorKind::Timeout`] when it takes too long.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops that of the provider.
    pub async fn secret(&self, operation: &'static str, limit: Option<Duration>) -> Result<Secret> {
        match self {
            Self::Admin(key) => Ok(Secret::Admin(key.clone())),
            Self::Caller(Credential::ApiKey(key)) => Ok(Secret::Key(key.clone())),
            Self::Caller(Credential::AccessToken(token)) => Ok(Secret::Token(token.clone())),
            Self::Caller(Credential::Provider(provider)) => {
                provided(operation, provider.token(), limit)
                    .await
                    .map(Secret::Token)
            }
        }
    }

    /// Returns what replaces a key or token that the service refused; `None` when it did not come from a
    /// provider, or the provider has no other.
    ///
    /// # Errors
    ///
    /// As [`secret`](Self::secret).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops that of the provider.
    pub async fn replacement(
        &self,
        operation: &'static str,
        refused: &Secret,
        limit: Option<Duration>,
    ) -> Result<Option<Secret>> {
        let (Self::Caller(Credential::Provider(provider)), Secret::Token(refused)) =
            (self, refused)
        else {
            return Ok(None);
        };
        let other = provided(operation, provider.replacement(refused), limit).await?;
        let is_other = other.expose() != refused.expose();
        Ok(is_other.then_some(Secret::Token(other)))
    }
}

async fn provided(
    operation: &'static str,
    token: TokenFuture<'_>,
    limit: Option<Duration>,
) -> Result<AccessToken> {
    let Some(outcome) = within(limit, token).await else {
        let what = "the token provider returned no token";
        return Err(overdue(operation, Deadline::Connect, limit, what));
    };
    outcome.map_err(|source| {
        let message = "the token provider returned no token";
        Error::new(ErrorKind::Auth, operation, message).with_source(source)
    })
}

/// The key or token of one request or connection. `Debug` never shows it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Secret {
    /// An API key.
    Key(ApiKey),
    /// An access token.
    Token(AccessToken),
    /// An admin key.
    Admin(AdminKey),
}

impl Secret {
    /// Returns its text.
    pub fn expose(&self) -> &str {
        match self {
            Self::Key(key) => key.expose(),
            Self::Token(token) => token.expose(),
            Self::Admin(key) => key.expose(),
        }
    }

    /// Returns the header that carries it, marked as sensitive: `Authorization`, or `X-API-Key` for a key
    /// before API version 2025-04-16, from which on bearer authorization is documented.
    pub fn header(&self, version: ApiVersion) -> (HeaderName, HeaderValue) {
        let (name, text) = match self {
            Self::Key(key) if version < ApiVersion::V2025_04_16 => {
                (API_KEY, key.expose().to_owned())
            }
            _ => (AUTHORIZATION, format!("Bearer {}", self.expose())),
        };
        // Credentials consist of visible ASCII, so this cannot fail; an empty value would be answered
        // with 401.
        let mut value =
            HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        (name, value)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::Mutex;

    use super::*;
    use crate::TokenProvider;

    const LIMIT: Option<Duration> = Some(Duration::from_secs(10));

    /// Gives its tokens one after the other, and then no answer.
    struct InTurn(Mutex<Vec<&'static str>>);

    impl TokenProvider for InTurn {
        fn token(&self) -> TokenFuture<'_> {
            match self.0.lock().unwrap().pop() {
                Some("broken") => Box::pin(ready(Err("no luck".into()))),
                Some(token) => Box::pin(ready(Ok(AccessToken::new(token).unwrap()))),
                None => Box::pin(pending()),
            }
        }
    }

    fn provider(tokens: &[&'static str]) -> Authority {
        let tokens = tokens.iter().rev().copied().collect();
        Authority::Caller(Credential::provider(InTurn(Mutex::new(tokens))))
    }

    fn key() -> Secret {
        Secret::Key(ApiKey::new("sk_canary").unwrap())
    }

    #[test]
    fn the_header_follows_the_version_and_the_kind() {
        let token = Secret::Token(AccessToken::new("canary.jwt").unwrap());
        let admin = Secret::Admin(AdminKey::new("sk_car_admin_canary").unwrap());
        for version in ApiVersion::KNOWN {
            let (name, value) = key().header(version);
            let expected = if version < ApiVersion::V2025_04_16 {
                ("x-api-key", "sk_canary")
            } else {
                ("authorization", "Bearer sk_canary")
            };
            assert_eq!(
                (name.as_str(), value.to_str().unwrap()),
                expected,
                "{version}"
            );
            assert!(value.is_sensitive());
            assert!(!format!("{value:?} {:?}", key()).contains("canary"));
            assert_eq!(token.header(version).1, "Bearer canary.jwt");
            assert_eq!(admin.header(version).1, "Bearer sk_car_admin_canary");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_is_asked_and_its_refused_token_replaced() {
        let authority = provider(&["one", "one", "two", "broken"]);
        let first = authority.secret("x", LIMIT).await.unwrap();
        assert_eq!(first.expose(), "one");
        assert!(
            authority
                .replacement("x", &first, LIMIT)
                .await
                .unwrap()
                .is_none()
        );
        let other = authority.replacement("x", &first, LIMIT).await.unwrap();
        assert_eq!(other.unwrap().expose(), "two");
        let error = authority.secret("x", LIMIT).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth);
        let error = authority.replacement("x", &first, LIMIT).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.deadline(), Some(Deadline::Connect));
        assert!(error.to_string().contains("`Timeouts::connect`"), "{error}");
    }

    #[tokio::test]
    async fn keys_and_fixed_tokens_are_never_replaced() {
        let token = AccessToken::new("canary").unwrap();
        for (authority, refused) in [
            (
                Authority::Caller(ApiKey::new("sk_canary").unwrap().into()),
                key(),
            ),
            (
                Authority::Caller(token.clone().into()),
                Secret::Token(token),
            ),
            (provider(&["one"]), key()),
        ] {
            let other = authority.replacement("x", &refused, LIMIT).await.unwrap();
            assert!(other.is_none());
        }
    }
}
