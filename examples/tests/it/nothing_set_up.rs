//! Every example on a machine with nothing set up: no key, no network, no audio device, no file.

use std::fs;
use std::path::Path;

use crate::support::{example, output};
use crate::table::examples;

/// The example that talks to no server.
const ALONE: &str = "types_only";

/// Those that play.
const PLAY: &[&str] = &[
    "agent",
    "cancel_midway",
    "language_model",
    "metrics",
    "multilingual",
    "sse_to_speakers",
    "sse_to_speakers_blocking",
    "voice_embeddings",
    "websocket_to_speakers",
    "websocket_to_speakers_blocking",
];

/// The names of those that are built: without its feature, none that plays is.
fn built() -> impl Iterator<Item = String> {
    examples()
        .into_iter()
        .filter(|name| cfg!(feature = "playback") || !PLAY.contains(&&**name))
}

/// Runs it and gives what it says besides its output.
fn said(name: &str, folder: &Path) -> String {
    #[cfg(target_os = "linux")]
    let mut command = crate::support::example_without_device(name, folder);
    #[cfg(not(target_os = "linux"))]
    let mut command = {
        let mut command = example(name, folder);
        command.args(["--output", "heard.wav"]);
        command
    };
    let output = output(&mut command);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{name}: {stderr}");
    assert!(!output.stdout.is_empty(), "{name} says nothing");
    stderr
}

#[test]
fn every_example_works() {
    for name in built() {
        let folder = tempfile::tempdir().unwrap();
        let said = said(&name, folder.path());
        let server = "CARTESIA_API_KEY is not set: an offline server hums the words";
        assert_eq!(said.contains(server), name != ALONE, "{name}: {said}");
        #[cfg(all(feature = "playback", target_os = "linux"))]
        {
            let plays = PLAY.contains(&&*name);
            let file = "no audio device: what you would hear goes into heard.wav";
            assert_eq!(said.contains(file), plays, "{name}: {said}");
            assert_eq!(folder.path().join("heard.wav").exists(), plays, "{name}");
            assert!(!said.contains("ALSA"), "{name}: {said}");
            if plays {
                let sound = crate::support::Sound::read(&folder.path().join("heard.wav"));
                let loud = sound.samples.iter().any(|sample| sample.abs() > 0.05);
                assert!(loud && sound.seconds() >= 1.0, "{name}");
            }
        }
    }
}

#[cfg(all(feature = "playback", target_os = "linux"))]
#[test]
fn what_was_heard_before_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("heard.wav"), "mine").unwrap();
    let said = said("sse_to_speakers", folder.path());
    assert!(said.contains("heard-2.wav"), "{said}");
    assert_eq!(fs::read(folder.path().join("heard.wav")).unwrap(), b"mine");
    assert!(folder.path().join("heard-2.wav").exists());
}

#[test]
fn an_address_in_a_file_is_not_replaced_by_the_offline_server() {
    let folder = tempfile::tempdir().unwrap();
    let address = "CARTESIA_BASE_URL=http://127.0.0.1:1\n";
    fs::write(folder.path().join(".env"), address).unwrap();
    let output = output(&mut example("voices", folder.path()));
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("offline server"), "{stderr}");
}
