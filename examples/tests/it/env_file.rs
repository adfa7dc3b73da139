//! A file `.env` beside the example.

use std::fs;

use cartesia_mock::MockServer;

use crate::support::{example, lines, output};

#[test]
fn what_the_environment_lacks_is_taken_from_it() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "CARTESIA_API_KEY=\"sk_of_the_file\"\nCARTESIA_VERSION=2025-04-16\nCARTESIA_BASE_URL={}\n",
        server.url()
    );
    fs::write(folder.path().join(".env"), text).unwrap();

    lines(example("voices", folder.path()).env("CARTESIA_VERSION", "2026-03-01"));

    // The environment wins.
    let version = server.received()[0]
        .header("cartesia-version")
        .map(str::to_owned);
    assert_eq!(version.as_deref(), Some("2026-03-01"));
}

#[test]
fn a_line_that_cannot_be_read_is_a_warning_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "CARTESIA_API_KEY: sk_canary\n").unwrap();

    let output = output(example("voices", folder.path()).arg("--mock"));

    assert!(output.status.success());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("line 1 of .env is not NAME=value"));
    assert!(!stderr.contains("sk_canary"), "{stderr}");
}

#[test]
fn an_address_without_a_key_is_an_error_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let command = &mut example("voices", folder.path());
    let output = output(command.env("CARTESIA_BASE_URL", "http://127.0.0.1:1"));
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("CARTESIA_API_KEY"), "{stderr}");
}
