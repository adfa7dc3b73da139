//! Managed agents: bodies are kept as they arrive.

use cartesia_mock::MockServer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{KEY, NEWEST, VERSIONS, answer, answer_json, client, get, post, send, start};

fn request(server: &MockServer, method: Method, path: &str) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", NEWEST)
}

async fn made(server: &MockServer, body: &Value) -> Value {
    let (status, text) = answer(post(server, NEWEST, "/v1/agents", body)).await;
    assert_eq!(status, 201, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn fetch(server: &MockServer, path: &str) -> Value {
    answer_json(get(server, NEWEST, path)).await
}

async fn status(request: RequestBuilder) -> u16 {
    send(request).await.status().as_u16()
}

#[tokio::test]
async fn they_are_made_changed_and_deleted() {
    let server = start().await;
    let body = json!({"name": "Desk", "model": {"id": "m"}, "id": "mine", "voice": null});
    let agent = made(&server, &body).await;
    assert_eq!(
        (&agent["name"], &agent["model"]["id"]),
        (&json!("Desk"), &json!("m"))
    );
    assert_ne!(agent["id"], "mine");
    let here = format!("/v1/agents/{}", agent["id"].as_str().unwrap());
    assert_eq!(fetch(&server, &here).await, agent);

    let change = json!({"model": "n", "name": null, "created_at": "never"});
    let changed = answer_json(request(&server, Method::PATCH, &here).json(&change)).await;
    assert_eq!(
        (&changed["name"], &changed["model"]),
        (&json!("Desk"), &json!("n"))
    );
    assert_eq!(changed["created_at"], agent["created_at"]);
    assert_ne!(changed["updated_at"], agent["updated_at"]);
    assert_eq!(fetch(&server, &here).await, changed);

    let other = made(&server, &json!({})).await;
    let versions = fetch(&server, &format!("{here}/versions")).await;
    let kept: Vec<_> = versions["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| &version["agent"])
        .collect();
    assert_eq!(kept, [&agent, &changed]);

    let delete = || request(&server, Method::DELETE, &here);
    assert_eq!(status(delete()).await, 204);
    for gone in [
        delete(),
        get(&server, NEWEST, &here),
        get(&server, NEWEST, &format!("{here}/versions")),
        request(&server, Method::PATCH, &here).json(&change),
    ] {
        assert_eq!(status(gone).await, 404);
    }
    assert_eq!(fetch(&server, "/v1/agents").await["data"], json!([other]));
    for wrong in [json!([]), json!({"name": 7})] {
        assert_eq!(
            status(post(&server, NEWEST, "/v1/agents", &wrong)).await,
            400,
            "{wrong}"
        );
    }
    // The agents of the other part of the service are not among them.
    assert_eq!(
        status(get(&server, NEWEST, "/v1/agents/agent_front_desk")).await,
        404
    );
}

#[tokio::test]
async fn their_list_has_pages() {
    let server = start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(made(&server, &json!({})).await["id"].clone());
    }
    let first = fetch(&server, "/v1/agents?limit=2").await;
    assert_eq!(
        (&first["has_more"], &first["next_page"]),
        (&json!(true), &ids[1])
    );
    let cursor = ids[1].as_str().unwrap();
    let second = fetch(
        &server,
        &format!("/v1/agents?limit=2&starting_after={cursor}"),
    )
    .await;
    assert_eq!(second["has_more"], false);
    let pages = [&first, &second].map(|page| page["data"].as_array().unwrap());
    let listed: Vec<_> = pages
        .into_iter()
        .flatten()
        .map(|agent| &agent["id"])
        .collect();
    assert_eq!(listed, ids.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn they_exist_since_2026_08_14() {
    let server = start().await;
    let agent = made(&server, &json!({})).await;
    let id = agent["id"].as_str().unwrap();
    for version in VERSIONS {
        let expected = if version < "2026-08-14" { 404 } else { 200 };
        for path in [
            "/v1/agents".to_owned(),
            "/v1/agents/models".to_owned(),
            "/v1/agents/tools".to_owned(),
            format!("/v1/agents/{id}"),
            format!("/v1/agents/{id}/versions"),
        ] {
            let got = status(get(&server, version, &path)).await;
            assert_eq!(got, expected, "{version} {path}");
        }
    }
    for list in ["models", "tools"] {
        let list = fetch(&server, &format!("/v1/agents/{list}")).await;
        assert!(list["data"][0]["id"].is_string(), "{list}");
    }
}
