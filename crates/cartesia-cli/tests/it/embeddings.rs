//! `voices embeddings`, against a server that still has them.

use std::path::Path;

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{Ran, program_for, run, run_with_stdin};

const VOICE: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";

fn embeddings(server: &MockServer, folder: &Path, arguments: &str) -> Ran {
    let arguments = format!("voices embeddings {arguments} --api-version 2024-06-10");
    run(program_for(server, folder), arguments.split(' '))
}

/// A verb that prints an embedding; it is kept in a file as well.
fn kept(server: &MockServer, folder: &Path, arguments: &str, file: &str) -> Vec<Value> {
    let ran = embeddings(server, folder, arguments);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    std::fs::write(folder.join(file), &ran.stdout).unwrap();
    let answer: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let numbers = answer["embedding"].as_array().unwrap().clone();
    assert_eq!(numbers.len(), 192);
    numbers
}

#[test]
fn from_recordings_to_a_voice() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let speak = ["speak", "Hello", "-o", "clip.wav"];
    assert_eq!(run(program_for(&server, here), speak).code, Some(0));

    let clip = kept(&server, here, "clone clip.wav", "clip.json");
    assert_ne!(
        kept(&server, here, "clone clip.wav --keep-noise", "noise.json"),
        clip
    );
    let url = kept(
        &server,
        here,
        "clone-url https://a.example/me.wav",
        "url.json",
    );
    assert_ne!(url, clip);
    // All of one voice is that voice.
    let same = kept(&server, here, "mix @clip.json=2 @url.json=0", "mix.json");
    let close =
        |one: &Value, other: &Value| (one.as_f64().unwrap() - other.as_f64().unwrap()).abs() < 1e-6;
    assert!(same.iter().zip(&clip).all(|(one, other)| close(one, other)));
    let mix = format!("mix @clip.json {VOICE}=0.5");
    assert_ne!(kept(&server, here, &mix, "mix.json"), clip);
    let request = server.received().pop().unwrap();
    let sent: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(sent["voices"][0]["weight"], 1.0);
    assert_eq!(sent["voices"][1]["id"], VOICE);
    let french = "localize mix.json --language fr --speaker-gender female --dialect ca";
    kept(&server, here, french, "french.json");

    let create = "create french.json --name Moi --language fr --json";
    let ran = embeddings(&server, here, create);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let voice: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(
        (&voice["name"], &voice["language"]),
        (&"Moi".into(), &"fr".into())
    );
    // Numbers alone are an embedding, too, and so is stdin.
    let numbers = serde_json::to_string(&url).unwrap();
    let arguments = [
        "voices",
        "embeddings",
        "create",
        "-",
        "--name",
        "Me",
        "--api-version",
        "2024-11-13",
    ];
    let ran = run_with_stdin(program_for(&server, here), &arguments, &numbers);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout_text().contains("Me"), "{ran:?}");
}

#[test]
fn what_cannot_work_is_reported_before_anything_is_sent() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("wrong.json"), r#"{"embedding": "canary"}"#).unwrap();
    for arguments in [
        "create wrong.json --name Me",
        "create none.json --name Me",
        "mix @wrong.json",
        &format!("mix {VOICE}=much"),
        &format!("mix {VOICE}=-1"),
        "clone none.wav",
        "mix",
    ] {
        let ran = embeddings(&server, here, arguments);
        assert_eq!(ran.code, Some(2), "{arguments}: {ran:?}");
        assert!(!ran.stderr.contains("canary"), "{ran:?}");
    }
    // The newest version has none of this.
    let newest = ["voices", "embeddings", "clone-url", "https://a.example"];
    assert_eq!(run(program_for(&server, here), newest).code, Some(6));
    assert!(server.received().is_empty());
}
