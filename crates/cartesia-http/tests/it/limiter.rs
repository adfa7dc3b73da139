//! Permits: which requests take one, how long they keep it, and what happens while none is free.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cartesia_http::limiter::{Limiter as _, Limits, LocalLimiter, Priority, Workload};
use cartesia_http::{Timeouts, Upload};
use cartesia_types::stt::TranscribeRequest;
use cartesia_types::{ErrorKind, RawFormat, SttModelId};

use crate::support::{
    EVENTS, Script, Server, answer, assert_waits, at_once, audio, builder, bytes_request,
    chunk_event, chunked, done_event, response, sse_request, within,
};

fn one_at_a_time() -> Arc<LocalLimiter> {
    Arc::new(LocalLimiter::new(Limits::new(1).with_transcription(1)))
}

fn held(limiter: &LocalLimiter) -> usize {
    limiter.stats(Workload::Synthesis).held
}

fn speech() -> Script {
    answer(chunked(EVENTS, [chunk_event(&[1, 2]), done_event()]))
}

#[tokio::test]
async fn a_stream_keeps_its_permit_until_its_end() {
    let server = Server::start([speech(), speech()]).await;
    let limiter = one_at_a_time();
    let client = builder(&server.url()).limiter(Arc::clone(&limiter) as _);
    let client = client.build().unwrap();
    let mut first = within(client.tts().sse(sse_request())).await.unwrap();
    assert_eq!(held(&limiter), 1);

    let mut second = pin!(client.tts().sse(sse_request()).send());
    assert_waits(second.as_mut()).await;
    assert_eq!(limiter.stats(Workload::Synthesis).waiting, 1);
    while within(first.next_event()).await.unwrap().is_some() {}
    // The end was read, so the permit is free although the stream still exists.
    let second = within(second).await.unwrap();
    assert_eq!(held(&limiter), 1);
    drop(second);
    assert_eq!(held(&limiter), 0);
    drop(first);
    server.finish().await;
}

#[tokio::test]
async fn every_way_to_speak_takes_a_permit_and_gives_it_back() {
    let sound = || chunked("audio/raw", [audio(64)]);
    let server = Server::start([answer(sound()), answer(sound())]).await;
    let limiter = one_at_a_time();
    let client = builder(&server.url()).limiter(Arc::clone(&limiter) as _);
    let client = client.build().unwrap();
    let request = || bytes_request(RawFormat::PCM_S16LE_44100);
    let body = within(client.tts().bytes(request())).await.unwrap();
    assert_eq!(held(&limiter), 1);
    within(body.collect()).await.unwrap();
    assert_eq!(held(&limiter), 0);
    let body = within(client.tts().bytes(request())).await.unwrap();
    drop(body);
    assert_eq!(held(&limiter), 0);
    server.finish().await;
}

#[tokio::test]
async fn transcriptions_are_counted_apart_and_other_calls_not_at_all() {
    let json = ["content-type: application/json"];
    let server = Server::start([
        answer(response("200 OK", &json, r#"{"text":"canary"}"#)),
        answer(response("200 OK", &json, r#"{"ok":true}"#)),
    ])
    .await;
    let limiter = one_at_a_time();
    let client = builder(&server.url()).limiter(Arc::clone(&limiter) as _);
    let client = client.build().unwrap();
    let request = cartesia_http::limiter::PermitRequest::new("test", Workload::Synthesis);
    let speech = within(limiter.acquire(request)).await.unwrap();
    let upload = Upload::from_bytes("a.wav", "sound");
    let request = TranscribeRequest::new(SttModelId::INK_WHISPER, upload);
    within(client.stt().transcribe(request)).await.unwrap();
    assert_eq!(limiter.stats(Workload::Transcription).held, 0);
    within(client.status()).await.unwrap();
    drop(speech);
    server.finish().await;
}

#[tokio::test]
async fn a_permit_that_never_comes_is_an_error_and_nothing_is_sent() {
    let limiter = one_at_a_time();
    let timeouts = Timeouts::default().with_permit(Duration::from_millis(20));
    let client = builder("http://127.0.0.1:1")
        .limiter(Arc::clone(&limiter) as _)
        .timeouts(timeouts)
        .build()
        .unwrap();
    let request = cartesia_http::limiter::PermitRequest::new("test", Workload::Synthesis);
    let speech = within(limiter.acquire(request)).await.unwrap();
    let error = within(client.tts().sse(sse_request())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
    assert_eq!(error.operation(), "tts.sse");
    drop(speech);
}

#[tokio::test]
async fn a_retried_request_keeps_its_permit_and_a_failed_one_gives_it_back() {
    let busy = || answer(response("503 Busy", &[], ""));
    let server = Server::start([busy(), busy()]).await;
    let limiter = one_at_a_time();
    let client = builder(&server.url())
        .limiter(Arc::clone(&limiter) as _)
        .retry(at_once(2))
        .build()
        .unwrap();
    let error = within(client.tts().sse(sse_request())).await.unwrap_err();
    assert_eq!(error.attempts(), 2);
    assert_eq!(held(&limiter), 0);
    server.finish().await;
}

#[tokio::test]
async fn a_call_waits_with_its_own_priority_and_a_client_with_another_one() {
    let server = Server::start([speech(), speech(), speech()]).await;
    let limiter = one_at_a_time();
    let client = builder(&server.url())
        .limiter(Arc::clone(&limiter) as _)
        .priority(Priority::Bulk)
        .build()
        .unwrap();
    let request = cartesia_http::limiter::PermitRequest::new("test", Workload::Synthesis);
    let busy = within(limiter.acquire(request)).await.unwrap();
    // They ask in the opposite order of that in which they are to go.
    let mut last = pin!(client.tts().sse(sse_request()).send());
    assert_waits(last.as_mut()).await;
    let other = client.with_priority(Priority::Live);
    let mut second = pin!(other.tts().sse(sse_request()).send());
    assert_waits(second.as_mut()).await;
    let call = other.tts().sse(sse_request()).priority(Priority::Bulk);
    let mut after_all = pin!(call.send());
    assert_waits(after_all.as_mut()).await;
    let urgent = client.tts().sse(sse_request()).priority(Priority::Live);
    let mut third = pin!(urgent.send());
    assert_waits(third.as_mut()).await;
    assert_eq!(limiter.stats(Workload::Synthesis).waiting, 4);
    drop(busy);
    let first = within(second).await.unwrap();
    assert_waits(third.as_mut()).await;
    assert_waits(last.as_mut()).await;
    drop(first);
    let next = within(third).await.unwrap();
    assert_waits(after_all.as_mut()).await;
    drop(next);
    // The last one to ask with this priority still waits.
    drop(within(last).await.unwrap());
    server.finish().await;
}
