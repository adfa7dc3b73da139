//! What can be done to calls since 2026-03-01: what exactly is sent, and what is made of the answer.

use cartesia_http::RetryPolicy;
use cartesia_types::agent::{OutboundCall, PlaceCallsRequest};
use cartesia_types::{ApiVersion, ErrorKind};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{assert_usual_headers, at_once, builder, client, within};

async fn answering(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

/// The only request: method with path, and body.
async fn sent(server: &MockServer) -> (String, Value) {
    let requests = server.received_requests().await.unwrap();
    requests.iter().for_each(assert_usual_headers);
    assert_eq!(requests.len(), 1);
    let line = format!("{} {}", requests[0].method, requests[0].url.path());
    let body = serde_json::from_slice(&requests[0].body).unwrap_or(Value::Null);
    (line, body)
}

fn request() -> PlaceCallsRequest {
    PlaceCallsRequest::new("a", "n")
        .with_call(OutboundCall::new("+15550100").with_metadata("name", "Ann"))
        .with_ringing_timeout(std::time::Duration::from_secs(20))
}

#[tokio::test]
async fn an_agent_calls_people() {
    let answer = json!({"calls": [
        {"number": "+15550100", "agent_call_id": "ac_1"}, {"number": "+15550101", "error": "busy"},
    ]});
    let server = answering(ResponseTemplate::new(200).set_body_json(answer)).await;
    let placed = within(client(&server.uri()).agents().calls().start(request()))
        .await
        .unwrap();
    assert_eq!(placed.calls[0].agent_call_id.as_ref().unwrap(), "ac_1");
    assert_eq!(placed.failed().count(), 1);
    let (line, body) = sent(&server).await;
    assert_eq!(line, "POST /agents/calls");
    assert_eq!(
        body,
        json!({
            "from_number_id": "n", "agent_id": "a", "ringing_timeout_seconds": 20,
            "outbound_calls": [{"to_number": "+15550100", "metadata": {"name": "Ann"}}],
        })
    );
}

#[tokio::test]
async fn nobody_is_called_twice_unless_the_caller_says_so() {
    let server = answering(ResponseTemplate::new(500)).await;
    let policy: RetryPolicy = at_once(3);
    let client = builder(&server.uri())
        .retry(policy.clone())
        .build()
        .unwrap();
    let error = within(client.agents().calls().start(request()))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 1));
    assert_eq!(sent(&server).await.0, "POST /agents/calls");
    let insisting = client.agents().calls().start(request()).retry(policy);
    let error = within(insisting.idempotent(true)).await.unwrap_err();
    assert_eq!(error.attempts(), 3);
}

#[tokio::test]
async fn calls_are_cancelled_redacted_and_their_logs_read() {
    for response in [
        ResponseTemplate::new(204),
        ResponseTemplate::new(200).set_body_json(json!({"any": "thing"})),
    ] {
        let server = answering(response).await;
        within(client(&server.uri()).agents().calls().cancel("c/1"))
            .await
            .unwrap();
        assert_eq!(sent(&server).await.0, "POST /agents/calls/c%2F1/cancel");
    }

    let call = json!({"id": "c", "status": "completed", "redacted_at": "2026-03-04T00:00:00Z"});
    let server = answering(ResponseTemplate::new(200).set_body_json(call)).await;
    let call = within(client(&server.uri()).agents().calls().redact("c"))
        .await
        .unwrap();
    assert_eq!(call.redacted_at.unwrap(), "2026-03-04T00:00:00Z");
    assert_eq!(sent(&server).await.0, "DELETE /agents/calls/c");

    let logs = json!({"call_id": "c", "logs": ["one"], "updated_at": "2026-03-04T00:00:00Z"});
    let server = answering(ResponseTemplate::new(200).set_body_json(logs)).await;
    let logs = within(client(&server.uri()).agents().calls().logs("c"))
        .await
        .unwrap();
    assert_eq!((logs.call_id.unwrap().as_str(), logs.logs.len()), ("c", 1));
    assert_eq!(logs.updated_at.unwrap(), "2026-03-04T00:00:00Z");
    assert_eq!(sent(&server).await.0, "GET /agents/calls/c/logs");
}

#[tokio::test]
async fn nothing_is_sent_at_versions_without_them() {
    let server = answering(ResponseTemplate::new(200)).await;
    let old = builder(&server.uri())
        .api_version(ApiVersion::V2025_11_04)
        .build()
        .unwrap();
    let calls = old.agents().calls();
    for outcome in [
        within(calls.start(request())).await.map(drop),
        within(calls.cancel("c")).await,
        within(calls.redact("c")).await.map(drop),
        within(calls.logs("c")).await.map(drop),
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("2026-03-01"), "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
