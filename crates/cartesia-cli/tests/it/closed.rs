//! A closed stdout or stderr, and too few file descriptors: no panic, and the code of what happened.

#![cfg(unix)]

use std::process::{Command, Stdio};

use cartesia_mock::MockServer;

use crate::support::{Ran, finish, program_for};

/// Runs a line of bash in which `$0` is the program.
fn bash(server: &MockServer, folder: &tempfile::TempDir, line: &str) -> Ran {
    let program = program_for(server, folder.path());
    let mut command = Command::new("bash");
    command.args(["-c", line]).arg(program.get_program());
    command.envs(
        program
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    command.current_dir(folder.path()).stdin(Stdio::null());
    finish(command.output().unwrap())
}

#[test]
fn a_closed_stderr_changes_no_code() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The reader is gone before the program writes.
    let gone = "2> >(exec true)";
    for (line, code) in [
        ("\"$0\" speak Hi -o out.wav", 0),
        ("\"$0\" speak Hi -o out.wav --report", 0),
        ("\"$0\" voices get Nobody", 7),
        ("\"$0\" voices get Nobody --json", 7),
        ("\"$0\" no-such-verb", 2),
        ("\"$0\" speak Hi -o none/out.wav", 2),
        ("RUST_LOG=trace \"$0\" voices list > /dev/null", 0),
    ] {
        for redirection in [gone, "2>&-"] {
            let ran = bash(&server, &folder, &format!("{line} {redirection}"));
            assert_eq!(ran.code, Some(code), "{line} {redirection}: {ran:?}");
        }
    }
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "\"$0\" voices list",
        "\"$0\" voices list --json",
        "\"$0\" speak 'A longer sentence with many words' -o -",
        "\"$0\" completions bash",
        "\"$0\" --help",
    ] {
        let ran = bash(
            &server,
            &folder,
            &format!("{line} | true; exit ${{PIPESTATUS[0]}}"),
        );
        assert_eq!(
            (ran.code, ran.stderr.as_str()),
            (Some(0), ""),
            "{line}: {ran:?}"
        );
    }
    let ran = bash(&server, &folder, "\"$0\" voices list >&-");
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    let ran = bash(&server, &folder, "\"$0\" voices list > /dev/full");
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn too_few_file_descriptors_are_an_error_and_no_panic() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for limit in 4..=16 {
        let line = format!("ulimit -n {limit}; exec \"$0\" speak Hi -o out.wav");
        let ran = bash(&server, &folder, &line);
        assert!(!ran.stderr.contains("panicked"), "{limit}: {ran:?}");
        assert!(
            matches!(ran.code, Some(0 | 2 | 3 | 9 | 127)),
            "{limit}: {ran:?}"
        );
    }
    let ran = bash(
        &server,
        &folder,
        "ulimit -n 8; exec \"$0\" speak Hi -o out.wav",
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("cannot start"), "{ran:?}");
}
