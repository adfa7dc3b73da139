//! `voices update`, `delete`, `clone`, `localize`, `accents` and `locales`.

use std::path::Path;

use cartesia_mock::MockServer;
use serde_json::{Value, json};

use crate::support::{Ran, program_for, run};

const OWN: &str = "0d6c2a0e-5f0b-4f6e-9a1d-3b7c4e8f2a10";
const KATIE: &str = "f786b574-daa5-4673-aa0c-cbe3e8534c02";

fn run_in(server: &MockServer, folder: &Path, arguments: &[&str]) -> Ran {
    run(program_for(server, folder), arguments)
}

fn ran(server: &MockServer, arguments: &[&str]) -> Ran {
    run_in(server, tempfile::tempdir().unwrap().path(), arguments)
}

fn json(server: &MockServer, arguments: &[&str]) -> Value {
    read(&ran(server, &[arguments, &["--json"]].concat()))
}

fn read(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(ran.stdout_text()).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn a_voice_is_changed_and_deleted() {
    let server = MockServer::start_on_thread().unwrap();
    let changed = json(
        &server,
        &[
            "voices",
            "update",
            OWN,
            "--name",
            "Voz",
            "--gender",
            "none",
            "--tagline",
            "Prueba",
        ],
    );
    assert_eq!(
        (&changed["id"], &changed["name"], &changed["tagline"]),
        (&json!(OWN), &json!("Voz"), &json!("Prueba"))
    );
    assert_eq!(changed.get("gender"), None);
    let accents = [
        "voices",
        "update",
        "voz",
        "--gender",
        "feminine",
        "--add-accent",
        "parisian",
        "--add-accent",
        "british",
        "--remove-accent",
        "parisian",
    ];
    let changed = json(&server, &accents);
    let held: Vec<_> = changed["accents"].as_array().unwrap().iter().collect();
    assert_eq!((held.len(), &held[1]["accent"]), (2, &json!("british")));
    assert_eq!(changed["gender"], "feminine");

    let nothing = ran(&server, &["voices", "update", OWN]);
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    let foreign = ran(&server, &["voices", "update", KATIE, "--name", "x"]);
    assert_eq!(foreign.code, Some(4), "{foreign:?}");

    let deleted = ran(&server, &["voices", "delete", OWN]);
    assert_eq!((deleted.code, deleted.stdout_text()), (Some(0), ""));
    assert!(deleted.stderr.contains(OWN), "{deleted:?}");
    let again = ran(&server, &["voices", "delete", OWN]);
    assert_eq!(again.code, Some(7), "{again:?}");
}

#[test]
fn a_recording_becomes_a_voice() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("me.wav"), b"RIFF\x24\0\0\0WAVEfmt ").unwrap();
    std::fs::write(folder.path().join("empty.wav"), b"").unwrap();
    std::fs::write(folder.path().join("notes.txt"), b"no audio").unwrap();
    let clone = |file: &str, more: &[&str]| {
        let arguments = ["voices", "clone", file, "--name", "Me"];
        run_in(&server, folder.path(), &[&arguments[..], more].concat())
    };
    let more = [
        "--accent",
        "british",
        "--access",
        "public",
        "--base-voice",
        "katie",
    ];
    let made = read(&clone("me.wav", &[&more[..], &["--json"]].concat()));
    assert_eq!(
        (&made["name"], &made["access"]),
        (&json!("Me"), &json!("public"))
    );
    let id = made["id"].as_str().unwrap();
    assert_eq!(json(&server, &["voices", "get", id])["accent"], "british");
    let shown = clone("me.wav", &[]);
    assert!(
        shown.stdout_text().starts_with("id           "),
        "{shown:?}"
    );

    for (file, code, what) in [
        ("missing.wav", 2, "missing.wav cannot be read"),
        ("empty.wav", 2, "empty.wav is empty"),
        ("notes.txt", 6, "not audio"),
    ] {
        let failed = clone(file, &[]);
        assert_eq!(failed.code, Some(code), "{failed:?}");
        assert!(failed.stderr.contains(what), "{failed:?}");
        assert_eq!(failed.stderr.lines().count(), 1, "{failed:?}");
    }
    let old = ["--api-version", "2024-11-13"];
    let refused = clone("me.wav", &old);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(refused.stderr.contains("mode"), "{refused:?}");
    let accepted = clone("me.wav", &[&old[..], &["--mode", "stability"]].concat());
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
}

#[test]
fn a_voice_is_localized_to_an_accent_or_before_to_a_language() {
    let server = MockServer::start_on_thread().unwrap();
    let made = json(
        &server,
        &[
            "voices", "localize", "katie", "--name", "N", "--accent", "parisian",
        ],
    );
    assert_eq!(made["language"], "fr");
    let by_language = [
        "voices",
        "localize",
        "katie",
        "--name",
        "N",
        "--language",
        "fr",
        "--speaker-gender",
        "female",
        "--dialect",
        "ca",
    ];
    let old = [&by_language[..], &["--api-version", "2025-11-04"]].concat();
    assert_eq!(json(&server, &old)["is_public"], false);
    let refused = ran(&server, &by_language);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    for wrong in [&by_language[..7], &by_language[..5]] {
        assert_eq!(ran(&server, wrong).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn accents_and_locales_are_tables_or_json() {
    let server = MockServer::start_on_thread().unwrap();
    let table = ran(&server, &["voices", "accents", "--language", "fr"]);
    let lines: Vec<_> = table.stdout_text().lines().collect();
    assert!(lines[0].starts_with("ID  "), "{table:?}");
    assert!(
        lines.contains(&"parisian         fr-FR   yes          Parisian French"),
        "{table:?}"
    );
    let accents = json(&server, &["voices", "accents", "--locale", "fr-CA"]);
    assert_eq!(accents["data"][0]["id"], "canadian-french");
    let table = ran(&server, &["voices", "locales"]);
    assert!(
        table
            .stdout_text()
            .lines()
            .any(|line| line.starts_with("fr-CA ")),
        "{table:?}"
    );
    assert!(
        json(&server, &["voices", "locales"])["data"]
            .as_array()
            .unwrap()
            .len()
            > 20
    );
}
