//! Calls with managed agents that a trusted server prepares for programs without an API key.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::find_managed;
use crate::fields::{self, Fields};
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::state::State;

/// The settings of one call that replace those of the agent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Session {
    pub(crate) agent: String,
    pub(crate) voice: Option<String>,
    initial_message: Option<String>,
    /// By their names.
    variables: Map<String, Value>,
}

impl Session {
    /// The agent's first words. Variables are written as `{{name}}`.
    pub(crate) fn introduction(&self, own: &str) -> String {
        let mut text = self.initial_message.as_deref().unwrap_or(own).to_owned();
        for (name, value) in &self.variables {
            let value = value.as_str().map_or(value.to_string(), str::to_owned);
            text = text.replace(&format!("{{{{{name}}}}}"), &value);
        }
        text
    }
}

/// `POST /v1/agents/websocket/{agent_id}/sessions`. The answer is a guess, but for the token in it.
pub(crate) async fn create(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    find_managed(&state, &caller, &id)?;
    let body = match body.len() {
        0 => json!({}),
        _ => fields::json(&body)?,
    };
    let body = Fields::of_body(&body)?;
    let variables = body.object("dynamic_variables")?;
    let overrides = body.object("config_overrides")?;
    let text = |name| match &overrides {
        Some(overrides) => overrides.string(name),
        None => Ok(None),
    };
    text("instructions")?;
    let initial_message = text("initial_message")?.map(str::to_owned);
    let mut voice = None;
    if let Some(overrides) = &overrides
        && let Some(audio) = overrides.object("audio")?
        && let Some(output) = audio.object("output")?
    {
        voice = output.string("voice_id")?.map(str::to_owned);
        output.number_in("speed", &(0.6..=1.5))?;
    }
    let session = Session {
        agent: id.clone(),
        voice,
        initial_message,
        variables: variables.map(|it| it.given()).unwrap_or_default(),
    };
    let token = state
        .tokens
        .mint_session(caller.payer, session, state.seconds());
    let answer = json!({"token": token, "agent_id": id});
    Ok((StatusCode::CREATED, Json(answer)))
}
