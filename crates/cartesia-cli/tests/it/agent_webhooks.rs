//! `agents webhooks` and `agents delete-metric`.

use std::ffi::OsString;

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{Ran, program_for, run};

/// Runs a verb of webhooks beside a file `secret`, and one that is `empty`.
fn webhooks(server: &MockServer, arguments: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "canary\n").unwrap();
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    let arguments = format!("agents webhooks {arguments}");
    let arguments = arguments.split(' ').map(|argument| {
        argument.strip_prefix('@').map_or_else(
            || OsString::from(argument),
            |file| folder.path().join(file).into_os_string(),
        )
    });
    run(program_for(server, folder.path()), arguments)
}

#[test]
fn a_webhook_is_made_changed_shown_and_deleted() {
    let server = MockServer::start_on_thread().unwrap();
    let create = "create https://a.example/h --name Desk --json --secret-file @secret";
    let ran = webhooks(&server, create);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.stdout_text().contains("canary"), "{ran:?}");
    let made: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let id = made["id"].as_str().unwrap();
    let requests = server.received();
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body["secret"], "canary", "without the line break");

    let ran = webhooks(&server, "list");
    let row = format!("{id}  Desk  https://a.example/h");
    assert_eq!(
        ran.stdout_text().lines().nth(1),
        Some(row.as_str()),
        "{ran:?}"
    );
    let ran = webhooks(&server, &format!("update {id} --name Night"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = webhooks(&server, &format!("get {id}"));
    assert!(ran.stdout_text().contains("Night"), "{ran:?}");
    assert!(ran.stdout_text().contains("https://a.example/h"), "{ran:?}");
    assert_eq!(webhooks(&server, &format!("delete {id}")).code, Some(0));
    assert_eq!(webhooks(&server, &format!("get {id}")).code, Some(7));
}

#[test]
fn what_is_missing_is_reported_before_anything_is_sent() {
    let server = MockServer::start_on_thread().unwrap();
    for arguments in [
        "create https://a.example",
        "create https://a.example --secret-file @empty",
        "create https://a.example --secret-file @none",
        "update webhook",
    ] {
        let ran = webhooks(&server, arguments);
        assert_eq!(ran.code, Some(2), "{arguments}: {ran:?}");
    }
    assert!(server.received().is_empty());
}

#[test]
fn a_metric_is_deleted() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let delete = || {
        let arguments = ["agents", "delete-metric", "metric_solved"];
        run(program_for(&server, folder.path()), arguments).code
    };
    assert_eq!(delete(), Some(0));
    assert_eq!(delete(), Some(7));
}
