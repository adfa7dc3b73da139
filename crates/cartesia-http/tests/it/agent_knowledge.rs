//! Folders, documents and call batches: what exactly is sent, and what is made of the answer.

use cartesia_types::agent::{
    CreateCallBatchRequest, CreateDocumentRequest, CreateDocumentsRequest, CreateFolderRequest,
    UpdateDocumentRequest, UpdateFolderRequest,
};
use cartesia_types::{ApiVersion, ErrorKind, ListRequest};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{assert_usual_headers, at_once, builder, client, within};

async fn answering(status: u16, body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&server)
        .await;
    server
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

fn expect(sent: &[(String, Value)], lines: &[(&str, Value)]) {
    let lines: Vec<_> = lines
        .iter()
        .map(|(line, body)| ((*line).to_owned(), body.clone()))
        .collect();
    assert_eq!(sent, lines);
}

#[tokio::test]
async fn every_call_of_folders() {
    let folder = json!({"id": "f/1", "name": "Rooms", "parent_id": "p", "documents": ["d"]});
    let server = answering(201, folder).await;
    let folders = client(&server.uri()).agents().folders();
    let create = CreateFolderRequest::new("Rooms").with_parent_id("p");
    let made = within(folders.create(create)).await.unwrap();
    assert_eq!((made.id.as_str(), made.name.as_str()), ("f/1", "Rooms"));
    assert_eq!(within(folders.get("f/1")).await.unwrap(), made);
    let change = UpdateFolderRequest::new().with_name("Beds");
    within(folders.update("f/1", change)).await.unwrap();
    within(folders.delete("f/1")).await.unwrap();
    expect(
        &sent(&server).await,
        &[
            (
                "POST /agents/folders",
                json!({"name": "Rooms", "parent_id": "p"}),
            ),
            ("GET /agents/folders/f%2F1", Value::Null),
            ("PATCH /agents/folders/f%2F1", json!({"name": "Beds"})),
            ("DELETE /agents/folders/f%2F1", Value::Null),
        ],
    );
}

#[tokio::test]
async fn every_call_of_documents() {
    let document = json!({"id": "d/1", "folder_id": "f", "content": "c", "name": "n"});
    let server = answering(201, document).await;
    let documents = client(&server.uri()).agents().documents();
    let create = CreateDocumentRequest::new("f", "c").with_name("n");
    let made = within(documents.create(create)).await.unwrap();
    assert_eq!(
        (made.id.as_str(), made.content.as_deref()),
        ("d/1", Some("c"))
    );
    assert_eq!(within(documents.get("d/1")).await.unwrap(), made);
    let change = UpdateDocumentRequest::new().with_content("d");
    within(documents.update("d/1", change)).await.unwrap();
    within(documents.delete("d/1")).await.unwrap();
    expect(
        &sent(&server).await,
        &[
            (
                "POST /agents/documents",
                json!({"folder_id": "f", "content": "c", "name": "n"}),
            ),
            ("GET /agents/documents/d%2F1", Value::Null),
            ("PATCH /agents/documents/d%2F1", json!({"content": "d"})),
            ("DELETE /agents/documents/d%2F1", Value::Null),
        ],
    );
}

#[tokio::test]
async fn documents_of_any_answer_are_made_together() {
    let both = json!([{"id": "d1"}, {"id": "d2"}]);
    for answer in [
        both.clone(),
        json!({"documents": both}),
        json!({"data": both}),
    ] {
        let server = answering(201, answer).await;
        let request = ["a", "b"].map(|text| CreateDocumentRequest::new("f", text));
        let request = CreateDocumentsRequest::new(request);
        let documents = client(&server.uri()).agents().documents();
        let made = within(documents.create_all(request)).await.unwrap();
        let ids: Vec<_> = made.iter().map(|document| document.id.as_str()).collect();
        assert_eq!(ids, ["d1", "d2"]);
        let body = json!({"documents": [
            {"folder_id": "f", "content": "a"}, {"folder_id": "f", "content": "b"},
        ]});
        expect(
            &sent(&server).await,
            &[("POST /agents/documents/bulk", body)],
        );
    }
}

#[tokio::test]
async fn every_call_of_batches() {
    let batch = json!({"id": "acb/1", "name": "Spring", "total_calls_scheduled": 1});
    let server = answering(201, batch).await;
    let batches = client(&server.uri()).agents().calls().batches();
    let create = CreateCallBatchRequest::new("Spring", "a", "p").with_recipient("+15550100");
    let made = within(batches.create(create)).await.unwrap();
    assert_eq!((made.id.as_str(), made.total_calls_scheduled), ("acb/1", 1));
    assert_eq!(within(batches.get("acb/1")).await.unwrap(), made);
    within(batches.cancel("acb/1")).await.unwrap();
    within(batches.retry("acb/1")).await.unwrap();
    expect(
        &sent(&server).await,
        &[
            (
                "POST /agents/calls/batches",
                json!({
                    "name": "Spring", "agent_id": "a", "from_number_id": "p",
                    "recipients": [{"to_number": "+15550100"}],
                }),
            ),
            ("GET /agents/calls/batches/acb%2F1", Value::Null),
            ("POST /agents/calls/batches/acb%2F1/cancel", Value::Null),
            ("POST /agents/calls/batches/acb%2F1/retry", Value::Null),
        ],
    );
}

#[tokio::test]
async fn lists_of_any_shape() {
    for name in ["data", "folders", "documents", "batches"] {
        let server = answering(200, json!({name: [{"id": "x"}]})).await;
        let agents = client(&server.uri()).agents();
        let request = || ListRequest::new().with_limit(5);
        let ids = [
            within(agents.folders().list(request())).await.unwrap().data[0]
                .id
                .to_string(),
            within(agents.documents().list(request()))
                .await
                .unwrap()
                .data[0]
                .id
                .to_string(),
            within(agents.calls().batches().list(ListRequest::new()))
                .await
                .unwrap()
                .data[0]
                .id
                .to_string(),
        ];
        assert_eq!(ids, ["x", "x", "x"]);
        expect(
            &sent(&server).await,
            &[
                ("GET /agents/folders?limit=5", Value::Null),
                ("GET /agents/documents?limit=5", Value::Null),
                ("GET /agents/calls/batches", Value::Null),
            ],
        );
    }
}

#[tokio::test]
async fn nobody_is_called_twice_by_mistake() {
    let server = answering(503, json!({"message": "busy"})).await;
    let client = builder(&server.uri()).retry(at_once(3)).build().unwrap();
    let batches = client.agents().calls().batches();
    let create = || CreateCallBatchRequest::new("n", "a", "p").with_recipient("+15550100");
    let error = within(batches.create(create())).await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    let error = within(batches.retry("b")).await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    let allowed = batches.create(create()).retry(at_once(2));
    assert_eq!(within(allowed).await.unwrap_err().attempts(), 2);
    assert_eq!(within(batches.cancel("b")).await.unwrap_err().attempts(), 3);
}

#[tokio::test]
async fn nothing_is_sent_at_versions_without_them() {
    let server = answering(200, json!({})).await;
    let old = builder(&server.uri())
        .api_version(ApiVersion::V2025_11_04)
        .build()
        .unwrap();
    let agents = old.agents();
    let (folders, documents) = (agents.folders(), agents.documents());
    let batches = agents.calls().batches();
    let document = || CreateDocumentRequest::new("f", "c");
    for outcome in [
        within(folders.list(ListRequest::new())).await.map(drop),
        within(folders.create(CreateFolderRequest::new("n")))
            .await
            .map(drop),
        within(documents.list(ListRequest::new())).await.map(drop),
        within(documents.create(document())).await.map(drop),
        within(documents.create_all(CreateDocumentsRequest::new([document()])))
            .await
            .map(drop),
        within(batches.list(ListRequest::new())).await.map(drop),
        within(batches.cancel("b")).await,
        within(batches.retry("b")).await,
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("2026-03-01"), "{error}");
    }
    assert!(sent(&server).await.is_empty());
}
