//! What is said plays in order, without gaps, and is told when it leaves the speaker.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use cartesia::speech::{Metrics, Piece, SpeechReport};
use cartesia::tts::GenerationConfig;
use cartesia::{ErrorKind, Heard, SpeechEvent, VoiceId};
use cartesia_mock::MockServer;
use futures_core::Stream;
use tokio::sync::mpsc;

use super::{PERIOD, Stage, spec, spoken};
use crate::{client, within};

/// Tokens of a language model.
struct Tokens(mpsc::Receiver<String>);

impl Stream for Tokens {
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<String>> {
        self.0.poll_recv(cx)
    }
}

#[tokio::test]
async fn utterances_follow_each_other_without_a_gap() {
    let server = within(MockServer::start()).await.unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    let mut stage = Stage::over(&server, &connection, |call| call);
    let texts = ["First of all.", "Second, 2 things.", "Third and last."];
    let mut length = Duration::ZERO;
    for text in texts {
        length += spoken(&connection, text).await.1;
    }
    for text in texts {
        stage.speech.say(text).unwrap();
    }
    assert!(stage.speech.is_speaking());
    stage.arrived(length).await;
    stage.output.run_until_idle();
    let heard = within(stage.speech.finished()).await.unwrap();
    assert_eq!(
        heard.text,
        "First of all. Second, 2 things. Third and last."
    );
    assert_eq!(heard.audio, length);
    assert!(heard.is_complete && !stage.speech.is_speaking());
    assert_eq!(stage.speech.player().playhead().underruns, 0);
    // Silence was heard: what is said now is a turn of its own.
    let said = stage.speech.say("Another turn.").unwrap();
    stage.play_until(said.finished()).await.unwrap();
    assert_eq!(stage.speech.heard().text, "Another turn.");
}

#[tokio::test]
async fn at_most_two_contexts_run_at_a_time() {
    let builder = MockServer::builder().pace(cartesia_mock::Pace::TimesRealTime(50.0));
    let server = within(builder.start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    for _ in 0..8 {
        stage.speech.say("Some words to say.").unwrap();
    }
    let speech = stage.speech.clone();
    let mut most = 0;
    let finished = async {
        let mut finished = std::pin::pin!(speech.finished());
        loop {
            tokio::select! {
                biased;
                heard = &mut finished => return heard,
                () = tokio::time::sleep(Duration::from_micros(100)) => {
                    most = most.max(speech.connection().stats().live_contexts);
                }
            }
        }
    };
    let heard = stage.play_until(finished).await.unwrap();
    assert!(heard.is_complete);
    assert_eq!(most, 2);
}

#[tokio::test]
async fn each_utterance_has_its_own_way_to_speak() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let voice = "db6b0ed5-d5d3-463d-ae85-518a07d3c2b4";
    let other = stage.speech.with_spec(
        cartesia::ContextSpec::new("sonic-3", VoiceId::from(voice), super::FORMAT)
            .with_language("fr"),
    );
    stage.speech.say("One.").unwrap();
    other.say("Deux.").unwrap();
    stage.speech.say("Three.").unwrap();
    let finished = stage.speech.clone();
    let heard = stage.play_until(finished.finished()).await.unwrap();
    assert_eq!(heard.text, "One. Deux. Three.");
    let voices: Vec<_> = server
        .messages()
        .iter()
        .filter_map(cartesia_mock::SocketMessage::json)
        .filter(|message| message["transcript"] != "")
        .map(|message| message.to_string().contains(voice))
        .collect();
    assert_eq!(voices, [false, true, false]);
}

#[tokio::test]
async fn text_comes_as_tokens_and_is_read_no_further_after_an_interruption() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let (tokens, stream) = mpsc::channel(1);
    let said = stage.speech.say_stream(Tokens(stream)).unwrap();
    for token in ["Let me ", "check 4", "2 times. "] {
        within(tokens.send(token.to_owned())).await.unwrap();
    }
    stage.arrived(Duration::from_millis(900)).await;
    stage.play(8_000);
    let heard = stage.interrupt().await;
    assert!(heard.text.starts_with("Let") && !heard.is_complete);
    assert_eq!(heard.text.clone() + &heard.rest, said.text());
    // Saying something else gives the stream up.
    stage.speech.say("Yes?").unwrap();
    within(tokens.closed()).await;
}

#[tokio::test]
async fn words_are_reported_when_they_leave_the_speaker() {
    let server = within(MockServer::start()).await.unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    let mut stage = Stage::over(&server, &connection, |call| call);
    let text = "One two, three.";
    let (words, length) = spoken(&connection, text).await;
    let mut events = stage.speech.events();
    let said = stage.speech.say(text).unwrap();
    stage.arrived(length).await;
    let mut observed = Vec::new();
    let mut ended = 0;
    let mut now = Duration::ZERO;
    for _ in 0..(length.as_millis() / 10 + 20) {
        stage.play(PERIOD);
        now += Duration::from_millis(10);
        while let Some(event) = events.try_next_event() {
            match event {
                SpeechEvent::Word {
                    utterance,
                    text: range,
                    start,
                    ..
                } => {
                    assert_eq!(utterance, said.id());
                    assert!(
                        start <= now && now <= start + Duration::from_millis(20),
                        "{start:?} {now:?}"
                    );
                    observed.push(text[range].trim().to_owned());
                }
                SpeechEvent::Ended { .. } => ended += 1,
                _ => {}
            }
        }
    }
    assert_eq!(observed, ["One", "two,", "three."]);
    assert_eq!((words.len(), ended), (3, 1));
}

#[derive(Default)]
struct Figures {
    reports: Mutex<Vec<SpeechReport>>,
    interruptions: Mutex<Vec<Heard>>,
}

impl Metrics for Figures {
    fn utterance(&self, report: &SpeechReport) {
        self.reports.lock().unwrap().push(report.clone());
    }

    fn interrupted(&self, heard: &Heard) {
        self.interruptions.lock().unwrap().push(heard.clone());
    }
}

#[tokio::test]
async fn figures_come_once_for_each_utterance() {
    let server = within(MockServer::start()).await.unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    let figures = Arc::new(Figures::default());
    let mut stage = Stage::over(&server, &connection, |call| {
        call.metrics(Arc::<Figures>::clone(&figures))
    });
    let said = stage.speech.say("Seventeen bytes. ").unwrap();
    let report = stage.play_until(said.finished()).await.unwrap();
    assert_eq!((report.characters, report.utterance), (17, said.id()));
    assert_eq!(
        report.received,
        super::FORMAT.duration_of_bytes(report.bytes)
    );
    assert!(report.first_audio.is_some() && report.first_heard.is_some());
    assert!(report.waited_for_text.is_some() && report.error.is_none());
    assert!(report.connect.unwrap().total() > Duration::ZERO);
    assert!(report.all_audio >= report.first_audio);
    // A device that comes and goes is told.
    let said = stage.speech.say("Here is another one.").unwrap();
    stage.arrived(Duration::from_millis(800)).await;
    stage.play(3_200);
    stage.output.lose_device();
    stage.output.restore_device(16_000, 1).unwrap();
    let report = stage.play_until(said.finished()).await.unwrap();
    assert_eq!(report.device_changes, 1);
    assert!(said.heard().is_complete);
    stage.speech.say("Interrupted.").unwrap();
    stage.interrupt().await;
    let _ = stage.interrupt().await;
    within(async {
        while figures.reports.lock().unwrap().len() < 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    assert_eq!(figures.interruptions.lock().unwrap().len(), 1);
}

/// Pieces that are there already.
struct Pieces(std::vec::IntoIter<Piece>);

impl Stream for Pieces {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Piece>> {
        Poll::Ready(self.0.next())
    }
}

/// What was asked for: texts and their speeds.
fn asked(server: &MockServer) -> Vec<(String, Option<f64>)> {
    let messages = server.messages();
    let asked = messages.iter().filter_map(|message| {
        let json = message.json()?;
        let text = json["transcript"]
            .as_str()
            .filter(|text| !text.is_empty())?;
        Some((text.to_owned(), json["generation_config"]["speed"].as_f64()))
    });
    asked.collect()
}

#[tokio::test]
async fn each_piece_is_spoken_as_it_says() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let slow = GenerationConfig::new().with_speed(0.8);
    let pieces = vec![
        Piece::new("It is lost. "),
        Piece::new("I am sorry. ").with_config(slow.clone()),
        Piece::from("Here is another."),
    ];
    let said = stage.speech.say_stream(Pieces(pieces.into_iter())).unwrap();
    stage.play_until(said.finished()).await.unwrap();
    assert_eq!(
        said.heard().text,
        "It is lost. I am sorry. Here is another."
    );
    let asked_for = asked(&server);
    let slowly: Vec<_> = asked_for
        .iter()
        .filter(|(_, speed)| *speed == Some(0.8))
        .map(|(text, _)| text.trim())
        .collect();
    assert_eq!(slowly, ["I am sorry.", ""], "{asked_for:?}");

    // All of one utterance, and what goes on of it.
    let said = stage
        .speech
        .say_with("This one is slow, and goes on for a while.", slow)
        .unwrap();
    stage.arrived(Duration::from_millis(600)).await;
    stage.play(4_800);
    stage.known().await;
    let heard = stage.interrupt().await;
    assert!(!heard.is_complete && !said.heard().is_complete);
    for said in stage.speech.resume_interrupted().unwrap() {
        stage.play_until(said.finished()).await.unwrap();
    }
    let others = asked(&server).split_off(asked_for.len());
    assert!(
        others.len() > 1 && others.iter().all(|(_, speed)| *speed == Some(0.8)),
        "{others:?}"
    );

    // A number that is none is refused: at once, or by the utterance that has the piece.
    let wrong = GenerationConfig::new().with_speed(f64::NAN);
    let error = stage.speech.say_with("No.", wrong.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let pieces = vec![Piece::new("Yes. "), Piece::new("No.").with_config(wrong)];
    let said = stage.speech.say_stream(Pieces(pieces.into_iter())).unwrap();
    let error = stage.play_until(said.finished()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn volume_moves_over_the_given_time() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let _said = stage
        .speech
        .with_spec(spec())
        .say("A long text, loud at first and quiet then, which goes on and on.")
        .unwrap();
    stage.arrived(Duration::from_secs(3)).await;
    stage.play(16_000);
    stage.speech.fade_volume(0.0, Duration::from_millis(500));
    let loudest = |samples: &[f32]| {
        samples
            .iter()
            .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()))
    };
    stage.play(16_000);
    let (fading, silent) = (&stage.heard[16_000..20_000], &stage.heard[24_200..]);
    assert!(loudest(fading) > 0.01, "half of the way it can be heard");
    assert!(loudest(silent) < 1e-4, "{}", loudest(silent));
}

#[tokio::test]
async fn debug_hides_what_is_said() {
    let server = within(MockServer::start()).await.unwrap();
    let mut stage = Stage::new(&server).await;
    let said = stage.speech.say("canary and canary").unwrap();
    let mut events = stage.speech.events();
    stage.play_until(said.finished()).await.unwrap();
    let mut shown = format!("{said:?} {:?} {:?}", stage.speech, stage.speech.heard());
    while let Some(event) = events.try_next_event() {
        let _ = write!(shown, "{event:?}");
    }
    assert!(!shown.contains("canary"), "{shown}");
}
