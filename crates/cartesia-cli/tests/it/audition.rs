//! Choosing a voice: `voices find`, `voices play`, and `--voice '?'`.

use cartesia_mock::MockServer;

use crate::support::{program, program_for, run, samples};

#[test]
fn voices_are_found_by_several_words() {
    let folder = tempfile::tempdir().unwrap();
    let find = |words: &[&str]| {
        let words = ["voices", "find", "--mock"].iter().chain(words);
        run(program(folder.path()), words)
    };
    let found = find(&["BARBER", "friendly", "--json"]);
    assert_eq!(found.code, Some(0), "{found:?}");
    let page: serde_json::Value = serde_json::from_str(found.stdout_text()).unwrap();
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    assert_eq!(page["data"][0]["name"], "Barbershop Man");

    let none = find(&["Barbersop"]);
    assert_eq!(none.code, Some(7), "{none:?}");
    assert!(
        none.stderr.contains("did you mean \"Barbershop Man\""),
        "{none:?}"
    );
    assert_eq!(find(&[]).code, Some(2));
}

#[test]
fn a_voice_speaks_a_sentence_in_its_language() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let words = ["voices", "play", "Barbershop Man", "-o", "a.wav"];
    let ran = run(program_for(&server, folder.path()), words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.starts_with("Barbershop Man ("), "{ran:?}");
    assert!(ran.stderr.contains("This is my voice"), "{ran:?}");
    assert!(samples(&folder.path().join("a.wav")) > 44_100);

    let words = [
        "voices",
        "play",
        "Barbershop Man",
        "-o",
        "b.wav",
        "--text",
        "--mine",
    ];
    let ran = run(program_for(&server, folder.path()), words);
    assert_eq!(ran.code, Some(2), "a value that looks like a flag: {ran:?}");
    let words = [
        "voices",
        "play",
        "Barbershop Man",
        "-o",
        "b.wav",
        "--text=--mine",
    ];
    let ran = run(program_for(&server, folder.path()), words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains(": --mine"), "{ran:?}");
}

#[test]
fn voices_play_one_after_the_other_without_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["voices", "play", "Barbershop Man", "Katie"];
    let ran = run(program(folder.path()), words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("embedded mock server"), "{ran:?}");
    for name in ["speech.wav", "speech-2.wav"] {
        assert!(samples(&folder.path().join(name)) > 44_100, "{name}");
    }
    // All are known before one speaks.
    let words = ["voices", "play", "Katie", "Nobody At All", "--mock"];
    let ran = run(program(folder.path()), words);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    assert!(!folder.path().join("speech-3.wav").exists());
    let words = [
        "voices",
        "play",
        "Katie",
        "Barbershop Man",
        "-o",
        "one.wav",
        "--mock",
    ];
    assert_eq!(run(program(folder.path()), words).code, Some(2));
}

#[test]
fn a_question_mark_lists_voices_and_without_a_terminal_speaks_nothing() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let words = ["speak", "Hello", "--voice", "?", "-o", "-"];
    let ran = run(program_for(&server, folder.path()), words);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stdout.is_empty(), "stdout is for audio");
    assert!(ran.stderr.contains("Barbershop Man"), "{ran:?}");
    assert!(
        server
            .received()
            .iter()
            .all(|request| request.method == "GET")
    );
}

/// With a terminal, which `script` of util-linux gives.
#[cfg(target_os = "linux")]
#[test]
fn a_question_mark_on_a_terminal_asks() {
    use std::io::Write as _;
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_cartesia-rs");
    let line = format!("{program} speak Hello --mock --voice '?' -o a.wav");
    let command = crate::support::program(folder.path());
    let child = crate::support::beside(&command, "script")
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => panic!("`script` of util-linux is needed: {error}"),
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"barbershop man\n")
        .unwrap();
    let output = crate::support::output(child);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("Which voice"), "{shown}");
    assert!(samples(&folder.path().join("a.wav")) > 10_000);
}
