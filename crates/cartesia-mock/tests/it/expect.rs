//! What tests of clients ask the server.

use std::time::Duration;

use cartesia_mock::{Expect, Fault};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::socket_client::{connect, request};
use crate::support::{KEY, NEWEST, answer, body, client, get, post, start, within};

const LIMIT: Duration = Duration::from_secs(20);
const NO_TIME: Duration = Duration::ZERO;

#[tokio::test]
async fn requests_are_distinguished() {
    let server = start().await;
    answer(post(&server, NEWEST, "/tts/bytes?a=1&a=2", &body("Hi."))).await;
    answer(get(&server, NEWEST, "/voices/")).await;
    for met in [
        Expect::request().times(2),
        Expect::path("/voices").times(1),
        Expect::get("/voices/"),
        Expect::post("/tts/bytes").query("a", "2"),
        Expect::post("/tts/bytes").header("Cartesia-Version", NEWEST),
        Expect::post("/tts/bytes").json("/output_format/sample_rate", 16_000),
        Expect::post("/tts/bytes").json("", body("Hi.")),
        Expect::post("/tts/bytes").that("a transcript", |json| json["transcript"].is_string()),
        Expect::post("/voices").never(),
        Expect::message().never(),
        Expect::request().at_least(2),
    ] {
        server.assert_received(&met);
    }
    for unmet in [
        Expect::request().times(1),
        Expect::request().at_least(3),
        Expect::path("/voices").never(),
        Expect::post("/voices"),
        Expect::post("/tts/bytes").query("a", "3"),
        Expect::post("/tts/bytes").header("cartesia-version", "2024-06-10"),
        Expect::post("/tts/bytes").json("/output_format/sample_rate", 8_000),
        Expect::get("/voices").json("", json!({})),
        Expect::post("/tts/bytes").that("false", |_| false),
        Expect::message(),
    ] {
        server.check_received(&unmet).unwrap_err();
    }
    assert_eq!(server.requests_to("/voices").len(), 1);
    assert_eq!(
        server.requests_to("/tts/bytes/")[0].json(),
        Some(body("Hi."))
    );
    assert!(server.requests_to("/tts").is_empty());
}

#[tokio::test]
async fn a_message_says_what_came_instead_but_no_text() {
    let server = start().await;
    answer(post(&server, NEWEST, "/tts/bytes", &body("Private words."))).await;
    answer(get(&server, NEWEST, "/voices")).await;
    let expected = Expect::post("/tts/bytes").json("/voice/id", "b").times(1);
    let unmet = server.check_received(&expected).unwrap_err();
    assert_eq!(
        unmet.to_string(),
        "expected POST /tts/bytes with /voice/id = \"b\", once, but that came 0 times; what came:\n  \
         POST /tts/bytes 200: /voice/id is \"a0e99841-438c-4a64-b679-ae501e7d6091\"\n  \
         GET /voices 200: the path is another"
    );
    assert_eq!(format!("{unmet:?}"), unmet.to_string());
    for (expected, message) in [
        (
            Expect::request().query("q", "1").header("accept", "x"),
            "expected a request with q=1 in the query and the header accept: x, but that came 0 times",
        ),
        (
            Expect::path("/voices").never(),
            "GET /voices 200: as expected",
        ),
        (
            Expect::path("/voices").header("x", "y"),
            "GET /voices 200: the header x is missing",
        ),
        (
            Expect::path("/voices").header("cartesia-version", "y"),
            "is \"2026-08-14\"",
        ),
        (
            Expect::get("/tts/bytes"),
            "POST /tts/bytes 200: the method is another",
        ),
        (
            Expect::post("/tts/bytes").json("/x", 1),
            "POST /tts/bytes 200: /x is missing",
        ),
        (
            Expect::get("/voices").json("/x", 1),
            "GET /voices 200: it is no JSON",
        ),
        (
            Expect::post("/tts/bytes").that("long", |_| false),
            "POST /tts/bytes 200: not long",
        ),
    ] {
        let unmet = server.check_received(&expected).unwrap_err().to_string();
        assert!(unmet.contains(message), "{unmet}");
        assert!(
            !unmet.contains("Private") && !unmet.contains(KEY),
            "{unmet}"
        );
    }
}

#[tokio::test]
#[should_panic(expected = "expected POST /tts/sse, but that came 0 times; nothing came")]
async fn an_assertion_fails() {
    start().await.assert_received(&Expect::post("/tts/sse"));
}

#[tokio::test]
async fn messages_of_sockets_are_requests_of_their_own() {
    let server = start().await;
    let mut socket = connect(&server, NEWEST).await;
    socket.send_raw(Message::Ping(vec![1].into())).await;
    assert!(matches!(
        socket.next_raw().await,
        Some(Ok(Message::Pong(_)))
    ));
    socket.send(&request("one", "Hi.")).await;
    socket.until_over("one").await;
    server.assert_received(&Expect::get("/tts/websocket").times(1));
    server.assert_received(&Expect::message().times(1));
    let expected = Expect::message().json("/context_id", "two");
    let unmet = server.check_received(&expected).unwrap_err().to_string();
    let line = "text on WebSocket 1, context \"one\": /context_id is \"one\"";
    assert!(unmet.contains(line), "{unmet}");
}

#[tokio::test]
async fn waiting_ends_when_it_came_or_when_the_time_is_over() {
    let server = start().await;
    server.inject(Fault::StallBeforeHeaders);
    let url = format!("{}/voices", server.url());
    let received = within(async {
        tokio::select! {
            received = server.until_received(1, LIMIT) => received,
            answer = client().get(url).send() => panic!("{answer:?}"),
        }
    })
    .await;
    assert_eq!(received.unwrap()[0].path, "/voices");
    within(server.until_received(2, NO_TIME)).await.unwrap_err();

    let mut socket = connect(&server, NEWEST).await;
    let expected = Expect::message().json("/context_id", "one").times(1);
    let hello = request("one", "Hi.");
    let (met, ()) =
        within(async { tokio::join!(server.until(&expected, LIMIT), socket.send(&hello)) }).await;
    met.unwrap();
    let too_many = Expect::request().times(1);
    within(server.until(&too_many, LIMIT)).await.unwrap_err();
}
