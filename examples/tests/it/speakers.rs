//! What would come out of the speakers.

use cartesia_mock::{MockServer, Pace, pitch};

use crate::BARBERSHOP_MAN;
use crate::support::{Sound, assert_close, example_for, heard, lines, seconds_in};

const HELLO: &str = "Hello! Welcome to Cartesia";

/// No arguments for the example itself.
const NONE: [&str; 0] = [];

#[test]
fn sse_to_speakers() {
    let (lines, sound) = heard("sse_to_speakers", &NONE);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("Barbershop Man: ") && lines[0].ends_with(", 0 gaps"));
    assert_close(sound.seconds(), seconds_in(&lines[0]), 0.02);
    // Of the right voice and text; without a context the text sets the pitch.
    assert_close(sound.pitch(), pitch(BARBERSHOP_MAN, HELLO), 0.0);
}

#[test]
fn websocket_to_speakers() {
    let (lines, sound) = heard("websocket_to_speakers", &NONE);
    assert_eq!(lines.len(), 2);
    let (first, second) = (seconds_in(&lines[0]), seconds_in(&lines[1]));
    assert!(first > 1.0 && second > 1.0, "{lines:?}");
    assert_close(sound.seconds(), first + second, 0.04);
    // Two contexts of one connection, each with a pitch of its own.
    let found = (
        sound.pitch_between(0.1, first - 0.1),
        sound.pitch_between(first + 0.1, first + second - 0.1),
    );
    assert!((110.0..=330.0).contains(&found.0) && (110.0..=330.0).contains(&found.1));
}

#[test]
fn multilingual() {
    let (lines, sound) = heard("multilingual", &NONE);
    let texts = [
        ("es", "Hola! Bienvenido a Cartesia"),
        ("fr", "Bonjour! Bienvenue chez Cartesia"),
        ("de", "Hallo! Willkommen bei Cartesia"),
    ];
    let expected = texts.map(|(language, text)| format!("{language}: {text}"));
    assert_eq!(lines, expected);
    // Each at the pitch of its text, one after the other.
    let third = sound.seconds() / 3.0;
    for (index, (_, text)) in (0_u32..).zip(texts) {
        let middle = third * (f64::from(index) + 0.5);
        let found = sound.pitch_between(middle - 0.4, middle + 0.4);
        assert_close(found, pitch(BARBERSHOP_MAN, text), 2.0);
    }
}

#[test]
fn cancel_midway() {
    // At the pace of speech: otherwise all of it has come before the cancellation, and nothing is left to cancel.
    let server = MockServer::builder().pace(Pace::RealTime).start_on_thread();
    let server = server.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = &mut example_for(&server, "cancel_midway", folder.path());

    let lines = lines(command.args(["--output", "heard.wav"]));

    assert_eq!(lines.len(), 1);
    assert!(lines[0].ends_with(" s were heard"), "{lines:?}");
    // One second, and what passes until the listener's words take effect. The whole is more than ten.
    let heard = seconds_in(&lines[0]);
    assert!((1.0..8.0).contains(&heard), "{lines:?}");
    let sound = Sound::read(&folder.path().join("heard.wav"));
    assert!(sound.seconds() >= heard - 0.01, "{lines:?}");
    // The service learned of it.
    let cancels = server
        .messages()
        .iter()
        .filter(|message| message.json().is_some_and(|json| json["cancel"] == true))
        .count();
    assert_eq!(cancels, 1);
}

#[test]
fn agent() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = &mut example_for(&server, "agent", folder.path());

    let lines = lines(command.args(["--output", "heard.wav"]));

    let whole =
        "You said: Tell me something. That is all I know, but I can say it at great length.";
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[0], "User: Tell me something.");
    let heard = lines[1].strip_prefix("Assistant: ").unwrap_or_default();
    assert!(
        whole.starts_with(heard) && heard.len() < whole.len(),
        "{lines:?}"
    );
    assert_eq!(lines[2], "User: Stop.");
    assert!(
        lines[3].ends_with("You said: Stop. That is all I know, but I can say it at great length.")
    );
}

#[test]
fn voice_embeddings() {
    let (lines, sound) = heard("voice_embeddings", &NONE);
    assert_eq!(lines[0], "Barbershop Man is 192 numbers");
    assert_eq!(lines.len(), 2);
    assert_close(sound.seconds(), seconds_in(&lines[1]), 0.02);

    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("recording.wav");
    write_recording(&recording);
    let (lines, of_clone) = heard("voice_embeddings", &[&recording]);
    assert_eq!(lines[1], "made New Voice");
    assert_eq!(lines.len(), 3);
    // The clone speaks, and not with the voice of the other.
    assert!((of_clone.pitch() - sound.pitch()).abs() > 1.0);
}

fn write_recording(path: &std::path::Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    for sample in 0..16_000_i16 {
        file.write_sample(sample % 100 * 50).unwrap();
    }
    file.finalize().unwrap();
}
