//! Verbs and flags.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;
use std::time::Duration;

use cartesia::{ApiVersion, Language, ModelId, RawEncoding};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Cartesia speech on the command line.
///
/// The API key comes from the environment variable CARTESIA_API_KEY. Data goes to stdout, everything
/// else to stderr.
///
/// Exit codes: 0 done; 2 usage, or a file that cannot be read or written; 3 configuration; 4
/// authentication, or not in the plan; 5 rate limited; 6 invalid request; 7 not found; 8 server
/// error; 9 cannot connect, or timed out; 10 protocol violated, or stream incomplete; 130
/// interrupted.
#[derive(Debug, Parser)]
#[command(name = "cartesia-rs", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Args)]
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
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Speak a text into a file or to stdout
    Speak(Speak),
    /// List and show voices
    #[command(subcommand)]
    Voices(VoicesVerb),
    /// List and show voice agents, their calls and metrics
    #[command(subcommand)]
    Agents(crate::agents::AgentsVerb),
    /// Run an offline server that speaks the Cartesia API, for tests
    Mock(cartesia_mock::cli::MockArgs),
}

#[derive(Debug, Args)]
pub(crate) struct Speak {
    /// The text; `-` or nothing reads it from stdin
    pub(crate) text: Option<String>,
    /// How the audio is fetched [default: bytes for MP3, sse for everything else]
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
    /// Where to write the audio; `-` is stdout [default: speech.wav, or .mp3, or .pcm]
    #[arg(short, long, value_name = "FILE|-")]
    pub(crate) output: Option<PathBuf>,
    /// Print one line of JSON with figures, or with the error, as the last line on stderr
    #[arg(long)]
    pub(crate) report: bool,
}

/// A voice of the vendor's documentation ("Katie").
const DEFAULT_VOICE: &str = "f786b574-daa5-4673-aa0c-cbe3e8534c02";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// Server-sent events: PCM in chunks
    Sse,
    /// One stream of bytes, in any container
    Bytes,
}

impl Transport {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
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

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "it is not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|limit| !limit.is_zero())
        .ok_or_else(|| "it must be more than zero".to_owned())
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
