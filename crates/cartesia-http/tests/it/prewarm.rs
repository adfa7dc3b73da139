//! A connection that is opened ahead of time is there for the next call.

use cartesia_http::{Client, Credential, TokenFuture, TokenProvider};
use cartesia_types::ErrorKind;

use crate::support::{
    EVENTS, Gate, Request, Script, Server, answer, at_once, builder, chunk_event, chunked,
    done_event, everything, response, script, sse_request, within,
};

const JSON: &str = "content-type: application/json";

/// Answers the first request with `first` and the next one, on the same connection, with speech.
fn warm_then_speech(first: String) -> Script {
    script(async |mut connection| {
        connection.request().await;
        connection.write(first).await;
        connection.request().await;
        let speech = chunked(EVENTS, [chunk_event(&[1, 2]), done_event()]);
        connection.write(speech).await;
    })
}

async fn speak(client: &Client) {
    let events = within(client.tts().sse(sse_request())).await.unwrap();
    let clip = within(events.collect_audio()).await.unwrap();
    assert_eq!(clip.data().as_ref(), [1, 2]);
}

/// A refusal needed a connection, too.
#[tokio::test]
async fn the_next_call_takes_the_connection_whatever_the_answer_was() {
    for first in [
        response("200 OK", &[JSON], r#"{"ok":true}"#),
        response("204 No Content", &[], ""),
        response("200 OK", &["content-type: text/html"], "<p>Hello</p>"),
        response("401 Unauthorized", &[JSON], r#"{"error":"no such key"}"#),
        response("503 Service Unavailable", &[], "later"),
    ] {
        // There is one connection: the port is closed for others.
        let server = Server::start([warm_then_speech(first)]).await;
        let retries = builder(&server.url()).retry(at_once(3));
        let client = retries.build().unwrap();
        within(client.prewarm()).await.unwrap();
        speak(&client).await;
        let requests = server.finish().await;
        let lines: Vec<_> = requests.iter().map(Request::line).collect();
        assert_eq!(lines, ["GET /", "POST /tts/sse"]);
    }
}

#[tokio::test]
async fn as_many_at_the_same_time_open_as_many_connections() {
    let gates = [Gate::default(), Gate::default()];
    // Each answers once the other was asked.
    let scripts = [0, 1].map(|number| {
        let (own, other) = (gates[number].clone(), gates[1 - number].clone());
        script(async move |mut connection| {
            connection.request().await;
            own.open();
            other.passed().await;
            connection
                .write(response("200 OK", &[JSON], r#"{"ok":true}"#))
                .await;
            connection.request().await;
            own.open();
            other.passed().await;
            let speech = chunked(EVENTS, [chunk_event(&[1, 2]), done_event()]);
            connection.write(speech).await;
        })
    });
    let server = Server::start(scripts).await;
    let client = server.client();
    let (first, second) = within(async { tokio::join!(client.prewarm(), client.prewarm()) }).await;
    first.and(second).unwrap();
    tokio::join!(speak(&client), speak(&client));
    assert_eq!(server.finish().await.len(), 4);
}

#[tokio::test]
async fn a_connection_that_was_kept_and_is_closed_is_replaced() {
    let status = || response("200 OK", &[JSON], r#"{"ok":true}"#);
    let kept = script(async move |mut connection| {
        connection.request().await;
        connection.write(status()).await;
        // The request is on its way when the connection is closed.
        connection.request().await;
    });
    let server = Server::start([kept, warm_then_speech(status())]).await;
    let client = server.client();
    within(client.prewarm()).await.unwrap();
    within(client.prewarm()).await.unwrap();
    speak(&client).await;
    let requests = server.finish().await;
    let lines: Vec<_> = requests.iter().map(Request::line).collect();
    assert_eq!(lines, ["GET /", "GET /", "GET /", "POST /tts/sse"]);
}

#[tokio::test]
async fn a_service_that_is_not_reached_is_an_error_soon() {
    let server = Server::start([answer(""), answer("")]).await;
    let client = builder(&server.url()).retry(at_once(3)).build().unwrap();
    let error = within(client.prewarm()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Closed, 2));
    assert_eq!(server.finish().await.len(), 2);
    let error = within(client.prewarm()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 1));
    assert!(everything(&error).contains("prewarm"));
}

#[tokio::test]
async fn a_token_provider_is_asked() {
    struct Failing;
    impl TokenProvider for Failing {
        fn token(&self) -> TokenFuture<'_> {
            Box::pin(async { Err("the well is dry".into()) })
        }
    }
    let server = Server::start([]).await;
    let failing = Credential::provider(Failing);
    let client = Client::builder().credential(failing).base_url(server.url());
    let client = client.build().unwrap();
    let error = within(client.prewarm()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
}
