//! Golden tests of calls that agents make, and of logs.

use cartesia_types::agent::{CallLogs, OutboundCall, OutboundCalls, PlaceCallsRequest};
use serde_json::{from_str, from_value, json, to_string, to_value};

#[test]
fn outbound_calls_are_asked_for() {
    let request = PlaceCallsRequest::new("agent_1", "ap_1").with_call("+15550100");
    assert_eq!(
        to_string(&request).unwrap(),
        r#"{"from_number_id":"ap_1","agent_id":"agent_1","outbound_calls":[{"to_number":"+15550100"}]}"#
    );
    let request = request
        .with_call(OutboundCall::new("+15550101").with_metadata("name", "Ann"))
        .with_ringing_timeout(std::time::Duration::from_secs(30))
        .with_max_call_duration(std::time::Duration::from_secs(5 * 60))
        .with_extra("x", 1);
    let text = r#"{"from_number_id":"ap_1","agent_id":"agent_1","outbound_calls":[{"to_number":"+15550100"},{"to_number":"+15550101","metadata":{"name":"Ann"}}],"ringing_timeout_seconds":30,"max_call_duration_minutes":5,"x":1}"#;
    assert_eq!(to_string(&request).unwrap(), text);
    assert_eq!(from_str::<PlaceCallsRequest>(text).unwrap(), request);
}

#[test]
fn each_entry_of_the_answer_succeeds_or_fails() {
    let shape = json!({"calls": [
        {"number": "1", "agent_call_id": "ac_1"},
        {"number": "2", "error": "busy"},
        {"number": "3", "error": {"code": 7}, "new": true},
        {"number": "4"},
    ], "tomorrow": 1});
    let placed: OutboundCalls = from_value(shape.clone()).unwrap();
    assert_eq!(to_value(&placed).unwrap(), shape);
    let failed: Vec<_> = placed
        .failed()
        .map(|call| (call.number.as_str(), call.error_text()))
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        failed,
        [
            ("2", text("busy")),
            ("3", text(r#"{"code":7}"#)),
            ("4", None)
        ]
    );
    let null = json!({"calls": [{"number": "1", "agent_call_id": "a", "error": null}]});
    assert_eq!(
        from_value::<OutboundCalls>(null).unwrap().failed().count(),
        0
    );
    assert!(
        from_value::<OutboundCalls>(json!({"calls": null}))
            .unwrap()
            .calls
            .is_empty()
    );
}

#[test]
fn logs_of_any_shape() {
    let shape = json!({"call_id": "c", "logs": ["a", {"b": 1}], "updated_at": "t", "new": 1});
    let logs: CallLogs = from_value(shape.clone()).unwrap();
    assert_eq!(to_value(&logs).unwrap(), shape);
    assert!(
        from_value::<CallLogs>(json!({"logs": null}))
            .unwrap()
            .logs
            .is_empty()
    );
}

#[test]
fn neither_numbers_nor_logs_show() {
    let call = OutboundCall::new("canary").with_metadata("a", "canary");
    let request = PlaceCallsRequest::new("a", "n").with_call(call.clone());
    let placed: OutboundCalls =
        from_value(json!({"calls": [{"number": "canary", "error": "canary"}]})).unwrap();
    let logs: CallLogs = from_value(json!({"logs": ["canary"]})).unwrap();
    let shown = format!("{call:#?} {request:#?} {placed:#?} {logs:#?}");
    assert!(!shown.contains("canary"), "{shown}");
}
