//! The web page: the requests to the server, live, and their audio.
//!
//! The page reads the journal, as any program can, and asks for the sound of a request. Both are calls of
//! [`control`](crate::control), which answers this machine alone; the page itself is served only by a server
//! that is bound to a loopback address. What it shows was written by others: it is only ever set as text.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use cartesia_types::ApiVersion;
use serde::Serialize;
use serde_json::{Value, json};

use crate::control;
use crate::state::State;
use crate::synthesis::{Micros, Timing};
use crate::tts;

const HTML: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Nothing is loaded from elsewhere, no text can become a script, and no other page can show this one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      media-src blob:; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Characters of a text whose sound is made for the page.
const LONGEST: usize = 1_000;

/// Samples per second of the sound.
const RATE: u32 = 24_000;

/// The parts of the page, and the sound. They have the guard of [`control`].
pub(crate) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/_mock/page", get(async || page()))
        .route(
            "/_mock/page.css",
            get(async || asset("text/css; charset=utf-8", STYLE)),
        )
        .route(
            "/_mock/page.js",
            get(async || asset("text/javascript; charset=utf-8", SCRIPT)),
        )
        .route("/_mock/sound", post(sound))
}

/// Answers `GET /` of a browser on this machine with the page; every other request goes on to the service.
pub(crate) async fn at_the_root(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let accept = request.headers().get(header::ACCEPT);
    let is_browser = accept
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let is_root = request.method() == Method::GET && request.uri().path() == "/";
    if is_root && is_browser {
        return match control::refusal(request.headers(), state.settings.bind) {
            None => page(),
            Some(refusal) => refusal,
        };
    }
    next.run(request).await
}

fn page() -> Response {
    let mut response = asset("text/html; charset=utf-8", HTML);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    response
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let sniffing = HeaderName::from_static("x-content-type-options");
    headers.insert(sniffing, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// A word, and when it is spoken.
#[derive(Serialize)]
struct Word {
    text: String,
    start: f64,
    end: f64,
}

impl From<Timing> for Word {
    fn from(timing: Timing) -> Self {
        let seconds = |time: Micros| Duration::from_micros(time).as_secs_f64();
        Self {
            start: seconds(timing.start),
            end: seconds(timing.end),
            text: timing.text,
        }
    }
}

/// The audio of a request.
#[derive(Serialize)]
struct Sound {
    /// A WAV file, as base64.
    wav: String,
    words: Vec<Word>,
    /// Whether the text was longer than what was made.
    cut: bool,
}

/// `POST /_mock/sound`: the sound of a request as the journal has it. The same request always sounds the
/// same, so it is spoken once more.
async fn sound(Shared(state): Shared<Arc<State>>, body: Bytes) -> Response {
    let request = serde_json::from_slice(&body).ok().and_then(as_events);
    let Some((request, version, cut)) = request else {
        return (StatusCode::BAD_REQUEST, "this is no request for speech\n").into_response();
    };
    let made =
        tokio::task::spawn_blocking(move || tts::heard(&state, &request, version, RATE)).await;
    let Ok(Ok((wav, timings))) = made else {
        return (StatusCode::UNPROCESSABLE_ENTITY, "this cannot be spoken\n").into_response();
    };
    let words = timings.into_iter().map(Word::from).collect();
    let wav = base64_simd::STANDARD.encode_to_string(&wav);
    axum::Json(Sound { wav, words, cut }).into_response()
}

/// A request with the settings of the page, the version that it was made with, and whether it was cut.
fn as_events(mut request: Value) -> Option<(Value, ApiVersion, bool)> {
    let fields = request.as_object_mut()?;
    let version = fields.remove("cartesia_version");
    let version = version.and_then(|version| version.as_str()?.parse().ok());
    let text = fields.get("transcript")?.as_str()?;
    let shorter: String = text.chars().take(LONGEST).collect();
    let cut = shorter.len() < text.len();
    fields.insert("transcript".to_owned(), shorter.into());
    fields.insert("add_timestamps".to_owned(), true.into());
    fields.remove("add_phoneme_timestamps");
    let format = json!({"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE});
    fields.insert("output_format".to_owned(), format);
    Some((request, version.unwrap_or(ApiVersion::LATEST), cut))
}
