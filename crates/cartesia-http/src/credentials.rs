//! What a request is authenticated with: read off, or asked of a provider, and asked anew when the
//! service refused it.

use std::time::Duration;

use cartesia_types::{Credential, ErrorKind, SharedProvider, TokenFuture};
use tokio::time::timeout;

use crate::request::{Authority, Secret};
use crate::{Error, Result};

/// The key or token that a request goes with; a provider is asked for it.
pub(crate) async fn secret(
    operation: &'static str,
    authority: &Authority,
    limit: Duration,
) -> Result<Secret> {
    let credential = match authority {
        Authority::Caller(credential) => credential,
        Authority::Admin(key) => return Ok(Secret::Admin(key.clone())),
    };
    match credential {
        Credential::ApiKey(key) => Ok(Secret::Key(key.clone())),
        Credential::AccessToken(token) => Ok(Secret::Token(token.clone())),
        Credential::Provider(provider) => provided(operation, provider.token(), limit).await,
        _ => {
            let message = "this kind of credential is not known here";
            Err(Error::new(ErrorKind::Config, operation, message))
        }
    }
}

/// What a provider gives in place of a token that the service refused; `None` when the secret was
/// not a provider's, or it has no other.
pub(crate) async fn replacement(
    operation: &'static str,
    authority: &Authority,
    refused: &Secret,
    limit: Duration,
) -> Result<Option<Secret>> {
    let (Some(provider), Secret::Token(token)) = (provider(authority), refused) else {
        return Ok(None);
    };
    let other = provided(operation, provider.replacement(token), limit).await?;
    Ok(Some(other).filter(|other| other.expose() != token.expose()))
}

fn provider(authority: &Authority) -> Option<&SharedProvider> {
    match authority {
        Authority::Caller(Credential::Provider(provider)) => Some(provider),
        _ => None,
    }
}

async fn provided(
    operation: &'static str,
    token: TokenFuture<'_>,
    limit: Duration,
) -> Result<Secret> {
    let Ok(outcome) = timeout(limit, token).await else {
        let message = format!(
            "the token provider gave no token within the limit of {limit:?} (`Timeouts::response`)"
        );
        return Err(Error::new(ErrorKind::Timeout, operation, message));
    };
    outcome.map(Secret::Token).map_err(|source| {
        let message = "the token provider gave no token";
        Error::new(ErrorKind::Auth, operation, message).with_source(source)
    })
}
