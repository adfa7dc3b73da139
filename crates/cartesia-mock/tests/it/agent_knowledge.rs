//! Folders, documents and call batches.

use cartesia_mock::MockServer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{KEY, NEWEST, answer, answer_json, client, get, post, start};

fn request(server: &MockServer, method: Method, path: &str) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", NEWEST)
}

/// Status, and body as JSON.
async fn outcome(request: RequestBuilder) -> (u16, Value) {
    let (status, text) = answer(request).await;
    (
        status.as_u16(),
        serde_json::from_str(&text).unwrap_or_default(),
    )
}

async fn made(server: &MockServer, path: &str, body: Value) -> Value {
    let (status, made) = outcome(post(server, NEWEST, path, &body)).await;
    assert_eq!(status, 201, "{made}");
    made
}

async fn folder(server: &MockServer, name: &str, parent: Option<&Value>) -> Value {
    let body = json!({"name": name, "parent_id": parent});
    made(server, "/agents/folders", body).await["id"].clone()
}

fn path(collection: &str, id: &Value) -> String {
    format!("/agents/{collection}/{}", id.as_str().unwrap())
}

#[tokio::test]
async fn folders_nest_three_levels_deep() {
    let server = start().await;
    let top = folder(&server, "Hotel", None).await;
    let middle = folder(&server, "Rooms", Some(&top)).await;
    let bottom = folder(&server, "Beds", Some(&middle)).await;
    for (body, status, word) in [
        (
            json!({"name": "Sheets", "parent_id": bottom}),
            400,
            "parent_id",
        ),
        (json!({"name": "Hotel"}), 409, "name"),
        (json!({"name": "Rooms", "parent_id": top}), 409, "name"),
        (
            json!({"name": "x", "parent_id": "none"}),
            404,
            "kb_folder_not_found",
        ),
        (json!({"name": ""}), 400, "name"),
        (json!({}), 400, "name"),
    ] {
        let (found, refusal) = outcome(post(&server, NEWEST, "/agents/folders", &body)).await;
        assert_eq!(found, status, "{body}: {refusal}");
        assert!(refusal.to_string().contains(word), "{body}: {refusal}");
    }
    // The same name elsewhere is another folder.
    let other = folder(&server, "Rooms", None).await;
    for (id, parent, status) in [
        (&top, &bottom, 400),
        (&middle, &middle, 400),
        (&top, &other, 400),
        (&middle, &other, 200),
    ] {
        let change = json!({"parent_id": parent});
        let change = request(&server, Method::PATCH, &path("folders", id)).json(&change);
        let (found, answer) = outcome(change).await;
        assert_eq!(found, status, "{answer}");
    }
    let moved = answer_json(get(&server, NEWEST, &path("folders", &middle))).await;
    assert_eq!(
        (&moved["parent_id"], &moved["name"]),
        (&other, &json!("Rooms"))
    );
    let list = answer_json(get(&server, NEWEST, "/agents/folders?limit=2")).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    assert_eq!(list["has_more"], true);

    let old = post(
        &server,
        "2025-11-04",
        "/agents/folders",
        &json!({"name": "n"}),
    );
    assert_eq!(outcome(old).await.0, 404);
}

#[tokio::test]
async fn documents_live_in_folders_and_go_with_them() {
    let server = start().await;
    let top = folder(&server, "Hotel", None).await;
    let inner = folder(&server, "Rooms", Some(&top)).await;
    let body = json!({
        "folder_id": inner, "content": "Breakfast at 7", "name": "B", "metadata": {"lang": "en"},
    });
    let document = made(&server, "/agents/documents", body).await;
    assert_eq!(
        (&document["content"], &document["metadata"]["lang"]),
        (&json!("Breakfast at 7"), &json!("en"))
    );
    let here = path("documents", &document["id"]);
    assert_eq!(answer_json(get(&server, NEWEST, &here)).await, document);
    let shown = answer_json(get(&server, NEWEST, &path("folders", &inner))).await;
    let entry = json!({"id": document["id"], "name": "B"});
    assert_eq!(shown["documents"], json!([entry]));

    let change = json!({"content": "At 8", "folder_id": top, "name": null});
    let changed = answer_json(request(&server, Method::PATCH, &here).json(&change)).await;
    assert_eq!(
        (&changed["content"], &changed["folder_id"]),
        (&json!("At 8"), &top)
    );
    assert_eq!(changed["name"], "B");
    assert_ne!(changed["updated_at"], changed["created_at"]);

    let bulk = json!({"documents": [
        {"folder_id": inner, "content": "a"}, {"folder_id": inner, "content": "b"},
    ]});
    let bulk = made(&server, "/agents/documents/bulk", bulk).await;
    assert_eq!(bulk["documents"][1]["content"], "b");
    let delete = || request(&server, Method::DELETE, &here);
    assert_eq!(outcome(delete()).await.0, 204);
    assert_eq!(outcome(delete()).await.0, 404);
    let list = answer_json(get(&server, NEWEST, "/agents/documents")).await;
    assert_eq!(list["data"], bulk["documents"]);

    let delete = request(&server, Method::DELETE, &path("folders", &top));
    assert_eq!(outcome(delete).await.0, 204);
    for list in ["/agents/documents", "/agents/folders"] {
        let list = answer_json(get(&server, NEWEST, list)).await;
        assert_eq!(list["data"], json!([]));
    }
}

#[tokio::test]
async fn documents_that_cannot_be_are_refused_and_none_is_made() {
    let server = start().await;
    let folder = folder(&server, "Hotel", None).await;
    let good = json!({"folder_id": folder, "content": "c"});
    let long = "x".repeat(1_000_001);
    for (body, status, word) in [
        (json!({"content": "c"}), 400, "folder_id"),
        (json!({"folder_id": folder}), 400, "content"),
        (json!({"folder_id": folder, "content": ""}), 400, "content"),
        (
            json!({"folder_id": folder, "content": long}),
            413,
            "file_too_large",
        ),
        (
            json!({"folder_id": "none", "content": "c"}),
            404,
            "kb_folder_not_found",
        ),
        (
            json!({"folder_id": folder, "content": "c", "metadata": 1}),
            400,
            "metadata",
        ),
    ] {
        let single = outcome(post(&server, NEWEST, "/agents/documents", &body)).await;
        let both = json!({"documents": [good, body]});
        let bulk = outcome(post(&server, NEWEST, "/agents/documents/bulk", &both)).await;
        for (found, refusal) in [single, bulk] {
            assert_eq!(found, status, "{refusal}");
            assert!(refusal.to_string().contains(word), "{refusal}");
        }
    }
    for count in [0, 101] {
        let body = json!({"documents": vec![&good; count]});
        let (found, _) = outcome(post(&server, NEWEST, "/agents/documents/bulk", &body)).await;
        assert_eq!(found, 400, "{count}");
    }
    let list = answer_json(get(&server, NEWEST, "/agents/documents")).await;
    assert_eq!(list["data"], json!([]));
    let most = json!({"documents": vec![&good; 100]});
    made(&server, "/agents/documents/bulk", most).await;
}

fn batch_of(recipients: usize) -> Value {
    let recipients: Vec<_> = (0..recipients)
        .map(|number| json!({"to_number": format!("+1555{number:07}"), "metadata": {"n": number}}))
        .collect();
    json!({
        "name": "Spring", "agent_id": "agent_front_desk", "from_number_id": "ap_front_desk",
        "recipients": recipients,
    })
}

#[tokio::test]
async fn a_batch_calls_everybody() {
    let server = start().await;
    let mut body = batch_of(3);
    body["target_concurrency_limit"] = json!(2);
    let batch = made(&server, "/agents/calls/batches", body).await;
    assert!(batch["id"].as_str().unwrap().starts_with("acb_"));
    assert_eq!(
        (
            &batch["total_calls_scheduled"],
            &batch["total_calls_dispatched"]
        ),
        (&json!(3), &json!(0))
    );
    let here = path("calls/batches", &batch["id"]);
    let mut steps = Vec::new();
    for _ in 0..5 {
        let batch = answer_json(get(&server, NEWEST, &here)).await;
        steps.push((
            batch["status"].as_str().unwrap().to_owned(),
            batch["total_calls_dispatched"].as_u64().unwrap(),
            batch["total_calls_finished"].as_u64().unwrap(),
        ));
    }
    let steps: Vec<_> = steps
        .iter()
        .map(|(status, begun, done)| (status.as_str(), *begun, *done))
        .collect();
    assert_eq!(
        steps,
        [
            ("in_progress", 2, 0),
            ("in_progress", 2, 2),
            ("in_progress", 3, 2),
            ("completed", 3, 3),
            ("completed", 3, 3),
        ]
    );
    let batch = answer_json(get(&server, NEWEST, &here)).await;
    let call = batch["recipients"][1]["agent_call_id"].as_str().unwrap();
    let call = answer_json(get(&server, NEWEST, &format!("/agents/calls/{call}"))).await;
    assert_eq!(
        (&call["status"], &call["telephony_params"]["to"]),
        (&json!("completed"), &json!("+15550000001"))
    );
    assert_eq!(call["metadata"]["n"], 1);
    let list = answer_json(get(&server, NEWEST, "/agents/calls/batches")).await;
    assert_eq!(list["data"], json!([batch]));
    let cancel = request(&server, Method::POST, &format!("{here}/cancel"));
    assert_eq!(outcome(cancel).await.0, 400);
    let retry = request(&server, Method::POST, &format!("{here}/retry"));
    assert_eq!(outcome(retry).await.0, 400);
}

#[tokio::test]
async fn a_batch_is_cancelled_and_tried_again() {
    let server = start().await;
    let mut body = batch_of(2);
    body["scheduled_at"] = json!("2026-09-02T09:00:00Z");
    let batch = made(&server, "/agents/calls/batches", body).await;
    assert_eq!(batch["status"], "scheduled");
    let here = path("calls/batches", &batch["id"]);
    let waiting = answer_json(get(&server, NEWEST, &here)).await;
    assert_eq!(waiting["total_calls_dispatched"], 0);
    let cancel = || request(&server, Method::POST, &format!("{here}/cancel"));
    for _ in 0..2 {
        assert_eq!(outcome(cancel()).await.0, 204);
    }
    let cancelled = answer_json(get(&server, NEWEST, &here)).await;
    assert_eq!(
        (&cancelled["status"], &cancelled["recipients"][0]["status"]),
        (&json!("cancelled"), &json!("cancelled"))
    );
    let retry = request(&server, Method::POST, &format!("{here}/retry"));
    assert_eq!(outcome(retry).await.0, 204);
    let running = answer_json(get(&server, NEWEST, &here)).await;
    assert_eq!(
        (&running["total_calls_dispatched"], &running["retry_count"]),
        (&json!(2), &json!(1))
    );
    let none = request(&server, Method::POST, "/agents/calls/batches/none/retry");
    assert_eq!(outcome(none).await.0, 404);
}

#[tokio::test]
async fn batches_that_cannot_be_are_refused() {
    let server = start().await;
    for (field, value, status) in [
        ("name", Value::Null, 400),
        ("agent_id", json!("none"), 404),
        ("from_number_id", json!("none"), 404),
        ("recipients", json!([]), 400),
        ("recipients", json!([1]), 400),
        ("recipients", json!([{"to_number": "555"}]), 400),
        (
            "recipients",
            json!([{"to_number": "+15550100", "metadata": 1}]),
            400,
        ),
        ("recipients", batch_of(5_001)["recipients"].clone(), 400),
        ("target_concurrency_limit", json!(0), 400),
        ("target_concurrency_limit", json!(1.5), 400),
        ("ringing_timeout_seconds", json!(4), 400),
        ("scheduled_at", json!(1), 400),
    ] {
        let mut body = batch_of(1);
        body[field] = value;
        let (found, refusal) = outcome(post(&server, NEWEST, "/agents/calls/batches", &body)).await;
        assert_eq!(found, status, "{field}: {refusal}");
    }
    let old = post(&server, "2025-11-04", "/agents/calls/batches", &batch_of(1));
    assert_eq!(outcome(old).await.0, 404);
    made(&server, "/agents/calls/batches", batch_of(5_000)).await;
}
