//! Values that flags may have: those known to the program, and the voices of the service.

use std::time::Duration;

use cartesia::tts::Emotion;
use cartesia::voice::ListVoicesRequest;
use cartesia::{ApiVersion, Language, ModelId, RawEncoding, SttModelId};
use cartesia_mock::MockServer;
use clap::Parser;

use super::Candidate;
use super::engine::Position;
use crate::config::{Profile, SETTINGS};
use crate::connect;
use crate::env_file::EnvFile;
use crate::failure::Failure;
use crate::global::Global;

/// The placeholder of a voice in the help.
pub(super) const VOICE: &str = "ID|NAME";

/// A person waits for it, with a finger on the key.
const PATIENCE: Duration = Duration::from_secs(2);

/// The values of a flag, by the verb, its name and what the help calls its value.
pub(super) fn known(verb: &str, flag: &str, value: &str) -> Vec<Candidate> {
    fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<Candidate> {
        let words = words.into_iter();
        words.map(|word| Candidate::new(word, "")).collect()
    }
    match (value, flag, verb) {
        ("SETTING", _, _) => words(SETTINGS.iter().map(|(name, _)| *name)),
        ("ENCODING", _, _) => words(RawEncoding::ALL.iter().map(|it| it.as_str())),
        ("EMOTION", _, _) => words(Emotion::KNOWN.iter().map(Emotion::as_str)),
        ("CODE", "language", _) => words(Language::KNOWN.iter().map(Language::as_str)),
        ("ID", "model", "transcribe") => words(SttModelId::KNOWN.iter().map(SttModelId::as_str)),
        ("ID", "model", _) => words(ModelId::KNOWN.iter().map(ModelId::as_str)),
        ("DATE", "api_version", _) => {
            let versions: Vec<String> = ApiVersion::KNOWN.iter().map(ToString::to_string).collect();
            words(versions.iter().map(String::as_str))
        }
        _ => Vec::new(),
    }
}

/// The names of voices, as far as the service says them soon. A failure is no candidate.
pub(super) async fn voices(position: &Position<'_>) -> Vec<Candidate> {
    let found = tokio::time::timeout(PATIENCE, fetch(position)).await;
    found.ok().and_then(Result::ok).unwrap_or_default()
}

async fn fetch(position: &Position<'_>) -> Result<Vec<Candidate>, Failure> {
    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        global: Global,
    }
    let flags = std::iter::once("flags".to_owned()).chain(position.global_flags());
    let flags = Flags::try_parse_from(flags).map_err(|error| Failure::usage(error.to_string()))?;
    let mut global = flags.global;
    global.timeout = Some(PATIENCE);
    let _server = if global.mock {
        let server = MockServer::start().await;
        let server = server.map_err(|error| Failure::usage(error.to_string()))?;
        global.embedded = Some(server.url());
        Some(server)
    } else {
        global.settings = Profile::load(global.profile.as_deref())?;
        // It may ask for a password, which is too slow here.
        global.settings.api_key.take_if(|key| key.is_command());
        global.env_file = EnvFile::load(global.settings.api_key.is_some());
        None
    };
    let client = connect::client(&global)?;
    let mut request = ListVoicesRequest::new();
    if client.api_version() >= ApiVersion::V2024_11_13 {
        request.limit = Some(100);
    }
    if client.api_version() >= ApiVersion::V2025_11_04 && !position.current().is_empty() {
        request = request.with_search(position.current());
    }
    let page = client.voices().list(request).await?;
    let voices = page.data.iter().map(|voice| {
        let language = voice.language.as_ref().map(Language::as_str);
        Candidate::new(voice.name.as_str(), language.unwrap_or_default())
    });
    Ok(voices.collect())
}
