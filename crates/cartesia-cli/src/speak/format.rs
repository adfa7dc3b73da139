//! Derives format, transport and target from the flags.

use std::path::{Path, PathBuf};

use cartesia::{Mp3Format, OutputFormat, RawEncoding, RawFormat, WavFormat};

use crate::args::{Aloud, Container, Speak, Transport};
use crate::failure::Failure;
use crate::playback::Choice;

/// The request, its transport and its destination.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) transport: Transport,
    pub(super) format: OutputFormat,
    pub(super) play: Choice,
    /// The file, when one is written.
    pub(super) output: PathBuf,
}

impl Plan {
    pub(super) fn new(speak: &Speak) -> Result<Self, Failure> {
        let container = container(speak.container, speak.output.as_deref())?;
        if let (Container::Mp3, Some(Transport::Ws | Transport::Sse)) = (container, speak.transport)
        {
            return Err(Failure::usage(
                "MP3 is not available as events: use --transport bytes",
            ));
        }
        if container == Container::Mp3 && speak.encoding.is_some() {
            return Err(Failure::usage(
                "MP3 has no --encoding: it is chosen by --bit-rate",
            ));
        }
        let encoding = speak.encoding.unwrap_or(RawEncoding::PcmS16Le);
        let sample_rate = speak.sample_rate.unwrap_or(match encoding {
            RawEncoding::PcmMulaw | RawEncoding::PcmAlaw => 8_000,
            _ => 44_100,
        });
        let format: OutputFormat = match container {
            Container::Raw => RawFormat::new(encoding, sample_rate).into(),
            Container::Wav => WavFormat::new(encoding, sample_rate).into(),
            Container::Mp3 => Mp3Format::new(sample_rate, speak.bit_rate).into(),
        };
        let transport = speak.transport.unwrap_or(match container {
            Container::Mp3 => Transport::Bytes,
            Container::Raw | Container::Wav => Transport::Ws,
        });
        if transport == Transport::Bytes && speak.subtitles.is_some() {
            return Err(Failure::usage(
                "--subtitles needs word timestamps, which only event streams have: use WAV or PCM, and not \
                 --transport bytes",
            ));
        }
        let output = speak
            .output
            .clone()
            .unwrap_or_else(|| PathBuf::from(format!("speech.{}", format.extension())));
        let play = match &speak.aloud {
            Aloud { no_play: true, .. } => Choice::Never,
            Aloud { play: true, .. }
            | Aloud {
                device: Some(_), ..
            } => Choice::Always,
            // The user named a file, and MP3 is only for files.
            _ if speak.output.is_some() || container == Container::Mp3 => Choice::Never,
            _ => Choice::WhenPossible,
        };
        if container == Container::Mp3 && play == Choice::Always {
            return Err(Failure::usage(
                "MP3 cannot be played here: choose --container wav",
            ));
        }
        Ok(Self {
            transport,
            format,
            play,
            output,
        })
    }

    /// Whether what arrives begins with the header of a WAV file: events carry bare samples.
    pub(super) fn has_header(&self) -> bool {
        self.transport == Transport::Bytes && matches!(self.format, OutputFormat::Wav(_))
    }

    /// The PCM that events carry.
    pub(super) fn raw(&self) -> RawFormat {
        // Only PCM goes by events, so the default is never needed.
        self.format.pcm().unwrap_or_default()
    }
}

/// Extensions of audio files that neither the service nor this program makes.
const IMPOSSIBLE: &[&str] = &[
    "aac", "ac3", "aif", "aifc", "aiff", "alac", "amr", "ape", "au", "caf", "flac", "gsm", "m4a",
    "m4b", "mka", "mkv", "mov", "mp2", "mp4", "mpeg", "mpg", "oga", "ogg", "opus", "ra", "rm",
    "snd", "spx", "w64", "weba", "webm", "wma", "wv",
];

/// The container that was asked for, or that of the extension of the output, or else WAV.
///
/// # Errors
///
/// A usage error for the extension of a format that is not possible: the file would hold another one.
pub(crate) fn container(
    asked: Option<Container>,
    output: Option<&Path>,
) -> Result<Container, Failure> {
    if let Some(container) = asked {
        return Ok(container);
    }
    let extension = output.and_then(Path::extension).unwrap_or_default();
    let extension = extension.to_string_lossy().to_ascii_lowercase();
    match extension.as_str() {
        "mp3" => Ok(Container::Mp3),
        "pcm" | "raw" => Ok(Container::Raw),
        other if IMPOSSIBLE.contains(&other) => Err(Failure::usage(format!(
            "audio cannot be written as .{other}: use .wav, .mp3 or .pcm, and convert the file \
             afterwards"
        ))),
        _ => Ok(Container::Wav),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Verb};

    fn plan(flags: &str) -> Result<Plan, Failure> {
        let words = ["cartesia-rs", "speak", "text"]
            .into_iter()
            .chain(flags.split_whitespace());
        let Verb::Speak(speak) = Cli::try_parse_from(words).unwrap().verb else {
            panic!()
        };
        Plan::new(&speak)
    }

    #[test]
    fn defaults_follow_from_what_is_given() {
        let wav = |rate| OutputFormat::from(WavFormat::new(RawEncoding::PcmS16Le, rate));
        for (flags, transport, format, output) in [
            ("", Transport::Ws, wav(44_100), "speech.wav"),
            ("--play", Transport::Ws, wav(44_100), "speech.wav"),
            (
                "-o a.WAV --sample-rate 16000",
                Transport::Ws,
                wav(16_000),
                "a.WAV",
            ),
            ("--transport bytes -o -", Transport::Bytes, wav(44_100), "-"),
            ("--transport sse -o -", Transport::Sse, wav(44_100), "-"),
            (
                "-o a.mp3",
                Transport::Bytes,
                Mp3Format::default().into(),
                "a.mp3",
            ),
            (
                "--container mp3 --bit-rate 64000",
                Transport::Bytes,
                Mp3Format::new(44_100, 64_000).into(),
                "speech.mp3",
            ),
            (
                "--container raw --encoding pcm_mulaw",
                Transport::Ws,
                RawFormat::PCM_MULAW_8000.into(),
                "speech.pcm",
            ),
            (
                "-o a.mp3 --container wav",
                Transport::Ws,
                wav(44_100),
                "a.mp3",
            ),
        ] {
            let plan = plan(flags).unwrap();
            assert_eq!(
                (plan.transport, plan.format, &plan.output),
                (transport, format, &PathBuf::from(output)),
                "{flags}"
            );
        }
    }

    #[test]
    fn it_is_played_unless_a_file_is_named() {
        for (flags, play) in [
            ("", Choice::WhenPossible),
            ("--container raw", Choice::WhenPossible),
            ("--play", Choice::Always),
            ("--device usb", Choice::Always),
            ("-o a.wav --play", Choice::Always),
            ("-o - --play", Choice::Always),
            ("-o a.wav", Choice::Never),
            ("--no-play", Choice::Never),
            ("--container mp3", Choice::Never),
        ] {
            assert_eq!(plan(flags).unwrap().play, play, "{flags}");
        }
    }

    #[test]
    fn contradictions_are_usage_errors() {
        assert!(plan("--transport sse --container mp3").is_err());
        assert!(plan("--transport ws -o a.mp3").is_err());
        assert!(plan("-o a.mp3 --encoding pcm_s16le").is_err());
        assert!(plan("-o a.mp3 --play").is_err());
    }

    #[test]
    fn extensions_of_other_formats_are_refused() {
        for name in ["a.flac", "a.OGG", "a.m4a", "b/a.opus", "a.aiff", "a.webm"] {
            let refused = plan(&format!("-o {name}")).unwrap_err();
            assert!(refused.message().contains(".wav, .mp3 or .pcm"), "{name}");
            assert!(
                plan(&format!("-o {name} --container wav")).is_ok(),
                "{name}"
            );
        }
        for name in ["a", "a.audio", "flac", ".flac", "a.flac.wav"] {
            let container = plan(&format!("-o {name}")).unwrap().format.extension();
            assert_eq!(container, "wav", "{name}");
        }
    }
}
