//! Access tokens: what they open, and until when.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cartesia_mock::MockServer;
use serde_json::{Value, json};

use crate::support::{NEWEST, VERSIONS, answer, answer_json, body, client, post, start};

async fn mint(server: &MockServer, request: &Value) -> String {
    let answer = answer_json(post(server, NEWEST, "/access-token", request)).await;
    assert_eq!(answer.as_object().unwrap().len(), 1);
    answer["token"].as_str().unwrap().to_owned()
}

async fn status(server: &MockServer, token: &str, path: &str, body: &Value) -> u16 {
    let call = client()
        .post(format!("{}{path}", server.url()))
        .bearer_auth(token)
        .header("cartesia-version", NEWEST)
        .json(body);
    answer(call).await.0.as_u16()
}

#[tokio::test]
async fn a_token_opens_what_it_was_granted_until_it_expires() {
    let server = start().await;
    let speak = body("Hi.");
    let request = json!({"grants": {"tts": true}, "expires_in": 600});
    let token = mint(&server, &request).await;
    assert_eq!(status(&server, &token, "/tts/bytes", &speak).await, 200);
    assert_eq!(status(&server, &token, "/tts/sse", &speak).await, 200);
    for path in ["/voices", "/voices/mix", "/access-token"] {
        assert_eq!(status(&server, &token, path, &request).await, 403, "{path}");
    }
    let other = mint(
        &server,
        &json!({"grants": {"tts": false, "stt": true, "agent": null}}),
    )
    .await;
    assert_eq!(status(&server, &other, "/tts/bytes", &speak).await, 403);
    assert_eq!(
        status(&server, "eyJ.unknown", "/tts/bytes", &speak).await,
        401
    );
    server.expire_access_tokens();
    assert_eq!(status(&server, &token, "/tts/bytes", &speak).await, 401);
    assert!(!format!("{server:?}{:?}", server.received()).contains(&token));
}

#[tokio::test]
async fn a_token_says_itself_when_it_expires() {
    let server = start().await;
    let token = mint(&server, &json!({"expires_in": 600})).await;
    let payload = token.split('.').nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let seconds = |name: &str| payload[name].as_u64().unwrap();
    assert_eq!(seconds("exp") - seconds("iat"), 600);
}

#[tokio::test]
async fn requests_for_tokens_are_checked_at_every_version() {
    let server = start().await;
    for version in VERSIONS {
        answer_json(post(&server, version, "/access-token", &json!({}))).await;
        for request in [
            json!([]),
            json!({"grants": true}),
            json!({"grants": {"tts": 1}}),
            json!({"expires_in": 0}),
            json!({"expires_in": 3601}),
            json!({"expires_in": 1.5}),
        ] {
            let (status, _) = answer(post(&server, version, "/access-token", &request)).await;
            assert_eq!(status, 400, "{request}");
        }
    }
}
