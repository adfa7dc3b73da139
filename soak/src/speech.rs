//! An hour of a voice agent, on a virtual speaker that is as fast as it can be: it says something, is
//! interrupted, goes on, waits, and loses its network and its device, at random.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::pin::pin;
use std::time::Duration;

use cartesia::audio::{OfflineOptions, OfflineOutput};
use cartesia::speech::{SpeechEvents, SpokenId};
use cartesia::{
    Client, ContextSpec, FailurePolicy, Heard, ModelId, Player, RawFormat, Speech, SpeechEvent,
    Spoken, VoiceId,
};
use xtask::Result;

use crate::conversation::VOICE;
use crate::process::Process;

const FORMAT: RawFormat = RawFormat::PCM_S16LE_8000;

const RATE: u64 = 8_000;

/// Frames of an hour.
const HOUR: u64 = 3_600 * RATE;

/// One buffer of the speaker.
const PERIOD: usize = 80;

/// How long anything may take that has to end.
const HANG: Duration = Duration::from_secs(60);

/// How long it waits for audio before it does the next thing.
const MOMENT: Duration = Duration::from_millis(40);

/// What is said: short and long, with numbers, and with words that repeat.
const TEXTS: &[&str] = &[
    "Yes. ",
    "That makes $12.50, or 3 for $30. ",
    "The train leaves at 9:30, and the next one at 10:30, and the next one at 11:30. ",
    "No, no, no. ",
];

/// What came of it.
#[derive(Default)]
pub(crate) struct Tally {
    said: u64,
    ended: u64,
    interruptions: u64,
    resumptions: u64,
    device_changes: u64,
    errors: u64,
    heard: Duration,
    /// Bytes when the first third was over, and at the end.
    memory: (u64, u64),
    pub(crate) faults: BTreeSet<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "speech    one hour: {} said, {} ended, {} interruptions, {} resumed, {} other devices, {} failed, \
             {} s heard; memory {} KiB warm, {} KiB at the end",
            self.said,
            self.ended,
            self.interruptions,
            self.resumptions,
            self.device_changes,
            self.errors,
            self.heard.as_secs(),
            self.memory.0 >> 10,
            self.memory.1 >> 10,
        )
    }
}

/// What memory may grow by after the first third, in which buffers have grown.
const GROWTH: u64 = 8 << 20;

/// Talks for an hour of the speaker's time.
pub(crate) async fn hour(client: &Client, seed: u64) -> Result<Tally> {
    let (player, output) = Player::offline(OfflineOptions::new(8_000).period(PERIOD).keep(false))?;
    let voice = VoiceId::from(VOICE);
    let spec = ContextSpec::new(ModelId::SONIC_3, voice, FORMAT);
    let connection = client.tts().connect_lazy()?;
    let call = client
        .speech(&player, spec)
        .on_failure(FailurePolicy::Continue);
    let speech = call.over(&connection);
    let mut agent = Agent {
        events: speech.events(),
        speech,
        output,
        played: 0,
        open: BTreeMap::new(),
        tally: Tally::default(),
    };
    let mut random = fastrand::Rng::with_seed(seed);
    let mut warm = None;
    while agent.played < HOUR {
        agent.act(&mut random).await?;
        agent.look();
        if agent.played > HOUR / 3 && warm.is_none() {
            warm = Some(Process::now()?.memory);
        }
    }
    agent.end().await?;
    let mut tally = agent.tally;
    tally.memory = (warm.unwrap_or_default(), Process::now()?.memory);
    if tally.memory.1 > tally.memory.0 + GROWTH {
        tally.faults.insert("the memory of speech grew".to_owned());
    }
    if tally.heard < Duration::from_secs(60) {
        tally.faults.insert("hardly anything was heard".to_owned());
    }
    drop(player);
    connection.close().await;
    Ok(tally)
}

struct Agent {
    speech: Speech,
    events: SpeechEvents,
    output: OfflineOutput,
    /// Frames.
    played: u64,
    /// What was said and has not ended.
    open: BTreeMap<SpokenId, Spoken>,
    tally: Tally,
}

impl Agent {
    /// Does one thing.
    async fn act(&mut self, random: &mut fastrand::Rng) -> Result {
        match random.u32(0..14) {
            0..=4 => {
                let text = TEXTS[random.usize(0..TEXTS.len())];
                let said = self.speech.say(text)?;
                self.note(said);
            }
            5 | 6 => {
                let interrupting = self.speech.interrupt();
                let heard = self.play_until(interrupting).await?;
                self.check(&heard?);
                self.tally.interruptions += 1;
            }
            7 => {
                for said in self.speech.resume_interrupted()? {
                    self.note(said);
                    self.tally.resumptions += 1;
                }
            }
            8 => self.speech.pause(),
            9 => self.speech.resume(),
            10 => {
                self.output.lose_device();
                self.play(PERIOD);
                self.output.restore_device(8_000, 1)?;
                self.tally.device_changes += 1;
            }
            _ => tokio::time::sleep(Duration::from_millis(random.u64(0..4))).await,
        }
        self.receive(Duration::from_millis(random.u64(0..2_000)))
            .await;
        self.play(random.usize(0..2 * FORMAT.sample_rate as usize));
        Ok(())
    }

    /// Waits for so much audio, if any may come: this speaker is far faster than the network.
    async fn receive(&self, audio: Duration) {
        let start = std::time::Instant::now();
        let player = self.speech.player();
        while self.speech.is_speaking()
            && player.playhead().queued < audio
            && start.elapsed() < MOMENT
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn note(&mut self, said: Spoken) {
        self.tally.said += 1;
        self.open.insert(said.id(), said);
    }

    fn play(&mut self, frames: usize) {
        self.output.step(frames);
        self.played += frames as u64;
    }

    /// Plays until a future is ready.
    async fn play_until<T>(&mut self, future: impl Future<Output = T>) -> Result<T> {
        let mut future = pin!(future);
        let start = std::time::Instant::now();
        while start.elapsed() < HANG {
            tokio::select! {
                biased;
                result = &mut future => return Ok(result),
                () = tokio::time::sleep(Duration::from_micros(200)) => {}
            }
            self.play(PERIOD);
        }
        Err("speech hangs".into())
    }

    /// Text that was heard is a prefix of what was said, and no longer than what was played.
    fn check(&mut self, heard: &Heard) {
        let said = format!("{}{}", heard.text, heard.rest);
        if !said.starts_with(&heard.text) || said.len() < heard.likely_text.len() {
            self.fault("more was heard than was said");
        }
    }

    /// Takes the events that came.
    fn look(&mut self) {
        while let Some(event) = self.events.try_next_event() {
            match event {
                SpeechEvent::Ended { utterance } => {
                    self.tally.ended += 1;
                    match self.open.remove(&utterance) {
                        Some(said) => {
                            self.tally.heard += said.heard().audio;
                            self.tally.errors += u64::from(matches!(said.report(), Some(Err(_))));
                        }
                        None => self.fault("an utterance ended twice"),
                    }
                }
                SpeechEvent::Missed { .. } => self.fault("events were missed"),
                _ => {}
            }
        }
    }

    fn fault(&mut self, what: &str) {
        self.tally.faults.insert(what.to_owned());
    }

    /// Lets all end that was said.
    async fn end(&mut self) -> Result {
        self.speech.resume();
        let open: Vec<Spoken> = self.open.values().cloned().collect();
        for said in open {
            // How it ended is counted when its event is there.
            let _ = self.play_until(said.finished()).await?;
        }
        self.look();
        if !self.open.is_empty() {
            self.fault("utterances never ended");
        }
        Ok(())
    }
}
