//! Webhooks, and deleting metrics.

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

async fn status(request: RequestBuilder) -> u16 {
    answer(request).await.0.as_u16()
}

#[tokio::test]
async fn a_webhook_lives_and_its_secret_is_shown_once() {
    let server = start().await;
    let body = json!({"url": "https://a.example/h", "secret": "s", "display_name": "Desk"});
    let made = answer_json(post(&server, NEWEST, "/agents/webhooks", &body)).await;
    assert_eq!(
        (&made["secret"], &made["display_name"]),
        (&json!("s"), &json!("Desk"))
    );
    let path = format!("/agents/webhooks/{}", made["id"].as_str().unwrap());
    let list = answer_json(get(&server, NEWEST, "/agents/webhooks")).await;
    let one = answer_json(get(&server, NEWEST, &path)).await;
    assert_eq!(list["data"], json!([one]));
    assert_eq!((&one["url"], one.get("secret")), (&body["url"], None));

    let change = json!({"url": "https://b.example", "secret": null});
    let changed = answer_json(request(&server, Method::PATCH, &path).json(&change)).await;
    assert_eq!(
        (&changed["url"], changed.get("secret")),
        (&change["url"], None)
    );
    assert_eq!(changed["display_name"], "Desk");
    assert_ne!(changed["updated_at"], made["updated_at"]);

    let agent = "/agents/agent_front_desk";
    let use_it = request(&server, Method::PATCH, agent).json(&json!({"webhook_id": made["id"]}));
    assert_eq!(answer_json(use_it).await["webhook_id"], made["id"]);
    assert_eq!(status(request(&server, Method::DELETE, &path)).await, 204);
    assert_eq!(status(request(&server, Method::DELETE, &path)).await, 404);
    assert_eq!(status(get(&server, NEWEST, &path)).await, 404);
    let agent = answer_json(get(&server, NEWEST, agent)).await;
    assert_eq!(agent["webhook_id"], Value::Null);
}

#[tokio::test]
async fn webhooks_that_cannot_be_are_refused() {
    let server = start().await;
    for body in [
        json!({"secret": "s"}),
        json!({"url": "https://a.example"}),
        json!({"url": "a.example", "secret": "s"}),
        json!({"url": "https://a.example", "secret": ""}),
        json!({"url": "https://a.example", "secret": "s", "display_name": 1}),
        json!([]),
    ] {
        let refused = post(&server, NEWEST, "/agents/webhooks", &body);
        assert_eq!(status(refused).await, 400, "{body}");
    }
    let good = json!({"url": "https://a.example", "secret": "s"});
    let old = post(&server, "2025-11-04", "/agents/webhooks", &good);
    assert_eq!(status(old).await, 404);
    let missing = request(&server, Method::PATCH, "/agents/webhooks/none").json(&json!({}));
    assert_eq!(status(missing).await, 404);
}

#[tokio::test]
async fn results_outlive_their_metric() {
    let server = start().await;
    let path = "/agents/metrics/metric_solved";
    let results = "/agents/metrics/results?metric_id=metric_solved";
    let before = answer_json(get(&server, NEWEST, results)).await;
    let old = client()
        .delete(format!("{}{path}", server.url()))
        .bearer_auth(KEY);
    let old = old.header("cartesia-version", "2025-11-04");
    assert_eq!(status(old).await, 404);
    assert_eq!(status(request(&server, Method::DELETE, path)).await, 204);
    assert_eq!(status(request(&server, Method::DELETE, path)).await, 404);
    assert_eq!(status(get(&server, NEWEST, path)).await, 404);
    assert_eq!(answer_json(get(&server, NEWEST, results)).await, before);
    let detach = "/agents/agent_front_desk/metrics/metric_solved";
    assert_eq!(status(request(&server, Method::DELETE, detach)).await, 404);
}
