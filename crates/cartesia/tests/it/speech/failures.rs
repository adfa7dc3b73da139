//! A connection that breaks: nothing is said twice, and what was not said is known.

use std::time::Duration;

use cartesia::{ErrorKind, FailurePolicy};
use cartesia_mock::{MockServer, Script};
use serde_json::json;

use super::{Stage, script, spoken, transcript};
use crate::{client, within};

const TEXT: &str = "One two three four five six seven eight nine ten eleven twelve thirteen.";

async fn broken(chunks: u32, policy: FailurePolicy) -> (MockServer, Stage) {
    let script: Script =
        script(&json!([{"at": {"chunks": chunks}, "connection": 1, "do": "reset"}]));
    let server = within(MockServer::builder().script(script).start())
        .await
        .unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    let stage = Stage::over(&server, &connection, |call| call.on_failure(policy));
    (server, stage)
}

/// How long the text is, when nothing breaks.
async fn length() -> Duration {
    let server = within(MockServer::start()).await.unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    // The pause before a word at which it goes on may be shorter.
    let (_, length) = spoken(&connection, TEXT).await;
    length.saturating_sub(Duration::from_millis(400))
}

#[tokio::test]
async fn what_was_not_heard_is_replayed() {
    let (server, mut stage) = broken(0, FailurePolicy::Stop).await;
    let said = stage.speech.say(TEXT).unwrap();
    stage.play_until(said.finished()).await.unwrap();
    assert!(said.heard().is_complete);
    assert_eq!(server.sockets().len(), 2);
    assert_eq!(stage.speech.connection().stats().replays, 1);
}

#[tokio::test]
async fn stopping_plays_what_arrived_and_knows_the_rest() {
    let (_server, mut stage) = broken(6, FailurePolicy::Stop).await;
    let said = stage.speech.say(TEXT).unwrap();
    let error = stage.play_until(said.finished()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    let heard = said.heard();
    assert!(!heard.text.is_empty() && !heard.is_complete && !heard.rest.is_empty());
    assert_eq!(heard.text + &heard.rest, TEXT);
    assert!(error.unspoken().unwrap().len() <= TEXT.len());
    let failure = within(stage.speech.finished()).await.unwrap_err();
    assert_eq!(failure.kind(), ErrorKind::Incomplete);
    // The next one plays.
    let next = stage.speech.say("And on.").unwrap();
    stage.play_until(next.finished()).await.unwrap();
    assert_eq!(next.heard().text, "And on.");
}

#[tokio::test]
async fn continuing_says_every_word_once() {
    for chunks in [1, 2, 5, 7, 9] {
        let (server, mut stage) = broken(chunks, FailurePolicy::Continue).await;
        let said = stage.speech.say(TEXT).unwrap();
        // All of it arrives before any of it is heard: the last word before the break can be taken back.
        stage.arrived(length().await).await;
        let report = stage.play_until(said.finished()).await.unwrap();
        let heard = said.heard();
        assert_eq!(heard.text, TEXT, "{chunks}");
        assert!(heard.is_complete && report.continuations == 1, "{chunks}");
        let words: Vec<_> = heard
            .timings
            .iter()
            .map(|timing| timing.word.as_str())
            .collect();
        assert_eq!(words.join(" "), TEXT, "{chunks}");
        let samples = std::mem::take(&mut stage.heard);
        let said: String = transcript(&server, &samples).await.to_lowercase();
        assert_eq!(said.trim(), TEXT.to_lowercase(), "{chunks}");
    }
}

#[tokio::test]
async fn an_interruption_after_a_continuation_is_exact() {
    let mut random = fastrand::Rng::with_seed(8);
    let length = length().await;
    for round in 0..12 {
        let (_server, mut stage) = broken(5, FailurePolicy::Continue).await;
        let said = stage.speech.say(TEXT).unwrap();
        stage.arrived(length).await;
        stage.all_arrived().await;
        stage.play(random.usize(0..70_000));
        let heard = stage.interrupt().await;
        assert_eq!(heard.text.clone() + &heard.rest, TEXT, "{round}");
        assert!(heard.is_exact, "{round}");
        assert!(
            heard.text.is_empty() || !heard.text.ends_with(' '),
            "{round}"
        );
        let words = heard.text.split_whitespace().count();
        assert_eq!(words, heard.timings.len(), "{round}");
        assert_eq!(said.heard(), heard);
    }
}
