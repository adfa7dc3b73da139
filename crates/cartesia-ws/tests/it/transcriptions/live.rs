//! `/stt/websocket`: the client says when an utterance is over.

use std::sync::Arc;
use std::time::Duration;

use cartesia_mock::{MessageKind, SocketMessage};
use cartesia_types::stt::{LiveEvent, LiveSpec, SttEncoding, SttModelId};
use cartesia_types::{AudioClip, ErrorKind};
use cartesia_ws::Pace;
use cartesia_ws::limiter::{Limits, LocalLimiter};
use serde_json::json;

use super::{
    FORMAT, connector, encoded, events, finals, format_of, live_spec, send, server, silence, speech,
};
use crate::support::within;

#[tokio::test]
async fn every_encoding_is_understood() {
    let server = server(json!([])).await;
    let text = "Every encoding says the same: 4 o'clock.";
    let audio = speech(&server, text).await;
    for encoding in SttEncoding::ALL {
        let spec = LiveSpec::new(SttModelId::INK_2, format_of(encoding));
        let stream = within(connector(&server).live(spec)).await.unwrap();
        let (mut input, output) = stream.split();
        send(&mut input, &encoded(&audio, encoding)).await;
        within(input.finish()).await.unwrap();
        let (events, end) = events(output).await;
        end.unwrap();
        assert_eq!(finals(&events), text, "{encoding}");
        assert!(matches!(events.last(), Some(LiveEvent::Done(_))));
    }
    let audio = |it: &SocketMessage| it.kind == MessageKind::Binary;
    for message in server.messages().iter().filter(|it| audio(it)) {
        assert!(message.bytes <= 6_400, "100 ms at most: {}", message.bytes);
    }
}

#[tokio::test]
async fn finalize_is_answered_and_words_have_times() {
    let server = server(json!([])).await;
    let stream = within(connector(&server).live(live_spec())).await.unwrap();
    assert!(stream.handshake().is_some());
    let (mut input, mut output) = stream.split();
    let (one, two) = (
        speech(&server, "One two").await,
        speech(&server, "three.").await,
    );
    send(&mut input, &one).await;
    within(input.finalize()).await.unwrap();
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(LiveEvent::FlushDone(_))) {
        seen.push(within(output.next_event()).await.unwrap().unwrap());
    }
    assert_eq!(finals(&seen), "One two");
    send(&mut input, &two).await;
    within(input.finish()).await.unwrap();
    let (rest, end) = events(output).await;
    end.unwrap();
    assert_eq!(finals(&rest), " three.");
    let first = FORMAT.duration_of_bytes(one.len() as u64);
    for event in rest {
        if let LiveEvent::Transcript(segment) = event {
            assert!(segment.words.iter().all(|word| word.start >= first));
        }
    }
}

#[tokio::test]
async fn a_final_that_comes_after_its_answer_is_kept() {
    let server = server(json!([{"at": "connect", "do": "flush_first"}])).await;
    let stream = within(connector(&server).live(live_spec())).await.unwrap();
    let (mut input, output) = stream.split();
    let audio = speech(&server, "The last words count.").await;
    send(&mut input, &audio).await;
    within(input.finalize()).await.unwrap();
    within(input.finish()).await.unwrap();
    assert_eq!(
        within(output.collect_text()).await.unwrap(),
        "The last words count."
    );
}

#[tokio::test]
async fn a_clip_is_sent_at_its_pace() {
    let server = server(json!([])).await;
    let audio = speech(&server, "A clip.").await;
    let length = FORMAT.duration_of_bytes(audio.len() as u64);
    for (format, clip) in [
        ("raw", AudioClip::new(FORMAT, audio.clone())),
        ("wav", {
            let wav = AudioClip::new(FORMAT, audio.clone()).to_wav().unwrap();
            AudioClip::new(cartesia_types::WavFormat::from(FORMAT), wav)
        }),
    ] {
        let stream = within(connector(&server).live(live_spec())).await.unwrap();
        let (mut input, output) = stream.split();
        input.set_pace(Pace::times(4.0));
        let begun = tokio::time::Instant::now();
        within(input.send_audio(clip)).await.unwrap();
        within(input.finish()).await.unwrap();
        assert_eq!(
            within(output.collect_text()).await.unwrap(),
            "A clip.",
            "{format}"
        );
        // What may be made up for is sent at once.
        let least = length.saturating_sub(Duration::from_millis(200)) / 4;
        assert!(begun.elapsed() >= least, "{format}: {:?}", begun.elapsed());
    }
    // Another format is refused, and the transcription lives on.
    let stream = within(connector(&server).live(live_spec())).await.unwrap();
    let (mut input, output) = stream.split();
    let other = AudioClip::new(cartesia_types::RawFormat::PCM_F32LE_24000, vec![0; 8]);
    let error = within(input.send_audio(other)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    drop(input);
    assert_eq!(within(output.collect_text()).await.unwrap(), "");
}

#[tokio::test]
async fn the_query_says_what_was_asked_for() {
    let server = server(json!([])).await;
    let spec = live_spec()
        .with_language("en")
        .with_keyterm("New York")
        .with_keyterm("Ulm");
    let stream = within(connector(&server).live(spec)).await.unwrap();
    drop(stream);
    let received = server.received();
    let target = received.last().unwrap();
    let uri = format!("{target:?}");
    assert!(
        uri.contains("New%20York") || uri.contains("New York"),
        "{uri}"
    );
    let many = (0..101).fold(live_spec(), |spec, at| spec.with_keyterm(at.to_string()));
    let error = within(connector(&server).live(many)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("keyterm"), "{error}");
    assert_eq!(server.received().len(), received.len(), "nothing was sent");
}

#[tokio::test]
async fn dropping_the_input_is_the_end_and_dropping_the_output_cancels() {
    let server = server(json!([])).await;
    let audio = speech(&server, "Dropped.").await;
    let stream = within(connector(&server).live(live_spec())).await.unwrap();
    let (mut input, output) = stream.split();
    send(&mut input, &audio).await;
    drop(input);
    assert_eq!(within(output.collect_text()).await.unwrap(), "Dropped.");

    let stream = within(connector(&server).live(live_spec())).await.unwrap();
    let (mut input, output) = stream.split();
    drop(output);
    let ended = within(async {
        loop {
            if let Err(error) = input.send(silence(20)).await {
                break error;
            }
        }
    })
    .await;
    assert!(matches!(
        ended.kind(),
        ErrorKind::Cancelled | ErrorKind::Closed
    ));
}

#[tokio::test]
async fn a_limiter_counts_transcriptions_while_they_live() {
    let server = server(json!([])).await;
    let limits = Limits::default().with_transcription(1);
    let limiter = Arc::new(LocalLimiter::new(limits));
    let connector = connector(&server).limiter(limiter);
    let first = within(connector.live(live_spec())).await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(50), connector.live(live_spec()));
    assert!(waiting.await.is_err(), "one at a time");
    drop(first);
    let second = within(connector.live(live_spec())).await.unwrap();
    drop(second);
}
