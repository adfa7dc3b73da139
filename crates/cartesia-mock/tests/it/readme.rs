//! What the README shows for other languages, as far as it needs no more than this machine has.

use std::io::Write as _;
use std::process::{Command, Stdio};

use cartesia_mock::{Expect, MockServer};

const README: &str = include_str!("../../README.md");

/// The port that the README names.
const PORT: &str = "127.0.0.1:8745";

#[test]
fn curl_does_what_it_says() {
    let found = Command::new("curl")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: curl is not installed").unwrap();
        return;
    }
    let server = MockServer::start_on_thread().unwrap();
    let (_, example) = README.split_once("curl:\n\n```sh\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert!(example.contains(PORT), "{example}");
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new("sh")
        .args(["-c", &example.replace(PORT, &server.addr().to_string())])
        .env("NO_PROXY", "127.0.0.1")
        .current_dir(&folder)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(ran.success(), "{ran}");
    let audio = std::fs::read(folder.path().join("hello.wav")).unwrap();
    assert!(
        audio.starts_with(b"RIFF") && audio.len() > 44 + 2 * 4_410,
        "{}",
        audio.len()
    );
    server.assert_received(
        &Expect::post("/tts/bytes")
            .json("/transcript", "Hello.")
            .times(1),
    );
}
