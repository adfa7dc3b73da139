//! The priority with which permits are waited for: that of the client, of a handle, or of one call.

use std::sync::{Arc, Mutex};

use cartesia::limiter::{
    Limiter, LimiterStats, Permit, PermitFuture, PermitRequest, Priority, Workload,
};
use cartesia::stt::{LiveSpec, SttFormat};
use cartesia::tts::{BytesRequest, SseRequest};
use cartesia::{
    Client, ContextSpec, ModelId, PoolConfig, RawFormat, SttModelId, TranscribeRequest, Upload,
    VoiceId,
};
use cartesia_mock::MockServer;

use crate::{VOICE, within};

/// Grants everything at once, and notes what was asked for.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<(&'static str, Priority)>>);

impl Limiter for Notes {
    fn acquire(&self, request: PermitRequest) -> PermitFuture<'_> {
        let note = (request.operation, request.priority);
        self.0.lock().unwrap().push(note);
        Box::pin(async { Ok(Permit::new(|| {})) })
    }

    fn stats(&self, _: Workload) -> LimiterStats {
        LimiterStats::default()
    }
}

impl Notes {
    fn take(&self) -> Vec<(&'static str, Priority)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn client_with(server: &MockServer, limiter: &Arc<Notes>) -> Client {
    Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .limiter(Arc::<Notes>::clone(limiter))
        .build()
        .unwrap()
}

fn bytes_request() -> BytesRequest {
    let format = RawFormat::PCM_S16LE_16000;
    BytesRequest::new(ModelId::SONIC_3, VoiceId::from(VOICE), "Hello.", format)
}

fn sse_request() -> SseRequest {
    let format = RawFormat::PCM_S16LE_16000;
    SseRequest::new(ModelId::SONIC_3, VoiceId::from(VOICE), "Hello.", format)
}

fn spec() -> ContextSpec {
    let format = RawFormat::PCM_S16LE_16000;
    ContextSpec::new(ModelId::SONIC_3, VoiceId::from(VOICE), format)
}

fn live_spec() -> LiveSpec {
    LiveSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000)
}

#[tokio::test]
async fn everything_that_a_client_does_has_its_priority() {
    let server = within(MockServer::start()).await.unwrap();
    let limiter = Arc::new(Notes::default());
    let client = client_with(&server, &limiter);
    for (client, priority) in [
        (client.clone(), Priority::Live),
        (client.with_priority(Priority::Bulk), Priority::Bulk),
    ] {
        let other = match priority {
            Priority::Live => Priority::Bulk,
            _ => Priority::Live,
        };
        drop(
            within(client.tts().bytes(bytes_request()).into_future())
                .await
                .unwrap(),
        );
        drop(
            within(
                client
                    .tts()
                    .sse(sse_request())
                    .priority(other)
                    .into_future(),
            )
            .await
            .unwrap(),
        );
        let upload = Upload::from_bytes(
            "a.wav",
            cartesia::wav::header(RawFormat::PCM_S16LE_16000, None),
        );
        let request = TranscribeRequest::new(SttModelId::INK_WHISPER, upload);
        let _ = within(
            client
                .stt()
                .transcribe(request)
                .priority(other)
                .into_future(),
        )
        .await;
        let connection = within(client.tts().connect()).await.unwrap();
        drop(
            within(connection.context(spec()).unwrap().speak("Hello."))
                .await
                .unwrap(),
        );
        let handle = connection.with_priority(other);
        drop(
            within(handle.context(spec()).unwrap().speak("Hello."))
                .await
                .unwrap(),
        );
        let pool = client.tts().pool(PoolConfig::default()).unwrap();
        let context = within(pool.context(spec())).await.unwrap();
        drop(within(context.speak("Hello.")).await.unwrap());
        let context = within(pool.with_priority(other).context(spec()))
            .await
            .unwrap();
        drop(within(context.speak("Hello.")).await.unwrap());
        drop(within(client.stt().live(live_spec())).await.unwrap());
        assert_eq!(
            limiter.take(),
            [
                ("tts.bytes", priority),
                ("tts.sse", other),
                ("stt.transcribe", other),
                ("tts.context", priority),
                ("tts.context", other),
                ("tts.context", priority),
                ("tts.context", other),
                ("stt.live.connect", priority),
            ]
        );
    }
}

#[cfg(feature = "blocking")]
#[tokio::test]
async fn the_blocking_client_does_the_same() {
    let server = within(MockServer::start()).await.unwrap();
    let limiter = Arc::new(Notes::default());
    let client = cartesia::blocking::Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .limiter(Arc::<Notes>::clone(&limiter))
        .build()
        .unwrap();
    let work = tokio::task::spawn_blocking(move || {
        let bulk = client.with_priority(Priority::Bulk);
        drop(bulk.tts().bytes(bytes_request()).wait().unwrap());
        let call = bulk.tts().bytes(bytes_request());
        drop(call.priority(Priority::Live).wait().unwrap());
        let connection = client.tts().connect().unwrap();
        let handle = connection.with_priority(Priority::Bulk);
        drop(handle.context(spec()).unwrap().speak("Hello.").unwrap());
        drop(connection.context(spec()).unwrap().speak("Hello.").unwrap());
        let pool = client.tts().pool(PoolConfig::default()).unwrap();
        let context = pool.with_priority(Priority::Bulk).context(spec()).unwrap();
        drop(context.speak("Hello.").unwrap());
        drop(bulk.stt().live(live_spec()).unwrap());
    });
    within(work).await.unwrap();
    let (live, bulk) = (Priority::Live, Priority::Bulk);
    assert_eq!(
        limiter.take(),
        [
            ("tts.bytes", bulk),
            ("tts.bytes", live),
            ("tts.context", bulk),
            ("tts.context", live),
            ("tts.context", bulk),
            ("stt.live.connect", bulk),
        ]
    );
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn a_limiter_of_a_fleet_is_one_setting() {
    use cartesia::limiter::Limits;
    use cartesia::redis::{RedisConfig, RedisLimiter, WhenUnavailable};

    let server = within(MockServer::start()).await.unwrap();
    // Nothing listens there, so the process has its share of one.
    let config = RedisConfig::new("redis://127.0.0.1:1", Limits::new(15))
        .with_when_unavailable(WhenUnavailable::LocalShare(Limits::new(1)));
    let limiter = Arc::new(RedisLimiter::new(config).unwrap());
    let client = Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .limiter(Arc::<RedisLimiter>::clone(&limiter))
        .build()
        .unwrap();
    let held = || limiter.stats(Workload::Synthesis).held;
    let body = within(client.tts().bytes(bytes_request()).into_future()).await;
    assert_eq!(held(), 1);
    within(body.unwrap().collect()).await.unwrap();
    assert_eq!(held(), 0);
}
