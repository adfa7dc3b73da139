//! A client that knows nothing, and bodies to send with it.

use std::sync::Arc;
use std::time::Duration;

use cartesia_mock::MockServer;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "sk_test_canary";
pub(crate) const NEWEST: &str = "2026-08-14";
pub(crate) const VERSIONS: [&str; 6] = [
    "2024-06-10",
    "2024-11-13",
    "2025-04-16",
    "2025-11-04",
    "2026-03-01",
    NEWEST,
];
pub(crate) const VOICE: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";

const LIMIT: Duration = Duration::from_secs(20);

/// Waits, but not for ever.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future)
        .await
        .expect("it takes too long")
}

pub(crate) async fn start() -> MockServer {
    within(MockServer::start()).await.unwrap()
}

/// Without a time limit of its own: every wait has [`within`] around it. Its TLS, which is not used,
/// trusts nobody: reading the certificates of the system would take longer than the whole test.
pub(crate) fn client() -> Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap()
}

pub(crate) fn get(server: &MockServer, version: &str, path: &str) -> RequestBuilder {
    client()
        .get(format!("{}{path}", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", version)
}

pub(crate) fn post(server: &MockServer, version: &str, path: &str, body: &Value) -> RequestBuilder {
    client()
        .post(format!("{}{path}", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", version)
        .json(body)
}

pub(crate) async fn send(request: RequestBuilder) -> Response {
    within(request.send()).await.unwrap()
}

pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, String) {
    let response = send(request).await;
    (response.status(), within(response.text()).await.unwrap())
}

pub(crate) async fn answer_json(request: RequestBuilder) -> Value {
    let (status, text) = answer(request).await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The audio of a successful `/tts/bytes`.
pub(crate) async fn audio(server: &MockServer, version: &str, body: &Value) -> Vec<u8> {
    let response = send(post(server, version, "/tts/bytes", body)).await;
    let status = response.status();
    let bytes = within(response.bytes()).await.unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
    bytes.to_vec()
}

/// A request that every version accepts, on both routes.
pub(crate) fn body(transcript: &str) -> Value {
    json!({
        "model_id": "sonic-3",
        "transcript": transcript,
        "voice": {"mode": "id", "id": VOICE},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16_000},
    })
}

/// `body` with fields replaced or, where the new value is null, removed. `a.b` is `b` within `a`.
pub(crate) fn with(mut body: Value, changes: &[(&str, Value)]) -> Value {
    for (path, value) in changes {
        let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
        let parent = parents
            .split('.')
            .filter(|part| !part.is_empty())
            .fold(&mut body, |value, part| &mut value[part]);
        let parent = parent.as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(name);
        } else {
            parent.insert(name.to_owned(), value.clone());
        }
    }
    body
}
