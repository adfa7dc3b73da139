//! Calls with agents over WebSockets: `/agents/stream/{agent_id}` and, for managed agents,
//! `/v1/agents/websocket/{agent_id}`.
//!
//! The agent repeats what it hears. [`conversation`] listens and speaks, [`call`] does it on a connection,
//! and [`stream`] and [`managed`] are its two message formats.

mod call;
mod conversation;
mod dialect;
mod managed;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State as Shared};
use axum::response::Response;
use serde_json::Value;

use crate::middleware::{Caller, Pairs};
use crate::rejection::Rejection;
use crate::socket::{self, Idle};
use crate::state::State;
use crate::{agents, auth};
use call::Call;
use dialect::Agent;
use managed::Managed;
use stream::Stream;

/// Here, unlike elsewhere, pings keep a connection alive, as the documentation says.
const IDLE: Idle = Idle {
    after: Duration::from_secs(180),
    pings: true,
    answers: false,
};

/// `GET /agents/stream/{agent_id}`.
pub(crate) async fn open_stream(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Rejection> {
    let found = agents::find(&state, &caller, &id)?;
    let name = found["name"].as_str().unwrap_or("an agent");
    let agent = Agent {
        voice: text(&found["tts_voice"]),
        introduction: format!("Hello, this is {name}."),
        version: String::new(),
        id,
    };
    let dialect = Stream::new(&caller.request_id);
    let endpoint = Call::new(agent, dialect, state.settings.pace);
    let payer = caller.payer.clone();
    let admit = |state: &State| Ok(state.sockets.calls.take(None, &payer));
    socket::upgrade(state, caller, request, IDLE, admit, endpoint).await
}

/// `GET /v1/agents/websocket/{agent_id}`.
pub(crate) async fn open_managed(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    Pairs(query): Pairs,
    request: Request,
) -> Result<Response, Rejection> {
    let (found, version) = agents::find_managed(&state, &caller, &id)?;
    let mut agent = Agent {
        voice: text(&found["audio"]["output"]["voice_id"]),
        introduction: text(&found["initial_message"]),
        version,
        id,
    };
    let shown = auth::of_socket(request.headers(), &query);
    if let Some(session) = shown.and_then(|token| state.tokens.session(token)) {
        if session.agent != agent.id {
            return Err(Rejection::forbidden("the session is for another agent"));
        }
        agent.introduction = session.introduction(&agent.introduction);
        agent.voice = session.voice.unwrap_or(agent.voice);
    }
    let dialect = Managed::new(&caller.request_id);
    let endpoint = Call::new(agent, dialect, state.settings.pace);
    let payer = caller.payer.clone();
    let admit = |state: &State| Ok(state.sockets.calls.take(None, &payer));
    socket::upgrade(state, caller, request, IDLE, admit, endpoint).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
