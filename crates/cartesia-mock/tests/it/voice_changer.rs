//! The voice changer: as long and as loud as the clip, at another pitch.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_mock::{Fault, MockServer};
use cartesia_types::{RawFormat, wav};
use serde_json::{Value, json};

use crate::forms::Form;
use crate::measure::{loudness, mp3, pitch, s16, sounds};
use crate::support::{NEWEST, VERSIONS, VOICE, answer, audio, body, send, start, within};

const BYTES: &str = "/voice-changer/bytes";
const SSE: &str = "/voice-changer/sse";
const OTHER: &str = "694f9389-aac1-45b6-b726-9d9369183238";

fn form(voice: &str, container: &str) -> Form {
    let form = Form::default()
        .text("voice[id]", voice)
        .text("output_format[container]", container)
        .text("output_format[sample_rate]", "24000");
    match container {
        "mp3" => form.text("output_format[bit_rate]", "64000"),
        _ => form.text("output_format[encoding]", "pcm_s16le"),
    }
}

/// Speech of the mock server at 16 kHz, as samples and as a file.
async fn clip(server: &MockServer) -> (Vec<f32>, Vec<u8>) {
    let samples = audio(
        server,
        NEWEST,
        &body("Say it loud, <volume ratio=\"0.5\"/> then soft."),
    )
    .await;
    let mut file = wav::header(RawFormat::PCM_S16LE_16000, Some(samples.len() as u64));
    file.extend(&samples);
    (s16(&samples), file)
}

async fn changed(server: &MockServer, form: &Form) -> (String, Vec<u8>) {
    let response = send(form.post(server, NEWEST, BYTES)).await;
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    (kind, within(response.bytes()).await.unwrap().to_vec())
}

#[tokio::test]
async fn length_and_loudness_stay_and_the_pitch_is_the_voice_s() {
    let server = start().await;
    let (before, file) = clip(&server).await;
    let mut pitches = Vec::new();
    for voice in [VOICE, OTHER] {
        let form = form(voice, "raw").file("clip", "a.wav", &file);
        let (kind, bytes) = changed(&server, &form).await;
        assert_eq!(kind, "audio/pcm");
        let after = s16(&bytes);
        assert!(after.len().abs_diff(before.len() * 3 / 2) <= 1);
        let found = pitch(&after, 24_000);
        assert!((f64::from(found) - cartesia_mock::pitch(voice, "")).abs() < 1.0);
        pitches.push(found);
        let (old, new) = (sounds(&before, 16_000), sounds(&after, 24_000));
        assert_eq!(old.len(), new.len());
        for ((start, end), (new_start, new_end)) in old.iter().zip(&new) {
            assert!((start - new_start).abs() < 0.02 && (end - new_end).abs() < 0.02);
        }
        // Tenths of a second, of which some are silent.
        for (old, new) in before.chunks(1_600).zip(after.chunks(2_400)) {
            let (old, new) = (loudness(old), loudness(new));
            assert!((old - new).abs() < 0.02 + 0.15 * old, "{old} {new}");
        }
        assert!((loudness(&before) / loudness(&after) - 1.0).abs() < 0.03);
        assert_eq!(changed(&server, &form).await.1, bytes, "always the same");
    }
    assert_ne!(pitches[0], pitches[1]);
}

#[tokio::test]
async fn containers() {
    let server = start().await;
    let (_, file) = clip(&server).await;
    let (_, raw) = changed(&server, &form(VOICE, "raw").file("clip", "a.wav", &file)).await;
    let (kind, wav) = changed(&server, &form(VOICE, "wav").file("clip", "a.wav", &file)).await;
    assert_eq!((kind.as_str(), &wav[44..]), ("audio/wav", &raw[..]));
    let (kind, bytes) = changed(&server, &form(VOICE, "mp3").file("clip", "a.wav", &file)).await;
    let (rate, samples) = mp3(&bytes);
    assert_eq!((kind.as_str(), rate), ("audio/mpeg", 24_000));
    assert!(samples.len() >= raw.len() / 2);
}

async fn events(server: &MockServer, version: &str, form: &Form) -> (String, Vec<Value>) {
    let response = send(form.post(server, version, SSE)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = within(response.text()).await.unwrap();
    let events = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    (text, events)
}

#[tokio::test]
async fn events_have_the_dialect_of_their_version() {
    let server = start().await;
    let (_, file) = clip(&server).await;
    let form = form(VOICE, "raw").file("clip", "a.wav", &file);
    let (_, whole) = changed(&server, &form).await;
    for version in VERSIONS {
        let (text, mut events) = events(&server, version, &form).await;
        let done = events.pop().unwrap();
        let typed = version < "2025-11-04";
        assert_eq!(text.contains("event: chunk\n"), typed);
        let mut audio = Vec::new();
        for mut event in events {
            let data = event["data"].take();
            audio.extend(STANDARD.decode(data.as_str().unwrap()).unwrap());
            assert!(event["step_time"].take().is_f64());
            let expected = if typed {
                json!({"type": "chunk", "status_code": 206, "done": false, "data": null, "step_time": null})
            } else {
                json!({"status_code": 206, "done": false, "data": null, "sample_rate": 24_000, "step_time": null})
            };
            assert_eq!(event, expected, "{version}");
        }
        let expected = if typed {
            json!({"type": "done", "status_code": 200, "done": true})
        } else {
            json!({"status_code": 200, "done": true})
        };
        assert_eq!(done, expected, "{version}");
        assert_eq!(audio, whole, "{version}");
    }
}

#[tokio::test]
async fn faults_hit_its_events_as_well() {
    let server = start().await;
    let (_, file) = clip(&server).await;
    let form = form(VOICE, "raw").file("clip", "a.wav", &file);
    server.inject(Fault::end_after(2));
    let (_, events) = events(&server, NEWEST, &form).await;
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event["done"] == json!(false)));
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let server = start().await;
    let (_, file) = clip(&server).await;
    let ready = |form: Form| form.file("clip", "a.wav", &file);
    for path in [BYTES, SSE] {
        for (form, status, says) in [
            (form(VOICE, "raw"), 400, "`clip` is required"),
            (
                form(VOICE, "raw").file("clip", "a", b""),
                400,
                "`clip` is empty",
            ),
            (
                form(VOICE, "raw").file("clip", "a.ogg", b"OggS"),
                400,
                "unsupported_audio_format",
            ),
            (ready(form("nobody", "raw")), 404, "voice_not_found"),
            (ready(form(VOICE, "ogg")), 400, "`output_format.container`"),
            (
                ready(Form::default().text("voice[id]", VOICE)),
                400,
                "`output_format` is required",
            ),
            (
                ready(
                    Form::default()
                        .text("voice[id]", VOICE)
                        .text("output_format[container]", "raw")
                        .text("output_format[encoding]", "pcm_s16le")
                        .text("output_format[sample_rate]", "fast"),
                ),
                400,
                "`output_format.sample_rate`",
            ),
            (ready(Form::default()), 400, "`voice[id]` is required"),
        ] {
            form.refused(&server, path, status, says).await;
        }
    }
    let unknown = ready(form("nobody", "raw")).post(&server, "2025-11-04", BYTES);
    assert_eq!(answer(unknown).await.0, 400);
}
