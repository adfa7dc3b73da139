//! A server that does not open a WebSocket says why, and that reaches the caller.

use std::time::Duration;

use cartesia_types::{ErrorCode, ErrorKind};

use crate::support::{KEY, Server, TOKEN, answer, everything, failure, response, script, within};

const JSON: &str = r#"{"error_code":"concurrency_limited","title":"Too many","message":"Close some sockets","request_id":"body-id","doc_url":"https://docs.example/429"}"#;

#[tokio::test]
async fn every_status_has_its_kind_and_its_body() {
    for (status, kind) in [
        (400, ErrorKind::InvalidRequest),
        (401, ErrorKind::Auth),
        (402, ErrorKind::Quota),
        (403, ErrorKind::Auth),
        (404, ErrorKind::NotFound),
        (408, ErrorKind::Timeout),
        (410, ErrorKind::NotFound),
        (422, ErrorKind::InvalidRequest),
        (426, ErrorKind::InvalidRequest),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Server),
        (502, ErrorKind::Server),
        (503, ErrorKind::Server),
        (504, ErrorKind::Server),
    ] {
        let line = format!("{status} Whatever");
        let json = r#"{"title":"Sorry","message":"not today","request_id":"body-id"}"#;
        for (body, own_id) in [(json, "body-id"), ("Sorry: not today", "head-id")] {
            let refusal = response(&line, &["x-request-id: head-id"], body);
            let server = Server::start([answer(refusal)]).await;
            let error = failure(server.connector()).await;
            assert_eq!((error.kind(), error.operation()), (kind, "tts.connect"));
            assert_eq!(error.status().unwrap().as_u16(), status);
            assert_eq!(error.request_id(), Some(own_id));
            let api = error.api_error().unwrap();
            assert_eq!(api.message, "not today");
            assert_eq!(api.title.as_deref(), Some("Sorry"));
            assert!(error.to_string().contains("not today"), "{error}");
            server.finish().await;
        }
    }
}

/// However the server tells where its body ends, and in however many pieces it comes.
#[tokio::test]
async fn the_whole_body_arrives() {
    let (first, second) = JSON.split_at(40);
    let head = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\n";
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n");
    for pieces in [
        [
            format!("{head}content-length: {}\r\n\r\n{first}", JSON.len()),
            second.to_owned(),
        ],
        [
            format!(
                "{chunked}{:x}\r\n{first}\r\n{:x};a=b\r",
                first.len(),
                second.len()
            ),
            format!("\n{second}\r\n0\r\nsome: trailer\r\n\r\n"),
        ],
        [
            format!("{head}connection: close\r\n\r\n{first}"),
            second.to_owned(),
        ],
        [
            format!("{head}\r\n{first}"),
            format!("{second}{}", " ".repeat(200_000)),
        ],
    ] {
        let until_close = !pieces[0].contains("content-length") && !pieces[0].contains("chunked");
        let server = Server::start([script(async move |mut connection| {
            connection.request().await;
            for piece in pieces {
                // The client leaves before it has read a body without end.
                let sent = connection.stream.as_mut();
                let _ = tokio::io::AsyncWriteExt::write_all(sent, piece.as_bytes()).await;
            }
            if !until_close {
                // Only the framing says that this was all.
                connection.closed().await;
            }
        })])
        .await;
        let error = failure(server.connector()).await;
        let api = error.api_error().unwrap();
        assert_eq!(api.code, Some(ErrorCode::CONCURRENCY_LIMITED));
        assert_eq!(api.message, "Close some sockets");
        assert_eq!(api.doc_url.as_deref(), Some("https://docs.example/429"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(error.is_retryable());
        server.finish().await;
    }
}

#[tokio::test]
async fn a_refusal_without_words_is_still_one() {
    let html = "<html><head><title>502 Bad Gateway</title></head></html>";
    for (refusal, part) in [
        (
            response("502 Bad Gateway", &["content-type: text/html"], html),
            "502 Bad Gateway",
        ),
        (response("503 x", &[], ""), "sent no reason"),
        ("HTTP/1.1 503\r\n\r\n".to_owned(), "sent no reason"),
        // Shorter than it was announced.
        (
            "HTTP/1.1 503 x\r\ncontent-length: 99\r\n\r\nBusy: later".to_owned(),
            "later",
        ),
    ] {
        let server = Server::start([answer(refusal)]).await;
        let error = failure(server.connector()).await;
        assert_eq!(error.kind(), ErrorKind::Server);
        assert!(error.to_string().contains(part), "{error}");
        server.finish().await;
    }
}

#[tokio::test]
async fn the_wait_that_is_asked_for_is_understood_in_every_form() {
    for (header, wait) in [
        ("retry-after: 3", Some(Duration::from_secs(3))),
        ("retry-after: 0.5", Some(Duration::from_millis(500))),
        ("Retry-After-Ms: 250", Some(Duration::from_millis(250))),
        (
            "retry-after: Wed, 21 Oct 2015 07:28:00 GMT",
            Some(Duration::ZERO),
        ),
        ("retry-after: soon", None),
        ("retry-after: -1", None),
        ("x-other: 1", None),
    ] {
        let server = Server::start([answer(response("503 Busy", &[header], "Busy: later"))]).await;
        assert_eq!(
            failure(server.connector()).await.retry_after(),
            wait,
            "{header}"
        );
        server.finish().await;
    }
    let future = response(
        "503 Busy",
        &["retry-after: Fri, 31 Dec 9999 23:59:59 GMT"],
        "",
    );
    let server = Server::start([answer(future)]).await;
    assert!(failure(server.connector()).await.retry_after() > Some(Duration::from_secs(1_000_000)));
    server.finish().await;
}

#[tokio::test]
async fn redirects_are_not_followed_and_a_page_is_no_websocket() {
    for (line, part) in [
        ("301 Moved Permanently", "a redirect (301"),
        ("302 Found", "a redirect (302"),
        ("307 Temporary Redirect", "a redirect (307"),
        ("308 Permanent Redirect", "a redirect (308"),
        ("200 OK", "answered 200 OK instead of switching"),
        ("204 No Content", "answered 204"),
    ] {
        let headers = [
            "location: http://127.0.0.1:1/canary",
            "x-request-id: head-id",
        ];
        let server = Server::start([answer(response(line, &headers, "<html>hello"))]).await;
        let error = failure(server.connector()).await;
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(error.status().unwrap().as_str(), &line[..3]);
        assert_eq!(error.request_id(), Some("head-id"));
        assert_eq!(server.finish().await.len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_that_quotes_the_credential_is_passed_on_without_it() {
    let quotes = |quoted: &str| response("401 No", &[], &format!("Unauthorized: bad {quoted}!"));
    let in_url = "canary.token%2Bwith%2Fodd%3Dsigns";
    // In JSON a slash may be escaped; and a long text is cut after 2 KiB, here within the key.
    let escaped = format!(r#"{{"message":"bad {}"}}"#, TOKEN.replace('/', r"\/"));
    let filler = "x".repeat(2_048 - "Unauthorized: bad sk_car_canary".len());
    let server = Server::start([
        answer(quotes(KEY)),
        answer(quotes(TOKEN)),
        answer(quotes(in_url)),
        answer(response("401 No", &[], &escaped)),
        answer(quotes(&format!("{filler}{KEY}"))),
    ])
    .await;
    let key = server.connector();
    let token = key.clone().access_token(TOKEN);
    let query = token.clone().token_in_query(true);
    for connector in [key.clone(), token.clone(), query, token, key] {
        let error = failure(connector).await;
        assert!(error.to_string().contains("<redact"), "{error}");
    }
    server.finish().await;
}

#[tokio::test]
async fn hanging_up_without_a_word_is_not_a_refusal() {
    for bytes in [
        "",
        "HTTP/1.1 101 Switching Prot",
        "HTTP/1.1 503 Busy\r\nretry-after: 1\r\n",
    ] {
        let server = Server::start([answer(bytes)]).await;
        let error = failure(server.connector()).await;
        assert_eq!(error.kind(), ErrorKind::Closed, "{bytes}");
        let named = format!(
            "{} closed the connection without a response",
            server.address
        );
        assert!(error.to_string().contains(&named), "{error}");
        server.finish().await;
    }
}

/// A server may refuse before it has read the request, and close at once.
#[tokio::test]
async fn a_refusal_that_comes_early_is_read() {
    let server = Server::start([script(async |mut connection| {
        connection
            .write(response("429 Slow", &[], "Slow: too fast"))
            .await;
        connection.request().await;
    })])
    .await;
    let error = failure(server.connector()).await;
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    within(server.finish()).await;
    assert!(everything(&error).contains("too fast"));
}
