//! When it goes wrong: exit codes, reports, and what is kept.

use cartesia_mock::{CannedResponse, Fault, MockServer, Voices};
use serde_json::Value;
use std::net::TcpListener;
use std::process::Stdio;

use crate::support::{
    KEY, finish, interrupt, partial, program, program_for, run, run_with_stdin, samples,
    wait_for_bytes,
};

#[test]
fn a_server_that_dies_in_the_middle_leaves_a_file_that_plays() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = "A sentence that is long enough to be cut in the middle of its many words.";
    for transport in ["sse", "bytes"] {
        server.inject(Fault::CutBody { after: 100_000 });
        let arguments = [
            "speak",
            text,
            "--transport",
            transport,
            "-o",
            "out.wav",
            "--report",
        ];
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(10), "{ran:?}");
        let report = ran.report();
        assert_eq!(report["outcome"], "error");
        assert_eq!(report["kind"], "incomplete");
        let bytes = report["bytes"].as_u64().unwrap();
        assert!((30_000..=100_000).contains(&bytes), "{report}");
        assert!(report["request_id"].is_string(), "{report}");
        let header = if transport == "bytes" { 44 } else { 0 };
        // The name was not taken by half of the audio; the report names the file that has it.
        assert!(!folder.path().join("out.wav").exists());
        let saved = ran.saved();
        assert!(saved.ends_with("out.partial.wav"), "{report}");
        assert_eq!(samples(&saved) * 2, (bytes - header) / 2 * 2, "{transport}");
        std::fs::remove_file(saved).unwrap();
    }
    server.inject(Fault::end_after(2));
    let ran = run(
        program_for(&server, folder.path()),
        ["speak", text, "-o", "out.wav", "--transport", "sse"],
    );
    assert_eq!(ran.code, Some(10), "{ran:?}");
    assert!(ran.stderr.contains("before `done`"), "{ran:?}");
    let last = ran.stderr.lines().last().unwrap();
    assert!(
        last.starts_with("The audio received so far is in "),
        "{ran:?}"
    );
    assert!(last.ends_with("out.partial.wav."), "{ran:?}");
}

#[test]
fn exit_codes_tell_what_to_do() {
    let server = MockServer::builder()
        .voices(Voices::Catalogue)
        .start_on_thread()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let speak = |flags: &[&str], kind: &str, code: i32| {
        let arguments = ["speak", "Hi", "--report", "--no-play"].iter().chain(flags);
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let report = ran.report();
        assert_eq!(report["kind"], kind, "{report}");
        assert_eq!(report["outcome"], "error");
        assert!(
            report["message"]
                .as_str()
                .is_some_and(|message| message.len() > 10),
            "{report}"
        );
    };
    for transport in ["ws", "sse"] {
        let by = ["--transport", transport];
        let unknown = ["--voice", "a0e99841-0000-4000-8000-000000000000"];
        speak(&[by, unknown].concat(), "not_found", 7);
        let odd = ["--sample-rate", "12345"];
        speak(&[by, odd].concat(), "invalid_request", 6);
    }
    speak(&["--voice", "Nobody"], "not_found", 7);
    speak(&["--base-url", "ftp://x"], "config", 3);
    speak(&["--base-url", "http://example.com"], "config", 3);
    speak(&["-o", "no/such/folder/out.wav"], "io", 2);
    speak(&["--transport", "sse", "--container", "mp3"], "usage", 2);
    speak(&["--transport", "ws", "--container", "mp3"], "usage", 2);

    let respond = |status: u16| {
        let response = CannedResponse::new(status).with_header("retry-after", "0");
        server.inject(Fault::Respond(response).always());
    };
    for (status, kind, code) in [
        (402, "quota", 4),
        (403, "auth", 4),
        (429, "rate_limited", 5),
        (503, "server", 8),
        (302, "protocol", 10),
    ] {
        server.clear_faults();
        respond(status);
        for transport in ["ws", "sse"] {
            speak(&["--transport", transport], kind, code);
        }
    }
    for transport in ["ws", "sse"] {
        server.clear_faults();
        server.inject(Fault::StallBeforeHeaders);
        let flags = ["--timeout", "0.2", "--transport", transport];
        speak(&flags, "timeout", 9);
    }
}

#[test]
fn a_server_that_is_not_there_and_a_key_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    // Bound and let go, so nothing listens there.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut command = program(folder.path());
    command.env("CARTESIA_API_KEY", KEY);
    let url = format!("http://127.0.0.1:{port}");
    let ran = run(
        command,
        ["voices", "list", "--base-url", &url, "--timeout", "20"],
    );
    assert_eq!(ran.code, Some(9), "{ran:?}");
    assert!(
        ran.stderr.contains("refused"),
        "the cause is shown: {ran:?}"
    );

    let server = MockServer::builder().key(KEY).start_on_thread().unwrap();
    let mut command = program_for(&server, folder.path());
    command.env("CARTESIA_API_KEY", "not-a-key");
    let ran = run(command, ["voices", "list", "--json"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let report = ran.report();
    assert_eq!(
        (&report["kind"], &report["status"]),
        (&Value::from("auth"), &Value::from(401))
    );
    assert_eq!(
        ran.stderr.lines().count(),
        1,
        "stderr is for programs: {ran:?}"
    );
}

#[test]
fn no_text_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, stdin) in [
        (&["speak"][..], ""),
        (&["speak", "-"], "\n"),
        (&["speak", " "], ""),
    ] {
        let ran = run_with_stdin(program(folder.path()), arguments, stdin);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    }
    assert_eq!(run(program(folder.path()), ["no-such-verb"]).code, Some(2));
}

#[test]
fn the_key_is_not_reported_at_the_finest_log_level() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (version, transport) in [
        ("2024-06-10", "ws"),
        ("2024-06-10", "sse"),
        ("2026-08-14", "ws"),
        ("2026-08-14", "sse"),
    ] {
        let mut command = program_for(&server, folder.path());
        command
            .env("RUST_LOG", "trace")
            .env("CARTESIA_VERSION", version);
        let ran = run(
            command,
            [
                "speak",
                "Hi",
                "--report",
                "--no-play",
                "--transport",
                transport,
            ],
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
        // `finish` has looked for the key; here it is shown that there was something to look at.
        assert!(ran.stderr.contains("TRACE"), "{ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_arrived_and_exits_with_130() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.inject(Fault::StallBody { after: 60_000 });
    let text = "A sentence that is long enough to be interrupted in the middle of its words.";
    let mut command = program_for(&server, folder.path());
    let child = command
        .args(["speak", text, "-o", "out.wav", "--report"])
        .args(["--transport", "sse"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program writes as audio arrives: once some is in the file, it is in the middle.
    let path = partial(folder.path(), "out.wav");
    wait_for_bytes(&path, 1_000);
    interrupt(&child);
    let ran = finish(crate::support::output(child));
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let report = ran.report();
    assert_eq!(report["kind"], "cancelled");
    assert!(ran.saved().ends_with("out.partial.wav"), "{report}");
    assert_eq!(samples(&path), report["bytes"].as_u64().unwrap() / 2);
}
