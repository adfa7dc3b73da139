//! `api` and `completions`.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{program, program_for, run, run_with_stdin};

#[test]
fn any_request_with_query_and_body() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = run(
        program_for(&server, folder.path()),
        ["api", "get", "voices", "-q", "limit=2"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let page: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(page["data"].as_array().unwrap().len(), 2);

    let body = r#"{"model_id":"sonic-3","transcript":"Hi","voice":{"mode":"id",
        "id":"f786b574-daa5-4673-aa0c-cbe3e8534c02"},
        "output_format":{"container":"wav","encoding":"pcm_s16le","sample_rate":8000}}"#;
    let arguments = ["api", "POST", "/tts/bytes", "--data", "-", "-o", "a.wav"];
    let ran = run_with_stdin(program_for(&server, folder.path()), &arguments, body);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let wav = hound::WavReader::open(folder.path().join("a.wav")).unwrap();
    assert!(
        wav.duration() > 800,
        "the sizes in the header are filled in"
    );
    std::fs::write(folder.path().join("body.json"), body).unwrap();
    let arguments = ["api", "POST", "/tts/bytes", "--data", "@body.json"];
    let ran = run(program_for(&server, folder.path()), arguments);
    assert_eq!(&ran.stdout[..4], b"RIFF");
}

#[test]
fn a_form_is_sent_as_it_was_given() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "content").unwrap();
    let arguments = [
        "api",
        "POST",
        "/no/such/path",
        "--form",
        "x=y=z",
        "--form",
        "file=@a.txt",
    ];
    let ran = run(program_for(&server, folder.path()), arguments);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    let received = server.received().pop().unwrap();
    let body = String::from_utf8_lossy(&received.body).into_owned();
    assert!(body.contains("name=\"x\"\r\n\r\ny=z\r\n"), "{body}");
    assert!(
        body.contains("filename=\"a.txt\"") && body.contains("\r\n\r\ncontent\r\n"),
        "{body}"
    );
}

#[test]
fn mistakes_are_usage_errors() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["api", "POST", "/x", "--data", "{no json"][..],
        &["api", "POST", "/x", "--data", "@missing.json"],
        &["api", "POST", "/x", "--form", "file=@missing.wav"],
        &["api", "POST", "/x", "--form", "nothing"],
        &["api", "GE T", "/x"],
    ] {
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
    assert!(server.received().is_empty());
}

#[test]
fn completions_for_every_shell() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(program(folder.path()), ["completions", shell]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        // The scripts for three shells ask the program; the others have the verbs in them.
        let script = ran.stdout_text();
        let knows = script.contains("__complete") || script.contains("speak");
        assert!(script.contains("cartesia-rs") && knows, "{shell}");
    }
}
