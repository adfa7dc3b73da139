//! Who may call, at which version, and in which shape a refusal comes.

use cartesia_mock::MockServer;
use serde_json::{Value, json};

use crate::support::{
    KEY, NEWEST, VERSIONS, answer, answer_json, body, client, get, post, send, start, with, within,
};

/// The refusal with the identifier of its request cut out, after a check that it is the right one.
async fn refusal(server: &MockServer, version: &str, body: &Value) -> (u16, String, String) {
    let response = send(post(server, version, "/tts/bytes", body)).await;
    let status = response.status().as_u16();
    let id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let content_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let text = within(response.text()).await.unwrap();
    assert_eq!(text.contains(&id), content_type == "application/json");
    (status, content_type, text.replace(&id, "ID"))
}

#[tokio::test]
async fn refusals_have_the_shape_of_their_version() {
    let server = start().await;
    let body = with(body("Hi."), &[("voice.id", json!("none"))]);
    for version in VERSIONS {
        let expected = if version >= "2026-03-01" {
            let text = "{\"error_code\":\"voice_not_found\",\"title\":\"Voice not found\",\
                        \"message\":\"there is no voice \\\"none\\\"\",\"request_id\":\"ID\"}";
            (404, "application/json".to_owned(), text.to_owned())
        } else {
            let text = "Voice not found: there is no voice \"none\"";
            (400, "text/plain; charset=utf-8".to_owned(), text.to_owned())
        };
        assert_eq!(
            refusal(&server, version, &body).await,
            expected,
            "{version}"
        );
    }
}

#[tokio::test]
async fn codes_and_optional_fields() {
    let server = start().await;
    for (changes, status, code, documented) in [
        ([("transcript", json!(""))], 400, Value::Null, false),
        (
            [("model_id", json!("nope"))],
            404,
            json!("model_not_found"),
            false,
        ),
        (
            [("model_id", json!("sonic-english"))],
            400,
            json!("model_sunsetted"),
            true,
        ),
        (
            [("language", json!("tlh"))],
            400,
            json!("language_not_supported"),
            false,
        ),
    ] {
        let (found, _, text) = refusal(&server, NEWEST, &with(body("Hi."), &changes)).await;
        let error: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (found, error.get("error_code")),
            (status, Some(&code)),
            "{text}"
        );
        assert_eq!(error.get("doc_url").is_some(), documented, "{text}");
    }
}

#[tokio::test]
async fn a_key_is_needed() {
    let server = start().await;
    let url = format!("{}/voices", server.url());
    for version in VERSIONS {
        for (header, value, expected) in [
            ("authorization", "Bearer sk_car_1", 200),
            ("x-api-key", "sk_car_1", 200),
            ("authorization", "Bearer anything", 200),
            ("authorization", "Bearer ", 401),
            ("authorization", "Basic c2tfMQ==", 401),
            ("x-api-key", "", 401),
            ("x-other", "sk_car_1", 401),
        ] {
            let request = client()
                .get(&url)
                .header("cartesia-version", version)
                .header(header, value);
            let (status, text) = answer(request).await;
            assert_eq!(status, expected, "{version} {header}: {text}");
            if status == 401 {
                let shape = if version >= "2026-03-01" {
                    "\"unauthorized\""
                } else {
                    "Unauthorized: "
                };
                assert!(text.contains(shape), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn a_version_is_needed() {
    let server = start().await;
    let url = format!("{}/voices", server.url());
    let (status, text) = answer(client().get(&url).bearer_auth(KEY)).await;
    assert_eq!(status, 400);
    assert!(text.contains("`Cartesia-Version` is missing"), "{text}");
    for version in [
        "",
        "latest",
        "2026-8-14",
        "2025-01-01",
        "2031-01-01",
        "\u{ff}",
    ] {
        let (status, text) = answer(get(&server, version, "/voices")).await;
        assert_eq!(status, 400, "{version}");
        assert!(text.contains("is not a version"), "{text}");
    }
}

#[tokio::test]
async fn the_status_needs_neither() {
    let server = start().await;
    let url = server.url();
    let status = answer_json(client().get(&url)).await;
    assert_eq!(status, json!({"ok": true, "version": NEWEST}));
    for version in VERSIONS {
        let request = client().get(&url).header("cartesia-version", version);
        assert_eq!(
            answer_json(request).await,
            json!({"ok": true, "version": version})
        );
    }
    assert_eq!(
        answer(client().get(&url).header("cartesia-version", "x"))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let server = start().await;
    for (method, path, expected) in [
        (reqwest::Method::GET, "/nothing", 404),
        (reqwest::Method::GET, "/tts/bytes", 405),
        (reqwest::Method::DELETE, "/voices", 405),
    ] {
        let request = client()
            .request(method, format!("{}{path}", server.url()))
            .bearer_auth(KEY)
            .header("cartesia-version", NEWEST);
        let response = send(request).await;
        assert_eq!(response.status(), expected);
        assert!(response.headers().contains_key("x-request-id"));
        let error: Value = within(response.json()).await.unwrap();
        assert!(
            error["error_code"].is_null() && error["message"].is_string(),
            "{error}"
        );
    }
}
