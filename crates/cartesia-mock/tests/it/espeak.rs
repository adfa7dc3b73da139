//! The server with a real voice.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_mock::{MockServer, Speaker};
use serde_json::{Value, json};

use crate::socket_client::{audio_of, connect, request};
use crate::support::{NEWEST, answer, audio, body, post, start, with, within};

/// A server that speaks; none, and the reason printed, where the program is not installed.
async fn speaking() -> Option<MockServer> {
    let installed = Command::new("espeak-ng")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    let started = within(MockServer::builder().speaker(Speaker::Espeak).start()).await;
    if installed.is_ok_and(|status| status.success()) {
        return Some(started.unwrap());
    }
    let error = started.unwrap_err().to_string();
    assert!(error.contains("install it"), "{error}");
    // Past the test's own capture: a skipped test is not to look like one that passed.
    let mut stderr = std::io::stderr();
    writeln!(stderr, "skipped: espeak-ng is not installed").unwrap();
    None
}

fn samples(audio: &[u8]) -> Vec<i32> {
    let (whole, rest) = audio.as_chunks::<2>();
    assert!(rest.is_empty());
    whole
        .iter()
        .map(|bytes| i16::from_le_bytes(*bytes).into())
        .collect()
}

fn loudest(samples: &[i32]) -> i32 {
    samples
        .iter()
        .map(|sample| sample.abs())
        .max()
        .unwrap_or_default()
}

/// How often the sound crosses zero in a second: a tone does it twice per period.
fn crossings(samples: &[i32]) -> usize {
    samples
        .windows(2)
        .filter(|pair| (pair[0] < 0) != (pair[1] < 0))
        .count()
}

#[tokio::test]
async fn words_are_spoken_the_same_each_time() {
    let Some(server) = speaking().await else {
        return;
    };
    let said = audio(
        &server,
        NEWEST,
        &body("Hello there, my friend. How are you?"),
    )
    .await;
    let again = audio(
        &server,
        NEWEST,
        &body("Hello there, my friend. How are you?"),
    )
    .await;
    assert_eq!(said, again);
    let hummed = audio(
        &start().await,
        NEWEST,
        &body("Hello there, my friend. How are you?"),
    )
    .await;
    assert_ne!(said, hummed);
    let heard = samples(&said);
    // 36 letters at a usual speed, and not the even hum of tones.
    assert!((16_000..64_000).contains(&heard.len()), "{}", heard.len());
    assert!(loudest(&heard) > 3_000);
    assert!(crossings(&heard) > 2 * crossings(&samples(&hummed)));
}

#[tokio::test]
async fn it_speaks_as_requested() {
    let Some(server) = speaking().await else {
        return;
    };
    let text = "This is a sentence of some length, to be spoken.";
    let length = async |changes: &[(&str, Value)]| {
        audio(&server, NEWEST, &with(body(text), changes))
            .await
            .len()
    };
    let normal = length(&[]).await;
    let fast = length(&[("generation_config", json!({"speed": 1.5}))]).await;
    let slow = length(&[("generation_config", json!({"speed": 0.6}))]).await;
    assert!(fast < normal && normal < slow, "{fast} {normal} {slow}");
    let german = with(body(text), &[("language", json!("de"))]);
    assert_ne!(
        audio(&server, NEWEST, &german).await,
        audio(&server, NEWEST, &body(text)).await
    );
    let twice = length(&[("output_format.sample_rate", json!(48_000))]).await;
    assert!(twice.abs_diff(3 * normal) < 100, "{twice} {normal}");
    let quiet = with(body(text), &[("generation_config", json!({"volume": 0.5}))]);
    let (quiet, loud) = (
        audio(&server, NEWEST, &quiet).await,
        audio(&server, NEWEST, &body(text)).await,
    );
    assert!(2 * loudest(&samples(&quiet)) < 3 * loudest(&samples(&loud)) / 2);
    let pause = audio(&server, NEWEST, &body("One <break time=\"2s\"/> two.")).await;
    assert!(pause.len() > 2 * 2 * 16_000);
}

#[tokio::test]
async fn words_have_times_within_the_audio() {
    let Some(server) = speaking().await else {
        return;
    };
    let asked = with(
        body("Hello there. How are you, my 2 friends? <laughter> [laughter] Good."),
        &[
            ("add_timestamps", json!(true)),
            ("add_phoneme_timestamps", json!(true)),
        ],
    );
    let (status, text) = answer(post(&server, NEWEST, "/tts/sse", &asked)).await;
    assert_eq!(status, 200, "{text}");
    let (mut words, mut bytes) = (Vec::new(), 0);
    for line in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
        let event: Value = serde_json::from_str(line).unwrap();
        if let Some(data) = event["data"].as_str() {
            bytes += STANDARD.decode(data).unwrap().len();
        }
        let times = &event["word_timestamps"];
        for (index, word) in times["words"].as_array().into_iter().flatten().enumerate() {
            let time = |name: &str| times[name][index].as_f64().unwrap();
            words.push((
                word.as_str().unwrap().to_owned(),
                time("start"),
                time("end"),
            ));
        }
    }
    let spoken: Vec<_> = words.iter().map(|(word, ..)| word.as_str()).collect();
    assert_eq!(spoken[..6], ["Hello", "there.", "How", "are", "you,", "my"]);
    assert_eq!(spoken.last(), Some(&"Good."));
    #[expect(clippy::cast_precision_loss, reason = "a few seconds of audio")]
    let seconds = bytes as f64 / 32_000.0;
    let mut last = 0.0;
    for (word, start, end) in &words {
        assert!(
            last <= *start && start < end && *end <= seconds,
            "{word}: {words:?}"
        );
        last = *end;
    }
}

#[tokio::test]
async fn contexts_of_a_socket_are_spoken() {
    let Some(server) = speaking().await else {
        return;
    };
    let mut socket = connect(&server, NEWEST).await;
    socket
        .send(&request("one", "Hello there, my friend."))
        .await;
    let messages = socket.until_over("one").await;
    let heard = audio_of(&messages, "one");
    let expected = server.expected_audio(
        NEWEST.parse().unwrap(),
        &request("one", ""),
        &["Hello there, my friend."],
    );
    assert_eq!(Some(heard), expected);
}

#[tokio::test]
async fn a_text_is_no_command_and_no_option() {
    let Some(server) = speaking().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made");
    let shell = format!(
        "$(touch {0}) `touch {0}`; touch {0} | -w {0} --pho",
        file.display()
    );
    audio(&server, NEWEST, &body(&shell)).await;
    audio(&server, NEWEST, &body(&format!("-w {}", file.display()))).await;
    assert!(!file.exists());
}
