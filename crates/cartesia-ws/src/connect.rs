//! Opens a connection, from the credential to the upgrade, within one time limit.

use cartesia_core::Secret;
use cartesia_core::time::{LONGEST, overdue};
use http::StatusCode;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use crate::attempt::{Attempt, Stage};
use crate::handshake::{Handshake, Request};
use crate::shared::Shared;
use crate::socket::{self, Socket};
use crate::{Deadline, Result};

/// An open connection.
pub(crate) struct Connected {
    pub(crate) socket: Socket,
    pub(crate) handshake: Handshake,
    /// The credential that it was opened with.
    pub(crate) secret: Secret,
}

/// Opens a connection to the WebSocket at `path` (with its query, if it has one).
///
/// # Cancel safety
///
/// Dropping the future closes the connection.
pub(crate) async fn connect(
    shared: &Shared,
    operation: &'static str,
    path: &str,
) -> Result<Connected> {
    let limit = shared.timeouts.connect;
    let deadline = Instant::now() + limit.map_or(LONGEST, |limit| limit.min(LONGEST));
    let attempt = Attempt::new(operation, shared.base_url.host_and_port(), deadline);
    let span = tracing::debug_span!("cartesia.ws", operation);
    let outcome = timeout_at(deadline, Box::pin(open(shared, &attempt, path)))
        .instrument(span)
        .await;
    outcome.unwrap_or_else(|_| {
        let stage = attempt.stage();
        let what = if stage == Stage::Token {
            "the token provider returned no token".to_owned()
        } else {
            let (stage, host) = (stage.as_str(), &attempt.host);
            format!(
                "{stage}: no connection to {host}{}",
                shared.dialer.through()
            )
        };
        Err(overdue(operation, Deadline::Connect, limit, what))
    })
}

async fn open(shared: &Shared, attempt: &Attempt, path: &str) -> Result<Connected> {
    attempt.enter(Stage::Token);
    // The time limit of the attempt includes the provider.
    let authority = &shared.authority;
    let secret = authority.secret(attempt.operation, None).await?;
    let refused = match open_with(shared, attempt, path, secret.clone()).await {
        Err(error) if error.status() == Some(StatusCode::UNAUTHORIZED) => error,
        outcome => return outcome,
    };
    // A provider may have another token; it is asked once.
    attempt.enter(Stage::Token);
    let other = authority
        .replacement(attempt.operation, &secret, None)
        .await;
    match other.map_err(|error| error.without_secret(secret.expose()))? {
        Some(other) => open_with(shared, attempt, path, other).await,
        None => Err(refused),
    }
}

async fn open_with(
    shared: &Shared,
    attempt: &Attempt,
    path: &str,
    secret: Secret,
) -> Result<Connected> {
    let request = Request::new(shared, attempt.operation, path, &secret)?;
    let transport = shared.dialer.open(attempt).await?;
    attempt.enter(Stage::Upgrade);
    let limit = shared.max_message_bytes;
    let (socket, handshake) = socket::upgrade(transport, &request, attempt, limit)
        .await
        .map_err(|error| error.without_secret(secret.expose()))?;
    tracing::debug!(request_id = handshake.request_id(), "connection open");
    Ok(Connected {
        socket,
        handshake,
        secret,
    })
}
