//! Golden tests of the account's own calls.

use cartesia_types::account::{
    ACCOUNT, AgentUsage, ApiKeyInfo, CreateInvitesRequest, CreditUsage, GetUsageRequest, Invite,
    InviteStatus, ListInvitesRequest, Role, SearchRequest, UsageGroup, UsageInterval, User,
};
use cartesia_types::{ApiVersion, ListRequest, Page};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{from_str, to_string};

/// A text that is read and written again as it was.
fn golden<T: Serialize + DeserializeOwned>(text: &str) -> T {
    let value: T = from_str(text).unwrap();
    assert_eq!(to_string(&value).unwrap(), text);
    value
}

fn joined(query: Vec<(&'static str, String)>) -> String {
    let pairs = query
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

#[test]
fn queries() {
    let request = GetUsageRequest::new()
        .with_start("2026-08-01T00:00:00Z")
        .with_end("2026-09-01T00:00:00Z")
        .with_interval(UsageInterval::WEEK)
        .with_api_key_id("key_1")
        .with_group_by(UsageGroup::MODEL);
    assert_eq!(
        joined(request.query()),
        "start_ts=2026-08-01T00:00:00Z&end_ts=2026-09-01T00:00:00Z&interval=week\
         &api_key_id=key_1&group_by=model"
    );
    assert!(GetUsageRequest::new().query().is_empty());
    let page = ListRequest::new().with_limit(5).with_starting_after("x");
    let search = SearchRequest::new()
        .with_page(page.clone())
        .with_search("ada");
    assert_eq!(joined(search.query()), "limit=5&starting_after=x&q=ada");
    let invites = ListInvitesRequest::new()
        .with_page(page)
        .with_status(InviteStatus::PENDING);
    assert_eq!(
        joined(invites.query()),
        "limit=5&starting_after=x&status=pending"
    );
    let request = CreateInvitesRequest::new(["a@example.com"]);
    assert_eq!(
        to_string(&request).unwrap(),
        r#"{"emails":["a@example.com"]}"#
    );
}

#[test]
fn words_on_the_wire() {
    let text = |known: &[&str], words: &str| assert_eq!(known.join(" "), words);
    text(
        &UsageInterval::KNOWN
            .iter()
            .map(UsageInterval::as_str)
            .collect::<Vec<_>>(),
        "day week month",
    );
    text(
        &UsageGroup::KNOWN
            .iter()
            .map(UsageGroup::as_str)
            .collect::<Vec<_>>(),
        "capability model voice api_key",
    );
    text(
        &Role::KNOWN.iter().map(Role::as_str).collect::<Vec<_>>(),
        "admin member",
    );
    text(
        &InviteStatus::KNOWN
            .iter()
            .map(InviteStatus::as_str)
            .collect::<Vec<_>>(),
        "pending accepted revoked expired",
    );
}

#[test]
fn answers() {
    let page: Page<CreditUsage> =
        from_str(r#"{"data":[{"start_ts":"a","end_ts":"b","credits":12,"model":"sonic-3"}]}"#)
            .unwrap();
    assert!((page.data[0].credits - 12.0).abs() < 1e-9);
    assert_eq!(page.data[0].extra["model"], "sonic-3");
    assert!(!page.has_more);
    let usage: AgentUsage =
        golden(r#"{"start_ts":"a","end_ts":"b","cents":6.5,"minutes":1.5,"calls":3,"new":1}"#);
    assert_eq!(usage.calls, 3);
    let key: ApiKeyInfo = golden(
        r#"{"id":"k","description":"d","created_at":"t","creator_email":"e","creator_still_in_org":false,"creator_image_url":"u","new":1}"#,
    );
    assert_eq!(key.creator_still_in_org, Some(false));
    golden::<ApiKeyInfo>(r#"{"id":"k"}"#);
    let user: User = golden(r#"{"id":"u","email":"e","role":"owner","name":"Ada"}"#);
    assert_eq!(
        (user.role.unwrap().as_str(), &user.extra["name"]),
        ("owner", &"Ada".into())
    );
    let user: User = from_str(r#"{"user_id":"u","email":null}"#).unwrap();
    assert_eq!((user.id.as_str(), user.email), ("u", None));
    let invite: Invite = golden(
        r#"{"id":"i","email":"e","role":"member","status":"expired","created_at":"t","expires_at":"t","new":1}"#,
    );
    assert_eq!(invite.status, Some(InviteStatus::EXPIRED));
    let invite: Invite = from_str(r#"{"id":"i","expires_at":null}"#).unwrap();
    assert_eq!(invite.expires_at, None);
    for version in ApiVersion::KNOWN {
        assert_eq!(
            ACCOUNT.check(version).is_ok(),
            version >= ApiVersion::V2026_03_01
        );
    }
}
