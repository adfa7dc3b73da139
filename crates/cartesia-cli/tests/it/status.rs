//! `status`: whether the service is well.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{program, program_for, run};

#[test]
fn a_service_that_is_well_says_at_which_version() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program_for(&server, folder.path()), ["status"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<Vec<&str>> = ran
        .stdout_text()
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0], ["service", server.url().as_str()], "{ran:?}");
    assert_eq!(lines[1], ["status", "ok"], "{ran:?}");
    assert_eq!(lines[2], ["version", "2026-08-14"], "{ran:?}");

    let arguments = ["status", "--json", "--api-version", "2025-04-16"];
    let ran = run(program_for(&server, folder.path()), arguments);
    let status: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(status["ok"], true, "{ran:?}");
    assert_eq!(status["version"], "2025-04-16", "{ran:?}");
}

#[test]
fn nobody_there_is_reported_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("CARTESIA_API_KEY", "sk_canary");
    let ran = run(command, ["status", "--base-url", "http://127.0.0.1:1"]);
    assert_eq!(
        (ran.code, ran.stderr.lines().count()),
        (Some(9), 1),
        "{ran:?}"
    );
    assert!(ran.stdout.is_empty());
}

#[test]
fn a_service_that_is_not_well_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut start = [0; 1_024];
        let read = connection.read(&mut start).unwrap();
        assert!(start[..read].starts_with(b"GET / HTTP/1.1\r\n"));
        let body = r#"{"ok":false,"version":"2026-08-14"}"#;
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json";
        let length = body.len();
        write!(
            connection,
            "{head}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("CARTESIA_API_KEY", "sk_canary");
    let ran = run(command, ["status", "--base-url", &url]);
    assert_eq!(ran.code, Some(8), "{ran:?}");
    assert!(ran.stdout_text().contains("not ok"), "{ran:?}");
    assert!(ran.stderr.contains("unhealthy"), "{ran:?}");
    service.join().unwrap();
}
