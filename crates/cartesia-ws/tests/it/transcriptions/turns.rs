//! `/stt/turns/websocket`: the service says when a turn is over.

use cartesia_types::ErrorKind;
use cartesia_types::stt::{SttEncoding, SttModelId, TurnEvent, TurnSettings, TurnsSpec};
use serde_json::json;

use super::{
    SENTENCES, connector, encoded, ended_turns, events, format_of, send, server, silence, speech,
    turns_spec,
};
use crate::support::within;

#[tokio::test]
async fn turns_have_a_life_in_every_encoding() {
    let server = server(json!([])).await;
    let mut audio = Vec::new();
    for sentence in SENTENCES {
        audio.extend(speech(&server, sentence).await);
        audio.extend(silence(800));
    }
    for encoding in SttEncoding::ALL {
        let spec = TurnsSpec::new(SttModelId::INK_2, format_of(encoding));
        let stream = within(connector(&server).turns(spec)).await.unwrap();
        let (mut input, output) = stream.split();
        send(&mut input, &encoded(&audio, encoding)).await;
        within(input.finish()).await.unwrap();
        let (events, end) = events(output).await;
        end.unwrap();
        assert!(matches!(events.first(), Some(TurnEvent::Connected(_))));
        assert_eq!(ended_turns(&events), SENTENCES.join(" "), "{encoding}");
        let starts = events.iter().filter(|it| matches!(it, TurnEvent::Start(_)));
        assert_eq!(starts.count(), SENTENCES.len());
    }
}

/// Without audio, time stands still for the service: only silence ends the turn.
#[tokio::test]
async fn a_source_that_pauses_within_a_turn_is_silent() {
    for encoding in [
        SttEncoding::PcmS16Le,
        SttEncoding::PcmMulaw,
        SttEncoding::PcmAlaw,
    ] {
        let server = server(json!([])).await;
        let audio = encoded(&speech(&server, "Hello you.").await, encoding);
        let spec = TurnsSpec::new(SttModelId::INK_2, format_of(encoding));
        let stream = within(connector(&server).turns(spec)).await.unwrap();
        let (mut input, mut output) = stream.split();
        send(&mut input, &audio).await;
        loop {
            let event = within(output.next_event()).await.unwrap().unwrap();
            if let TurnEvent::End(turn) = event {
                assert_eq!(turn.transcript, "Hello you.");
                break;
            }
        }
        // The input is still open, and takes more.
        send(&mut input, &audio).await;
        within(input.finish()).await.unwrap();
        let (rest, end) = events(output).await;
        end.unwrap();
        assert_eq!(ended_turns(&rest), " Hello you.");
    }
}

#[tokio::test]
async fn settings_change_in_mid_session() {
    let server = server(json!([])).await;
    let spec = turns_spec().with_turn(TurnSettings::default().with_end_threshold(0.3));
    let stream = within(connector(&server).turns(spec)).await.unwrap();
    let (mut input, mut output) = stream.split();
    let change = TurnSettings::default().with_end_threshold(0.1);
    within(input.configure(change)).await.unwrap();
    let odd = TurnSettings::default().with_end_threshold(1.5);
    let error = within(input.configure(odd)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    // The service refuses this one, and goes on.
    let refused = TurnSettings::default().with_end_threshold(0.9);
    within(input.configure(refused)).await.unwrap();
    loop {
        match within(output.next_event()).await.unwrap().unwrap() {
            TurnEvent::Error(event) => {
                assert_eq!(event.error.status, 400);
                break;
            }
            TurnEvent::Connected(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let audio = speech(&server, "It goes on.").await;
    send(&mut input, &audio).await;
    within(input.finish()).await.unwrap();
    let (rest, end) = events(output).await;
    end.unwrap();
    assert_eq!(ended_turns(&rest), "It goes on.");
    let configs: Vec<_> = server
        .messages()
        .iter()
        .map(|message| message.text.clone())
        .filter(|text| text.contains("\"config\""))
        .collect();
    assert_eq!(
        configs[0],
        r#"{"type":"config","turn":{"end_threshold":0.1}}"#
    );
}

#[tokio::test]
async fn settings_that_the_service_refuses_are_the_first_error() {
    let server = server(json!([])).await;
    let spec = turns_spec().with_turn(TurnSettings::default().with_start_threshold(0.1));
    let stream = within(connector(&server).turns(spec)).await.unwrap();
    let (_input, output) = stream.split();
    let (events, end) = events(output).await;
    assert_eq!(events, []);
    assert_eq!(end.unwrap_err().kind(), ErrorKind::InvalidRequest);
}
