//! Interruptions among replays, kills and expiries. An ear that knows nothing of timestamps hears what left the
//! speaker: nothing else may be claimed.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use cartesia::FailurePolicy;
use cartesia_mock::MockServer;
use futures_core::Stream;
use serde_json::json;
use tokio::sync::mpsc;

use super::{FORMAT, PERIOD, Stage, TEXTS, script, spoken, transcript};
use crate::{client, within};

const ROUNDS: usize = 500;

/// A context ends so soon after its last text.
const EXPIRY: Duration = Duration::from_millis(20);

/// Texts that come when they are sent.
struct Texts(mpsc::Receiver<String>);

impl Stream for Texts {
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<String>> {
        self.0.poll_recv(cx)
    }
}

fn without_tags(text: &str) -> String {
    let mut in_tag = false;
    let is_text = |character: &char| {
        let was_tag = in_tag;
        in_tag = *character == '<' || (in_tag && *character != '>');
        !was_tag && !in_tag
    };
    text.chars().filter(is_text).collect()
}

/// What can be heard of a text: no tags, no punctuation.
fn letters(text: &str) -> String {
    let text = without_tags(text);
    let spoken: String = text.chars().filter(|it| it.is_alphanumeric()).collect();
    spoken.to_lowercase()
}

/// What the ear hears: words, and sounds in which it finds none, which it numbers. They are words at which a
/// broken connection was joined, or in which the speaker had to wait for audio.
enum Sound {
    Word(String),
    Unknown,
}

fn sounds(heard: &str) -> Vec<Sound> {
    let mut sounds = Vec::new();
    for part in heard.split_whitespace() {
        let mut rest = part;
        while let Some((before, after)) = rest.split_once("word") {
            let number = after.len()
                - after
                    .trim_start_matches(|it: char| it.is_ascii_digit())
                    .len();
            if number == 0 {
                break;
            }
            sounds.push(Sound::Word(letters(before)));
            sounds.push(Sound::Unknown);
            rest = &after[number..];
        }
        sounds.push(Sound::Word(letters(rest)));
    }
    sounds
}

/// What of a claim was not heard. A word that is cut and spoken again is heard twice. `joined` says how many of
/// the sounds, from the first on, may be unknown because of that: each may then have been what is left of a
/// run of letters.
fn not_heard(claim: &str, heard: &str, joined: usize) -> String {
    let untagged = without_tags(claim);
    let runs: Vec<String> = untagged
        .split(|it: char| it.is_whitespace() || "。，、,.".contains(it))
        .map(letters)
        .collect();
    let claim = letters(claim);
    let run_end = |at: usize| {
        let ends = runs.iter().scan(0, |end, run| {
            *end += run.len();
            Some(*end)
        });
        ends.into_iter()
            .find(|end| *end > at)
            .unwrap_or(claim.len())
    };
    // The places in the claim up to which it may have been heard.
    let mut places = vec![0];
    for (number, sound) in sounds(heard).into_iter().enumerate() {
        for at in places.clone() {
            let rest = &claim[at..];
            match &sound {
                Sound::Word(word) if rest.starts_with(word.as_str()) => {
                    places.push(at + word.len());
                }
                Sound::Word(word) if word.starts_with(rest) => places.push(claim.len()),
                Sound::Unknown if number < joined => {
                    let ends = claim.char_indices().map(|(end, _)| end);
                    places.extend(ends.filter(|end| (at..run_end(at)).contains(end)));
                    places.push(run_end(at));
                }
                _ => {}
            }
        }
        places.sort_unstable();
        places.dedup();
    }
    claim[places.last().copied().unwrap_or_default()..].to_owned()
}

#[test]
fn the_oracle_finds_a_claim_that_is_too_long() {
    for (claim, heard, joined, too_much) in [
        ("It cost $1M, he", "It cost $1M, he", 0, ""),
        ("It cost <break/>", "It cost $1M, he", 0, ""),
        ("It cost $1M, he said", "It cost $1M, he", 0, "said"),
        ("no no no", "no no", 9, "no"),
        ("(words), well", "words", 0, "well"),
        ("One two", "One word7", 0, "two"),
        ("One two", "One word7", 9, ""),
        ("One two three", "One word7", 9, "three"),
        ("話します。今日は", "話し word7 word8す。今日は", 9, ""),
        ("話します。今日は", "話し word7す。", 9, "今日は"),
    ] {
        assert_eq!(not_heard(claim, heard, joined), too_much, "{claim}");
    }
}

/// Speaks a text in two halves, the second one after the context of the first one has expired.
fn say_late(stage: &Stage, text: &str) -> (cartesia::Spoken, tokio::task::JoinHandle<()>) {
    let spaces: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
    let at = spaces.get(spaces.len() / 2).map_or(text.len(), |at| *at);
    let halves = [&text[..at], &text[at..]].map(str::to_owned);
    let (sender, receiver) = mpsc::channel(2);
    let said = stage.speech.say_stream(Texts(receiver)).unwrap();
    let sending = async move {
        let [first, second] = halves;
        // An interruption gives the stream up.
        let _ = sender.send(first).await;
        tokio::time::sleep(3 * EXPIRY).await;
        let _ = sender.send(second).await;
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends by itself, and is waited for"
    )]
    let sending = tokio::spawn(sending);
    (said, sending)
}

#[tokio::test]
async fn nothing_is_claimed_that_was_not_heard() {
    let server = MockServer::builder().context_expiry(EXPIRY).start();
    let server = within(server).await.unwrap();
    let connection = within(client(&server).tts().connect()).await.unwrap();
    let mut stages = [FailurePolicy::Continue, FailurePolicy::Stop]
        .map(|policy| Stage::over(&server, &connection, |call| call.on_failure(policy)));
    let mut lengths = Vec::new();
    for text in TEXTS {
        lengths.push(spoken(&connection, text).await.1);
    }
    let before = connection.stats();
    let mut random = fastrand::Rng::with_seed(1_404);
    let (mut exact, mut claimed, mut continued, mut failed, mut unsure) = (0, 0, 0, 0, 0);
    for round in 0..ROUNDS {
        let (text, length) = (TEXTS[round % TEXTS.len()], lengths[round % TEXTS.len()]);
        let stage = &mut stages[round / TEXTS.len() % 2];
        let trouble = random.u32(0..5);
        // Before any audio, so that the context is replayed, or in the middle of it.
        let chunks = match trouble {
            0 => Some(0),
            1 | 2 => Some(random.u32(1..5)),
            _ => None,
        };
        let rules =
            chunks.map(|chunks| json!([{"at": {"chunks": chunks}, "times": 1, "do": "reset"}]));
        server.set_script(script(&rules.unwrap_or(json!([]))));
        let (said, sending) = if trouble == 3 {
            let (said, sending) = say_late(stage, text);
            (said, Some(sending))
        } else {
            (stage.speech.say(text).unwrap(), None)
        };
        // Whatever has arrived by a random moment is played up to a random place, in one go or in two.
        tokio::time::sleep(Duration::from_millis(random.u64(2..60))).await;
        let frames = usize::try_from(FORMAT.samples_of_duration(length)).unwrap();
        for _ in 0..random.u32(1..3) {
            stage.play(random.usize(0..frames + 2 * PERIOD));
            tokio::time::sleep(Duration::from_millis(random.u64(0..8))).await;
        }
        let heard = stage.interrupt().await;
        let samples = std::mem::take(&mut stage.heard);
        let ear = transcript(&server, &samples).await;
        let outcome = within(said.finished()).await;
        let continuations = outcome.as_ref().map_or(0, |report| report.continuations);
        // An error does not tell. On a busy machine, audio may come late before it.
        let underruns = outcome.as_ref().map_or(1, |report| report.underruns);
        // The last sound is unknown if the interruption cut it: then it is no word that was heard.
        let joined = match (u64::from(continuations) + underruns, heard.is_complete) {
            (0, _) => 0,
            (_, true) => usize::MAX,
            (_, false) => sounds(&ear).len().saturating_sub(1),
        };
        let wrong = not_heard(&heard.text, &ear, joined);
        assert!(
            wrong.is_empty(),
            "{round}: {:?} was claimed, {wrong:?} too much; {ear:?} was heard",
            heard.text
        );
        assert!(
            text.starts_with(&(heard.text.clone() + &heard.rest)),
            "{round}"
        );
        assert_eq!(stage.interrupt().await, heard, "{round}");
        let is_unknown = |sound: &Sound| matches!(sound, Sound::Unknown);
        unsure += usize::from(sounds(&ear).iter().any(is_unknown));
        exact += usize::from(heard.is_exact);
        claimed += letters(&heard.text).len();
        continued += continuations;
        failed += usize::from(outcome.is_err());
        if let Some(sending) = sending {
            within(sending).await.unwrap();
        }
        // No old sample after the fade, which the next round would hear.
        stage.play(PERIOD * 5);
        let tail = std::mem::take(&mut stage.heard);
        assert!(tail.iter().all(|sample| *sample == 0.0), "{round}");
    }
    // All of it happened.
    let after = connection.stats();
    assert!(after.replays > before.replays, "{after:?}");
    assert!(
        continued > 10 && failed > 10,
        "{continued} continued, {failed} failed"
    );
    assert!(exact > ROUNDS / 2, "{exact} of {ROUNDS} were exact");
    // Where an underrun or the interruption cut a word: a tenth of them on a machine that is not busy.
    assert!(unsure < ROUNDS / 4, "{unsure} had sounds without a word");
    assert!(claimed > ROUNDS, "{claimed} letters were claimed");
}
