//! `speak --subtitles`.

use cartesia_mock::{Expect, MockServer};
use serde_json::Value;

use crate::support::{Ran, program_for, run, run_with_stdin};

const TEXT: &str = "Fish & chips. <break time=\"2s\"/> Two, please!";

fn speak(server: &MockServer, folder: &tempfile::TempDir, arguments: &[&str]) -> Ran {
    let base = ["speak", "-o", "out.wav"];
    let arguments = base.iter().chain(arguments);
    run(program_for(server, folder.path()), arguments)
}

fn read(folder: &tempfile::TempDir, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn the_times_of_words_become_subtitles() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for transport in ["ws", "sse"] {
        let ran = speak(
            &server,
            &folder,
            &[TEXT, "--transport", transport, "--subtitles", "out.srt"],
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let srt = read(&folder, "out.srt");
        let lines: Vec<&str> = srt.lines().collect();
        assert_eq!(
            (lines[2], lines[6]),
            ("Fish & chips.", "Two, please!"),
            "{srt}"
        );
        // The same words are heard at these times.
        let transcribed = ["transcribe", "out.wav", "--srt"];
        let heard = run(program_for(&server, folder.path()), transcribed);
        let times = |file: &str| -> Vec<f64> {
            let lines = file.lines().filter(|line| line.contains(" --> "));
            lines
                .map(|line| line[6..12].replace(',', ".").parse().unwrap())
                .collect()
        };
        for (spoken, heard) in times(&srt).iter().zip(times(heard.stdout_text())) {
            assert!((spoken - heard).abs() < 0.02, "{spoken} {heard}");
        }
    }
    let ran = speak(&server, &folder, &[TEXT, "--subtitles", "out.vtt"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(read(&folder, "out.vtt").contains("\nFish &amp; chips.\n"));
    speak(&server, &folder, &[TEXT, "--subtitles", "out.json"]);
    let json: Value = serde_json::from_str(&read(&folder, "out.json")).unwrap();
    assert_eq!(json["cues"].as_array().unwrap().len(), 2);
}

#[test]
fn text_that_streams_in_has_subtitles_too() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["speak", "-", "-o", "out.wav", "--subtitles", "out.srt"];
    let ran = run_with_stdin(
        program_for(&server, folder.path()),
        &arguments,
        "Two, please!",
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        read(&folder, "out.srt").lines().nth(2),
        Some("Two, please!")
    );
}

#[test]
fn times_are_asked_for_only_with_subtitles() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(speak(&server, &folder, &["Hi there"]).code, Some(0));
    let asked = Expect::message().json("/add_timestamps", true);
    server.assert_received(&asked.clone().never());
    speak(&server, &folder, &["Hi there", "--subtitles", "out.srt"]);
    server.assert_received(&asked);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_sent() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (arguments, says) in [
        (
            &["Hi", "--subtitles", "out.ass"][..],
            ".srt, .vtt, .json or .txt",
        ),
        (&["Hi", "--subtitles", "out"], ".srt, .vtt, .json or .txt"),
        (&["Hi", "--subtitles", "missing/out.srt"], "missing"),
        (
            &["Hi", "--subtitles", "out.srt", "--transport", "bytes"],
            "--subtitles needs word timestamps",
        ),
        (
            &["Hi", "--subtitles", "out.srt", "--container", "mp3"],
            "--subtitles needs word timestamps",
        ),
    ] {
        let ran = speak(&server, &folder, arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
    assert!(server.received().is_empty());
}
