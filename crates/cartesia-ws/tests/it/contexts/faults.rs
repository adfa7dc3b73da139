//! Everything that the mock server can do wrong on a socket: each ends within its deadline, and nothing
//! that is cut ever passes for whole.

use std::time::Duration;

use cartesia_mock::{MockServer, Pace, Script};
use cartesia_types::ErrorKind;
use cartesia_types::tts::Event;
use cartesia_ws::{
    Backoff, ContextInput, ContextOutput, ContextPolicy, ReconnectPolicy, SlowConsumer, Timeouts,
    TtsConnection,
};
use serde_json::{Value, json};

use super::{assert_same_audio, connector, expected, listen, spec, until};
use crate::support::within;

const LIMIT: Duration = Duration::from_millis(800);
const TEXT: &str = "One two three four five six seven eight nine ten, and then on to twenty: eleven \
                    twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty.";

fn policy() -> ContextPolicy {
    let reconnect = ReconnectPolicy::default().with_backoff(Backoff::new(
        Duration::from_millis(1),
        Duration::from_millis(5),
    ));
    ContextPolicy::default().with_reconnect(reconnect)
}

fn deadlines() -> Timeouts {
    Timeouts::default()
        .with_first_audio(LIMIT)
        .with_silence(LIMIT)
        .with_ping_interval(LIMIT / 2)
        .with_pong(LIMIT)
        .with_close(LIMIT)
}

async fn scripted(rules: Value) -> (MockServer, TtsConnection) {
    let script: Script = json!({ "rules": rules }).to_string().parse().unwrap();
    let server = MockServer::builder().script(script).start().await.unwrap();
    let connector = connector(&server).timeouts(deadlines()).contexts(policy());
    let connection = connector.tts_lazy().unwrap();
    (server, connection)
}

/// What comes of a text while one thing goes wrong.
async fn outcome(rule: Value) -> (Vec<u8>, Vec<u8>, Result<(), cartesia_ws::Error>) {
    let (server, connection) = scripted(json!([rule])).await;
    let spec = spec().with_context_id("turn-1");
    let mut output = within(connection.context(spec).unwrap().speak(TEXT))
        .await
        .unwrap();
    let (audio, end) = listen(&mut output).await;
    let whole = expected(&server, output.id(), &[TEXT]);
    assert!(whole.len() > 10 * 16_384, "long enough to be cut");
    if let Err(error) = &end {
        assert_eq!(error.bytes_received(), Some(audio.len() as u64), "{error}");
    }
    // Nothing is left behind, and the connection is of use to others.
    until(|| connection.stats().live_contexts == 0).await;
    within(connection.close()).await;
    (audio, whole, end)
}

#[tokio::test]
async fn oddities_change_nothing() {
    for action in [
        json!({"fragment": {"frames": 3, "pings": true}}),
        json!("unknown_fields"),
        json!("null_optionals"),
        json!("unknown_type"),
        json!("empty_data"),
        json!("flush_done"),
        json!({"chunk_size": {"bytes": 777}}),
        json!({"delay": {"milliseconds": 20}}),
    ] {
        let (audio, whole, end) = outcome(json!({"at": {"chunks": 1}, "do": action})).await;
        end.unwrap_or_else(|error| panic!("{action}: {error}"));
        assert_same_audio(&audio, &whole);
    }
    for action in [
        json!("chunk_done"),
        json!("duplicate_done"),
        json!({"done": {"status": 200}}),
    ] {
        let (audio, whole, end) = outcome(json!({"at": "done", "do": action})).await;
        end.unwrap_or_else(|error| panic!("{action}: {error}"));
        assert_same_audio(&audio, &whole);
    }
}

/// A message that may have held audio was lost, although all audio arrived.
#[tokio::test]
async fn messages_that_belong_to_no_context_are_not_ignored() {
    for (action, kind) in [
        (
            json!({"foreign_chunk": {"context_id": "another"}}),
            ErrorKind::Incomplete,
        ),
        (json!({"binary": {"bytes": 64}}), ErrorKind::Decode),
    ] {
        let (audio, whole, end) = outcome(json!({"at": {"chunks": 1}, "do": action})).await;
        let error = end.unwrap_err();
        assert_eq!(error.kind(), kind, "{action}: {error}");
        assert_eq!(error.bytes_received(), Some(audio.len() as u64));
        assert!(whole.starts_with(&audio), "{action}");
    }
}

#[tokio::test]
async fn added_audio_is_delivered_as_it_comes() {
    for (action, more) in [
        (json!("odd_data"), 3),
        (json!({"big_frame": {"bytes": 2_097_152}}), 1 << 20),
    ] {
        let (audio, whole, end) = outcome(json!({"at": {"chunks": 1}, "do": action})).await;
        end.unwrap_or_else(|error| panic!("{action}: {error}"));
        assert!(audio.len() >= whole.len() + more, "{action}");
    }
}

#[tokio::test]
async fn a_loss_after_audio_is_an_error_that_says_how_much_came() {
    for (action, code) in [
        (json!("reset"), None),
        (json!("hang_up"), None),
        (
            json!({"close": {"code": 1000, "reason": "connection idle timeout"}}),
            Some(1000),
        ),
        (json!({"close": {"code": 1011}}), Some(1011)),
        (
            json!({"close": {"code": 1012, "reason": "deploy"}}),
            Some(1012),
        ),
    ] {
        let (audio, whole, end) = outcome(json!({"at": {"chunks": 3}, "do": action})).await;
        let error = end.expect_err("it is not whole");
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{action}: {error}");
        assert_eq!(
            error.closed().and_then(|close| close.code),
            code,
            "{action}"
        );
        assert!(!audio.is_empty() && audio.len() < whole.len(), "{action}");
        assert_same_audio(&audio, &whole[..audio.len()]);
        assert!(
            !error.is_retryable(),
            "saying it again would say the beginning twice"
        );
        assert!(error.to_string().contains(" bytes)"), "{error}");
    }
}

#[tokio::test]
async fn a_loss_before_audio_is_made_good() {
    for action in [
        json!("reset"),
        json!("hang_up"),
        json!({"close": {"code": 1000, "reason": "connection idle timeout"}}),
        json!({"close": {"code": 1012}}),
        json!("stall_socket"),
    ] {
        let (server, connection) =
            scripted(json!([{"at": {"chunks": 0}, "connection": 1, "do": action}])).await;
        let spec = spec().with_context_id("turn-1").with_timestamps(true);
        let mut output = within(connection.context(spec).unwrap().speak(TEXT))
            .await
            .unwrap();
        let (audio, end) = listen(&mut output).await;
        if action == "stall_socket" {
            // A stall is only known for one by its deadline, and then it is an error.
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Timeout);
            continue;
        }
        end.unwrap_or_else(|error| panic!("{action}: {error}"));
        let messages = server.messages();
        let again = messages.last().unwrap().json().unwrap()["context_id"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_ne!(again, "turn-1", "another name");
        assert_same_audio(&audio, &expected(&server, &again.as_str().into(), &[TEXT]));
        assert_eq!(connection.stats().replays, 1);
        assert_eq!(messages.len(), 2);
    }
}

#[tokio::test]
async fn without_replay_a_loss_is_an_error_that_has_the_text() {
    let script: Script = r#"{"rules": [{"at": {"chunks": 0}, "do": "reset"}]}"#
        .parse()
        .unwrap();
    let server = MockServer::builder().script(script).start().await.unwrap();
    let connector = connector(&server).contexts(policy().with_replay(false));
    let connection = within(connector.tts()).await.unwrap();
    let mut output = within(connection.context(spec()).unwrap().speak(TEXT))
        .await
        .unwrap();
    let (audio, end) = listen(&mut output).await;
    let error = end.unwrap_err();
    assert!(audio.is_empty());
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(error.is_retryable());
    assert_eq!(error.unspoken(), Some(TEXT));
    assert!(
        !format!("{error} {error:?}").contains("twelve"),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_text_that_was_not_spoken_is_known_by_its_timestamps() {
    let rule = json!([{"at": {"chunks": 4}, "do": "reset"}]);
    let (server, connection) = scripted(rule).await;
    let timed = spec().with_timestamps(true);
    let mut output = within(connection.context(timed).unwrap().speak(TEXT))
        .await
        .unwrap();
    let (audio, end) = listen(&mut output).await;
    let error = end.unwrap_err();
    let rest = error.unspoken().expect("known").to_owned();
    assert!(
        TEXT.ends_with(&rest) && !rest.is_empty() && rest.len() < TEXT.len(),
        "{rest:?}"
    );
    // What was heard is what the rest lacks: the sound goes on with it.
    let said = &TEXT[..TEXT.len() - rest.len()];
    let spoken = expected(&server, output.id(), &[said]).len();
    assert!(
        spoken.abs_diff(audio.len()) < 32_000,
        "{spoken} bytes for the words, {} heard",
        audio.len()
    );
}

#[tokio::test]
async fn silence_has_deadlines() {
    for (rule, kind, name) in [
        (
            json!({"at": {"chunks": 0}, "do": "stall"}),
            ErrorKind::Timeout,
            "first_audio",
        ),
        (
            json!({"at": {"chunks": 2}, "do": "stall"}),
            ErrorKind::Timeout,
            "silence",
        ),
        (
            json!({"at": "done", "do": "stall"}),
            ErrorKind::Timeout,
            "silence",
        ),
        (
            json!({"at": {"chunks": 2}, "do": "stall_socket"}),
            ErrorKind::Timeout,
            "",
        ),
    ] {
        let (_, _, end) = outcome(rule.clone()).await;
        let error = end.expect_err("it is not whole");
        assert_eq!(error.kind(), kind, "{rule}: {error}");
        assert!(error.to_string().contains(name), "{rule}: {error}");
        let deadline = error.deadline().expect("it says which").as_str();
        assert!(name.is_empty() || deadline == name, "{rule}: {deadline}");
    }
}

#[tokio::test]
async fn a_dead_connection_is_noticed_by_its_pings() {
    let rules = json!([{"at": "connect", "connection": 1, "do": "no_pong"}]);
    let (_server, connection) = scripted(rules).await;
    within(connection.ready()).await.unwrap();
    until(|| !connection.stats().is_up).await;
    // Nobody needed it; whoever does gets another.
    let mut output = within(connection.context(spec()).unwrap().speak("Hello."))
        .await
        .unwrap();
    listen(&mut output).await.1.unwrap();
    assert_eq!(connection.stats().connections, 2);
}

#[tokio::test]
async fn errors_of_the_service_reach_whom_they_concern() {
    for (error, kind) in [
        (
            json!({"status": 500, "code": "overloaded"}),
            ErrorKind::Server,
        ),
        (
            json!({"status": 400, "shape": "text"}),
            ErrorKind::InvalidRequest,
        ),
        (json!({"status": 404}), ErrorKind::NotFound),
        (json!({"status": 402, "context": false}), ErrorKind::Quota),
        (
            json!({"status": 400, "context": false, "shape": "text"}),
            ErrorKind::InvalidRequest,
        ),
    ] {
        let rule = json!({"at": {"chunks": 2}, "do": {"error": error}});
        let (audio, whole, end) = outcome(rule).await;
        let failure = end.expect_err("it is not whole");
        assert_eq!(failure.kind(), kind, "{error}: {failure}");
        assert!(failure.api_error().is_some());
        assert_same_audio(&audio, &whole[..audio.len()]);
    }
}

#[tokio::test]
async fn an_error_of_one_context_leaves_the_others_alone() {
    let rules = json!([{"at": {"chunks": 1}, "context": "bad", "do": {"error": {"status": 500}}}]);
    let (server, connection) = scripted(rules).await;
    let mut bad = within(
        connection
            .context(spec().with_context_id("bad"))
            .unwrap()
            .speak(TEXT),
    )
    .await
    .unwrap();
    let mut good = within(
        connection
            .context(spec().with_context_id("good"))
            .unwrap()
            .speak(TEXT),
    )
    .await
    .unwrap();
    assert_eq!(
        listen(&mut bad).await.1.unwrap_err().kind(),
        ErrorKind::Server
    );
    let (audio, end) = listen(&mut good).await;
    end.unwrap();
    assert_same_audio(&audio, &expected(&server, good.id(), &[TEXT]));
    assert_eq!(server.sockets().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_not_passed_over() {
    let (_, _, end) = outcome(json!({"at": {"chunks": 2}, "do": "malformed_json"})).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Decode);
    let broken =
        r#"{"type":"chunk","context_id":"turn-1","data":"?","done":false,"status_code":206}"#;
    let (_, _, end) = outcome(json!({"at": {"chunks": 2}, "do": {"say": {"text": broken}}})).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn an_end_that_came_too_early_is_gone_on_from() {
    // The service ends a context in the middle of the text, and nobody knows why. What it did not say
    // cannot be told, but text that comes later is spoken.
    let rules = json!([{"at": {"chunks": 1}, "nth_context": 1, "do": {"done": {"status": 206}}}]);
    let (server, connection) = scripted(rules).await;
    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    within(input.push("First.")).await.unwrap();
    until(|| connection.stats().expirations == 1).await;
    within(input.push("Second.")).await.unwrap();
    within(input.finish()).await.unwrap();
    listen(&mut output).await.1.unwrap();
    assert_eq!(server.messages().len(), 3);
}

#[tokio::test]
async fn late_chunks_after_a_cancel_reach_nobody() {
    for action in [
        json!({"late_chunks": {"count": 5, "done": true}}),
        json!({"late_chunks": {"count": 5, "done": false}}),
    ] {
        let (server, connection) = scripted(json!([{"at": "cancel", "do": action}])).await;
        let spec = spec().with_context_id("turn-1");
        let (mut input, mut output) = connection.context(spec.clone()).unwrap().split();
        within(input.push(TEXT)).await.unwrap();
        within(output.next_audio()).await.unwrap().expect("audio");
        input.cancel();
        assert_eq!(
            listen(&mut output).await.1.unwrap_err().kind(),
            ErrorKind::Cancelled
        );
        // The same name again: what is late for the first must not reach the second.
        let mut output = within(connection.context(spec).unwrap().speak("Again."))
            .await
            .unwrap();
        let (audio, end) = listen(&mut output).await;
        end.unwrap();
        let id = server.messages().last().unwrap().json().unwrap()["context_id"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_ne!(id, "turn-1");
        assert_same_audio(&audio, &expected(&server, &id.as_str().into(), &["Again."]));
        until(|| connection.stats().late_messages > 0).await;
        assert_eq!(connection.stats().foreign_messages, 0);
    }
}

/// A context that lives, and takes a place in the plan, until its text is complete.
async fn occupy(connection: &TtsConnection) -> (ContextInput, ContextOutput) {
    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    within(input.push("I am in. ")).await.unwrap();
    within(input.flush()).await.unwrap();
    within(output.next_audio()).await.unwrap().unwrap();
    (input, output)
}

#[tokio::test]
async fn too_many_contexts_are_tried_again() {
    let server = MockServer::builder()
        .context_limit(2)
        .pace(Pace::TimesRealTime(20.0))
        .start()
        .await
        .unwrap();
    let connector = connector(&server).contexts(
        policy().with_reconnect(
            ReconnectPolicy::default()
                .with_max_attempts(100)
                .with_backoff(Backoff::new(
                    Duration::from_millis(10),
                    Duration::from_millis(50),
                )),
        ),
    );
    let connection = within(connector.tts()).await.unwrap();
    // Two contexts take all that the plan allows, for as long as their text goes on.
    let mut inputs = Vec::new();
    let mut outputs = Vec::new();
    for _ in 0..2 {
        let (input, output) = occupy(&connection).await;
        inputs.push(input);
        outputs.push(output);
    }
    for _ in 0..4 {
        let context = connection.context(spec()).unwrap();
        outputs.push(within(context.speak("Let me in, please.")).await.unwrap());
    }
    until(|| connection.stats().rejected >= 4).await;
    for input in inputs {
        within(input.finish()).await.unwrap();
    }
    for output in &mut outputs {
        listen(output).await.1.unwrap();
    }

    let impatient = policy().with_reconnect(ReconnectPolicy::never());
    let connection = within(super::connector(&server).contexts(impatient).tts())
        .await
        .unwrap();
    let occupied = [occupy(&connection).await, occupy(&connection).await];
    let context = connection.context(spec()).unwrap();
    let mut output = within(context.speak("Let me in, please.")).await.unwrap();
    let error = listen(&mut output).await.1.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    drop(occupied);
}

#[tokio::test]
async fn a_refused_connection_fails_those_who_wait_for_it() {
    for (status, kind, tries) in [
        (401, ErrorKind::Auth, 1),
        (402, ErrorKind::Quota, 1),
        (404, ErrorKind::NotFound, 1),
        (429, ErrorKind::RateLimited, 6),
        (503, ErrorKind::Server, 6),
    ] {
        let rules = json!([{"at": "handshake", "do": {"refuse": {"status": status}}}]);
        let (server, connection) = scripted(rules).await;
        let mut output = within(connection.context(spec()).unwrap().speak(TEXT))
            .await
            .unwrap();
        let error = listen(&mut output).await.1.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}: {error}");
        assert_eq!(error.attempts(), tries, "{status}: {error}");
        assert_eq!(error.unspoken(), Some(TEXT));
        drop(server);
    }
    // Once it is let in, everything is as it should be.
    let rules = json!([
        {"at": "handshake", "connection": 1, "do": {"refuse": {"status": 503}}},
        {"at": "handshake", "connection": 2, "do": "reset"},
    ]);
    let (server, connection) = scripted(rules).await;
    let mut output = within(connection.context(spec()).unwrap().speak(TEXT))
        .await
        .unwrap();
    let (audio, end) = listen(&mut output).await;
    end.unwrap();
    assert_same_audio(&audio, &expected(&server, output.id(), &[TEXT]));
}

#[tokio::test]
async fn an_idle_connection_comes_and_goes_unseen() {
    let server = MockServer::builder()
        .idle_timeout(Duration::from_millis(30))
        .start()
        .await
        .unwrap();
    let connection = within(connector(&server).tts()).await.unwrap();
    for round in 1..=3 {
        until(|| !connection.stats().is_up).await;
        let mut output = within(connection.context(spec()).unwrap().speak("Hello again."))
            .await
            .unwrap();
        listen(&mut output).await.1.unwrap();
        assert_eq!(connection.stats().connections, round + 1);
    }
}

#[tokio::test]
async fn a_slow_reader_fails_alone_or_pauses_the_connection() {
    let server = MockServer::start().await.unwrap();
    let small = policy().with_buffer_bytes(40_000);
    let connection = within(connector(&server).contexts(small.clone()).tts())
        .await
        .unwrap();
    let mut slow = within(connection.context(spec()).unwrap().speak(TEXT))
        .await
        .unwrap();
    let mut quick = within(connection.context(spec()).unwrap().speak("Short."))
        .await
        .unwrap();
    listen(&mut quick).await.1.unwrap();
    until(|| connection.stats().live_contexts == 0).await;
    let (audio, end) = listen(&mut slow).await;
    let error = end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SlowConsumer);
    assert!(!audio.is_empty(), "what had come can still be read");
    assert_same_audio(
        &audio,
        &expected(&server, slow.id(), &[TEXT])[..audio.len()],
    );

    let patient = small.with_slow_consumer(SlowConsumer::Pause);
    let connector = connector(&server).contexts(patient).timeouts(deadlines());
    let connection = within(connector.tts()).await.unwrap();
    let mut slow = within(connection.context(spec()).unwrap().speak(TEXT))
        .await
        .unwrap();
    until(|| slow.bytes_waiting() > 40_000).await;
    // Longer than any deadline: it is the reader's fault, not the service's.
    tokio::time::sleep(3 * LIMIT).await;
    assert!(slow.bytes_waiting() < 100_000, "{}", slow.bytes_waiting());
    let (audio, end) = listen(&mut slow).await;
    end.unwrap();
    assert_same_audio(&audio, &expected(&server, slow.id(), &[TEXT]));
}

#[tokio::test]
async fn interleaved_contexts_keep_apart() {
    let rules = json!([{"at": {"chunks": 0}, "do": {"interleave": {"contexts": 2}}}]);
    let (server, connection) = scripted(rules).await;
    let mut one = within(connection.context(spec()).unwrap().speak(TEXT))
        .await
        .unwrap();
    let mut other = within(connection.context(spec()).unwrap().speak(TEXT))
        .await
        .unwrap();
    for output in [&mut one, &mut other] {
        let (audio, end) = listen(output).await;
        end.unwrap();
        assert_same_audio(&audio, &expected(&server, output.id(), &[TEXT]));
    }
}

#[tokio::test]
async fn unknown_messages_are_kept() {
    let text = json!({"type": "applause", "context_id": "turn-1", "loudness": 11}).to_string();
    let rules = json!([{"at": {"chunks": 1}, "do": {"say": {"text": text}}}]);
    let (_server, connection) = scripted(rules).await;
    let spec = spec().with_context_id("turn-1");
    let mut output = within(connection.context(spec).unwrap().speak("Hello."))
        .await
        .unwrap();
    let mut kinds = Vec::new();
    while let Some(event) = within(output.next_event()).await.unwrap() {
        if let Event::Unknown(unknown) = &event {
            assert_eq!(unknown.raw(), text);
        }
        kinds.push(event.kind().to_owned());
    }
    assert!(kinds.iter().any(|kind| kind == "applause"), "{kinds:?}");
}
