//! The flags of `batch`.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use cartesia::batch::{Field, Shard};
use cartesia::captions::CaptionFormat;
use cartesia::tts::{Emotion, PronunciationDictId};
use cartesia::{ErrorKind, Language, ModelId, OutputFormat};
use clap::Args;

use super::VoiceName;
use super::speak::factor;

const DEFAULTS: &str = "For items whose line does not say it";
const RUN: &str = "The run";
/// As many items as the smallest plan allows.
const CONCURRENCY: u16 = 2;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Batch {
    /// The manifest: a table (.csv, .tsv) whose first line names the columns, or lines of JSON (.jsonl).
    /// The columns are text, and if wanted id (the name of the file), voice, model, language, locale,
    /// format, speed, volume, emotion, dictionary, words, captions
    #[arg(value_name = "MANIFEST", value_hint = clap::ValueHint::FilePath)]
    pub(crate) manifest: PathBuf,
    /// The destination: a folder, or a bucket as s3://bucket/folder, gs://bucket/folder or
    /// az://container/folder
    #[arg(short, long, value_name = "FOLDER|URL", value_hint = clap::ValueHint::DirPath)]
    pub(crate) output: String,
    /// The name of a column that is named otherwise, such as text=line; may be repeated
    #[arg(long, value_name = "FIELD=NAME", value_parser = column)]
    pub(crate) column: Vec<(Field, String)>,
    /// Ask for more than 20000 characters without a question. Without this flag, the program asks on a
    /// terminal, and refuses elsewhere
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Print only errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Check the manifest, print what a run would do and cost, and stop
    #[arg(long, help_heading = RUN)]
    pub(crate) dry_run: bool,
    /// Items at once at most: the concurrency limit of the plan, less what live conversations need
    /// [default: 2; with --limiter, the plan's limit]
    #[arg(long, value_name = "N", help_heading = RUN,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) concurrency: Option<u16>,
    /// Share the plan's limit with all processes that use this Redis server (redis://host:6379, or rediss://
    /// for TLS) and the same key of the service; live conversations go first [env: CARTESIA_LIMITER].
    /// Other users of this machine can see flags: put a password into the variable
    #[arg(long, value_name = "URL", help_heading = RUN, value_hint = clap::ValueHint::Url)]
    pub(crate) limiter: Option<LimiterFlag>,
    /// The concurrency limit of the plan, for all processes of --limiter together
    #[arg(long, value_name = "N", help_heading = RUN,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) plan_limit: Option<u16>,
    /// Ask for at most N items; finished ones do not count
    #[arg(long, value_name = "N", help_heading = RUN)]
    pub(crate) limit: Option<u64>,
    /// End at the first failure
    #[arg(long, help_heading = RUN)]
    pub(crate) fail_fast: bool,
    /// Also ask again for items that failed in an earlier run because their request is invalid; other
    /// failures are always asked for again
    #[arg(long, help_heading = RUN)]
    pub(crate) retry_failed: bool,
    /// Read all finished audio, and make again what is not as recorded (SHA-256). Without this flag, only
    /// sizes are compared
    #[arg(long, help_heading = RUN)]
    pub(crate) verify: bool,
    /// Make one part of N: 2/4, or auto to take number and count from Slurm, AWS Batch or Cloud Run;
    /// auto/4 for Kubernetes and GNU parallel, which do not tell the count
    #[arg(long, value_name = "I/N|auto|auto/N", help_heading = RUN)]
    pub(crate) shard: Option<ShardFlag>,

    /// The voice, by its id or name [default: that of the profile, or Katie]
    #[arg(long, value_name = "ID|NAME", help_heading = DEFAULTS)]
    pub(crate) voice: Option<VoiceName>,
    /// The model [default: that of the profile, or sonic-latest]
    #[arg(long, value_name = "ID", help_heading = DEFAULTS)]
    pub(crate) model: Option<ModelId>,
    /// The language of the text, such as `en`
    #[arg(long, value_name = "CODE", help_heading = DEFAULTS)]
    pub(crate) language: Option<Language>,
    /// The format of the audio: wav, wav_pcm_s16le_24000, mp3, mp3_44100_128, pcm_s16le_24000, …
    #[arg(long, value_name = "FORMAT", default_value = "wav", value_parser = format,
          help_heading = DEFAULTS)]
    pub(crate) format: OutputFormat,
    /// Speaking rate: 1 is normal, 0.6 slow, 1.5 fast
    #[arg(long, value_name = "FACTOR", help_heading = DEFAULTS, value_parser = factor)]
    pub(crate) speed: Option<f64>,
    /// Loudness: 1 is normal, 0.5 quiet, 2 loud
    #[arg(long, value_name = "FACTOR", help_heading = DEFAULTS, value_parser = factor)]
    pub(crate) volume: Option<f64>,
    /// The emotion, such as neutral, happy, excited, calm, angry, sad or scared
    #[arg(long, value_name = "EMOTION", help_heading = DEFAULTS)]
    pub(crate) emotion: Option<Emotion>,
    /// A pronunciation dictionary, by its id; `dicts list` shows them
    #[arg(long, value_name = "ID", help_heading = DEFAULTS)]
    pub(crate) pronunciation_dict: Option<PronunciationDictId>,
    /// Also write captions beside each file: srt, vtt, json or txt. Not for MP3
    #[arg(long, value_name = "KIND", help_heading = DEFAULTS, value_parser = captions)]
    pub(crate) captions: Option<CaptionFormat>,
    /// Write the words with their times into the results. Not for MP3
    #[arg(long, help_heading = DEFAULTS)]
    pub(crate) words: bool,
}

impl Batch {
    /// Items at once.
    pub(crate) fn at_once(&self) -> u16 {
        self.concurrency.or(self.plan_limit).unwrap_or(CONCURRENCY)
    }
}

/// The value of `--limiter`. `Debug` leaves it out: it may hold a password. For the same reason it is checked
/// later than other flags, whose values are quoted when they are wrong.
#[derive(Clone)]
pub(crate) struct LimiterFlag(pub(crate) String);

impl FromStr for LimiterFlag {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for LimiterFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LimiterFlag")
    }
}

/// The value of `--shard`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShardFlag {
    Number(Shard),
    /// From the variables of an engine, with the count if it does not tell it.
    Auto(Option<u32>),
}

impl FromStr for ShardFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |_| "it is like 2/4, auto or auto/4".to_owned();
        match text.strip_prefix("auto") {
            Some("") => Ok(Self::Auto(None)),
            Some(count) => {
                let count = count.strip_prefix('/').unwrap_or_default();
                count
                    .parse()
                    .map(|count| Self::Auto(Some(count)))
                    .map_err(wrong)
            }
            None => match text.parse() {
                Ok(shard) => Ok(Self::Number(shard)),
                Err(error) => Err(said(&error)),
            },
        }
    }
}

fn column(text: &str) -> Result<(Field, String), String> {
    let (field, name) = text.split_once('=').unwrap_or((text, ""));
    if name.trim().is_empty() {
        return Err("it is like text=line, where line is the name of the column".to_owned());
    }
    let field = field.trim().parse().map_err(|error| said(&error))?;
    Ok((field, name.to_owned()))
}

fn format(text: &str) -> Result<OutputFormat, String> {
    text.parse()
        .map_err(|error: cartesia::types::UnknownFormatName| error.to_string())
}

fn captions(text: &str) -> Result<CaptionFormat, String> {
    text.parse()
        .map_err(|error: cartesia::captions::UnknownCaptionFormat| error.to_string())
}

/// The message alone: clap says the rest.
fn said(error: &cartesia::Error) -> String {
    debug_assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    error.message().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_numbers_or_those_of_an_engine() {
        assert_eq!("auto".parse(), Ok(ShardFlag::Auto(None)));
        assert_eq!("auto/4".parse(), Ok(ShardFlag::Auto(Some(4))));
        let second = Shard::new(2, 4).unwrap();
        assert_eq!("2/4".parse(), Ok(ShardFlag::Number(second)));
        for wrong in ["auto4", "auto/", "auto/x", "4", "0/4", "5/4", ""] {
            assert!(wrong.parse::<ShardFlag>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn columns_are_fields_with_their_names() {
        assert_eq!(
            column("text=Line A"),
            Ok((Field::Text, "Line A".to_owned()))
        );
        assert_eq!(column("id=a=b"), Ok((Field::Id, "a=b".to_owned())));
        for wrong in ["text", "text=", "line=text", "=x"] {
            assert!(column(wrong).is_err(), "{wrong}");
        }
    }
}
