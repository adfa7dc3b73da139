//! The microphone, transcribed live, from threads.

use cartesia::audio::{OfflineMicrophone, Recorder};
use cartesia::blocking::{Client, Listening};
use cartesia::stt::{LiveEvent, LiveSpec, SttFormat, Transcript, TurnEvent, TurnsSpec};
use cartesia::tts::BytesRequest;
use cartesia::{ErrorKind, ListeningEvent, RawEncoding, RawFormat, SttModelId, VoiceId};

use super::{client, server, within};

const TEXT: &str = "Good morning to you.";

/// The text as it sounds, at 48 kHz.
fn spoken(client: &Client) -> Vec<f32> {
    let format = RawFormat::new(RawEncoding::PcmF32Le, 48_000);
    let request = BytesRequest::new("sonic-3", VoiceId::DEFAULT, TEXT, format);
    let body = client.tts().bytes(request).send().unwrap();
    body.collect().unwrap().samples_f32().unwrap()
}

/// A microphone that heard the text, and is still there.
fn microphone(client: &Client) -> (Recorder, OfflineMicrophone) {
    let (recorder, mut microphone) = Recorder::builder().open_offline(48_000, 1).unwrap();
    microphone.hear(&spoken(client));
    (recorder, microphone)
}

fn live() -> LiveSpec {
    LiveSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000)
}

fn turns() -> TurnsSpec {
    TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000)
}

#[test]
fn a_stop_keeps_the_last_words() {
    within(|| {
        let server = server();
        let client = client(&server);
        let (recorder, microphone) = microphone(&client);
        let stream = client.stt().live(live()).unwrap();
        let mut listening = Listening::new(recorder, stream).unwrap();
        let first = listening.next_event().unwrap();
        assert!(matches!(first, Some(ListeningEvent::Level(_))), "{first:?}");
        listening.stop();
        let (mut transcript, mut loudest) = (Transcript::new(), 0.0_f32);
        while let Some(event) = listening.next_event().unwrap() {
            match event {
                ListeningEvent::Level(level) => loudest = loudest.max(level.peak),
                ListeningEvent::Speech(event) => transcript.push(&event),
                _ => {}
            }
        }
        assert_eq!(transcript.text(), TEXT);
        assert!(loudest > 0.1, "{loudest}");
        assert_eq!(listening.next_event().unwrap(), None, "the end comes once");
        drop(microphone);
    });
}

/// A loop over events owns the listening; another thread ends it.
#[test]
fn a_loop_is_stopped_from_another_thread() {
    within(|| {
        let server = server();
        let client = client(&server);
        let (recorder, microphone) = microphone(&client);
        let stopper = recorder.stopper();
        let stream = client.stt().turns(turns()).unwrap();
        let (heard, enough) = std::sync::mpsc::channel();
        let stopping = std::thread::spawn(move || {
            enough.recv().unwrap();
            stopper.stop();
        });
        let mut transcript = Transcript::new();
        for event in Listening::new(recorder, stream).unwrap() {
            if let ListeningEvent::Speech(event) = event.unwrap() {
                if matches!(event, TurnEvent::Update(_)) {
                    // It may have been told before.
                    _ = heard.send(());
                }
                transcript.push_turn(&event);
            }
        }
        stopping.join().unwrap();
        assert_eq!(transcript.text(), TEXT);
        drop(microphone);
    });
}

#[test]
fn a_lost_device_is_the_end_of_the_audio() {
    within(|| {
        let server = server();
        let client = client(&server);
        let (recorder, microphone) = microphone(&client);
        microphone.unplug();
        let stream = client.stt().live(live()).unwrap();
        let events: Vec<_> = Listening::new(recorder, stream)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let mut transcript = Transcript::new();
        for event in &events {
            if let ListeningEvent::Speech(event) = event {
                transcript.push(event);
            }
        }
        assert_eq!(transcript.text(), TEXT);
        let last = events.last().unwrap();
        assert!(matches!(last, ListeningEvent::Speech(LiveEvent::Done(_))));
    });
}

#[test]
fn what_goes_wrong_is_one_error() {
    within(|| {
        let server = server();
        let client = client(&server);
        let (recorder, _microphone) = Recorder::builder().open_offline(48_000, 1).unwrap();
        let spec = LiveSpec::new(
            SttModelId::INK_2,
            SttFormat::new(RawEncoding::PcmF32Le, 8_000),
        );
        let stream = client.stt().live(spec).unwrap();
        let error = Listening::new(recorder, stream).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        // The service goes away while the microphone is open.
        let (recorder, _microphone) = microphone(&client);
        let stream = client.stt().live(live()).unwrap();
        let mut listening = Listening::new(recorder, stream).unwrap();
        drop(server);
        let errors = listening.by_ref().filter(Result::is_err).count();
        assert_eq!(errors, 1);
        assert!(listening.next().is_none());
    });
}
