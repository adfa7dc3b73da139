//! Verbs and flags.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

mod collections;

use std::path::PathBuf;
use std::time::Duration;

use cartesia::file::FilePurpose;
use cartesia::voice::{AccentId, CloneMode, Dialect, SpeakerGender, VoiceAccess};
use cartesia::{
    ApiVersion, FileId, Language, Locale, ModelId, RawEncoding, SttEncoding, SttModelId,
};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::env_file::EnvFile;

pub(crate) use collections::{DatasetsVerb, DictsVerb, FineTunesVerb, Items, Listing};
pub(crate) use collections::{Usage, UsageOf};

/// Cartesia speech on the command line.
///
/// The API key comes from the environment variable CARTESIA_API_KEY, or from a file .env in the
/// current folder. Data goes to stdout, everything else to stderr.
///
/// Exit codes: 0 done; 2 usage, or a file that cannot be read or written; 3 configuration; 4
/// authentication, or not in the plan; 5 rate limited; 6 invalid request; 7 not found; 8 server
/// error; 9 cannot connect, or timed out; 10 protocol violated, or stream incomplete; 11 audio
/// device; 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "cartesia-rs", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Where the service is [env: CARTESIA_BASE_URL] [default: https://api.cartesia.ai]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// The API version, a date [env: CARTESIA_VERSION] [default: the newest known]
    #[arg(long, global = true, value_name = "DATE")]
    pub(crate) api_version: Option<ApiVersion>,
    /// Seconds until a call must have its result, or a stream its start [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Output for programs: data and errors as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What a file `.env` says.
    #[arg(skip)]
    pub(crate) env_file: EnvFile,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Speak a text: aloud, into a file or to stdout
    Speak(Speak),
    /// List, show, make, change and delete voices
    #[command(subcommand)]
    Voices(VoicesVerb),
    /// List the models that the service offers
    Models {
        /// Only those that do this: tts or stt
        #[arg(long, value_name = "CAPABILITY")]
        capability: Option<cartesia::types::ModelCapability>,
    },
    /// Make a short-lived access token and print it
    Token(Token),
    /// Write down what is said in a file
    Transcribe(Transcribe),
    /// Let another voice say what is said in a file
    ChangeVoice(ChangeVoice),
    /// Speak a text that fits between two clips
    Infill(Infill),
    /// List, upload, download and delete files that the service keeps
    #[command(subcommand)]
    Files(FilesVerb),
    /// Make and change pronunciation dictionaries
    #[command(subcommand)]
    Dicts(DictsVerb),
    /// Make datasets and send files into them
    #[command(subcommand)]
    Datasets(DatasetsVerb),
    /// Start and follow fine-tunes
    #[command(subcommand)]
    FineTunes(FineTunesVerb),
    /// Show what the organization used; needs an admin key in CARTESIA_ADMIN_KEY
    Usage(Usage),
    /// Show API keys, users and invites, and change them; needs an admin key in CARTESIA_ADMIN_KEY
    #[command(subcommand)]
    Account(crate::account::AccountVerb),
    /// List and show voice agents, their calls and metrics
    #[command(subcommand)]
    Agents(crate::agents::AgentsVerb),
    /// List the audio devices of this machine
    #[cfg(feature = "playback")]
    Devices,
    /// Say whether this machine is set up, and what to do where it is not
    Doctor,
    /// Ask the service whether it is well, and which API version it answers at
    Status,
    /// Run an offline server that speaks the Cartesia API, for tests
    Mock(cartesia_mock::cli::MockArgs),
    /// Send any request, for what has no verb
    Api(crate::api::Api),
    /// Measure how fast speech comes, over many requests at once
    Bench(crate::bench::Bench),
    /// Print a completion script for a shell
    Completions(crate::completions::Completions),
}

#[derive(Debug, Args)]
pub(crate) struct Speak {
    /// The text; `-` or nothing reads it from stdin, with `--transport ws` as it comes
    pub(crate) text: Option<String>,
    /// How the audio is fetched [default: bytes for MP3, ws for everything else]
    #[arg(long, value_name = "HOW")]
    pub(crate) transport: Option<Transport>,
    /// The voice, by its id or name
    #[arg(long, value_name = "ID|NAME", default_value = DEFAULT_VOICE)]
    pub(crate) voice: String,
    /// The model
    #[arg(long, value_name = "ID", default_value_t = ModelId::default())]
    pub(crate) model: ModelId,
    /// The language of the text, such as `en`
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<Language>,
    /// How a sample is written [default: pcm_s16le]
    #[arg(long, value_name = "ENCODING", value_parser = encoding)]
    pub(crate) encoding: Option<RawEncoding>,
    /// Samples per second [default: 8000 for G.711, 44100 for everything else]
    #[arg(long, value_name = "HERTZ")]
    pub(crate) sample_rate: Option<u32>,
    /// The kind of file [default: by the extension of the output, or else wav]
    #[arg(long, value_name = "KIND")]
    pub(crate) container: Option<Container>,
    /// Bits per second of MP3
    #[arg(long, value_name = "RATE", default_value_t = 128_000)]
    pub(crate) bit_rate: u32,
    /// Where to write the audio; `-` is stdout [default: played aloud, or without a device
    /// speech.wav, or .mp3, or .pcm]
    #[arg(short, long, value_name = "FILE|-")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) aloud: Aloud,
    /// Print one line of JSON with figures, or with the error, as the last line on stderr
    #[arg(long)]
    pub(crate) report: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Aloud {
    /// Play aloud, also when a file is written [default: only when no --output is given]
    #[arg(long)]
    pub(crate) play: bool,
    /// Do not play, also when no file is named
    #[arg(long, conflicts_with = "play")]
    pub(crate) no_play: bool,
    /// Play on this device, by a part of its name or by its identifier; `devices` shows them
    #[arg(long, value_name = "NAME", conflicts_with = "no_play")]
    pub(crate) device: Option<String>,
}

/// A voice of the vendor's documentation ("Katie").
pub(crate) const DEFAULT_VOICE: &str = "f786b574-daa5-4673-aa0c-cbe3e8534c02";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// A WebSocket: PCM in chunks, text that comes bit by bit
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
    /// PCM without any header
    Raw,
    /// A WAV file
    Wav,
    /// An MP3 file
    Mp3,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VoicesVerb {
    /// List voices
    List(VoicesList),
    /// Show one voice
    Get {
        /// The voice, by its id or name
        #[arg(value_name = "ID|NAME")]
        voice: String,
    },
    /// Change a voice; what is not named stays as it is
    Update(VoiceUpdate),
    /// Delete a voice
    Delete {
        /// The voice, by its id or name
        #[arg(value_name = "ID|NAME")]
        voice: String,
    },
    /// Make a voice from a recording of about five seconds
    Clone(VoiceClone),
    /// Make a voice that sounds like another one, in another accent or language
    Localize(VoiceLocalize),
    /// List the accents that voices may have
    Accents {
        /// Only those of this language, such as `en`
        #[arg(long, value_name = "CODE")]
        language: Option<Language>,
        /// Only those of this locale, such as `en-GB`
        #[arg(long, value_name = "LOCALE")]
        locale: Option<Locale>,
    },
    /// List the locales that voices may speak
    Locales,
    /// Voices as numbers, for servers of the first API versions; the public service has none
    #[command(subcommand)]
    Embeddings(crate::embeddings::EmbeddingsVerb),
}

#[derive(Debug, Args)]
pub(crate) struct VoiceUpdate {
    /// The voice, by its id or name
    #[arg(value_name = "ID|NAME")]
    pub(crate) voice: String,
    /// Its new name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its new description
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// How it presents itself: masculine, feminine, gender_neutral; or none, to say nothing of it
    #[arg(long)]
    pub(crate) gender: Option<cartesia::voice::Gender>,
    /// Its own accent, by its id
    #[arg(long, value_name = "ACCENT")]
    pub(crate) accent: Option<AccentId>,
    /// A few words beside the name, at most 32 characters
    #[arg(long, value_name = "TEXT")]
    pub(crate) tagline: Option<String>,
    /// An accent that it gets in addition, by its id; may be repeated
    #[arg(long, value_name = "ACCENT")]
    pub(crate) add_accent: Vec<AccentId>,
    /// An accent that is taken away from it, by its id; may be repeated
    #[arg(long, value_name = "ACCENT")]
    pub(crate) remove_accent: Vec<AccentId>,
}

#[derive(Debug, Args)]
pub(crate) struct VoiceClone {
    /// The recording: FLAC, MP3, OGG, WAV or WEBM
    #[arg(value_name = "FILE")]
    pub(crate) clip: PathBuf,
    /// The name of the new voice
    #[arg(long)]
    pub(crate) name: String,
    /// The language that is spoken in the recording, such as `en`
    #[arg(long, value_name = "CODE", default_value_t = Language::EN)]
    pub(crate) language: Language,
    /// What the new voice sounds like or is good for
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A voice to derive features from, by its id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) base_voice: Option<String>,
    /// Its accent, by its id
    #[arg(long, value_name = "ACCENT")]
    pub(crate) accent: Option<AccentId>,
    /// A few words beside the name, at most 32 characters
    #[arg(long, value_name = "TEXT")]
    pub(crate) tagline: Option<String>,
    /// Who may use it: private, public
    #[arg(long, value_name = "WHO")]
    pub(crate) access: Option<VoiceAccess>,
    /// What it is to be good at: similarity, stability; needed up to version 2024-11-13, unknown
    /// later
    #[arg(long)]
    pub(crate) mode: Option<CloneMode>,
    /// Whether to take noise out of the recording first; up to version 2025-04-16
    #[arg(long, value_name = "BOOL")]
    pub(crate) enhance: Option<bool>,
    /// What is said in the recording; up to version 2025-04-16
    #[arg(long, value_name = "TEXT")]
    pub(crate) transcript: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VoiceLocalize {
    /// The voice to start from, by its id or name
    #[arg(value_name = "ID|NAME")]
    pub(crate) voice: String,
    /// The name of the new voice
    #[arg(long)]
    pub(crate) name: String,
    /// The target from version 2026-08-14 on: an accent, by its id
    #[arg(long, value_name = "ACCENT", required_unless_present = "language")]
    pub(crate) accent: Option<AccentId>,
    /// The target before: a language, such as `fr`
    #[arg(
        long,
        value_name = "CODE",
        conflicts_with = "accent",
        requires = "speaker_gender"
    )]
    pub(crate) language: Option<Language>,
    /// Who speaks in the original, with --language: male, female
    #[arg(long, value_name = "GENDER", requires = "language")]
    pub(crate) speaker_gender: Option<SpeakerGender>,
    /// A dialect of the language, with --language, such as `ca`
    #[arg(long, requires = "language")]
    pub(crate) dialect: Option<Dialect>,
    /// What the new voice sounds like or is good for
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A few words beside the name, at most 32 characters
    #[arg(long, value_name = "TEXT")]
    pub(crate) tagline: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(flatten)]
    pub(crate) grants: Grants,
    /// For how many seconds the token is good; 1 to 3600 [default: as the service has it]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) expires_in: Option<u32>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Grants {
    /// The token opens text to speech
    #[arg(long)]
    pub(crate) tts: bool,
    /// The token opens speech to text
    #[arg(long)]
    pub(crate) stt: bool,
    /// The token opens the socket of agents
    #[arg(long)]
    pub(crate) agent: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VoicesList {
    /// How many at most; 1 to 100 [default: as the service has it, 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) limit: Option<u32>,
    /// All of them, page by page
    #[arg(long)]
    pub(crate) all: bool,
    /// Only those with this text in name, description or id
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only those of this language, such as `en`
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<Language>,
    /// Only those that present themselves so: masculine, feminine, gender_neutral
    #[arg(long, value_name = "GENDER")]
    pub(crate) gender: Option<cartesia::voice::Gender>,
    /// Only those that your organization owns
    #[arg(long)]
    pub(crate) mine: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Transcribe {
    /// The file: flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav or webm
    pub(crate) file: PathBuf,
    /// The model
    #[arg(long, value_name = "ID", default_value_t = SttModelId::default())]
    pub(crate) model: SttModelId,
    /// The language that is spoken, such as `en` [default: as the service has it, en]
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<Language>,
    /// Print every word with its start and end in seconds
    #[arg(long)]
    pub(crate) words: bool,
    /// How a sample is written, if the file is bare mono samples: pcm_s16le, pcm_s32le, pcm_f16le,
    /// pcm_f32le, pcm_mulaw, pcm_alaw
    #[arg(long, value_name = "ENCODING", requires = "sample_rate")]
    pub(crate) encoding: Option<SttEncoding>,
    /// Samples per second, if the file is bare samples
    #[arg(long, value_name = "HERTZ", requires = "encoding",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sample_rate: Option<u32>,
    /// Use /audio/transcriptions, for servers that have only that of OpenAI's API
    #[arg(long, conflicts_with_all = ["encoding", "sample_rate"])]
    pub(crate) compatible: bool,
}

/// Where audio goes, and as what.
#[derive(Debug, Args)]
pub(crate) struct AudioOutput {
    /// Where to write the audio; `-` is stdout
    #[arg(short, long, value_name = "FILE|-")]
    pub(crate) output: PathBuf,
    /// The kind of file [default: by the extension of the output, or else wav]
    #[arg(long, value_name = "KIND")]
    pub(crate) container: Option<Container>,
    /// How a sample is written [default: pcm_s16le]
    #[arg(long, value_name = "ENCODING", value_parser = encoding)]
    pub(crate) encoding: Option<RawEncoding>,
    /// Samples per second [default: 8000 for G.711, 44100 for everything else]
    #[arg(long, value_name = "HERTZ")]
    pub(crate) sample_rate: Option<u32>,
    /// Bits per second of MP3
    #[arg(long, value_name = "RATE", default_value_t = 128_000)]
    pub(crate) bit_rate: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ChangeVoice {
    /// The speech
    pub(crate) file: PathBuf,
    /// The voice that it gets, by its id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) voice: String,
    /// How the audio is fetched
    #[arg(long, value_name = "HOW", default_value = "bytes", value_parser = answers)]
    pub(crate) transport: Transport,
    #[command(flatten)]
    pub(crate) output: AudioOutput,
}

#[derive(Debug, Args)]
pub(crate) struct Infill {
    /// The text between the clips
    pub(crate) text: String,
    /// What is heard before
    #[arg(long, value_name = "FILE")]
    pub(crate) left: Option<PathBuf>,
    /// What is heard after
    #[arg(long, value_name = "FILE")]
    pub(crate) right: Option<PathBuf>,
    /// The voice, by its id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) voice: String,
    /// The model
    #[arg(long, value_name = "ID", default_value_t = ModelId::SONIC_3)]
    pub(crate) model: ModelId,
    /// The language of the text
    #[arg(long, value_name = "CODE", default_value_t = Language::EN)]
    pub(crate) language: Language,
    #[command(flatten)]
    pub(crate) output: AudioOutput,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FilesVerb {
    /// List files
    List(FilesList),
    /// Give the service a file to keep
    Upload {
        /// The file
        file: PathBuf,
        /// What it is for: agent_background_sound, fine_tune, tts_generation, voice-clone
        #[arg(long, value_name = "PURPOSE")]
        purpose: FilePurpose,
    },
    /// Show what the service says of a file
    Info {
        /// The file
        id: FileId,
    },
    /// Fetch the content of a file
    Download {
        /// The file
        id: FileId,
        /// Where to write it; `-` is stdout [default: its name, in this folder]
        #[arg(short, long, value_name = "FILE|-")]
        output: Option<PathBuf>,
    },
    /// Delete a file
    Delete {
        /// The file
        id: FileId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FilesList {
    /// How many at most; 1 to 100 [default: as the service has it, 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) limit: Option<u32>,
    /// All of them, page by page
    #[arg(long)]
    pub(crate) all: bool,
    /// Only those for this
    #[arg(long, value_name = "PURPOSE")]
    pub(crate) purpose: Option<FilePurpose>,
    /// Only those with this text in their names
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "it is not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|limit| !limit.is_zero())
        .ok_or_else(|| "it must be more than zero".to_owned())
}

/// How the answer to one request may come.
fn answers(text: &str) -> Result<Transport, String> {
    [Transport::Bytes, Transport::Sse]
        .into_iter()
        .find(|transport| transport.as_str() == text)
        .ok_or_else(|| "it is neither bytes nor sse".to_owned())
}

fn encoding(text: &str) -> Result<RawEncoding, String> {
    RawEncoding::ALL
        .into_iter()
        .find(|encoding| encoding.as_str() == text)
        .ok_or_else(|| {
            format!(
                "it is none of {}",
                RawEncoding::ALL.map(RawEncoding::as_str).join(", ")
            )
        })
}
