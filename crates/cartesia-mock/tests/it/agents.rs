//! `/agents`: what is there at the start, and what calls change.

use cartesia_mock::MockServer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{
    KEY, NEWEST, VERSIONS, VOICE, answer, answer_json, client, get, post, send, start, within,
};

const DESK: &str = "agent_front_desk";

async fn fetch(server: &MockServer, path: &str) -> Value {
    answer_json(get(server, NEWEST, path)).await
}

async fn status(request: RequestBuilder) -> u16 {
    answer(request).await.0.as_u16()
}

fn bare(server: &MockServer, method: Method, path: &str) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", NEWEST)
}

fn patch(server: &MockServer, path: &str, body: &Value) -> RequestBuilder {
    bare(server, Method::PATCH, path).json(body)
}

fn ids(list: &Value) -> Vec<&str> {
    let items = list.as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn there_are_agents_since_2025_04_16() {
    let server = start().await;
    for version in VERSIONS {
        let expected = if version < "2025-04-16" { 404 } else { 200 };
        for path in [
            "/agents",
            "/agents/agent_front_desk",
            "/agents/templates",
            "/agents/agent_front_desk/phone-numbers",
            "/agents/agent_front_desk/deployments",
            "/agents/deployments/deployment_front_desk_2",
            "/agents/calls?agent_id=agent_front_desk",
            "/agents/calls/ac_room",
            "/agents/calls/ac_room/audio",
            "/agents/metrics",
            "/agents/metrics/metric_solved",
            "/agents/metrics/results",
            "/agents/metrics/results/export",
        ] {
            let got = send(get(&server, version, path)).await.status();
            assert_eq!(got, expected, "{version} {path}");
        }
    }
    let keyless = client().get(format!("{}/agents", server.url()));
    assert_eq!(
        status(keyless.header("cartesia-version", NEWEST)).await,
        401
    );
}

#[tokio::test]
async fn lists_have_the_envelopes_of_the_service() {
    let server = start().await;
    let agents = fetch(&server, "/agents").await;
    assert_eq!(ids(&agents["summaries"]), [DESK, "agent_night_desk"]);
    let templates = fetch(&server, "/agents/templates").await;
    assert_eq!(ids(&templates["templates"]), ["template_basic_chat"]);
    let numbers = fetch(&server, "/agents/agent_front_desk/phone-numbers").await;
    assert_eq!(numbers[0]["number"], "+15550100");
    let none = fetch(&server, "/agents/agent_night_desk/phone-numbers").await;
    assert_eq!(none, json!([]));
    let deployments = fetch(&server, "/agents/agent_front_desk/deployments").await;
    let expected = ["deployment_front_desk_2", "deployment_front_desk_1"];
    assert_eq!(ids(&deployments), expected);
    let one = fetch(&server, "/agents/deployments/deployment_front_desk_2").await;
    assert_eq!(one, deployments[0]);
}

#[tokio::test]
async fn an_agent_is_changed_and_deleted() {
    let server = start().await;
    let path = "/agents/agent_front_desk";
    let before = fetch(&server, path).await;
    let change = json!({"name": "Desk", "tts_voice": VOICE, "description": null, "unknown": 1});
    let changed = answer_json(patch(&server, path, &change)).await;
    assert_eq!(changed["name"], "Desk");
    assert_eq!(changed["tts_voice"], VOICE);
    assert_eq!(
        changed["description"], before["description"],
        "null is absent"
    );
    assert!(changed["updated_at"].as_str() > before["updated_at"].as_str());
    assert!(changed.get("unknown").is_none());
    assert_eq!(fetch(&server, path).await, changed);
    for (body, expected) in [
        (json!({"name": 1}), 400),
        (json!([]), 400),
        (json!({"tts_voice": "nobody"}), 404),
    ] {
        assert_eq!(
            status(patch(&server, path, &body)).await,
            expected,
            "{body}"
        );
    }
    assert_eq!(
        fetch(&server, path).await,
        changed,
        "refused changes change nothing"
    );

    assert_eq!(status(bare(&server, Method::DELETE, path)).await, 204);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(status(bare(&server, method, path)).await, 404);
    }
    assert_eq!(ids(&fetch(&server, "/agents").await["summaries"]).len(), 1);
}

#[tokio::test]
async fn calls_of_an_agent() {
    let server = start().await;
    let path = "/agents/calls?agent_id=agent_front_desk";
    let all = fetch(&server, path).await;
    assert_eq!(
        ids(&all["data"]),
        ["ac_running", "ac_room", "ac_lost", "ac_key"]
    );
    assert!(all.get("has_more").is_none());
    assert_eq!(all["next_page"], Value::Null);
    assert!(
        all["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|call| call["transcript"].is_null())
    );
    let expanded = fetch(&server, &format!("{path}&expand=transcript&limit=2")).await;
    assert_eq!(expanded["next_page"], "ac_room");
    assert_eq!(
        expanded["data"][1]["transcript"][1]["text"],
        "Is there a room for tonight?"
    );
    let rest = fetch(&server, &format!("{path}&starting_after=ac_room")).await;
    assert_eq!(ids(&rest["data"]), ["ac_lost", "ac_key"]);
    let before = fetch(&server, &format!("{path}&ending_before=ac_key&limit=1")).await;
    assert_eq!(ids(&before["data"]), ["ac_lost"]);
    let other = fetch(&server, "/agents/calls?agent_id=agent_night_desk").await;
    assert_eq!(other["data"], json!([]));
    let one = fetch(&server, "/agents/calls/ac_room").await;
    assert_eq!(one, expanded["data"][1]);
    for (path, expected) in [
        ("/agents/calls", 400),
        ("/agents/calls?agent_id=nobody", 404),
        ("/agents/calls?agent_id=agent_front_desk&expand=audio", 400),
        ("/agents/calls?agent_id=agent_front_desk&limit=0", 400),
        (
            "/agents/calls?agent_id=agent_front_desk&starting_after=x",
            400,
        ),
        ("/agents/calls/nobody", 404),
        ("/agents/calls/nobody/audio", 404),
    ] {
        assert_eq!(status(get(&server, NEWEST, path)).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_call_can_be_heard_if_something_was_said() {
    let server = start().await;
    let response = send(get(&server, NEWEST, "/agents/calls/ac_room/audio")).await;
    assert_eq!(response.headers()["content-type"], "audio/wav");
    let bytes = within(response.bytes()).await.unwrap();
    assert!(bytes.starts_with(b"RIFF"));
    // More than a second of 16-bit samples, and not silence.
    assert!(bytes.len() > 44 + 32_000, "{}", bytes.len());
    assert!(bytes[44..].iter().any(|byte| *byte != 0));
    let (code, text) = answer(get(&server, NEWEST, "/agents/calls/ac_running/audio")).await;
    assert_eq!((code.as_u16(), text.as_str()), (204, ""));
}

#[tokio::test]
async fn metrics_are_made_attached_and_detached() {
    let server = start().await;
    let body = json!({"name": "mood-1.x_y", "prompt": "How?", "display_name": null});
    let made = answer_json(post(&server, NEWEST, "/agents/metrics", &body)).await;
    assert_eq!(
        (&made["name"], &made["prompt"]),
        (&body["name"], &body["prompt"])
    );
    let id = made["id"].as_str().unwrap();
    assert_eq!(fetch(&server, &format!("/agents/metrics/{id}")).await, made);
    let page = fetch(&server, "/agents/metrics?limit=1").await;
    assert_eq!(
        (&page["has_more"], &page["next_page"]),
        (&json!(true), &json!("metric_solved"))
    );
    let rest = fetch(&server, "/agents/metrics?starting_after=metric_solved").await;
    assert_eq!(ids(&rest["data"]), [id]);
    for body in [
        json!({"prompt": "How?"}),
        json!({"name": "a"}),
        json!({"name": "Mood", "prompt": "How?"}),
        json!({"name": "", "prompt": "How?"}),
        json!({"name": "solved", "prompt": "How?"}),
        json!({"name": "a", "prompt": 1}),
    ] {
        let refused = post(&server, NEWEST, "/agents/metrics", &body);
        assert_eq!(status(refused).await, 400, "{body}");
    }
    let path = format!("/agents/agent_night_desk/metrics/{id}");
    let attach = |path: &str| bare(&server, Method::POST, path);
    let detach = |path: &str| bare(&server, Method::DELETE, path);
    assert_eq!(status(detach(&path)).await, 404);
    assert_eq!(status(attach(&path)).await, 204);
    assert_eq!(status(attach(&path)).await, 204);
    assert_eq!(status(detach(&path)).await, 204);
    assert_eq!(status(detach(&path)).await, 404);
    for path in [
        "/agents/nobody/metrics/metric_solved",
        "/agents/agent_front_desk/metrics/none",
    ] {
        assert_eq!(status(attach(path)).await, 404, "{path}");
    }
}

#[tokio::test]
async fn results_are_filtered_and_exported() {
    let server = start().await;
    for (query, expected) in [
        ("", vec!["result_room", "result_key"]),
        (
            "agent_id=agent_front_desk",
            vec!["result_room", "result_key"],
        ),
        ("agent_id=agent_night_desk", vec![]),
        ("call_id=ac_key", vec!["result_key"]),
        ("metric_id=none", vec![]),
        ("deployment_id=deployment_front_desk_1", vec![]),
        ("start_date=2026-03-03T10:00:00Z", vec!["result_room"]),
        ("end_date=2026-03-03T10:00:00Z", vec!["result_key"]),
        ("limit=1", vec!["result_room"]),
        ("starting_after=result_room", vec!["result_key"]),
    ] {
        let page = fetch(&server, &format!("/agents/metrics/results?{query}")).await;
        assert_eq!(ids(&page["data"]), expected, "{query}");
    }
    let page = fetch(&server, "/agents/metrics/results").await;
    assert_eq!(page["data"][0]["metricName"], "solved");

    let path = "/agents/metrics/results/export";
    let response = send(get(&server, NEWEST, path)).await;
    assert_eq!(response.headers()["content-type"], "text/csv");
    assert_eq!(
        within(response.text()).await.unwrap(),
        "id,metricId,metricName,agentId,callId,result,status,createdAt\n\
         result_room,metric_solved,solved,agent_front_desk,ac_room,\
         \"yes, \"\"with a view\"\"\",completed,2026-03-03T11:02:00Z\n\
         result_key,metric_solved,solved,agent_front_desk,ac_key,no,completed,2026-03-03T09:02:00Z\n"
    );
    let none = get(&server, NEWEST, &format!("{path}?call_id=none"));
    assert_eq!(status(none).await, 404);
}
