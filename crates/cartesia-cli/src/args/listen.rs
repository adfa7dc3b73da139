//! The flags of `listen`.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;

use cartesia::{Language, SttEncoding, SttModelId};
use clap::Args;

const AUDIO: &str = "Audio";
const OUTPUT: &str = "Output";

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// A WAV file, or headerless PCM with --encoding; `-` is stdin [default: the microphone]
    #[arg(value_name = "FILE|-", value_hint = clap::ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
    /// Let the service detect turns: one line for each, once the speaker stops; English only
    #[arg(long)]
    pub(crate) turns: bool,
    /// The model
    #[arg(long, value_name = "ID", default_value_t = SttModelId::INK_2)]
    pub(crate) model: SttModelId,
    /// The language of the speech, such as `en` [default: en]
    #[arg(long, value_name = "CODE", conflicts_with = "turns")]
    pub(crate) language: Option<Language>,
    /// A word or phrase to expect; may be repeated
    #[arg(long, value_name = "TERM")]
    pub(crate) keyterm: Vec<String>,

    /// Listen to the microphone, which is the default without a file
    #[cfg(feature = "playback")]
    #[arg(long, conflicts_with = "file", help_heading = AUDIO)]
    pub(crate) mic: bool,
    /// The microphone, by a part of its name or by its identifier; `devices` lists them
    #[cfg(feature = "playback")]
    #[arg(long, value_name = "NAME", conflicts_with = "file", help_heading = AUDIO)]
    pub(crate) device: Option<String>,
    /// The encoding of a sample, if the audio is headerless mono PCM: pcm_s16le, pcm_s32le, pcm_f16le,
    /// pcm_f32le, pcm_mulaw, pcm_alaw
    #[arg(long, value_name = "ENCODING", requires_all = ["sample_rate", "file"], help_heading = AUDIO)]
    pub(crate) encoding: Option<SttEncoding>,
    /// Samples per second, if the audio is headerless PCM
    #[arg(long, value_name = "HERTZ", requires = "encoding", help_heading = AUDIO,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sample_rate: Option<u32>,
    /// Seconds of audio to send in a second, from a file or stdin. The service asks for real time
    #[arg(long, value_name = "FACTOR", default_value = "1", help_heading = AUDIO,
          value_parser = super::speak::factor)]
    pub(crate) speed: f64,

    /// Write captions as SRT once the audio ends; `-` is stdout, instead of the text
    #[arg(long, value_name = "FILE|-", conflicts_with = "turns", help_heading = OUTPUT,
          value_hint = clap::ValueHint::FilePath)]
    pub(crate) srt: Option<PathBuf>,
    /// Write captions as WebVTT once the audio ends; `-` is stdout, instead of the text
    #[arg(long, value_name = "FILE|-", conflicts_with = "turns", help_heading = OUTPUT,
          value_hint = clap::ValueHint::FilePath)]
    pub(crate) vtt: Option<PathBuf>,
}
