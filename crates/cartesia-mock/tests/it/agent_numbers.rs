//! Phone numbers and where they come from.

use cartesia_mock::MockServer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{KEY, NEWEST, answer, answer_json, client, get, post, start};

const NUMBERS: &str = "/agents/phone-numbers";
const PROVIDERS: &str = "/agents/phone-numbers/providers";

fn request(server: &MockServer, method: Method, path: &str) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", NEWEST)
}

async fn made(server: &MockServer, path: &str, body: &Value) -> Value {
    let (status, text) = answer(post(server, NEWEST, path, body)).await;
    assert_eq!(status, 201, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn status(request: RequestBuilder) -> u16 {
    answer(request).await.0.as_u16()
}

#[tokio::test]
async fn a_number_is_rented_given_to_another_agent_taken_away_and_deleted() {
    let server = start().await;
    let body = json!({"label": "Night", "agent_id": "agent_night_desk"});
    let number = made(&server, "/agents/phone-numbers/provision", &body).await;
    assert_eq!(number["agent"]["name"], "Night desk");
    let path = format!("{NUMBERS}/{}", number["id"].as_str().unwrap());
    assert_eq!(answer_json(get(&server, NEWEST, &path)).await, number);
    let list = answer_json(get(&server, NEWEST, NUMBERS)).await;
    assert_eq!(list.as_array().unwrap().len(), 2);
    let night = "/agents/agent_night_desk";
    let agent = answer_json(get(&server, NEWEST, night)).await;
    assert_eq!(agent["phone_numbers"][0]["id"], number["id"]);
    let of_agent = format!("{night}/phone-numbers");
    let own = answer_json(get(&server, NEWEST, &of_agent)).await;
    assert_eq!(own[0]["number"], number["number"]);
    assert_eq!(own[0]["is_cartesia_managed"], true);

    for (change, agent) in [
        (json!({"label": "N"}), json!("agent_night_desk")),
        (
            json!({"agent_id": "agent_front_desk"}),
            json!("agent_front_desk"),
        ),
        (json!({"agent_id": null}), Value::Null),
    ] {
        let changed = answer_json(request(&server, Method::PATCH, &path).json(&change)).await;
        assert_eq!(changed["agent"]["id"], agent, "{change}");
        assert_eq!(changed["label"], "N");
    }
    let own = answer_json(get(&server, NEWEST, &of_agent)).await;
    assert_eq!(own, json!([]));
    assert_eq!(status(request(&server, Method::DELETE, &path)).await, 204);
    assert_eq!(status(get(&server, NEWEST, &path)).await, 404);
    let gone = request(&server, Method::DELETE, "/agents/agent_front_desk");
    assert_eq!(status(gone).await, 204);
    let left = answer_json(get(&server, NEWEST, "/agents/phone-numbers/ap_front_desk")).await;
    assert_eq!(left["agent"], Value::Null);
}

#[tokio::test]
async fn a_number_is_imported_from_a_provider() {
    let server = start().await;
    let twilio = json!({
        "type": "twilio", "account_sid": "AC1", "api_key_sid": "SK1", "api_key_secret": "canary",
    });
    let provider = made(&server, PROVIDERS, &twilio).await;
    assert_eq!(
        (&provider["region"], provider.get("api_key_secret")),
        (&json!("us1"), None)
    );
    assert_eq!(status(post(&server, NEWEST, PROVIDERS, &twilio)).await, 409);
    let trunk = made(
        &server,
        PROVIDERS,
        &json!({"type": "sip_trunk", "label": "T"}),
    )
    .await;
    for (query, expected) in [
        ("", json!([provider, trunk])),
        ("?type=sip_trunk", json!([trunk])),
        ("?account_sid=AC1", json!([provider])),
        ("?type=sip_trunk&account_sid=AC1", json!([])),
    ] {
        let list = answer_json(get(&server, NEWEST, &format!("{PROVIDERS}{query}"))).await;
        assert_eq!(list, expected, "{query}");
    }
    let body = json!({"label": "D", "number": "+15550120", "provider": {"id": provider["id"]}});
    let number = made(&server, NUMBERS, &body).await;
    assert_eq!(
        (&number["provider"]["type"], &number["agent"]),
        (&json!("twilio"), &Value::Null)
    );
    assert_eq!(status(post(&server, NEWEST, NUMBERS, &body)).await, 409);

    let path = format!("{PROVIDERS}/{}", provider["id"].as_str().unwrap());
    let change = json!({"label": "New", "api_key_secret": "canary"});
    let changed = answer_json(request(&server, Method::PATCH, &path).json(&change)).await;
    assert_eq!(
        (&changed["label"], changed.get("api_key_secret")),
        (&json!("New"), None)
    );
    assert_eq!(answer_json(get(&server, NEWEST, &path)).await, changed);
    assert_eq!(status(request(&server, Method::DELETE, &path)).await, 204);
    assert_eq!(status(get(&server, NEWEST, &path)).await, 404);
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let server = start().await;
    let twilio = json!({"type": "twilio", "account_sid": "AC1"});
    for (path, body, expected) in [
        (
            NUMBERS,
            json!({"number": "+15550120", "provider": twilio}),
            400,
        ),
        (NUMBERS, json!({"label": "D", "provider": twilio}), 400),
        (NUMBERS, json!({"label": "D", "number": "+15550120"}), 400),
        (
            NUMBERS,
            json!({"label": "D", "number": "5550120", "provider": twilio}),
            400,
        ),
        (
            NUMBERS,
            json!({"label": "D", "number": "+15550120", "provider": {}}),
            400,
        ),
        (
            NUMBERS,
            json!({"label": "D", "number": "+15550120", "provider": {"id": "no"}}),
            404,
        ),
        ("/agents/phone-numbers/provision", json!({}), 400),
        (
            "/agents/phone-numbers/provision",
            json!({"label": "D", "agent_id": "no"}),
            404,
        ),
        (PROVIDERS, json!({"type": "other", "label": "D"}), 400),
        (PROVIDERS, json!({"type": "sip_trunk"}), 400),
        (
            PROVIDERS,
            json!({"type": "sip_trunk", "label": "D", "inbound": 1}),
            400,
        ),
        (PROVIDERS, twilio.clone(), 400),
    ] {
        let refused = post(&server, NEWEST, path, &body);
        assert_eq!(status(refused).await, expected, "{path} {body}");
        assert_eq!(status(post(&server, "2025-11-04", path, &body)).await, 404);
    }
}
