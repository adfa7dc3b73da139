//! Errors of the service and of the network: what a program can branch on and what a person reads.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use cartesia_http::Error;
use cartesia_types::{ErrorCode, ErrorKind};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Server, client, everything, response, script, sse_request, within};

const STATUSES: [(u16, ErrorKind); 11] = [
    (400, ErrorKind::InvalidRequest),
    (401, ErrorKind::Auth),
    (402, ErrorKind::Quota),
    (403, ErrorKind::Auth),
    (404, ErrorKind::NotFound),
    (409, ErrorKind::InvalidRequest),
    (413, ErrorKind::InvalidRequest),
    (422, ErrorKind::InvalidRequest),
    (429, ErrorKind::RateLimited),
    (500, ErrorKind::Server),
    (503, ErrorKind::Server),
];

/// A body that an error was seen to have, and what must be made of it.
struct Shape {
    content_type: &'static str,
    body: &'static str,
    title: Option<&'static str>,
    message: &'static str,
    request_id: &'static str,
    keeps_body: bool,
}

const SHAPES: [Shape; 8] = [
    // From 2026-03-01 on.
    Shape {
        content_type: "application/json",
        body: r#"{"error_code":null,"title":"Bad voice","message":"No such luck","request_id":"body-id","doc_url":"https://docs.example/e"}"#,
        title: Some("Bad voice"),
        message: "No such luck",
        request_id: "body-id",
        keeps_body: false,
    },
    Shape {
        content_type: "application/json",
        body: r#"{"error":{"title":"Bad voice","message":"No such luck"},"request_id":"body-id"}"#,
        title: Some("Bad voice"),
        message: "No such luck",
        request_id: "body-id",
        keeps_body: false,
    },
    Shape {
        content_type: "application/json",
        body: r#"{"message":"No such luck","description":"d"}"#,
        title: None,
        message: "No such luck",
        request_id: "head-id",
        keeps_body: false,
    },
    Shape {
        content_type: "application/json",
        body: r#"{"error":"Bad voice: No such luck"}"#,
        title: Some("Bad voice"),
        message: "No such luck",
        request_id: "head-id",
        keeps_body: true,
    },
    // Up to 2025-11-04.
    Shape {
        content_type: "text/plain; charset=utf-8",
        body: "Bad voice: No such luck\n",
        title: Some("Bad voice"),
        message: "No such luck",
        request_id: "head-id",
        keeps_body: true,
    },
    Shape {
        content_type: "text/plain",
        body: "something else happened",
        title: None,
        message: "something else happened",
        request_id: "head-id",
        keeps_body: true,
    },
    Shape {
        content_type: "text/html",
        body: "<html><head><title>Gateway says no</title></head></html>",
        title: None,
        message: "the server answered with an HTML page: Gateway says no",
        request_id: "head-id",
        keeps_body: true,
    },
    Shape {
        content_type: "text/plain",
        body: "",
        title: None,
        message: "the server sent no reason",
        request_id: "head-id",
        keeps_body: false,
    },
];

async fn failing(response: ResponseTemplate) -> Error {
    let server = MockServer::start().await;
    let response = response.insert_header("x-request-id", "head-id");
    Mock::given(any())
        .respond_with(response)
        .mount(&server)
        .await;
    let error = within(client(&server.uri()).tts().sse(sse_request()))
        .await
        .unwrap_err();
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    error
}

fn assert_says_nothing_twice(error: &Error) {
    let text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        assert!(!text.contains(&cause.to_string()), "{text} repeats {cause}");
        source = cause.source();
    }
}

#[tokio::test]
async fn every_shape_at_every_status() {
    for (status, kind) in STATUSES {
        for shape in SHAPES {
            let response =
                ResponseTemplate::new(status).set_body_raw(shape.body, shape.content_type);
            let error = failing(response).await;
            let text = error.to_string();
            assert_eq!(error.kind(), kind, "{text}");
            assert_eq!(error.status().unwrap(), status);
            assert_eq!(error.operation(), "tts.sse");
            assert_eq!(error.request_id(), Some(shape.request_id), "{text}");
            assert_eq!((error.attempts(), error.bytes_received()), (1, None));
            let api = error.api_error().unwrap();
            let message = match (shape.body, status) {
                ("", 401) => {
                    "the API key or access token was not accepted; the server sent no reason"
                }
                ("", 403) => {
                    "the API key or access token lacks the permission; the server sent no reason"
                }
                ("", 429) => "there were too many requests; the server sent no reason",
                _ => shape.message,
            };
            assert_eq!(api.status, status);
            assert_eq!(
                (api.title.as_deref(), api.message.as_str()),
                (shape.title, message)
            );
            assert_eq!(
                api.body.as_deref(),
                shape.keeps_body.then(|| match shape.body {
                    r#"{"error":"Bad voice: No such luck"}"# => "Bad voice: No such luck",
                    body => body.trim(),
                })
            );
            assert!(text.starts_with("tts.sse: "), "{text}");
            for part in [message, &format!("[request id {}]", shape.request_id)] {
                assert_eq!(text.matches(part).count(), 1, "{text}");
            }
            match kind.advice() {
                Some(advice) => assert!(text.ends_with(&format!("; {advice}")), "{text}"),
                None => assert!(text.ends_with(']'), "{text}"),
            }
            assert_says_nothing_twice(&error);
            let transient = matches!(kind, ErrorKind::RateLimited | ErrorKind::Server);
            assert_eq!(error.is_retryable(), transient, "{text}");
        }
    }
}

#[tokio::test]
async fn the_code_of_an_error_decides_its_kind() {
    for (code, kind) in [
        (ErrorCode::CONCURRENCY_LIMITED, ErrorKind::RateLimited),
        (ErrorCode::QUOTA_EXCEEDED, ErrorKind::Quota),
        (ErrorCode::PLAN_UPGRADE_REQUIRED, ErrorKind::Quota),
        (ErrorCode::UNAUTHORIZED, ErrorKind::Auth),
        (ErrorCode::MODEL_NOT_FOUND, ErrorKind::NotFound),
        (ErrorCode::VOICE_NOT_FOUND, ErrorKind::NotFound),
        (ErrorCode::from("brand_new"), ErrorKind::InvalidRequest),
    ] {
        let body = serde_json::json!({
            "error_code": code, "title": "T", "message": "M", "doc_url": "https://docs.example/e",
        });
        let error = failing(ResponseTemplate::new(400).set_body_json(body)).await;
        assert_eq!(error.kind(), kind, "{error}");
        let api = error.api_error().unwrap();
        assert_eq!(api.code.as_ref(), Some(&code));
        assert_eq!(api.doc_url.as_deref(), Some("https://docs.example/e"));
        assert!(error.to_string().contains(code.as_str()), "{error}");
    }
}

#[tokio::test]
async fn the_wait_that_the_service_asks_for_is_reported() {
    for (name, value, wait) in [
        ("retry-after", "7", Some(Duration::from_secs(7))),
        ("retry-after-ms", "250", Some(Duration::from_millis(250))),
        (
            "retry-after",
            "Thu, 01 Jan 1970 00:00:20 GMT",
            Some(Duration::ZERO),
        ),
        ("retry-after", "soon", None),
    ] {
        let error = failing(ResponseTemplate::new(429).insert_header(name, value)).await;
        assert_eq!(error.retry_after(), wait, "{name}: {value}");
    }
}

/// A port that was free a moment ago.
async fn refusing_url() -> String {
    Server::start([]).await.url()
}

#[tokio::test]
async fn a_refused_connection_is_reported_down_to_the_operating_system() {
    let server = Server::start([]).await;
    let url = server.url();
    server.finish().await;
    let error = within(client(&url).status()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    assert_eq!((error.status(), error.attempts()), (None, 1));
    assert!(error.is_retryable());
    let text = error.to_string();
    let address = url.trim_start_matches("http://");
    assert!(
        text.starts_with(&format!("status: no connection to {address}: "))
            && text.contains("Connection refused"),
        "{text}"
    );
    assert!(
        text.ends_with(ErrorKind::Connect.advice().unwrap()),
        "{text}"
    );
    assert_says_nothing_twice(&error);
    let mut source = error.get_ref().map(|cause| cause as &dyn StdError);
    let cause = loop {
        let cause = source.expect("an I/O error at the bottom");
        if let Some(cause) = cause.downcast_ref::<io::Error>() {
            break cause;
        }
        source = cause.source();
    };
    assert_eq!(cause.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_connection_closed_without_a_response_is_closed() {
    for reset in [false, true] {
        let server = Server::start([script(async move |mut connection| {
            connection.request().await;
            if reset {
                connection.reset();
            }
        })])
        .await;
        let error = within(server.client().tts().sse(sse_request()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error:?}");
        let url = server.url();
        let named = format!("{} closed the", url.trim_start_matches("http://"));
        assert!(error.to_string().contains(&named), "{error}");
        assert_eq!((error.status(), error.attempts()), (None, 1));
        assert!(error.get_ref().is_some());
        assert!(error.is_retryable());
        assert_says_nothing_twice(&error);
        server.finish().await;
    }
}

/// What people search for stays out of errors: the URL holds it.
#[tokio::test]
async fn the_query_does_not_get_into_errors() {
    let request = cartesia_types::voice::ListVoicesRequest::new().with_search("canary");
    let error = within(client(&refusing_url().await).voices().list(request))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    let shown = everything(&error);
    assert!(!shown.contains("canary"), "{shown}");
}

/// An error's body must not keep the error waiting: it is told without it.
#[tokio::test]
async fn an_error_whose_body_breaks_is_still_that_error() {
    let whole = response(
        "404 Not Found",
        &["x-request-id: head-id"],
        "Voice not found: cut here",
    );
    let cut = whole.replace("Voice not found: cut here", "Voice");
    let server = Server::start([crate::support::answer(cut)]).await;
    let error = within(server.client().voices().get("v")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.request_id(), Some("head-id"));
    assert_eq!(
        error.api_error().unwrap().message,
        "the server sent no reason"
    );
    server.finish().await;
}

#[tokio::test]
async fn an_endless_error_body_is_not_read_to_its_end() {
    let server = Server::start([script(async |mut connection| {
        connection.request().await;
        connection
            .write("HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        for _ in 0..9 {
            connection
                .write(crate::support::piece([b'x'; 8 * 1024]))
                .await;
        }
        connection.closed().await;
    })])
    .await;
    let error = within(server.client().status()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    server.finish().await;
}
