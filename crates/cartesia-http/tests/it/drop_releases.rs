//! Dropping releases: what nobody reads keeps no connection, and what was read to its end gives its
//! connection back.

use std::pin::pin;

use cartesia_http::{Client, Error};
use cartesia_types::RawFormat;
use cartesia_types::tts::Event;

use crate::support::{
    EVENTS, Gate, LAST, Server, answer, assert_waits, bytes_request, chunk_event, chunked_head,
    client, done_event, drive_until, piece, response, script, sse_request, within,
};

/// Starts a body, then watches for the client to go away while nothing more is sent.
async fn silent_after(content_type: &'static str, start: Vec<u8>) -> Server {
    Server::start([script(async move |mut connection| {
        connection.request().await;
        connection.write(chunked_head(content_type)).await;
        connection.write(piece(start)).await;
        connection.closed().await;
    })])
    .await
}

#[tokio::test]
async fn a_dropped_event_stream_closes_its_connection_at_once() {
    let server = silent_after(EVENTS, chunk_event(&[1, 2]).into_bytes()).await;
    let client = server.client();
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    within(events.next_event()).await.unwrap().unwrap();
    drop(events);
    server.finish().await;
}

#[tokio::test]
async fn a_stream_dropped_while_it_waits_closes_its_connection_at_once() {
    let server = silent_after(EVENTS, chunk_event(&[1, 2]).into_bytes()).await;
    let client = server.client();
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    within(events.next_event()).await.unwrap().unwrap();
    assert_waits(pin!(events.next_event())).await;
    tokio::task::yield_now().await;
    drop(events);
    server.finish().await;
}

#[tokio::test]
async fn a_dropped_body_closes_its_connection_at_once() {
    let server = silent_after("audio/raw", vec![1, 2]).await;
    let client = server.client();
    let request = bytes_request(RawFormat::PCM_S16LE_16000);
    let mut body = within(client.tts().bytes(request)).await.unwrap();
    within(body.next_chunk()).await.unwrap().unwrap();
    drop(body);
    server.finish().await;
}

#[tokio::test]
async fn an_unread_body_closes_its_connection_when_dropped() {
    let server = silent_after("audio/raw", vec![1, 2]).await;
    let client = server.client();
    let request = bytes_request(RawFormat::PCM_S16LE_16000);
    drop(within(client.tts().bytes(request)).await.unwrap());
    server.finish().await;
}

#[tokio::test]
async fn a_call_dropped_while_it_waits_closes_its_connection() {
    let asked = Gate::default();
    let seen = asked.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        seen.open();
        connection.closed().await;
    })])
    .await;
    let client = server.client();
    {
        let mut call = pin!(client.tts().sse(sse_request()).into_future());
        drive_until(call.as_mut(), asked.passed()).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn a_call_that_is_not_awaited_sends_nothing() {
    let json = ["content-type: application/json"];
    let server = Server::start([answer(response("200 OK", &json, "{}"))]).await;
    let client = server.client();
    drop(client.tts().sse(sse_request()));
    drop(client.tts().sse(sse_request()).into_future());
    drop(client.voices().get("dropped").send());
    within(client.status()).await.unwrap();
    let requests = server.finish().await;
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].line(), "GET /");
}

/// The next call must come on the same connection: there is only one script.
///
/// What the first call gives is kept meanwhile.
async fn second_call_after<T>(
    first_response: Vec<u8>,
    first_call: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) {
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection.write(first_response).await;
        connection.request().await;
        let json = "content-type: application/json";
        connection
            .write(response("200 OK", &[json], r#"{"ok":true}"#))
            .await;
    })])
    .await;
    let client = client(&server.url());
    let _kept = within(first_call(&client)).await.unwrap();
    within(client.status()).await.unwrap();
    assert_eq!(server.finish().await.len(), 2);
}

fn whole_stream() -> Vec<u8> {
    let mut bytes = chunked_head(EVENTS).into_bytes();
    bytes.extend(piece(chunk_event(&[1, 2])));
    bytes.extend(piece(done_event()));
    bytes.extend(LAST.bytes());
    bytes
}

#[tokio::test]
async fn a_stream_read_until_none_gives_its_connection_back() {
    second_call_after(whole_stream(), async |client| {
        let mut events = client.tts().sse(sse_request()).await?;
        while events.next_event().await?.is_some() {}
        Ok(events)
    })
    .await;
}

#[tokio::test]
async fn a_stream_read_until_done_gives_its_connection_back() {
    second_call_after(whole_stream(), async |client| {
        let mut events = client.tts().sse(sse_request()).await?;
        while !matches!(events.next_event().await?, Some(Event::Done(_))) {}
        Ok(events)
    })
    .await;
}

#[tokio::test]
async fn collected_audio_gives_its_connection_back() {
    second_call_after(whole_stream(), async |client| {
        client
            .tts()
            .sse(sse_request())
            .await?
            .collect_audio()
            .await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_body_read_to_its_end_gives_its_connection_back() {
    let mut bytes = chunked_head("audio/raw").into_bytes();
    bytes.extend(piece([1, 2]));
    bytes.extend(LAST.bytes());
    second_call_after(bytes, async |client| {
        let request = bytes_request(RawFormat::PCM_S16LE_16000);
        client.tts().bytes(request).await?.collect().await?;
        Ok(())
    })
    .await;
}

/// The server has said that this was all but keeps the body open: nobody waits for it, and the
/// connection is closed although the stream is still there.
#[tokio::test]
async fn a_stream_that_ended_keeps_no_connection() {
    for (end, ends_well) in [
        (done_event(), true),
        ("data: {broken\n\n".to_owned(), false),
    ] {
        let start = chunk_event(&[1, 2]) + &end;
        let server = silent_after(EVENTS, start.into_bytes()).await;
        let client = server.client();
        let mut events = within(client.tts().sse(sse_request())).await.unwrap();
        within(events.next_event()).await.unwrap().unwrap();
        assert_eq!(within(events.next_event()).await.is_ok(), ends_well);
        server.finish().await;
        assert!(within(events.next_event()).await.unwrap().is_none());
    }
}
