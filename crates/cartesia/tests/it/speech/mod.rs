//! Speech that converses, over the offline server and a virtual speaker.

mod conversation;
mod failures;
mod interruptions;
mod queue;
mod soak;
mod trouble;

use std::time::Duration;

use cartesia::audio::{OfflineOptions, OfflineOutput};
use cartesia::stt::TranscribeRequest;
use cartesia::tts::{Event, WordTiming};
use cartesia::{
    ContextSpec, Heard, ModelId, Player, RawEncoding, RawFormat, Speech, TtsConnection, Upload,
    VoiceId,
};
use cartesia_mock::{MockServer, Script};
use serde_json::{Value, json};

use crate::{VOICE, client, within};

/// The speaker runs at the same rate, so that frames are the same on both sides.
const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;
const PERIOD: usize = 160;

/// Numbers, currencies, abbreviations, tags, emoji, scripts without spaces, right to left, repeated words.
const TEXTS: [&str; 12] = [
    "Good evening. How was your day?",
    "It cost $1M, he said — and 42 people paid €3.50 each. A lot!",
    "Dr. Smith met Mr. Jones at 10:30 a.m. on Jan. 5, 2024, e.g. at No. 7.",
    "Wait<break time=\"300ms\"/> there. <emotion value=\"calm\"/>Now <spell>AB12</spell> is your code.",
    "Hi 👍 there 🎉🎉 friend! ❤️",
    "你好，世界。今天天气很好，我们去公园吧！",
    "مرحبا بالعالم، كيف حالك اليوم؟ أنا بخير.",
    "no no no no yes no no yes yes no",
    "I have 1 apple and 2 pears and finally one cat, 3 dogs, one cow.",
    "12 000 of 100% - \"quoted\" (words), well-known don't stop… 5 5 5 five.",
    "สวัสดีครับ ผมชื่อทอม ยินดีที่ได้รู้จัก",
    "日本語を話します。今日は2024年です。",
];

fn spec() -> ContextSpec {
    ContextSpec::new(ModelId::SONIC_3, VoiceId::from(VOICE), FORMAT)
}

fn script(rules: &Value) -> Script {
    json!({ "rules": rules }).to_string().parse().unwrap()
}

/// A speech and the speaker that it plays on.
struct Stage {
    speech: Speech,
    output: OfflineOutput,
    heard: Vec<f32>,
}

impl Stage {
    async fn new(server: &MockServer) -> Self {
        let connection = within(client(server).tts().connect()).await.unwrap();
        Self::over(server, &connection, |call| call)
    }

    fn over(
        server: &MockServer,
        connection: &TtsConnection,
        set: impl FnOnce(cartesia::speech::SpeechCall) -> cartesia::speech::SpeechCall,
    ) -> Self {
        Self::on(OfflineOptions::new(16_000), server, connection, set)
    }

    /// A speaker that stops at once: an interruption plays nothing more.
    fn without_fades(server: &MockServer, connection: &TtsConnection) -> Self {
        let options = OfflineOptions::new(16_000).fade(Duration::ZERO);
        Self::on(options, server, connection, |call| call)
    }

    fn on(
        options: OfflineOptions,
        server: &MockServer,
        connection: &TtsConnection,
        set: impl FnOnce(cartesia::speech::SpeechCall) -> cartesia::speech::SpeechCall,
    ) -> Self {
        let (player, output) = Player::offline(options.queue(Duration::from_secs(120))).unwrap();
        let speech = set(client(server).speech(&player, spec())).over(connection);
        Self {
            speech,
            output,
            heard: Vec::new(),
        }
    }

    /// Plays so many frames.
    fn play(&mut self, frames: usize) {
        self.heard.extend_from_slice(self.output.step(frames));
    }

    /// Plays until a future is ready, while it and the network go on.
    async fn play_until<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        within(async {
            loop {
                tokio::select! {
                    biased;
                    result = &mut future => return result,
                    () = tokio::time::sleep(Duration::from_micros(50)) => {}
                }
                self.play(PERIOD);
            }
        })
        .await
    }

    /// Waits until so much audio waits in the player.
    async fn arrived(&self, audio: Duration) {
        within(async {
            while self.speech.player().playhead().queued < audio {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        })
        .await;
    }

    /// Waits until it is known which words were heard: audio comes before its timestamps, and may be played
    /// before they are here.
    async fn known(&self) {
        within(async {
            while !self.speech.heard().is_exact {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        })
        .await;
    }

    /// Waits until everything that was said has arrived, with its timestamps.
    async fn all_arrived(&self) {
        within(async {
            while self.speech.connection().stats().live_contexts > 0 {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        })
        .await;
    }

    /// Interrupts, and plays until the speaker is silent.
    async fn interrupt(&mut self) -> Heard {
        let interrupting = self.speech.interrupt();
        self.play_until(interrupting).await.unwrap()
    }
}

/// What the server speaks for a text: its words as they are written, and how long all of it is.
async fn spoken(connection: &TtsConnection, text: &str) -> (Vec<WordTiming>, Duration) {
    let spec = spec()
        .with_timestamps(true)
        .with_normalized_timestamps(false);
    let context = connection.context(spec).unwrap();
    let mut output = within(context.speak(text)).await.unwrap();
    let mut words = Vec::new();
    while let Some(event) = within(output.next_event()).await.unwrap() {
        if let Event::Timestamps(timestamps) = event {
            words.extend(timestamps.words);
        }
    }
    (words, FORMAT.duration_of_bytes(output.bytes_received()))
}

/// The end of the last word that was heard whole: the words are found one after the other in the text, as they
/// are written there.
fn expected_end(text: &str, words: &[WordTiming], heard: Duration) -> usize {
    let mut end = 0;
    for timing in words {
        let found = text[end..].find(&timing.word);
        let at = end + found.unwrap_or_else(|| panic!("{:?} is not in {text:?}", timing.word));
        if timing.end > heard + Duration::from_micros(2) {
            break;
        }
        end = at + timing.word.len();
    }
    end
}

/// What the server's own ear hears in what left the speaker.
async fn transcript(server: &MockServer, samples: &[f32]) -> String {
    let format = RawFormat::new(RawEncoding::PcmF32Le, 16_000);
    let mut wav = cartesia::wav::header(format, Some(samples.len() as u64 * 4));
    wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    let upload = Upload::from_bytes("heard.wav", wav);
    let request = TranscribeRequest::new("ink-whisper", upload);
    within(client(server).stt().transcribe(request).into_future())
        .await
        .unwrap()
        .text
}

/// The page on conversations has the same program with and without speech.
#[test]
fn fewer_than_fifteen_lines_take_the_place_of_all_that_glue() {
    let page = include_str!("../../../../../docs/conversations.md");
    let programs = page.split("```rust,no_run\n").skip(1);
    let lines: Vec<usize> = programs
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .map(|code| code.lines().filter(|line| !line.trim().is_empty()).count())
        .collect();
    assert!(lines[0] < 15 && lines[1] > 3 * lines[0], "{lines:?}");
}
