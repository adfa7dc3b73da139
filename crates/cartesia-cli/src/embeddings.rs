//! `voices embeddings …`: voice embeddings, for servers that still have them.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use std::io;
use std::path::{Path, PathBuf};

use cartesia::voice::legacy::{
    CreateVoiceRequest, Embedding, EmbeddingResponse, LocalizeEmbeddingRequest, MixVoicesRequest,
    MixedVoice,
};
use cartesia::voice::{Dialect, SpeakerGender};
use cartesia::{Client, Language};
use clap::Subcommand;
use serde::Deserialize;

use crate::args::VoiceName;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::find_voice::find_voice;
use crate::global::Global;
use crate::print;
use crate::upload;
use crate::voices::print_voice;

#[derive(Debug, Subcommand)]
pub(crate) enum EmbeddingsVerb {
    /// Turn a recording into an embedding; needs --api-version 2025-11-04 or older
    Clone {
        /// The recording
        #[arg(value_name = "FILE")]
        clip: PathBuf,
        /// Leave noise in the recording
        #[arg(long)]
        keep_noise: bool,
    },
    /// Turn a recording that the service fetches into an embedding; needs --api-version 2024-06-10
    CloneUrl {
        /// Where the recording is
        url: String,
    },
    /// Mix voices into a new embedding; needs --api-version 2024-11-13 or older
    Mix {
        /// Voices, by id or name, or @FILE with an embedding, each with a weight [default: 1]
        #[arg(required = true, value_name = "VOICE[=WEIGHT]")]
        voices: Vec<String>,
    },
    /// Turn an embedding into one that speaks another language; needs --api-version 2024-06-10
    Localize {
        /// A file with the embedding; `-` is stdin
        #[arg(value_name = "FILE|-")]
        embedding: PathBuf,
        /// The target, such as `fr`
        #[arg(long, value_name = "CODE")]
        language: Language,
        /// Gender of the original speaker: male, female
        #[arg(long, value_name = "GENDER")]
        speaker_gender: SpeakerGender,
        /// A dialect of the language, such as `ca`
        #[arg(long)]
        dialect: Option<Dialect>,
    },
    /// Create a voice from an embedding; needs --api-version 2024-11-13 or older
    Create {
        /// A file with the embedding, as the other verbs print it; `-` is stdin
        #[arg(value_name = "FILE|-")]
        embedding: PathBuf,
        /// The name of the new voice
        #[arg(long)]
        name: String,
        /// Description of the new voice
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
        /// The language that it speaks best [default: set by the service, en]
        #[arg(long, value_name = "CODE")]
        language: Option<Language>,
        /// The voice that it was derived from, by its id or name
        #[arg(long, value_name = "ID|NAME")]
        base_voice: Option<VoiceName>,
    },
}

pub(crate) async fn run(
    client: &Client,
    global: &Global,
    verb: EmbeddingsVerb,
) -> Result<(), Failure> {
    let voices = client.voices().legacy();
    let call = match verb {
        EmbeddingsVerb::Clone { clip, keep_noise } => {
            voices.clone_clip(upload::open(global, &clip)?, !keep_noise)
        }
        EmbeddingsVerb::CloneUrl { url } => voices.clone_url(url),
        EmbeddingsVerb::Mix { voices: parts } => {
            let mut mixed = Vec::new();
            for part in &parts {
                mixed.push(mixed_voice(client, global, part).await?);
            }
            voices.mix(MixVoicesRequest::new(mixed))
        }
        EmbeddingsVerb::Localize {
            embedding,
            language,
            speaker_gender,
            dialect,
        } => {
            let embedding = read(&embedding)?;
            let mut request = LocalizeEmbeddingRequest::new(embedding, language, speaker_gender);
            request.dialect = dialect;
            voices.localize(request)
        }
        EmbeddingsVerb::Create {
            embedding,
            name,
            description,
            language,
            base_voice,
        } => {
            let mut request = CreateVoiceRequest::new(name, description, read(&embedding)?);
            request.language = language;
            if let Some(base) = base_voice {
                request.base_voice_id = Some(find_voice(client, global, &base).await?);
            }
            let voice = with_timeout!(voices.create(request), global).await?;
            return if global.json {
                print::json(&voice)
            } else {
                print_voice(&voice)
            };
        }
    };
    let embedding = with_timeout!(call, global).await?;
    // An embedding is for programs, so it is JSON with and without `--json`.
    print::json(&EmbeddingResponse::new(embedding))
}

/// `Katie`, `Katie=0.3` or `@mine.json=2`.
async fn mixed_voice(client: &Client, global: &Global, part: &str) -> Result<MixedVoice, Failure> {
    let (voice, weight) = match part.rsplit_once('=') {
        Some((voice, weight)) => (voice, weight.parse().ok()),
        None => (part, Some(1.0)),
    };
    let weight = weight
        .filter(|weight: &f64| weight.is_finite() && *weight >= 0.0)
        .ok_or_else(|| {
            Failure::usage(format!(
                "the weight in {part:?} is not a number of zero or more"
            ))
        })?;
    Ok(match voice.strip_prefix('@') {
        Some(path) => MixedVoice::of_embedding(read(Path::new(path))?, weight),
        None => MixedVoice::of_id(
            find_voice(client, global, &VoiceName(voice.to_owned())).await?,
            weight,
        ),
    })
}

/// The numbers alone, or an object that has them as `embedding`.
fn read(path: &Path) -> Result<Embedding, Failure> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum File {
        Numbers(Embedding),
        Answer { embedding: Embedding },
    }
    let text = if path == Path::new("-") {
        io::read_to_string(io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Failure::file("read", path, &error))?;
    match serde_json::from_str(&text) {
        Ok(File::Numbers(embedding) | File::Answer { embedding }) => Ok(embedding),
        Err(_) => Err(Failure::usage(format!(
            "{} has no embedding: it must be {{\"embedding\": [numbers]}}",
            path.display()
        ))),
    }
}
