//! What has to do with audio devices, on a machine that has none: what is heard is compared by
//! `cargo xtask sound`.

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{KEY, Ran, program, program_for, run};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(ran.stdout_text()).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_device_a_file_is_written_and_it_is_said() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for flags in ["", "--transport bytes"] {
        let arguments = ["speak", "Hello there"]
            .into_iter()
            .chain(flags.split_whitespace());
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stderr.contains("no audio device"), "{ran:?}");
        assert!(ran.stderr.contains("writing speech.wav"), "{ran:?}");
        // Nothing of what libasound has to say.
        assert!(!ran.stderr.contains("ALSA"), "{ran:?}");
        let wav = hound::WavReader::open(folder.path().join("speech.wav")).unwrap();
        assert!(wav.duration() > 10_000);
        std::fs::remove_file(folder.path().join("speech.wav")).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn playback_that_was_asked_for_fails_before_anything_is_synthesized() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for flags in ["--play", "--device loudspeaker", "--play -o out.wav"] {
        let arguments = ["speak", "Hello", "--report"].into_iter();
        let arguments = arguments.chain(flags.split(' '));
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(11), "{ran:?}");
        assert_eq!(ran.report()["kind"], "device", "{ran:?}");
        assert!(server.received().is_empty(), "{flags}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[cfg(all(target_os = "linux", feature = "playback"))]
#[test]
fn no_devices_are_an_empty_list() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program(folder.path()), ["devices", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(json(&ran), serde_json::json!({"outputs": [], "inputs": []}));
    let ran = run(program(folder.path()), ["devices"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stdout.is_empty() && ran.stderr.contains("doctor"),
        "{ran:?}"
    );
}

#[test]
fn contradictory_flags_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    for flags in [
        "--play --no-play",
        "--no-play --device usb",
        "--play -o a.mp3",
    ] {
        let arguments = ["speak", "Hi"].into_iter().chain(flags.split(' '));
        let ran = run(program(folder.path()), arguments);
        assert_eq!(ran.code, Some(2), "{flags}: {ran:?}");
    }
}

#[test]
fn the_doctor_tells_what_is_set_and_never_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let state = |checks: &Value, name: &str| {
        let checks = checks.as_array().unwrap().clone();
        let check = checks.into_iter().find(|check| check["name"] == name);
        check.unwrap()["state"].as_str().unwrap().to_owned()
    };
    let ran = run(program(folder.path()), ["doctor", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let checks = json(&ran);
    assert_eq!(state(&checks, "key"), "missing");
    assert_eq!(state(&checks, "service"), "ok");

    let mut command = program(folder.path());
    command.env("CARTESIA_API_KEY", KEY);
    let ran = run(command, ["doctor", "--base-url", "http://127.0.0.1:9"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let text = ran.stdout_text();
    assert!(
        text.contains("CARTESIA_API_KEY is set") && !text.contains(KEY),
        "{text}"
    );
    assert!(text.contains("http://127.0.0.1:9"), "{text}");

    let ran = run(
        program(folder.path()),
        ["doctor", "--json", "--base-url", "ftp://example.com"],
    );
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(state(&json(&ran), "service"), "broken");
}

#[cfg(all(target_os = "linux", feature = "playback"))]
#[test]
fn the_doctor_says_what_to_install_for_sound() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program(folder.path()), ["doctor"]);
    let text = ran.stdout_text();
    assert!(text.contains("libasound2-plugins"), "{text}");
    assert!(!ran.stderr.contains("ALSA"), "{ran:?}");
}
