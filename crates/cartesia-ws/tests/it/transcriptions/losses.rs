//! Lost connections: nothing is lost with them, or it is said what.

use std::time::Duration;

use cartesia_types::stt::{LiveEvent, TurnEvent};
use cartesia_ws::RetryPolicy;
use serde_json::json;

use super::{
    FORMAT, SENTENCES, connector, ended_turns, events, finals, live_spec, policy, send, server,
    silence, speech, turns_spec,
};
use crate::support::within;

#[tokio::test]
async fn killed_at_every_tenth_message_the_words_are_the_same() {
    for action in ["reset", "hang_up"] {
        let server = server(json!([
            {"at": {"messages": 10}, "path": "/stt/*", "do": action}
        ]))
        .await;
        let mut whole = Vec::new();
        let stream = within(connector(&server).live(live_spec())).await.unwrap();
        let (mut input, mut output) = stream.split();
        let writer = async {
            for sentence in SENTENCES.iter().cycle().take(12) {
                let audio = speech(&server, sentence).await;
                send(&mut input, &audio).await;
                within(input.finalize()).await.unwrap();
            }
            within(input.finish()).await.unwrap();
        };
        let reader = async {
            while let Some(event) = within(output.next_event()).await.unwrap() {
                whole.push(event);
            }
        };
        tokio::join!(writer, reader);
        let expected: Vec<_> = SENTENCES.iter().cycle().take(12).copied().collect();
        assert_eq!(finals(&whole), expected.join(" "), "{action}");
        let stats = output.stats();
        assert!(stats.connections > 5, "{stats:?}");
        assert!(!whole.iter().any(|event| matches!(event, LiveEvent::Gap(_))));
        // Times count on over all connections.
        let mut last = Duration::ZERO;
        for event in &whole {
            if let LiveEvent::Transcript(segment) = event {
                for word in segment.words.iter().filter(|_| segment.is_final) {
                    assert!(word.start >= last && word.end >= word.start);
                    last = word.end;
                }
            }
        }
        assert!(last > Duration::from_secs(12));
    }
}

#[tokio::test]
async fn turns_survive_kills_at_every_tenth_message() {
    let server = server(json!([
        {"at": {"messages": 10}, "path": "/stt/*", "do": "reset"}
    ]))
    .await;
    let stream = within(connector(&server).turns(turns_spec()))
        .await
        .unwrap();
    let (mut input, mut output) = stream.split();
    let mut whole = Vec::new();
    let writer = async {
        for sentence in SENTENCES.iter().cycle().take(8) {
            let audio = speech(&server, sentence).await;
            send(&mut input, &audio).await;
            send(&mut input, &silence(800)).await;
        }
        within(input.finish()).await.unwrap();
    };
    let reader = async {
        while let Some(event) = within(output.next_event()).await.unwrap() {
            whole.push(event);
        }
    };
    tokio::join!(writer, reader);
    let expected: Vec<_> = SENTENCES.iter().cycle().take(8).copied().collect();
    assert_eq!(ended_turns(&whole), expected.join(" "));
    assert!(whole.iter().any(|event| matches!(event, TurnEvent::Cut(_))));
    assert!(output.stats().connections > 3);
}

#[tokio::test]
async fn audio_that_cannot_be_sent_again_is_a_gap() {
    for at_most_once in [false, true] {
        let server = server(json!([
            {"at": {"transcripts": 3}, "connection": 2, "do": "reset"}
        ]))
        .await;
        // The first connection is for the voice.
        let audio = speech(&server, "One two three four five six.").await;
        let connector = if at_most_once {
            connector(&server).retry(RetryPolicy::at_most_once())
        } else {
            connector(&server).transcriptions(policy().with_buffer(Duration::ZERO))
        };
        let stream = within(connector.live(live_spec())).await.unwrap();
        let (mut input, mut output) = stream.split();
        send(&mut input, &audio).await;
        let gap = loop {
            match within(output.next_event()).await.unwrap().unwrap() {
                LiveEvent::Gap(gap) => break gap,
                LiveEvent::Transcript(segment) => assert!(!segment.is_final),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(gap.start, Duration::ZERO);
        let length = FORMAT.duration_of_bytes(audio.len() as u64);
        assert!(gap.end > Duration::ZERO && gap.end <= length, "{gap:?}");
        within(input.finish()).await.unwrap();
        let (_, end) = events(output).await;
        end.unwrap();
    }
}
