//! Golden tests of phone numbers and their providers.

use cartesia_types::Patch;
use cartesia_types::agent::{
    ImportPhoneNumberRequest, ListProvidersRequest, PhoneNumber, Provider, ProviderReference,
    ProviderSettings, ProvisionPhoneNumberRequest, UpdatePhoneNumberRequest,
};
use serde_json::{from_str, from_value, json, to_string, to_value};

#[test]
fn numbers_are_imported_provisioned_and_changed() {
    let provider = ProviderReference::twilio("AC1", "ie1");
    let request = ImportPhoneNumberRequest::new("Desk", "+15550100", provider).with_agent_id("a");
    let text = r#"{"label":"Desk","number":"+15550100","provider":{"type":"twilio","account_sid":"AC1","region":"ie1"},"agent_id":"a"}"#;
    assert_eq!(to_string(&request).unwrap(), text);
    assert_eq!(from_str::<ImportPhoneNumberRequest>(text).unwrap(), request);
    let provider = ProviderReference::known("p");
    let request = ImportPhoneNumberRequest::new("D", "+15550100", provider);
    assert_eq!(
        to_string(&request).unwrap(),
        r#"{"label":"D","number":"+15550100","provider":{"id":"p"}}"#
    );
    let request = ProvisionPhoneNumberRequest::new("D");
    assert_eq!(to_string(&request).unwrap(), r#"{"label":"D"}"#);
    let text = r#"{"label":"D","agent_id":"a"}"#;
    assert_eq!(to_string(&request.with_agent_id("a")).unwrap(), text);
    for (agent, text) in [
        (Patch::Keep, "{}"),
        (Patch::Clear, r#"{"agent_id":null}"#),
        (Patch::Set("a".into()), r#"{"agent_id":"a"}"#),
    ] {
        let request = UpdatePhoneNumberRequest::new().with_agent_id(agent);
        assert_eq!(to_string(&request).unwrap(), text);
        assert_eq!(from_str::<UpdatePhoneNumberRequest>(text).unwrap(), request);
    }
    let request = UpdatePhoneNumberRequest::new()
        .with_label("D")
        .with_provider(ProviderReference::known("p"));
    assert_eq!(
        to_string(&request).unwrap(),
        r#"{"label":"D","provider":{"id":"p"}}"#
    );
}

#[test]
fn numbers_with_everything_and_with_nothing() {
    for provider in [json!("twilio"), json!({"id": "p", "type": "twilio"})] {
        let shape = json!({
            "id": "n", "number": "+15550100", "label": "D", "agent": {"id": "a", "name": "A"},
            "provider": provider, "created_at": "t", "updated_at": "t", "new": 1,
        });
        let number: PhoneNumber = from_value(shape.clone()).unwrap();
        assert_eq!(number.agent.as_ref().unwrap().id, "a");
        assert_eq!(to_value(&number).unwrap(), shape);
    }
    let nothing = json!({"id": "n", "number": null, "label": null, "agent": null});
    let nothing: PhoneNumber = from_value(nothing).unwrap();
    assert_eq!((nothing.agent, nothing.label), (None, None));
}

#[test]
fn providers_are_made_and_shown() {
    let settings = ProviderSettings::twilio("AC1", "SK1", "s").with_region("au1");
    let text = r#"{"type":"twilio","account_sid":"AC1","api_key_sid":"SK1","api_key_secret":"s","region":"au1"}"#;
    assert_eq!(to_string(&settings).unwrap(), text);
    assert_eq!(from_str::<ProviderSettings>(text).unwrap(), settings);
    let settings = ProviderSettings::sip_trunk("T")
        .with_inbound(json!({"media_encryption": "srtp"}))
        .with_outbound(json!({}));
    let text =
        r#"{"type":"sip_trunk","label":"T","inbound":{"media_encryption":"srtp"},"outbound":{}}"#;
    assert_eq!(to_string(&settings).unwrap(), text);
    let change = ProviderSettings::new().with_api_key("SK2", "s");
    let text = r#"{"api_key_sid":"SK2","api_key_secret":"s"}"#;
    assert_eq!(to_string(&change).unwrap(), text);

    let shape = json!({
        "id": "p", "type": "tomorrow", "label": "T", "created_at": "t", "updated_at": "t", "new": 1,
    });
    let provider: Provider = from_value(shape.clone()).unwrap();
    assert_eq!(provider.settings.extra["new"], 1);
    assert_eq!(to_value(&provider).unwrap(), shape);
    let query = ListProvidersRequest::new()
        .with_kind("twilio")
        .with_account_sid("AC1")
        .query();
    assert_eq!(
        query,
        [
            ("type", "twilio".to_owned()),
            ("account_sid", "AC1".to_owned())
        ]
    );
}

#[test]
fn neither_secrets_nor_trunks_show() {
    let settings = ProviderSettings::twilio("AC1", "SK1", "canary")
        .with_inbound(json!({"password": "canary"}))
        .with_outbound(json!({"password": "canary"}));
    let provider = json!({"id": "p", "api_key_secret": "canary", "auth_token": "canary"});
    let provider: Provider = from_value(provider).unwrap();
    let shown = format!("{settings:#?} {provider:#?}");
    assert!(!shown.contains("canary"), "{shown}");
}
