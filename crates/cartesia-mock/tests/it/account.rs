//! Usage, API keys, users and invites.

use cartesia_mock::MockServer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{KEY, NEWEST, VERSIONS, answer, answer_json, client, get, start};

const ADMIN: &str = "sk_car_admin_canary";

fn call(server: &MockServer, version: &str, method: Method, path: &str) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", server.url()))
        .bearer_auth(ADMIN)
        .header("cartesia-version", version)
}

fn read(server: &MockServer, path: &str) -> RequestBuilder {
    call(server, NEWEST, Method::GET, path)
}

async fn delete(server: &MockServer, path: &str) -> u16 {
    answer(call(server, NEWEST, Method::DELETE, path))
        .await
        .0
        .as_u16()
}

const LISTS: [&str; 5] = [
    "/usage/credits",
    "/usage/agents",
    "/api-keys",
    "/organizations/users",
    "/organizations/invites",
];

#[tokio::test]
async fn each_kind_of_key_has_its_own_paths() {
    let server = start().await;
    for path in LISTS {
        for version in VERSIONS {
            let expected = if version < "2026-03-01" { 404 } else { 200 };
            let admin = answer(call(&server, version, Method::GET, path)).await;
            assert_eq!(admin.0, expected, "{version} {path}");
            assert_eq!(
                answer(get(&server, version, path)).await.0,
                403,
                "{version} {path}"
            );
        }
        let other_header = client().get(format!("{}{path}", server.url()));
        let other_header = other_header
            .header("x-api-key", ADMIN)
            .header("cartesia-version", NEWEST);
        assert_eq!(answer(other_header).await.0, 403);
        let keyless = client().get(format!("{}{path}", server.url()));
        assert_eq!(
            answer(keyless.header("cartesia-version", NEWEST)).await.0,
            401
        );
    }
    for path in [
        "/voices",
        "/datasets/",
        "/pronunciation-dicts/",
        "/fine-tunes/",
    ] {
        let (status, text) = answer(read(&server, path)).await;
        assert_eq!(status, 403, "{path}");
        assert!(
            text.contains("admin key") && !text.contains("canary"),
            "{text}"
        );
        assert_eq!(answer(get(&server, NEWEST, path)).await.0, 200);
    }
    let received = format!("{:?}", server.received());
    assert!(!received.contains(ADMIN) && !received.contains(KEY));
}

#[tokio::test]
async fn usage_is_in_buckets() {
    let server = start().await;
    let sum = |page: &Value| {
        let buckets = page["data"].as_array().unwrap();
        buckets
            .iter()
            .map(|bucket| bucket["credits"].as_u64().unwrap())
            .sum::<u64>()
    };
    let year = "start_ts=2025-12-31T13:00:00Z&end_ts=2026-03-01T00:00:00.5Z";
    let whole = answer_json(read(&server, &format!("/usage/credits?{year}"))).await;
    assert_eq!(whole["data"][0]["start_ts"], "2025-12-31T00:00:00Z");
    assert_eq!(whole["data"][0]["end_ts"], "2026-03-02T00:00:00Z");
    for (interval, count) in [("day", 61), ("week", 9), ("month", 4)] {
        let path = format!("/usage/credits?{year}&interval={interval}");
        let page = answer_json(read(&server, &path)).await;
        assert_eq!(page["data"].as_array().unwrap().len(), count, "{interval}");
        assert_eq!(sum(&page), sum(&whole), "{interval}");
    }
    let mut of_keys = 0;
    for key in ["key_1", "key_2", "key_3"] {
        let path = format!("/usage/credits?{year}&api_key_id={key}");
        let page = answer_json(read(&server, &path)).await;
        assert!((1..sum(&whole)).contains(&sum(&page)), "{key}: {page}");
        of_keys += sum(&page);
    }
    assert_eq!(of_keys, sum(&whole));
    let nobody = format!("/usage/credits?{year}&api_key_id=key_9");
    assert_eq!(sum(&answer_json(read(&server, &nobody)).await), 0);
    let agents = answer_json(read(&server, "/usage/agents")).await;
    assert_eq!(agents["data"][0]["start_ts"], "2026-08-27T00:00:00Z");
    for field in ["cents", "minutes", "calls"] {
        assert!(agents["data"][0][field].is_number(), "{agents}");
    }
    for query in [
        "interval=hour",
        "group_by=mood",
        "start_ts=yesterday",
        "start_ts=2026-13-01T00:00:00Z",
        "start_ts=2026-09-01T00:00:00Z&end_ts=2026-09-01T00:00:00Z",
        "start_ts=2025-01-01T00:00:00Z&end_ts=2026-09-01T00:00:00Z",
    ] {
        let path = format!("/usage/credits?{query}");
        assert_eq!(answer(read(&server, &path)).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn keys_and_users() {
    let server = start().await;
    let keys = answer_json(read(&server, "/api-keys?limit=500")).await;
    assert_eq!(keys["data"].as_array().unwrap().len(), 3);
    let found = answer_json(read(&server, "/api-keys?q=TEST")).await;
    assert_eq!(found["data"], json!([keys["data"][1]]));
    assert_eq!(
        answer_json(read(&server, "/api-keys/key_2")).await,
        keys["data"][1]
    );
    assert_eq!(answer(read(&server, "/api-keys/none")).await.0, 404);
    assert_eq!(answer(read(&server, "/api-keys?limit=0")).await.0, 400);

    let users = answer_json(read(&server, "/organizations/users?limit=1")).await;
    assert_eq!(users["next_page"], "user_1");
    let rest = answer_json(read(&server, "/organizations/users?starting_after=user_1")).await;
    assert_eq!(rest["data"][0]["email"], "bob@example.com");
    assert_eq!(
        answer_json(read(&server, "/organizations/users/user_2")).await,
        rest["data"][0]
    );
    assert_eq!(delete(&server, "/organizations/users/user_2").await, 204);
    assert_eq!(delete(&server, "/organizations/users/user_2").await, 404);
    assert_eq!(
        answer(read(&server, "/organizations/users/user_2")).await.0,
        404
    );
}

#[tokio::test]
async fn invites_are_sent_and_cancelled() {
    let server = start().await;
    let path = "/organizations/invites";
    let invite = |emails: Value| {
        answer(call(&server, NEWEST, Method::POST, path).json(&json!({"emails": emails})))
    };
    for wrong in [
        json!([]),
        json!(vec!["a@x"; 11]),
        json!(["a@x", "b"]),
        json!("a@x"),
        json!(null),
    ] {
        assert_eq!(invite(wrong.clone()).await.0, 400, "{wrong}");
    }
    let list = async |query: &str| answer_json(read(&server, &format!("{path}{query}"))).await;
    assert_eq!(list("").await["data"], json!([]), "all or nothing");
    let (status, text) = invite(json!(["a@x", "b@x"])).await;
    assert_eq!(status, 201);
    let made: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&made[1]["email"], &made[1]["status"]),
        (&json!("b@x"), &json!("pending"))
    );
    let one = format!("{path}/{}", made[0]["id"].as_str().unwrap());
    assert_eq!(answer_json(read(&server, &one)).await, made[0]);
    assert_eq!(delete(&server, &one).await, 204);
    assert_eq!(delete(&server, &one).await, 400);
    assert_eq!(answer_json(read(&server, &one)).await["status"], "revoked");
    assert_eq!(list("?status=pending").await["data"], json!([made[1]]));
    assert_eq!(
        answer(read(&server, &format!("{path}?status=lost")))
            .await
            .0,
        400
    );
    assert_eq!(delete(&server, &format!("{path}/none")).await, 404);
}
