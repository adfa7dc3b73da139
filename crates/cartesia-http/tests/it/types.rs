//! What callers may do with the types: move them into tasks, share them, poll them in place.

use cartesia_http::{
    AudioBody, AudioCall, Call, Client, ClientBuilder, Error, Response, ResponseInfo, RetryPolicy,
    SavedAudio, SseCall, SseStream, Timeouts, Tts, Voices,
};
use cartesia_types::Voice;
use cartesia_types::voice::VoicePage;
use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::support::{bytes_request, client, sse_request};

fn movable<T: Send + 'static>() {}
fn shareable<T: Send + Sync + 'static>() {}
fn stream<T: Stream + FusedStream + Send + Unpin + 'static>() {}
fn future<T: Future + Send + 'static>(_: T) {}

#[test]
fn types_can_be_moved_and_shared() {
    shareable::<Client>();
    shareable::<ClientBuilder>();
    shareable::<Tts>();
    shareable::<Voices>();
    shareable::<Error>();
    shareable::<ResponseInfo>();
    shareable::<Response<Voice>>();
    shareable::<RetryPolicy>();
    shareable::<Timeouts>();
    shareable::<SavedAudio>();
    movable::<Call<VoicePage>>();
    movable::<AudioCall>();
    movable::<SseCall>();
    stream::<SseStream>();
    stream::<AudioBody>();
}

/// Some of these futures have no name, so they are checked as values.
#[test]
fn futures_can_be_spawned() {
    let client = client("http://127.0.0.1:1");
    let format = cartesia_types::Mp3Format::default();
    future(client.status().into_future());
    future(client.status().send());
    future(client.tts().sse(sse_request()).into_future());
    future(client.tts().sse(sse_request()).send());
    future(client.tts().bytes(bytes_request(format)).into_future());
    future(client.tts().bytes(bytes_request(format)).send());
    future(async move {
        let mut events = client.tts().sse(sse_request()).await?;
        events.next_event().await?;
        events.next_audio().await?;
        events.save_wav("never-polled.wav").await?;
        let mut body = client.tts().bytes(bytes_request(format)).await?;
        body.next_chunk().await?;
        body.save("never-polled.mp3").await?;
        client
            .tts()
            .bytes(bytes_request(format))
            .await?
            .collect()
            .await?;
        client.tts().sse(sse_request()).await?.collect_audio().await
    });
}
