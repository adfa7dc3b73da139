//! `agents phone-numbers`.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{Ran, program_for, run};

fn numbers(server: &MockServer, arguments: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let arguments = format!("agents phone-numbers {arguments}");
    run(program_for(server, folder.path()), arguments.split(' '))
}

#[test]
fn a_number_is_rented_given_away_and_deleted() {
    let server = MockServer::start_on_thread().unwrap();
    let ran = numbers(
        &server,
        "provision --label Night --agent agent_night_desk --json",
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let made: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(made["agent"]["id"], "agent_night_desk");
    let id = made["id"].as_str().unwrap();
    let ran = numbers(&server, "list");
    assert_eq!(ran.stdout_text().lines().count(), 3, "{ran:?}");
    let row = ran.stdout_text().lines().nth(1).unwrap();
    let cells: Vec<_> = row.split_whitespace().take(3).collect();
    assert_eq!(cells, ["ap_front_desk", "+15550100", "agent_front_desk"]);

    let ran = numbers(&server, &format!("update {id} --label Day"));
    assert!(ran.stdout_text().contains("agent_night_desk"), "{ran:?}");
    let ran = numbers(&server, &format!("update {id} --no-agent"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = numbers(&server, &format!("get {id}"));
    assert!(ran.stdout_text().contains("Day"), "{ran:?}");
    assert!(!ran.stdout_text().contains("agent_night_desk"), "{ran:?}");
    let ran = numbers(&server, &format!("update {id} --agent agent_front_desk"));
    assert!(ran.stdout_text().contains("agent_front_desk"), "{ran:?}");
    assert_eq!(numbers(&server, &format!("delete {id}")).code, Some(0));
    assert_eq!(numbers(&server, &format!("get {id}")).code, Some(7));
}

#[test]
fn what_is_missing_or_unknown_is_reported() {
    let server = MockServer::start_on_thread().unwrap();
    for arguments in [
        "update ap_front_desk",
        "provision",
        "import +15550120 --label D",
    ] {
        assert_eq!(numbers(&server, arguments).code, Some(2), "{arguments}");
    }
    assert!(server.received().is_empty());
    let import = "import +15550120 --label D --provider none";
    assert_eq!(numbers(&server, import).code, Some(7));
    let old = "list --api-version 2025-11-04";
    assert_eq!(numbers(&server, old).code, Some(6));
}
