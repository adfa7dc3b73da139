//! The flags of `agents talk`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::PathBuf;
use std::time::Duration;

use cartesia::VoiceId;
use cartesia::agent::{AgentId, CallFormat, CallSpec, LineCallSpec, ManagedCallSpec};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Talk {
    /// The agent
    pub(super) agent: AgentId,
    /// The agent is a managed one
    #[arg(long, conflicts_with_all = ["voice", "prompt", "introduction"])]
    pub(super) managed: bool,
    /// The caller's audio: a WAV file, or `-` for samples from stdin in the format of the call [default: the
    /// microphone]
    #[arg(short, long, value_name = "FILE|-")]
    pub(super) input: Option<PathBuf>,
    /// Where to write the agent's audio, as WAV; `-` is stdout [default: the speakers]
    #[arg(short, long, value_name = "FILE|-")]
    pub(super) output: Option<PathBuf>,
    /// Format of the audio: mulaw_8000, pcm_16000, pcm_24000 or pcm_44100 [default: that of the file,
    /// else pcm_16000]
    #[arg(long, value_name = "NAME")]
    pub(super) format: Option<CallFormat>,
    /// Hang up after this many seconds of silence of the agent, once the input has ended
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(super) linger: Duration,
    /// Voice, in place of the agent's own
    #[arg(long, value_name = "ID")]
    pub(super) voice: Option<VoiceId>,
    /// Instructions, in place of the agent's own
    #[arg(long, value_name = "TEXT")]
    pub(super) prompt: Option<String>,
    /// First words of the agent
    #[arg(long, value_name = "TEXT")]
    pub(super) introduction: Option<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let time = Duration::try_from_secs_f64(seconds).map_err(|_| "not a time".to_owned())?;
    if time > Duration::from_secs(24 * 60 * 60) {
        return Err("more than a day".to_owned());
    }
    Ok(time)
}

impl Talk {
    /// The call, with audio in this format.
    pub(super) fn spec(&self, format: CallFormat) -> CallSpec {
        if self.managed {
            return ManagedCallSpec::new(&self.agent, format).into();
        }
        let mut spec = LineCallSpec::new(&self.agent, format);
        spec.voice.clone_from(&self.voice);
        spec.system_prompt.clone_from(&self.prompt);
        spec.introduction.clone_from(&self.introduction);
        spec.into()
    }
}
