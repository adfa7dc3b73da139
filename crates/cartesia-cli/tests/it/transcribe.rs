//! `transcribe`: a file to text.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{Ran, program_for, run};

/// A folder with `said.wav`, in which the mock server says three words, and `said.pcm`, the same at
/// 8 kHz without a header.
fn folder(server: &MockServer) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for flags in [
        "-o said.wav",
        "-o said.pcm --encoding pcm_mulaw --sample-rate 8000",
    ] {
        let mut arguments = vec!["speak", "Say three words"];
        arguments.extend(flags.split(' '));
        let ran = run(program_for(server, folder.path()), arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    std::fs::write(folder.path().join("empty.wav"), "").unwrap();
    folder
}

fn transcribe(server: &MockServer, folder: &tempfile::TempDir, arguments: &str) -> Ran {
    let arguments = format!("transcribe {arguments}");
    run(program_for(server, folder.path()), arguments.split(' '))
}

#[test]
fn text_on_stdout_and_nothing_else_when_nobody_watches() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    for arguments in [
        "said.wav",
        "said.wav --model ink-whisper-2025-06-04 --language de",
        "said.pcm --encoding pcm_mulaw --sample-rate 8000",
    ] {
        let ran = transcribe(&server, &folder, arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.stdout_text(), "Say three words\n");
        // No progress: stderr is no terminal here.
        assert_eq!(ran.stderr, "");
    }
    let received = server.received();
    let received = received.last().unwrap();
    assert_eq!(received.path, "/stt");
    assert!(
        received
            .query
            .contains(&("encoding".to_owned(), "pcm_mulaw".to_owned())),
        "{received:?}"
    );
}

#[test]
fn words_as_a_table_and_the_whole_answer_as_json() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let ran = transcribe(&server, &folder, "said.wav --words");
    let lines: Vec<&str> = ran.stdout_text().lines().collect();
    assert_eq!(lines.len(), 4, "{ran:?}");
    assert_eq!(lines[0], "START  END    WORD");
    assert!(lines[1].ends_with("  Say"), "{ran:?}");

    let ran = transcribe(&server, &folder, "said.wav --words --language fr --json");
    let heard: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(heard["text"], "Say three words");
    assert_eq!(heard["language"], "fr");
    assert_eq!(heard["words"].as_array().unwrap().len(), 3);
    let start: f64 = lines[1].split(' ').next().unwrap().parse().unwrap();
    assert!((heard["words"][0]["start"].as_f64().unwrap() - start).abs() < 1e-9);
}

#[test]
fn servers_that_only_know_the_other_api_do() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let ran = transcribe(&server, &folder, "said.wav --compatible");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stdout_text(), "Say three words\n");
    let arguments = "said.wav --compatible --words --language fr --json";
    let heard: Value =
        serde_json::from_str(transcribe(&server, &folder, arguments).stdout_text()).unwrap();
    assert_eq!(heard["language"], "fr");
    assert_eq!(heard["words"].as_array().unwrap().len(), 3, "{heard}");
    let received = server.received();
    let [.., first, second] = received.as_slice() else {
        panic!("{received:?}")
    };
    for request in [first, second] {
        assert_eq!(request.path, "/audio/transcriptions");
    }
    let raw = "said.pcm --compatible --encoding pcm_mulaw --sample-rate 8000";
    assert_eq!(transcribe(&server, &folder, raw).code, Some(2));
    assert_eq!(server.received().len(), received.len());
}

#[test]
fn what_is_wrong_is_told_in_one_line_with_the_right_code() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let before = server.received().len();
    for (arguments, code, says) in [
        ("missing.wav", 2, "missing.wav cannot be read"),
        ("empty.wav", 2, "empty.wav is empty"),
        (".", 2, "is a folder"),
        ("said.pcm --encoding pcm_mulaw", 2, "--sample-rate"),
        (
            "said.pcm --encoding pcm_s24le --sample-rate 8000",
            2,
            "pcm_f16le",
        ),
    ] {
        let ran = transcribe(&server, &folder, arguments);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
        assert_eq!(ran.stdout_text(), "");
    }
    assert_eq!(server.received().len(), before, "nothing was sent");
    for (arguments, code, says) in [
        ("said.pcm", 6, "decoded"),
        ("said.wav --model ink-9", 7, "ink-9"),
    ] {
        let ran = transcribe(&server, &folder, arguments);
        assert_eq!(
            (ran.code, ran.stderr.lines().count()),
            (Some(code), 1),
            "{ran:?}"
        );
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
    let ran = transcribe(&server, &folder, "missing.wav --json");
    assert_eq!(ran.report()["kind"], "io");
}
