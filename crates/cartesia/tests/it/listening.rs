//! The microphone, transcribed live: from an offline microphone to the mock server.

use std::time::Duration;

use cartesia::audio::{CaptureFormat, OfflineMicrophone, Recorder};
use cartesia::stt::{LiveEvent, LiveSpec, SttFormat, Transcript, TurnEvent, TurnsSpec};
use cartesia::tts::BytesRequest;
use cartesia::{
    Client, ErrorKind, Listening, ListeningEvent, RawFormat, SttEncoding, SttModelId, VoiceId,
};
use cartesia_mock::MockServer;

const TEXT: &str = "Good morning! Could you move my appointment?";

async fn within<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, future).await.unwrap()
}

async fn client() -> (MockServer, Client) {
    let server = MockServer::start().await.unwrap();
    let builder = Client::builder().api_key("sk_canary");
    let client = builder.base_url(server.url()).build().unwrap();
    (server, client)
}

/// The text as it sounds, at 48 kHz.
async fn spoken(client: &Client) -> Vec<f32> {
    let format = RawFormat::new(cartesia::RawEncoding::PcmF32Le, 48_000);
    let request = BytesRequest::new("sonic-3", VoiceId::DEFAULT, TEXT, format);
    let body = client.tts().bytes(request).await.unwrap();
    body.collect().await.unwrap().samples_f32().unwrap()
}

fn microphone() -> (Recorder, OfflineMicrophone) {
    Recorder::builder().open_offline(48_000, 1).unwrap()
}

fn live() -> LiveSpec {
    LiveSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000)
}

#[tokio::test]
async fn what_the_microphone_hears_is_transcribed() {
    within(async {
        let (_server, client) = client().await;
        let (recorder, mut microphone) = microphone();
        microphone.hear(&spoken(&client).await);
        microphone.unplug();
        let stream = client.stt().live(live()).await.unwrap();
        let mut listening = Listening::new(recorder, stream).unwrap();
        let (mut transcript, mut loudest) = (Transcript::new(), 0.0_f32);
        while let Some(event) = listening.next_event().await.unwrap() {
            match event {
                ListeningEvent::Level(level) => loudest = loudest.max(level.peak),
                ListeningEvent::Speech(event) => transcript.push(&event),
                _ => {}
            }
        }
        assert_eq!(transcript.text(), TEXT);
        assert!(loudest > 0.1, "{loudest}");
        // The end comes once.
        assert_eq!(listening.next_event().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn turns_of_the_microphone() {
    within(async {
        let (_server, client) = client().await;
        let (recorder, mut microphone) = microphone();
        microphone.hear(&spoken(&client).await);
        microphone.unplug();
        let spec = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
        let stream = client.stt().turns(spec).await.unwrap();
        let mut listening = Listening::new(recorder, stream).unwrap();
        let mut events = Vec::new();
        let mut transcript = Transcript::new();
        while let Some(event) = listening.next_event().await.unwrap() {
            if let ListeningEvent::Speech(event) = event {
                transcript.push_turn(&event);
                events.push(event);
            }
        }
        assert!(matches!(events[0], TurnEvent::Connected(_)));
        assert!(matches!(events[1], TurnEvent::Start(_)));
        assert!(
            events
                .iter()
                .any(|event| matches!(event, TurnEvent::End(_)))
        );
        assert_eq!(transcript.text(), TEXT);
    })
    .await;
}

/// The last words are kept, by whichever way the recording ends, and the microphone need not be gone.
#[tokio::test]
async fn a_stop_keeps_the_last_words() {
    within(async {
        let (_server, client) = client().await;
        let samples = spoken(&client).await;
        for by_handle in [false, true] {
            let (recorder, mut microphone) = microphone();
            let stream = client.stt().live(live()).await.unwrap();
            let mut listening = Listening::new(recorder, stream).unwrap();
            microphone.hear(&samples);
            let first = listening.next_event().await.unwrap();
            assert!(matches!(first, Some(ListeningEvent::Level(_))), "{first:?}");
            if by_handle {
                listening.recorder().stopper().stop();
            } else {
                listening.stop();
            }
            let mut events = Vec::new();
            while let Some(event) = listening.next_event().await.unwrap() {
                events.push(event);
            }
            let mut transcript = Transcript::new();
            for event in &events {
                if let ListeningEvent::Speech(event) = event {
                    transcript.push(event);
                }
            }
            assert_eq!(transcript.text(), TEXT);
            let last = events.last().unwrap();
            assert!(matches!(last, ListeningEvent::Speech(LiveEvent::Done(_))));
            assert_eq!(listening.recorder().stats().overruns, 0);
            drop(microphone);
        }
    })
    .await;
}

/// A stop ends a wait, too: nothing is heard, and nothing more will be.
#[tokio::test]
async fn a_stop_in_silence_is_the_end() {
    within(async {
        let (_server, client) = client().await;
        let (recorder, microphone) = microphone();
        let spec = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
        let stream = client.stt().turns(spec).await.unwrap();
        let mut listening = Listening::new(recorder, stream).unwrap();
        let first = listening.next_event().await.unwrap();
        assert!(
            matches!(first, Some(ListeningEvent::Speech(TurnEvent::Connected(_)))),
            "{first:?}"
        );
        let stopper = listening.recorder().stopper();
        let (last, ()) = tokio::join!(listening.next_event(), async { stopper.stop() });
        assert_eq!(last.unwrap(), None);
        drop(microphone);
    })
    .await;
}

#[tokio::test]
async fn lost_audio_is_silence_so_that_times_stay_true() {
    within(async {
        let (_server, client) = client().await;
        let samples = spoken(&client).await;
        let mut starts = Vec::new();
        for lost in [0, 2] {
            let (recorder, mut microphone) = microphone();
            microphone.hear(&vec![0.0; 4_800]);
            microphone.lose(Duration::from_secs(lost));
            microphone.hear(&samples);
            microphone.unplug();
            let stream = client.stt().live(live()).await.unwrap();
            let mut listening = Listening::new(recorder, stream).unwrap();
            let mut transcript = Transcript::new();
            while let Some(event) = listening.next_event().await.unwrap() {
                if let ListeningEvent::Speech(event) = event {
                    transcript.push(&event);
                }
            }
            assert_eq!(transcript.text(), TEXT);
            starts.push(transcript.words()[0].start);
        }
        let shift = starts[1].abs_diff(starts[0]).as_secs_f64();
        assert!((shift - 2.0).abs() < 0.05, "{starts:?}");
    })
    .await;
}

#[tokio::test]
async fn formats_that_differ_are_refused() {
    within(async {
        let (_server, client) = client().await;
        for format in [
            CaptureFormat::new(SttEncoding::PcmS16Le, 8_000),
            CaptureFormat::new(SttEncoding::PcmF32Le, 16_000),
            CaptureFormat::default().with_channels(2),
        ] {
            let builder = Recorder::builder().format(format);
            let (recorder, _microphone) = builder.open_offline(48_000, 1).unwrap();
            let stream = client.stt().live(live()).await.unwrap();
            let error = Listening::new(recorder, stream).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(
                error.to_string().contains("pcm_s16le at 16000 Hz"),
                "{error}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_lost_service_is_one_error() {
    within(async {
        let (server, client) = client().await;
        let (recorder, mut microphone) = microphone();
        let stream = client.stt().live(live()).await.unwrap();
        let mut listening = Listening::new(recorder, stream).unwrap();
        microphone.hear(&vec![0.1; 48_000]);
        server.shutdown().await;
        let outcome = loop {
            match listening.next_event().await {
                Ok(Some(event)) => {
                    let done = matches!(event, ListeningEvent::Speech(LiveEvent::Done(_)));
                    assert!(!done);
                }
                outcome => break outcome,
            }
        };
        assert!(outcome.is_err(), "{outcome:?}");
        assert_eq!(listening.next_event().await.unwrap(), None);
    })
    .await;
}
