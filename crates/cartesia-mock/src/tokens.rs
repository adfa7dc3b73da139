//! `/access-token`: tokens, and what they open.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use base64_simd::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

use crate::agents::Session;
use crate::fields::{self, Fields};
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::state::State;
use crate::stats::Payer;
use crate::{clock, hash};

/// Seconds that a token is good for, unless it was said; the service does not tell what it takes.
const LIFETIME: u64 = 60;
const LONGEST: u64 = 3_600;

/// The endpoints that a token grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Grants {
    tts: bool,
    stt: bool,
    agent: bool,
}

impl Grants {
    /// The grant for a path; `None` for a path that no token may call.
    fn open(self, path: &str) -> Option<bool> {
        let under = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if under("/tts") {
            Some(self.tts)
        } else if under("/stt") || path == "/audio/transcriptions" {
            Some(self.stt)
        } else if under("/v1/agents/websocket") && path.ends_with("/sessions") {
            None
        } else if under("/agents/stream") || under("/v1/agents/websocket") {
            Some(self.agent)
        } else {
            None
        }
    }
}

/// The tokens that this server gave out.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, Token>>);

#[derive(Debug, Clone)]
struct Token {
    grants: Grants,
    /// The second from which on it is refused, since 1970.
    expires: u64,
    /// The only call that it opens.
    session: Option<Session>,
    /// Who made it.
    payer: Payer,
}

impl Tokens {
    /// `shown` is the time that the token names; it expires by that of the world.
    fn mint(&self, payer: Payer, grants: Grants, lifetime: u64, shown: u64, now: u64) -> String {
        let mut tokens = self.lock();
        let exp = shown.saturating_add(lifetime);
        let expires = now.saturating_add(lifetime);
        let encode = |part: &str| URL_SAFE_NO_PAD.encode_to_string(part);
        let id = hash::uuid(hash::stable(&[b"token", &tokens.len().to_le_bytes()]));
        let payload = json!({"jti": id, "iat": shown, "exp": exp, "grants": grants});
        let head = encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let text = format!("{head}.{}", encode(&payload.to_string()));
        // It cannot be verified without the service's secret, so it need not be genuine.
        let signature = hash::uuid(hash::stable(&[text.as_bytes()]));
        let token = format!("{text}.{}", encode(&signature));
        let session = None;
        let known = Token {
            grants,
            expires,
            session,
            payer,
        };
        tokens.insert(token.clone(), known);
        token
    }

    /// A token that opens one call with an agent.
    pub(crate) fn mint_session(&self, payer: Payer, session: Session, shown: u64) -> String {
        let grants = Grants {
            tts: false,
            stt: false,
            agent: true,
        };
        let token = self.mint(payer, grants, LIFETIME, shown, clock::seconds());
        if let Some(known) = self.lock().get_mut(&token) {
            known.session = Some(session);
        }
        token
    }

    /// The session that a token is for.
    pub(crate) fn session(&self, token: &str) -> Option<Session> {
        self.lock().get(token)?.session.clone()
    }

    /// Who made a token; `None` if this server did not give it out.
    pub(crate) fn payer(&self, token: &str) -> Option<Payer> {
        Some(self.lock().get(token)?.payer.clone())
    }

    /// Whether this server gave out the token.
    pub(crate) fn has(&self, token: &str) -> bool {
        self.lock().contains_key(token)
    }

    /// Whether a token opens a path.
    pub(crate) fn check(&self, token: &str, path: &str) -> Result<(), Rejection> {
        self.check_at(token, path, clock::seconds())
    }

    fn check_at(&self, token: &str, path: &str, now: u64) -> Result<(), Rejection> {
        let tokens = self.lock();
        let found = tokens
            .get(token)
            .ok_or_else(|| Rejection::unauthorized("the API key or token is not valid"))?;
        if found.expires <= now {
            return Err(Rejection::unauthorized("the access token has expired"));
        }
        match found.grants.open(path) {
            Some(true) => Ok(()),
            Some(false) => Err(Rejection::forbidden(
                "the access token has no grant for this",
            )),
            None => Err(Rejection::forbidden("this call needs an API key")),
        }
    }

    /// Lets all tokens expire at once.
    pub(crate) fn expire(&self) {
        for token in self.lock().values_mut() {
            token.expires = 0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Token>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("given", &self.lock().len())
            .finish_non_exhaustive()
    }
}

/// `POST /access-token`.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Rejection> {
    #[derive(Serialize)]
    struct Answer {
        token: String,
    }
    let body = fields::json(&body)?;
    let body = Fields::of_body(&body)?;
    let grants = body.object("grants")?;
    let grant = |name| match &grants {
        Some(grants) => Ok(grants.boolean(name)?.unwrap_or(false)),
        None => Ok(false),
    };
    let grants = Grants {
        tts: grant("tts")?,
        stt: grant("stt")?,
        agent: grant("agent")?,
    };
    let lifetime = match body.get("expires_in") {
        None => LIFETIME,
        Some(value) => value
            .as_u64()
            .filter(|seconds| (1..=LONGEST).contains(seconds))
            .ok_or_else(|| body.refuse("expires_in", "must be a whole number from 1 to 3600"))?,
    };
    let token = state.tokens.mint(
        caller.payer,
        grants,
        lifetime,
        state.seconds(),
        clock::seconds(),
    );
    Ok(Json(Answer { token }).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_what_it_was_granted_until_it_expires() {
        let tokens = Tokens::default();
        let tts = Grants {
            tts: true,
            stt: false,
            agent: false,
        };
        let token = tokens.mint(Payer::default(), tts, 60, 1_000, 1_000);
        let status = |path, now| {
            tokens
                .check_at(&token, path, now)
                .map_err(|rejection| rejection.status().as_u16())
        };
        assert_eq!(status("/tts/bytes", 1_000), Ok(()));
        assert_eq!(status("/tts/bytes", 1_059), Ok(()));
        assert_eq!(status("/tts/bytes", 1_060), Err(401));
        for path in ["/stt", "/stt/turns/websocket", "/audio/transcriptions"] {
            assert_eq!(status(path, 1_000), Err(403), "{path}");
        }
        assert_eq!(status("/agents/stream/agent_1", 1_000), Err(403));
        let sessions = "/v1/agents/websocket/agent_1/sessions";
        for path in ["/voices", "/ttsx", "/access-token", "/agents", sessions] {
            assert_eq!(status(path, 1_000), Err(403), "{path}");
        }
        assert!(tokens.check_at("other", "/tts/bytes", 1_000).is_err());
        assert_ne!(tokens.mint(Payer::default(), tts, 60, 1_000, 1_000), token);
        assert!(!format!("{tokens:?}").contains(&token));
    }
}
