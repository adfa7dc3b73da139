//! `/stt/websocket`, where the client decides when an utterance ends, and `/stt/turns/websocket`, where the
//! server detects it.
//!
//! [`query`] reads the settings, [`dictation`] and [`turn`] turn samples into transcripts, [`manual`] and
//! [`turns`] send them, in the form of [`messages`]. All of it happens in the time of the audio: the same
//! audio gives the same messages, however it is cut and however fast it comes.

mod dictation;
mod intake;
mod manual;
mod messages;
mod query;
mod turn;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State as Shared};
use axum::response::Response;
use cartesia_types::ApiVersion;

use crate::middleware::{Caller, Pairs};
use crate::rejection::Rejection;
use crate::socket::{self, Channel, Idle};
use crate::state::State;
use crate::stats::{Payer, Seat};
pub(crate) use intake::Intake;
use manual::Dictating;
pub(crate) use query::Audio;
pub(crate) use turn::{Happened, Thresholds, Turn};
use turns::TakingTurns;

/// Every message of the client counts, be it audio or a command. Whether pings do is not known; here they
/// do not, so that a client that relies on them finds out.
const IDLE: Idle = Idle {
    after: Duration::from_secs(180),
    pings: false,
    answers: false,
};

/// One of what may be transcribed at once.
pub(crate) fn admit(state: &State, payer: &Payer) -> Result<Seat, Rejection> {
    let limit = state.settings.socket.stream_limit;
    let seat = state.sockets.streams.take(limit, payer);
    seat.ok_or_else(|| Rejection::too_many_streams(limit.unwrap_or_default()))
}

/// `GET /stt/websocket`. An invalid query is rejected before the upgrade.
pub(crate) async fn open_manual(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
    request: Request,
) -> Result<Response, Rejection> {
    let endpoint = Dictating::new(&query::Manual::read(&query)?);
    let payer = caller.payer.clone();
    let admit = |state: &State| admit(state, &payer).map(Some);
    socket::upgrade(state, caller, request, IDLE, admit, endpoint).await
}

/// `GET /stt/turns/websocket`. An invalid query is reported after the upgrade, in place of `connected`.
pub(crate) async fn open_turns(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Pairs(query): Pairs,
    request: Request,
) -> Result<Response, Rejection> {
    let endpoint = TakingTurns::new(query::Turns::read(&query).map_err(Rejection::on_socket));
    let payer = caller.payer.clone();
    let admit = |state: &State| admit(state, &payer).map(Some);
    socket::upgrade(state, caller, request, IDLE, admit, endpoint).await
}

/// Sends an error in the format of the API version. The connection stays open.
fn say_error(channel: &mut Channel, rejection: &Rejection, structured: Option<bool>) {
    let structured = structured.unwrap_or(channel.version >= ApiVersion::V2026_03_01);
    let request_id = Arc::clone(&channel.request_id);
    channel.say(rejection.stt_message(structured, &request_id));
}
