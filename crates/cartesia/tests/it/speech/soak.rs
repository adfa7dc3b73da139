//! Anything at any time: every utterance ends once, and nothing is claimed that was not said.

use std::time::Duration;

use cartesia::{FailurePolicy, SpeechEvent, Spoken};
use cartesia_mock::MockServer;
use serde_json::json;

use super::{PERIOD, Stage, script};
use crate::{client, within};

#[tokio::test]
async fn every_utterance_ends_once() {
    let server = within(MockServer::start()).await.unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    let mut random = fastrand::Rng::with_seed(1_414);
    for policy in [FailurePolicy::Stop, FailurePolicy::Continue] {
        let mut stage = Stage::over(&server, &connection, |call| call.on_failure(policy));
        let mut events = stage.speech.events();
        let mut all: Vec<Spoken> = Vec::new();
        let mut ended = Vec::new();
        let mut told = Vec::new();
        for round in 0..400 {
            match random.u32(0..12) {
                0..=3 => all.push(
                    stage
                        .speech
                        .say(format!("Number {round} has 3 words. "))
                        .unwrap(),
                ),
                4 | 5 => {
                    let heard = stage.interrupt().await;
                    let said = heard.text.clone() + &heard.rest;
                    assert!(said.starts_with(&heard.text) && said.len() >= heard.likely_text.len());
                }
                6 => all.extend(stage.speech.resume_interrupted().unwrap()),
                7 => stage.speech.pause(),
                8 => stage.speech.resume(),
                9 => {
                    // The connection breaks in the middle of what comes next.
                    let chunks = random.u32(0..6);
                    let rules = json!([{"at": {"chunks": chunks}, "times": 1, "do": "reset"}]);
                    server.set_script(script(&rules));
                }
                10 => {
                    stage.output.lose_device();
                    stage.play(PERIOD);
                    stage.output.restore_device(16_000, 1).unwrap();
                }
                _ => tokio::time::sleep(Duration::from_millis(2)).await,
            }
            stage.play(random.usize(0..8_000));
            stage.heard.clear();
            while let Some(event) = events.try_next_event() {
                match event {
                    SpeechEvent::Ended { utterance } => ended.push(utterance),
                    SpeechEvent::Word { utterance, .. } => told.push(utterance),
                    SpeechEvent::Missed { .. } => panic!("events were missed"),
                    _ => {}
                }
            }
        }
        server.set_script(script(&json!([])));
        stage.speech.resume();
        for said in &all {
            let _ = stage.play_until(said.finished()).await;
        }
        while let Some(event) = events.try_next_event() {
            if let SpeechEvent::Ended { utterance } = event {
                ended.push(utterance);
            }
        }
        let mut expected: Vec<_> = all.iter().map(Spoken::id).collect();
        expected.sort_unstable();
        ended.sort_unstable();
        assert_eq!(ended, expected, "{policy:?}");
        assert!(!told.is_empty());
    }
    within(async {
        while connection.stats().live_contexts > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
