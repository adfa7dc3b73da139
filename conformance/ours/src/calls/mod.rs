//! What our client has in common with the official clients: a script for each call.

mod agents;
mod collections;
mod listening;
mod sockets;
mod speech;
mod tokens;
mod voices;

use std::pin::Pin;

use bytes::Bytes;
use cartesia::types::VersionRange;
use cartesia::wav::WavLayout;
use cartesia::{ApiVersion, Client, ErrorKind, Language, OutputFormat, RawFormat, Upload, VoiceId};

use crate::Result;
use crate::checks::Checks;
use crate::inputs::Inputs;

/// One use of one call.
#[derive(Debug)]
pub(crate) struct Use<'a> {
    pub(crate) client: &'a Client,
    pub(crate) version: ApiVersion,
    pub(crate) inputs: &'a Inputs,
    pub(crate) checks: Checks,
}

impl Use<'_> {
    fn language(&self) -> Language {
        Language::from(&*self.inputs.language)
    }

    fn voice(&self) -> VoiceId {
        VoiceId::from(&*self.inputs.voice_id)
    }

    /// The kind of the error for an unknown voice or dictionary.
    fn kind_of_unknown(&self) -> ErrorKind {
        if self.version >= ApiVersion::V2026_03_01 {
            ErrorKind::NotFound
        } else {
            ErrorKind::InvalidRequest
        }
    }

    /// A format of the inputs that is headerless.
    fn raw_format(&self, name: &str) -> Result<RawFormat> {
        match self.inputs.format(name)? {
            OutputFormat::Raw(format) => Ok(format),
            _ => Err(format!("{name} is not raw").into()),
        }
    }

    /// The recording in the working folder.
    fn recording() -> Upload {
        Upload::from_path("sample.wav")
    }

    /// The samples of the recording, without their header.
    fn samples() -> Result<Bytes> {
        let file = std::fs::read("sample.wav")?;
        let layout = WavLayout::parse(&file)?.ok_or("the recording has no samples")?;
        let offset = usize::try_from(layout.data_offset())?;
        Ok(Bytes::from(file).slice(offset..))
    }

    /// A file of texts for a data set.
    fn lines() -> Upload {
        let text = "{\"text\": \"Hello.\", \"audio\": \"hello.wav\"}\n";
        Upload::from_bytes("lines.jsonl", text).with_media_type("application/jsonl")
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = Result> + 'a>>;

/// How a call is used, by the name that all drivers share, and the versions that have it.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) versions: VersionRange,
    pub(crate) run: for<'a> fn(&'a mut Use<'_>) -> Running<'a>,
}

/// A script from its name, versions and async function.
macro_rules! script {
    ($name:literal, $versions:expr, $run:path) => {
        Script {
            name: $name,
            versions: $versions,
            run: |call| Box::pin($run(call)),
        }
    };
}

const ALL: VersionRange = VersionRange::ALL;
const PAGED: VersionRange = VersionRange::since(ApiVersion::V2024_11_13);
const RESOURCES: VersionRange = VersionRange::since(ApiVersion::V2025_04_16);
const NEWEST: VersionRange = VersionRange::since(ApiVersion::V2026_08_14);
const EMBEDDINGS: VersionRange = VersionRange::until(ApiVersion::V2024_11_13);
const OLDEST: VersionRange = VersionRange::until(ApiVersion::V2024_06_10);

pub(crate) const SCRIPTS: &[Script] = &[
    script!("status", ALL, tokens::status),
    script!("access_tokens.create", ALL, tokens::create),
    script!("tts.bytes", ALL, speech::bytes),
    script!("tts.sse", ALL, speech::sse),
    script!("tts.websocket", ALL, sockets::whole),
    script!("tts.websocket.inputs", ALL, sockets::inputs),
    script!("tts.websocket.flush", ALL, sockets::flush),
    script!("tts.websocket.cancel", ALL, sockets::cancel),
    script!("infill.bytes", ALL, speech::infill),
    script!("voice_changer.bytes", ALL, speech::change_voice),
    script!("voice_changer.sse", ALL, speech::change_voice_events),
    script!("stt.transcribe", ALL, speech::transcribe),
    script!("stt.manual", ALL, listening::manual),
    script!("stt.turns", ALL, listening::turns),
    script!("voices.list", ALL, voices::list),
    script!("voices.get", ALL, voices::get),
    script!("voices.clone_voice", ALL, voices::clone),
    script!("voices.update", ALL, voices::update),
    script!("voices.delete", ALL, voices::delete),
    script!("voices.localize", ALL, voices::localize),
    script!("voices.add_accents", NEWEST, voices::add_accents),
    script!("voices.remove_accent", NEWEST, voices::remove_accent),
    script!("accents.list", NEWEST, voices::accents),
    script!("voices.legacy.create", EMBEDDINGS, voices::create),
    script!("voices.legacy.mix", EMBEDDINGS, voices::mix),
    script!("voices.legacy.clone_clip", OLDEST, voices::clone_clip),
    script!("voices.legacy.clone_url", OLDEST, voices::clone_url),
    script!(
        "pronunciation_dicts.create",
        RESOURCES,
        collections::create_dict
    ),
    script!("pronunciation_dicts.get", RESOURCES, collections::get_dict),
    script!(
        "pronunciation_dicts.list",
        RESOURCES,
        collections::list_dicts
    ),
    script!(
        "pronunciation_dicts.update",
        RESOURCES,
        collections::update_dict
    ),
    script!(
        "pronunciation_dicts.delete",
        RESOURCES,
        collections::delete_dict
    ),
    script!("datasets.create", PAGED, collections::create_dataset),
    script!("datasets.get", RESOURCES, collections::get_dataset),
    script!("datasets.list", PAGED, collections::list_datasets),
    script!("datasets.update", RESOURCES, collections::update_dataset),
    script!("datasets.delete", RESOURCES, collections::delete_dataset),
    script!("datasets.upload_file", PAGED, collections::upload_file),
    script!("datasets.files", PAGED, collections::list_files),
    script!("datasets.delete_file", RESOURCES, collections::delete_file),
    script!(
        "fine_tunes.create",
        RESOURCES,
        collections::create_fine_tune
    ),
    script!("fine_tunes.get", RESOURCES, collections::get_fine_tune),
    script!("fine_tunes.list", RESOURCES, collections::list_fine_tunes),
    script!(
        "fine_tunes.delete",
        RESOURCES,
        collections::delete_fine_tune
    ),
    script!(
        "fine_tunes.voices",
        RESOURCES,
        collections::voices_of_fine_tune
    ),
    script!("agents.list", RESOURCES, agents::list),
    script!("agents.get", RESOURCES, agents::get),
    script!("agents.update", RESOURCES, agents::update),
    script!("agents.templates", RESOURCES, agents::templates),
    script!(
        "agents.phone_numbers.of_agent",
        RESOURCES,
        agents::phone_numbers
    ),
    script!("agents.calls.list", RESOURCES, agents::list_calls),
    script!("agents.calls.get", RESOURCES, agents::get_call),
    script!("agents.calls.audio", RESOURCES, agents::call_audio),
    script!("agents.metrics.create", RESOURCES, agents::create_metric),
    script!("agents.metrics.get", RESOURCES, agents::get_metric),
    script!("agents.metrics.list", RESOURCES, agents::list_metrics),
    script!("agents.metrics.attach", RESOURCES, agents::attach_metric),
    script!("agents.metrics.detach", RESOURCES, agents::detach_metric),
    script!("agents.metrics.results", RESOURCES, agents::metric_results),
    script!("agents.metrics.export", RESOURCES, agents::export_results),
    script!(
        "agents.deployments.list",
        RESOURCES,
        agents::list_deployments
    ),
    script!("agents.deployments.get", RESOURCES, agents::get_deployment),
    // The last one: an agent cannot be created again.
    script!("agents.delete", RESOURCES, agents::delete),
];
