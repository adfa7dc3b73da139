//! How a connection is opened, from the credential to the upgrade, within one time limit.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use cartesia_types::{Credential, ErrorKind};
use http::StatusCode;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use crate::Deadline;
use crate::Error;
use crate::Result;
use crate::config::Shared;
use crate::deadlines::overdue;
use crate::handshake::{Handshake, Request, Secret};
use crate::socket::{self, Socket};

/// Thirty years: as good as no limit, and within what any clock can tell.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// What is being done, for the error of a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    Token,
    Resolving,
    Connecting,
    ConnectingToProxy,
    Proxy,
    Tls,
    Upgrade,
}

impl Stage {
    const ALL: [Self; 7] = [
        Self::Token,
        Self::Resolving,
        Self::Connecting,
        Self::ConnectingToProxy,
        Self::Proxy,
        Self::Tls,
        Self::Upgrade,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "waiting for the token provider",
            Self::Resolving => "resolving the host name",
            Self::Connecting => "connecting over TCP",
            Self::ConnectingToProxy => "connecting to the proxy over TCP",
            Self::Proxy => "waiting for the proxy to connect",
            Self::Tls => "setting up TLS",
            Self::Upgrade => "waiting for the answer to the WebSocket upgrade",
        }
    }
}

/// One try to open a connection: what it is for, and how far it got.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// What errors call it, for example `tts.connect`.
    pub(crate) operation: &'static str,
    /// The host of the service.
    pub(crate) host: Arc<str>,
    /// Until when the connection must be open.
    pub(crate) deadline: Instant,
    stage: Arc<AtomicU8>,
}

impl Attempt {
    pub(crate) fn new(operation: &'static str, host: &str, deadline: Instant) -> Self {
        Self {
            operation,
            host: host.into(),
            deadline,
            stage: Arc::new(AtomicU8::new(Stage::Token as u8)),
        }
    }

    /// Notes what is being done from now on.
    pub(crate) fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    pub(crate) fn stage(&self) -> Stage {
        let number = self.stage.load(Ordering::Relaxed);
        let found = Stage::ALL.into_iter().find(|stage| *stage as u8 == number);
        found.unwrap_or(Stage::Token)
    }

    /// The error of a connection that could not be made.
    pub(crate) fn failed(&self, why: impl fmt::Display) -> Error {
        let message = format!("no connection to {}: {why}", self.host);
        Error::new(ErrorKind::Connect, self.operation, message)
    }
}

/// An open connection.
pub(crate) struct Connected {
    pub(crate) socket: Socket,
    pub(crate) handshake: Handshake,
    /// What it was opened with.
    pub(crate) secret: Secret,
}

/// Opens a connection to the WebSocket at `path` (with its query, if it has one).
///
/// # Cancel safety
///
/// Dropping the future closes whatever was opened.
pub(crate) async fn connect(
    shared: &Shared,
    operation: &'static str,
    path: &str,
) -> Result<Connected> {
    let limit = shared.deadlines.connect;
    let now = Instant::now();
    let deadline = now + limit.min(FAR);
    let attempt = Attempt::new(operation, shared.base_url.host(), deadline);
    let span = tracing::debug_span!("cartesia.ws", operation);
    let outcome = timeout_at(deadline, Box::pin(open(shared, &attempt, path)))
        .instrument(span)
        .await;
    outcome.unwrap_or_else(|_| {
        let stage = attempt.stage();
        let what = match stage {
            Stage::Token => "the token provider gave no token".to_owned(),
            _ => format!("{}: no connection to {}", stage.as_str(), attempt.host),
        };
        Err(overdue(operation, Deadline::Connect, limit, what))
    })
}

async fn open(shared: &Shared, attempt: &Attempt, path: &str) -> Result<Connected> {
    attempt.enter(Stage::Token);
    let secret = secret(attempt.operation, &shared.credential).await?;
    let refused = match open_with(shared, attempt, path, secret.clone()).await {
        Err(error) if error.status() == Some(StatusCode::UNAUTHORIZED) => error,
        outcome => return outcome,
    };
    // A provider may have another token; it is asked once.
    attempt.enter(Stage::Token);
    match replacement(attempt.operation, &shared.credential, &secret).await? {
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
    let request = Request::new(shared, attempt.operation, path, secret.clone())?;
    let stream = shared.route.open(attempt).await?;
    attempt.enter(Stage::Upgrade);
    let (socket, handshake) = socket::upgrade(stream, &request, attempt, shared.max_message_bytes)
        .await
        .map_err(|error| error.without_secret(secret.expose()))?;
    tracing::debug!(request_id = handshake.request_id(), "connection open");
    Ok(Connected {
        socket,
        handshake,
        secret,
    })
}

/// The token in place of one that the service refused, if its provider has another.
async fn replacement(
    operation: &'static str,
    credential: &Credential,
    refused: &Secret,
) -> Result<Option<Secret>> {
    let (Credential::Provider(provider), Secret::Token(refused)) = (credential, refused) else {
        return Ok(None);
    };
    let other = provider
        .replacement(refused)
        .await
        .map_err(|source| no_token(operation, source).without_secret(refused.expose()))?;
    let other = (other.expose() != refused.expose()).then_some(other);
    Ok(other.map(Secret::Token))
}

fn no_token(operation: &'static str, source: Box<dyn StdError + Send + Sync>) -> Error {
    let message = "the token provider gave no token";
    Error::new(ErrorKind::Auth, operation, message).with_source(source)
}

/// The key or token that a connection is opened with; a provider is asked for it.
async fn secret(operation: &'static str, credential: &Credential) -> Result<Secret> {
    match credential {
        Credential::ApiKey(key) => Ok(Secret::Key(key.clone())),
        Credential::AccessToken(token) => Ok(Secret::Token(token.clone())),
        Credential::Provider(provider) => {
            let token = provider.token().await;
            token
                .map(Secret::Token)
                .map_err(|source| no_token(operation, source))
        }
        _ => {
            let message = "this kind of credential is not known here";
            Err(Error::new(ErrorKind::Config, operation, message))
        }
    }
}
