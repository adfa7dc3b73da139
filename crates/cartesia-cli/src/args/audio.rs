//! The flags of the verbs that take or make audio, but for `speak`.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;

use cartesia::{Language, ModelId, RawEncoding, SttEncoding, SttModelId};
use clap::Args;

use super::speak::encoding;
use super::{Container, Transport, VoiceName};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Transcribe {
    /// The files: flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav or webm; `-` is stdin
    #[arg(required = true, value_name = "FILE|-", value_hint = clap::ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// The model
    #[arg(long, value_name = "ID", default_value_t = SttModelId::default())]
    pub(crate) model: SttModelId,
    /// The language of the speech, such as `en` [default: en]
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<Language>,
    /// Print every word with its start and end in seconds
    #[arg(long)]
    pub(crate) words: bool,
    /// Print captions as SRT
    #[arg(long, conflicts_with_all = ["words", "vtt", "json"])]
    pub(crate) srt: bool,
    /// Print captions as WebVTT
    #[arg(long, conflicts_with_all = ["words", "json"])]
    pub(crate) vtt: bool,
    /// Write a file for each input into this folder instead: .txt, or .json with --words, .srt, .vtt.
    /// It is created if it is missing
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    pub(crate) output_dir: Option<PathBuf>,
    /// The encoding of a sample, if the file is headerless mono PCM: pcm_s16le, pcm_s32le, pcm_f16le,
    /// pcm_f32le, pcm_mulaw, pcm_alaw
    #[arg(long, value_name = "ENCODING", requires = "sample_rate")]
    pub(crate) encoding: Option<SttEncoding>,
    /// Samples per second, if the file is headerless PCM
    #[arg(long, value_name = "HERTZ", requires = "encoding",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sample_rate: Option<u32>,
    /// Use /audio/transcriptions, for servers with OpenAI's API
    #[arg(long, conflicts_with_all = ["encoding", "sample_rate"])]
    pub(crate) compatible: bool,
}

/// The target and the format of audio.
#[derive(Debug, Args)]
pub(crate) struct AudioOutput {
    /// Where to write the audio; `-` is stdout
    #[arg(short, long, value_name = "FILE|-")]
    pub(crate) output: PathBuf,
    /// The kind of file [default: by the extension of the output, or else wav]
    #[arg(long, value_name = "KIND")]
    pub(crate) container: Option<Container>,
    /// The encoding of a sample [default: pcm_s16le]
    #[arg(long, value_name = "ENCODING", value_parser = encoding)]
    pub(crate) encoding: Option<RawEncoding>,
    /// Samples per second [default: 8000 for µ-law and A-law, 44100 for everything else]
    #[arg(long, value_name = "HERTZ")]
    pub(crate) sample_rate: Option<u32>,
    /// Bits per second of MP3
    #[arg(long, value_name = "RATE", default_value_t = 128_000)]
    pub(crate) bit_rate: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ChangeVoice {
    /// The audio file
    pub(crate) file: PathBuf,
    /// The new voice, by its id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) voice: VoiceName,
    /// Transport of the audio
    #[arg(long, value_name = "HOW", default_value = "bytes", value_parser = answers)]
    pub(crate) transport: Transport,
    #[command(flatten)]
    pub(crate) output: AudioOutput,
}

#[derive(Debug, Args)]
pub(crate) struct Infill {
    /// The text between the clips
    pub(crate) text: String,
    /// The clip before the text
    #[arg(long, value_name = "FILE")]
    pub(crate) left: Option<PathBuf>,
    /// The clip after the text
    #[arg(long, value_name = "FILE")]
    pub(crate) right: Option<PathBuf>,
    /// The voice, by its id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) voice: VoiceName,
    /// The model
    #[arg(long, value_name = "ID", default_value_t = ModelId::SONIC_3)]
    pub(crate) model: ModelId,
    /// The language of the text
    #[arg(long, value_name = "CODE", default_value_t = Language::EN)]
    pub(crate) language: Language,
    #[command(flatten)]
    pub(crate) output: AudioOutput,
}

/// Reads a transport for the answer to one request.
fn answers(text: &str) -> Result<Transport, String> {
    [Transport::Bytes, Transport::Sse]
        .into_iter()
        .find(|transport| transport.as_str() == text)
        .ok_or_else(|| "use bytes or sse".to_owned())
}
