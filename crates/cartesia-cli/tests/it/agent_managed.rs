//! `agents managed`.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{program_for, run, run_with_stdin};

#[test]
fn they_are_made_shown_changed_and_deleted() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let managed = |arguments: &str| {
        let arguments = format!("agents managed {arguments}");
        run(program_for(&server, here), arguments.split(' '))
    };
    let desk = r#"{"name": "Desk", "model": {"id": "model_quick"}}"#;
    std::fs::write(here.join("desk.json"), desk).unwrap();
    std::fs::write(here.join("wrong.json"), r#"["canary"]"#).unwrap();
    let ran = managed("create --json-body desk.json --json");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let made: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(made["model"]["id"], "model_quick");
    let id = made["id"].as_str().unwrap();

    let update = ["agents", "managed", "update", id, "--json-body", "-"];
    let change = r#"{"model": "model_careful"}"#;
    let ran = run_with_stdin(program_for(&server, here), &update, change);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let request = server.received().pop().unwrap();
    assert_eq!(
        (request.method.as_str(), request.path),
        ("PATCH", format!("/v1/agents/{id}"))
    );
    let ran = managed(&format!("get {id}"));
    assert!(ran.stdout_text().contains("Desk"), "{ran:?}");
    assert!(ran.stdout_text().contains(r#""model_careful""#), "{ran:?}");

    for (list, rows, word) in [
        ("list", 1, "Desk"),
        ("models", 2, "model_quick"),
        ("tools", 2, "end_call"),
        (&format!("versions {id}"), 2, "model_careful"),
    ] {
        let ran = managed(list);
        assert_eq!(ran.stdout_text().lines().count(), 1 + rows, "{ran:?}");
        assert!(ran.stdout_text().contains(word), "{ran:?}");
    }
    for wrong in [
        "create",
        "create --json-body wrong.json",
        &format!("update {id}"),
    ] {
        let ran = managed(wrong);
        assert_eq!(ran.code, Some(2), "{wrong}: {ran:?}");
        assert!(!ran.stderr.contains("canary"), "{ran:?}");
    }
    let delete = format!("delete {id}");
    assert_eq!(managed(&delete).code, Some(0));
    assert_eq!(managed(&delete).code, Some(7));
}
