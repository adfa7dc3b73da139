//! What is sent again, how often, and what never is. No policy here waits, so nothing sleeps.

use std::time::Duration;

use cartesia_http::{Backoff, RetryPolicy};
use cartesia_types::ErrorKind;
use cartesia_types::voice::ListVoicesRequest;
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{
    EVENTS, Script, Server, answer, at_once, builder, chunk_event, chunked_head, client,
    done_event, piece, response, script, sse_request, within,
};

/// Answers `times` with `first` and then with a status that decodes.
async fn recovering(first: ResponseTemplate, times: u64) -> MockServer {
    let server = MockServer::start().await;
    let mock = Mock::given(any()).respond_with(first);
    mock.up_to_n_times(times).mount(&server).await;
    let well = ResponseTemplate::new(200).set_body_json(json!({"ok": true}));
    Mock::given(any()).respond_with(well).mount(&server).await;
    server
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_busy_server_is_asked_until_it_answers() {
    let server = recovering(ResponseTemplate::new(503), 2).await;
    let client = builder(&server.uri()).retry(at_once(3)).build().unwrap();
    let response = within(client.status().send()).await.unwrap();
    assert_eq!(response.info.attempts(), 3);
    assert_eq!(requests(&server).await, 3);
    let all = server.received_requests().await.unwrap();
    assert!(all.iter().all(|request| request.headers == all[0].headers));
}

#[tokio::test]
async fn a_refused_synthesis_is_sent_again_with_its_body() {
    let busy = response("429 Too Many", &[], "");
    let mut stream = chunked_head(EVENTS).into_bytes();
    stream.extend(piece(done_event()));
    let server = Server::start([answer(busy), answer(stream)]).await;
    let call = server.client().tts().sse(sse_request()).retry(at_once(2));
    let events = within(call).await.unwrap();
    assert_eq!(events.info().attempts(), 2);
    let requests = server.finish().await;
    assert_eq!(requests.len(), 2);
    assert!(requests[0].body.contains("canary"));
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].head, requests[1].head);
}

#[tokio::test]
async fn a_server_that_stays_busy_is_asked_so_often_and_no_more() {
    for attempts in [1, 2, 4] {
        let server = recovering(ResponseTemplate::new(503), u64::MAX).await;
        let call = client(&server.uri()).status().retry(at_once(attempts));
        let error = within(call).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server);
        assert_eq!(error.attempts(), attempts);
        assert_eq!(requests(&server).await, attempts as usize);
        let counted = format!("({attempts} attempts)");
        assert_eq!(
            error.to_string().contains(&counted),
            attempts > 1,
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_budget_ends_the_tries_too() {
    let server = recovering(ResponseTemplate::new(503), u64::MAX).await;
    let policy = at_once(100).with_budget(Duration::ZERO);
    let error = within(client(&server.uri()).status().retry(policy))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 1));
    assert_eq!(requests(&server).await, 1);
}

/// The policy's own waits are endless, so only the service's can be the ones that were kept.
#[tokio::test]
async fn the_service_says_how_long_to_wait() {
    let endless = Duration::from_secs(3_600);
    let patient = RetryPolicy::default()
        .with_backoff(Backoff::new(endless, endless))
        .with_budget(Duration::MAX);
    for (name, value) in [
        ("retry-after", "0"),
        ("retry-after", "Thu, 01 Jan 1970 00:00:20 GMT"),
        ("retry-after-ms", "0"),
    ] {
        let busy = ResponseTemplate::new(429).insert_header(name, value);
        let server = recovering(busy, 1).await;
        let call = client(&server.uri()).status().retry(patient.clone());
        let response = within(call.send()).await.unwrap();
        assert_eq!(response.info.attempts(), 2, "{name}: {value}");
    }
    // An hour is more than the policy accepts.
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    let server = recovering(busy, 1).await;
    let impatient = patient.with_max_retry_after(Duration::ZERO);
    within(client(&server.uri()).status().retry(impatient))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_service_says_whether_to_try_again() {
    for (status, header, tries) in [
        (400, None, 1),
        (400, Some("true"), 3),
        (404, Some("perhaps"), 1),
        (503, None, 3),
        (503, Some("false"), 1),
    ] {
        let mut refusal = ResponseTemplate::new(status);
        if let Some(value) = header {
            refusal = refusal.insert_header("x-should-retry", value);
        }
        let server = recovering(refusal, u64::MAX).await;
        let error = within(client(&server.uri()).status().retry(at_once(3)))
            .await
            .unwrap_err();
        assert_eq!(error.attempts(), tries, "{status} {header:?}");
        assert_eq!(
            requests(&server).await,
            tries as usize,
            "{status} {header:?}"
        );
    }
}

#[tokio::test]
async fn what_never_left_is_sent_again_even_a_synthesis() {
    let server = Server::start([]).await;
    let client = server.client();
    server.finish().await;
    let call = client.tts().sse(sse_request()).retry(at_once(4));
    let error = within(call).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
    let call = client
        .tts()
        .sse(sse_request())
        .idempotent(false)
        .retry(at_once(2));
    assert_eq!(within(call).await.unwrap_err().attempts(), 2);
}

/// Takes the request and goes away without a word.
fn vanishing(reset: bool) -> Script {
    script(async move |mut connection| {
        connection.request().await;
        if reset {
            connection.reset();
        }
    })
}

fn well() -> Script {
    answer(response(
        "200 OK",
        &["content-type: application/json"],
        r#"{"ok":true}"#,
    ))
}

#[tokio::test]
async fn an_unanswered_read_is_repeated() {
    for reset in [false, true] {
        let server = Server::start([vanishing(reset), vanishing(reset), well()]).await;
        let call = server.client().status().retry(at_once(3));
        assert_eq!(within(call.send()).await.unwrap().info.attempts(), 3);
        assert_eq!(server.finish().await.len(), 3);
    }
}

#[tokio::test]
async fn a_read_that_is_said_to_do_harm_is_not_repeated() {
    let server = Server::start([vanishing(true)]).await;
    let call = server.client().status().idempotent(false).retry(at_once(3));
    let error = within(call).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Closed, 1));
    assert_eq!(server.finish().await.len(), 1);
}

/// The events of a whole synthesis.
fn spoken() -> Script {
    let mut stream = chunked_head(EVENTS).into_bytes();
    stream.extend(piece(chunk_event(&[1, 2])));
    stream.extend(piece(done_event()));
    answer(stream)
}

#[tokio::test]
async fn an_unanswered_synthesis_is_retried() {
    for reset in [false, true] {
        let server = Server::start([vanishing(reset), spoken()]).await;
        let call = server.client().tts().sse(sse_request()).retry(at_once(3));
        let events = within(call).await.unwrap();
        assert_eq!(events.info().attempts(), 2);
        assert_eq!(server.finish().await.len(), 2);
    }
    for status in [
        "408 x", "409 x", "429 x", "500 x", "502 x", "503 x", "504 x",
    ] {
        let failing = || answer(response(status, &[], ""));
        let server = Server::start([failing(), failing(), spoken()]).await;
        let call = server.client().tts().sse(sse_request()).retry(at_once(3));
        let events = within(call).await.unwrap();
        assert_eq!(events.info().attempts(), 3, "{status}");
        server.finish().await;
    }
}

/// It may have been carried out and billed.
#[tokio::test]
async fn at_most_once_does_not_retry_an_unanswered_synthesis() {
    let once = at_once(3).with_at_most_once(true);
    for reset in [false, true] {
        let server = Server::start([vanishing(reset)]).await;
        let call = server.client().tts().sse(sse_request()).retry(once.clone());
        let error = within(call).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Closed, 1));
        assert_eq!(server.finish().await.len(), 1);
    }
    let server = Server::start([answer(response("500 x", &[], ""))]).await;
    let client = builder(&server.url()).retry(once.clone()).build().unwrap();
    let error = within(client.tts().sse(sse_request())).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 1));
    server.finish().await;
    let server = Server::start([answer(response("429 x", &[], "")), spoken()]).await;
    let call = server.client().tts().sse(sse_request()).retry(once);
    assert_eq!(within(call).await.unwrap().info().attempts(), 2);
    server.finish().await;
}

#[tokio::test]
async fn an_unanswered_change_is_not_retried() {
    let server = Server::start([vanishing(true)]).await;
    let call = server
        .client()
        .request(cartesia_http::Method::POST, "/new")
        .retry(at_once(3));
    let error = within(call.send()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Closed, 1));
    server.finish().await;
}

/// A second script would make the call succeed: it must stay unused.
#[tokio::test]
async fn an_answer_that_breaks_is_not_asked_for_again() {
    let head = "HTTP/1.1 200 OK\r\nx-request-id: head-id\r\ncontent-length: 100\r\n\r\n";
    let server = Server::start([answer(format!("{head}{{\"data\"")), well()]).await;
    let list = server.client().voices().list(ListVoicesRequest::new());
    let error = within(list.retry(at_once(3))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error:?}");
    assert_eq!((error.attempts(), error.request_id()), (1, Some("head-id")));
    assert_eq!(error.status().unwrap(), 200);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stream_that_breaks_is_not_asked_for_again() {
    let busy = response("503 Busy", &[], "");
    let mut cut = chunked_head(EVENTS).into_bytes();
    cut.extend(piece(chunk_event(&[1, 2])));
    let server = Server::start([answer(busy), answer(cut), well()]).await;
    let call = server.client().tts().sse(sse_request());
    let events = within(call.idempotent(true).retry(at_once(5)))
        .await
        .unwrap();
    let error = within(events.collect_audio()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error:?}");
    assert_eq!((error.attempts(), error.bytes_received()), (2, Some(2)));
    assert!(!error.is_retryable());
    assert_eq!(server.requests().len(), 2);
}

/// A load balancer closes what is idle, perhaps just as the next request is sent.
#[tokio::test]
async fn a_request_that_meets_a_connection_closed_meanwhile_is_retried() {
    let list = r#"{"data":[],"has_more":false}"#;
    for reads_the_request in [true, false] {
        let kept_alive = script(async move |mut connection| {
            connection.request().await;
            let head = ["content-type: application/json"];
            connection.write(response("200 OK", &head, list)).await;
            if reads_the_request {
                connection.request().await;
            }
        });
        let server = Server::start([kept_alive, spoken()]).await;
        let client = server.client();
        let first = client.voices().list(ListVoicesRequest::new());
        within(first).await.unwrap();
        let call = client.tts().sse(sse_request()).retry(at_once(2));
        let events = within(call).await.unwrap();
        assert_eq!(
            within(events.collect_audio()).await.unwrap().data().len(),
            2
        );
        server.finish().await;
    }
}
