//! What can be done to calls since 2026-03-01.

use cartesia_mock::MockServer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{KEY, NEWEST, answer, answer_json, client, get, post, start, with};

fn request(server: &MockServer, version: &str, method: Method, path: &str) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", version)
}

fn outbound(numbers: &[&str]) -> Value {
    let calls: Vec<_> = numbers.iter().map(|to| json!({"to_number": to})).collect();
    json!({
        "agent_id": "agent_front_desk", "from_number_id": "ap_front_desk", "outbound_calls": calls,
    })
}

async fn status(request: RequestBuilder) -> u16 {
    answer(request).await.0.as_u16()
}

#[tokio::test]
async fn agents_call_as_many_people_as_they_may() {
    let server = start().await;
    let body = outbound(&["+15550110", "+15550111", "+15550112"]);
    let placed = answer_json(post(&server, NEWEST, "/agents/calls", &body)).await;
    let calls = placed["calls"].as_array().unwrap();
    // One call runs from the start, and three may.
    assert!(calls[0]["agent_call_id"].is_string() && calls[1]["agent_call_id"].is_string());
    assert!(calls[2]["error"].is_string() && calls[2].get("agent_call_id").is_none());
    assert_ne!(calls[0]["agent_call_id"], calls[1]["agent_call_id"]);
    let list = answer_json(get(
        &server,
        NEWEST,
        "/agents/calls?agent_id=agent_front_desk",
    ))
    .await;
    assert_eq!(
        list["data"][0]["id"], calls[1]["agent_call_id"],
        "newest first"
    );
    assert_eq!(list["data"][0]["telephony_params"]["to"], "+15550111");
    assert_eq!(list["data"][0]["telephony_params"]["from"], "+15550100");
}

#[tokio::test]
async fn what_cannot_be_dialled_is_refused() {
    let server = start().await;
    let good = outbound(&["+15550110"]);
    for (change, expected) in [
        (("agent_id", Value::Null), 400),
        (("from_number_id", Value::Null), 400),
        (("outbound_calls", Value::Null), 400),
        (("outbound_calls", json!([])), 400),
        (("outbound_calls", json!(["+15550110"])), 400),
        (("outbound_calls", json!([{"to_number": "5550110"}])), 400),
        (
            (
                "outbound_calls",
                json!([{"to_number": "+15550110", "metadata": 1}]),
            ),
            400,
        ),
        (("ringing_timeout_seconds", json!(4)), 400),
        (("ringing_timeout_seconds", json!(81)), 400),
        (("agent_id", json!("nobody")), 404),
        (("from_number_id", json!("none")), 404),
    ] {
        let body = with(good.clone(), &[change]);
        let refused = post(&server, NEWEST, "/agents/calls", &body);
        assert_eq!(status(refused).await, expected, "{body}");
    }
    let old = post(&server, "2025-11-04", "/agents/calls", &good);
    assert_eq!(status(old).await, 404);
    let body = with(good, &[("ringing_timeout_seconds", json!(80))]);
    assert_eq!(
        status(post(&server, NEWEST, "/agents/calls", &body)).await,
        200
    );
}

#[tokio::test]
async fn a_call_is_cancelled_while_it_runs() {
    let server = start().await;
    let cancel = |id: &str| {
        let path = format!("/agents/calls/{id}/cancel");
        request(&server, NEWEST, Method::POST, &path)
    };
    assert_eq!(status(cancel("ac_running")).await, 204);
    let call = answer_json(get(&server, NEWEST, "/agents/calls/ac_running")).await;
    assert_eq!(call["status"], "cancelled");
    assert!(call["end_time"].is_string());
    assert_eq!(status(cancel("ac_running")).await, 400);
    assert_eq!(status(cancel("ac_room")).await, 400);
    assert_eq!(status(cancel("nobody")).await, 404);
}

#[tokio::test]
async fn nothing_of_a_redacted_call_is_left() {
    let server = start().await;
    let logs = "/agents/calls/ac_room/logs";
    let before = answer_json(get(&server, NEWEST, logs)).await;
    assert_eq!(
        (
            before["call_id"].as_str(),
            before["logs"].as_array().unwrap().len()
        ),
        (Some("ac_room"), 3)
    );
    let path = "/agents/calls/ac_room";
    let old = request(&server, "2025-11-04", Method::DELETE, path);
    assert_eq!(status(old).await, 404);
    let call = answer_json(request(&server, NEWEST, Method::DELETE, path)).await;
    assert!(call["redacted_at"].is_string());
    assert_eq!(
        (&call["transcript"], &call["summary"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(answer_json(get(&server, NEWEST, path)).await, call);
    let again = answer_json(request(&server, NEWEST, Method::DELETE, path)).await;
    assert_eq!(again["redacted_at"], call["redacted_at"]);
    assert_eq!(
        status(get(&server, NEWEST, "/agents/calls/ac_room/audio")).await,
        204
    );
    assert_eq!(
        answer_json(get(&server, NEWEST, logs)).await["logs"],
        json!([])
    );
    assert_eq!(
        status(get(&server, NEWEST, "/agents/calls/nobody/logs")).await,
        404
    );
}
