//! Examples that ask for one thing.

use std::path::Path;

use cartesia_mock::{MockServer, pitch};

use crate::BARBERSHOP_MAN;
use crate::support::{Sound, assert_close, example, example_for, lines, seconds_in, with_mock};

/// Speech of some words, in a file.
fn speech(folder: &Path) {
    let command = &mut example("test_with_mock", folder);
    lines(command.args(["--mock", "Ada", "speech.wav"]));
}

#[test]
fn voices() {
    let lines = with_mock("voices", &[]);
    let barbershop_man = format!("{BARBERSHOP_MAN}  Barbershop Man");
    assert!(lines.contains(&barbershop_man), "{lines:?}");
    assert!(lines.iter().any(|line| line.ends_with(" English voices")));
    assert!(
        lines
            .last()
            .unwrap()
            .starts_with("Barbershop Man: A friendly man")
    );
}

#[test]
fn voices_makes_one_of_a_recording() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    speech(folder.path());

    let lines = lines(example_for(&server, "voices", folder.path()).arg("speech.wav"));

    let [.., made, deleted] = &lines[..] else {
        panic!("{lines:?}")
    };
    assert!(made.starts_with("made ") && made.ends_with(" (New Voice)"));
    assert_eq!(deleted, "and deleted it");
    let last = server.received().pop().unwrap();
    assert_eq!(last.method, "DELETE");
}

#[test]
fn bulk() {
    let folder = tempfile::tempdir().unwrap();
    let run = || lines(example("bulk", folder.path()).arg("--mock"));
    let first = run();
    assert!(first[0].starts_with("4 to make, 0 finished: "), "{first:?}");
    assert_eq!(first.last().unwrap(), "complete: true");
    for name in ["menu/start", "menu/quit", "story/one", "story/two"] {
        let sound = Sound::read(&folder.path().join(format!("lines/{name}.wav")));
        assert!(sound.rate == 24_000 && sound.seconds() > 0.5, "{name}");
    }
    let captions = std::fs::read_to_string(folder.path().join("lines/story/two.srt")).unwrap();
    assert!(captions.contains("Es war einmal"), "{captions}");
    let second = run();
    assert!(
        second[0].starts_with("0 to make, 4 finished: 0 credits"),
        "{second:?}"
    );
}

#[test]
fn collect_into_buffer() {
    let folder = tempfile::tempdir().unwrap();
    let command = &mut example("collect_into_buffer", folder.path());
    let lines = lines(command.args(["--mock", "hello.wav"]));
    let sound = Sound::read(&folder.path().join("hello.wav"));
    assert_eq!(sound.rate, 8_000);
    let samples = format!("{} samples, ", sound.samples.len());
    assert!(lines[0].starts_with(&samples), "{lines:?}");
    assert_close(sound.seconds(), seconds_in(&lines[0]), 0.01);
    let marian = "248be419-c632-4f23-adf1-5324ed7dbf1d";
    let expected = pitch(marian, "Hey there! Welcome to Cartesia");
    assert_close(sound.pitch(), expected, 0.0);
}

#[test]
fn output_format_names() {
    assert_eq!(
        with_mock("output_format_names", &[]).last().unwrap(),
        &with_mock("output_format_names", &["fp32_44100"])[1]
    );
    let lines = with_mock("output_format_names", &["fp32_8000"]);
    assert_eq!(
        lines[0],
        "fp32_8000 is deprecated: raw_pcm_f32le_8000 is the same"
    );
    assert!(lines[1].contains("PcmF32Le") && lines[1].contains("8000"));
}

#[test]
fn output_format_names_knows_what_exists() {
    let folder = tempfile::tempdir().unwrap();
    let command = &mut example("output_format_names", folder.path());
    let output = crate::support::output(command.args(["--mock", "raw_pcm_f32le_48000"]));
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("raw_pcm_mulaw_8000"), "{stderr}");
}

#[test]
fn transcribe_file() {
    let folder = tempfile::tempdir().unwrap();
    speech(folder.path());
    let command = &mut example("transcribe_file", folder.path());
    let lines = lines(command.args(["--mock", "speech.wav"]));
    assert_eq!(lines[0], "Good morning, Ada!");
    assert!(lines[3].ends_with("  Ada!"), "{lines:?}");
    assert_eq!(lines.len(), 4);
    let length = Sound::read(&folder.path().join("speech.wav")).seconds();
    let last = seconds_in(&lines[3]);
    assert!(length / 2.0 < last && last <= length, "{lines:?}");
}

#[test]
fn live_transcription() {
    let folder = tempfile::tempdir().unwrap();
    speech(folder.path());
    let command = &mut example("live_transcription", folder.path());
    let lines = lines(command.args(["--mock", "speech.wav"]));
    assert_eq!(lines[0], "… Good");
    assert_eq!(lines.last().unwrap(), "Good morning, Ada!");
}

#[cfg(feature = "playback")]
#[test]
fn microphone() {
    let folder = tempfile::tempdir().unwrap();
    speech(folder.path());
    let command = &mut example("microphone", folder.path());
    let lines = lines(command.args(["--mock", "speech.wav"]));
    assert_eq!(lines, ["Good morning, Ada!"]);
}

#[test]
fn browser_token() {
    let lines = with_mock("browser_token", &[]);
    // Nothing of the token itself.
    assert_eq!(lines[0], "AccessToken(<redacted>)");
    assert!(seconds_in(&lines[1]) > 1.0);
    assert!(lines[2].starts_with("and no other token: access_tokens.create: "));
}

#[test]
fn types_only() {
    let folder = tempfile::tempdir().unwrap();
    let lines = lines(&mut example("types_only", folder.path()));
    assert!(lines[1].starts_with("2024-06-10: `pronunciation_dict_id` does not exist"));
    assert_eq!(lines[6], "2026-08-14: fine");
    assert_eq!(
        lines[7..],
        [
            "0ns to 500µs: Hello!",
            "complete",
            "500µs: Some([0, 1, 2, 3])"
        ]
    );
}

#[test]
fn test_with_mock() {
    let folder = tempfile::tempdir().unwrap();
    let command = &mut example("test_with_mock", folder.path());
    let lines = lines(command.args(["--mock", "Ada", "ada.wav"]));
    assert!(lines[0].ends_with(" s in ada.wav"));
    let sound = Sound::read(&folder.path().join("ada.wav"));
    assert_close(sound.seconds(), seconds_in(&lines[0]), 0.01);
    let expected = pitch(BARBERSHOP_MAN, "Good morning, Ada!");
    assert_close(sound.pitch(), expected, 0.0);
}
