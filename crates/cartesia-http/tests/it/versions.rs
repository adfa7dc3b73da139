//! One client, every API version: what is sent with each, and each version's answers.

use cartesia_types::voice::{ListVoicesRequest, VoiceAccess};
use cartesia_types::{AccessToken, ApiVersion};
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{KEY, builder, client, sse_request, within};

/// The voice list as each version answers.
fn voice_list(version: ApiVersion) -> Value {
    let page = |voice: Value| json!({"data": [voice], "has_more": true, "next_page": "cursor"});
    match version {
        ApiVersion::V2024_06_10 => json!([
            {"id": "v1", "user_id": null, "is_public": true, "name": "One", "description": "d",
             "created_at": "2024-06-01T00:00:00Z", "embedding": [0.5, -1.0], "language": "en"},
            {"id": "v2", "name": "Two"},
        ]),
        ApiVersion::V2024_11_13 | ApiVersion::V2025_04_16 => json!({
            "data": [{"id": "v1", "name": "One", "is_owner": false}], "has_more": true,
        }),
        ApiVersion::V2025_11_04 => page(json!({"id": "v1", "name": "One", "is_public": true})),
        ApiVersion::V2026_03_01 => {
            page(json!({"id": "v1", "name": "One", "access": {"type": "public"}}))
        }
        _ => page(json!({"id": "v1", "name": "One", "access": "public", "visibility": "all"})),
    }
}

#[tokio::test]
async fn every_version_is_sent_and_its_voice_list_is_read() {
    let server = MockServer::start().await;
    for version in ApiVersion::KNOWN {
        Mock::given(method("GET"))
            .and(path("/voices"))
            .and(header("cartesia-version", version.to_string().as_str()))
            .respond_with(ResponseTemplate::new(200).set_body_json(voice_list(version)))
            .expect(1)
            .mount(&server)
            .await;
    }
    for version in ApiVersion::KNOWN {
        let client = builder(&server.uri()).api_version(version).build().unwrap();
        assert_eq!(client.api_version(), version);
        let page = within(client.voices().list(ListVoicesRequest::new()))
            .await
            .unwrap();
        assert_eq!(page.data[0].name, "One", "{version}");
        let bare_array = version == ApiVersion::V2024_06_10;
        assert_eq!(page.data.len(), if bare_array { 2 } else { 1 });
        let cursor = match version {
            ApiVersion::V2024_06_10 => None,
            ApiVersion::V2024_11_13 | ApiVersion::V2025_04_16 => Some("v1"),
            _ => Some("cursor"),
        };
        assert_eq!(page.next_cursor().map(AsRef::as_ref), cursor, "{version}");
        let access = (version >= ApiVersion::V2026_03_01).then_some(VoiceAccess::PUBLIC);
        assert_eq!(page.data[0].access, access, "{version}");
        assert_eq!(page.data[0].embedding.is_some(), bare_array);
    }
}

#[tokio::test]
async fn a_key_has_its_own_header_before_2025_04_16_and_a_token_never() {
    let server = MockServer::start().await;
    Mock::given(path("/"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({})))
        .mount(&server)
        .await;
    let key = client(&server.uri());
    let token = builder(&server.uri())
        .credential(AccessToken::new("jwt.canary").unwrap())
        .build()
        .unwrap();
    for version in ApiVersion::KNOWN {
        within(key.status().api_version(version)).await.unwrap();
        within(token.status().api_version(version)).await.unwrap();
        let requests = server.received_requests().await.unwrap();
        let headers = requests.iter().rev().take(2).map(|request| {
            let text = |name| {
                request
                    .headers
                    .get(name)
                    .map(|value| value.to_str().unwrap())
            };
            (text("authorization"), text("x-api-key"))
        });
        let [with_token, with_key] = headers.collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(with_token, (Some("Bearer jwt.canary"), None), "{version}");
        let bearer = format!("Bearer {KEY}");
        let expected = if version < ApiVersion::V2025_04_16 {
            (None, Some(KEY))
        } else {
            (Some(bearer.as_str()), None)
        };
        assert_eq!(with_key, expected, "{version}");
    }
}

#[tokio::test]
async fn the_version_of_a_call_wins_over_that_of_its_client() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(header("cartesia-version", "2024-11-13"))
        .and(header("x-api-key", KEY))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"version": "old"})))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(header("cartesia-version", "2031-01-02"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"version": "new"})))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let old = within(client.status().api_version(ApiVersion::V2024_11_13)).await;
    assert_eq!(old.unwrap().version.as_deref(), Some("old"));
    let new = within(client.status().api_version("2031-01-02".parse().unwrap())).await;
    assert_eq!(new.unwrap().version.as_deref(), Some("new"));
}

/// The voice goes out in the one form that every version takes.
#[tokio::test]
async fn a_synthesis_is_the_same_json_at_every_version() {
    for version in ApiVersion::KNOWN {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/tts/sse"))
            .and(header("content-type", "application/json"))
            .and(header("accept", "text/event-stream"))
            .respond_with(ResponseTemplate::new(200).set_body_raw("", "text/event-stream"))
            .expect(1)
            .mount(&server)
            .await;
        let call = client(&server.uri()).tts().sse(sse_request());
        let _unread = within(call.api_version(version)).await.unwrap();
        let request = server.received_requests().await.unwrap().remove(0);
        assert_eq!(
            request.body_json::<Value>().unwrap(),
            json!({
                "model_id": cartesia_types::ModelId::SONIC_LATEST.as_str(),
                "transcript": crate::support::TRANSCRIPT,
                "voice": {"mode": "id", "id": "a0e99841-438c-4a64-b679-ae501e7d6091"},
                "output_format":
                    {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16_000},
            }),
            "{version}"
        );
    }
}
