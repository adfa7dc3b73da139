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
    run(
        program_for(server, folder.path()),
        arguments.split_whitespace(),
    )
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
fn what_is_wrong_is_reported_in_one_line_with_the_right_code() {
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

/// Two sentences, spoken into a WAV file.
fn two_sentences(server: &MockServer) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let said = [
        "speak",
        "Fish & chips. <break time=\"2s\"/> Two, please!",
        "-o",
        "said.wav",
    ];
    let ran = run(program_for(server, folder.path()), said);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    folder
}

#[test]
fn captions_on_stdout() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = two_sentences(&server);
    let ran = transcribe(&server, &folder, "said.wav --srt");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.stdout_text().lines().collect();
    assert_eq!(
        (lines[0], lines[2], lines[3]),
        ("1", "Fish & chips.", ""),
        "{ran:?}"
    );
    assert_eq!((lines[4], lines[6]), ("2", "Two, please!"), "{ran:?}");
    assert!(
        lines[1].starts_with("00:00:00,") && lines[1].contains(" --> 00:00:0"),
        "{ran:?}"
    );
    let ran = transcribe(&server, &folder, "said.wav --vtt");
    assert!(
        ran.stdout_text().starts_with("WEBVTT\n\n00:00:00."),
        "{ran:?}"
    );
    assert!(
        ran.stdout_text().contains("\nFish &amp; chips.\n"),
        "{ran:?}"
    );
    for flags in ["--srt --vtt", "--srt --words", "--vtt --json"] {
        let ran = transcribe(&server, &folder, &format!("said.wav {flags}"));
        assert_eq!(ran.code, Some(2), "{flags}: {ran:?}");
    }
}

#[test]
fn several_files_one_after_the_other() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    std::fs::copy(
        folder.path().join("said.wav"),
        folder.path().join("again.wav"),
    )
    .unwrap();
    let ran = transcribe(&server, &folder, "said.wav again.wav");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        ran.stdout_text(),
        "said.wav:\nSay three words\nagain.wav:\nSay three words\n"
    );
    let ran = transcribe(&server, &folder, "said.wav again.wav --json");
    let files: Vec<Value> = ran
        .stdout_text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (files[0]["file"].as_str(), files[1]["file"].as_str()),
        (Some("said.wav"), Some("again.wav"))
    );
    assert_eq!(files[1]["text"], "Say three words");
}

#[test]
fn a_file_that_fails_does_not_keep_the_others_back() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    std::fs::write(folder.path().join("noise.wav"), "no audio").unwrap();
    let ran = transcribe(&server, &folder, "noise.wav missing.wav said.wav");
    // The exit code is that of the first failure.
    assert_eq!(ran.code, Some(6), "{ran:?}");
    assert_eq!(ran.stdout_text(), "said.wav:\nSay three words\n");
    assert!(ran.stderr.contains("missing.wav cannot be read"), "{ran:?}");
    assert!(ran.stderr.contains("noise.wav: "), "{ran:?}");
}

#[test]
fn files_beside_each_other() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let out = folder.path().join("out");
    // The folder is created, unless there is something else.
    let not_a_folder = transcribe(&server, &folder, "said.wav --output-dir said.wav");
    assert_eq!(not_a_folder.code, Some(2), "{not_a_folder:?}");
    std::fs::copy(
        folder.path().join("said.wav"),
        folder.path().join("again.wav"),
    )
    .unwrap();
    for flags in ["", "--words", "--srt", "--vtt"] {
        let ran = transcribe(
            &server,
            &folder,
            &format!("said.wav again.wav --output-dir out {flags}"),
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.stdout_text(), "");
        assert!(ran.stderr.contains("out/again."), "{ran:?}");
    }
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    assert_eq!(read("said.txt"), "Say three words\n");
    assert!(read("said.srt").starts_with("1\n00:00:0"));
    assert!(read("again.vtt").starts_with("WEBVTT\n"));
    let words: Value = serde_json::from_str(&read("again.json")).unwrap();
    assert_eq!(words["cues"][0]["words"][1]["word"], "three");
    for (arguments, says) in [
        (
            "said.wav out/said.wav --output-dir out",
            "two files would be written",
        ),
        ("said.wav again.wav --srt", "--output-dir"),
        ("- - --words", "can be read only once"),
    ] {
        let ran = transcribe(&server, &folder, arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
}

#[test]
fn audio_on_stdin() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    for (name, flags) in [
        ("said.wav", ""),
        ("said.pcm", "--encoding pcm_mulaw --sample-rate 8000"),
    ] {
        let mut program = program_for(&server, folder.path());
        program.stdin(std::fs::File::open(folder.path().join(name)).unwrap());
        let arguments = format!("transcribe - {flags}");
        let ran = run(program, arguments.split_whitespace());
        assert_eq!(
            (ran.code, ran.stdout_text()),
            (Some(0), "Say three words\n"),
            "{ran:?}"
        );
    }
    let ran = transcribe(&server, &folder, "-");
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("no audio on stdin"), "{ran:?}");
}
