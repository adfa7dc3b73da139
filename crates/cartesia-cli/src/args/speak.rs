//! The flags of `speak`.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;

use cartesia::tts::{Emotion, PronunciationDictId};
use cartesia::{Language, Locale, ModelId, RawEncoding};
use clap::{Args, ValueEnum};

use super::{VoiceName, default_voice};
use crate::config::Profile;

const DELIVERY: &str = "Voice and delivery";
const OUTPUT: &str = "Output";
const PLAYBACK: &str = "Playback";

#[derive(Debug, Args)]
pub(crate) struct Speak {
    /// The text, in one or several words. Without it, or with `-`, stdin is read, and each sentence is spoken
    /// as soon as it has arrived (MP3, `--transport sse` and `bytes` need the whole text first)
    #[arg(value_name = "TEXT|-")]
    pub(crate) text: Vec<String>,
    /// Read the text from a file
    #[arg(short, long, value_name = "FILE", conflicts_with = "text",
          value_hint = clap::ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
    /// Speak more than 20000 characters. Without this flag, the program asks on a terminal and otherwise
    /// refuses; text that streams in through a pipe is cut there
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Transport of the audio [default: bytes for MP3, ws for everything else]
    #[arg(long, value_name = "HOW")]
    pub(crate) transport: Option<Transport>,

    /// The voice, by its id or name; `?` lists voices to choose from [default: that of the profile,
    /// or Katie]
    #[arg(long, value_name = "ID|NAME", help_heading = DELIVERY)]
    pub(crate) voice: Option<VoiceName>,
    /// The model [default: that of the profile, or sonic-latest]
    #[arg(long, value_name = "ID", help_heading = DELIVERY)]
    pub(crate) model: Option<ModelId>,
    /// The language of the text, such as `en`
    #[arg(long, value_name = "CODE", help_heading = DELIVERY)]
    pub(crate) language: Option<Language>,
    /// The regional form of the language, such as `en-GB`
    #[arg(long, value_name = "LOCALE", help_heading = DELIVERY)]
    pub(crate) locale: Option<Locale>,
    /// Speaking rate: 1 is normal, 0.6 slow, 1.5 fast
    #[arg(long, value_name = "FACTOR", help_heading = DELIVERY, value_parser = factor)]
    pub(crate) speed: Option<f64>,
    /// Loudness: 1 is normal, 0.5 quiet, 2 loud
    #[arg(long, value_name = "FACTOR", help_heading = DELIVERY, value_parser = factor)]
    pub(crate) volume: Option<f64>,
    /// The emotion, such as neutral, happy, excited, calm, angry, sad or scared
    #[arg(long, value_name = "EMOTION", help_heading = DELIVERY)]
    pub(crate) emotion: Option<Emotion>,
    /// A pronunciation dictionary, by its id; `dicts list` shows them
    #[arg(long, value_name = "ID", help_heading = DELIVERY)]
    pub(crate) pronunciation_dict: Option<PronunciationDictId>,

    /// Where to write the audio; `-` is stdout. By default the audio is played, or without a device written
    /// to a new file speech.wav, .mp3 or .pcm
    #[arg(short, long, value_name = "FILE|-", help_heading = OUTPUT,
          value_hint = clap::ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// The kind of file [default: by the extension of the output, or else wav]
    #[arg(long, value_name = "KIND", help_heading = OUTPUT)]
    pub(crate) container: Option<Container>,
    /// The encoding of a sample [default: pcm_s16le]
    #[arg(long, value_name = "ENCODING", value_parser = encoding, help_heading = OUTPUT)]
    pub(crate) encoding: Option<RawEncoding>,
    /// Samples per second [default: 8000 for µ-law and A-law, 44100 for everything else]
    #[arg(long, value_name = "HERTZ", help_heading = OUTPUT)]
    pub(crate) sample_rate: Option<u32>,
    /// Bits per second of MP3
    #[arg(long, value_name = "RATE", default_value_t = 128_000, help_heading = OUTPUT)]
    pub(crate) bit_rate: u32,
    /// Also write subtitles, from the word timestamps: .srt, .vtt, .json or .txt
    #[arg(long, value_name = "FILE", help_heading = OUTPUT,
          value_hint = clap::ValueHint::FilePath)]
    pub(crate) subtitles: Option<PathBuf>,
    /// Print one line of JSON with measurements, or with the error, as the last line on stderr
    #[arg(long, help_heading = OUTPUT)]
    pub(crate) report: bool,
    /// Print only errors: neither the words while they are heard, nor measurements
    #[arg(short, long, conflicts_with = "report", help_heading = OUTPUT)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) aloud: Aloud,
}

impl Speak {
    /// Takes from a profile what no flag says.
    pub(crate) fn fill(&mut self, profile: &Profile) {
        self.voice = self.voice.take().or_else(|| profile.voice.clone());
        self.model = self.model.take().or_else(|| profile.model.clone());
        self.language = self.language.take().or_else(|| profile.language.clone());
    }

    pub(crate) fn voice(&self) -> VoiceName {
        self.voice.clone().unwrap_or_else(default_voice)
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Aloud {
    /// Play the audio even if it is written with --output
    #[arg(long, help_heading = PLAYBACK)]
    pub(crate) play: bool,
    /// Do not play: write a file even without --output
    #[arg(long, conflicts_with = "play", help_heading = PLAYBACK)]
    pub(crate) no_play: bool,
    /// Play on this device, by a part of its name or by its identifier; `devices` lists them. `null` plays in
    /// real time without sound
    #[arg(long, value_name = "NAME", conflicts_with = "no_play", help_heading = PLAYBACK)]
    pub(crate) device: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// A WebSocket: PCM in chunks, text as it arrives
    Ws,
    /// Server-sent events: PCM in chunks
    Sse,
    /// One stream of bytes, in any container
    Bytes,
}

impl Transport {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::Sse => "sse",
            Self::Bytes => "bytes",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Container {
    /// PCM without a header
    Raw,
    /// A WAV file
    Wav,
    /// An MP3 file
    Mp3,
}

/// A factor; its range is the service's business, which may widen it.
pub(super) fn factor(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|factor: &f64| factor.is_finite() && *factor > 0.0)
        .ok_or_else(|| "it is not a number above zero".to_owned())
}

pub(super) fn encoding(text: &str) -> Result<RawEncoding, String> {
    RawEncoding::ALL
        .into_iter()
        .find(|encoding| encoding.as_str() == text)
        .ok_or_else(|| {
            format!(
                "the encodings are {}",
                RawEncoding::ALL.map(RawEncoding::as_str).join(", ")
            )
        })
}
