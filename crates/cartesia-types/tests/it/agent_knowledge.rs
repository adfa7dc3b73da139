//! Golden tests of folders, documents and call batches.

use cartesia_types::agent::{
    CallBatch, CreateCallBatchRequest, CreateDocumentRequest, CreateDocumentsRequest,
    CreateFolderRequest, Document, Folder, OutboundCall, UpdateDocumentRequest,
    UpdateFolderRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, from_str, from_value, json, to_string, to_value};

/// What is written is read again, and is exactly the text.
fn golden<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, text: &str) {
    assert_eq!(to_string(value).unwrap(), text);
    assert_eq!(&from_str::<T>(text).unwrap(), value);
}

#[test]
fn folders_are_made_and_changed() {
    golden(&CreateFolderRequest::new("Rooms"), r#"{"name":"Rooms"}"#);
    golden(
        &CreateFolderRequest::new("Rooms")
            .with_parent_id("f1")
            .with_extra("x", 1),
        r#"{"name":"Rooms","parent_id":"f1","x":1}"#,
    );
    golden(&UpdateFolderRequest::new(), "{}");
    golden(
        &UpdateFolderRequest::new()
            .with_name("N")
            .with_parent_id("f2")
            .with_extra("x", 1),
        r#"{"name":"N","parent_id":"f2","x":1}"#,
    );
}

#[test]
fn documents_are_made_and_changed() {
    golden(
        &CreateDocumentRequest::new("f1", "Breakfast at 7"),
        r#"{"folder_id":"f1","content":"Breakfast at 7"}"#,
    );
    let one = CreateDocumentRequest::new("f1", "c")
        .with_name("n")
        .with_metadata("lang", "en")
        .with_extra("x", 1);
    let text = r#"{"folder_id":"f1","content":"c","name":"n","metadata":{"lang":"en"},"x":1}"#;
    golden(&one, text);
    golden(
        &CreateDocumentsRequest::new([one]),
        &format!(r#"{{"documents":[{text}]}}"#),
    );
    golden(&UpdateDocumentRequest::new(), "{}");
    golden(
        &UpdateDocumentRequest::new()
            .with_folder_id("f2")
            .with_content("d")
            .with_name("n")
            .with_metadata(Map::new())
            .with_extra("x", 1),
        r#"{"folder_id":"f2","content":"d","name":"n","metadata":{},"x":1}"#,
    );
}

#[test]
fn batches_are_made() {
    golden(
        &CreateCallBatchRequest::new("Spring", "agent_1", "ap_1").with_recipient("+15550100"),
        r#"{"name":"Spring","agent_id":"agent_1","from_number_id":"ap_1","recipients":[{"to_number":"+15550100"}]}"#,
    );
    golden(
        &CreateCallBatchRequest::new("Spring", "agent_1", "ap_1")
            .with_recipient(OutboundCall::new("+15550100").with_metadata("room", 7))
            .with_target_concurrency_limit(3)
            .with_ringing_timeout(std::time::Duration::from_secs(20))
            .with_max_call_duration(std::time::Duration::from_secs(5 * 60))
            .with_scheduled_at("2026-09-01T00:00:00Z")
            .with_extra("x", 1),
        concat!(
            r#"{"name":"Spring","agent_id":"agent_1","from_number_id":"ap_1","#,
            r#""recipients":[{"to_number":"+15550100","metadata":{"room":7}}],"#,
            r#""target_concurrency_limit":3,"ringing_timeout_seconds":20,"#,
            r#""max_call_duration_minutes":5,"scheduled_at":"2026-09-01T00:00:00Z","x":1}"#
        ),
    );
}

#[test]
fn answers_with_everything_and_with_nothing() {
    let folder = json!({
        "id": "f", "parent_id": "p", "name": "n", "created_at": "t", "agents": [{"id": "a"}],
        "documents": ["d"], "new": 1,
    });
    let document = json!({
        "id": "d", "folder_id": "f", "name": "n", "content": "c", "metadata": {"a": 1},
        "created_at": "t", "updated_at": "t", "new": 1,
    });
    let batch = json!({
        "id": "acb_1", "name": "n", "agent_id": "a", "from_number_id": "p", "region": "us",
        "target_concurrency_limit": 3, "status": "s", "total_calls_scheduled": 2,
        "total_calls_dispatched": 1, "total_calls_finished": 1, "retry_count": 1,
        "created_at": "t", "last_updated_at": "t", "scheduled_at": "t", "admitted_at": "t",
        "recipients": [{
            "id": "r", "to_number": "+15550100", "status": "s", "created_at": "t",
            "agent_call_id": "ac_1", "error_message": "e", "metadata": {"a": 1}, "new": 1,
        }],
        "new": 1,
    });
    let read: Folder = from_value(folder.clone()).unwrap();
    assert_eq!(to_value(&read).unwrap(), folder);
    let read: Document = from_value(document.clone()).unwrap();
    assert_eq!(to_value(&read).unwrap(), document);
    let read: CallBatch = from_value(batch.clone()).unwrap();
    assert_eq!(to_value(&read).unwrap(), batch);

    let nothing = json!({
        "id": "x", "name": null, "parent_id": null, "agents": null, "documents": null,
        "folder_id": null, "content": null, "metadata": null, "retry_count": null,
        "total_calls_scheduled": null, "recipients": null, "status": null,
    });
    let folder: Folder = from_value(nothing.clone()).unwrap();
    assert!(folder.name.is_empty() && folder.documents.is_empty() && folder.agents.is_empty());
    let document: Document = from_value(nothing.clone()).unwrap();
    assert_eq!((document.content, document.name), (None, None));
    let batch: CallBatch = from_value(nothing).unwrap();
    assert_eq!((batch.retry_count, batch.recipients.len()), (0, 0));
    let bare: CallBatch = from_value(json!({"id": "x", "recipients": [{}]})).unwrap();
    assert_eq!(bare.recipients[0].to_number, "");
}

#[test]
fn texts_and_numbers_do_not_show() {
    let create = CreateDocumentRequest::new("f", "canary").with_metadata("m", "canary");
    let update = UpdateDocumentRequest::new().with_content("canary");
    let document: Document =
        from_value(json!({"id": "d", "content": "canary", "metadata": {"m": "canary"}})).unwrap();
    let request = CreateCallBatchRequest::new("n", "a", "p")
        .with_recipient(OutboundCall::new("canary").with_metadata("m", "canary"));
    let recipient = json!({"to_number": "canary", "metadata": {"m": "canary"}});
    let batch: CallBatch = from_value(json!({"id": "b", "recipients": [recipient]})).unwrap();
    let folder = json!({"id": "f", "documents": [{"content": "canary"}], "agents": ["canary"]});
    let folder: Folder = from_value(folder).unwrap();
    let bulk = CreateDocumentsRequest::new([create.clone()]);
    let shown =
        format!("{create:?} {update:#?} {document:?} {request:#?} {batch:#?} {bulk:?} {folder:#?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("content_bytes: 6"), "{shown}");
}
