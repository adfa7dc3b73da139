//! Golden tests of files.

use std::time::Duration;

use cartesia_types::Page;
use cartesia_types::file::{CreateFileLinkRequest, FilePurpose, ListFilesRequest, StoredFile};
use serde_json::{from_str, from_value, json, to_string};

#[test]
fn the_lifetime_of_a_link_is_text() {
    for (seconds, text) in [
        (86_400, "24h"),
        (90 * 60, "90m"),
        (45, "45s"),
        (3_661, "3661s"),
    ] {
        let request =
            CreateFileLinkRequest::new("file_1").with_lifetime(Duration::from_secs(seconds));
        let written = to_string(&request).unwrap();
        assert_eq!(
            written,
            format!(r#"{{"file_id":"file_1","lifetime":"{text}"}}"#)
        );
        assert_eq!(
            from_str::<CreateFileLinkRequest>(&written).unwrap(),
            request
        );
    }
    for broken in ["24", "h", "1d", "99999999999999999999h", "-1s"] {
        let written = json!({"file_id": "file_1", "lifetime": broken});
        assert!(
            from_value::<CreateFileLinkRequest>(written).is_err(),
            "{broken}"
        );
    }
}

#[test]
fn the_words_on_the_wire() {
    assert_eq!(
        FilePurpose::KNOWN
            .iter()
            .map(FilePurpose::as_str)
            .collect::<Vec<_>>(),
        [
            "agent_background_sound",
            "fine_tune",
            "tts_generation",
            "voice-clone"
        ]
    );
    let request = ListFilesRequest::new()
        .with_limit(5)
        .with_starting_after("file_1")
        .with_purpose(FilePurpose::VOICE_CLONE)
        .with_search("a & b");
    let query: Vec<String> = request
        .query()
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        query,
        [
            "limit=5",
            "starting_after=file_1",
            "purpose=voice-clone",
            "q=a & b"
        ]
    );
    let backwards = ListFilesRequest::new().with_ending_before("file_2");
    assert_eq!(backwards.query(), [("ending_before", "file_2".to_owned())]);
}

#[test]
fn a_file_round_trips() {
    let text = r#"{"id":"file_1","filename":"a.wav","size":3,"purpose":"new","created_at":"2026-08-14T00:00:00Z","owner":"me"}"#;
    let file: StoredFile = from_str(text).unwrap();
    assert_eq!((file.id.as_str(), file.size), ("file_1", Some(3)));
    assert_eq!(file.purpose, Some(FilePurpose::from("new")));
    assert_eq!(file.extra["owner"], "me");
    assert_eq!(to_string(&file).unwrap(), text);
}

#[test]
fn the_uncertain_names_are_found_and_nothing_is_lost() {
    let file: StoredFile = from_value(json!({
        "id": "file_1", "name": "a.wav", "bytes": 3, "created_time": "2026", "purpose": null,
    }))
    .unwrap();
    assert_eq!(file.filename.as_deref(), Some("a.wav"));
    assert_eq!(file.size, Some(3));
    assert_eq!(file.created_at.unwrap(), "2026");
    assert_eq!(file.purpose, None);
    // Two likely names at once, and a date that is a number.
    let file: StoredFile = from_value(json!({
        "id": "file_1", "filename": "a.wav", "name": "A", "size": "3", "created_at": 1_700_000_000,
    }))
    .unwrap();
    assert_eq!(file.filename.as_deref(), Some("a.wav"));
    assert_eq!((file.size, &file.created_at), (None, &None));
    assert_eq!(file.extra["name"], "A");
    assert_eq!(file.extra["size"], "3");
    assert_eq!(file.extra["created_at"], 1_700_000_000);

    assert_eq!(
        to_string(&StoredFile::new("file_1")).unwrap(),
        r#"{"id":"file_1"}"#
    );
    let error = from_value::<StoredFile>(json!({"filename": "a"})).unwrap_err();
    assert!(error.to_string().contains("`id`"), "{error}");
    let page: Page<StoredFile> =
        from_value(json!({"data": [{"id": "file_1"}], "has_more": true})).unwrap();
    assert_eq!(page.next_cursor(), Some("file_1"));
}
