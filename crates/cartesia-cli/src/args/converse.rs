//! The flags of `converse`.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

use std::ffi::OsString;
use std::path::PathBuf;

use cartesia::{Language, ModelId, SttModelId};
use clap::Args;

use super::{VoiceName, default_voice};
use crate::config::Profile;

const DELIVERY: &str = "Voice";
const LISTENING: &str = "Listening";

/// Talk with a command: it reads what you say, and its answers are spoken.
///
/// Each of your turns is one line on the command's stdin. It answers each with one line on its stdout, which is
/// spoken while it is being written; an empty line says nothing. Lines that answer no turn, such as a greeting, are
/// spoken, too. When you speak up, what plays stops, and the rest of its line is dropped.
///
/// The command ends when its stdin does: at the end of a file, or of stdin. When it ends by itself, what it has
/// written is still spoken. On stdout, each turn is a line: what you said, or what you heard of the answer.
#[derive(Debug, Args)]
pub(crate) struct Converse {
    /// The command that answers, with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND",
          value_hint = clap::ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<OsString>,
    /// Give the command each turn as an object of JSON: `text` is what you said, and `heard` is what you heard
    /// of its last answer, which is less than it wrote if you interrupted it
    #[arg(long)]
    pub(crate) json_turns: bool,

    /// The voice, by its id or name; `?` lists voices to choose from [default: that of the profile,
    /// or Katie]
    #[arg(long, value_name = "ID|NAME", help_heading = DELIVERY)]
    pub(crate) voice: Option<VoiceName>,
    /// The model that speaks [default: that of the profile, or sonic-latest]
    #[arg(long, value_name = "ID", help_heading = DELIVERY)]
    pub(crate) model: Option<ModelId>,
    /// The language of the answers, such as `en`
    #[arg(long, value_name = "CODE", help_heading = DELIVERY)]
    pub(crate) language: Option<Language>,
    /// Play on this device, by a part of its name or by its identifier; `devices` lists them. `null` plays in
    /// real time without sound
    #[arg(long, value_name = "NAME", help_heading = DELIVERY)]
    pub(crate) device: Option<String>,

    /// Your speech: a WAV file, in real time; `-` is stdin [default: the microphone]
    #[arg(short, long, value_name = "FILE|-", help_heading = LISTENING,
          value_hint = clap::ValueHint::FilePath)]
    pub(crate) input: Option<PathBuf>,
    /// The microphone, by a part of its name or by its identifier; `devices` lists them
    #[arg(long, value_name = "NAME", conflicts_with = "input", help_heading = LISTENING)]
    pub(crate) microphone: Option<String>,
    /// Listen while an answer plays, so that you can interrupt it. Only with headphones, or the
    /// microphone hears the speakers; a file or stdin is always listened to
    #[arg(long, help_heading = LISTENING)]
    pub(crate) full_duplex: bool,
    /// The model that listens
    #[arg(long, value_name = "ID", default_value_t = SttModelId::INK_2, help_heading = LISTENING)]
    pub(crate) listen_model: SttModelId,
    /// A word or phrase to expect; may be repeated
    #[arg(long, value_name = "TERM", help_heading = LISTENING)]
    pub(crate) keyterm: Vec<String>,
}

impl Converse {
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
