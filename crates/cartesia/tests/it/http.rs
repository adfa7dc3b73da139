//! What a newcomer does first.

use std::time::Duration;

use cartesia::tts::{BytesRequest, Event, SseRequest};
use cartesia::voice::ListVoicesRequest;
use cartesia::voice::legacy::Embedding;
use cartesia::{
    ApiVersion, Client, ErrorKind, ModelId, RawFormat, RetryPolicy, VoiceId, WavFormat,
};
use cartesia_mock::{Fault, MockServer};

use crate::{VOICE, client, within};

#[tokio::test]
async fn a_voice_then_speech_with_words() {
    let server = within(MockServer::start()).await.unwrap();
    let client = client(&server);
    assert_eq!(
        within(client.status().into_future()).await.unwrap().ok,
        Some(true)
    );
    let voice = within(client.voices().get(VOICE).into_future())
        .await
        .unwrap();
    let request = SseRequest::new(
        ModelId::SONIC_LATEST,
        &voice,
        "Hello you two",
        RawFormat::PCM_S16LE_16000,
    )
    .with_timestamps(true);
    let mut events = within(client.tts().sse(request.clone()).into_future())
        .await
        .unwrap();
    let (mut words, mut audio, mut done) = (Vec::new(), Vec::new(), 0);
    while let Some(event) = within(events.next_event()).await.unwrap() {
        match event {
            Event::Timestamps(timestamps) => words.extend(timestamps.words),
            Event::Chunk(chunk) => audio.extend_from_slice(&chunk.data),
            Event::Done(_) => done += 1,
            _ => {}
        }
    }
    assert_eq!(
        words
            .iter()
            .map(|word| word.word.as_str())
            .collect::<Vec<_>>(),
        ["Hello", "you", "two"]
    );
    assert_eq!(done, 1);
    let length = RawFormat::PCM_S16LE_16000.duration_of_bytes(audio.len() as u64);
    assert!(words.last().unwrap().end <= length);

    let clip = within(async { client.tts().sse(request).await?.collect_audio().await })
        .await
        .unwrap();
    assert_eq!(clip.data()[..], audio);
}

#[tokio::test]
async fn both_transports_give_the_same_sound() {
    let server = within(MockServer::start()).await.unwrap();
    let tts = client(&server).tts();
    let voice = VoiceId::from(VOICE);
    let format = RawFormat::PCM_F32LE_24000;
    let sse = SseRequest::new(ModelId::SONIC_3, &voice, "The same", format);
    let bytes = BytesRequest::new(
        ModelId::SONIC_3,
        &voice,
        "The same",
        WavFormat::from(format),
    );
    let streamed = within(async { tts.sse(sse).await?.collect_audio().await })
        .await
        .unwrap();
    let whole = within(async { tts.bytes(bytes).await?.collect().await })
        .await
        .unwrap();
    assert_eq!(streamed.samples_f32(), whole.samples_f32());
    assert_eq!(streamed.duration(), whole.duration());
    assert!(
        streamed
            .samples_f32()
            .unwrap()
            .iter()
            .any(|sample| sample.abs() > 0.05)
    );
}

/// What the Python 1.0.x client did: an embedding from the list, and speech with it.
#[tokio::test]
async fn the_first_api_version_with_embeddings() {
    let server = within(MockServer::start()).await.unwrap();
    let client = Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .api_version(ApiVersion::V2024_06_10)
        .build()
        .unwrap();
    let page = within(client.voices().list(ListVoicesRequest::new()).into_future())
        .await
        .unwrap();
    assert!(!page.has_more);
    let embedding = page.data[0].embedding.clone().unwrap();
    let mut request = SseRequest::new(
        ModelId::SONIC_ENGLISH,
        embedding.clone(),
        "Hello",
        RawFormat::default(),
    );
    let clip = within(async {
        client
            .tts()
            .sse(request.clone())
            .await?
            .collect_audio()
            .await
    })
    .await
    .unwrap();
    assert!(clip.duration() > Duration::from_millis(100));

    // The same at the newest version is refused here, and by the server if one insists.
    request.model_id = ModelId::SONIC_3;
    let sent = server.received().len();
    let call = client.tts().sse(request).api_version(ApiVersion::LATEST);
    let error = within(call.clone().into_future()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(
        error.to_string().contains("2024-06-10 to 2025-11-04"),
        "{error}"
    );
    assert_eq!(server.received().len(), sent);
    let error = within(call.unchecked().into_future()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(Embedding::try_new(embedding.as_slice()).is_ok());
}

#[tokio::test]
async fn errors_keep_their_facts_on_the_way_up() {
    async fn speak(client: &Client) -> cartesia::Result<()> {
        let voice = VoiceId::from(VOICE);
        let request = SseRequest::new(
            ModelId::SONIC_3,
            voice,
            "canary words in a row",
            RawFormat::PCM_S16LE_16000,
        );
        client
            .tts()
            .sse(request)
            .retry(RetryPolicy::never())
            .await?
            .collect_audio()
            .await?;
        Ok(())
    }
    let server = within(MockServer::start()).await.unwrap();
    let client = client(&server);

    server.inject(Fault::status(503));
    let error = within(speak(&client)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status().map(|status| status.as_u16())),
        (ErrorKind::Server, Some(503))
    );
    assert!(error.is_retryable());

    server.inject(Fault::CutBody { after: 30_000 });
    let error = within(speak(&client)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(error.bytes_received().is_some_and(|bytes| bytes > 0));
    assert!(error.request_id().is_some() && !error.is_retryable());
    assert!(
        error.get_ref().is_some(),
        "the transport's own error is underneath"
    );
    assert_eq!(error.operation(), "tts.sse");

    server.inject(Fault::error_after(1, 429));
    let error = within(speak(&client)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.api_error().is_some());
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn speech_becomes_another_voice_and_text_again() {
    let server = within(MockServer::start()).await.unwrap();
    let client = client(&server);
    let request = BytesRequest::new(
        ModelId::SONIC_LATEST,
        VoiceId::from(VOICE),
        "Hello you two",
        WavFormat::from(RawFormat::PCM_S16LE_16000),
    );
    let body = within(client.tts().bytes(request).into_future()).await;
    let clip = within(body.unwrap().collect()).await.unwrap();
    let file = |bytes: Vec<u8>| cartesia::Upload::from_bytes("a.wav", bytes);
    for version in [ApiVersion::LATEST, ApiVersion::V2024_06_10] {
        let request = cartesia::ChangeVoiceSseRequest::new(
            file(clip.data().to_vec()),
            VOICE,
            RawFormat::PCM_S16LE_24000,
        );
        let call = client.voice_changer().sse(request).api_version(version);
        let changed = within(call.into_future()).await.unwrap();
        let changed = within(changed.collect_audio()).await.unwrap();
        assert_eq!(changed.duration(), clip.duration());

        let request = cartesia::TranscribeRequest::new(
            cartesia::SttModelId::INK_WHISPER,
            file(changed.to_wav().unwrap()),
        )
        .with_word_timestamps();
        let call = client.stt().transcribe(request).api_version(version);
        let heard = within(call.into_future()).await.unwrap();
        assert_eq!(
            (heard.words.len(), heard.duration),
            (3, Some(clip.duration()))
        );
    }
}
