//! Contexts of `/tts/websocket`: inputs, audio, ends.

use std::time::Duration;

use cartesia_mock::MockServer;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::socket_client::{audio_of, connect, end, more, request, types};
use crate::support::{NEWEST, VERSIONS, post, send, start, with, within};

const TEXT: &str = "Hello world, how are you? I have 42 apples.";

/// What the context is to send, when all is generated in these pieces.
fn expected(server: &MockServer, version: &str, request: &Value, pieces: &[&str]) -> Vec<u8> {
    let version: ApiVersion = version.parse().unwrap();
    server.expected_audio(version, request, pieces).unwrap()
}

#[tokio::test]
async fn one_input_is_spoken_in_every_version() {
    let server = start().await;
    for version in VERSIONS {
        let mut client = connect(&server, version).await;
        let request = request("c-1", TEXT);
        client.send(&request).await;
        let messages = client.until_over("c-1").await;

        let done = messages.last().unwrap();
        let end = json!({"type": "done", "context_id": "c-1", "status_code": 206, "done": true});
        assert_eq!(*done, end, "{version}");
        for chunk in &messages[..messages.len() - 1] {
            assert_eq!(
                (&chunk["type"], &chunk["done"]),
                (&json!("chunk"), &json!(false))
            );
            assert_eq!(chunk["context_id"], "c-1");
            assert_eq!(chunk["status_code"], 206);
            assert!(chunk["step_time"].is_f64());
            let label = u8::from(version > "2024-11-13");
            assert_eq!(chunk["flush_id"], label, "{version}");
        }
        let audio = audio_of(&messages, "c-1");
        assert_eq!(audio, expected(&server, version, &request, &[TEXT]));

        // The other endpoint says the same in the same voice.
        let response = send(post(&server, version, "/tts/sse", &request)).await;
        let stream = within(response.text()).await.unwrap();
        let events: Vec<Value> = stream
            .lines()
            .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
            .map(|event: Value| with(event, &[("context_id", json!("c-1"))]))
            .collect();
        assert_eq!(audio, audio_of(&events, "c-1"), "{version}");
    }
}

#[tokio::test]
async fn chunks_have_the_size_that_was_seen_of_the_service() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    let messages = client.until_over("c").await;
    let sizes: Vec<_> = messages
        .iter()
        .filter(|message| message["type"] == "chunk")
        .map(|chunk| audio_of(std::slice::from_ref(chunk), "c").len())
        .collect();
    let (last, whole) = sizes.split_last().unwrap();
    assert!(
        whole.len() > 2 && whole.iter().all(|size| *size == 16_384),
        "{sizes:?}"
    );
    assert!((1..=16_384).contains(last));
}

#[tokio::test]
async fn inputs_are_joined_and_each_is_flushed_when_nothing_waits() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    let first = more("c", "Hello world, ");
    client.send(&first).await;
    client.send(&more("c", "how are you? ")).await;
    client.send(&more("c", "I have 42 apples.")).await;
    client.send(&end("c")).await;
    let messages = client.until_over("c").await;
    let audio = audio_of(&messages, "c");
    assert_eq!(audio, expected(&server, NEWEST, &first, &[TEXT]));

    let flushes: Vec<_> = messages
        .iter()
        .filter(|m| m["type"] == "flush_done")
        .collect();
    assert_eq!(flushes.len(), 3);
    let flush = json!({"type": "flush_done", "context_id": "c", "status_code": 206, "done": false,
                       "flush_id": 1, "flush_done": true, "data": ""});
    assert_eq!(*flushes[0], flush);
    let mut label = 1;
    for message in &messages[..messages.len() - 1] {
        assert_eq!(message["flush_id"], label, "{message}");
        if message["type"] == "flush_done" {
            label += 1;
        }
    }
}

#[tokio::test]
async fn words_that_are_cut_by_inputs_are_one_word_when_text_waits() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    let first = with(
        more("c", "Hel"),
        &[
            ("max_buffer_delay_ms", json!(5_000)),
            ("add_timestamps", json!(true)),
        ],
    );
    client.send(&first).await;
    for piece in ["lo wor", "ld, how", " are you? I ha", "ve 42 apples."] {
        client
            .send(&with(first.clone(), &[("transcript", json!(piece))]))
            .await;
    }
    let end = with(
        first.clone(),
        &[("transcript", json!("")), ("continue", json!(false))],
    );
    client.send(&end).await;
    let messages = client.until_over("c").await;
    assert!(!types(&messages).contains(&"flush_done"));
    let audio = audio_of(&messages, "c");
    assert_eq!(audio, expected(&server, NEWEST, &first, &[TEXT]));
    let words: Vec<_> = messages
        .iter()
        .filter_map(|message| message["word_timestamps"]["words"].as_array())
        .flatten()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(words, TEXT.split(' ').collect::<Vec<_>>());
}

#[tokio::test]
async fn words_and_phonemes_of_all_inputs_lie_on_one_line_of_time() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    let timed = |request: Value| {
        with(
            request,
            &[
                ("add_timestamps", json!(true)),
                ("add_phoneme_timestamps", json!(true)),
            ],
        )
    };
    client.send(&timed(more("c", "One two. "))).await;
    client.send(&timed(more("c", "Three four."))).await;
    client.send(&timed(end("c"))).await;
    let messages = client.until_over("c").await;
    for (kind, field, texts, count) in [
        ("timestamps", "word_timestamps", "words", 4),
        ("phoneme_timestamps", "phoneme_timestamps", "phonemes", 12),
    ] {
        let (mut before, mut seen) = (0.0, 0);
        for message in messages.iter().filter(|message| message["type"] == kind) {
            assert_eq!(message["status_code"], 206);
            let column = |name: &str| message[field][name].as_array().unwrap().clone();
            let (texts, starts, ends) = (column(texts), column("start"), column("end"));
            assert!(texts.len() == starts.len() && texts.len() == ends.len());
            seen += texts.len();
            for (start, end) in starts.iter().zip(&ends) {
                let (start, end) = (start.as_f64().unwrap(), end.as_f64().unwrap());
                assert!(before <= start && start < end);
                before = end;
            }
        }
        assert!(seen >= count, "{seen} {kind}");
        assert!(before > 1.0, "times go on over inputs: {before}");
    }
}

#[tokio::test]
async fn a_flush_speaks_what_waits_and_says_so() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    let waiting = with(
        more("c", "Hello wor"),
        &[("max_buffer_delay_ms", json!(5_000))],
    );
    client.send(&waiting).await;
    let flush = with(
        waiting.clone(),
        &[("transcript", json!("")), ("flush", json!(true))],
    );
    client.send(&flush).await;
    let mut messages = Vec::new();
    while messages
        .last()
        .is_none_or(|last: &Value| last["type"] != "flush_done")
    {
        messages.push(client.next().await);
    }
    assert_eq!(messages.last().unwrap()["flush_id"], 1);
    client
        .send(&with(waiting.clone(), &[("transcript", json!("ld."))]))
        .await;
    let end = with(
        waiting.clone(),
        &[("transcript", json!("")), ("continue", json!(false))],
    );
    client.send(&end).await;
    let rest = client.until_over("c").await;
    assert!(
        rest[..rest.len() - 1]
            .iter()
            .all(|message| message["flush_id"] == 2)
    );
    messages.extend(rest);
    let audio = audio_of(&messages, "c");
    assert_eq!(
        audio,
        expected(&server, NEWEST, &waiting, &["Hello wor", "ld."])
    );
}

#[tokio::test]
async fn text_is_spoken_when_its_sentence_is_whole_or_its_time_is_over() {
    let builder = MockServer::builder().socket_chunk_size(1 << 20);
    let server = within(builder.start()).await.unwrap();
    let mut client = connect(&server, NEWEST).await;
    let waiting = with(more("c", "One. Tw"), &[("max_buffer_delay_ms", json!(200))]);
    client.send(&waiting).await;
    let mut messages = client.until_over("c").await;
    // Nobody ended it: that was the expiry, and before it the delay.
    let audio = audio_of(&messages, "c");
    assert_eq!(audio, expected(&server, NEWEST, &waiting, &["One. ", "Tw"]));
    messages.pop();
    assert_eq!(types(&messages), ["chunk", "chunk"]);
}

#[tokio::test]
async fn a_context_expires_when_nothing_comes() {
    let builder = MockServer::builder().context_expiry(Duration::from_millis(1));
    let server = within(builder.start()).await.unwrap();
    let mut client = connect(&server, NEWEST).await;
    client.send(&more("c", "Hello.")).await;
    let messages = client.until_over("c").await;
    assert_eq!(messages.last().unwrap()["type"], "done");
    // Then the name is free again.
    client.send(&request("c", "Hello.")).await;
    let again = client.until_over("c").await;
    assert_eq!(audio_of(&messages, "c"), audio_of(&again, "c"));
}

#[tokio::test]
async fn contexts_take_turns_and_do_not_mix() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    let long = TEXT.repeat(20);
    for id in ["a", "b", "c"] {
        client.send(&request(id, &long)).await;
    }
    let mut messages = Vec::new();
    let mut done = 0;
    while done < 3 {
        let message = client.next().await;
        done += usize::from(message["type"] == "done");
        messages.push(message);
    }
    for id in ["a", "b", "c"] {
        let audio = audio_of(&messages, id);
        assert_eq!(
            audio,
            expected(&server, NEWEST, &request(id, &long), &[&long])
        );
    }
    let first_done = messages.iter().position(|m| m["type"] == "done").unwrap();
    let before: Vec<_> = messages[..first_done]
        .iter()
        .map(|m| &m["context_id"])
        .collect();
    assert!(before.contains(&&json!("b")) && before.contains(&&json!("c")));
}

/// The audio of two inputs of one context, each with this `generation_config` if any.
async fn configured(first: Option<Value>, second: Option<Value>, delay: u64) -> Vec<u8> {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    for (text, config, goes_on) in [
        ("Some words to say ", first, true),
        ("And some more of them.", second, false),
    ] {
        let mut input = request("c", text);
        input["continue"] = json!(goes_on);
        input["max_buffer_delay_ms"] = json!(delay);
        if let Some(config) = config {
            input["generation_config"] = config;
        }
        client.send(&input).await;
    }
    let messages = client.until_over("c").await;
    assert_eq!(types(&messages).last(), Some(&"done"), "{messages:?}");
    audio_of(&messages, "c")
}

#[tokio::test]
async fn generation_config_may_change_within_a_context() {
    let slow = || Some(json!({"speed": 0.6, "emotion": "sad"}));
    let fast = || Some(json!({"speed": 1.5, "emotion": "excited"}));
    let both_slow = configured(slow(), slow(), 0).await;
    let both_fast = configured(fast(), fast(), 0).await;
    let changed = configured(slow(), fast(), 0).await;
    assert!(both_fast.len() < changed.len() && changed.len() < both_slow.len());
    let common = |other: &[u8]| {
        changed
            .iter()
            .zip(other)
            .take_while(|(a, b)| a == b)
            .count()
    };
    assert!(
        common(&both_slow) > changed.len() / 3,
        "the first input is spoken as before"
    );
    // Buffered text keeps the config of its own input, and a config that is left out stays.
    assert_eq!(configured(slow(), fast(), 3_000).await, changed);
    assert_eq!(configured(slow(), None, 0).await, both_slow);
    // Another voice is still refused; see `tts_socket_errors`.
}

#[tokio::test]
async fn an_emotion_that_changes_is_in_the_journal() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    for (emotion, goes_on) in [("calm", true), ("angry", false)] {
        let mut input = request("c", "Word. ");
        input["continue"] = json!(goes_on);
        input["generation_config"] = json!({"emotion": emotion});
        client.send(&input).await;
    }
    client.until_over("c").await;
    let emotions: Vec<Value> = server
        .messages()
        .iter()
        .map(|message| serde_json::from_str::<Value>(&message.text).unwrap())
        .map(|message| message["generation_config"]["emotion"].clone())
        .collect();
    assert_eq!(emotions, [json!("calm"), json!("angry")]);
}
