//! Golden tests of webhooks, and their secrets.

use cartesia_types::agent::{AgentSecret, CreateWebhookRequest, UpdateWebhookRequest, Webhook};
use serde_json::{from_str, from_value, json, to_string, to_value};

#[test]
fn webhooks_are_made_and_changed() {
    let request = CreateWebhookRequest::new("https://a.example/h", "s3");
    assert_eq!(
        to_string(&request).unwrap(),
        r#"{"url":"https://a.example/h","secret":"s3"}"#
    );
    let request = request.with_display_name("Desk").with_extra("x", 1);
    let text = r#"{"url":"https://a.example/h","secret":"s3","display_name":"Desk","x":1}"#;
    assert_eq!(to_string(&request).unwrap(), text);
    assert_eq!(from_str::<CreateWebhookRequest>(text).unwrap(), request);

    assert_eq!(to_string(&UpdateWebhookRequest::new()).unwrap(), "{}");
    let request = UpdateWebhookRequest::new()
        .with_url("u")
        .with_secret("s")
        .with_display_name("n")
        .with_extra("x", 1);
    let text = r#"{"url":"u","secret":"s","display_name":"n","x":1}"#;
    assert_eq!(to_string(&request).unwrap(), text);
    assert_eq!(from_str::<UpdateWebhookRequest>(text).unwrap(), request);
}

#[test]
fn webhooks_with_everything_and_with_nothing() {
    let shape = json!({
        "id": "w", "url": "u", "display_name": "n", "secret": "s", "created_at": "t",
        "updated_at": "t", "new": 1,
    });
    let webhook: Webhook = from_value(shape.clone()).unwrap();
    assert!(webhook.secret.as_ref().unwrap().matches("s"));
    assert_eq!(to_value(&webhook).unwrap(), shape);
    let nothing: Webhook = from_value(json!({"id": "w", "url": null, "secret": null})).unwrap();
    assert_eq!((nothing.url.as_str(), nothing.secret), ("", None));
}

#[test]
fn secrets_do_not_show_and_are_compared_whole() {
    let secret = AgentSecret::new("canary");
    for (text, same) in [
        ("canary", true),
        ("canarx", false),
        ("canar", false),
        ("canary1", false),
        ("", false),
    ] {
        assert_eq!(secret.matches(text), same, "{text}");
    }
    let webhook: Webhook = from_value(json!({"id": "w", "secret": "canary"})).unwrap();
    let create = CreateWebhookRequest::new("u", "canary");
    let update = UpdateWebhookRequest::new().with_secret("canary");
    let shown = format!("{secret:?} {webhook:#?} {create:#?} {update:#?}");
    assert!(!shown.contains("canary"), "{shown}");
}
