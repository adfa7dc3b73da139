//! Phone numbers and providers: what exactly is sent, and what is made of the answer.

use cartesia_types::agent::{
    ImportPhoneNumberRequest, ListProvidersRequest, ProviderReference, ProviderSettings,
    ProvisionPhoneNumberRequest, UpdatePhoneNumberRequest,
};
use cartesia_types::{ApiVersion, ErrorKind, Patch};
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

#[tokio::test]
async fn every_call_of_numbers() {
    let number = json!({"id": "n/1", "number": "+15550100", "label": "D", "agent": {"id": "a"}});
    let server = answering(200, number).await;
    let numbers = client(&server.uri()).agents().phone_numbers();
    let provider = ProviderReference::known("p");
    let import = ImportPhoneNumberRequest::new("D", "+15550100", provider);
    let got = within(numbers.get("n/1")).await.unwrap();
    assert_eq!((got.id.as_str(), got.number.as_str()), ("n/1", "+15550100"));
    assert_eq!(
        (got.label.unwrap().as_str(), got.agent.unwrap().id.as_str()),
        ("D", "a")
    );
    assert_eq!(within(numbers.import(import)).await.unwrap().id, "n/1");
    let provision = ProvisionPhoneNumberRequest::new("D").with_agent_id("a");
    assert_eq!(
        within(numbers.provision(provision)).await.unwrap().id,
        "n/1"
    );
    let nobody = UpdatePhoneNumberRequest::new().with_agent_id(Patch::Clear);
    assert_eq!(
        within(numbers.update("n/1", nobody)).await.unwrap().id,
        "n/1"
    );
    within(numbers.delete("n/1")).await.unwrap();
    let import = json!({"label": "D", "number": "+15550100", "provider": {"id": "p"}});
    let expected = [
        ("GET /agents/phone-numbers/n%2F1", Value::Null),
        ("POST /agents/phone-numbers", import),
        (
            "POST /agents/phone-numbers/provision",
            json!({"label": "D", "agent_id": "a"}),
        ),
        (
            "PATCH /agents/phone-numbers/n%2F1",
            json!({"agent_id": null}),
        ),
        ("DELETE /agents/phone-numbers/n%2F1", Value::Null),
    ];
    assert_eq!(
        sent(&server).await,
        expected.map(|(line, body)| (line.to_owned(), body))
    );

    let server = answering(200, json!([{"id": "n"}])).await;
    let page = within(client(&server.uri()).agents().phone_numbers().list())
        .await
        .unwrap();
    assert_eq!((page.data[0].id.as_str(), page.has_more), ("n", false));
    assert_eq!(sent(&server).await[0].0, "GET /agents/phone-numbers");
}

#[tokio::test]
async fn every_call_of_providers() {
    let shape = json!({"id": "p/1", "type": "twilio", "account_sid": "AC1", "region": "us1"});
    let server = answering(200, shape).await;
    let providers = client(&server.uri()).agents().phone_numbers().providers();
    let got = within(providers.get("p/1")).await.unwrap();
    assert_eq!(
        (got.id.as_str(), got.settings.account_sid.unwrap().as_str()),
        ("p/1", "AC1")
    );
    let settings = ProviderSettings::twilio("AC1", "SK1", "s");
    assert_eq!(within(providers.create(settings)).await.unwrap().id, "p/1");
    let change = ProviderSettings::new().with_label("L");
    assert_eq!(
        within(providers.update("p/1", change)).await.unwrap().id,
        "p/1"
    );
    within(providers.delete("p/1")).await.unwrap();
    let create = json!({
        "type": "twilio", "account_sid": "AC1", "api_key_sid": "SK1", "api_key_secret": "s",
    });
    let expected = [
        ("GET /agents/phone-numbers/providers/p%2F1", Value::Null),
        ("POST /agents/phone-numbers/providers", create),
        (
            "PATCH /agents/phone-numbers/providers/p%2F1",
            json!({"label": "L"}),
        ),
        ("DELETE /agents/phone-numbers/providers/p%2F1", Value::Null),
    ];
    assert_eq!(
        sent(&server).await,
        expected.map(|(line, body)| (line.to_owned(), body))
    );

    let server = answering(200, json!([{"id": "p"}])).await;
    let request = ListProvidersRequest::new()
        .with_kind("twilio")
        .with_account_sid("AC1");
    let providers = client(&server.uri()).agents().phone_numbers().providers();
    assert_eq!(
        within(providers.list(request)).await.unwrap().data[0].id,
        "p"
    );
    let line = "GET /agents/phone-numbers/providers?type=twilio&account_sid=AC1";
    assert_eq!(sent(&server).await[0].0, line);
}

#[tokio::test]
async fn no_second_number_is_rented_unless_the_caller_says_so() {
    let server = answering(503, json!({})).await;
    let client = builder(&server.uri()).retry(at_once(3)).build().unwrap();
    let numbers = client.agents().phone_numbers();
    let request = ProvisionPhoneNumberRequest::new("D");
    let error = within(numbers.provision(request)).await.unwrap_err();
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn nothing_is_sent_at_versions_without_them() {
    let server = answering(200, json!([])).await;
    let old = builder(&server.uri())
        .api_version(ApiVersion::V2025_11_04)
        .build()
        .unwrap();
    let numbers = old.agents().phone_numbers();
    for outcome in [
        within(numbers.list()).await.map(drop),
        within(numbers.provision(ProvisionPhoneNumberRequest::new("D")))
            .await
            .map(drop),
        within(numbers.delete("n")).await,
        within(numbers.providers().list(ListProvidersRequest::new()))
            .await
            .map(drop),
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("2026-03-01"), "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
