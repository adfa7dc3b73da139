//! What servers and other people wrote, in a terminal.

use cartesia_mock::{CannedResponse, Fault, MockServer};
use serde_json::{Value, json};

use crate::support::{Ran, program_for, run};

/// Clears the screen, sets the title, reverses text, and more.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}cba\u{2066}\u{200f}\r\u{8}y";

fn respond(server: &MockServer, status: u16, body: &Value) {
    let answer = CannedResponse::new(status).with_header("content-type", "application/json");
    server.inject(Fault::Respond(answer.with_body(body.to_string())));
}

fn assert_harmless(ran: &Ran) {
    let is_control = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    for text in [ran.stdout_text(), &ran.stderr] {
        assert!(!text.contains(is_control), "{ran:?}");
    }
}

#[test]
fn nothing_from_a_server_controls_the_terminal() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.wav"), "RIFF").unwrap();
    let voice = json!({"id": "voice_1", "name": HOSTILE, "description": HOSTILE, "language": "en",
                       "created_at": HOSTILE, "is_owner": true, "is_public": false});
    let error = json!({"error_code": "bad", "title": HOSTILE, "message": HOSTILE});
    let page = json!({"data": [voice], "has_more": true});
    let file = json!({"id": "file_1", "filename": HOSTILE, "size": 1});
    let heard = json!({"text": HOSTILE, "words": [{"word": HOSTILE, "start": 0.0, "end": 0.5}]});
    let document =
        json!({"id": "doc_1", "name": HOSTILE, "content": format!("{HOSTILE}\n{HOSTILE}")});
    for (arguments, status, body, code) in [
        ("voices list", 200, &page, 0),
        (
            "voices get a0e99841-438c-4a64-b679-ae501e7d6091",
            200,
            &voice,
            0,
        ),
        ("voices list", 400, &error, 6),
        ("speak Hi -o a.mp3", 400, &error, 6),
        ("speak Hi -o a.wav", 400, &error, 6),
        ("transcribe a.wav", 200, &heard, 0),
        ("transcribe a.wav --words", 200, &heard, 0),
        ("files info file_1", 200, &file, 0),
        (
            "files list",
            200,
            &json!({"data": [file], "has_more": false}),
            0,
        ),
        ("agents documents get doc_1", 200, &document, 0),
        ("status", 200, &json!({"ok": true, "version": HOSTILE}), 0),
    ] {
        for json in [false, true] {
            server.clear_faults();
            respond(&server, status, body);
            let flags = if json { &["--json"][..] } else { &[] };
            let words = arguments.split(' ').chain(flags.iter().copied());
            let ran = run(program_for(&server, folder.path()), words);
            assert_eq!(ran.code, Some(code), "{arguments}: {ran:?}");
            assert_harmless(&ran);
            if json && code == 0 {
                // For programs, the value is the same.
                let printed: Value = serde_json::from_str(ran.stdout_text()).unwrap();
                let text = printed.to_string();
                assert!(
                    text.contains(&json!(HOSTILE).to_string()),
                    "{arguments}: {text}"
                );
            }
        }
    }
}

#[test]
fn tables_are_cut_to_the_terminal() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for columns in [40, 80, 100] {
        let mut command = program_for(&server, folder.path());
        command.env("COLUMNS", columns.to_string());
        let ran = run(command, ["voices", "list"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        for line in ran.stdout_text().lines() {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
        let id = "a0e99841-438c-4a64-b679-ae501e7d6091";
        assert!(ran.stdout_text().contains(id), "{ran:?}");
    }
}

/// Text can only be printed by the functions that make it harmless.
#[test]
fn one_file_alone_names_stdout_and_stderr() {
    fn visit(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
                continue;
            }
            if path.extension().is_none_or(|it| it != "rs") || path.ends_with("src/print.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for (number, line) in (1..).zip(code.lines()) {
                let prints = ["println!", "print!(", "stdout()", "stderr()", "io::stderr"];
                let is_allowed = line.contains("print::stdout()")
                    // The log, which holds no text of servers.
                    || line.contains(".with_writer(std::io::stderr)");
                if prints.iter().any(|it| line.contains(it)) && !is_allowed {
                    found.push(format!("{}:{number}: {line}", path.display()));
                }
            }
        }
    }
    let mut found = Vec::new();
    visit(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.is_empty(), "{found:#?}");
}
