//! Credentials, and providers that fetch tokens as they are needed.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use cartesia_types::{AccessToken, ApiKey};

/// The credential with which a client authenticates itself: an API key, an access token, or a provider of
/// tokens.
#[doc(alias = "api key")]
#[doc(alias = "authentication")]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credential {
    /// An API key. It allows all calls except those that need an admin key.
    ApiKey(ApiKey),
    /// An access token. It allows the calls that it was granted.
    AccessToken(AccessToken),
    /// Access tokens that are fetched as they are needed.
    Provider(SharedProvider),
}

impl Credential {
    /// Access tokens that are fetched as they are needed.
    pub fn provider(provider: impl TokenProvider) -> Self {
        Self::Provider(SharedProvider(Arc::new(provider)))
    }
}

impl From<ApiKey> for Credential {
    fn from(key: ApiKey) -> Self {
        Self::ApiKey(key)
    }
}

impl From<AccessToken> for Credential {
    fn from(token: AccessToken) -> Self {
        Self::AccessToken(token)
    }
}

/// The future in which a [`TokenProvider`] returns a token.
pub type TokenFuture<'a> =
    Pin<Box<dyn Future<Output = Result<AccessToken, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// Provides access tokens to programs without an API key, for example from a server of their own.
///
/// Clients ask it before every request and every connection, so it should cache a token until shortly
/// before it expires. If the service refuses a token, the client asks once for a
/// [replacement](Self::replacement). [`Timeouts::connect`](crate::Timeouts::connect) limits how long it
/// may take.
///
/// ```
/// use cartesia_core::{AccessToken, Credential, TokenFuture, TokenProvider};
///
/// struct FromOurServer;
///
/// impl TokenProvider for FromOurServer {
///     fn token(&self) -> TokenFuture<'_> {
///         Box::pin(async {
///             // … ask our server …
///             Ok(AccessToken::new("eyJ.example")?)
///         })
///     }
/// }
///
/// let credential = Credential::provider(FromOurServer);
/// # let _ = credential;
/// ```
#[doc(alias = "access token")]
#[doc(alias = "refresh token")]
pub trait TokenProvider: Send + Sync + 'static {
    /// Returns a token that is valid long enough for a request to be sent with it.
    fn token(&self) -> TokenFuture<'_>;

    /// Returns a token in place of one that the service refused (401). Clients ask once per request, and
    /// retry the request with the new token.
    ///
    /// A provider with a cache drops the refused token here, unless it has replaced it already. By
    /// default this calls [`token`](Self::token); if that returns the refused token again, the request
    /// fails.
    fn replacement<'a>(&'a self, refused: &'a AccessToken) -> TokenFuture<'a> {
        let _ = refused;
        self.token()
    }
}

/// A [`TokenProvider`] that several clients share.
#[derive(Clone)]
pub struct SharedProvider(Arc<dyn TokenProvider>);

impl SharedProvider {
    /// Asks the provider for a token.
    pub fn token(&self) -> TokenFuture<'_> {
        self.0.token()
    }

    /// Asks the provider for a token in place of one that the service refused.
    pub fn replacement<'a>(&'a self, refused: &'a AccessToken) -> TokenFuture<'a> {
        self.0.replacement(refused)
    }
}

impl fmt::Debug for SharedProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedProvider(<redacted>)")
    }
}
