//! `speak` when all goes well.

use cartesia_mock::MockServer;
use serde_json::json;

use crate::support::{program, program_for, run, run_with_stdin};

#[test]
fn without_a_key_the_embedded_server_answers_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(
        program(folder.path()),
        ["speak", "Hello there", "--no-play"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("mock server"), "{ran:?}");
    assert!(ran.stderr.contains("speech.wav"), "{ran:?}");
    assert!(ran.stdout.is_empty());
    let mut wav = hound::WavReader::open(folder.path().join("speech.wav")).unwrap();
    let samples: Vec<i16> = wav.samples().map(Result::unwrap).collect();
    assert!(samples.len() > 44_100 / 4 && samples.iter().any(|sample| sample.abs() > 1_000));
}

#[test]
fn a_base_url_without_a_key_is_not_answered_by_the_embedded_server() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(
        program(folder.path()),
        ["speak", "x", "--base-url", "http://127.0.0.1:1"],
    );
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("CARTESIA_API_KEY"), "{ran:?}");
}

#[test]
fn the_report_tells_what_is_in_the_file_for_every_transport_and_format() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (flags, transport, header) in [
        ("--transport ws", "ws", 0),
        ("--transport sse", "sse", 0),
        ("--transport bytes", "bytes", 44),
        ("--transport ws --sample-rate 16000", "ws", 0),
        ("--transport sse --sample-rate 16000", "sse", 0),
    ] {
        let arguments = ["speak", "Hello there", "-o", "out.wav", "--report"];
        let ran = run(
            program_for(&server, folder.path()),
            arguments.into_iter().chain(flags.split(' ')),
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let report = ran.report();
        let wav = hound::WavReader::open(folder.path().join("out.wav")).unwrap();
        let millis = u64::from(wav.duration()) * 1_000 / u64::from(wav.spec().sample_rate);
        assert_eq!(report["outcome"], "ok");
        assert_eq!(report["transport"], transport);
        assert_eq!(
            report["bytes"],
            json!(u64::from(wav.duration()) * 2 + header),
            "{flags}"
        );
        assert!(
            report["audio_ms"].as_u64().unwrap().abs_diff(millis) <= 1,
            "{report}"
        );
        assert!(report["first_audio_ms"].as_u64() <= report["total_ms"].as_u64());
        assert!(report["request_id"].is_string());
        let keys = ran.stderr.lines().last().unwrap();
        assert!(
            keys.starts_with(r#"{"outcome":"ok","transport":""#),
            "{keys}"
        );
    }
}

#[test]
fn files_by_extension_and_container() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let speak = |flags: &str| {
        let arguments = ["speak", "Hi", "--no-play"];
        let arguments = arguments.into_iter().chain(flags.split(' '));
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    };
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    speak("-o a.mp3");
    assert_eq!(
        read("a.mp3")[0],
        0xff,
        "an MP3 frame starts with eleven set bits"
    );
    speak("-o a.pcm --encoding pcm_s16le --sample-rate 8000 --transport sse");
    speak("-o b.wav --encoding pcm_s16le --sample-rate 8000 --transport sse");
    assert!(read("a.pcm") == read("b.wav")[44..], "they differ");
    speak("--container raw --encoding pcm_alaw");
    assert!(!read("speech.pcm").is_empty());
}

#[test]
fn text_from_stdin_and_audio_to_stdout() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Over a WebSocket the audio depends on the context's identifier, which is random.
    let file = run(
        program_for(&server, folder.path()),
        ["speak", "Hi you", "-o", "a.wav", "--transport", "sse"],
    );
    assert_eq!(file.code, Some(0), "{file:?}");
    for arguments in [
        &["speak", "-o", "-", "--transport", "sse"][..],
        &["speak", "-", "-o", "-", "--transport", "sse", "--report"],
    ] {
        let piped = run_with_stdin(program_for(&server, folder.path()), arguments, "Hi you");
        assert_eq!(piped.code, Some(0), "{piped:?}");
        // The same audio; a pipe cannot be gone back in, so the header leaves the sizes open.
        let whole = std::fs::read(folder.path().join("a.wav")).unwrap();
        assert_eq!(piped.stdout[44..], whole[44..]);
        assert_eq!(piped.stdout[40..44], [0xff; 4]);
    }
}

#[test]
fn a_voice_by_its_name_and_the_request_as_flagged() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags =
        "--voice sKYLAR --model sonic-3 --language en --encoding pcm_f32le --sample-rate 24000";
    let speak = |transport: &str| {
        let arguments = ["speak", "Hi", "--no-play", "--transport", transport];
        let arguments = arguments.into_iter().chain(flags.split(' '));
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    };
    let asked = json!({
        "model_id": "sonic-3",
        "transcript": "Hi",
        "voice": {"mode": "id", "id": "db6b0ed5-d5d3-463d-ae85-518a07d3c2b4"},
        "output_format": {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 24000},
        "language": "en",
    });
    speak("sse");
    let received = server.received();
    assert_eq!(received.last().unwrap().json().unwrap(), asked);

    speak("ws");
    let messages = server.messages();
    assert_eq!(messages.len(), 1);
    let mut message = messages[0].json().unwrap();
    let fields = message.as_object_mut().unwrap();
    assert!(fields.remove("context_id").is_some());
    // The whole text is there: nobody is to wait for more.
    assert_eq!(fields.remove("max_buffer_delay_ms"), Some(json!(0)));
    assert_ne!(fields.remove("continue"), Some(json!(true)));
    assert_eq!(message, asked);
}

#[test]
fn every_api_version_speaks() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for version in [
        "2024-06-10",
        "2024-11-13",
        "2025-04-16",
        "2025-11-04",
        "2026-03-01",
        "2026-08-14",
    ] {
        for transport in ["ws", "sse", "bytes"] {
            let arguments = [
                "speak",
                "Hi",
                "--api-version",
                version,
                "--transport",
                transport,
                "--voice",
                "Skylar",
                "--no-play",
                "--report",
            ];
            let ran = run(program_for(&server, folder.path()), arguments);
            assert_eq!(ran.code, Some(0), "{version} {transport}: {ran:?}");
            assert!(ran.report()["audio_ms"].as_u64().unwrap() > 100);
        }
    }
}
