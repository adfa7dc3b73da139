//! What a script does to contexts.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_mock::{Action, MockServer, Moment, Pace, Rule, Script};
use serde_json::{Value, json};

use crate::socket_client::{SocketClient, audio_of, connect, more, request, types};
use crate::support::{NEWEST, within};

const TEXT: &str = "Hello world, how are you?";

/// A server that follows one rule, and a client of it that has sent one request, of the context `c`.
async fn asked(rule: Rule) -> (MockServer, SocketClient) {
    let builder = MockServer::builder().script(Script::new().rule(rule));
    let server = within(builder.start()).await.unwrap();
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    (server, client)
}

fn expected(server: &MockServer) -> Vec<u8> {
    let (version, request) = (NEWEST.parse().unwrap(), request("c", TEXT));
    server.expected_audio(version, &request, &[TEXT]).unwrap()
}

/// Everything that is said until a context that is opened now is over: whoever said something before
/// that one had time to go on.
async fn until_another_is_over(client: &mut SocketClient) -> Vec<Value> {
    client.send(&request("another", TEXT)).await;
    let mut messages = client.until_over("another").await;
    messages.retain(|message| message["context_id"] != "another");
    messages
}

#[tokio::test]
async fn a_context_stalls_and_others_do_not() {
    for (moment, chunks) in [
        (Moment::Chunks(0), 0),
        (Moment::Chunks(2), 2),
        (Moment::Input, 0),
    ] {
        let rule = Rule::new(moment, Action::Stall).context("c");
        let (_server, mut client) = asked(rule).await;
        let messages = until_another_is_over(&mut client).await;
        assert_eq!(types(&messages), vec!["chunk"; chunks], "{moment:?}");
    }
}

#[tokio::test]
async fn a_stalled_end_never_comes() {
    let (server, mut client) = asked(Rule::new(Moment::Done, Action::Stall).context("c")).await;
    let mut messages = until_another_is_over(&mut client).await;
    messages.extend(until_another_is_over(&mut client).await);
    assert!(!types(&messages).contains(&"done"));
    assert_eq!(audio_of(&messages, "c"), expected(&server));
}

#[tokio::test]
async fn a_context_waits() {
    for moment in [Moment::Chunks(1), Moment::Done] {
        let start = Instant::now();
        let delay = Action::Delay { milliseconds: 60 };
        let (server, mut client) = asked(Rule::new(moment, delay)).await;
        let messages = client.until_over("c").await;
        assert!(start.elapsed() >= Duration::from_millis(60));
        assert_eq!(audio_of(&messages, "c"), expected(&server));
        assert_eq!(
            types(&messages)
                .iter()
                .filter(|kind| **kind == "done")
                .count(),
            1
        );
    }
}

#[tokio::test]
async fn contexts_wait_for_each_other_and_take_turns() {
    let rule = Rule::new(Moment::Chunks(0), Action::Interleave { contexts: 2 });
    let (_server, mut client) = asked(rule).await;
    client.send(&request("d", TEXT)).await;
    let messages = client.until_over("c").await;
    let ids: Vec<_> = messages
        .iter()
        .map(|m| m["context_id"].as_str().unwrap())
        .collect();
    let turns = ids.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(turns >= ids.len() / 2, "{ids:?}");
}

#[tokio::test]
async fn chunks_are_empty_odd_or_of_any_size() {
    let (server, mut client) = asked(Rule::new(Moment::Chunks(1), Action::EmptyData)).await;
    let messages = client.until_over("c").await;
    assert_eq!(
        (&messages[1]["type"], &messages[1]["data"]),
        (&json!("chunk"), &json!(""))
    );
    assert_eq!(audio_of(&messages, "c"), expected(&server));

    let (server, mut client) = asked(Rule::new(Moment::Chunks(1), Action::OddData)).await;
    let messages = client.until_over("c").await;
    assert_eq!(
        STANDARD
            .decode(messages[1]["data"].as_str().unwrap())
            .unwrap(),
        [0; 3]
    );
    assert_eq!(audio_of(&messages, "c").len(), expected(&server).len() + 3);

    let size = Action::ChunkSize { bytes: 777 };
    let (server, mut client) = asked(Rule::new(Moment::Chunks(0), size)).await;
    let messages = client.until_over("c").await;
    let (_, whole) = messages[..messages.len() - 1].split_last().unwrap();
    for chunk in whole {
        assert_eq!(audio_of(std::slice::from_ref(chunk), "c").len(), 777);
    }
    assert_eq!(audio_of(&messages, "c"), expected(&server));
}

#[tokio::test]
async fn a_chunk_may_be_the_end() {
    for (moment, whole) in [(Moment::Chunks(1), false), (Moment::Done, true)] {
        let (server, mut client) = asked(Rule::new(moment, Action::ChunkDone).context("c")).await;
        let messages = until_another_is_over(&mut client).await;
        let last = messages.last().unwrap();
        assert_eq!(
            (&last["type"], &last["done"]),
            (&json!("chunk"), &json!(true))
        );
        assert_eq!(audio_of(&messages, "c") == expected(&server), whole);
    }
}

#[tokio::test]
async fn a_context_ends_early_or_with_another_status_or_twice() {
    for status in [200, 206] {
        let done = Action::Done { status };
        let (_server, mut client) = asked(Rule::new(Moment::Chunks(1), done.clone())).await;
        let messages = client.until_over("c").await;
        assert_eq!(types(&messages), ["chunk", "done"]);
        assert_eq!(messages[1]["status_code"], status);

        let (server, mut client) = asked(Rule::new(Moment::Done, done)).await;
        let messages = client.until_over("c").await;
        assert_eq!(messages.last().unwrap()["status_code"], status);
        assert_eq!(audio_of(&messages, "c"), expected(&server));
    }
    let twice = Rule::new(Moment::Done, Action::DuplicateDone).context("c");
    let (_server, mut client) = asked(twice).await;
    let messages = until_another_is_over(&mut client).await;
    let types = types(&messages);
    assert_eq!(types[types.len() - 2..], ["done", "done"]);
}

#[tokio::test]
async fn a_flush_is_done_that_nobody_asked_for() {
    let (server, mut client) = asked(Rule::new(Moment::Chunks(1), Action::FlushDone)).await;
    let messages = client.until_over("c").await;
    assert_eq!(types(&messages)[..2], ["chunk", "flush_done"]);
    assert_eq!(
        (&messages[1]["flush_id"], &messages[2]["flush_id"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(audio_of(&messages, "c"), expected(&server));
}

#[tokio::test]
async fn chunks_come_for_contexts_that_nobody_opened() {
    let foreign = Action::ForeignChunk {
        context_id: "x".to_owned(),
    };
    let (server, mut client) = asked(Rule::new(Moment::Chunks(1), foreign)).await;
    let messages = client.until_over("c").await;
    assert_eq!(messages[1]["context_id"], "x");
    assert_eq!(audio_of(&messages, "x"), [0; 320]);
    assert_eq!(audio_of(&messages, "c"), expected(&server));
}

#[tokio::test]
async fn chunks_come_late_after_a_cancellation() {
    for done in [true, false] {
        let late = Action::LateChunks { count: 2, done };
        let script = Script::new().rule(Rule::new(Moment::Cancel, late));
        let builder = MockServer::builder().pace(Pace::RealTime).script(script);
        let server = within(builder.start()).await.unwrap();
        let mut client = connect(&server, NEWEST).await;
        client.send(&more("c", TEXT)).await;
        assert_eq!(client.next().await["type"], "chunk");
        client
            .send(&json!({"context_id": "c", "cancel": true}))
            .await;
        // No JSON: its error comes after everything that the cancellation led to.
        client.send(&json!([])).await;
        let mut messages = vec![client.next().await];
        while messages.last().is_some_and(|last| last["type"] != "error") {
            messages.push(client.next().await);
        }
        let expected: &[&str] = if done {
            &["chunk", "chunk", "done", "error"]
        } else {
            &["chunk", "chunk", "error"]
        };
        assert_eq!(types(&messages), expected);
    }
}

#[tokio::test]
async fn rules_count_connections_contexts_and_times() {
    let stop = |status| Action::Done { status };
    let script = Script::new()
        .rule(
            Rule::new(Moment::Chunks(0), stop(201))
                .connection(1)
                .nth_context(2),
        )
        .rule(
            Rule::new(Moment::Chunks(0), stop(202))
                .context("turn-*")
                .times(1),
        );
    let server = within(MockServer::builder().script(script).start())
        .await
        .unwrap();
    let mut clients = [
        connect(&server, NEWEST).await,
        connect(&server, NEWEST).await,
    ];
    for (client, id, status) in [
        (0, "a", 206),
        (0, "b", 201),
        (0, "c", 206),
        (1, "a", 206),
        (1, "b", 206),
        (1, "turn-1", 202),
        (1, "turn-2", 206),
    ] {
        let client: &mut SocketClient = &mut clients[client];
        client.send(&request(id, TEXT)).await;
        let done = client.until_over(id).await.pop().unwrap();
        assert_eq!(done["status_code"], status, "{id}");
    }
    server.set_script(Script::new().rule(Rule::new(Moment::Done, stop(200))));
    clients[0].send(&request("d", TEXT)).await;
    assert_eq!(
        clients[0].until_over("d").await.pop().unwrap()["status_code"],
        200
    );
}
