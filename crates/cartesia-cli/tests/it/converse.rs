//! `converse`: a file talks with a command, on a device that is silent.

#![cfg(all(unix, feature = "playback"))]

use std::path::Path;
use std::process::Stdio;

use cartesia_mock::MockServer;
use serde_json::{Value, json};

use crate::support::{Ran, finish, interrupt, program_for, run, samples, until};

const RATE: usize = 16_000;

/// What the server says of a text, as samples.
fn said(server: &MockServer, folder: &Path, text: &str) -> Vec<i16> {
    let words = ["speak", text, "-o", "said.wav", "--sample-rate", "16000"];
    let ran = run(program_for(server, folder), words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut file = hound::WavReader::open(folder.join("said.wav")).unwrap();
    file.samples::<i16>().map(Result::unwrap).collect()
}

/// Writes what is said: texts with silence after each of them, in seconds.
fn write_turns(server: &MockServer, folder: &Path, turns: &[(&str, usize)]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: u32::try_from(RATE).unwrap(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(folder.join("turns.wav"), spec).unwrap();
    for (text, seconds) in turns {
        for sample in said(server, folder, text) {
            file.write_sample(sample).unwrap();
        }
        for _ in 0..seconds * RATE {
            file.write_sample(0_i16).unwrap();
        }
    }
    file.finalize().unwrap();
    assert!(samples(&folder.join("turns.wav")) > 0);
}

fn converse(server: &MockServer, folder: &Path, flags: &[&str], script: &str) -> Ran {
    let mut command = program_for(server, folder);
    command.args(["converse", "--device", "null"]).args(flags);
    run(command, ["--", "sh", "-c", script])
}

/// Answers each line with it.
const ECHO: &str = "while read -r line; do echo \"You said: $line\"; done";

#[test]
fn a_command_answers_each_turn_with_a_line() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_turns(&server, folder.path(), &[("Two tickets, please.", 0)]);
    let ran = converse(&server, folder.path(), &["-i", "turns.wav"], ECHO);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        ran.stdout_text(),
        "user: Two tickets, please.\nassistant: You said: Two tickets, please.\n"
    );
    assert_eq!(ran.stderr, "");
    let flags = ["-i", "turns.wav", "--json"];
    let ran = converse(&server, folder.path(), &flags, ECHO);
    let lines: Vec<Value> = ran
        .stdout_text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected = [
        json!({"role": "user", "text": "Two tickets, please."}),
        json!({"role": "assistant", "text": "You said: Two tickets, please."}),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn an_interruption_tells_what_was_heard() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The second turn comes while the first is answered.
    let turns = [("Tell me a story.", 3), ("Stop.", 0)];
    write_turns(&server, folder.path(), &turns);
    let script = "echo 'Hello.'; while read -r line; do echo \"$line\" >> asked; \
                  printf 'Once upon a time there was '; \
                  echo 'a king who had more words than anybody could ever wait for, and who said all of them.'; \
                  done; echo 'Good bye.'";
    let flags = ["-i", "turns.wav", "--json-turns"];
    let ran = converse(&server, folder.path(), &flags, script);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
    let asked: Vec<Value> = asked
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(asked.len(), 2, "{ran:?}");
    // The greeting may have been interrupted as well.
    assert_eq!(asked[0]["text"], "Tell me a story.");
    assert!(
        "Hello.".starts_with(asked[0]["heard"].as_str().unwrap()),
        "{asked:?}"
    );
    assert_eq!(asked[1]["text"], "Stop.");
    let story = "Once upon a time there was a king who had more words than anybody could ever wait for, and who \
                 said all of them.";
    let heard = asked[1]["heard"].as_str().unwrap();
    assert!(
        story.starts_with(heard) && heard.len() < story.len(),
        "{asked:?}"
    );
    // The second answer was heard whole, and what came after it.
    let lines: Vec<&str> = ran.stdout_text().lines().collect();
    let last = lines.last().unwrap();
    assert!(
        last.contains(story) && last.ends_with("Good bye."),
        "{ran:?}"
    );
    assert!(lines.contains(&"user: Stop."), "{ran:?}");
}

#[test]
fn an_empty_line_says_nothing() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_turns(&server, folder.path(), &[("Be quiet.", 0)]);
    let script = "while read -r line; do echo; done";
    let ran = converse(&server, folder.path(), &["-i", "turns.wav"], script);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stdout_text(), "user: Be quiet.\n");
}

#[test]
fn commands_that_cannot_talk_are_failures() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_turns(&server, folder.path(), &[("Hello there.", 0)]);
    let mut command = program_for(&server, folder.path());
    command.args(["converse", "--device", "null", "-i", "turns.wav", "--"]);
    let ran = run(command, ["./no-such-command"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.stderr.contains("no-such-command cannot be started"),
        "{ran:?}"
    );
    let ran = converse(&server, folder.path(), &["-i", "turns.wav"], "exit 3");
    assert_eq!(ran.code, Some(10), "{ran:?}");
    assert!(ran.stderr.contains("exit status: 3"), "{ran:?}");
    let ran = run(program_for(&server, folder.path()), ["converse"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("COMMAND"), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_device_it_says_so() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_turns(&server, folder.path(), &[("Hello there.", 0)]);
    for flags in [&["-i", "turns.wav"][..], &["--device", "null"]] {
        let mut command = program_for(&server, folder.path());
        command.arg("converse").args(flags);
        let ran = run(command, ["--", "cat"]);
        assert_eq!(ran.code, Some(11), "{ran:?}");
    }
}

#[test]
fn ctrl_c_ends_it_and_tells_what_was_heard() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_turns(&server, folder.path(), &[("Go on.", 60)]);
    let script = "while read -r line; do : > asked; echo \"It is $line. And it goes on, and on, and on.\"; done";
    let mut command = program_for(&server, folder.path());
    command.args(["converse", "--device", "null", "-i", "turns.wav"]);
    command.args(["--", "sh", "-c", script]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the question", || folder.path().join("asked").exists());
    interrupt(&child);
    let ran = finish(crate::support::output(child));
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(ran.stdout_text().starts_with("user: Go on.\n"), "{ran:?}");
}
