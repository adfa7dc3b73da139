//! The text: words, files, stdin in several encodings, and texts that are long.

use std::io::Write as _;
use std::process::{Command, Stdio};

use cartesia_mock::MockServer;

use crate::support::{Ran, finish, program_for, run};

fn with_stdin(mut command: Command, arguments: &[&str], stdin: &[u8]) -> Ran {
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses the beginning does not read the rest.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    finish(crate::support::output(child))
}

/// What the last request over HTTP wants to be spoken.
fn asked(server: &MockServer) -> String {
    let received = server.received();
    let request = received.last().unwrap().json().unwrap();
    request["transcript"].as_str().unwrap().to_owned()
}

const BY_EVENTS: [&str; 4] = ["-o", "out.wav", "--transport", "sse"];

#[test]
fn several_words_need_no_quotes() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["hello", "there", "you"][..],
        &["hello there", "you"],
        &[
            "--model",
            "sonic-3",
            "hello",
            "--language",
            "en",
            "there",
            "you",
        ],
    ] {
        let arguments = ["speak"].iter().chain(words).chain(&BY_EVENTS);
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(asked(&server), "hello there you");
    }
}

#[test]
fn a_text_from_a_file() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("text.txt"), "\u{feff}From a file.").unwrap();
    let speak = |arguments: &[&str]| {
        let arguments = ["speak"].iter().chain(arguments).chain(&BY_EVENTS);
        run(program_for(&server, folder.path()), arguments)
    };
    for flag in ["-f", "--file"] {
        assert_eq!(speak(&[flag, "text.txt"]).code, Some(0));
        assert_eq!(asked(&server), "From a file.");
    }
    for (arguments, says) in [
        (&["-f", "none.txt"][..], "none.txt cannot be read"),
        (&["-f", "."], "is a folder"),
        (&["-f", "text.txt", "and words"], "cannot be used with"),
    ] {
        let ran = speak(arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
}

#[test]
fn encodings_of_stdin() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let units = |to: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}Caf\u{e9} hi".encode_utf16().flat_map(to).collect()
    };
    for stdin in [
        "\u{feff}Caf\u{e9} hi".as_bytes().to_vec(),
        units(u16::to_le_bytes),
        units(u16::to_be_bytes),
    ] {
        let arguments: Vec<&str> = ["speak"].into_iter().chain(BY_EVENTS).collect();
        let ran = with_stdin(program_for(&server, folder.path()), &arguments, &stdin);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(asked(&server), "Caf\u{e9} hi");
    }
    let before = server.received().len();
    for stdin in [
        &b"a\0b"[..],
        &units(u16::to_le_bytes)[2..],
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ] {
        for transport in ["sse", "ws"] {
            let arguments = ["speak", "-o", "out.wav", "--transport", transport];
            let ran = with_stdin(program_for(&server, folder.path()), &arguments, stdin);
            assert_eq!(ran.code, Some(2), "{stdin:?}: {ran:?}");
        }
    }
    assert_eq!(server.received().len(), before, "nothing was sent");
}

#[test]
fn a_very_long_text_is_refused_without_yes() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = "word ".repeat(5_000);
    std::fs::write(folder.path().join("long.txt"), &text).unwrap();
    let estimate = "25,000 characters: about 27 min of speech, 25,000 credits";
    let ran = run(
        program_for(&server, folder.path()),
        ["speak", "-f", "long.txt", "-o", "out.wav"],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.stderr.contains(estimate) && ran.stderr.contains("--yes"),
        "{ran:?}"
    );
    let sse = ["speak", "-o", "out.wav", "--transport", "sse"];
    let ran = with_stdin(program_for(&server, folder.path()), &sse, text.as_bytes());
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let mut command = program_for(&server, folder.path());
    command.stdin(std::fs::File::open(folder.path().join("long.txt")).unwrap());
    let ran = run(command, ["speak", "-o", "out.wav"]);
    assert_eq!(ran.code, Some(2), "a file on stdin: {ran:?}");
    assert!(server.received().is_empty() && server.sockets().is_empty());
    assert!(!folder.path().join("out.wav").exists());
}

#[test]
fn the_estimate_of_a_long_text_is_shown() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = "A few words. ".repeat(80);
    let arguments = ["speak", &text, "-o", "out.pcm", "--encoding", "pcm_mulaw"];
    let ran = run(program_for(&server, folder.path()), arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stderr
            .contains("1,040 characters: about 1 min of speech"),
        "{ran:?}"
    );
    let ran = run(
        program_for(&server, folder.path()),
        arguments.iter().chain(&["--json"]),
    );
    assert_eq!(
        (ran.code, ran.stderr.lines().count()),
        (Some(0), 1),
        "{ran:?}"
    );
}
