//! Speech to text: what sounds, and when.

use cartesia_types::{RawEncoding, RawFormat, pcm, wav};
use serde_json::{Value, json};

use crate::forms::Form;
use crate::measure::s16;
use crate::support::{
    NEWEST, answer, answer_json, audio, body, client, post, send, start, with, within,
};

/// A sentence as this server speaks it, and the times of its words.
async fn spoken(server: &cartesia_mock::MockServer) -> (Vec<u8>, Vec<(f64, f64)>) {
    let text = "Four words, that is.";
    let samples = audio(server, NEWEST, &body(text)).await;
    let request = with(body(text), &[("add_timestamps", json!(true))]);
    let events = within(
        send(post(server, NEWEST, "/tts/sse", &request))
            .await
            .text(),
    )
    .await;
    let mut times = Vec::new();
    for line in events.unwrap().lines() {
        let Some(event) = line.strip_prefix("data: ") else {
            continue;
        };
        let event: Value = serde_json::from_str(event).unwrap();
        let arrays = &event["word_timestamps"];
        let numbers = |name: &str| {
            let array = arrays[name].as_array().cloned().unwrap_or_default();
            array.into_iter().map(|number| number.as_f64().unwrap())
        };
        times.extend(numbers("start").zip(numbers("end")));
    }
    assert_eq!(times.len(), 4);
    (samples, times)
}

fn assert_heard(heard: &Value, times: &[(f64, f64)]) {
    let words = heard["words"].as_array().unwrap();
    assert_eq!(words.len(), times.len(), "{heard}");
    for (word, (start, end)) in words.iter().zip(times) {
        for (name, time) in [("start", start), ("end", end)] {
            let found = word[name].as_f64().unwrap();
            assert!((found - time).abs() < 0.006, "{name} {time}: {word}");
        }
    }
}

fn form() -> Form {
    Form::default().text("model", "ink-whisper")
}

#[tokio::test]
async fn words_are_found_where_they_were_spoken() {
    let server = start().await;
    let (samples, times) = spoken(&server).await;
    let mut file = wav::header(RawFormat::PCM_S16LE_16000, None);
    file.extend(&samples);
    let form = form()
        .text("language", "fr")
        .text("timestamp_granularities[]", "word")
        .file("file", "a.wav", &file);
    let heard = form.json(&server, "/stt").await;
    assert_heard(&heard, &times);
    assert_eq!(heard["type"], "transcript");
    assert_eq!(heard["text"], "Four words, that is.");
    assert_eq!(heard["language"], "fr");
    let seconds = f64::from(u32::try_from(samples.len() / 2).unwrap()) / 16_000.0;
    assert!((heard["duration"].as_f64().unwrap() - seconds).abs() < 0.001);
    assert_eq!(heard["request_id"].as_str().unwrap().len(), 36);
    assert_eq!(heard["words"][2]["word"], "that");
}

/// Writes samples in an encoding, without the code that reads them.
pub(crate) fn encoded(encoding: &str, samples: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    match encoding {
        "pcm_s32le" => {
            for sample in samples {
                #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
                let sample = (f64::from(*sample) * 2_147_483_648.0) as i32;
                bytes.extend(sample.to_le_bytes());
            }
        }
        "pcm_f16le" => {
            for sample in samples {
                // Rebiases the exponent and cuts the fraction; what is too small becomes zero.
                let bits = sample.to_bits();
                let magnitude = (bits >> 13 & 0x3_ffff).saturating_sub(112 << 10);
                let half = (bits >> 16 & 0x8000) | magnitude;
                bytes.extend(u16::try_from(half).unwrap().to_le_bytes());
            }
        }
        name => {
            let encoding = RawEncoding::ALL
                .into_iter()
                .find(|encoding| encoding.as_str() == name)
                .unwrap();
            pcm::encode_f32(encoding, samples, &mut bytes);
        }
    }
    bytes
}

#[tokio::test]
async fn bare_samples_are_understood_in_every_encoding() {
    let server = start().await;
    let (samples, times) = spoken(&server).await;
    let samples = s16(&samples);
    for encoding in [
        "pcm_s16le",
        "pcm_s32le",
        "pcm_f16le",
        "pcm_f32le",
        "pcm_mulaw",
        "pcm_alaw",
    ] {
        let form = form().text("timestamp_granularities[]", "word").file(
            "file",
            "a.pcm",
            &encoded(encoding, &samples),
        );
        let path = format!("/stt?encoding={encoding}&sample_rate=16000");
        let heard = form.json(&server, &path).await;
        assert_heard(&heard, &times);
        assert_eq!(heard["text"], "Four words, that is.", "{encoding}");
        // Taken for twice as fast, everything is at half the time.
        let path = format!("/stt?encoding={encoding}&sample_rate=32000");
        let heard = form.json(&server, &path).await;
        let halved: Vec<_> = times
            .iter()
            .map(|(start, end)| (start / 2.0, end / 2.0))
            .collect();
        assert_heard(&heard, &halved);
    }
}

#[tokio::test]
async fn silence_is_no_text_and_words_come_only_when_asked_for() {
    let server = start().await;
    let mut file = wav::header(RawFormat::PCM_S16LE_8000, Some(16_000));
    file.extend([0; 16_000]);
    let heard = form()
        .file("file", "a.wav", &file)
        .json(&server, "/stt")
        .await;
    assert_eq!(
        (&heard["text"], &heard["duration"]),
        (&json!(""), &json!(1.0))
    );
    assert_eq!(heard["language"], "en");
    assert!(heard.get("words").is_none(), "{heard}");
    // Longer than what a handler takes by default.
    let mut long = wav::header(RawFormat::PCM_S16LE_8000, None);
    long.extend(vec![0; 4_800_000]);
    let heard = form()
        .file("file", "a.wav", &long)
        .json(&server, "/stt")
        .await;
    assert_eq!(heard["duration"], 300.0);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let server = start().await;
    let mut wav = wav::header(RawFormat::PCM_S16LE_8000, None);
    wav.extend([0; 160]);
    let file = |form: Form| form.file("file", "a.wav", &wav);
    for (form, path, status, says) in [
        (file(Form::default()), "/stt", 400, "`model` is required"),
        (form(), "/stt", 400, "`file` is required"),
        (
            form().text("file", "text"),
            "/stt",
            400,
            "`file` must be a file",
        ),
        (
            form().file("file", "a.wav", b""),
            "/stt",
            400,
            "`file` is empty",
        ),
        (
            form().file("file", "a.mp3", b"ID3\x04 and so on"),
            "/stt",
            400,
            "unsupported_audio_format",
        ),
        (
            file(Form::default().text("model", "ink-2")),
            "/stt",
            400,
            "streams alone",
        ),
        (
            file(Form::default().text("model", "sonic-3")),
            "/stt",
            404,
            "model_not_found",
        ),
        (
            file(form().text("language", "xx")),
            "/stt",
            400,
            "language_not_supported",
        ),
        (
            file(form().text("timestamp_granularities[]", "letter")),
            "/stt",
            400,
            "timestamp_granularities[]",
        ),
        (
            file(form()),
            "/stt?encoding=pcm_s16le",
            400,
            "required together",
        ),
        (
            file(form()),
            "/stt?sample_rate=8000",
            400,
            "required together",
        ),
        (
            file(form()),
            "/stt?encoding=pcm_s24le&sample_rate=8000",
            400,
            "pcm_f16le",
        ),
        (
            form().file("file", "a", b"1234"),
            "/stt?encoding=pcm_s16le&sample_rate=x",
            400,
            "whole number",
        ),
        (
            form().file("file", "a", b"1234"),
            "/stt?encoding=pcm_s16le&sample_rate=1",
            400,
            "unsupported_audio_format",
        ),
    ] {
        form.refused(&server, path, status, says).await;
    }
    let (status, text) = answer(post(&server, NEWEST, "/stt", &json!({}))).await;
    assert_eq!(status, 400);
    assert!(text.contains("multipart/form-data"), "{text}");
    let (status, text) = answer(form().post(&server, "2025-11-04", "/stt")).await;
    assert_eq!(
        (status.as_u16(), text.as_str()),
        (400, "Bad Request: `file` is required")
    );
}

#[tokio::test]
async fn the_compatible_route_answers_in_its_own_shapes() {
    let server = start().await;
    let (samples, times) = spoken(&server).await;
    let mut file = wav::header(RawFormat::PCM_S16LE_16000, None);
    file.extend(&samples);
    let path = "/audio/transcriptions";
    let form = form().file("file", "a.wav", &file);
    let text = "Four words, that is.";
    // Without a version, as programs for the other API send it.
    let request = form.post(&server, NEWEST, path).build().unwrap();
    let mut bare = client().post(request.url().clone()).bearer_auth("sk_x");
    bare = bare.header("content-type", request.headers()["content-type"].clone());
    bare = bare.body(request.body().unwrap().as_bytes().unwrap().to_vec());
    assert_eq!(answer_json(bare).await, json!({ "text": text }));

    let verbose = form
        .clone()
        .text("response_format", "verbose_json")
        .text("timestamp_granularities[]", "word");
    let heard = verbose.json(&server, path).await;
    assert_heard(&heard, &times);
    assert_eq!(
        (&heard["task"], &heard["text"]),
        (&json!("transcribe"), &json!(text))
    );
    let plain = form.clone().text("response_format", "text");
    let (status, body) = answer(plain.post(&server, NEWEST, path)).await;
    assert_eq!((status.as_u16(), body), (200, format!("{text}\n")));
    let odd = form.text("response_format", "srt");
    odd.refused(&server, path, 400, "response_format").await;
    let keyless = client().post(format!("{}{path}", server.url()));
    assert_eq!(answer(keyless).await.0, 401);
}
