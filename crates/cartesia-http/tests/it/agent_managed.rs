//! Managed agents: what exactly is sent, and what is made of the answer.

use cartesia_http::ManagedAgents;
use cartesia_types::agent::{ManagedAgentEntry, SaveManagedAgentRequest};
use cartesia_types::{ApiVersion, ErrorKind, ListRequest, Page};
use serde_json::{Value, json};
use wiremock::matchers::{any, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{assert_usual_headers, at_once, builder, client, within};

async fn answering(status: u16, body: Value) -> (MockServer, ManagedAgents) {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&server)
        .await;
    let managed = client(&server.uri()).agents().managed();
    (server, managed)
}

/// Every request: method, path with query, and body.
async fn sent(server: &MockServer) -> Vec<(String, Value)> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().for_each(assert_usual_headers);
    let line = |request: &wiremock::Request| {
        let query = request.url.query().map(|query| format!("?{query}"));
        let path = request.url.path();
        let line = format!("{} {path}{}", request.method, query.unwrap_or_default());
        let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        (line, body)
    };
    requests.iter().map(line).collect()
}

/// The only request is this.
async fn expect(server: &MockServer, line: &str, body: Value) {
    assert_eq!(sent(server).await, [(line.to_owned(), body)]);
}

fn ids(page: &Page<ManagedAgentEntry>) -> Vec<Option<&str>> {
    page.data.iter().map(ManagedAgentEntry::id).collect()
}

#[tokio::test]
async fn one_page_of_any_shape() {
    let agents = json!([{"id": "a", "model": "m"}]);
    for body in [
        agents.clone(),
        json!({"data": agents}),
        json!({"agents": agents}),
    ] {
        let (server, managed) = answering(200, body).await;
        let page = within(managed.list(ListRequest::new().with_limit(5))).await;
        let page = page.unwrap();
        assert_eq!(page.data[0].id.as_str(), "a");
        assert_eq!(page.data[0].extra["model"], "m");
        expect(&server, "GET /v1/agents?limit=5", Value::Null).await;
    }
}

#[tokio::test]
async fn all_pages() {
    let server = MockServer::start().await;
    let page = |id: &str, more: bool| {
        let body = json!({"data": [{"id": id}], "has_more": more});
        ResponseTemplate::new(200).set_body_json(body)
    };
    Mock::given(query_param_is_missing("starting_after"))
        .respond_with(page("a", true))
        .mount(&server)
        .await;
    Mock::given(query_param("starting_after", "a"))
        .respond_with(page("b", false))
        .mount(&server)
        .await;
    let managed = client(&server.uri()).agents().managed();
    let all = within(managed.list(ListRequest::new()).items().collect()).await;
    let all: Vec<_> = all.unwrap();
    let ids: Vec<_> = all.iter().map(|agent| agent.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(sent(&server).await.len(), 2);
}

#[tokio::test]
async fn create() {
    let (server, managed) = answering(201, json!({"id": "a", "name": "Desk", "x": [1]})).await;
    let request = SaveManagedAgentRequest::new()
        .with_name("Desk")
        .with_field("model", json!({"id": "m"}));
    let made = within(managed.create(request)).await.unwrap();
    assert_eq!(
        (made.name.as_deref(), &made.extra["x"]),
        (Some("Desk"), &json!([1]))
    );
    let body = json!({"name": "Desk", "model": {"id": "m"}});
    expect(&server, "POST /v1/agents", body).await;
}

#[tokio::test]
async fn get() {
    let (server, managed) = answering(200, json!({"id": "a/1", "created_at": "t"})).await;
    let agent = within(managed.get("a/1")).await.unwrap();
    assert_eq!(agent.id.as_str(), "a/1");
    assert_eq!(agent.created_at.unwrap().as_str(), "t");
    expect(&server, "GET /v1/agents/a%2F1", Value::Null).await;
}

#[tokio::test]
async fn update() {
    let (server, managed) = answering(200, json!({"id": "a/1", "model": "n"})).await;
    let request = SaveManagedAgentRequest::new().with_field("model", "n");
    let agent = within(managed.update("a/1", request)).await.unwrap();
    assert_eq!(agent.extra["model"], "n");
    expect(&server, "PATCH /v1/agents/a%2F1", json!({"model": "n"})).await;
}

#[tokio::test]
async fn delete() {
    let (server, managed) = answering(204, Value::Null).await;
    within(managed.delete("a/1")).await.unwrap();
    expect(&server, "DELETE /v1/agents/a%2F1", Value::Null).await;
}

#[tokio::test]
async fn models() {
    let (server, managed) = answering(200, json!({"models": ["m", {"id": "n"}]})).await;
    let page = within(managed.models()).await.unwrap();
    assert_eq!(ids(&page), [Some("m"), Some("n")]);
    expect(&server, "GET /v1/agents/models", Value::Null).await;
}

#[tokio::test]
async fn tools() {
    let (server, managed) = answering(200, json!({"tools": [{"id": "t", "schema": {}}]})).await;
    let page = within(managed.tools()).await.unwrap();
    assert_eq!(page.data[0].value, json!({"id": "t", "schema": {}}));
    expect(&server, "GET /v1/agents/tools", Value::Null).await;
}

#[tokio::test]
async fn versions() {
    let (server, managed) =
        answering(200, json!({"versions": [{"id": "v"}, {"version": 2}]})).await;
    let page = within(managed.versions("a/1")).await.unwrap();
    assert_eq!(ids(&page), [Some("v"), None]);
    expect(&server, "GET /v1/agents/a%2F1/versions", Value::Null).await;
}

#[tokio::test]
async fn no_agent_is_made_twice_by_mistake() {
    let (server, _) = answering(500, json!({"message": "broken"})).await;
    let client = builder(&server.uri()).retry(at_once(3)).build().unwrap();
    let managed = client.agents().managed();
    let error = within(managed.create(SaveManagedAgentRequest::new())).await;
    assert_eq!(error.unwrap_err().attempts(), 1);
    assert_eq!(within(managed.get("a")).await.unwrap_err().attempts(), 3);
}

#[tokio::test]
async fn nothing_is_sent_at_versions_without_them() {
    let (server, _) = answering(200, json!({})).await;
    let old = builder(&server.uri())
        .api_version(ApiVersion::V2026_03_01)
        .build()
        .unwrap();
    let managed = old.agents().managed();
    let request = SaveManagedAgentRequest::new;
    for outcome in [
        within(managed.list(ListRequest::new())).await.map(drop),
        within(managed.create(request())).await.map(drop),
        within(managed.get("a")).await.map(drop),
        within(managed.update("a", request())).await.map(drop),
        within(managed.delete("a")).await,
        within(managed.models()).await.map(drop),
        within(managed.tools()).await.map(drop),
        within(managed.versions("a")).await.map(drop),
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("2026-08-14"), "{error}");
    }
    assert!(sent(&server).await.is_empty());
}
