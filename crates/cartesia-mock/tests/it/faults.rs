//! Faults, seen on the bare connection: a client library would hide half of it.

use std::time::Duration;

use cartesia_mock::{Action, CannedResponse, Fault, MockServer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{
    KEY, NEWEST, VERSIONS, answer, audio, body, get, post, send, start, with, within,
};

const TEXT: &str = "Hello world, how are you? Very well, thank you for asking.";

/// Sends a request on a connection of its own.
async fn ask(server: &MockServer, path: &str, body: &Value) -> TcpStream {
    let mut stream = within(TcpStream::connect(server.addr())).await.unwrap();
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {KEY}\r\n\
         cartesia-version: {NEWEST}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    within(stream.write_all(request.as_bytes())).await.unwrap();
    stream
}

/// Everything until the server closes.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    within(stream.read_to_end(&mut bytes)).await.unwrap();
    bytes
}

/// The body of a chunked response, and whether it is complete.
fn dechunk(response: &[u8]) -> (Vec<u8>, bool) {
    let line = |bytes: &[u8]| bytes.windows(2).position(|pair| pair == b"\r\n");
    let head = response
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a head")
        + 4;
    let (mut rest, mut body) = (&response[head..], Vec::new());
    while let Some(end) = line(rest) {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        let start = end + 2;
        assert!(
            rest.len() >= start + size + 2,
            "no chunk is cut in the middle"
        );
        body.extend_from_slice(&rest[start..start + size]);
        rest = &rest[start + size + 2..];
    }
    assert!(rest.is_empty());
    (body, false)
}

async fn events(server: &MockServer, version: &str, body: &Value) -> Vec<Vec<u8>> {
    let response = send(post(server, version, "/tts/sse", body)).await;
    assert_eq!(response.status(), 200);
    let bytes = within(response.bytes()).await.unwrap().to_vec();
    let ends = bytes
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair == b"\n\n")
        .map(|(at, _)| at + 2);
    let mut start = 0;
    let mut frame = |end| bytes[std::mem::replace(&mut start, end)..end].to_vec();
    ends.map(&mut frame).collect()
}

#[tokio::test]
async fn canned_responses() {
    let server = start().await;
    let limited = CannedResponse::new(429)
        .with_header("retry-after", "2")
        .with_body("slow down");
    server.inject(Fault::Respond(limited));
    let html = CannedResponse::new(502)
        .with_header("content-type", "text/html")
        .with_header("bad name\n", "left out")
        .with_body("<html><title>Bad Gateway</title></html>");
    server.inject(Fault::Respond(html));
    server.inject(Fault::status(7));

    let response = send(get(&server, NEWEST, "/voices")).await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "2");
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(within(response.text()).await.unwrap(), "slow down");
    let response = send(get(&server, NEWEST, "/voices")).await;
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["content-type"] == "text/html"
        ),
        (502, true)
    );
    assert_eq!(
        answer(get(&server, NEWEST, "/voices")).await.0,
        500,
        "7 is no status"
    );
    assert_eq!(
        answer(get(&server, NEWEST, "/voices")).await.0,
        200,
        "they are used up"
    );
    let statuses: Vec<_> = server
        .received()
        .iter()
        .map(|received| received.status)
        .collect();
    assert_eq!(statuses, [Some(429), Some(502), Some(500), Some(200)]);
}

#[tokio::test]
async fn faults_hit_their_path_so_many_times() {
    let server = start().await;
    server.inject(Fault::status(503).on("/voices").times(2));
    assert_eq!(
        answer(post(&server, NEWEST, "/tts/bytes", &body("Hi.")))
            .await
            .0,
        200
    );
    for expected in [503, 503, 200] {
        assert_eq!(answer(get(&server, NEWEST, "/voices")).await.0, expected);
    }
    server.inject(Fault::status(503).always());
    for _ in 0..3 {
        assert_eq!(answer(get(&server, NEWEST, "/voices")).await.0, 503);
    }
    server.clear_faults();
    assert_eq!(answer(get(&server, NEWEST, "/voices")).await.0, 200);
}

#[tokio::test]
async fn close_before_headers() {
    let server = start().await;
    server.inject(Fault::CloseBeforeHeaders);
    assert_eq!(
        rest(ask(&server, "/tts/bytes", &body(TEXT)).await).await,
        b""
    );
    assert_eq!(server.received()[0].status, None);
    assert_eq!(server.received()[0].json(), Some(body(TEXT)));
}

#[tokio::test]
async fn cut_body_arrives_to_the_byte() {
    let server = start().await;
    let whole = audio(&server, NEWEST, &body(TEXT)).await;
    for after in [0, 1, 11_999, 12_000, 12_001, 40_000] {
        server.inject(Fault::CutBody {
            after: after as u64,
        });
        let (bytes, complete) = dechunk(&rest(ask(&server, "/tts/bytes", &body(TEXT)).await).await);
        assert!(!complete, "{after}");
        assert!(bytes == whole[..after], "{after}: {}", bytes.len());
    }
    server.inject(Fault::CutBody {
        after: whole.len() as u64,
    });
    assert_eq!(
        audio(&server, NEWEST, &body(TEXT)).await,
        whole,
        "not longer: sent whole"
    );
}

#[tokio::test]
async fn cut_body_of_a_client_that_reads_late() {
    let server = start().await;
    let long = body(&"All work and no play makes Jack a dull boy. ".repeat(100));
    let after = 5_000_000;
    server.inject(Fault::CutBody { after });
    let stream = ask(&server, "/tts/bytes", &long).await;
    // By now more was made than the socket can hold; the rest comes as it is read.
    within(stream.readable()).await.unwrap();
    let (bytes, complete) = dechunk(&rest(stream).await);
    assert_eq!((bytes.len() as u64, complete), (after, false));
}

#[tokio::test]
async fn cut_body_with_a_length() {
    let server = start().await;
    server.inject(Fault::CutBody { after: 100 });
    let response = send(get(&server, NEWEST, "/voices")).await;
    assert!(response.content_length().unwrap() > 100);
    within(response.bytes()).await.unwrap_err();
}

#[tokio::test]
async fn stalls_last_until_the_client_gives_up() {
    let server = start().await;
    for (fault, received) in [
        (Fault::StallBeforeHeaders, 0),
        (Fault::StallBody { after: 20_000 }, 20_000),
    ] {
        server.inject(fault);
        let mut stream = ask(&server, "/tts/bytes", &body(TEXT)).await;
        let mut bytes = Vec::new();
        // The limit is what is tested here: there is nothing to wait for.
        let silence = Duration::from_millis(300);
        while let Ok(read) = tokio::time::timeout(silence, stream.read_buf(&mut bytes)).await {
            assert_ne!(read.unwrap(), 0, "it is not closed");
        }
        if received > 0 {
            assert_eq!(dechunk(&bytes).0.len(), received);
        } else {
            assert_eq!(bytes, b"");
        }
    }
    within(server.shutdown()).await;
}

#[tokio::test]
async fn end_without_done() {
    let server = start().await;
    let whole = events(&server, NEWEST, &body(TEXT)).await;
    for (after_events, expected) in [(0, 0), (3, 3), (1_000, whole.len() - 1)] {
        server.inject(Fault::end_after(after_events));
        assert_eq!(
            events(&server, NEWEST, &body(TEXT)).await,
            whole[..expected]
        );
    }
    server.inject(Fault::end_after(2));
    assert!(
        dechunk(&{
            let mut stream = ask(&server, "/tts/sse", &body(TEXT)).await;
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"\r\n0\r\n\r\n") {
                assert_ne!(within(stream.read_buf(&mut bytes)).await.unwrap(), 0);
            }
            bytes
        })
        .1
    );
}

#[tokio::test]
async fn error_events_have_the_shape_of_the_version() {
    let server = start().await;
    let body = with(body(TEXT), &[("context_id", json!("c-1"))]);
    for version in VERSIONS {
        for (after_events, shift) in [(2, 0), (1_000, 1)] {
            let whole = events(&server, version, &body).await;
            server.inject(Fault::error_after(after_events, 500));
            let response = send(post(&server, version, "/tts/sse", &body)).await;
            let id = response.headers()["x-request-id"]
                .to_str()
                .unwrap()
                .to_owned();
            let stream = within(response.text()).await.unwrap();
            let frames: Vec<_> = stream.split_inclusive("\n\n").collect();
            let expected = if shift == 0 { 3 } else { whole.len() };
            assert_eq!(frames.len(), expected);
            let error = frames[expected - 1].replace(&id, "ID");
            let structured = "event: error\ndata: {\"type\":\"error\",\"status_code\":500,\"done\":true,\
                 \"title\":\"Generation failed\",\"message\":\"the generation failed on request of the test\",\
                 \"error_code\":null,\"request_id\":\"ID\",\"context_id\":\"c-1\"}\n\n";
            let legacy = "event: error\ndata: {\"type\":\"error\",\"status_code\":500,\"done\":true,\
                 \"error\":\"Generation failed: the generation failed on request of the test\",\
                 \"context_id\":\"c-1\"}\n\n";
            assert_eq!(
                error,
                if version >= "2025-11-04" {
                    structured
                } else {
                    legacy
                },
                "{version}"
            );
        }
    }
}

#[tokio::test]
async fn malformed_events_take_the_place_of_one() {
    let server = start().await;
    let whole = events(&server, NEWEST, &body(TEXT)).await;
    for action in [
        Action::MalformedJson,
        Action::MalformedBase64,
        Action::MalformedUtf8,
    ] {
        for (after, place) in [(1, 1), (1_000, whole.len() - 1)] {
            server.inject(Fault::message(after, action.clone()));
            let mut frames = events(&server, NEWEST, &body(TEXT)).await;
            let frame = frames.remove(place);
            let mut rest = whole.clone();
            rest.remove(place);
            assert_eq!(frames, rest, "the rest is as it was");
            assert_eq!(
                std::str::from_utf8(&frame).is_err(),
                action == Action::MalformedUtf8
            );
            let data = frame.splitn(2, |byte| *byte == b'\n').last().unwrap();
            let json = serde_json::from_slice::<Value>(&data["data: ".len()..]);
            assert_eq!(
                json.is_ok(),
                action == Action::MalformedBase64,
                "{action:?}"
            );
        }
    }
}
