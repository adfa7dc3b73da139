//! `agents dial`, `cancel`, `redact` and `logs`.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{Ran, program_for, run};

fn agents(server: &MockServer, arguments: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["agents"].into_iter().chain(arguments.split(' '));
    run(program_for(server, folder.path()), arguments)
}

#[test]
fn people_are_called_and_the_exit_code_says_if_some_were_not() {
    let server = MockServer::start_on_thread().unwrap();
    let dial = "dial agent_front_desk --from ap_front_desk";
    let ran = agents(&server, &format!("{dial} +15550110 --ring 20 --json"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let placed: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert!(placed["calls"][0]["agent_call_id"].is_string(), "{placed}");

    let ran = agents(&server, &format!("{dial} +15550111 +15550112"));
    assert_eq!(ran.code, Some(8), "{ran:?}");
    let lines: Vec<&str> = ran.stdout_text().lines().collect();
    assert!(lines[1].starts_with("+15550111  ac_"), "{ran:?}");
    assert!(lines[2].contains("too many calls"), "{ran:?}");
    assert!(ran.stderr.contains("1 of 2 calls"), "{ran:?}");

    assert_eq!(agents(&server, dial).code, Some(2));
    assert_eq!(
        agents(&server, &format!("{dial} +15550110 --ring 4")).code,
        Some(2)
    );
    assert_eq!(agents(&server, &format!("{dial} 5550110")).code, Some(6));
}

#[test]
fn a_call_is_cancelled_and_redacted_and_its_logs_are_shown() {
    let server = MockServer::start_on_thread().unwrap();
    let ran = agents(&server, "cancel ac_running");
    assert_eq!((ran.code, ran.stdout_text()), (Some(0), ""), "{ran:?}");
    assert_eq!(agents(&server, "cancel ac_running").code, Some(6));

    let ran = agents(&server, "logs ac_room");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stdout_text().lines().count(), 3);
    assert!(ran.stdout_text().contains("assistant spoke"), "{ran:?}");

    let ran = agents(&server, "redact ac_room");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout_text().contains("redacted at"), "{ran:?}");
    assert_eq!(agents(&server, "audio ac_room -o -").code, Some(7));
    let ran = agents(&server, "redact ac_key --api-version 2025-11-04");
    assert_eq!(ran.code, Some(6), "{ran:?}");
}
