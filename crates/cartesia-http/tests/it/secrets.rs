//! Keys, transcripts and audio are in no text that a program may write to a log.

use std::fmt::Debug;
use std::pin::pin;
use std::time::Duration;

use cartesia_http::{Client, Error, Timeouts};
use cartesia_types::voice::ListVoicesRequest;
use cartesia_types::{ErrorKind, Mp3Format};
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderName, HeaderValue};

use crate::support::{
    EVENTS, KEY, Script, Server, TRANSCRIPT, answer, assert_waits, builder, bytes_request,
    chunk_event, chunked, chunked_head, client, done_event, event, everything, piece, response,
    script, sse_request, within,
};

/// Audio that reads `canary` in base64 and that is `canary` itself.
const AUDIO: [&[u8]; 2] = [&[0x71, 0xa9, 0xda, 0xaf, 0x20, 0x00], b"canary"];

/// Fails on a secret, in whichever form it would show itself.
fn assert_clean(shown: &str) {
    let lower = shown.to_lowercase();
    assert!(!lower.contains("canary"), "{shown}");
    // Bytes are shown in decimal (`[99, 97, 110`).
    let flat: String = lower.split_whitespace().collect();
    for bytes in AUDIO {
        let list = format!("{:?}", &bytes[..3]).replace(' ', "");
        assert!(!flat.contains(list.trim_matches(['[', ']'])), "{shown}");
    }
}

fn assert_opaque(value: &impl Debug) {
    assert_clean(&format!("{value:?} {value:#?}"));
}

#[test]
fn the_canaries_would_be_seen() {
    for secret in [KEY, TRANSCRIPT] {
        assert!(secret.contains("canary"));
    }
    assert!(chunk_event(AUDIO[0]).contains("canary"));
    let shown = format!("{:?}", AUDIO[1]);
    assert!(std::panic::catch_unwind(|| assert_clean(&shown)).is_err());
}

#[test]
fn clients_and_calls_are_opaque() {
    let secret = || HeaderValue::from_static("canary");
    let builder = builder("http://127.0.0.1:1")
        .header(COOKIE, secret())
        .header(HeaderName::from_static("x-secret"), secret());
    assert_opaque(&builder);
    assert_opaque(
        &builder
            .clone()
            .base_url("https://canary:canary@example.com"),
    );
    assert_opaque(&builder.clone().access_token("canary.jwt"));
    let client = builder.build().unwrap();
    assert_opaque(&client);
    assert_opaque(&client.tts());
    assert_opaque(&client.voices());
    assert_opaque(
        &client
            .tts()
            .sse(sse_request())
            .header(AUTHORIZATION, secret()),
    );
    let bytes = client.tts().bytes(bytes_request(Mp3Format::default()));
    assert_opaque(&bytes.header(AUTHORIZATION, secret()));
    let list = client
        .voices()
        .list(ListVoicesRequest::new().with_search("canary"));
    assert_opaque(&list.header(AUTHORIZATION, secret()));
    assert_opaque(&client.voices().get("canary"));
}

#[test]
fn a_client_that_cannot_be_made_does_not_say_with_what() {
    for broken in [
        builder("https://canary:canary@example.com"),
        builder("https://example.com/?canary"),
        builder("ftp://canary"),
        builder("https://example.com").api_key("canary with spaces"),
    ] {
        let error = broken.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_clean(&everything(&error));
    }
}

/// A proxy may echo what it was sent; and half an event is waiting in the parser.
#[tokio::test]
async fn streams_are_opaque_in_every_state() {
    let echoing = chunked_head(EVENTS).replace(
        "x-request-id",
        &format!("x-echo: {KEY}\r\nset-cookie: canary\r\nx-request-id"),
    );
    let half = format!("data: {{\"canary\":\"{TRANSCRIPT}");
    let start = chunk_event(AUDIO[0]) + &chunk_event(AUDIO[1]) + &half;
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection.write(echoing).await;
        connection.write(piece(start)).await;
        connection.closed().await;
    })])
    .await;
    let client = server.client();
    let mut events = within(client.tts().sse(sse_request())).await.unwrap();
    assert_opaque(&events);
    assert_opaque(events.info());
    for _ in AUDIO {
        let event = within(events.next_event()).await.unwrap().unwrap();
        assert_opaque(&event);
        assert_opaque(&events);
    }
    assert_waits(pin!(events.next_event())).await;
    assert_opaque(&events);
    drop(events);
    server.finish().await;
}

#[tokio::test]
async fn bodies_and_clips_are_opaque() {
    let server = Server::start([answer(chunked("audio/mpeg", [AUDIO[1]]))]).await;
    let request = bytes_request(Mp3Format::default());
    let body = within(server.client().tts().bytes(request)).await.unwrap();
    assert_opaque(&body);
    assert_opaque(&within(body.collect()).await.unwrap());
}

#[tokio::test]
async fn answers_keep_their_headers_to_themselves() {
    let headers = [&format!("x-echo: {KEY}"), "content-type: application/json"];
    let server = Server::start([answer(response("200 OK", &headers, "{}"))]).await;
    let response = within(server.client().status().send()).await.unwrap();
    assert_opaque(&response);
}

/// One call against one script; its error must be of the given kind and say nothing.
async fn assert_silent_failure(
    kind: ErrorKind,
    scripts: impl IntoIterator<Item = Script>,
    call: impl AsyncFnOnce(Client) -> Result<(), Error>,
) {
    let server = Server::start(scripts).await;
    let mut builder = builder(&server.url()).max_event_bytes(5_000);
    if kind == ErrorKind::Timeout {
        builder = builder.timeouts(Timeouts::default().with_response(Duration::from_millis(50)));
    }
    let client = builder.build().unwrap();
    let error = within(call(client)).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error:?}");
    assert_clean(&everything(&error));
}

async fn sse(client: Client) -> Result<(), Error> {
    let events = client.tts().sse(sse_request()).await?;
    events.collect_audio().await.map(drop)
}

async fn bytes(client: Client) -> Result<(), Error> {
    let body = client
        .tts()
        .bytes(bytes_request(Mp3Format::default()))
        .await?;
    body.collect().await.map(drop)
}

#[tokio::test]
async fn errors_of_the_connection_say_nothing() {
    let silent = || {
        script(async |mut connection| {
            connection.request().await;
            connection.closed().await;
        })
    };
    let closing = || answer("");
    let garbage = || answer("SSH-2.0-OpenSSH_9.9 canary\r\n\r\n");
    assert_silent_failure(ErrorKind::Connect, [], sse).await;
    assert_silent_failure(ErrorKind::Timeout, [silent()], sse).await;
    assert_silent_failure(ErrorKind::Closed, [closing()], sse).await;
    assert_silent_failure(ErrorKind::Closed, [garbage()], bytes).await;
    let search = async |client: Client| {
        let list = client
            .voices()
            .list(ListVoicesRequest::new().with_search("canary"));
        list.await.map(drop)
    };
    assert_silent_failure(ErrorKind::Connect, [], search).await;
    assert_silent_failure(ErrorKind::Closed, [closing()], search).await;
}

#[tokio::test]
async fn errors_of_responses_say_nothing() {
    let echo = format!("x-echo: {KEY}");
    let refusal = response("401 No", &[&echo], "Unauthorized: no such key");
    assert_silent_failure(ErrorKind::Auth, [answer(refusal)], sse).await;
    let quoting =
        format!(r#"{{"title":"{KEY}","message":"{KEY} is no key","request_id":"{KEY}"}}"#);
    // Long texts are cut, here in the middle of the key.
    let across = "-".repeat(2_048 - KEY.len() + 1) + KEY + &"-".repeat(100);
    let coded = format!(r#"{{"message":"no","error_code":"{KEY}"}}"#);
    for body in [format!("Bad key: {KEY}"), quoting, across, coded] {
        let refusal = response("401 No", &[], &body);
        assert_silent_failure(ErrorKind::Auth, [answer(refusal)], sse).await;
    }
    let location = format!("location: http://127.0.0.1:1/?{KEY}");
    let redirect = response("307 There", &[&echo, &location], "");
    assert_silent_failure(ErrorKind::Protocol, [answer(redirect)], bytes).await;
    for media in ["text/html", "application/json"] {
        let page = response("200 OK", &[&format!("content-type: {media}")], TRANSCRIPT);
        assert_silent_failure(ErrorKind::Protocol, [answer(page.clone())], sse).await;
        assert_silent_failure(ErrorKind::Protocol, [answer(page.clone())], bytes).await;
        let status = async |client: Client| client.status().await.map(drop);
        assert_silent_failure(ErrorKind::Decode, [answer(page)], status).await;
    }
}

#[tokio::test]
async fn errors_of_streams_say_nothing() {
    let start = chunk_event(AUDIO[0]);
    let end = done_event();
    let transcript = format!(r#"{{"type":"chunk","data":"{TRANSCRIPT}"}}"#);
    let nameless = r#"{"type":"chunk","audio":"canary"}"#;
    for (kind, text) in [
        (ErrorKind::Incomplete, start.clone()),
        (
            ErrorKind::Decode,
            start.clone() + &event(&transcript) + &end,
        ),
        (ErrorKind::Decode, start.clone() + &event(nameless) + &end),
        (
            ErrorKind::Auth,
            start.clone() + &event(&format!(r#"{{"error":"{KEY}","status_code":401}}"#)),
        ),
        (
            ErrorKind::Auth,
            event(&format!(
                r#"{{"error":"{}{KEY}","status_code":401,"done":true}}"#,
                "-".repeat(2_049 - KEY.len())
            )),
        ),
        (ErrorKind::Decode, start.clone() + "data: canary\n\n" + &end),
        (
            ErrorKind::Protocol,
            start + &chunk_event(&AUDIO[1].repeat(2_000)) + &end,
        ),
    ] {
        assert_silent_failure(kind, [answer(chunked(EVENTS, [text]))], sse).await;
    }
    let mut cut = chunked_head("audio/mpeg").into_bytes();
    cut.extend(piece(AUDIO[1]));
    assert_silent_failure(ErrorKind::Incomplete, [answer(cut)], bytes).await;
}

/// The credential travels in one header and nowhere else.
#[tokio::test]
async fn the_key_is_sent_in_its_header_alone() {
    let speech = [chunk_event(&[1, 2]), done_event()].concat();
    let server = Server::start([answer(chunked(EVENTS, [speech]))]).await;
    let client = client(&server.url());
    let events = within(client.tts().sse(sse_request())).await.unwrap();
    within(events.collect_audio()).await.unwrap();
    let [request] = server.finish().await.try_into().unwrap();
    assert_eq!(request.head.matches(KEY).count(), 1);
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {KEY}").as_str())
    );
    assert!(!request.line().contains(KEY) && !request.body.contains(KEY));
}
