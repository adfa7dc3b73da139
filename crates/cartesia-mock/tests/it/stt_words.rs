//! Words that the server spoke are heard again, whatever happened to them on the way.

use cartesia_mock::MockServer;
use cartesia_types::{RawEncoding, RawFormat, pcm, wav};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::forms::Form;
use crate::measure::samples;
use crate::stt::encoded;
use crate::stt_socket_client::{final_text, listen};
use crate::support::{NEWEST, answer_json, audio, body, get, start, with};

const RATES: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
const TEXT: &str = "Hello, World! \"It's\" 42% of naïve Ünicode: Привет, мир. 你好，世界。 नमस्ते 안녕 مرحبا 🙂 (really?!) A I.";

/// Short, for what is tried many times.
const SHORT: &str = "\"It's\" naïve, мир. 你好。 🙂 (I?!)";

async fn speak(server: &MockServer, text: &str, format: RawFormat) -> Vec<f32> {
    let output = json!({"container": "raw", "encoding": format.encoding.as_str(),
                        "sample_rate": format.sample_rate});
    let request = with(body(text), &[("output_format", output)]);
    samples(format.encoding, &audio(server, NEWEST, &request).await)
}

/// What is heard in samples, written in an encoding.
async fn hear(server: &MockServer, samples: &[f32], format: RawFormat) -> Value {
    let mut file = wav::header(format, None);
    pcm::encode_f32(format.encoding, samples, &mut file);
    let form = Form::default()
        .text("model", "ink-whisper")
        .text("timestamp_granularities[]", "word")
        .file("file", "a.wav", &file);
    form.json(server, "/stt").await
}

/// Between two samples a straight line.
fn resampled(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    let step = f64::from(from) / f64::from(to);
    (0_u32..)
        .map(|n| f64::from(n) * step)
        .map_while(|at| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a position within some seconds"
            )]
            let (index, part) = (at as usize, at.fract() as f32);
            let (before, after) = (samples.get(index)?, samples.get(index + 1)?);
            Some(before + (after - before) * part)
        })
        .collect()
}

fn format(encoding: RawEncoding, rate: u32) -> RawFormat {
    RawFormat::new(encoding, rate)
}

#[tokio::test]
async fn every_encoding_and_rate_carries_the_words() {
    let server = start().await;
    let long = format(RawEncoding::PcmMulaw, 8_000);
    let samples = speak(&server, TEXT, long).await;
    assert_eq!(hear(&server, &samples, long).await["text"], TEXT);
    for rate in RATES {
        for encoding in RawEncoding::ALL {
            let format = format(encoding, rate);
            let samples = speak(&server, SHORT, format).await;
            let heard = hear(&server, &samples, format).await;
            assert_eq!(heard["text"], SHORT, "{format:?}");
        }
    }
}

#[tokio::test]
async fn mp3_carries_the_words() {
    let server = start().await;
    for rate in RATES {
        for bit_rate in [32_000, 192_000] {
            let output = json!({"container": "mp3", "bit_rate": bit_rate, "sample_rate": rate});
            let request = with(body(SHORT), &[("output_format", output)]);
            let file = audio(&server, NEWEST, &request).await;
            let form = Form::default()
                .text("model", "ink-whisper")
                .file("file", "a.mp3", &file);
            let heard = form.json(&server, "/stt").await;
            assert_eq!(heard["text"], SHORT, "{rate} {bit_rate}");
        }
    }
}

#[tokio::test]
async fn louder_softer_and_resampled_they_are_the_same() {
    let server = start().await;
    for (from, to) in [
        (8_000, 16_000),
        (16_000, 8_000),
        (24_000, 16_000),
        (44_100, 48_000),
        (48_000, 8_000),
        (22_050, 44_100),
    ] {
        let source = format(RawEncoding::PcmF32Le, from);
        let samples = resampled(&speak(&server, SHORT, source).await, from, to);
        for (gain, encoding) in [(0.02, RawEncoding::PcmS16Le), (-2.0, RawEncoding::PcmMulaw)] {
            let louder: Vec<f32> = samples.iter().map(|sample| sample * gain).collect();
            let heard = hear(&server, &louder, format(encoding, to)).await;
            assert_eq!(heard["text"], SHORT, "{from} {to} {gain} {encoding}");
        }
    }
}

#[tokio::test]
async fn silence_around_and_other_utterances_after_change_no_word() {
    let server = start().await;
    let format = format(RawEncoding::PcmAlaw, 8_000);
    let mut all = vec![0.0; 4_321];
    all.extend(speak(&server, "First, this one.", format).await);
    all.extend(speak(&server, "Then that!", format).await);
    all.extend(vec![0.0; 4_321]);
    all.extend(speak(&server, "first", format).await);
    let heard = hear(&server, &all, format).await;
    assert_eq!(heard["text"], "First, this one. Then that! first");
    assert_eq!(heard["words"][0]["word"], "First,");
    assert!((heard["words"][0]["start"].as_f64().unwrap() - 0.58).abs() < 0.006);
}

#[tokio::test]
async fn noise_beneath_changes_no_word() {
    let server = start().await;
    let format = format(RawEncoding::PcmS16Le, 16_000);
    let mut samples = speak(&server, "Listen to this, please.", format).await;
    let mut seed = 1_u32;
    for sample in &mut samples {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample += (f32::from((seed >> 16) as u16) / 65_536.0 - 0.5) * 0.03;
    }
    let heard = hear(&server, &samples, format).await;
    assert_eq!(heard["text"], "Listen to this, please.");
}

#[tokio::test]
async fn what_nobody_here_said_is_counted() {
    let server = start().await;
    let format = format(RawEncoding::PcmS16Le, 16_000);
    let hum = |length: u16| (0..length).map(|n| (f32::from(n) * 0.1).sin() * 0.3);
    let mut all: Vec<f32> = hum(3_200).collect();
    all.extend(vec![0.0; 1_600]);
    all.extend(speak(&server, "Known", format).await);
    all.extend(hum(3_200));
    let first = hear(&server, &all, format).await;
    assert_eq!(first["text"], "word1 Known word3");
    assert_eq!(hear(&server, &all, format).await["words"], first["words"]);
}

#[tokio::test]
async fn the_text_of_a_recorded_call_is_heard() {
    let server = start().await;
    let agents = answer_json(get(&server, NEWEST, "/agents")).await;
    let agent = agents["summaries"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/agents/calls?agent_id={agent}&expand=transcript");
    let calls = answer_json(get(&server, NEWEST, &path)).await;
    let calls = calls["data"].as_array().unwrap().iter();
    let spoken = |call: &&Value| {
        call["transcript"]
            .as_array()
            .is_some_and(|turns| !turns.is_empty())
    };
    let call = calls.into_iter().find(spoken).unwrap();
    let path = format!("/agents/calls/{}/audio", call["id"].as_str().unwrap());
    let response = crate::support::send(get(&server, NEWEST, &path)).await;
    let file = crate::support::within(response.bytes()).await.unwrap();
    let form = Form::default()
        .text("model", "ink-whisper")
        .file("file", "a.wav", &file);
    let heard = form.json(&server, "/stt").await;
    let turns = call["transcript"].as_array().unwrap();
    let said: Vec<&str> = turns.iter().filter_map(|t| t["text"].as_str()).collect();
    assert_eq!(heard["text"], said.join(" "));
}

fn a_word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z][a-z']{0,12}[,.!?;:]{0,2}",
        1 => "[\"'(«¿]{0,3}\\p{L}{1,12}[!?.…,\"')»]{0,6}",
        1 => "[\\u{4e00}-\\u{4eff}\\u{3041}-\\u{3090}]{1,5}[。，]?",
        1 => "[0-9]{1,6}(th|%)?",
        1 => prop::sample::select(vec!["🙂", "👩‍👩‍👧", "€", "C++", "a/b", "don’t", "x=1"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_words_come_back(
        words in prop::collection::vec(a_word(), 1..8),
        encoding in prop::sample::select(RawEncoding::ALL.to_vec()),
        rate in prop::sample::select(RATES.to_vec()),
        speed in 0.6..1.5,
        volume in 0.5..2.0,
    ) {
        let text = words.join(" ");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let heard = runtime.block_on(async {
            let server = start().await;
            let output = json!({"container": "wav", "encoding": encoding.as_str(), "sample_rate": rate});
            let request = with(body(&text), &[
                ("output_format", output),
                ("generation_config", json!({"speed": speed, "volume": volume})),
            ]);
            let file = audio(&server, NEWEST, &request).await;
            let form = Form::default().text("model", "ink-whisper").file("file", "a.wav", &file);
            form.json(&server, "/stt").await
        });
        prop_assert_eq!(heard["text"].as_str().unwrap(), text);
    }
}

/// What both sockets hear in samples, a tenth of a second at a time.
async fn heard_live(
    server: &MockServer,
    encoding: &str,
    rate: u32,
    samples: &[f32],
) -> (String, String) {
    let query = format!("model=ink-2&encoding={encoding}&sample_rate={rate}");
    let audio = encoded(encoding, samples);
    let frame = audio.len() / samples.len() * rate as usize / 10;

    let path = format!("/stt/websocket?{query}");
    let mut client = listen(server, &path, NEWEST).await;
    client.send_audio(&audio, frame).await;
    client.say("close").await;
    let dictated = final_text(&client.until_closed().await.0);

    let path = format!("/stt/turns/websocket?{query}");
    let mut client = listen(server, &path, NEWEST).await;
    client.send_audio(&audio, frame).await;
    client.say(r#"{"type":"close"}"#).await;
    let (messages, _) = client.until_closed().await;
    let ends = messages
        .iter()
        .filter(|message| message["type"] == "turn.end");
    let turns = ends.map(|message| message["transcript"].as_str().unwrap());
    (dictated, turns.collect())
}

#[tokio::test]
async fn both_sockets_hear_every_encoding_and_rate() {
    let server = start().await;
    let text = "Yes, we do.";
    for rate in RATES {
        let samples = speak(&server, text, format(RawEncoding::PcmF32Le, rate)).await;
        for encoding in [
            "pcm_s16le",
            "pcm_s32le",
            "pcm_f16le",
            "pcm_f32le",
            "pcm_mulaw",
            "pcm_alaw",
        ] {
            let (dictated, turns) = heard_live(&server, encoding, rate, &samples).await;
            assert_eq!(
                (dictated.as_str(), turns.as_str()),
                (text, text),
                "{encoding} {rate}"
            );
        }
    }
}

/// The clip in another voice, as samples.
async fn in_another_voice(server: &MockServer, clip: &[u8], format: RawFormat) -> Vec<f32> {
    let form = Form::default()
        .text("voice[id]", "694f9389-aac1-45b6-b726-9d9369183238")
        .text("output_format[container]", "raw")
        .text("output_format[encoding]", format.encoding.as_str())
        .text(
            "output_format[sample_rate]",
            &format.sample_rate.to_string(),
        )
        .file("clip", "a.wav", clip);
    let response = crate::support::send(form.post(server, NEWEST, "/voice-changer/bytes")).await;
    assert_eq!(response.status(), 200);
    let audio = crate::support::within(response.bytes()).await.unwrap();
    samples(format.encoding, &audio)
}

#[tokio::test]
async fn the_voice_changer_keeps_the_words() {
    let server = start().await;
    for from in RATES {
        let source = format(RawEncoding::PcmS16Le, from);
        let mut clip = wav::header(source, None);
        let spoken = speak(&server, SHORT, source).await;
        pcm::encode_f32(source.encoding, &spoken, &mut clip);
        let before = hear(&server, &spoken, source).await;
        for (to, encoding) in RATES.into_iter().zip(RawEncoding::ALL.into_iter().cycle()) {
            let target = format(encoding, to);
            let changed = in_another_voice(&server, &clip, target).await;
            let after = hear(&server, &changed, target).await;
            assert_eq!(after["text"], SHORT, "{from} {to} {encoding}");
            let starts = |heard: &Value| -> Vec<f64> {
                let words = heard["words"].as_array().unwrap().iter();
                words.map(|word| word["start"].as_f64().unwrap()).collect()
            };
            for (before, after) in starts(&before).iter().zip(starts(&after)) {
                assert!((before - after).abs() < 0.02, "{before} {after}");
            }
        }
    }
}

#[tokio::test]
async fn the_voice_changer_makes_no_words_of_noise() {
    let server = start().await;
    let hum: Vec<f32> = (0_u16..8_000)
        .map(|n| (f32::from(n) * 0.1).sin() * 0.3)
        .collect();
    let format = format(RawEncoding::PcmS16Le, 16_000);
    let mut clip = wav::header(format, None);
    pcm::encode_f32(format.encoding, &hum, &mut clip);
    let changed = in_another_voice(&server, &clip, format).await;
    assert_eq!(hear(&server, &changed, format).await["text"], "word1");
}
