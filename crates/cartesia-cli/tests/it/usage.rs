//! `usage`, with the admin key.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{program, program_for, run};

#[test]
fn usage_needs_the_admin_key_and_no_other() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("CARTESIA_BASE_URL", server.url());
    command.env("CARTESIA_ADMIN_KEY", "sk_car_admin_canary");
    let arguments = [
        "usage",
        "credits",
        "--start",
        "2026-09-01T00:00:00Z",
        "--interval",
        "day",
    ];
    let ran = run(command, arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.stdout_text().lines().collect();
    assert_eq!(lines.len(), 3, "{ran:?}");
    assert!(lines[0].ends_with("CREDITS"), "{ran:?}");
    assert!(
        lines[1].starts_with("2026-09-01T00:00:00Z  2026-09-02T00:00:00Z  "),
        "{ran:?}"
    );

    let mut command = program_for(&server, folder.path());
    command.env("CARTESIA_ADMIN_KEY", "sk_car_admin_canary");
    let ran = run(command, ["usage", "agents", "--json"]);
    let page: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert!(page["data"][0]["calls"].is_number(), "{ran:?}");

    for wrong in [None, Some("sk_car_canary")] {
        let mut command = program_for(&server, folder.path());
        command.envs(wrong.map(|key| ("CARTESIA_ADMIN_KEY", key)));
        let ran = run(command, ["usage"]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(
            ran.stderr.contains("CARTESIA_ADMIN_KEY") && !ran.stderr.contains("canary"),
            "{ran:?}"
        );
    }
    assert_eq!(server.received().len(), 2);
}

#[test]
fn credits_are_grouped_and_narrowed() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let usage = |arguments: &[&str]| {
        let mut command = program(folder.path());
        command.env("CARTESIA_BASE_URL", server.url());
        command.env("CARTESIA_ADMIN_KEY", "sk_car_admin_canary");
        run(command, [&["usage"], arguments].concat())
    };
    let ran = usage(&["--group-by", "model", "--key", "key_1"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.stdout_text().lines().collect();
    assert!(lines[0].ends_with("CREDITS  GROUP"), "{ran:?}");
    assert!(lines[1].ends_with("all of it"), "{ran:?}");
    let query = server.received().pop().unwrap().query;
    for pair in [("group_by", "model"), ("api_key_id", "key_1")] {
        let pair = (pair.0.to_owned(), pair.1.to_owned());
        assert!(query.contains(&pair), "{query:?}");
    }
    for arguments in [
        ["agents", "--group-by", "model"],
        ["agents", "--key", "key_1"],
    ] {
        assert_eq!(usage(&arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(server.received().len(), 1);
}
