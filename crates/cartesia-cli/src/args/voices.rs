//! The flags of `voices`.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;

use cartesia::voice::{AccentId, CloneMode, Dialect, SpeakerGender, VoiceAccess};
use cartesia::{Language, Locale};
use clap::{Args, Subcommand};

use super::VoiceName;

#[derive(Debug, Subcommand)]
pub(crate) enum VoicesVerb {
    /// List voices
    List(VoicesList),
    /// Show one voice
    Get {
        /// The voice, by its id or name
        #[arg(value_name = "ID|NAME")]
        voice: VoiceName,
    },
    /// Find voices by words in their names, descriptions, languages and accents
    Find(VoicesFind),
    /// Listen to voices: each speaks a sentence in its language
    Play(VoicePlay),
    /// Change a voice; fields without a flag stay unchanged
    Update(VoiceUpdate),
    /// Delete a voice
    Delete {
        /// The voice, by its id or name
        #[arg(value_name = "ID|NAME")]
        voice: VoiceName,
    },
    /// Create a voice from a recording of about five seconds
    Clone(VoiceClone),
    /// Create a copy of a voice in another accent or language
    Localize(VoiceLocalize),
    /// List the accents of voices
    Accents {
        /// Only this language, such as `en`
        #[arg(long, value_name = "CODE")]
        language: Option<Language>,
        /// Only this locale, such as `en-GB`
        #[arg(long, value_name = "LOCALE")]
        locale: Option<Locale>,
    },
    /// List the locales of voices
    Locales,
    /// Voice embeddings, for servers of the first API versions; the public service has none
    #[command(subcommand)]
    Embeddings(crate::embeddings::EmbeddingsVerb),
}

#[derive(Debug, Args)]
pub(crate) struct VoicesFind {
    /// The words; a voice must match all of them
    #[arg(value_name = "WORD", required = true)]
    pub(crate) words: Vec<String>,
    /// Only this language, such as `en`
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<Language>,
}

#[derive(Debug, Args)]
pub(crate) struct VoicePlay {
    /// The voices, by their ids or names
    #[arg(value_name = "ID|NAME", required = true)]
    pub(crate) voices: Vec<VoiceName>,
    /// The text to speak [default: a sentence in the language of the voice]
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// The model
    #[arg(long, value_name = "ID")]
    pub(crate) model: Option<cartesia::ModelId>,
    /// Write the audio of one voice to a file; `-` is stdout [default: played, or without a device a
    /// new file speech.wav]
    #[arg(short, long, value_name = "FILE|-", value_hint = clap::ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) aloud: super::Aloud,
}

#[derive(Debug, Args)]
pub(crate) struct VoiceUpdate {
    /// The voice, by its id or name
    #[arg(value_name = "ID|NAME")]
    pub(crate) voice: VoiceName,
    /// Its new name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its new description
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Its gender presentation: masculine, feminine, gender_neutral; `none` removes it
    #[arg(long)]
    pub(crate) gender: Option<cartesia::voice::Gender>,
    /// Its own accent, by its id
    #[arg(long, value_name = "ACCENT")]
    pub(crate) accent: Option<AccentId>,
    /// A tagline beside the name, at most 32 characters
    #[arg(long, value_name = "TEXT")]
    pub(crate) tagline: Option<String>,
    /// An accent to add, by its id; may be repeated
    #[arg(long, value_name = "ACCENT")]
    pub(crate) add_accent: Vec<AccentId>,
    /// An accent to remove, by its id; may be repeated
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
    /// The language of the recording, such as `en`
    #[arg(long, value_name = "CODE", default_value_t = Language::EN)]
    pub(crate) language: Language,
    /// Description of the new voice
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A voice to derive features from, by its id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) base_voice: Option<VoiceName>,
    /// Its accent, by its id
    #[arg(long, value_name = "ACCENT")]
    pub(crate) accent: Option<AccentId>,
    /// A tagline beside the name, at most 32 characters
    #[arg(long, value_name = "TEXT")]
    pub(crate) tagline: Option<String>,
    /// Who may use it: private, public
    #[arg(long, value_name = "WHO")]
    pub(crate) access: Option<VoiceAccess>,
    /// What to optimize: similarity, stability; required up to version 2024-11-13, unsupported later
    #[arg(long)]
    pub(crate) mode: Option<CloneMode>,
    /// Whether to remove noise from the recording first; up to version 2025-04-16
    #[arg(long, value_name = "BOOL")]
    pub(crate) enhance: Option<bool>,
    /// The transcript of the recording; up to version 2025-04-16
    #[arg(long, value_name = "TEXT")]
    pub(crate) transcript: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VoiceLocalize {
    /// The voice to start from, by its id or name
    #[arg(value_name = "ID|NAME")]
    pub(crate) voice: VoiceName,
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
    /// Gender of the original speaker, with --language: male, female
    #[arg(long, value_name = "GENDER", requires = "language")]
    pub(crate) speaker_gender: Option<SpeakerGender>,
    /// A dialect of the language, with --language, such as `ca`
    #[arg(long, requires = "language")]
    pub(crate) dialect: Option<Dialect>,
    /// Description of the new voice
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A tagline beside the name, at most 32 characters
    #[arg(long, value_name = "TEXT")]
    pub(crate) tagline: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VoicesList {
    /// At most this many, 1 to 100 [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) limit: Option<u32>,
    /// All pages
    #[arg(long)]
    pub(crate) all: bool,
    /// Only voices with this text in name, description or id
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only this language, such as `en`
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<Language>,
    /// Only this gender presentation: masculine, feminine, gender_neutral
    #[arg(long, value_name = "GENDER")]
    pub(crate) gender: Option<cartesia::voice::Gender>,
    /// Only voices that your organization owns
    #[arg(long)]
    pub(crate) mine: bool,
}
