//! Turns come in, replies are spoken, and the history has what was heard.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use cartesia::audio::Recorder;
use cartesia::conversation::{Conversation, Message, Reply, Role};
use cartesia::stt::{SttFormat, SttNotice, TurnEvent, TurnText, TurnsSpec};
use cartesia::tts::BytesRequest;
use cartesia::{Client, Listening, RawFormat, SttModelId, VoiceId};
use cartesia_mock::MockServer;
use futures_core::Stream;

use super::{PERIOD, Stage};
use crate::{client, within};

/// Tokens that are there already.
struct Canned(Vec<String>);

impl Stream for Canned {
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<String>> {
        let next = (!self.0.is_empty()).then(|| self.0.remove(0));
        Poll::Ready(next)
    }
}

/// A model that counts how often it was asked, and what for.
fn model(asked: Arc<Mutex<Vec<String>>>) -> impl FnMut(&[Message]) -> Reply + Send {
    move |history| {
        let last = history.last().unwrap();
        assert_eq!(last.role, Role::User);
        asked.lock().unwrap().push(last.text.clone());
        let reply = format!(
            "You said {}. Is there anything more to say about it?",
            last.text
        );
        let tokens = reply.split_inclusive(' ').map(str::to_owned).collect();
        Box::pin(Canned(tokens))
    }
}

fn text(transcript: &str) -> TurnText {
    let mut text = TurnText::default();
    transcript.clone_into(&mut text.transcript);
    text
}

fn start() -> TurnEvent {
    TurnEvent::Start(SttNotice::default())
}

fn end(transcript: &str) -> TurnEvent {
    TurnEvent::End(text(transcript))
}

fn texts(history: &[Message]) -> Vec<(Role, &str)> {
    history
        .iter()
        .map(|message| (message.role, message.text.as_str()))
        .collect()
}

#[tokio::test]
async fn barge_in_leaves_what_was_heard_in_the_history() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let asked = Arc::default();
    let mut conversation =
        Conversation::new(stage.speech.clone(), model(Arc::clone(&asked))).full_duplex();
    assert!(conversation.gate().is_open());
    within(conversation.on_event(start())).await.unwrap();
    within(conversation.on_event(end("hello"))).await.unwrap();
    stage.arrived(Duration::from_secs(2)).await;
    stage.play(12_000);
    assert!(conversation.gate().is_open(), "full duplex");
    stage
        .play_until(conversation.on_event(start()))
        .await
        .unwrap();
    let heard = stage.speech.heard();
    assert!(!heard.text.is_empty() && !heard.is_complete);
    assert_eq!(
        texts(conversation.history())[1],
        (Role::Assistant, heard.text.as_str())
    );
    within(conversation.on_event(end("stop"))).await.unwrap();
    stage
        .play_until(stage.speech.clone().finished())
        .await
        .unwrap();
    within(conversation.on_event(start())).await.unwrap();
    let history = texts(conversation.history());
    assert_eq!(history.len(), 4);
    assert_eq!(history[2], (Role::User, "stop"));
    assert_eq!(
        history[3].1,
        "You said stop. Is there anything more to say about it?"
    );
    assert_eq!(*asked.lock().unwrap(), ["hello", "stop"]);
}

#[tokio::test]
async fn a_reply_is_started_early_and_spoken_if_the_turn_ends_so() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let asked = Arc::default();
    let mut conversation = Conversation::new(stage.speech.clone(), model(Arc::clone(&asked)));
    let events = [
        start(),
        TurnEvent::EagerEnd(text("two")),
        TurnEvent::Resume(SttNotice::default()),
        TurnEvent::EagerEnd(text("two tickets")),
        TurnEvent::EagerEnd(text("two tickets")),
    ];
    for event in events {
        within(conversation.on_event(event)).await.unwrap();
        assert!(
            !stage.speech.is_speaking(),
            "nothing is spoken before the end"
        );
    }
    assert!(conversation.history().is_empty());
    within(conversation.on_event(end("two tickets")))
        .await
        .unwrap();
    assert!(!conversation.gate().is_open(), "half duplex");
    assert_eq!(*asked.lock().unwrap(), ["two", "two tickets"]);
    stage
        .play_until(stage.speech.clone().finished())
        .await
        .unwrap();
    assert!(conversation.gate().is_open());
    // Another text at the end is another question.
    within(conversation.on_event(TurnEvent::EagerEnd(text("and"))))
        .await
        .unwrap();
    within(conversation.on_event(end("and more")))
        .await
        .unwrap();
    assert_eq!(asked.lock().unwrap().last().unwrap(), "and more");
    assert_eq!(
        texts(conversation.history())[1].1,
        "You said two tickets. Is there anything more to say about it?"
    );
}

#[tokio::test]
async fn a_cough_interrupts_for_a_moment_only() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let mut conversation = Conversation::new(stage.speech.clone(), model(Arc::default()));
    within(conversation.on_event(end("hello"))).await.unwrap();
    stage.arrived(Duration::from_secs(2)).await;
    for _ in 0..2 {
        stage.play(8_000);
        stage.known().await;
        stage
            .play_until(conversation.on_event(start()))
            .await
            .unwrap();
        assert!(!stage.speech.is_speaking());
        within(conversation.on_event(end(" "))).await.unwrap();
        assert!(stage.speech.is_speaking());
        stage.arrived(Duration::from_millis(1_100)).await;
    }
    let run = conversation.run(NoTurns);
    stage.play_until(run).await.unwrap();
    let history = texts(conversation.history());
    assert_eq!(history.len(), 2);
    assert_eq!(
        history[1].1,
        "You said hello. Is there anything more to say about it?"
    );
}

/// A stream of turns that is at its end.
struct NoTurns;

impl Stream for NoTurns {
    type Item = cartesia::Result<TurnEvent>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}

/// What the server says of a text, as a microphone hears it.
async fn spoken(client: &Client, text: &str) -> Vec<f32> {
    let format = RawFormat::new(cartesia::RawEncoding::PcmF32Le, 48_000);
    let request = BytesRequest::new("sonic-3", VoiceId::DEFAULT, text, format);
    let body = within(client.tts().bytes(request).into_future())
        .await
        .unwrap();
    within(body.collect()).await.unwrap().samples_f32().unwrap()
}

#[tokio::test]
async fn a_microphone_is_listened_to_in_three_lines() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let client = client(&server);
    let (recorder, mut microphone) = Recorder::builder().open_offline(48_000, 1).unwrap();
    microphone.hear(&spoken(&client, "Two tickets, please.").await);
    microphone.unplug();

    let mut conversation = Conversation::new(stage.speech.clone(), model(Arc::default()));
    let spec = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
    let turns = within(client.stt().turns(spec)).await.unwrap();
    let microphone = Listening::new(recorder, turns).unwrap();
    stage
        .play_until(conversation.listen(microphone))
        .await
        .unwrap();
    let history = texts(conversation.history());
    assert_eq!(history[0], (Role::User, "Two tickets, please."));
    assert_eq!(
        history[1].1,
        "You said Two tickets, please.. Is there anything more to say about it?"
    );
}

#[tokio::test]
async fn a_greeting_is_interrupted_like_a_reply() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let mut conversation = Conversation::new(stage.speech.clone(), model(Arc::default()));
    let greeting = [
        "Hello, ",
        "this is the front desk, how can I be of help to you?",
    ];
    for text in greeting {
        let tokens = vec![text.to_owned()];
        conversation.say(Box::pin(Canned(tokens))).unwrap();
    }
    stage.arrived(Duration::from_secs(2)).await;
    stage.play(16_000);
    stage
        .play_until(conversation.on_event(start()))
        .await
        .unwrap();
    let heard = stage.speech.heard();
    let history = texts(conversation.history());
    assert_eq!(history, [(Role::Assistant, heard.text.as_str())]);
    assert!(!heard.is_complete && heard.text.starts_with("Hello, this"));
    within(conversation.on_event(end("hi"))).await.unwrap();
    stage.play_until(conversation.finished()).await;
    let history = texts(conversation.history());
    assert_eq!(
        history[2].1,
        "You said hi. Is there anything more to say about it?"
    );
    assert_eq!(history.len(), 3);
}

#[tokio::test]
async fn a_model_that_cannot_take_questions_back_is_asked_at_the_end_alone() {
    let server = within(MockServer::start()).await.unwrap();
    let stage = Stage::new(&server).await;
    let asked = Arc::default();
    let mut conversation =
        Conversation::new(stage.speech.clone(), model(Arc::clone(&asked))).without_early_replies();
    for event in [start(), TurnEvent::EagerEnd(text("two"))] {
        within(conversation.on_event(event)).await.unwrap();
    }
    assert!(asked.lock().unwrap().is_empty());
    within(conversation.on_event(end("two tickets")))
        .await
        .unwrap();
    assert_eq!(*asked.lock().unwrap(), ["two tickets"]);
}

#[tokio::test]
async fn turns_are_taken_from_a_stream() {
    struct Turns(tokio::sync::mpsc::Receiver<TurnEvent>);
    impl Stream for Turns {
        type Item = cartesia::Result<TurnEvent>;
        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.0.poll_recv(cx).map(|event| event.map(Ok))
        }
    }
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let mut conversation = Conversation::new(stage.speech.clone(), model(Arc::default()));
    let (turns, receiver) = tokio::sync::mpsc::channel(8);
    for event in [start(), TurnEvent::EagerEnd(text("hi")), end("hi")] {
        turns.send(event).await.unwrap();
    }
    drop(turns);
    stage
        .play_until(conversation.run(Turns(receiver)))
        .await
        .unwrap();
    stage.play(PERIOD);
    assert_eq!(
        texts(conversation.history()),
        [
            (Role::User, "hi"),
            (
                Role::Assistant,
                "You said hi. Is there anything more to say about it?"
            )
        ]
    );
    assert!(!format!("{conversation:?} {:?}", conversation.history()).contains("hi"));
}
