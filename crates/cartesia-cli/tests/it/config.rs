//! The configuration file and its profiles.

use std::fs;
use std::path::Path;

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{KEY, Ran, program, program_for, run, run_with_stdin};

fn config(folder: &Path, words: &[&str]) -> Ran {
    run(program(folder), ["config"].iter().chain(words))
}

/// The settings of all profiles.
fn listed(folder: &Path) -> Value {
    let ran = config(folder, &["list", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(ran.stdout_text()).unwrap()
}

#[test]
fn settings_are_set_shown_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = config(folder.path(), &["path"]);
    let expected = folder.path().join("config/cartesia-rs/config.toml");
    assert_eq!(path.stdout_text().trim_end(), expected.to_str().unwrap());

    let empty = config(folder.path(), &["list"]);
    assert_eq!((empty.code, empty.stdout_text()), (Some(0), ""));
    for words in [
        &["set", "voice", "Katie"][..],
        &["set", "language", "fr", "--profile", "work"],
    ] {
        assert_eq!(config(folder.path(), words).code, Some(0));
    }
    let expected = serde_json::json!([
        {"profile": "default", "name": "voice", "value": "Katie"},
        {"profile": "work", "name": "language", "value": "fr"},
    ]);
    assert_eq!(listed(folder.path()), expected);
    let one = config(folder.path(), &["get", "language", "--profile", "work"]);
    assert_eq!(one.stdout_text(), "fr\n");

    assert_eq!(config(folder.path(), &["unset", "voice"]).code, Some(0));
    assert_eq!(config(folder.path(), &["unset", "voice"]).code, Some(7));
    assert_eq!(config(folder.path(), &["get", "voice"]).code, Some(7));
}

#[test]
fn what_is_no_setting_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["set", "colour", "red"][..],
        &["set", "voice"],
        &["set", "api_version", "tomorrow"],
        &["set", "base_url", "ftp://elsewhere"],
        // Other users could see it.
        &["set", "api_key", "sk_on_the_command_line"],
    ] {
        let ran = config(folder.path(), words);
        assert_eq!(ran.code, Some(2), "{words:?}: {ran:?}");
    }
    assert_eq!(listed(folder.path()), serde_json::json!([]));
}

#[test]
fn a_key_comes_from_stdin_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let set = run_with_stdin(program(folder.path()), &["config", "set", "api_key"], KEY);
    assert_eq!(set.code, Some(0), "{set:?}");
    for words in [&["list"][..], &["list", "--json"], &["get", "api_key"]] {
        let ran = config(folder.path(), words);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(!ran.stdout_text().contains(KEY), "{ran:?}");
        assert!(ran.stdout_text().contains("(is set)"), "{ran:?}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = folder.path().join("config/cartesia-rs/config.toml");
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

fn write(folder: &Path, text: &str) {
    let place = folder.join("config/cartesia-rs");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("config.toml"), text).unwrap();
}

#[test]
fn a_profile_gives_what_nothing_else_says() {
    // It accepts this key alone.
    let server = MockServer::builder().key(KEY).start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[work]\nbase_url = \"{}\"\napi_key = \"{KEY}\"\napi_version = \"2026-03-01\"\n\
         voice = \"Barbershop Man\"\nmodel = \"sonic-3\"\nlanguage = \"en\"\n",
        server.url()
    );
    write(folder.path(), &text);
    let speak = ["speak", "Hi there", "-o", "a.wav", "--transport", "bytes"];

    let ran = run(
        program(folder.path()),
        speak.iter().chain(&["--profile", "work"]),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let request = server.received().pop().unwrap();
    let body = request.json().unwrap();
    assert_eq!(body["model_id"], "sonic-3");
    assert_eq!(body["language"], "en");
    assert_eq!(body["voice"]["id"], "a0e99841-438c-4a64-b679-ae501e7d6091");
    assert_eq!(request.header("cartesia-version"), Some("2026-03-01"));

    // By the variable; and flags and environment win.
    let mut command = program(folder.path());
    command
        .env("CARTESIA_PROFILE", "work")
        .env("CARTESIA_VERSION", "2025-11-04");
    let ran = run(command, speak.iter().chain(&["--model", "sonic-2"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let request = server.received().pop().unwrap();
    assert_eq!(request.json().unwrap()["model_id"], "sonic-2");
    assert_eq!(request.header("cartesia-version"), Some("2025-11-04"));

    let mut command = program(folder.path());
    command
        .env("CARTESIA_PROFILE", "work")
        .env("CARTESIA_API_KEY", "sk_another");
    assert_eq!(
        run(command, speak).code,
        Some(4),
        "the key of the environment wins"
    );
}

#[cfg(unix)]
#[test]
fn a_key_may_come_from_a_command_as_of_a_keyring() {
    let server = MockServer::builder().key(KEY).start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = format!("echo {KEY}; echo ran >> ran.txt");
    for words in [
        &["set", "api_key_command", &command][..],
        &["set", "base_url", &server.url()],
    ] {
        assert_eq!(config(folder.path(), words).code, Some(0));
    }
    let ran = || fs::read_to_string(folder.path().join("ran.txt")).unwrap_or_default();
    // Neither of them connects, or may ask for a password.
    let doctor = run(program(folder.path()), ["doctor"]);
    assert!(
        doctor.stdout_text().contains("api_key_command"),
        "{doctor:?}"
    );
    let words = ["__complete", "bash", "speak", "--voice", "Ka"];
    assert_eq!(run(program(folder.path()), words).code, Some(0));
    assert_eq!(ran(), "");

    let listed = run(program(folder.path()), ["voices", "list"]);
    assert_eq!((listed.code, ran().as_str()), (Some(0), "ran\n"));
    let mut other = program(folder.path());
    other.env("CARTESIA_API_KEY", "sk_another");
    assert_eq!(run(other, ["voices", "list"]).code, Some(4));
    assert_eq!(ran(), "ran\n", "the key of the environment wins");

    config(folder.path(), &["set", "api_key_command", "exit 3"]);
    let failed = run(program(folder.path()), ["voices", "list"]);
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert!(failed.stderr.contains("api_key_command"), "{failed:?}");
}

#[test]
fn a_profile_that_does_not_exist_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "[default]\nvoice = \"Katie\"\n");
    for name in ["work", ""] {
        let ran = run(program(folder.path()), ["doctor", "--profile", name]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(ran.stderr.contains("there is no profile"), "{ran:?}");
    }
    write(folder.path(), "[default]\nvoice = Katie sk_canary\n");
    let ran = run(program(folder.path()), ["doctor"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("line 2"), "{ran:?}");
}

#[test]
fn the_key_of_a_profile_goes_to_no_address_of_a_folder() {
    let stranger = MockServer::builder().key("sk_of_the_folder");
    let stranger = stranger.start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // No address: the public service, which the proxy keeps us from.
    write(
        folder.path(),
        &format!("[default]\napi_key = \"{KEY}\"\nproxy = \"http://127.0.0.1:1\"\n"),
    );
    let address = format!("CARTESIA_BASE_URL={}\n", stranger.url());
    fs::write(folder.path().join(".env"), &address).unwrap();
    let ran = run(program(folder.path()), ["status", "--timeout", "1"]);
    assert!(
        ran.stderr.contains("CARTESIA_BASE_URL is not used"),
        "{ran:?}"
    );
    assert!(stranger.received().is_empty());

    // With a key of its own the file is a whole.
    let whole = format!("{address}CARTESIA_API_KEY=sk_of_the_folder\n");
    fs::write(folder.path().join(".env"), whole).unwrap();
    let words = ["voices", "list", "--proxy", "none"];
    let ran = run(program(folder.path()), words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn no_key_of_a_profile_goes_to_the_embedded_server() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url();
    let text = format!("[default]\napi_key = \"{KEY}\"\nbase_url = \"{url}\"\n");
    write(folder.path(), &text);
    let ran = run(program(folder.path()), ["voices", "list", "--mock"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(server.received().is_empty());
}

#[cfg(unix)]
#[test]
fn doctor_repairs_permissions_and_completion() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "[default]\nvoice = \"Katie\"\n");
    let file = folder.path().join("config/cartesia-rs/config.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let doctor = |fix: bool| {
        let mut command = program_for(&server, folder.path());
        command
            .env("SHELL", "/usr/bin/bash")
            .env("XDG_DATA_HOME", folder.path().join("data"));
        run(
            command,
            ["doctor"].into_iter().chain(fix.then_some("--fix")),
        )
    };
    let script = folder
        .path()
        .join("data/bash-completion/completions/cartesia-rs");

    let found = doctor(false);
    assert!(
        found
            .stdout_text()
            .contains("other users of this machine may read"),
        "{found:?}"
    );
    assert!(
        found.stdout_text().contains("bash does not complete"),
        "{found:?}"
    );
    assert!(!script.exists(), "nothing is repaired unasked");

    let repaired = doctor(true);
    assert_eq!(repaired.code, Some(0), "{repaired:?}");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(fs::read_to_string(&script).unwrap().contains("cartesia-rs"));
    assert!(!doctor(false).stdout_text().contains("--fix"));
    assert!(server.received().is_empty(), "doctor sends nothing");
}
