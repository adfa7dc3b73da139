//! Verbs and flags.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

mod audio;
mod batch;
mod collections;
#[cfg(feature = "playback")]
mod converse;
mod files;
mod listen;
mod speak;
mod voices;

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use clap::{Parser, Subcommand};

use crate::global::Global;

pub(crate) use audio::{AudioOutput, ChangeVoice, Infill, Transcribe};
pub(crate) use batch::{Batch, ShardFlag};
pub(crate) use collections::{DatasetsVerb, DictsVerb, FineTunesVerb, Items, Listing};
pub(crate) use collections::{Usage, UsageOf};
#[cfg(feature = "playback")]
pub(crate) use converse::Converse;
pub(crate) use files::{FilesList, FilesVerb, Token};
pub(crate) use listen::Listen;
pub(crate) use speak::{Aloud, Container, Speak, Transport};
pub(crate) use voices::{
    VoiceClone, VoiceLocalize, VoicePlay, VoiceUpdate, VoicesFind, VoicesList, VoicesVerb,
};

/// The name of the program.
pub(crate) const NAME: &str = "cartesia-rs";

/// Cartesia speech on the command line.
///
/// The API key comes from the environment variable CARTESIA_API_KEY, a file .env in the current
/// folder, or the configuration file (`config set api_key`). Data goes to stdout, everything else to stderr. `--mock` tries any verb without a
/// key.
///
/// Exit codes: 0 done; 2 usage, or a file that cannot be read or written; 3 configuration; 4
/// authentication, or not in the plan; 5 rate limited; 6 invalid request; 7 not found; 8 server
/// error; 9 cannot connect, or timed out; 10 protocol violated, or stream incomplete; 11 audio
/// device; 129, 130 and 143 ended by SIGHUP, SIGINT (Ctrl-C) and SIGTERM.
#[derive(Debug, Parser)]
#[command(name = NAME, version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Speak a text: play it, or write it to a file or stdout
    Speak(Speak),
    /// Make audio files of a whole table of texts; continues after a kill
    Batch(Batch),
    /// List, show, create, change and delete voices
    #[command(subcommand)]
    Voices(VoicesVerb),
    /// List the models of the service
    Models {
        /// Only models with this capability: tts or stt
        #[arg(long, value_name = "CAPABILITY")]
        capability: Option<cartesia::types::ModelCapability>,
    },
    /// Create a short-lived access token and print it
    Token(Token),
    /// Transcribe speech while it is spoken: from a microphone, a pipe or a file
    Listen(Listen),
    /// Talk with a command: it reads what you say, and its answers are spoken
    #[cfg(feature = "playback")]
    Converse(Converse),
    /// Transcribe audio files
    Transcribe(Transcribe),
    /// Replace the voice in an audio file
    ChangeVoice(ChangeVoice),
    /// Speak a text that fits between two clips
    Infill(Infill),
    /// List, upload, download and delete stored files
    #[command(subcommand)]
    Files(FilesVerb),
    /// Create and change pronunciation dictionaries
    #[command(subcommand)]
    Dicts(DictsVerb),
    /// Create datasets and upload files to them
    #[command(subcommand)]
    Datasets(DatasetsVerb),
    /// Start and follow fine-tunes
    #[command(subcommand)]
    FineTunes(FineTunesVerb),
    /// Show the organization's usage; needs an admin key in CARTESIA_ADMIN_KEY
    Usage(Usage),
    /// Show and change API keys, users and invites; needs an admin key in CARTESIA_ADMIN_KEY
    #[command(subcommand)]
    Account(crate::account::AccountVerb),
    /// Call voice agents; create, show and change them, their calls and numbers
    #[command(subcommand)]
    Agents(crate::agents::AgentsVerb),
    /// List the audio devices of this machine
    #[cfg(feature = "playback")]
    Devices,
    /// Check the set-up of this machine, advise and repair; sends nothing
    Doctor(crate::doctor::Doctor),
    /// Show and change settings and profiles in the configuration file
    #[command(subcommand)]
    Config(crate::config::ConfigVerb),
    /// Ask the service for its health and API version
    Status,
    /// Run an offline server that speaks the Cartesia API, for tests
    Mock(cartesia_mock::cli::MockArgs),
    /// Send a raw API request
    Api(crate::api::Api),
    /// Measure latency and throughput over many concurrent requests
    Bench(crate::bench::Bench),
    /// Print a completion script for a shell
    Completions(crate::completions::Completions),
    /// Print a manual page, or write all of them into a folder
    Man(crate::man::Man),
    /// Print completions of a command line, for the scripts of `completions`
    #[command(name = crate::completions::HIDDEN_VERB, hide = true)]
    Complete(crate::completions::Complete),
}

impl Verb {
    /// Whether the verb has a use for a key and an address.
    pub(crate) fn is_client(&self) -> bool {
        match self {
            #[cfg(feature = "playback")]
            Self::Devices => false,
            Self::Mock(_)
            | Self::Completions(_)
            | Self::Complete(_)
            | Self::Config(_)
            | Self::Man(_) => false,
            _ => true,
        }
    }
}

/// A voice of the vendor's documentation ("Katie").
pub(crate) const DEFAULT_VOICE: &str = "f786b574-daa5-4673-aa0c-cbe3e8534c02";

pub(crate) fn default_voice() -> VoiceName {
    VoiceName(DEFAULT_VOICE.to_owned())
}

/// A voice, by its id or name. It is a type of its own so that shells can complete it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VoiceName(pub(crate) String);

impl FromStr for VoiceName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for VoiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_apart_in_the_help_of_every_verb() {
        let mut command = Cli::command();
        command.build();
        for verb in command
            .get_subcommands()
            .filter(|it| it.get_name() != "help")
        {
            let timeout = verb.get_arguments().find(|arg| arg.get_id() == "timeout");
            let heading = timeout.and_then(clap::Arg::get_help_heading);
            assert_eq!(heading, Some("Global options"), "{}", verb.get_name());
        }
    }
}
