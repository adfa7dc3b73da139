//! Errors within an event stream: the service's own, and events that are none.

use cartesia_http::Error;
use cartesia_types::tts::Event;
use cartesia_types::{ErrorCode, ErrorKind};
use futures_core::stream::FusedStream as _;

use crate::support::{
    EVENTS, Server, answer, builder, chunk_event, chunked, done_event, event, response,
    sse_request, within,
};

/// The error of a stream with 100 bytes of audio before `rest`, and with more after it.
async fn failing(rest: &[u8]) -> Error {
    let text = [
        chunk_event(&[7; 100]).as_bytes(),
        rest,
        done_event().as_bytes(),
    ]
    .concat();
    let server = Server::start([answer(chunked(EVENTS, [text]))]).await;
    let mut stream = within(server.client().tts().sse(sse_request()))
        .await
        .unwrap();
    within(stream.next_event()).await.unwrap().unwrap();
    let error = within(stream.next_event()).await.unwrap_err();
    assert_eq!(error.operation(), "tts.sse");
    assert_eq!(error.bytes_received(), Some(100), "{error:?}");
    // The service's own status, if it reported one, is worth more than that of the response.
    let reported = error.api_error().map_or(200, |error| error.status);
    assert_eq!(error.status().unwrap().as_u16(), reported);
    assert_eq!(error.attempts(), 1);
    assert!(!error.is_retryable());
    for _ in 0..3 {
        assert!(stream.is_terminated());
        assert!(within(stream.next_event()).await.unwrap().is_none());
    }
    server.finish().await;
    error
}

#[tokio::test]
async fn structured_errors() {
    for (status, code, kind) in [
        (400, "null", ErrorKind::InvalidRequest),
        (402, "\"quota_exceeded\"", ErrorKind::Quota),
        (404, "\"voice_not_found\"", ErrorKind::NotFound),
        (429, "\"concurrency_limited\"", ErrorKind::RateLimited),
        (500, "null", ErrorKind::Server),
    ] {
        let error = failing(event(&format!(
            r#"{{"type":"error","done":true,"status_code":{status},"error_code":{code},"title":"Sorry","message":"It broke","request_id":"event-id","doc_url":null}}"#
        )).as_bytes())
        .await;
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.request_id(), Some("event-id"));
        let api = error.api_error().unwrap();
        assert_eq!((api.status, api.message.as_str()), (status, "It broke"));
        assert_eq!(api.title.as_deref(), Some("Sorry"));
        let code = code.trim_matches('"');
        let code = (code != "null").then(|| ErrorCode::from(code));
        assert_eq!(api.code, code);
        let text = error.to_string();
        assert!(text.starts_with("tts.sse: Sorry: It broke"), "{text}");
        assert!(text.contains("[request id event-id]"), "{text}");
    }
}

#[tokio::test]
async fn legacy_errors() {
    for (json, kind, message) in [
        (
            r#"{"type":"error","done":true,"status_code":404,"error":"Sorry: It broke"}"#,
            ErrorKind::NotFound,
            "It broke",
        ),
        (
            r#"{"error":"It broke","status_code":429,"done":true}"#,
            ErrorKind::RateLimited,
            "It broke",
        ),
        (r#"{"error":"It broke"}"#, ErrorKind::Server, "It broke"),
        (
            r#"{"type":"error"}"#,
            ErrorKind::Server,
            "the server sent no reason",
        ),
    ] {
        let error = failing(event(json).as_bytes()).await;
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.api_error().unwrap().message, message);
        // It has no id of its own, so that of the response is the one to quote.
        assert_eq!(error.request_id(), Some("head-id"));
    }
}

#[tokio::test]
async fn an_error_that_is_not_final_is_an_event() {
    let warning = r#"{"type":"error","done":false,"status_code":400,"title":"T","message":"M"}"#;
    let text = [event(warning), chunk_event(&[1]), done_event()].concat();
    let server = Server::start([answer(chunked(EVENTS, [text]))]).await;
    let mut stream = within(server.client().tts().sse(sse_request()))
        .await
        .unwrap();
    let Some(Event::Error(error)) = within(stream.next_event()).await.unwrap() else {
        panic!("an error event");
    };
    assert_eq!(error.error.message, "M");
    assert_eq!(
        within(stream.collect_audio()).await.unwrap().data()[..],
        [1]
    );
}

/// Audio alone cannot show that some of it is missing.
#[tokio::test]
async fn an_error_that_is_not_final_ends_what_hands_out_audio_only() {
    let warning = r#"{"type":"error","done":false,"status_code":429,"title":"T","message":"M"}"#;
    let text = [
        chunk_event(&[1; 4]),
        event(warning),
        chunk_event(&[2; 4]),
        done_event(),
    ]
    .concat();
    let start = async || {
        let server = Server::start([answer(chunked(EVENTS, [&text]))]).await;
        within(server.client().tts().sse(sse_request()))
            .await
            .unwrap()
    };
    let assert_refused = |error: &Error| {
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
        assert_eq!(error.status().unwrap(), 429);
        assert_eq!(error.bytes_received(), Some(4));
        assert_eq!(error.api_error().unwrap().message, "M");
    };
    let mut stream = start().await;
    assert_eq!(within(stream.next_audio()).await.unwrap().unwrap().len(), 4);
    assert_refused(&within(stream.next_audio()).await.unwrap_err());
    assert!(stream.is_terminated());
    assert!(within(stream.next_audio()).await.unwrap().is_none());
    assert_refused(&within(start().await.collect_audio()).await.unwrap_err());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    assert_refused(&within(start().await.save_wav(&path)).await.unwrap_err());
    assert!(!path.exists());

    // Event by event, everything is there.
    let mut stream = start().await;
    let (mut bytes, mut errors, mut ends) = (0, 0, 0);
    while let Some(event) = within(stream.next_event()).await.unwrap() {
        match event {
            Event::Chunk(chunk) => bytes += chunk.data.len(),
            Event::Error(_) => errors += 1,
            Event::Done(_) => ends += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((bytes, errors, ends), (8, 1, 1));
}

/// An error at the very end may lack its blank line, like `done`.
#[tokio::test]
async fn an_error_without_its_blank_line_counts() {
    let text = event(r#"{"type":"error","done":true,"status_code":402,"error":"It broke"}"#);
    let server = Server::start([answer(chunked(EVENTS, [text.trim_end()]))]).await;
    let stream = within(server.client().tts().sse(sse_request()))
        .await
        .unwrap();
    let error = within(stream.collect_audio()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.bytes_received()),
        (ErrorKind::Quota, Some(0))
    );
}

#[tokio::test]
async fn events_that_cannot_be_decoded() {
    for (data, says) in [
        (&br#"{"type":"chunk","data":"canary!"}"#[..], "base64"),
        (br#"{"type":"chunk","data":"Y2FuYXJ5"#, "ends early"),
        (br#"{"type":"chunk","data":["canary"]}"#, "not a string"),
        (b"canary", "not a JSON object"),
        (b"[\"canary\"]", "not a JSON object"),
        (
            b"{\"type\":\"chunk\",\"canary\":\"\xff\"}",
            "without `data`",
        ),
        (
            br#"{"type":"chunk","data":null,"audio":"canary"}"#,
            "without `data`",
        ),
        (
            br#"{"type":"chunk","context_id":"canary"}"#,
            "without `data`",
        ),
    ] {
        let error = failing(&[b"data: ", data, b"\n\n"].concat()).await;
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        let text = error.to_string();
        assert!(text.contains(says), "{text}");
        assert!(text.contains("[request id head-id]"), "{text}");
        assert!(!format!("{text}{error:?}").contains("canary"), "{error:?}");
        assert!(error.api_error().is_none());
    }
}

#[tokio::test]
async fn an_event_over_the_limit_ends_the_stream() {
    let fits = chunk_event(&[7; 500]);
    let too_long = chunk_event(&[7; 2_000]);
    let endless = format!("data: {}", "x".repeat(2_000));
    for bytes in [too_long, endless] {
        let text = fits.clone() + &bytes;
        let server = Server::start([answer(chunked(EVENTS, [text]))]).await;
        let client = builder(&server.url())
            .max_event_bytes(1_000)
            .build()
            .unwrap();
        let mut stream = within(client.tts().sse(sse_request())).await.unwrap();
        within(stream.next_event()).await.unwrap().unwrap();
        let error = within(stream.next_event()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(error.to_string().contains("1000 bytes"), "{error}");
        assert_eq!(
            (error.bytes_received(), error.request_id()),
            (Some(500), Some("head-id"))
        );
        assert!(within(stream.next_event()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_success_that_is_no_event_stream_is_refused() {
    for media in [
        "application/json",
        "text/html; charset=utf-8",
        "audio/wav",
        "text/event-streams",
    ] {
        let header = format!("content-type: {media}");
        let page = response("200 OK", &[&header, "x-request-id: head-id"], "canary");
        let server = Server::start([answer(page)]).await;
        let error = within(server.client().tts().sse(sse_request()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert_eq!((error.attempts(), error.request_id()), (1, Some("head-id")));
        let text = error.to_string();
        assert!(text.contains(media.split(';').next().unwrap()), "{text}");
        assert!(!format!("{text}{error:?}").contains("canary"), "{error:?}");
    }
    let text = chunk_event(&[1, 2]) + &done_event();
    let accepted: [&[&str]; 3] = [
        &["content-type: text/event-stream;charset=utf-8"],
        &["content-type: Text/Event-Stream"],
        &[],
    ];
    for headers in accepted {
        let server = Server::start([answer(response("200 OK", headers, &text))]).await;
        let stream = within(server.client().tts().sse(sse_request()))
            .await
            .unwrap();
        assert_eq!(
            within(stream.collect_audio()).await.unwrap().data()[..],
            [1, 2]
        );
    }
}
