//! The account's own calls: what is sent, and with which key.

use cartesia_http::{Admin, Error};
use cartesia_types::account::{
    CreateInvitesRequest, GetUsageRequest, InviteStatus, ListInvitesRequest, SearchRequest,
    UsageInterval,
};
use cartesia_types::{AdminKey, ApiVersion, ErrorKind, ListRequest};
use http::HeaderValue;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{KEY, builder, client, everything, within};

const ADMIN_KEY: &str = "sk_car_admin_canary";

fn key() -> AdminKey {
    AdminKey::new(ADMIN_KEY).unwrap()
}

/// Makes a call against a server with one answer; gives the value, and method, target and body.
async fn sent<T>(answer: Value, call: impl AsyncFnOnce(Admin) -> Result<T, Error>) -> (T, String) {
    let answer = match answer {
        Value::Null => ResponseTemplate::new(204),
        Value::Array(_) => ResponseTemplate::new(201).set_body_json(answer),
        _ => ResponseTemplate::new(200).set_body_json(answer),
    };
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let admin = builder(&server.uri()).build_admin(key()).unwrap();
    let value = within(call(admin)).await.unwrap();
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let request = requests.remove(0);
    assert_eq!(
        request.headers["authorization"],
        format!("Bearer {ADMIN_KEY}")
    );
    assert!(!format!("{:?}", request.headers).contains(KEY));
    let query = request.url.query().map(|query| format!("?{query}"));
    let target = format!("{}{}", request.url.path(), query.unwrap_or_default());
    let body = String::from_utf8_lossy(&request.body);
    (
        value,
        format!("{} {target} {body}", request.method)
            .trim_end()
            .to_owned(),
    )
}

#[tokio::test]
async fn usage() {
    let bucket = json!({"start_ts": "a", "end_ts": "b", "credits": 5, "cents": 1, "minutes": 2.5, "calls": 3});
    let request = GetUsageRequest::new()
        .with_start("2026-08-01T00:00:00Z")
        .with_interval(UsageInterval::DAY);
    let (page, line) = sent(json!({"data": [bucket]}), async |admin| {
        admin.usage().credits(request.clone()).await
    })
    .await;
    assert_eq!(
        line,
        "GET /usage/credits?start_ts=2026-08-01T00%3A00%3A00Z&interval=day"
    );
    assert!((page.data[0].credits - 5.0).abs() < 1e-9);
    let (page, line) = sent(json!({"data": [bucket]}), async |admin| {
        admin.usage().agents(GetUsageRequest::new()).await
    })
    .await;
    assert_eq!(line, "GET /usage/agents");
    assert_eq!(
        (page.data[0].calls, page.data[0].start_ts.as_str()),
        (3, "a")
    );
}

#[tokio::test]
async fn keys_users_and_invites() {
    let page = |item: Value| json!({"data": [item], "has_more": true, "next_page": "opaque"});
    let search = || {
        SearchRequest::new()
            .with_page(ListRequest::new().with_limit(2))
            .with_search("a b")
    };
    let api_key = json!({"id": "k", "description": "d"});
    let (keys, line) = sent(page(api_key.clone()), async |admin| {
        admin.api_keys().list(search()).await
    })
    .await;
    assert_eq!(line, "GET /api-keys?limit=2&q=a%20b");
    assert_eq!(keys.data[0].description.as_deref(), Some("d"));
    let (found, line) = sent(api_key, async |admin| admin.api_keys().get("k/1").await).await;
    assert_eq!(
        (line.as_str(), found.id.as_str()),
        ("GET /api-keys/k%2F1", "k")
    );

    let user = json!({"id": "u", "email": "e", "role": "admin"});
    let (users, line) = sent(page(user.clone()), async |admin| {
        admin.users().list(search()).await
    })
    .await;
    assert_eq!(line, "GET /organizations/users?limit=2&q=a%20b");
    assert_eq!(users.next_cursor(), Some("opaque"));
    let (found, line) = sent(user, async |admin| admin.users().get("u").await).await;
    assert_eq!(line, "GET /organizations/users/u");
    assert_eq!(found.email.as_deref(), Some("e"));
    let ((), line) = sent(Value::Null, async |admin| admin.users().remove("u").await).await;
    assert_eq!(line, "DELETE /organizations/users/u");

    let invite = json!({"id": "i", "email": "e", "role": "member", "status": "pending"});
    let (_, line) = sent(page(invite.clone()), async |admin| {
        let request = ListInvitesRequest::new().with_status(InviteStatus::PENDING);
        admin.invites().list(request).await
    })
    .await;
    assert_eq!(line, "GET /organizations/invites?status=pending");
    let (made, line) = sent(json!([invite]), async |admin| {
        admin
            .invites()
            .create(CreateInvitesRequest::new(["e@x", "f@x"]))
            .await
    })
    .await;
    assert_eq!(
        line,
        r#"POST /organizations/invites {"emails":["e@x","f@x"]}"#
    );
    assert_eq!(made[0].status, Some(InviteStatus::PENDING));
    let (_, line) = sent(invite, async |admin| admin.invites().get("i").await).await;
    assert_eq!(line, "GET /organizations/invites/i");
    let ((), line) = sent(Value::Null, async |admin| admin.invites().cancel("i").await).await;
    assert_eq!(line, "DELETE /organizations/invites/i");
}

#[tokio::test]
async fn neither_key_goes_where_the_other_belongs() {
    let server = MockServer::start().await;
    let refusal = json!({"error_code": null, "title": "t", "message": format!("no {ADMIN_KEY}"), "request_id": "r"});
    Mock::given(any())
        .respond_with(ResponseTemplate::new(403).set_body_json(refusal))
        .mount(&server)
        .await;
    // Whoever sets the header for every request means the normal calls.
    let normal = HeaderValue::from_str(&format!("Bearer {KEY}")).unwrap();
    let client = builder(&server.uri())
        .header(http::header::AUTHORIZATION, normal)
        .header(
            http::HeaderName::from_static("x-api-key"),
            HeaderValue::from_static(KEY),
        )
        .build()
        .unwrap();
    let admin = client.admin(key());
    assert!(!format!("{admin:?}").contains("canary"));
    let error = within(admin.api_keys().get("k")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(!everything(&error).contains(ADMIN_KEY), "{error}");
    within(client.voices().get("v")).await.unwrap_err();
    let requests = server.received_requests().await.unwrap();
    let shown = |index: usize| format!("{:?}", requests[index].headers);
    assert!(
        requests[0].headers["authorization"]
            .to_str()
            .unwrap()
            .ends_with(ADMIN_KEY)
    );
    assert!(
        !requests[0].headers.contains_key("x-api-key"),
        "{}",
        shown(0)
    );
    assert_eq!(
        requests[1].headers["authorization"],
        format!("Bearer {KEY}")
    );

    let error = cartesia_http::Client::builder()
        .api_key(ADMIN_KEY)
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!everything(&error).contains("canary"), "{error}");
}

#[tokio::test]
async fn versions_without_them_are_refused_before_anything_is_sent() {
    let server = MockServer::start().await;
    let admin = client(&server.uri()).admin(key());
    let version = ApiVersion::V2025_11_04;
    let list = within(
        admin
            .users()
            .list(SearchRequest::new())
            .api_version(version),
    )
    .await;
    let remove = within(admin.users().remove("u").api_version(version)).await;
    for error in [list.map(drop).unwrap_err(), remove.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(
            error.to_string().contains("2026-03-01 and later"),
            "{error}"
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
