//! Connections for text that comes bit by bit.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cartesia::tts::Event;
use cartesia::{
    AccessToken, ApiVersion, Buffering, Client, ContextPolicy, ContextSpec, Credential, ErrorKind,
    GenerationRequest, ModelId, RawFormat, ReconnectPolicy, Timeouts, TokenFuture, TokenProvider,
    VoiceId,
};
use cartesia_mock::{CannedResponse, Fault, MockServer, Pace};

use crate::{VOICE, client, within};

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;

fn spec() -> ContextSpec {
    ContextSpec::new(ModelId::SONIC_3, VoiceId::from(VOICE), FORMAT)
}

/// The audio that the server is to send for texts that are generated one by one.
fn expected(server: &MockServer, spec: &ContextSpec, texts: &[&str]) -> Vec<u8> {
    let request = GenerationRequest::new(spec.clone(), texts[0]);
    let request = serde_json::to_value(request).unwrap();
    server
        .expected_audio(ApiVersion::LATEST, &request, texts)
        .unwrap()
}

#[tokio::test]
async fn text_goes_in_while_speech_comes_out() {
    let server = within(MockServer::start()).await.unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    assert!(connection.handshake().unwrap().request_id().is_some());

    let spec = spec()
        .with_context_id("a context")
        .with_buffering(Buffering::Verbatim);
    let (mut input, mut output) = connection.context(spec.clone()).unwrap().split();
    within(input.push("Hello there. ")).await.unwrap();
    // The first audio is here before the rest of the text exists.
    let mut audio = within(output.next_audio()).await.unwrap().unwrap().to_vec();
    within(input.push("And goodbye.")).await.unwrap();
    within(input.finish()).await.unwrap();
    while let Some(more) = within(output.next_audio()).await.unwrap() {
        audio.extend_from_slice(&more);
    }
    // The audio is the same however the text was cut at spaces, but depends on the context's name.
    let whole = expected(&server, &spec, &["Hello there. ", "And goodbye."]);
    assert_eq!(audio, whole);
    within(connection.close()).await;
    assert!(!connection.stats().is_up);
}

#[tokio::test]
async fn nothing_is_opened_before_it_is_needed() {
    let server = within(MockServer::start()).await.unwrap();
    let client = client(&server);
    let connection = client.tts().connect_lazy().unwrap();
    assert!(server.sockets().is_empty());
    let request = GenerationRequest::new(spec().with_context_id("whole"), "One text");
    let whole = expected(&server, &request.context, &["One text"]);
    let output = within(connection.send(request)).await.unwrap();
    let clip = within(output.collect_audio()).await.unwrap();
    assert_eq!(clip.data()[..], whole);
    assert_eq!(server.sockets().len(), 1);
    // Contexts and their handles outlive client and connection.
    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    drop((client, connection));
    within(input.push("Still here.")).await.unwrap();
    within(input.finish()).await.unwrap();
    let mut done = false;
    while let Some(event) = within(output.next_event()).await.unwrap() {
        done |= matches!(event, Event::Done(_));
    }
    assert!(done);
}

#[tokio::test]
async fn one_setting_holds_for_all_transports() {
    let server = within(MockServer::start()).await.unwrap();
    let client = Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .api_version(ApiVersion::V2025_04_16)
        .header(
            "x-tenant".try_into().expect("a header name"),
            "seven".try_into().expect("a header value"),
        )
        .build()
        .unwrap();
    within(client.tts().connect()).await.unwrap();
    #[cfg(feature = "http")]
    within(client.voices().get(VOICE).into_future())
        .await
        .unwrap();
    let received = server.received();
    assert_eq!(received[0].path, "/tts/websocket");
    for request in &received {
        assert_eq!(request.header("x-tenant"), Some("seven"));
        // The server took the key, and keeps only its kind.
        let authorization = request.header("authorization");
        assert!(authorization.is_some_and(|value| value.starts_with("Bearer sk_")));
        assert_eq!(request.header("cartesia-version"), Some("2025-04-16"));
    }
}

#[tokio::test]
async fn a_token_provider_is_shared() {
    struct Counting(Arc<AtomicUsize>);
    impl TokenProvider for Counting {
        fn token(&self) -> TokenFuture<'_> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(AccessToken::new("sk_stands_in_for_a_token")?) })
        }
    }
    let server = within(MockServer::start()).await.unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let client = Client::builder()
        .credential(Credential::provider(Counting(Arc::clone(&asked))))
        .base_url(server.url())
        .build()
        .unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    within(client.tts().connect()).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    #[cfg(feature = "http")]
    {
        within(client.voices().get(VOICE).into_future())
            .await
            .unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}

#[tokio::test]
async fn unusable_settings_are_known_before_anything_is_sent() {
    let error = Client::builder().build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("CARTESIA_API_KEY"), "{error}");
    let builder = Client::builder().api_key("sk_canary");
    let error = builder.base_url("http://example.com").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn errors_keep_their_facts_on_the_way_up() {
    async fn speak(client: &Client, text: &str) -> cartesia::Result<usize> {
        let connection = client.tts().connect().await?;
        let clip = connection.context(spec())?.speak(text).await?;
        Ok(clip.collect_audio().await?.data().len())
    }
    let server = MockServer::builder()
        .pace(Pace::RealTime)
        .start()
        .await
        .unwrap();
    let reconnect = ReconnectPolicy::never();
    let client = Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .timeouts(Timeouts::default().with_connect(Duration::from_millis(300)))
        .contexts(ContextPolicy::default().with_reconnect(reconnect))
        .build()
        .unwrap();

    let busy = CannedResponse::new(429).with_header("retry-after", "7");
    server.inject(Fault::Respond(busy));
    let error = within(speak(&client, "Hi")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.is_retryable());
    assert_eq!(error.operation(), "tts.connect");

    server.inject(Fault::StallBeforeHeaders);
    let error = within(speak(&client, "Hi")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);

    // It speaks in real time, so the end of the server comes in the middle.
    let connection = within(client.tts().connect()).await.unwrap();
    let spec = spec().with_timestamps(true);
    let text = "canary words in a row that are many enough to take some seconds";
    let mut output = within(connection.context(spec).unwrap().speak(text))
        .await
        .unwrap();
    within(output.next_audio()).await.unwrap().unwrap();
    within(server.shutdown()).await;
    let error = loop {
        match within(output.next_audio()).await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it was cut short"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert_eq!(error.closed().and_then(|close| close.code), Some(1001));
    assert_eq!(error.bytes_received(), Some(output.bytes_received()));
    assert!(
        error
            .unspoken()
            .is_some_and(|rest| text.ends_with(rest.trim()))
    );
    assert!(error.request_id().is_some() && !error.is_retryable());
    assert!(error.source().is_none() && error.api_error().is_none());
    assert!(!format!("{error} {error:?}").contains("canary"));
}

/// A context and its text go to the connection by two ways, from another thread than its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_never_overtakes_its_context() {
    let server = MockServer::start_on_thread().unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    for _ in 0..300 {
        let request = GenerationRequest::new(spec(), "Hi");
        let output = within(connection.send(request)).await.unwrap();
        assert!(
            !within(output.collect_audio())
                .await
                .unwrap()
                .data()
                .is_empty()
        );
    }
    within(connection.close()).await;
}

#[tokio::test]
async fn a_pool_has_the_settings_of_the_client() {
    let server = within(MockServer::start()).await.unwrap();
    let config = cartesia::PoolConfig::default()
        .with_max_contexts(1)
        .with_spares(0);
    let pool = client(&server).tts().pool(config).unwrap();
    for _ in 0..3 {
        let context = within(pool.context(spec())).await.unwrap();
        let output = within(context.speak("One after the other.")).await.unwrap();
        assert!(
            !within(output.collect_audio())
                .await
                .unwrap()
                .data()
                .is_empty()
        );
    }
    assert_eq!(server.sockets().len(), 1);
    within(pool.drain()).await;
    let error = within(pool.context(spec())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}
