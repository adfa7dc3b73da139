//! Everything that the mock server can do wrong: each ends within its deadline, with a typed outcome.

use cartesia_types::ErrorKind;
use cartesia_types::stt::TurnEvent;
use cartesia_ws::Error;
use serde_json::{Value, json};

use super::{
    LIMIT, ended_turns, events, finals, hasty, live_spec, send, server, speech, turns_spec,
};
use crate::support::within;

const TEXT: &str = "One two three four five six seven.";

/// The text and the end of a live transcription while one thing goes wrong.
async fn live(rule: Value) -> (String, Result<(), Error>) {
    let server = server(json!([rule])).await;
    let audio = speech(&server, TEXT).await;
    let stream = within(hasty(&server).live(live_spec())).await.unwrap();
    let (mut input, output) = stream.split();
    let writer = async {
        for piece in audio.chunks(3_200) {
            if input.send(piece.to_vec()).await.is_err() {
                return;
            }
        }
        let _ = input.finalize().await;
        let _ = input.finish().await;
    };
    let ((), (events, end)) = tokio::join!(writer, events(output));
    (finals(&events), end)
}

/// The same with turns.
async fn turns(rule: Value) -> (Vec<TurnEvent>, Result<(), Error>) {
    let server = server(json!([rule])).await;
    let audio = speech(&server, TEXT).await;
    let stream = within(hasty(&server).turns(turns_spec())).await.unwrap();
    let (mut input, output) = stream.split();
    let writer = async {
        for piece in audio.chunks(3_200) {
            if input.send(piece.to_vec()).await.is_err() {
                return;
            }
        }
        let _ = input.finish().await;
    };
    let ((), outcome) = tokio::join!(writer, events(output));
    outcome
}

#[tokio::test]
async fn what_can_be_made_good_is() {
    for action in [
        json!("reset"),
        json!("hang_up"),
        json!({"close": {"code": 1000}}),
        json!({"close": {"code": 1001}}),
        json!({"close": {"code": 1011}}),
        json!({"close": {"code": 1012}}),
        json!({"error": {"status": 500}}),
        json!({"error": {"status": 429}}),
        json!("stall_socket"),
        json!("unknown_type"),
        json!({"done": {}}),
    ] {
        let rule = json!({"at": {"transcripts": 3}, "path": "/stt/*", "times": 1, "do": action});
        let (text, end) = live(rule.clone()).await;
        end.unwrap_or_else(|error| panic!("{rule}: {error}"));
        assert_eq!(text, TEXT, "{rule}");
        if rule["do"] != json!({"done": {}}) {
            let (events, end) = turns(rule.clone()).await;
            end.unwrap_or_else(|error| panic!("{rule}: {error}"));
            assert_eq!(ended_turns(&events), TEXT, "{rule}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_made_good_is_a_typed_error() {
    for (action, kind) in [
        (json!({"close": {"code": 1008}}), ErrorKind::Incomplete),
        (json!("malformed_json"), ErrorKind::Decode),
        (json!({"binary": {"bytes": 7}}), ErrorKind::Decode),
        (json!({"error": {"status": 400}}), ErrorKind::InvalidRequest),
        (json!({"error": {"status": 402}}), ErrorKind::Quota),
        // It closes when it is asked to, but without `done`, time and again.
        (json!("stall"), ErrorKind::Incomplete),
    ] {
        let rule = json!({"at": {"transcripts": 3}, "path": "/stt/*", "do": action});
        let (_, end) = live(rule.clone()).await;
        let error = end.expect_err(&rule.to_string());
        assert_eq!(error.kind(), kind, "{rule}: {error}");
    }
    for (action, kind) in [
        (json!({"close": {"code": 1008}}), ErrorKind::Incomplete),
        (json!("malformed_json"), ErrorKind::Decode),
        (json!({"error": {"status": 402}}), ErrorKind::Quota),
    ] {
        let rule = json!({"at": {"transcripts": 3}, "path": "/stt/*", "do": action});
        let (_, end) = turns(rule.clone()).await;
        let error = end.expect_err(&rule.to_string());
        assert_eq!(error.kind(), kind, "{rule}: {error}");
    }
}

#[tokio::test]
async fn an_end_that_is_not_announced_is_none() {
    // Without `done`, with and without a close frame.
    for action in [json!("ignore_close"), json!("hang_up")] {
        let rule = json!({"at": "close", "path": "/stt/*", "do": action});
        let (text, end) = live(rule.clone()).await;
        let error = end.expect_err(&rule.to_string());
        assert!(
            matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Incomplete),
            "{rule}: {error}"
        );
        assert_eq!(text, TEXT, "{rule}");
    }
    // There is no other announcement of the end of turns than a close frame.
    let (events, end) = turns(json!({"at": "close", "path": "/stt/*", "do": "ignore_close"})).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(events.len() > 3);
}

/// Nothing but the end of the connection ends a transcription with turns. One that leaves a turn open may
/// lack words.
#[tokio::test]
async fn a_turn_that_is_left_open_ends_with_a_gap() {
    let rule = json!({"at": {"transcripts": 3}, "path": "/stt/*", "do": "stall"});
    let (events, end) = turns(rule).await;
    end.unwrap();
    assert_eq!(ended_turns(&events), "One two three");
    let [.., TurnEvent::End(_), TurnEvent::Gap(gap)] = &events[..] else {
        panic!("{events:?}");
    };
    assert!(gap.start < gap.end, "{gap:?}");
}

#[tokio::test]
async fn a_service_that_does_not_greet_is_given_up() {
    let (events, end) =
        turns(json!({"at": "connect", "path": "/stt/*", "do": "no_connected"})).await;
    // The first turn is as good as a greeting.
    assert_eq!(ended_turns(&events), TEXT);
    end.unwrap();
    let begun = tokio::time::Instant::now();
    let (events, end) = turns(json!({"at": "connect", "path": "/stt/*", "do": "stall"})).await;
    assert_eq!(events, []);
    let error = end.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Closed),
        "{error}"
    );
    assert!(begun.elapsed() < 20 * LIMIT);
}

#[tokio::test]
async fn refusals_are_reported_at_once() {
    for (status, kind) in [
        (401, ErrorKind::Auth),
        (402, ErrorKind::Quota),
        (429, ErrorKind::RateLimited),
    ] {
        let server = server(json!([
            {"at": "handshake", "path": "/stt/*", "do": {"refuse": {"status": status}}}
        ]))
        .await;
        let error = within(hasty(&server).live(live_spec())).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let error = within(hasty(&server).turns(turns_spec()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn a_refused_reconnection_is_reported_with_what_was_lost() {
    let server = server(json!([
        {"at": {"transcripts": 2}, "path": "/stt/*", "do": "reset"},
        {"at": "handshake", "connection": 3, "do": {"refuse": {"status": 401}}}
    ]))
    .await;
    let audio = speech(&server, TEXT).await;
    let stream = within(hasty(&server).live(live_spec())).await.unwrap();
    let (mut input, output) = stream.split();
    send(&mut input, &audio).await;
    let (events, end) = events(output).await;
    assert!(!events.is_empty());
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Auth);
    let error = within(async {
        loop {
            if let Err(error) = input.send(vec![0; 3_200]).await {
                break error;
            }
        }
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Auth);
}
