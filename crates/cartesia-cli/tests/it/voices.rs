//! `voices list` and `voices get`.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{program_for, run};

fn json(server: &MockServer, arguments: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program_for(server, folder.path()), arguments.split(' '));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(ran.stdout_text()).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn a_table_for_people_and_json_for_programs() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = run(
        program_for(&server, folder.path()),
        ["voices", "list", "--limit", "3"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.stdout_text().lines().collect();
    assert_eq!(lines.len(), 4, "{ran:?}");
    assert!(
        lines[0].starts_with("ID") && lines[0].contains("NAME"),
        "{ran:?}"
    );
    assert!(
        lines[1].starts_with("a0e99841-438c-4a64-b679-ae501e7d6091  Barbershop Man"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("--all"), "{ran:?}");

    let page = json(&server, "voices list --limit 3 --json");
    assert_eq!(
        (page["data"].as_array().unwrap().len(), &page["has_more"]),
        (3, &Value::Bool(true))
    );
}

#[test]
fn all_pages_once_each_at_every_version() {
    let server = MockServer::start_on_thread().unwrap();
    let all = json(&server, "voices list --all --limit 5 --json");
    let mut ids: Vec<&str> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|voice| voice["id"].as_str().unwrap())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!(count > 10 && ids.len() == count, "{ids:?}");
    assert_eq!(all["has_more"], Value::Bool(false));
    // The first version has neither pages nor filters.
    for arguments in ["voices list --json", "voices list --all --json"] {
        let array = json(&server, &format!("{arguments} --api-version 2024-06-10"));
        assert_eq!(array["data"].as_array().unwrap().len(), count);
    }
}

#[test]
fn one_voice_by_id_or_name() {
    let server = MockServer::start_on_thread().unwrap();
    for arguments in [
        "voices get f786b574-daa5-4673-aa0c-cbe3e8534c02 --json",
        "voices get katie --json",
        "voices get Katie --json --api-version 2024-11-13",
    ] {
        let voice = json(&server, arguments);
        assert_eq!(
            voice["id"], "f786b574-daa5-4673-aa0c-cbe3e8534c02",
            "{arguments}"
        );
        assert!(
            voice["name"].as_str().unwrap().starts_with("Katie"),
            "{voice}"
        );
    }
    let old = json(&server, "voices get Katie --json --api-version 2024-06-10");
    assert_eq!(old["embedding"].as_array().unwrap().len(), 192);
    let folder = tempfile::tempdir().unwrap();
    let ran = run(
        program_for(&server, folder.path()),
        ["voices", "get", "Katie"],
    );
    assert!(ran.stdout_text().contains("name         Katie"), "{ran:?}");
}

#[test]
fn what_the_version_does_not_have_is_refused_before_it_is_sent() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "voices",
        "list",
        "--search",
        "x",
        "--api-version",
        "2024-11-13",
    ];
    let ran = run(program_for(&server, folder.path()), arguments);
    assert_eq!(ran.code, Some(6), "{ran:?}");
    assert!(ran.stderr.contains("2025-11-04 and later"), "{ran:?}");
    assert!(server.received().is_empty());
}

#[test]
fn models_are_listed_by_capability() {
    let server = MockServer::start_on_thread().unwrap();
    let page = json(&server, "models --capability stt --json");
    let ids: Vec<&Value> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| &model["id"])
        .collect();
    assert_eq!(ids, ["ink-2", "ink-whisper"]);
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program_for(&server, folder.path()), ["models"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout_text().contains("Sonic 3.6"), "{ran:?}");
}
