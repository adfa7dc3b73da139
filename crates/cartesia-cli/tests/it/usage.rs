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
