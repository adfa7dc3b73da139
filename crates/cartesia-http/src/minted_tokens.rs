//! Access tokens that are created with a key on demand.

use std::fmt;
use std::time::Duration;

use cartesia_core::{TokenFuture, TokenProvider};
use cartesia_types::{AccessToken, CreateTokenRequest, TokenGrants};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::Result;
use crate::client::Client;

/// The service's longest life of a token.
const LONGEST: u32 = 3_600;

/// A [`TokenProvider`] that makes tokens with a client's key and keeps each of them until shortly
/// before it expires, or until the service refuses it.
///
/// With it, the part of a program that speaks has no key, only tokens with limited grants:
///
/// ```no_run
/// use cartesia_http::{Client, Credential, MintedTokens};
/// use cartesia_types::TokenGrants;
///
/// # fn run() -> Result<(), cartesia_http::Error> {
/// let with_key = Client::from_env()?;
/// let tokens = MintedTokens::new(with_key, TokenGrants::new().with_tts(true), 600);
/// let speaking = Client::builder().credential(Credential::provider(tokens)).build()?;
/// # let _ = speaking;
/// # Ok(())
/// # }
/// ```
pub struct MintedTokens {
    client: Client,
    grants: TokenGrants,
    seconds: u32,
    /// Held while a token is made, so that many calls at once make one.
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    token: AccessToken,
    /// From then on a new one is made.
    stale: Instant,
}

impl MintedTokens {
    /// Creates a provider of tokens with these grants and this lifetime in seconds (1 to 3600). A new token
    /// is created when a fifth of the lifetime is left.
    pub fn new(client: Client, grants: TokenGrants, seconds: u32) -> Self {
        let seconds = seconds.clamp(1, LONGEST);
        Self {
            client,
            grants,
            seconds,
            kept: Mutex::new(None),
        }
    }

    /// Returns a token that is valid for at least a fifth of its lifetime.
    ///
    /// # Errors
    ///
    /// As [`Call::send`](crate::Call::send).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the next call creates the token instead.
    pub async fn get(&self) -> Result<AccessToken> {
        self.get_other_than(None).await
    }

    async fn get_other_than(&self, refused: Option<&AccessToken>) -> Result<AccessToken> {
        let mut kept = self.kept.lock().await;
        // If several requests were rejected with the same token, the first one creates a new token.
        let is_good = |kept: &&Kept| {
            Instant::now() < kept.stale
                && refused.is_none_or(|refused| refused.expose() != kept.token.expose())
        };
        if let Some(kept) = kept.as_ref().filter(is_good) {
            return Ok(kept.token.clone());
        }
        // Its lifetime starts between the request and the answer: the earlier time is safe.
        let asked = Instant::now();
        let lifetime = Duration::from_secs(self.seconds.into());
        let request = CreateTokenRequest::new(self.grants.clone()).with_expires_in(lifetime);
        let token = self.client.access_tokens().create(request).await?;
        let fresh = lifetime * 4 / 5;
        *kept = Some(Kept {
            token: token.clone(),
            stale: asked + fresh,
        });
        Ok(token)
    }
}

impl TokenProvider for MintedTokens {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async { Ok(self.get().await?) })
    }

    fn replacement<'a>(&'a self, refused: &'a AccessToken) -> TokenFuture<'a> {
        Box::pin(async move { Ok(self.get_other_than(Some(refused)).await?) })
    }
}

impl fmt::Debug for MintedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MintedTokens")
            .field("grants", &self.grants)
            .field("seconds", &self.seconds)
            .finish_non_exhaustive()
    }
}
