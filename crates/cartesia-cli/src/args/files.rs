//! The flags of `files` and `token`.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;
use std::time::Duration;

use cartesia::FileId;
use cartesia::file::FilePurpose;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum FilesVerb {
    /// List files
    List(FilesList),
    /// Upload a file
    Upload {
        /// The file
        file: PathBuf,
        /// Its purpose: agent_background_sound, fine_tune, tts_generation, voice-clone
        #[arg(long, value_name = "PURPOSE")]
        purpose: FilePurpose,
    },
    /// Show a file's metadata
    Info {
        /// The file
        id: FileId,
    },
    /// Download the content of a file
    Download {
        /// The file
        id: FileId,
        /// Where to write it; `-` is stdout [default: a new file of its name, in this folder]
        #[arg(short, long, value_name = "FILE|-")]
        output: Option<PathBuf>,
    },
    /// Create a temporary link with which anyone can download a file
    Link {
        /// The file
        id: FileId,
        /// The time for which it is valid, such as 30m or 24h [default: set by the service]
        #[arg(long, value_name = "DURATION", value_parser = lifetime)]
        lifetime: Option<Duration>,
    },
    /// Delete a file
    Delete {
        /// The file
        id: FileId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FilesList {
    /// At most this many, 1 to 100 [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) limit: Option<u32>,
    /// All pages
    #[arg(long)]
    pub(crate) all: bool,
    /// Only files of this purpose
    #[arg(long, value_name = "PURPOSE")]
    pub(crate) purpose: Option<FilePurpose>,
    /// Only files with this text in their names
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(flatten)]
    pub(crate) grants: Grants,
    /// Seconds until the token expires, 1 to 3600 [default: set by the service]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) expires_in: Option<u32>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Grants {
    /// Allow text to speech
    #[arg(long)]
    pub(crate) tts: bool,
    /// Allow speech to text
    #[arg(long)]
    pub(crate) stt: bool,
    /// Allow the agents' WebSocket
    #[arg(long)]
    pub(crate) agent: bool,
}

/// Reads `90s`, `30m` or `24h`.
fn lifetime(text: &str) -> Result<Duration, String> {
    let read = || {
        let (at, unit) = text.char_indices().next_back()?;
        let seconds: u64 = match unit {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            _ => return None,
        };
        let number: u64 = text[..at].parse().ok().filter(|number| *number > 0)?;
        number.checked_mul(seconds).map(Duration::from_secs)
    };
    read().ok_or_else(|| "a number with s, m or h, for example 24h".to_owned())
}
