//! `agents talk`, by files and pipes.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use cartesia_mock::{MockServer, Script};
#[cfg(unix)]
use rustix::process::Signal;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::signal;
use crate::support::{Ran, program_for, run};

/// A server with a managed agent, and rules of what goes wrong.
fn server(rules: &Value) -> MockServer {
    let script: Script = json!({ "rules": rules }).to_string().parse().unwrap();
    let server = MockServer::start_on_thread().unwrap();
    server.set_script(script);
    let agents = json!({"managed_agents": [{"id": "agent_1", "initial_message": "Yes?"}]});
    server.add_objects(&agents).unwrap();
    server
}

fn talk(server: &MockServer, folder: &Path, arguments: &str) -> Ran {
    let arguments = ["agents", "talk"].into_iter().chain(arguments.split(' '));
    run(program_for(server, folder), arguments)
}

/// A question as a file, spoken by the server's own voice, with silence behind it.
fn question(server: &MockServer, folder: &Path) {
    let arguments = ["speak", "Four seats", "-o", "spoken.wav", "--no-play"];
    let format = ["--sample-rate", "16000", "--encoding", "pcm_s16le"];
    let ran = run(
        program_for(server, folder),
        arguments.into_iter().chain(format),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut reader = hound::WavReader::open(folder.join("spoken.wav")).unwrap();
    let mut writer = hound::WavWriter::create(folder.join("question.wav"), reader.spec()).unwrap();
    for sample in reader.samples::<i16>() {
        writer.write_sample(sample.unwrap()).unwrap();
    }
    for _ in 0..16_000 {
        writer.write_sample(0_i16).unwrap();
    }
    writer.finalize().unwrap();
}

#[test]
fn a_question_from_a_file_is_answered_into_a_file() {
    let server = server(&json!([]));
    let folder = tempfile::tempdir().unwrap();
    question(&server, folder.path());
    let flags = "agent_1 --managed --input question.wav --output answer.wav --linger 0.5";
    let ran = talk(&server, folder.path(), flags);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let said: Vec<&str> = ran.stdout_text().lines().collect();
    assert!(said.contains(&"user: Four seats"), "{ran:?}");
    assert!(
        said.iter().any(|line| line.starts_with("assistant: ")),
        "{ran:?}"
    );
    let answer = hound::WavReader::open(folder.path().join("answer.wav")).unwrap();
    assert_eq!(
        (answer.spec().channels, answer.spec().sample_rate),
        (1, 16_000)
    );
    assert!(answer.duration() > 8_000);
    // The file decides the format of the call.
    let first = server
        .messages()
        .into_iter()
        .find(|it| it.text.contains("session_create"));
    assert!(first.unwrap().text.contains("pcm_16000"));
}

#[test]
fn as_json_every_event_is_a_line() {
    let server = server(&json!([]));
    let folder = tempfile::tempdir().unwrap();
    question(&server, folder.path());
    let flags = "agent_1 --managed -i question.wav -o answer.wav --linger 0.5 --json";
    let ran = talk(&server, folder.path(), flags);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let events: Vec<Value> = serde_json::Deserializer::from_str(ran.stdout_text())
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let heard = events
        .iter()
        .find(|event| event["type"] == "turn_ended" && event["role"] == "user");
    assert_eq!(heard.unwrap()["text"], "Four seats");
    assert_eq!(
        *events.last().unwrap(),
        json!({"type": "ended", "by": "caller"})
    );
}

#[test]
fn pipes_carry_audio_alone() {
    let server = server(&json!([]));
    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().join("samples");
    std::fs::write(&samples, vec![0; 16_000]).unwrap();
    let mut program = program_for(&server, folder.path());
    program.stdin(Stdio::from(std::fs::File::open(samples).unwrap()));
    let flags = "agents talk agent_front_desk --introduction Hello -i - -o - --linger 0.2";
    let ran = run(program, flags.split(' '));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.starts_with(b"RIFF") && ran.stdout.len() > 1_000);
    let start = server
        .messages()
        .into_iter()
        .find(|it| it.text.contains("\"start\""));
    assert!(start.unwrap().text.contains(r#""introduction":"Hello""#));
}

#[test]
fn a_call_that_is_lost_keeps_what_was_said() {
    let server = server(&json!([{"at": {"heard": 300}, "path": "/agents/*", "do": "reset"}]));
    let folder = tempfile::tempdir().unwrap();
    question(&server, folder.path());
    let flags = "agent_front_desk -i question.wav -o answer.wav --json";
    let ran = talk(&server, folder.path(), flags);
    assert_eq!(ran.code, Some(10), "{ran:?}");
    let report = ran.report();
    assert_eq!(report["kind"], "incomplete");
    assert!(report["bytes"].as_u64().unwrap() > 0);
    assert!(ran.saved().exists());
    assert!(!folder.path().join("answer.wav").exists());
}

#[test]
fn what_cannot_work_is_refused() {
    let server = server(&json!([
        {"at": "handshake", "path": "/v1/agents/*", "do": {"refuse": {"status": 429}}}]));
    let folder = tempfile::tempdir().unwrap();
    question(&server, folder.path());
    std::fs::write(folder.path().join("text.wav"), "no sound").unwrap();
    std::fs::write(folder.path().join("empty.wav"), "").unwrap();
    for (flags, code, what) in [
        ("agent_1 -i missing.wav -o a.wav", 2, "missing.wav"),
        ("agent_1 -i text.wav -o a.wav", 2, "not a WAV file"),
        ("agent_1 -i empty.wav -o a.wav", 2, "not a WAV file"),
        (
            "agent_1 -i question.wav -o a.wav --format pcm_24000",
            2,
            "16000 Hz",
        ),
        ("agent_1 -i - -o a.wav --format opus", 2, "pcm_16000"),
        ("agent_1 -i - -o a.wav --managed --prompt x", 2, "--managed"),
        ("agent_nobody -i question.wav -o a.wav", 7, "agent_nobody"),
        ("agent_1 --managed -i question.wav -o a.wav", 5, "429"),
    ] {
        let ran = talk(&server, folder.path(), flags);
        assert_eq!(ran.code, Some(code), "{flags}: {ran:?}");
        assert!(ran.stderr.contains(what), "{flags}: {ran:?}");
        assert!(!folder.path().join("a.wav").exists(), "{flags}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_hangs_up_and_keeps_the_file() {
    let server = server(&json!([]));
    let folder = tempfile::tempdir().unwrap();
    let mut program = program_for(&server, folder.path());
    // Nothing is said, and stdin stays open.
    program.stdin(Stdio::piped());
    program.stdout(Stdio::piped()).stderr(Stdio::piped());
    let flags = "agents talk agent_front_desk -i - -o answer.wav";
    let mut child = program.args(flags.split(' ')).spawn().unwrap();
    let stdin = child.stdin.take();
    let begun = std::time::Instant::now();
    while !server
        .messages()
        .iter()
        .any(|it| it.text.contains("\"start\""))
    {
        assert!(begun.elapsed() < Duration::from_secs(20), "no call");
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, Signal::INT);
    let output = crate::support::output(child);
    drop(stdin);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
}
