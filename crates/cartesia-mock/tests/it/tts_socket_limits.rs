//! Cancelling, ends that are disputed, limits and pace.

use std::time::{Duration, Instant};

use cartesia_mock::{MockServer, Pace, Plan};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use crate::socket_client::{audio_of, connect, end, handshake, more, request};
use crate::support::{KEY, NEWEST, answer, body, post, send, start, within};

fn cancel(context_id: &str) -> Value {
    json!({"context_id": context_id, "cancel": true})
}

#[tokio::test]
async fn a_cancelled_context_sends_what_it_is_generating_and_nothing_else() {
    // Slow enough that the cancellation finds the first input under way.
    let builder = MockServer::builder()
        .pace(Pace::TimesRealTime(4.0))
        .socket_chunk_size(1_600);
    let server = within(builder.start()).await.unwrap();
    let mut client = connect(&server, NEWEST).await;
    let first = more("c", "The first input is spoken to its end. ");
    client.send(&first).await;
    client.send(&more("c", "The second is never begun.")).await;
    let mut messages = vec![client.next().await];
    client.send(&cancel("c")).await;
    messages.extend(client.until_over("c").await);
    let pieces = ["The first input is spoken to its end. "];
    let version = NEWEST.parse().unwrap();
    let expected = server.expected_audio(version, &first, &pieces).unwrap();
    assert_eq!(audio_of(&messages, "c"), expected);
    let done = messages.last().unwrap();
    assert_eq!(
        (&done["type"], &done["status_code"]),
        (&json!("done"), &json!(206))
    );
}

#[tokio::test]
async fn cancelling_what_is_not_there_is_harmless() {
    let server = start().await;
    let mut client = connect(&server, NEWEST).await;
    client.send(&cancel("nobody")).await;
    client.send(&request("c", "Hello.")).await;
    client.until_over("c").await;
    client.send(&cancel("c")).await;
    client.send(&request("d", "Hello.")).await;
    let messages = client.until_over("d").await;
    assert!(messages.iter().all(|message| message["context_id"] == "d"));
}

#[tokio::test]
async fn an_input_after_the_end_cuts_the_audio() {
    let server = within(MockServer::builder().pace(Pace::RealTime).start())
        .await
        .unwrap();
    let mut client = connect(&server, NEWEST).await;
    client.send(&more("c", "Hello world, how are you? ")).await;
    client.send(&end("c")).await;
    client.send(&more("c", "More.")).await;
    let error = client.until_over("c").await.pop().unwrap();
    assert_eq!(
        (&error["type"], &error["status_code"]),
        (&json!("error"), &json!(400))
    );
}

#[tokio::test]
async fn contexts_beyond_the_limit_are_refused_over_all_sockets() {
    let server = within(MockServer::builder().context_limit(2).start())
        .await
        .unwrap();
    let mut first = connect(&server, NEWEST).await;
    let mut second = connect(&server, "2025-11-04").await;
    for (client, id) in [(&mut first, "a"), (&mut second, "b")] {
        client.send(&more(id, "Hello.")).await;
        assert_eq!(client.next().await["type"], "chunk");
    }
    first.send(&request("c", "Hello.")).await;
    let error = first.until_over("c").await.pop().unwrap();
    assert_eq!(
        (&error["status_code"], &error["error_code"]),
        (&json!(429), &json!("concurrency_limited"))
    );
    second.send(&request("d", "Hello.")).await;
    let error = second.until_over("d").await.pop().unwrap();
    assert_eq!(error["status_code"], 429);
    assert!(error["error"].as_str().unwrap().contains("concurrent"));

    first.send(&end("a")).await;
    first.until_over("a").await;
    first.send(&request("c", "Hello.")).await;
    assert_eq!(first.until_over("c").await.last().unwrap()["type"], "done");
}

#[tokio::test]
async fn sockets_beyond_the_limit_are_refused() {
    let server = within(MockServer::builder().plan(Plan::Free).start())
        .await
        .unwrap();
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(connect(&server, NEWEST).await);
    }
    let bearer = format!("Bearer {KEY}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("cartesia-version", NEWEST),
    ];
    let refused = handshake(&server, "/tts/websocket", &headers)
        .await
        .map(|_| ());
    let Err(Error::Http(response)) = refused else {
        panic!("not refused");
    };
    assert_eq!(response.status(), 429);

    // A place is free once the server has seen the end of a socket.
    let mut last = open.pop().unwrap();
    within(last.inner().close(None)).await.unwrap();
    while last.next_raw().await.is_some_and(|next| next.is_ok()) {}
    drop(last);
    let opened = async {
        while handshake(&server, "/tts/websocket", &headers)
            .await
            .is_err()
        {
            tokio::task::yield_now().await;
        }
    };
    within(opened).await;
}

#[tokio::test]
async fn audio_comes_no_faster_than_it_is_asked_to() {
    let builder = MockServer::builder()
        .pace(Pace::TimesRealTime(10.0))
        .latency(Duration::from_millis(50))
        .socket_chunk_size(1_600);
    let server = within(builder.start()).await.unwrap();
    let mut client = connect(&server, NEWEST).await;
    let start = Instant::now();
    client
        .send(&request("c", "Hello world, how are you? I am well."))
        .await;
    let messages = client.until_over("c").await;
    let bytes = u32::try_from(audio_of(&messages, "c").len()).unwrap();
    // The last chunk is sent when it begins to be heard.
    let least = 0.05 + f64::from(bytes - 1_600) / 32_000.0 / 10.0;
    let took = start.elapsed().as_secs_f64();
    assert!(took >= least, "{took} of {least} seconds");
}

#[tokio::test]
async fn calls_over_http_are_contexts_too() {
    // So slow that the first body is still under way.
    let builder = MockServer::builder()
        .context_limit(1)
        .pace(Pace::TimesRealTime(0.01));
    let server = within(builder.start()).await.unwrap();
    for path in ["/tts/bytes", "/tts/sse"] {
        let held = send(post(&server, NEWEST, path, &body("A long sentence, this."))).await;
        assert_eq!(held.status(), 200);
        for version in [NEWEST, "2025-11-04"] {
            for path in ["/tts/bytes", "/tts/sse"] {
                let (status, text) = answer(post(&server, version, path, &body("Hi."))).await;
                assert_eq!(status, 429, "{path}: {text}");
                let structured = text.contains("\"error_code\":\"concurrency_limited\"");
                assert_eq!(structured, version == NEWEST, "{text}");
            }
        }
        let mut client = connect(&server, NEWEST).await;
        client.send(&request("c", "Hello.")).await;
        assert_eq!(client.next().await["status_code"], 429);
        // A client that is gone holds nothing.
        drop(held);
        let free = async {
            let again = || post(&server, NEWEST, "/tts/bytes", &body("Hi."));
            while send(again()).await.status() == 429 {}
        };
        within(free).await;
    }
}
