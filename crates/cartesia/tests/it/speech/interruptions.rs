//! What is known after an interruption is what left the speaker.

use std::time::Duration;

use cartesia::{ErrorKind, Heard};
use cartesia_mock::MockServer;

use super::{FORMAT, PERIOD, Stage, TEXTS, expected_end, spec, spoken};
use crate::{client, within};

#[tokio::test]
async fn the_text_that_was_heard_is_exact() {
    let server = within(MockServer::start()).await.unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    let mut stage = Stage::over(&server, &connection, |call| call);
    let mut oracle = Vec::new();
    for text in TEXTS {
        oracle.push(spoken(&connection, text).await);
    }
    let mut random = fastrand::Rng::with_seed(14);
    let (mut exact, mut cut) = (0, 0);
    for round in 0..500 {
        let which = round % TEXTS.len();
        let (text, (words, length)) = (TEXTS[which], &oracle[which]);
        // Every other time the words come as they are spoken: "42" as "four two".
        let normalized = round / TEXTS.len() % 2 == 1;
        let speech = stage
            .speech
            .with_spec(spec().with_normalized_timestamps(normalized));
        let said = speech.say(text).unwrap();
        stage.arrived(*length).await;
        stage.all_arrived().await;
        let frames = usize::try_from(FORMAT.samples_of_duration(*length)).unwrap();
        stage.play(random.usize(0..frames + 2 * PERIOD));
        let heard = stage.interrupt().await;
        let end = expected_end(text, words, heard.audio);
        let claim = &heard.text;
        // As spoken, a run of Thai letters is several words.
        let finer = normalized && text.starts_with('ส');
        let next = words.iter().find(|word| word.end > heard.audio);
        let slack = next.filter(|_| finer).map_or(0, |word| word.word.len() + 1);
        let most = if heard.is_complete {
            text.len()
        } else {
            end + slack
        };
        assert!(
            text.starts_with(claim) && claim.len() <= most,
            "{round}: {claim:?} was claimed, {:?} was heard of {text:?}",
            &text[..end]
        );
        assert_eq!(heard.text.clone() + &heard.rest, text, "{round}");
        if heard.is_exact && !heard.is_complete {
            exact += 1;
            // Punctuation and what is silent may come with the word before it.
            let between = text.get(claim.len()..end).unwrap_or_default();
            assert!(
                !between.contains(char::is_alphanumeric),
                "{round}: {claim:?} was claimed, {:?} was heard",
                &text[..end]
            );
        }
        if let Some(word) = &heard.cut {
            cut += 1;
            assert!(word.heard > 0.0 && word.heard <= 1.0);
        }
        // Repeatable, and the same for the utterance.
        assert_eq!(stage.interrupt().await, heard, "{round}");
        assert_eq!(said.heard(), heard, "{round}");
        assert_eq!(within(said.finished()).await.unwrap().heard, heard.audio);
        // No old sample after the fade.
        stage.play(PERIOD * 5);
        let tail = &stage.heard[stage.heard.len() - PERIOD * 5..];
        assert!(tail.iter().all(|sample| *sample == 0.0), "{round}");
        stage.heard.clear();
    }
    assert!(exact > 440, "{exact} of 500 were exact");
    assert!(cut > 200, "{cut} words were cut");

    // And the next one is whole.
    let said = stage.speech.say("The next one is whole.").unwrap();
    let report = stage.play_until(said.finished()).await.unwrap();
    assert_eq!(report.heard, report.received);
    assert!(said.heard().is_complete);
    assert_eq!(said.heard().text, "The next one is whole.");
}

#[tokio::test]
async fn an_interruption_is_defined_in_every_state() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    // Nothing was said.
    let heard = stage.interrupt().await;
    assert!(heard.text.is_empty() && heard.rest.is_empty() && heard.is_exact);
    // Nothing has arrived.
    let said = stage.speech.say("Too early.").unwrap();
    let heard = stage.interrupt().await;
    assert!(heard.text.is_empty() && heard.is_exact && !heard.is_complete);
    assert!(within(said.finished()).await.unwrap().heard.is_zero());
    // It has arrived, and nothing was heard.
    let _said = stage.speech.say("Not yet.").unwrap();
    stage.arrived(Duration::from_millis(300)).await;
    let heard = stage.interrupt().await;
    assert_eq!((heard.text.as_str(), heard.rest.as_str()), ("", "Not yet."));
    // While it is paused.
    let _said = stage.speech.say("One two three four five.").unwrap();
    stage.arrived(Duration::from_millis(1_500)).await;
    stage.play(16_000);
    stage.speech.pause();
    stage.play(1_600);
    let before = stage.speech.heard();
    let heard = stage.interrupt().await;
    assert!(heard.audio >= before.audio && heard.text.starts_with(&before.text));
    assert!(!heard.text.is_empty() && !heard.is_complete);
    stage.speech.resume();
    // After its end.
    let said = stage.speech.say("All of it. ").unwrap();
    stage.play_until(said.finished()).await.unwrap();
    let heard = stage.interrupt().await;
    assert_eq!(heard.text, "All of it. ");
    assert!(heard.is_complete && heard.is_exact && heard.rest.is_empty());
    // With the player closed.
    let _said = stage.speech.say("Never.").unwrap();
    stage.speech.player().close();
    assert!(stage.interrupt().await.text.is_empty());
    assert_eq!(
        stage.speech.say("No.").unwrap_err().kind(),
        ErrorKind::Closed
    );
}

#[tokio::test]
async fn what_is_heard_only_grows() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let text = "One two three, 42 times four. And then some more.";
    let _said = stage.speech.say(text).unwrap();
    stage.arrived(Duration::from_secs(3)).await;
    let mut before = Heard::default();
    for _ in 0..300 {
        stage.play(PERIOD);
        let heard = stage.speech.heard();
        assert!(heard.text.starts_with(&before.text) && heard.audio >= before.audio);
        assert!(heard.words >= before.words);
        before = heard;
    }
    let heard = stage.interrupt().await;
    assert!(heard.text.starts_with(&before.text));
    // Captions of what was heard: its words with their punctuation.
    let words: Vec<_> = heard
        .timings
        .iter()
        .map(|timing| timing.word.as_str())
        .collect();
    assert_eq!(words.join(" "), heard.text.trim());
}

#[tokio::test]
async fn dropping_the_last_handle_is_an_interruption() {
    let server = within(MockServer::start()).await.unwrap();
    let Stage {
        speech, mut output, ..
    } = Stage::new(&server).await;
    let said = speech
        .say("A long text that nobody will hear to its end, ever.")
        .unwrap();
    let other = speech.clone();
    drop(speech);
    assert!(said.report().is_none());
    let player = other.player().clone();
    drop(other);
    within(async {
        while said.report().is_none() {
            output.step(PERIOD);
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!player.is_closed());
    assert!(!said.heard().is_complete);
}

#[tokio::test]
async fn a_false_interruption_goes_on_with_the_next_whole_word() {
    let server = within(MockServer::start()).await.unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    // With a fade, the words of the audio that fades out may be unknown.
    let mut stage = Stage::without_fades(&server, &connection);
    let texts = ["One two three four five six seven. ", "Eight nine ten."];
    let (_, length) = spoken(&connection, texts[0]).await;
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..40 {
        for text in texts {
            stage.speech.say(text).unwrap();
        }
        if round % 2 == 0 {
            stage.arrived(length + Duration::from_millis(600)).await;
        } else {
            // Part of it has not arrived.
            stage.arrived(Duration::from_millis(200)).await;
        }
        let frames = usize::try_from(FORMAT.samples_of_duration(length)).unwrap();
        stage.play(random.usize(0..frames));
        stage.known().await;
        let mut text = stage.interrupt().await.text;
        let rest = stage.speech.heard().rest;
        let resumed = stage.speech.resume_interrupted().unwrap();
        // Only once.
        assert!(stage.speech.resume_interrupted().unwrap().is_empty());
        if round % 3 == 0 {
            // Interrupted again, in the middle of what goes on.
            stage.arrived(Duration::from_millis(100)).await;
            stage.play(random.usize(0..8_000));
            stage.known().await;
            text += &stage.interrupt().await.text;
            assert!(
                !stage.speech.resume_interrupted().unwrap().is_empty(),
                "{round}"
            );
        }
        assert!(!resumed.is_empty(), "{round}");
        let finished = stage.speech.clone();
        let heard = stage.play_until(finished.finished()).await.unwrap();
        text += &heard.text;
        assert_eq!(text, texts.concat(), "{round}: {rest:?} was left");
    }
}
