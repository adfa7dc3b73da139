//! `account`, with the admin key.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{Ran, program, program_for, run};

fn account(server: &MockServer, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("CARTESIA_BASE_URL", server.url());
    command.env("CARTESIA_ADMIN_KEY", "sk_car_admin_canary");
    run(command, ["account"].iter().chain(arguments))
}

fn json(server: &MockServer, arguments: &[&str]) -> Value {
    let ran = account(server, &[arguments, &["--json"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(ran.stdout_text()).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn keys_and_users_are_listed_and_shown() {
    let server = MockServer::start_on_thread().unwrap();
    for verb in ["keys", "users"] {
        let page = json(&server, &[verb]);
        let id = page["data"][0]["id"].as_str().unwrap();
        assert_eq!(json(&server, &[verb, id]), page["data"][0], "{verb}");
        let table = account(&server, &[verb, "--limit", "1"]);
        assert!(table.stdout_text().starts_with("ID"), "{table:?}");
        assert!(table.stdout_text().contains(id), "{table:?}");
        let shown = account(&server, &[verb, id]);
        assert!(shown.stdout_text().contains(id), "{shown:?}");
        assert_eq!(account(&server, &[verb, "nobody"]).code, Some(7));
    }
}

#[test]
fn people_are_invited_and_uninvited_and_users_removed() {
    let server = MockServer::start_on_thread().unwrap();
    let made = json(&server, &["invite", "ada@example.com", "alan@example.com"]);
    assert_eq!(made["data"].as_array().unwrap().len(), 2, "{made}");
    let id = made["data"][0]["id"].as_str().unwrap();
    assert_eq!(json(&server, &["invites", id])["email"], "ada@example.com");
    let cancelled = account(&server, &["cancel-invite", id]);
    assert_eq!(cancelled.code, Some(0), "{cancelled:?}");
    assert!(cancelled.stderr.contains(id) && cancelled.stdout.is_empty());

    let before = json(&server, &["users", "--all"]);
    let removed = before["data"].as_array().unwrap().last().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let ran = account(&server, &["remove-user", &removed]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(account(&server, &["users", &removed]).code, Some(7));
    assert_eq!(account(&server, &["invite"]).code, Some(2));
}

#[test]
fn a_normal_key_does_not_do() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program_for(&server, folder.path()), ["account", "keys"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("CARTESIA_ADMIN_KEY"), "{ran:?}");
    assert!(server.received().is_empty());
}

#[test]
fn lists_are_narrowed() {
    let server = MockServer::start_on_thread().unwrap();
    let found = json(&server, &["keys", "--search", "tests"]);
    assert_eq!(found["data"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["data"][0]["description"], "Tests");
    let found = json(&server, &["users", "--search", "BOB", "--all"]);
    assert_eq!(found["data"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["data"][0]["email"], "bob@example.com");

    json(&server, &["invite", "ada@example.com"]);
    for (status, count) in [("pending", 1), ("accepted", 0)] {
        let found = json(&server, &["invites", "--status", status]);
        let data = found["data"].as_array().unwrap();
        assert_eq!(data.len(), count, "{status}: {found}");
    }
    for arguments in [
        ["keys", "key_1", "--search", "x"],
        ["invites", "invite_1", "--status", "pending"],
    ] {
        assert_eq!(account(&server, &arguments).code, Some(2), "{arguments:?}");
    }
}
