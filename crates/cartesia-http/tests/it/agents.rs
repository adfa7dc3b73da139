//! `/agents`: what exactly is sent for each call, and what is made of the answer.

use cartesia_http::{Client, Error};
use cartesia_types::agent::{
    CreateMetricRequest, ListCallsRequest, ListMetricResultsRequest, ListMetricsRequest,
    MetricResultFilter, UpdateAgentRequest,
};
use cartesia_types::{ApiVersion, ErrorKind};
use http::Method;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

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

/// The only request: method, path with query, and body.
async fn sent(server: &MockServer) -> (Request, String, Value) {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let request = requests.remove(0);
    assert_usual_headers(&request);
    let query = request.url.query().map(|query| format!("?{query}"));
    let line = format!(
        "{} {}{}",
        request.method,
        request.url.path(),
        query.unwrap_or_default()
    );
    let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    (request, line, body)
}

#[tokio::test]
async fn agents_are_listed_and_got() {
    let server = answering(ok(json!({"summaries": [{"id": "a", "name": "One"}]}))).await;
    let page = within(client(&server.uri()).agents().list()).await.unwrap();
    assert_eq!((page.data[0].name.as_str(), page.has_more), ("One", false));
    let (request, line, _) = sent(&server).await;
    assert_eq!(line, "GET /agents");
    assert_eq!(request.headers["accept"], "application/json");

    let server = answering(ok(
        json!({"id": "a/b", "name": "One", "deployment_count": 2}),
    ))
    .await;
    let agent = within(client(&server.uri()).agents().get("a/b"))
        .await
        .unwrap();
    assert_eq!((agent.id.as_str(), agent.deployment_count), ("a/b", 2));
    assert_eq!(sent(&server).await.1, "GET /agents/a%2Fb");
}

#[tokio::test]
async fn an_agent_is_changed_and_deleted() {
    let server = answering(ok(json!({"id": "a", "name": "New"}))).await;
    let change = UpdateAgentRequest::new()
        .with_name("New")
        .with_tts_voice("v");
    let agent = within(client(&server.uri()).agents().update("a", change))
        .await
        .unwrap();
    assert_eq!(agent.name, "New");
    let (request, line, body) = sent(&server).await;
    assert_eq!(line, "PATCH /agents/a");
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(body, json!({"name": "New", "tts_voice": "v"}));

    let server = answering(ResponseTemplate::new(204)).await;
    within(client(&server.uri()).agents().delete("a"))
        .await
        .unwrap();
    let (request, line, _) = sent(&server).await;
    assert_eq!(line, "DELETE /agents/a");
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn templates_and_numbers_are_listed() {
    let server = answering(ok(json!({"templates": [{"id": "t", "root_dir": "basic"}]}))).await;
    let page = within(client(&server.uri()).agents().templates())
        .await
        .unwrap();
    assert_eq!(page.data[0].root_dir, "basic");
    assert_eq!(sent(&server).await.1, "GET /agents/templates");

    let number = json!({"agent_id": "a", "number": "+15550100", "is_cartesia_managed": true});
    let server = answering(ok(json!([number]))).await;
    let page = within(client(&server.uri()).agents().phone_numbers().of_agent("a"))
        .await
        .unwrap();
    assert_eq!(page.data[0].number, "+15550100");
    assert_eq!(sent(&server).await.1, "GET /agents/a/phone-numbers");
}

#[tokio::test]
async fn calls_are_listed_and_got() {
    let call = json!({
        "id": "c1", "agent_id": "a", "status": "completed", "summary": "s",
        "transcript": [{"role": "user", "start_timestamp": 0.5, "end_timestamp": 1, "text": "Hi"}],
    });
    let server = answering(ok(json!({"data": [call], "next_page": "c1"}))).await;
    let request = ListCallsRequest::new("a")
        .with_transcripts()
        .with_limit(1)
        .with_starting_after("c 0");
    let page = within(client(&server.uri()).agents().calls().list(request))
        .await
        .unwrap();
    assert_eq!(page.next_cursor(), Some("c1"));
    let turns = page.data[0].transcript.as_ref().unwrap();
    assert_eq!(turns[0].text.as_deref(), Some("Hi"));
    assert_eq!(
        sent(&server).await.1,
        "GET /agents/calls?agent_id=a&expand=transcript&limit=1&starting_after=c%200"
    );

    let server = answering(ok(json!({"id": "c1", "status": "failed"}))).await;
    let call = within(client(&server.uri()).agents().calls().get("c1"))
        .await
        .unwrap();
    assert_eq!(call.status.unwrap(), "failed");
    assert_eq!(sent(&server).await.1, "GET /agents/calls/c1");
}

#[tokio::test]
async fn the_audio_of_a_call_is_a_body_or_nothing() {
    let format = cartesia_types::RawFormat::PCM_S16LE_16000;
    let header = cartesia_types::wav::header(format, None);
    let body = [&header[..], &[1, 2]].concat();
    let response = ResponseTemplate::new(200).set_body_raw(body.clone(), "audio/wav");
    let server = answering(response).await;
    let audio = within(client(&server.uri()).agents().calls().audio("c1"))
        .await
        .unwrap();
    assert_eq!(within(audio.collect()).await.unwrap(), body);
    let (request, line, _) = sent(&server).await;
    assert_eq!(line, "GET /agents/calls/c1/audio");
    assert_eq!(request.headers["accept"], "*/*");

    let server = answering(ResponseTemplate::new(204)).await;
    let audio = within(client(&server.uri()).agents().calls().audio("c1"))
        .await
        .unwrap();
    assert_eq!(audio.info().status(), 204);
    assert!(within(audio.collect()).await.unwrap().is_empty());

    for media in ["text/html", "application/problem+json", "image/png"] {
        let page = ResponseTemplate::new(200).set_body_raw("<html>", media);
        let server = answering(page).await;
        let error = within(client(&server.uri()).agents().calls().audio("c1"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
    // Nothing is not the same as no recording.
    for empty in [&b""[..], &header] {
        let empty = ResponseTemplate::new(200).set_body_raw(empty, "audio/wav");
        let server = answering(empty).await;
        let audio = within(client(&server.uri()).agents().calls().audio("c1"))
            .await
            .unwrap();
        let error = within(audio.collect()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incomplete);
    }
}

#[tokio::test]
async fn metrics_are_listed_made_and_got() {
    let metric = json!({"id": "m", "name": "mood", "prompt": "How?", "display_name": null});
    let server = answering(ok(
        json!({"data": [metric], "has_more": true, "next_page": "m"}),
    ))
    .await;
    let request = ListMetricsRequest::new()
        .with_limit(1)
        .with_starting_after("l");
    let page = within(client(&server.uri()).agents().metrics().list(request))
        .await
        .unwrap();
    assert_eq!(page.next_cursor(), Some("m"));
    assert_eq!(
        sent(&server).await.1,
        "GET /agents/metrics?limit=1&starting_after=l"
    );

    let server = answering(ok(metric.clone())).await;
    let request = CreateMetricRequest::new("mood", "How?").with_display_name("Mood");
    let made = within(client(&server.uri()).agents().metrics().create(request))
        .await
        .unwrap();
    assert_eq!((made.id.as_str(), made.name.as_str()), ("m", "mood"));
    let (_, line, body) = sent(&server).await;
    assert_eq!(line, "POST /agents/metrics");
    assert_eq!(
        body,
        json!({"name": "mood", "prompt": "How?", "display_name": "Mood"})
    );

    let server = answering(ok(metric)).await;
    let got = within(client(&server.uri()).agents().metrics().get("m"))
        .await
        .unwrap();
    assert_eq!(got.prompt, "How?");
    assert_eq!(sent(&server).await.1, "GET /agents/metrics/m");
}

#[tokio::test]
async fn metrics_are_attached_and_detached() {
    let server = answering(ResponseTemplate::new(204)).await;
    let metrics = client(&server.uri()).agents().metrics();
    within(metrics.attach("a", "m/1")).await.unwrap();
    let (request, line, _) = sent(&server).await;
    assert_eq!(line, "POST /agents/a/metrics/m%2F1");
    assert!(request.body.is_empty());
    let server = answering(ResponseTemplate::new(204)).await;
    let metrics = client(&server.uri()).agents().metrics();
    within(metrics.detach("a", "m")).await.unwrap();
    assert_eq!(sent(&server).await.1, "DELETE /agents/a/metrics/m");
}

#[tokio::test]
async fn results_are_listed_and_exported() {
    let result = json!({"id": "r", "metricId": "m", "metricName": "mood", "result": "good",
        "callId": "c", "agentId": "a", "value": 1, "status": "completed"});
    let server = answering(ok(json!({"data": [result], "has_more": false}))).await;
    let filter = MetricResultFilter::new()
        .with_agent_id("a")
        .with_start_date("2026-01-01T00:00:00Z");
    let request = ListMetricResultsRequest::from(filter.clone()).with_limit(9);
    let page = within(client(&server.uri()).agents().metrics().results(request))
        .await
        .unwrap();
    assert_eq!(page.data[0].metric_name, "mood");
    assert_eq!(page.data[0].value, Some(json!(1)));
    let query = "agent_id=a&start_date=2026-01-01T00%3A00%3A00Z";
    assert_eq!(
        sent(&server).await.1,
        format!("GET /agents/metrics/results?{query}&limit=9")
    );

    let csv = "id,result\nr,good\n";
    let response = ResponseTemplate::new(200).set_body_raw(csv, "text/csv; charset=utf-8");
    let server = answering(response).await;
    let export = within(client(&server.uri()).agents().metrics().export(filter))
        .await
        .unwrap();
    assert_eq!(within(export.collect()).await.unwrap(), csv);
    let (request, line, _) = sent(&server).await;
    assert_eq!(line, format!("GET /agents/metrics/results/export?{query}"));
    assert_eq!(request.headers["accept"], "text/csv");
}

#[tokio::test]
async fn deployments_are_listed_and_got() {
    let server = answering(ok(
        json!([{"id": "d", "status": "deployed", "is_live": true}]),
    ))
    .await;
    let page = within(client(&server.uri()).agents().deployments().list("a"))
        .await
        .unwrap();
    assert!(page.data[0].is_live);
    assert_eq!(sent(&server).await.1, "GET /agents/a/deployments");
    let server = answering(ok(json!({"id": "d", "build_logs": "done"}))).await;
    let deployment = within(client(&server.uri()).agents().deployments().get("d"))
        .await
        .unwrap();
    assert_eq!(deployment.build_logs.as_deref(), Some("done"));
    assert_eq!(sent(&server).await.1, "GET /agents/deployments/d");
}

async fn outcomes(client: &Client) -> Vec<Result<(), Error>> {
    let agents = client.agents();
    let (calls, metrics) = (agents.calls(), agents.metrics());
    vec![
        agents.list().await.map(drop),
        agents.get("a").await.map(drop),
        agents
            .update("a", UpdateAgentRequest::new())
            .await
            .map(drop),
        agents.delete("a").await,
        agents.templates().await.map(drop),
        agents.phone_numbers().of_agent("a").await.map(drop),
        calls.list(ListCallsRequest::new("a")).await.map(drop),
        calls.get("c").await.map(drop),
        calls.audio("c").await.map(drop),
        metrics.list(ListMetricsRequest::new()).await.map(drop),
        metrics
            .create(CreateMetricRequest::new("n", "p"))
            .await
            .map(drop),
        metrics.get("m").await.map(drop),
        metrics.attach("a", "m").await,
        metrics.detach("a", "m").await,
        metrics
            .results(ListMetricResultsRequest::new())
            .await
            .map(drop),
        metrics.export(MetricResultFilter::new()).await.map(drop),
        agents.deployments().list("a").await.map(drop),
        agents.deployments().get("d").await.map(drop),
    ]
}

#[tokio::test]
async fn nothing_is_sent_at_versions_without_agents() {
    let server = answering(ok(json!({"data": []}))).await;
    let old = builder(&server.uri())
        .api_version(ApiVersion::V2024_11_13)
        .build()
        .unwrap();
    for outcome in within(outcomes(&old)).await {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("2025-04-16"), "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
    let first = builder(&server.uri())
        .api_version(ApiVersion::V2025_04_16)
        .build()
        .unwrap();
    within(first.agents().list()).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[0].method, Method::GET);
}
