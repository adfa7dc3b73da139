//! Measurements of speech for a metrics system: the text that Prometheus collects.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example metrics -- --mock
//! ```
//!
//! Without `--mock` it asks the service, with the key in `CARTESIA_API_KEY`. `--output FILE.wav` writes
//! what would be heard.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;

use cartesia::speech::{Metrics, SpeechReport};
use cartesia::{Client, ContextSpec, Heard, ModelId, RawFormat, VoiceId};
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry};

/// What is measured, under the names that a dashboard knows.
struct Exported {
    first_heard: Histogram,
    silence: IntCounterVec,
    characters: IntCounter,
    interruptions: IntCounter,
}

impl Exported {
    fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let latency = HistogramOpts::new(
            "speech_first_heard_seconds",
            "from text to first audio at the speaker",
        )
        .buckets(vec![0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2]);
        let silence = Opts::new(
            "speech_silence_milliseconds_total",
            "silence within an utterance, by cause",
        );
        let exported = Self {
            first_heard: Histogram::with_opts(latency)?,
            silence: IntCounterVec::new(silence, &["cause"])?,
            characters: IntCounter::new("speech_characters_total", "characters that were sent")?,
            interruptions: IntCounter::new(
                "speech_interruptions_total",
                "interruptions by the user",
            )?,
        };
        registry.register(Box::new(exported.first_heard.clone()))?;
        registry.register(Box::new(exported.silence.clone()))?;
        registry.register(Box::new(exported.characters.clone()))?;
        registry.register(Box::new(exported.interruptions.clone()))?;
        Ok(exported)
    }
}

impl Metrics for Exported {
    fn utterance(&self, report: &SpeechReport) {
        if let Some(waited) = report.first_heard {
            self.first_heard.observe(waited.as_secs_f64());
        }
        self.characters.inc_by(report.characters as u64);
        let silence = &report.silence;
        for (cause, time) in [
            ("network", silence.network),
            ("feeder", silence.feeder),
            ("device", silence.device),
        ] {
            let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            self.silence
                .with_label_values(&[cause])
                .inc_by(milliseconds);
        }
    }

    fn interrupted(&self, _: &Heard) {
        self.interruptions.inc();
    }
}

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let registry = Registry::new();
    let client = Client::from_env()?;
    let player = cartesia_examples::player_in_real_time()?; // in your program: `Player::open_default()?`
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
    let call = client.speech(&player, spec);
    let speech = call.metrics(Arc::new(Exported::new(&registry)?)).await?;

    speech.say("This one is heard to its end.")?;
    speech.finished().await?;
    speech.say("This one is interrupted, long before all of it was heard.")?;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    speech.interrupt().await?;
    speech.finished().await?;

    // In your program, an HTTP server answers `GET /metrics` with this.
    println!(
        "{}",
        prometheus::TextEncoder::new().encode_to_string(&registry.gather())?
    );
    Ok(())
}
