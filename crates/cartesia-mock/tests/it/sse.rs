//! The events of `/tts/sse`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_mock::{MockServer, pitch};
use serde_json::{Value, json};

use crate::measure;
use crate::support::{NEWEST, VERSIONS, VOICE, body, post, send, start, with, within};

const TEXT: &str = "Hello world, how are you? I have 42 apples.";

async fn stream(server: &MockServer, version: &str, body: &Value) -> String {
    let response = send(post(server, version, "/tts/sse", body)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    within(response.text()).await.unwrap()
}

/// The payloads, after a check of the framing: a name, one line of data, an empty line.
fn events(stream: &str) -> Vec<Value> {
    assert!(stream.ends_with("\n\n"));
    let frames = stream.strip_suffix("\n\n").unwrap().split("\n\n");
    frames
        .map(|frame| {
            let (name, data) = frame.split_once('\n').unwrap();
            let data = data.strip_prefix("data: ").unwrap();
            assert!(!data.contains('\n'), "one line");
            let event: Value = serde_json::from_str(data).unwrap();
            assert_eq!(name.strip_prefix("event: "), event["type"].as_str());
            event
        })
        .collect()
}

fn audio(events: &[Value]) -> Vec<u8> {
    let chunks = events.iter().filter_map(|event| event["data"].as_str());
    chunks
        .flat_map(|data| STANDARD.decode(data).unwrap())
        .collect()
}

/// All of one kind of timing: texts, starts, ends.
fn timings(events: &[Value], field: &str, texts: &str) -> Vec<(String, f64, f64)> {
    let mut all = Vec::new();
    for timing in events
        .iter()
        .map(|event| &event[field])
        .filter(|timing| !timing.is_null())
    {
        let column = |name: &str| timing[name].as_array().unwrap().clone();
        let (texts, starts, ends) = (column(texts), column("start"), column("end"));
        assert!(texts.len() == starts.len() && texts.len() == ends.len() && !texts.is_empty());
        for ((text, start), end) in texts.iter().zip(&starts).zip(&ends) {
            all.push((
                text.as_str().unwrap().to_owned(),
                start.as_f64().unwrap(),
                end.as_f64().unwrap(),
            ));
        }
    }
    all
}

#[tokio::test]
async fn the_framing_is_exact() {
    let server = within(MockServer::builder().chunk_size(3).start())
        .await
        .unwrap();
    let body = with(body("Hi"), &[("output_format.sample_rate", json!(8_000))]);
    let stream = stream(&server, NEWEST, &body).await;
    // Each word starts after 40 ms of silence.
    let start = "event: chunk\n\
                 data: {\"type\":\"chunk\",\"status_code\":206,\"done\":false,\"data\":\"AAAA\",\"step_time\":13.875}\n\
                 \n\
                 event: chunk\n";
    assert_eq!(stream[..start.len()], *start);
    let end = "\n\nevent: done\ndata: {\"type\":\"done\",\"status_code\":200,\"done\":true}\n\n";
    assert!(stream.ends_with(end), "{}", &stream[stream.len() - 200..]);
}

#[tokio::test]
async fn timestamps_are_framed_in_the_order_of_the_service() {
    let server = start().await;
    let body = with(
        body("Hi"),
        &[
            ("add_timestamps", json!(true)),
            ("add_phoneme_timestamps", json!(true)),
            ("context_id", json!("c-1")),
        ],
    );
    for version in VERSIONS {
        let stream = stream(&server, version, &body).await;
        let lines: Vec<_> = stream
            .lines()
            .filter(|line| line.starts_with("data: "))
            .collect();
        let [chunk, words, phonemes, done] = lines[..] else {
            panic!("{stream}")
        };
        assert!(chunk.ends_with(",\"step_time\":13.875,\"context_id\":\"c-1\"}"));
        assert_eq!(
            words,
            "data: {\"type\":\"timestamps\",\"status_code\":206,\"done\":false,\"word_timestamps\":\
             {\"words\":[\"Hi\"],\"start\":[0.04],\"end\":[0.16]},\"context_id\":\"c-1\"}"
        );
        assert_eq!(
            phonemes,
            "data: {\"type\":\"phoneme_timestamps\",\"status_code\":206,\"done\":false,\
             \"phoneme_timestamps\":{\"phonemes\":[\"h\",\"ɪ\"],\"start\":[0.04,0.1],\"end\":[0.1,0.16]},\
             \"context_id\":\"c-1\"}"
        );
        assert_eq!(
            done,
            "data: {\"type\":\"done\",\"status_code\":200,\"done\":true,\"context_id\":\"c-1\"}"
        );
    }
}

#[tokio::test]
async fn chunks_have_16_kilobytes_of_text_and_the_audio_of_the_bytes_route() {
    let server = start().await;
    let body = body(TEXT);
    let events = events(&stream(&server, NEWEST, &body).await);
    let lengths: Vec<_> = events
        .iter()
        .filter_map(|event| event["data"].as_str())
        .map(str::len)
        .collect();
    let (last, whole) = lengths.split_last().unwrap();
    assert!(
        whole.len() > 3 && whole.iter().all(|length| *length == 16_000),
        "{lengths:?}"
    );
    assert!(*last <= 16_000);
    // Neither names a context, so both derive the pitch from the transcript.
    assert_eq!(
        audio(&events),
        crate::support::audio(&server, NEWEST, &body).await
    );
}

#[tokio::test]
async fn word_times_agree_with_the_audio() {
    let server = start().await;
    for (rate, speed) in [(8_000_u32, 1.0), (44_100, 0.6), (48_000, 1.5)] {
        let body = with(
            body(TEXT),
            &[
                ("output_format.sample_rate", json!(rate)),
                ("add_timestamps", json!(true)),
                ("add_phoneme_timestamps", json!(true)),
                ("generation_config", json!({"speed": speed})),
            ],
        );
        let events = events(&stream(&server, NEWEST, &body).await);
        let words = timings(&events, "word_timestamps", "words");
        let texts: Vec<_> = words.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, TEXT.split(' ').collect::<Vec<_>>());

        let samples = measure::s16(&audio(&events));
        let sounds = measure::sounds(&samples, rate);
        assert_eq!(sounds.len(), words.len(), "{sounds:?}");
        for ((text, start, end), (heard_start, heard_end)) in words.iter().zip(&sounds) {
            // Attack and release are soft: what can be heard is a little shorter.
            assert!(
                (0.0..0.003).contains(&(heard_start - start)),
                "{text} starts: {start} {heard_start}"
            );
            assert!(
                (0.0..0.003).contains(&(end - heard_end)),
                "{text} ends: {end} {heard_end}"
            );
        }
        let phonemes = timings(&events, "phoneme_timestamps", "phonemes");
        for (_, start, end) in &words {
            let inside: Vec<_> = phonemes
                .iter()
                .filter(|(_, from, to)| from >= start && to <= end)
                .collect();
            assert!(
                (inside[0].1 - start).abs() < 1e-9 && (inside.last().unwrap().2 - end).abs() < 1e-9
            );
        }
    }
}

#[tokio::test]
async fn timestamps_are_interleaved_and_only_sent_when_asked_for() {
    let server = start().await;
    let body = with(body(TEXT), &[("add_timestamps", json!(true))]);
    let events = events(&stream(&server, NEWEST, &body).await);
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    let count = |kind| kinds.iter().filter(|own| **own == kind).count();
    assert!(count("timestamps") > 2, "{kinds:?}");
    assert_eq!(count("phoneme_timestamps"), 0);
    assert_ne!(
        kinds[kinds.len() - 2],
        "timestamps",
        "they are not all at the end"
    );

    let without = self::events(&stream(&server, NEWEST, &self::body(TEXT)).await);
    assert!(
        without
            .iter()
            .all(|event| event["word_timestamps"].is_null())
    );
    assert!(
        without
            .iter()
            .all(|event| event.get("context_id").is_none())
    );
}

#[tokio::test]
async fn normalized_timestamps_speak_of_what_is_said() {
    let server = start().await;
    let body = with(
        body("Route 42!"),
        &[
            ("add_timestamps", json!(true)),
            ("use_normalized_timestamps", json!(true)),
        ],
    );
    let events = events(&stream(&server, NEWEST, &body).await);
    let words = timings(&events, "word_timestamps", "words");
    let texts: Vec<_> = words.iter().map(|(text, ..)| text.as_str()).collect();
    assert_eq!(texts, ["Route", "four", "two"]);
}

#[tokio::test]
async fn each_context_has_its_own_pitch() {
    let server = start().await;
    let mut heard = Vec::new();
    for context in ["agent", "caller"] {
        let body = with(body(TEXT), &[("context_id", json!(context))]);
        let samples = measure::s16(&audio(&events(&stream(&server, NEWEST, &body).await)));
        let measured = measure::pitch(&samples, 16_000);
        assert!((f64::from(measured) - pitch(VOICE, context)).abs() < 1.0);
        heard.push(measured);
    }
    assert_ne!(heard[0], heard[1]);
}

#[tokio::test]
async fn the_same_request_gives_the_same_stream() {
    let server = start().await;
    let body = with(
        body(TEXT),
        &[("add_timestamps", json!(true)), ("context_id", json!("c"))],
    );
    let first = stream(&server, NEWEST, &body).await;
    assert_eq!(stream(&server, NEWEST, &body).await, first);
    assert_eq!(stream(&start().await, NEWEST, &body).await, first);
}
