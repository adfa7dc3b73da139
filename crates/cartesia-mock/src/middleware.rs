//! The middleware: processing of every request before and after its handler.
//!
//! It gets an identifier and is written to the journal; the faults that were injected for it hit it, and
//! a refusal is rendered in the shape of its version.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Query, Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use cartesia_types::ApiVersion;

use crate::fault::{Drip, Fault, Interrupt};
use crate::journal::{Content, Received, secrets};
use crate::lenient::{self, Lenient};
use crate::rejection::Rejection;
use crate::socket::is_socket;
use crate::state::State;
use crate::stats::Payer;
use crate::wire::Breaker;
use crate::{auth, version};

/// The context of a request for its handler.
#[derive(Debug, Clone)]
struct Context {
    request_id: Arc<str>,
    version: Result<Option<ApiVersion>, Rejection>,
    /// Whether the credential opens the path.
    access: Result<(), Rejection>,
    /// Whether it is an admin key.
    admin: Result<(), Rejection>,
    /// The fault of the handler itself.
    fault: Option<Fault>,
    breaker: Breaker,
    path: Arc<str>,
    payer: Payer,
}

pub(crate) async fn handle(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let (started, request_id) = state.next_request();
    let (mut parts, body) = request.into_parts();
    let largest = state.settings.max_body_bytes;
    let body = to_bytes(body, largest).await;
    let received = received(&parts, body.as_ref().ok(), started, &request_id);
    state.journal.record(received.clone());
    state.changed.send_replace(());
    let content = state.log.content(&parts.headers, &received.body).await;
    let witness = Witness {
        state: Arc::clone(&state),
        received,
        content,
    };

    // WebSockets may say who they are in the query.
    let is_socket = is_socket(parts.uri.path());
    let query = if is_socket {
        query(&parts.uri).unwrap_or_default()
    } else {
        Vec::new()
    };
    let version = version::of_socket(&parts.headers, &query);
    // A refusal needs a shape even when the version is what is refused.
    let shape = version.as_ref().ok().copied().flatten().unwrap_or_default();
    let breaker = parts
        .extensions
        .get::<Breaker>()
        .cloned()
        .unwrap_or_default();
    let (mut canned, mut after, mut in_handler) = (None, None, None);
    match state.faults.take(parts.uri.path()) {
        Some(Fault::Respond(response)) => canned = Some(response.into_response()),
        Some(Fault::CloseBeforeHeaders) => {
            drop(witness);
            breaker.trip();
            return std::future::pending().await;
        }
        Some(Fault::StallBeforeHeaders) => {
            drop(witness);
            return std::future::pending().await;
        }
        Some(fault @ Fault::Message { .. }) => in_handler = Some(fault),
        // After 101 there is no body: the connection itself carries out the fault.
        fault if is_socket => in_handler = fault,
        fault => after = fault,
    }

    let mut response = match (canned, body) {
        (Some(response), _) => response,
        // Or the client disconnected, and then the answer is not read.
        (None, Err(_)) => Rejection::too_large(largest).into_response(),
        (None, Ok(mut body)) => {
            if state.settings.lenient {
                body = lenient::prepare(&state, &mut parts, body);
                parts.extensions.insert(Lenient);
            }
            let known = Context {
                request_id: Arc::clone(&request_id),
                version,
                access: auth::check_socket(
                    &parts.headers,
                    &query,
                    parts.uri.path(),
                    &state.tokens,
                    &state.settings.keys,
                ),
                admin: auth::check_admin(&parts.headers, &state.settings.keys),
                fault: in_handler,
                breaker: breaker.clone(),
                path: parts.uri.path().into(),
                payer: auth::payer(&parts.headers, &query, &state.tokens),
            };
            parts.extensions.insert(known);
            next.run(Request::from_parts(parts, Body::from(body))).await
        }
    };
    if let Some(rejection) = response.extensions_mut().remove::<Rejection>() {
        response = rejection.render(shape, &request_id);
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    if let Some(Fault::Relabel {
        status,
        content_type,
    }) = &after
    {
        relabel(&mut response, *status, content_type.as_deref());
    }
    witness.answered(response.status());
    match after {
        Some(Fault::CutBody { after }) => Interrupt::Cut(after, breaker).apply(response),
        Some(Fault::StallBody { after }) => Interrupt::Stall(after).apply(response),
        Some(Fault::DripBody { every }) => Drip(every).apply(response),
        _ => response,
    }
}

/// Sets another status or content type.
fn relabel(response: &mut Response, status: Option<u16>, content_type: Option<&str>) {
    if let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) {
        *response.status_mut() = status;
    }
    match content_type.map(HeaderValue::from_str) {
        Some(Ok(value)) if !value.is_empty() => {
            response.headers_mut().insert(header::CONTENT_TYPE, value);
        }
        Some(_) => drop(response.headers_mut().remove(header::CONTENT_TYPE)),
        None => {}
    }
}

/// Reports a request once: when its status is known, or when it is known to get none, be it because the
/// client gave up.
struct Witness {
    state: Arc<State>,
    received: Received,
    content: Option<Content>,
}

impl Witness {
    fn answered(mut self, status: StatusCode) {
        let status = status.as_u16();
        self.state.journal.answered(self.received.started, status);
        self.received.status = Some(status);
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.state.log.request(&self.received, self.content.take());
        self.state.observe(&self.received);
    }
}

fn received(parts: &Parts, body: Option<&Bytes>, started: u64, request_id: &str) -> Received {
    Received {
        started,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: secrets::query(query(&parts.uri).unwrap_or_default()),
        headers: secrets::headers(&parts.headers),
        body: body.cloned().unwrap_or_default(),
        request_id: request_id.to_owned(),
        status: None,
    }
}

pub(crate) fn query(uri: &Uri) -> Result<Vec<(String, String)>, Rejection> {
    Query::try_from_uri(uri)
        .map(|Query(pairs)| pairs)
        .map_err(|_| Rejection::bad_request("the query is not readable"))
}

/// The version of a call that needs none, with the default if it has none.
pub(crate) struct AnyVersion(pub(crate) ApiVersion);

impl<S: Sync> FromRequestParts<S> for AnyVersion {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let version = parts
            .extensions
            .get()
            .map(|context: &Context| context.version.clone());
        Ok(Self(version.unwrap_or(Ok(None))?.unwrap_or_default()))
    }
}

/// A caller with a key (or a token, where one will do) and a version, as nearly every call needs them.
pub(crate) struct Caller {
    pub(crate) version: ApiVersion,
    pub(crate) request_id: Arc<str>,
    /// The fault of the response stream.
    pub(crate) fault: Option<Fault>,
    /// Breaks the connection.
    pub(crate) breaker: Breaker,
    pub(crate) path: Arc<str>,
    /// Whose work it is.
    pub(crate) payer: Payer,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Self::of(parts, None)
    }
}

/// The same for a call that works without a version: then it is the newest.
pub(crate) struct UnversionedCaller(pub(crate) Caller);

impl<S: Sync> FromRequestParts<S> for UnversionedCaller {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Caller::of(parts, Some(ApiVersion::default())).map(Self)
    }
}

impl Caller {
    fn of(parts: &Parts, default: Option<ApiVersion>) -> Result<Self, Rejection> {
        let context: &Context = parts.extensions.get().ok_or_else(version::missing)?;
        let version = context.version.clone()?.or(default);
        let version = version.ok_or_else(version::missing)?;
        context.access.clone()?;
        Ok(Self {
            version,
            request_id: Arc::clone(&context.request_id),
            fault: context.fault.clone(),
            breaker: context.breaker.clone(),
            path: Arc::clone(&context.path),
            payer: context.payer.clone(),
        })
    }
}

/// A client with a key or token, whatever the version.
pub(crate) struct Authorized(pub(crate) Payer);

impl<S: Sync> FromRequestParts<S> for Authorized {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let context: &Context = parts.extensions.get().ok_or_else(version::missing)?;
        context.access.clone()?;
        Ok(Self(context.payer.clone()))
    }
}

/// A client with an admin key and a version.
pub(crate) struct Administrator {
    pub(crate) version: ApiVersion,
}

impl<S: Sync> FromRequestParts<S> for Administrator {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let context: &Context = parts.extensions.get().ok_or_else(version::missing)?;
        let version = context.version.clone()?.ok_or_else(version::missing)?;
        context.admin.clone()?;
        Ok(Self { version })
    }
}

/// The query, decoded, in the order in which it was sent; names may repeat.
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Pairs {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        query(&parts.uri).map(Self)
    }
}

/// The first value of a name in the query.
pub(crate) fn parameter<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let pair = query.iter().find(|(known, _)| known == name);
    pair.map(|(_, value)| value.as_str())
}
