//! What would come out of the speakers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

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

#[test]
fn language_model() {
    let (lines, sound) = heard("language_model", &NONE);
    assert_eq!(
        lines,
        [
            "User: What is a whale?",
            "Assistant: You asked: What is a whale? I have no model, so that is all.",
            "User: And how long does it live?",
            "Assistant: You asked: And how long does it live? I have no model, so that is all.",
        ]
    );
    assert!(sound.seconds() > 4.0);
}

/// Answers chats as OpenAI does, with these tokens; returns its address and the bodies that it receives.
fn chat_server(tokens: &'static [&'static str]) -> (String, mpsc::Receiver<serde_json::Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    let (sender, bodies) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).unwrap() > 2 {
                let header = line.to_lowercase();
                if let Some(value) = header.strip_prefix("content-length: ") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
            stream.write_all(head.as_bytes()).unwrap();
            for token in tokens {
                let event = serde_json::json!({"choices": [{"delta": {"content": token}}]});
                // In two pieces, as a network cuts them.
                let text = format!("data: {event}\n\n");
                let (first, second) = text.split_at(text.len() / 2);
                stream.write_all(first.as_bytes()).unwrap();
                stream.flush().unwrap();
                stream.write_all(second.as_bytes()).unwrap();
            }
            stream.write_all(b"data: [DONE]\n\n").unwrap();
            if sender.send(serde_json::from_slice(&body).unwrap()).is_err() {
                return;
            }
        }
    });
    (address, bodies)
}

#[test]
fn language_model_over_http() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (address, bodies) = chat_server(&["A ", "mam", "mal of the ", "sea."]);
    let command = &mut example_for(&server, "language_model", folder.path());
    let command = command.args(["--output", "heard.wav"]);

    let lines = lines(
        command
            .env("LLM_BASE_URL", address)
            .env("LLM_MODEL", "test"),
    );

    assert_eq!(lines[1], "Assistant: A mammal of the sea.", "{lines:?}");
    assert_eq!(lines[3], "Assistant: A mammal of the sea.", "{lines:?}");
    let asked: Vec<_> = bodies.try_iter().collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        (&asked[1]["model"], &asked[1]["stream"]),
        (&"test".into(), &true.into())
    );
    let roles = asked[1]["messages"].as_array().unwrap().iter();
    let roles: Vec<_> = roles
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    assert_eq!(asked[1]["messages"][1]["content"], "A mammal of the sea.");

    // Nobody answers: the user hears of it.
    let command = &mut example_for(&server, "language_model", folder.path());
    let command = command.args(["--output", "heard.wav"]);
    let lines = crate::support::lines(command.env("LLM_BASE_URL", "http://127.0.0.1:1/v1"));
    assert_eq!(lines[1], "Assistant: I am sorry, I cannot think right now.");
}

#[test]
fn metrics() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = &mut example_for(&server, "metrics", folder.path());

    let lines = lines(command.args(["--output", "heard.wav"]));

    let value = |name: &str| {
        let line = lines
            .iter()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {lines:#?}"))
            .parse::<f64>()
            .unwrap()
    };
    let characters =
        "This one is heard to its end.This one is interrupted, long before all of it was heard.";
    let counted = format!("speech_characters_total {}", characters.len());
    assert!(lines.contains(&counted), "{lines:#?}");
    assert_close(value("speech_interruptions_total"), 1.0, 0.1);
    assert_close(value("speech_first_heard_seconds_count"), 2.0, 0.1);
    assert!(value("speech_silence_milliseconds_total{cause=\"device\"}") < 1_000.0);
}

#[test]
fn media_stream() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();

    let lines = lines(&mut example_for(&server, "media_stream", folder.path()));

    let whole =
        "You said: Two tickets, please. That is all I know, but I can say it at great length.";
    let said = |start: &str| {
        let line = lines.iter().find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("no {start} in {lines:?}"))
    };
    // The phone told what it was asked, and was told when the agent was interrupted and when it had ended.
    let (frames, _) = said("the caller heard ")
        .split_once(" frames, and 1 reply was cut off")
        .unwrap();
    assert!(frames.parse::<u32>().unwrap() > 150, "{lines:?}");
    let position = |line: &str| {
        lines
            .iter()
            .position(|known| known == line)
            .unwrap_or_else(|| panic!("{line}: {lines:?}"))
    };
    let first = position("User: Two tickets, please.");
    let cut = lines[first + 1].strip_prefix("Assistant: ").unwrap();
    assert!(
        whole.starts_with(cut) && cut.len() < whole.len() && !cut.is_empty(),
        "{cut}"
    );
    assert_eq!(position("User:  Stop."), first + 2);
    assert_eq!(
        lines[first + 3],
        "Assistant: You said:  Stop. That is all I know, but I can say it at great length."
    );
}
