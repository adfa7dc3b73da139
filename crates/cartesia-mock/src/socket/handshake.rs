//! From an HTTP request to a WebSocket.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::channel::{Channel, Endpoint};
use super::connection::Connection;
use super::script::{Action, Moment, Occasion};
use super::settings::Idle;
use super::wire;
use crate::fault::CannedResponse;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::serve::After;
use crate::state::State;
use crate::stats::Seat;
use crate::wire::{Breaker, Wire};

/// A connection that becomes a WebSocket.
#[derive(Debug)]
pub(crate) struct Upgrade {
    http: OnUpgrade,
    channel: Channel,
    endpoint: Box<dyn Endpoint>,
    seat: Option<Seat>,
    entry: Entry,
}

/// Notes the end of the socket in the journal, however it comes.
#[derive(Debug)]
struct Entry {
    state: Arc<State>,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.state.sockets.journal.closed(self.number);
        self.state.log.socket_gone(self.number);
    }
}

impl Upgrade {
    /// Talks until either side ends it, or `stop` is ready.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) {
        let Self {
            http,
            mut channel,
            endpoint,
            seat,
            entry,
        } = self;
        // Without the upgrade the connection broke before the response was written.
        if let Ok(upgraded) = http.await
            && let Ok(parts) = upgraded.downcast::<TokioIo<Wire>>()
        {
            let log = &entry.state.log;
            log.socket_opened(channel.number, &channel.request_id);
            let stream = parts.io.into_inner().into_stream();
            channel.traffic();
            Connection::new(channel, endpoint)
                .run(stream, parts.read_buf, stop)
                .await;
        }
        drop((seat, entry));
    }
}

/// Makes a WebSocket of a request that is in order. `admit` is asked when nothing else is wrong, and
/// counts the connection.
pub(crate) async fn upgrade(
    state: Arc<State>,
    caller: Caller,
    mut request: Request,
    idle: Idle,
    admit: impl FnOnce(&State) -> Result<Option<Seat>, Rejection>,
    endpoint: impl Endpoint + 'static,
) -> Result<Response, Rejection> {
    let key = key(request.headers())?;
    let accept = HeaderValue::try_from(wire::accept_key(key.as_bytes()))
        .map_err(|_| Rejection::bad_request("`Sec-WebSocket-Key` is not readable"))?;
    let (Some(http), Some(after)) = (
        request.extensions_mut().remove::<OnUpgrade>(),
        request.extensions_mut().remove::<After>(),
    ) else {
        return Err(Rejection::bad_request(
            "this connection cannot become a WebSocket",
        ));
    };
    let number = state.sockets.next_number();
    let breaker = request.extensions_mut().remove::<Breaker>();
    let path: Arc<str> = request.uri().path().into();
    if let Some(response) = play(&state, number, &path, breaker).await? {
        return Ok(response);
    }
    let seat = admit(&state)?;
    let journal = &state.sockets.journal;
    journal.opened(number, &caller.request_id, &path);
    let entry = Entry {
        state: Arc::clone(&state),
        number,
    };
    let upgrade = Upgrade {
        http,
        channel: Channel::new(state, caller, number, path, idle),
        endpoint: Box::new(endpoint),
        seat,
        entry,
    };
    after.put(|stopped| upgrade.run(stopped));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// Does what the script has for handshakes, and gives the response that it wants instead.
async fn play(
    state: &State,
    connection: u64,
    path: &str,
    breaker: Option<Breaker>,
) -> Result<Option<Response>, Rejection> {
    let actions = state.sockets.script.take(Occasion {
        moment: Moment::Handshake,
        connection,
        path,
        context: None,
    });
    for action in actions {
        match action {
            Action::Refuse { status, body: None } => return Err(Rejection::scripted(status, None)),
            Action::Refuse {
                status,
                body: Some(body),
            } => {
                let response = CannedResponse::new(status).with_body(body);
                return Ok(Some(response.into_response()));
            }
            Action::Delay { milliseconds } => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            Action::Reset | Action::HangUp => {
                breaker.unwrap_or_default().trip();
                return std::future::pending().await;
            }
            Action::StallSocket => return std::future::pending().await,
            _ => {}
        }
    }
    Ok(None)
}

/// The key of the client, when everything around it is as RFC 6455 asks.
fn key(headers: &HeaderMap) -> Result<&HeaderValue, Rejection> {
    let has = |name: header::HeaderName, wanted: &str| {
        let values = headers.get_all(name).into_iter();
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    if !has(header::CONNECTION, "upgrade") || !has(header::UPGRADE, "websocket") {
        return Err(Rejection::bad_request(
            "this path takes WebSockets: `Connection: Upgrade` and `Upgrade: websocket`",
        ));
    }
    if !has(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(Rejection::bad_request("`Sec-WebSocket-Version` must be 13"));
    }
    headers
        .get(header::SEC_WEBSOCKET_KEY)
        .ok_or_else(|| Rejection::bad_request("`Sec-WebSocket-Key` is missing"))
}
