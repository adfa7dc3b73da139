//! `mock`: the offline server as a program of its own.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::{KEY, program, run};

#[test]
fn a_server_to_speak_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = program(folder.path())
        .args(["mock", "--port", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap();
    let mut command = program(folder.path());
    command
        .env("CARTESIA_API_KEY", KEY)
        .env("CARTESIA_BASE_URL", url);
    let ran = run(
        command,
        [
            "speak",
            "Hello",
            "--transport",
            "sse",
            "-o",
            "out.wav",
            "--report",
        ],
    );
    server.kill().unwrap();
    crate::support::status(&mut server);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.report()["outcome"], "ok");
}
