//! A file `.env` beside the caller.

use std::fs;

use cartesia_mock::MockServer;

use crate::support::{KEY, Ran, program, program_for, run};

fn assert_spoken(ran: &Ran) {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.report()["outcome"], "ok");
}

const SPEAK: [&str; 7] = [
    "speak",
    "Hello",
    "--transport",
    "bytes",
    "-o",
    "hello.wav",
    "--report",
];

#[test]
fn what_the_environment_lacks_is_taken_from_it() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "CARTESIA_API_KEY=\"sk_of_the_file\"\nCARTESIA_VERSION=2025-04-16\nCARTESIA_BASE_URL={}\n",
        server.url()
    );
    fs::write(folder.path().join(".env"), text).unwrap();

    let ran = run(program(folder.path()), SPEAK);

    assert_spoken(&ran);
    let received = server.received();
    assert_eq!(received[0].header("cartesia-version"), Some("2025-04-16"));
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
}

#[test]
fn the_environment_wins_over_it() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // No server would take this key, and none is at this address.
    let text = "CARTESIA_API_KEY=no_key\nCARTESIA_BASE_URL=http://127.0.0.1:1\n\
                CARTESIA_VERSION=2025-04-16\n";
    fs::write(folder.path().join(".env"), text).unwrap();

    let mut program = program_for(&server, folder.path());
    program.env("CARTESIA_VERSION", "2026-03-01");

    assert_spoken(&run(program, SPEAK));
    let received = server.received();
    assert_eq!(received[0].header("cartesia-version"), Some("2026-03-01"));
}

#[test]
fn a_line_that_cannot_be_read_is_a_warning_without_its_content() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = "# ours\nCARTESIA_API_KEY: sk_of_the_file\nCARTESIA_VERSION=2025-04-16\n";
    fs::write(folder.path().join(".env"), text).unwrap();

    let ran = run(program_for(&server, folder.path()), SPEAK);

    assert_spoken(&ran);
    let warnings: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("warning"))
        .collect();
    assert_eq!(warnings.len(), 1, "{}", ran.stderr);
    assert!(warnings[0].starts_with("cartesia-rs: warning: .env: line 2 "));
    assert!(!ran.stderr.contains("sk_of_the_file"), "{}", ran.stderr);
    // The lines after it count.
    let received = server.received();
    assert_eq!(received[0].header("cartesia-version"), Some("2025-04-16"));
}

#[test]
fn a_version_in_it_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = "CARTESIA_API_KEY=sk_of_the_file\nCARTESIA_VERSION=newest\n";
    fs::write(folder.path().join(".env"), text).unwrap();

    let ran = run(program(folder.path()), ["voices", "list"]);

    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.stderr.contains("CARTESIA_VERSION in .env"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_folder_of_that_name_is_not_our_business() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".env")).unwrap();

    let ran = run(program_for(&server, folder.path()), SPEAK);

    assert_spoken(&ran);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
}

/// A folder with such a file is entered, and a verb run, by somebody with a key in the environment.
#[test]
fn a_key_of_the_environment_goes_to_no_address_of_the_file() {
    let theirs = MockServer::start_on_thread().unwrap();
    let ours = MockServer::start_on_thread().unwrap();
    for line in [
        format!("CARTESIA_BASE_URL={}", theirs.url()),
        format!("CARTESIA_BASE_URL='{}/${{OTHER_SECRET}}'", theirs.url()),
        "CARTESIA_BASE_URL=https://${OTHER_SECRET}.invalid".to_owned(),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".env"), &line).unwrap();
        let mut command = program(folder.path());
        command
            .env("CARTESIA_API_KEY", KEY)
            .env("OTHER_SECRET", "s3cr3t");
        // The flag wins; what is tested is that the warning names the reason.
        let ran = run(command, ["status", "--base-url", &ours.url()]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(
            ran.stderr.contains("CARTESIA_BASE_URL is not used"),
            "{ran:?}"
        );
        let mut command = program(folder.path());
        command
            .env("CARTESIA_API_KEY", KEY)
            .env("OTHER_SECRET", "s3cr3t");
        let ran = run(command, ["doctor"]);
        assert!(!ran.stdout_text().contains("s3cr3t"), "{ran:?}");
        assert!(
            ran.stdout_text().contains("https://api.cartesia.ai"),
            "{ran:?}"
        );
    }
    assert!(theirs.received().is_empty());
}

#[test]
fn nothing_is_substituted_even_with_a_key_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "CARTESIA_API_KEY=sk_of_the_file\nCARTESIA_BASE_URL=https://${OTHER_SECRET}.invalid\n";
    fs::write(folder.path().join(".env"), text).unwrap();
    let mut command = program(folder.path());
    command.env("OTHER_SECRET", "s3cr3t");
    let ran = run(command, ["voices", "list", "--timeout", "5"]);
    assert_ne!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.stderr.contains("s3cr3t"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn what_is_no_small_regular_file_is_not_opened() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let ran = run(program_for(&server, folder.path()), SPEAK);
    assert_spoken(&ran);
    assert!(ran.stderr.contains("not a regular file"), "{}", ran.stderr);
    // Verbs that connect to nothing do not look at it.
    for verb in [
        &["completions", "bash"][..],
        &["--version"],
        &["mock", "--help"],
    ] {
        let ran = run(program_for(&server, folder.path()), verb);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    }
    fs::remove_file(&path).unwrap();
    fs::write(&path, "#".repeat(70_000)).unwrap();
    let ran = run(program_for(&server, folder.path()), SPEAK);
    assert_spoken(&ran);
    assert!(ran.stderr.contains("64 KiB"), "{}", ran.stderr);
}
