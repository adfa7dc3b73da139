//! A closed stdout or stderr, and too few file descriptors: no panic, and the code of what happened.

#![cfg(unix)]

use std::io::PipeWriter;
use std::process::Command;

use cartesia_mock::MockServer;

use crate::support::{Ran, finish, program_for, shell};

/// Runs a line of bash in which `$0` is the program.
fn bash(server: &MockServer, folder: &tempfile::TempDir, line: &str) -> Ran {
    finish(bash_command(server, folder, line).output().unwrap())
}

fn bash_command(server: &MockServer, folder: &tempfile::TempDir, line: &str) -> Command {
    shell(&program_for(server, folder.path()), "bash", line)
}

/// A pipe whose reader is gone.
fn gone() -> PipeWriter {
    let (_reader, writer) = std::io::pipe().unwrap();
    writer
}

#[test]
fn a_closed_stderr_changes_no_code() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (line, code) in [
        ("\"$0\" speak Hi -o out.wav", 0),
        ("\"$0\" speak Hi -o out.wav --report", 0),
        ("\"$0\" voices get Nobody", 7),
        ("\"$0\" voices get Nobody --json", 7),
        ("\"$0\" no-such-verb", 2),
        ("\"$0\" speak Hi -o none/out.wav", 2),
        ("RUST_LOG=trace \"$0\" voices list > /dev/null", 0),
    ] {
        let ran = bash(&server, &folder, &format!("{line} 2>&-"));
        assert_eq!(ran.code, Some(code), "{line}, closed: {ran:?}");
        let mut command = bash_command(&server, &folder, line);
        let ran = finish(command.stderr(gone()).output().unwrap());
        assert_eq!(ran.code, Some(code), "{line}, gone: {ran:?}");
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
        let mut command = bash_command(&server, &folder, line);
        let ran = finish(command.stdout(gone()).output().unwrap());
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
