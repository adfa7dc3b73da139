//! Managed agents: nothing that comes or is given is lost.

use cartesia_types::agent::{
    MANAGED_AGENTS, ManagedAgent, ManagedAgentEntry, SaveManagedAgentRequest,
};
use cartesia_types::{ApiVersion, Page};
use serde_json::{Map, Value, from_value, json, to_string, to_value};

#[test]
fn requests_are_what_they_are_filled_with() {
    assert_eq!(to_string(&SaveManagedAgentRequest::new()).unwrap(), "{}");
    let request = SaveManagedAgentRequest::new()
        .with_name("Desk")
        .with_field("model", json!({"id": "m"}))
        .with_field("name", "Night desk");
    let body = json!({"name": "Night desk", "model": {"id": "m"}});
    assert_eq!(to_value(&request).unwrap(), body);
    assert_eq!(
        from_value::<SaveManagedAgentRequest>(body).unwrap(),
        request
    );
    let fields = Map::from_iter([("name".to_owned(), Value::Null)]);
    let cleared = to_string(&SaveManagedAgentRequest::from(fields)).unwrap();
    assert_eq!(cleared, r#"{"name":null}"#);
    for wrong in [json!([]), json!("name"), json!(null)] {
        assert!(from_value::<SaveManagedAgentRequest>(wrong).is_err());
    }
}

#[test]
fn answers_with_everything_and_with_nothing() {
    let full = json!({
        "id": "a", "name": "n", "created_at": "t", "updated_at": "t", "tools": [{"id": "x"}],
        "version": 3, "voice": null,
    });
    let agent: ManagedAgent = from_value(full.clone()).unwrap();
    assert_eq!(agent.name.as_deref(), Some("n"));
    assert_eq!(agent.extra["version"], 3);
    assert_eq!(to_value(&agent).unwrap(), full);
    let bare: ManagedAgent = from_value(json!({"id": "a", "name": null})).unwrap();
    assert_eq!((bare.name, bare.created_at), (None, None));
    assert!(from_value::<ManagedAgent>(json!({"name": "n"})).is_err());
}

#[test]
fn entries_are_kept_whatever_they_are() {
    for (entry, id, name) in [
        (
            json!({"id": "m", "name": "M", "x": [1]}),
            Some("m"),
            Some("M"),
        ),
        (json!({"id": 7, "name": null}), None, None),
        (json!("m"), Some("m"), None),
        (json!(7), None, None),
    ] {
        let read: ManagedAgentEntry = from_value(entry.clone()).unwrap();
        assert_eq!((read.id(), read.name()), (id, name), "{entry}");
        assert_eq!(to_value(&read).unwrap(), entry);
    }
    let page: Page<ManagedAgentEntry> = from_value(json!({"models": ["m", {"id": "n"}]})).unwrap();
    let ids: Vec<_> = page.data.iter().map(ManagedAgentEntry::id).collect();
    assert_eq!(ids, [Some("m"), Some("n")]);
}

#[test]
fn they_exist_since_2026_08_14() {
    assert!(MANAGED_AGENTS.check(ApiVersion::V2026_08_14).is_ok());
    assert!(MANAGED_AGENTS.check(ApiVersion::V2026_03_01).is_err());
}

#[test]
fn unknown_fields_do_not_show() {
    let object = json!({"id": "a", "name": "Desk", "instructions": "canary"});
    let agent: ManagedAgent = from_value(object.clone()).unwrap();
    let request: SaveManagedAgentRequest = from_value(object.clone()).unwrap();
    let entry: ManagedAgentEntry = from_value(object).unwrap();
    let shown = format!("{agent:?} {request:#?} {entry:?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert!(
        shown.contains("Desk") && shown.contains("instructions"),
        "{shown}"
    );
}
