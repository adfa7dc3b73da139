//! `/tts/websocket`: many contexts on one connection.
//!
//! [`endpoint`] receives messages and sends those of the contexts, [`request`] reads them, [`contexts`] finds
//! whose it is, [`context`] turns inputs into messages, [`buffering`] holds text back until it is a sentence,
//! [`messages`] writes them as JSON; [`play`] performs the actions of a script.

mod buffering;
mod context;
mod contexts;
mod endpoint;
mod expected;
mod messages;
mod play;
mod request;
mod schedule;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State as Shared};
use axum::response::Response;

use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::socket::{self, Idle};
use crate::state::State;
use endpoint::Speaking;
pub(crate) use expected::audio as expected_audio;

/// Pings do not count as traffic: clients that send them were closed all the same.
const IDLE: Idle = Idle {
    after: Duration::from_secs(300),
    pings: false,
    answers: true,
};

/// `GET /tts/websocket`.
pub(crate) async fn open(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Rejection> {
    let payer = caller.payer.clone();
    let admit = |state: &State| {
        let limit = state.settings.socket.socket_limit;
        let seat = state.sockets.open.take(limit, &payer);
        let refused = || Rejection::too_many_sockets(limit.unwrap_or_default());
        seat.map(Some).ok_or_else(refused)
    };
    let endpoint = Speaking::new(Arc::clone(&state), &caller);
    socket::upgrade(state, caller, request, IDLE, admit, endpoint).await
}
