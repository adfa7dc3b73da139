//! `agents …`.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{Ran, program_for, run};

fn agents(server: &MockServer, arguments: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["agents"].into_iter().chain(arguments.split(' '));
    run(program_for(server, folder.path()), arguments)
}

fn table(server: &MockServer, arguments: &str) -> String {
    let ran = agents(server, arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.stdout_text().to_owned()
}

fn json(server: &MockServer, arguments: &str) -> Value {
    let text = table(server, &format!("{arguments} --json"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn every_list_is_a_table_or_json() {
    let server = MockServer::start_on_thread().unwrap();
    for (arguments, head, row, rows) in [
        ("list", "ID", "agent_front_desk  Front desk", 2),
        ("templates", "ID", "template_basic_chat  Basic chat", 1),
        ("numbers agent_front_desk", "NUMBER", "+15550100", 1),
        ("calls agent_front_desk", "ID", "ac_running  active", 4),
        ("metrics", "ID", "metric_solved  solved", 1),
        ("results", "ID", "result_room  solved", 2),
        ("results --call ac_key", "ID", "result_key  solved", 1),
        (
            "deployments agent_front_desk",
            "ID",
            "deployment_front_desk_2  deployed  yes",
            2,
        ),
    ] {
        let text = table(&server, arguments);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), rows + 1, "{arguments}: {text}");
        assert!(lines[0].starts_with(head), "{arguments}: {text}");
        assert!(lines[1].starts_with(row), "{arguments}: {text}");
        let page = json(&server, arguments);
        assert_eq!(page["data"].as_array().unwrap().len(), rows, "{arguments}");
    }
}

#[test]
fn calls_are_paged_and_all_of_them_come_once() {
    let server = MockServer::start_on_thread().unwrap();
    let page = json(&server, "calls agent_front_desk --limit 3 --transcripts");
    assert_eq!(page["has_more"], true);
    assert!(page["data"][1]["transcript"][0]["text"].is_string());
    let ran = agents(&server, "calls agent_front_desk --limit 3");
    assert!(ran.stderr.contains("--all"), "{ran:?}");
    let all = json(&server, "calls agent_front_desk --limit 1 --all");
    let calls = all["data"].as_array().unwrap();
    let ids: Vec<_> = calls
        .iter()
        .map(|call| call["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["ac_running", "ac_room", "ac_lost", "ac_key"]);
}

#[test]
fn one_of_each_is_shown() {
    let server = MockServer::start_on_thread().unwrap();
    for (arguments, says) in [
        ("get agent_front_desk", "repository   example/front-desk"),
        (
            "call ac_room",
            "    2.50 s  user      Is there a room for tonight?",
        ),
        ("deployment deployment_front_desk_2", "\n\nbuilt"),
    ] {
        let text = table(&server, arguments);
        assert!(text.contains(says), "{arguments}: {text}");
        let id = arguments.split(' ').next_back().unwrap();
        assert_eq!(json(&server, arguments)["id"], id);
    }
    let ran = agents(&server, "get nobody");
    assert_eq!(ran.code, Some(7), "{ran:?}");
}

#[test]
fn an_agent_is_changed_and_deleted() {
    let server = MockServer::start_on_thread().unwrap();
    let changed = json(&server, "update agent_front_desk --name Desk --language de");
    assert_eq!(
        (&changed["name"], &changed["tts_language"]),
        (&"Desk".into(), &"de".into())
    );
    assert!(table(&server, "get agent_front_desk").contains("name         Desk"));
    let ran = agents(&server, "update agent_front_desk");
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(table(&server, "delete agent_front_desk"), "");
    assert_eq!(agents(&server, "get agent_front_desk").code, Some(7));
}

#[test]
fn recordings_go_to_files_and_pipes() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["agents", "audio", "ac_room", "-o", "room.wav"];
    let ran = run(program_for(&server, folder.path()), arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let wav = hound::WavReader::open(folder.path().join("room.wav")).unwrap();
    assert_eq!(wav.spec().sample_rate, 16_000);
    assert!(wav.duration() > 16_000);
    let ran = agents(&server, "audio ac_room -o -");
    assert_eq!(ran.code, Some(0), "{:?}", ran.stderr);
    assert!(ran.stdout.starts_with(b"RIFF"));
    assert_eq!(ran.stdout.len(), 44 + wav.duration() as usize * 2);

    let arguments = ["agents", "audio", "ac_running", "-o", "none.wav"];
    let ran = run(program_for(&server, folder.path()), arguments);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    assert!(ran.stderr.contains("no recording"), "{ran:?}");
    assert!(!folder.path().join("none.wav").exists());
    let ran = agents(&server, "audio ac_room -o no/such/folder.wav");
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn results_are_exported() {
    let server = MockServer::start_on_thread().unwrap();
    let text = table(&server, "export --metric metric_solved -o -");
    assert!(text.starts_with("id,metricId,"), "{text}");
    assert_eq!(text.lines().count(), 3);
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program_for(&server, folder.path()), ["agents", "export"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let written = std::fs::read_to_string(folder.path().join("results.csv")).unwrap();
    assert_eq!(written, text);
    assert_eq!(agents(&server, "export --call none -o -").code, Some(7));
}

#[test]
fn versions_without_agents_are_refused_before_anything_is_sent() {
    let server = MockServer::start_on_thread().unwrap();
    let ran = agents(&server, "list --api-version 2024-11-13");
    assert_eq!(ran.code, Some(6), "{ran:?}");
    assert!(ran.stderr.contains("2025-04-16 and later"), "{ran:?}");
    assert!(server.received().is_empty());
}
