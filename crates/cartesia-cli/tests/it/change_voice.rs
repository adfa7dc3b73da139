//! `change-voice` and `infill`: audio for audio.

use cartesia_mock::{Fault, MockServer};

use crate::support::{Ran, program_for, run, samples};

const VOICE: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";

/// A folder with `mine.wav`.
fn folder(server: &MockServer) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["speak", "Something to change", "-o", "mine.wav"];
    let ran = run(program_for(server, folder.path()), arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    folder
}

fn program(server: &MockServer, folder: &tempfile::TempDir, arguments: &[&str]) -> Ran {
    run(program_for(server, folder.path()), arguments)
}

#[test]
fn the_same_clip_in_another_voice() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let mine = hound::WavReader::open(folder.path().join("mine.wav")).unwrap();
    for voice in [VOICE, "katie"] {
        let arguments = [
            "change-voice",
            "mine.wav",
            "--voice",
            voice,
            "-o",
            "theirs.wav",
        ];
        let ran = program(&server, &folder, &arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stderr.contains("s of speech"), "{ran:?}");
        let theirs = hound::WavReader::open(folder.path().join("theirs.wav")).unwrap();
        assert_eq!(theirs.duration(), mine.duration());
    }
    let ran = program(
        &server,
        &folder,
        &[
            "change-voice",
            "mine.wav",
            "--voice",
            VOICE,
            "-o",
            "-",
            "--container",
            "raw",
            "--encoding",
            "pcm_mulaw",
            "--json",
        ],
    );
    assert_eq!(ran.report()["outcome"], "ok");
    assert_eq!(ran.report()["bytes"], ran.stdout.len());
    let seconds = f64::from(mine.duration()) / 44_100.0;
    let found = f64::from(u32::try_from(ran.stdout.len()).unwrap()) / 8_000.0;
    assert!((found - seconds).abs() < 0.001);
}

#[test]
fn speech_between_clips() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    for clips in [
        &["--left", "mine.wav"][..],
        &["--right", "mine.wav"],
        &["--left", "mine.wav", "--right", "mine.wav"],
    ] {
        let mut arguments = vec!["infill", "and then", "--voice", VOICE, "-o", "gap.mp3"];
        arguments.extend(clips);
        let ran = program(&server, &folder, &arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let mp3 = std::fs::read(folder.path().join("gap.mp3")).unwrap();
        assert!(mp3.len() > 1_000 && mp3[0] == 0xff);
    }
    assert_eq!(server.received().last().unwrap().path, "/infill/bytes");
}

#[test]
fn events_bring_the_same() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let mut samples = Vec::new();
    for transport in ["bytes", "sse"] {
        let arguments = [
            "change-voice",
            "mine.wav",
            "--voice",
            VOICE,
            "-o",
            "theirs.wav",
            "--transport",
            transport,
            "--json",
        ];
        let ran = program(&server, &folder, &arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.report()["request_id"].is_string(), "{ran:?}");
        let path = format!("/voice-changer/{transport}");
        assert_eq!(server.received().last().unwrap().path, path);
        let wav = hound::WavReader::open(folder.path().join("theirs.wav")).unwrap();
        let read: Result<Vec<i16>, _> = wav.into_samples().collect();
        samples.push(read.unwrap());
    }
    assert!(samples[0].len() > 1_000);
    assert!(samples[0] == samples[1], "the samples differ");
}

#[test]
fn what_is_wrong_is_known_before_anything_is_sent_or_lost() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let mine = std::fs::read(folder.path().join("mine.wav")).unwrap();
    let before = server.received().len();
    for (arguments, says) in [
        (
            "change-voice no.wav --voice x -o out.wav",
            "no.wav cannot be read",
        ),
        (
            "change-voice mine.wav --voice x -o ./mine.wav",
            "input and output",
        ),
        (
            "change-voice mine.wav --voice x -o a.mp3 --encoding pcm_alaw",
            "--bit-rate",
        ),
        (
            "change-voice mine.wav --voice x -o a.mp3 --transport sse",
            "--transport bytes",
        ),
        (
            "change-voice mine.wav --voice x -o a.wav --transport ws",
            "use bytes or sse",
        ),
        ("change-voice mine.wav --voice x", "--output"),
        ("infill text --voice x -o out.wav", "--left"),
        (
            "infill text --voice x -o mine.wav --right mine.wav",
            "input and output",
        ),
        (
            "infill text --voice x -o out.wav --left no.wav",
            "no.wav cannot be read",
        ),
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let ran = program(&server, &folder, &arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
    assert_eq!(server.received().len(), before);
    assert_eq!(std::fs::read(folder.path().join("mine.wav")).unwrap(), mine);
    assert!(!folder.path().join("out.wav").exists());
}

#[test]
fn what_arrived_before_a_break_is_kept() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    server.inject(Fault::CutBody { after: 20_044 }.on("/voice-changer/bytes"));
    let arguments = [
        "change-voice",
        "mine.wav",
        "--voice",
        VOICE,
        "-o",
        "out.wav",
        "--json",
    ];
    let ran = program(&server, &folder, &arguments);
    assert_eq!(ran.code, Some(10), "{ran:?}");
    let report = ran.report();
    assert_eq!(report["kind"], "incomplete");
    let bytes = report["bytes"].as_u64().unwrap();
    assert_eq!(samples(&ran.saved()) * 2 + 44, bytes);
    assert!(!folder.path().join("out.wav").exists());
}
