//! `/_mock/…`: calls of a test to the mock server itself. They need no key.
//!
//! A web page could reach them through a browser on this machine: a name of its own that resolves to
//! loopback (DNS rebinding), or a cross-origin request. So the host must be this machine, and the origin,
//! which only browsers send, must be one, too.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;

use crate::state::State;
use crate::{inspector, journal, objects, stats};

pub(crate) fn routes(state: &Arc<State>) -> Router<Arc<State>> {
    let page = if state.settings.has_page() {
        inspector::routes()
    } else {
        Router::new()
    };
    page.route(
        "/_mock/journal",
        get(journal::route::read).delete(journal::route::forget),
    )
    .route("/_mock/seed", post(seed))
    .route("/_mock/stats", get(stats::read).delete(stats::forget))
    .layer(from_fn_with_state(Arc::clone(state), only_local))
}

/// `POST /_mock/seed`: adds objects with identifiers of the caller's choice.
async fn seed(Shared(state): Shared<Arc<State>>, body: Bytes) -> Response {
    let added = serde_json::from_slice(&body)
        .map_err(|error| format!("the body is not JSON: {error}\n"))
        .and_then(|objects| objects::add(&state, &objects).map_err(|error| format!("{error}\n")));
    match added {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(message) => (StatusCode::BAD_REQUEST, message).into_response(),
    }
}

/// Refuses requests whose host or origin is a foreign name.
async fn only_local(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    match refusal(request.headers(), state.settings.bind) {
        None => next.run(request).await,
        Some(refusal) => refusal,
    }
}

/// The answer to headers whose host or origin is a foreign name; `None` for those of this machine.
pub(crate) fn refusal(headers: &HeaderMap, bind: IpAddr) -> Option<Response> {
    let Some(host) = host(headers).filter(|host| is_local(host, bind)) else {
        let message = "`Host` must be localhost, a loopback address, or the address that the server is bound to\n";
        return Some((StatusCode::FORBIDDEN, message).into_response());
    };
    let origin = headers.get(header::ORIGIN);
    let is_foreign = origin.is_some_and(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        let authority = origin.split_once("://").map(|(_, rest)| rest);
        !authority.is_some_and(|authority| {
            let name = name_of(authority);
            name == name_of(host) || is_local(authority, bind)
        })
    });
    let message = "`Origin` must be this machine\n";
    is_foreign.then(|| (StatusCode::FORBIDDEN, message).into_response())
}

/// The one `Host` of a request.
fn host(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::HOST).into_iter();
    let host = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(host)
}

/// Whether an authority names this machine: `localhost`, a loopback address, or the bound address. A server
/// that is bound to all addresses answers to any address, but not to any name.
fn is_local(authority: &str, bind: IpAddr) -> bool {
    let name = name_of(authority);
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback() || address == bind || bind.is_unspecified(),
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    }
}

/// An authority without its port and without the brackets of IPv6.
fn name_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').map_or("", |(address, _)| address);
    }
    authority
        .split_once(':')
        .map_or(authority, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for (authority, bind, local) in [
            ("localhost:8745", "127.0.0.1", true),
            ("LocalHost", "127.0.0.1", true),
            ("127.0.0.1:1", "127.0.0.1", true),
            ("127.8.8.8", "127.0.0.1", true),
            ("[::1]:8745", "127.0.0.1", true),
            ("192.168.1.5:8745", "192.168.1.5", true),
            ("192.168.1.6:8745", "192.168.1.5", false),
            ("192.168.1.6:8745", "0.0.0.0", true),
            ("rebound.example", "0.0.0.0", false),
            ("rebound.example:8745", "127.0.0.1", false),
            ("localhost.example", "127.0.0.1", false),
            ("127.0.0.1.example", "127.0.0.1", false),
            ("[::1", "127.0.0.1", false),
            ("", "127.0.0.1", false),
        ] {
            let bind = bind.parse().unwrap();
            assert_eq!(is_local(authority, bind), local, "{authority} at {bind}");
        }
    }
}
