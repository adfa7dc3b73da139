//! Calls with one answer: what exactly is sent, and what is made of the answer.

use std::time::Duration;

use cartesia_http::{Client, Error};
use cartesia_types::tts::GenerationConfig;
use cartesia_types::tts::legacy::LegacyOptions;
use cartesia_types::voice::{Gender, ListVoicesRequest};
use cartesia_types::{ApiInfo, ApiVersion, ErrorKind, Language, Mp3Format};
use http::{HeaderName, HeaderValue, Method};
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{KEY, builder, bytes_request, client, within};

async fn answering(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

/// Path and query as they were sent.
fn target(request: &Request) -> String {
    let path = request.url.path();
    match request.url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

#[tokio::test]
async fn status_is_the_root_with_all_headers() {
    let server = answering(
        ResponseTemplate::new(200)
            .set_body_json(json!({"ok": true, "version": "2026-08-14", "new": 1})),
    )
    .await;
    let info: ApiInfo = within(client(&server.uri()).status()).await.unwrap();
    assert_eq!(info.ok, Some(true));
    assert_eq!(info.version.as_deref(), Some("2026-08-14"));
    assert_eq!(info.extra["new"], 1);

    let request = only_request(&server).await;
    assert_eq!(request.method, Method::GET);
    assert_eq!(target(&request), "/");
    assert!(request.body.is_empty());
    let client_name = concat!("cartesia-rust/", env!("CARGO_PKG_VERSION"));
    for (name, value) in [
        ("authorization", format!("Bearer {KEY}").as_str()),
        ("cartesia-version", "2026-08-14"),
        ("accept", "application/json"),
        ("user-agent", client_name),
        ("x-cartesia-client", client_name),
    ] {
        assert_eq!(request.headers[name], value, "{name}");
    }
    assert!(!request.headers.contains_key("x-api-key"));
    assert!(!request.headers.contains_key("content-type"));
    assert!(!request.url.as_str().contains(KEY));
}

#[tokio::test]
async fn a_voice_list_is_asked_for_with_its_query() {
    let page = json!({"data": [{"id": "v1", "name": "One"}], "has_more": true, "next_page": "v1"});
    let server = answering(ResponseTemplate::new(200).set_body_json(page)).await;
    let request = ListVoicesRequest::new()
        .with_limit(2)
        .with_starting_after("a b")
        .with_search("warm & deep")
        .with_is_owner(false)
        .with_gender(Gender::FEMININE)
        .with_language(Language::FR)
        .with_expand("preview_file_url");
    let page = within(client(&server.uri()).voices().list(request))
        .await
        .unwrap();
    assert_eq!(page.data[0].name, "One");
    assert_eq!(page.next_cursor(), Some("v1"));

    let request = only_request(&server).await;
    assert_eq!(request.method, Method::GET);
    assert_eq!(
        target(&request),
        "/voices?limit=2&starting_after=a%20b&q=warm%20%26%20deep&is_owner=false&gender=feminine\
         &language=fr&expand[]=preview_file_url"
    );
}

#[tokio::test]
async fn one_voice_is_asked_for_by_its_encoded_id() {
    for (id, path) in [("v-1", "/voices/v-1"), ("a/b?c", "/voices/a%2Fb%3Fc")] {
        let voice = json!({"id": id, "name": "One", "description": null, "unknown": true});
        let server = answering(ResponseTemplate::new(200).set_body_json(voice)).await;
        let voice = within(client(&server.uri()).voices().get(id))
            .await
            .unwrap();
        assert_eq!((voice.id.as_str(), voice.description.as_str()), (id, ""));
        assert_eq!(target(&only_request(&server).await), path);
    }
}

#[tokio::test]
async fn a_path_in_the_base_url_stays() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({}))).await;
    let client = client(&format!("{}/gateway/", server.uri()));
    within(client.status()).await.unwrap();
    assert_eq!(target(&only_request(&server).await), "/gateway/");
}

#[tokio::test]
async fn the_response_comes_with_the_answer_when_sent() {
    let server = answering(
        ResponseTemplate::new(203)
            .insert_header("x-request-id", "id-7")
            .insert_header("x-other", "kept")
            .set_body_json(json!({"ok": true})),
    )
    .await;
    let response = within(client(&server.uri()).status().send()).await.unwrap();
    assert_eq!(response.value.ok, Some(true));
    assert_eq!(response.info.status(), 203);
    assert_eq!(response.info.request_id(), Some("id-7"));
    assert_eq!(response.info.headers()["x-other"], "kept");
    assert_eq!(response.info.attempts(), 1);
    assert_eq!(response.info.file_id(), None);
}

#[tokio::test]
async fn headers_of_a_call_win_over_those_of_the_client_and_ours() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({}))).await;
    let name = HeaderName::from_static;
    let client = builder(&server.uri())
        .header(name("x-one"), HeaderValue::from_static("client"))
        .header(name("x-two"), HeaderValue::from_static("client"))
        .build()
        .unwrap();
    let call = client
        .status()
        .header(name("x-two"), HeaderValue::from_static("call"))
        .header(name("user-agent"), HeaderValue::from_static("mine/1"));
    within(call).await.unwrap();
    let headers = only_request(&server).await.headers;
    assert_eq!(headers["x-one"], "client");
    assert_eq!(headers["x-two"], "call");
    assert_eq!(headers.get_all("x-two").iter().count(), 1);
    assert_eq!(headers["user-agent"], "mine/1");
    assert_eq!(headers.get_all("user-agent").iter().count(), 1);
}

/// What is not the answer, and what the error says of it.
#[tokio::test]
async fn answers_that_are_not_answers_are_decode_errors() {
    let page = "<!DOCTYPE html><title>canary</title>";
    for (response, says) in [
        (ResponseTemplate::new(200), "the answer is empty"),
        (
            ResponseTemplate::new(200).set_body_raw("", "application/json"),
            "the answer is empty",
        ),
        (
            ResponseTemplate::new(200).set_body_raw(page, "text/html; charset=utf-8"),
            "the answer is text/html instead of JSON",
        ),
        (
            ResponseTemplate::new(200).set_body_raw(r#"{"name":"canary"}"#, "application/json"),
            "the answer (17 bytes, an object with the key `name`) could not be decoded at line 1 column 17",
        ),
        (
            ResponseTemplate::new(200).set_body_raw("{\"id\":\n[\"canary\"]}", "application/json"),
            "could not be decoded at line 2",
        ),
        (
            ResponseTemplate::new(200).set_body_raw("{\"id\":\"can", "application/json"),
            "could not be decoded at line 1",
        ),
    ] {
        let server = answering(response.insert_header("x-request-id", "id-7")).await;
        let error = within(client(&server.uri()).voices().get("v"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert_eq!(error.operation(), "voices.get");
        assert_eq!(error.status().unwrap(), 200);
        assert_eq!(error.request_id(), Some("id-7"));
        assert_eq!(error.attempts(), 1);
        assert_eq!(error.bytes_received(), None);
        assert!(!error.is_retryable());
        let text = error.to_string();
        assert!(text.contains(says), "{text}");
        assert!(text.contains("[request id id-7]"), "{text}");
        assert!(!format!("{text} {error:?}").contains("canary"), "{error:?}");
    }
}

async fn refused_before_sending(
    call: impl AsyncFnOnce(&Client) -> Result<(), Error>,
    names: &[&str],
) {
    let server = answering(ResponseTemplate::new(200)).await;
    let error = within(call(&client(&server.uri()))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!((error.attempts(), error.status()), (0, None));
    for name in names {
        assert!(error.to_string().contains(name), "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_the_version_lacks_is_refused_before_anything_is_sent() {
    let search = ListVoicesRequest::new().with_search("x");
    let names = [
        "voices.list",
        "`q`",
        "2024-11-13",
        "2025-11-04",
        "unchecked",
    ];
    refused_before_sending(
        async |client| {
            let call = client.voices().list(search);
            call.api_version(ApiVersion::V2024_11_13).await.map(drop)
        },
        &names,
    )
    .await;
    let request = crate::support::sse_request()
        .with_legacy(LegacyOptions::new().with_duration(Duration::from_secs(1)));
    refused_before_sending(
        async |client| client.tts().sse(request).await.map(drop),
        &["tts.sse", "`duration`", "2026-08-14"],
    )
    .await;
    let format = cartesia_types::Mp3Format::default();
    let request = crate::support::bytes_request(format).with_save(true);
    refused_before_sending(
        async |client| {
            let call = client.tts().bytes(request);
            call.api_version(ApiVersion::V2024_06_10).await.map(drop)
        },
        &["tts.bytes", "`save`", "2024-06-10", "2025-04-16"],
    )
    .await;
}

#[tokio::test]
async fn unchecked_sends_what_the_version_lacks() {
    let page = json!({"data": [], "has_more": false});
    let server = answering(ResponseTemplate::new(200).set_body_json(page)).await;
    let search = ListVoicesRequest::new().with_search("x");
    let call = client(&server.uri()).voices().list(search);
    within(call.api_version(ApiVersion::V2024_11_13).unchecked())
        .await
        .unwrap();
    let request = only_request(&server).await;
    assert_eq!(target(&request), "/voices?q=x");
    assert_eq!(request.headers["cartesia-version"], "2024-11-13");
}

#[tokio::test]
async fn numbers_that_json_cannot_carry_are_refused_before_anything_is_sent() {
    let server = answering(ResponseTemplate::new(200)).await;
    let request = crate::support::sse_request()
        .with_generation_config(GenerationConfig::new().with_volume(f64::NAN));
    let call = client(&server.uri()).tts().sse(request).unchecked();
    let error = within(call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("volume"), "{error}");
    assert!(server.received_requests().await.unwrap().is_empty());
}

/// A compressed answer is read; speech asks for none, since it must not wait for a compressor.
#[tokio::test]
async fn gzip() {
    // `{"ok":true}`, compressed.
    let body = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 207, 86, 178, 42, 41, 42, 77, 173, 5, 0,
        144, 95, 212, 167, 11, 0, 0, 0,
    ];
    let compressed = ResponseTemplate::new(200)
        .insert_header("content-encoding", "gzip")
        .set_body_bytes(body);
    let server = answering(compressed).await;
    let info = within(client(&server.uri()).status()).await.unwrap();
    assert_eq!(info.ok, Some(true));
    assert!(
        only_request(&server).await.headers["accept-encoding"]
            .to_str()
            .unwrap()
            .contains("gzip")
    );

    let server = answering(ResponseTemplate::new(200).set_body_bytes([0; 4])).await;
    let speech = client(&server.uri())
        .tts()
        .bytes(bytes_request(Mp3Format::default()));
    within(async { speech.await?.collect().await })
        .await
        .unwrap();
    assert_eq!(
        only_request(&server).await.headers["accept-encoding"],
        "identity"
    );
}
