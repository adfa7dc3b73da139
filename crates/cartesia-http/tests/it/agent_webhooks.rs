//! Webhooks, and deleting metrics: what exactly is sent, and what is made of the answer.

use cartesia_types::agent::{CreateWebhookRequest, UpdateWebhookRequest};
use cartesia_types::{ApiVersion, ErrorKind};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{assert_usual_headers, builder, client, within};

async fn answering(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
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

#[tokio::test]
async fn webhooks_are_made_and_changed() {
    let shape = json!({"id": "w", "url": "https://a.example", "secret": "s", "display_name": "D"});
    let server = answering(ok(shape.clone())).await;
    let request = CreateWebhookRequest::new("https://a.example", "s").with_display_name("D");
    let webhook = within(client(&server.uri()).agents().webhooks().create(request))
        .await
        .unwrap();
    assert_eq!(
        (webhook.id.as_str(), webhook.url.as_str()),
        ("w", "https://a.example")
    );
    assert_eq!(webhook.secret.unwrap().expose(), "s");
    let (line, body) = sent(&server).await;
    assert_eq!(line, "POST /agents/webhooks");
    assert_eq!(
        body,
        json!({"url": "https://a.example", "secret": "s", "display_name": "D"})
    );

    let server = answering(ok(json!({"id": "w", "url": "u", "display_name": "E"}))).await;
    let change = UpdateWebhookRequest::new().with_display_name("E");
    let webhook = within(
        client(&server.uri())
            .agents()
            .webhooks()
            .update("w", change),
    )
    .await
    .unwrap();
    assert_eq!(
        (webhook.display_name.unwrap().as_str(), webhook.secret),
        ("E", None)
    );
    let (line, body) = sent(&server).await;
    assert_eq!(line, "PATCH /agents/webhooks/w");
    assert_eq!(body, json!({"display_name": "E"}));
}

#[tokio::test]
async fn webhooks_are_listed_got_and_deleted() {
    let one = json!({"id": "w/1", "url": "u"});
    for list in [json!([one]), json!({"data": [one], "has_more": false})] {
        let server = answering(ok(list)).await;
        let page = within(client(&server.uri()).agents().webhooks().list())
            .await
            .unwrap();
        assert_eq!((page.data[0].url.as_str(), page.has_more), ("u", false));
        assert_eq!(sent(&server).await.0, "GET /agents/webhooks");
    }
    let server = answering(ok(one)).await;
    let webhook = within(client(&server.uri()).agents().webhooks().get("w/1"))
        .await
        .unwrap();
    assert_eq!(webhook.id, "w/1");
    assert_eq!(sent(&server).await.0, "GET /agents/webhooks/w%2F1");

    for response in [ResponseTemplate::new(204), ok(json!({"any": "thing"}))] {
        let server = answering(response).await;
        within(client(&server.uri()).agents().webhooks().delete("w/1"))
            .await
            .unwrap();
        assert_eq!(sent(&server).await.0, "DELETE /agents/webhooks/w%2F1");
    }
}

#[tokio::test]
async fn a_metric_is_deleted() {
    let server = answering(ResponseTemplate::new(204)).await;
    within(client(&server.uri()).agents().metrics().delete("m/1"))
        .await
        .unwrap();
    assert_eq!(sent(&server).await.0, "DELETE /agents/metrics/m%2F1");
}

#[tokio::test]
async fn nothing_is_sent_at_versions_without_them() {
    let server = answering(ResponseTemplate::new(200)).await;
    let old = builder(&server.uri())
        .api_version(ApiVersion::V2025_11_04)
        .build()
        .unwrap();
    let webhooks = old.agents().webhooks();
    let create = webhooks.create(CreateWebhookRequest::new("u", "s"));
    for outcome in [
        within(webhooks.list()).await.map(drop),
        within(create).await.map(drop),
        within(webhooks.get("w")).await.map(drop),
        within(webhooks.update("w", UpdateWebhookRequest::new()))
            .await
            .map(drop),
        within(webhooks.delete("w")).await,
        within(old.agents().metrics().delete("m")).await,
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("2026-03-01"), "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
