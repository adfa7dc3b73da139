//! `conformance/inputs.json`: what the drivers of all clients say.

use std::collections::BTreeMap;

use cartesia::OutputFormat;
use serde::Deserialize;

use crate::Result;

/// The file, as far as this driver needs it.
#[derive(Debug, Deserialize)]
pub(crate) struct Inputs {
    pub(crate) voice_id: String,
    pub(crate) second_voice_id: String,
    pub(crate) tts_model: String,
    pub(crate) infill_model: String,
    pub(crate) stt_batch_model: String,
    pub(crate) stt_manual_model: String,
    pub(crate) stt_auto_model: String,
    pub(crate) language: String,
    pub(crate) transcript: String,
    pub(crate) transcript_parts: Vec<String>,
    pub(crate) spoken: String,
    pub(crate) formats: BTreeMap<String, OutputFormat>,
    pub(crate) generation_config: GenerationConfig,
    pub(crate) context_id: String,
    pub(crate) access_token: AccessToken,
    pub(crate) voice: Voice,
    pub(crate) localize: Localize,
    pub(crate) pronunciation_dict: PronunciationDict,
    pub(crate) dataset: Dataset,
    pub(crate) fine_tune: FineTune,
    pub(crate) agent: Agent,
    pub(crate) metric: Metric,
}

#[derive(Debug, Deserialize)]
pub(crate) struct GenerationConfig {
    pub(crate) volume: f64,
    pub(crate) speed: f64,
    pub(crate) emotion: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) grants: Grants,
    pub(crate) expires_in: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Grants {
    pub(crate) tts: bool,
    pub(crate) stt: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Voice {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) new_name: String,
    pub(crate) new_description: String,
    pub(crate) accent: String,
    pub(crate) search: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Localize {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) language: String,
    pub(crate) original_speaker_gender: String,
    pub(crate) dialect: String,
    pub(crate) accent: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PronunciationDict {
    pub(crate) name: String,
    pub(crate) new_name: String,
    pub(crate) items: Vec<PronunciationItem>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PronunciationItem {
    pub(crate) text: String,
    pub(crate) alias: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Dataset {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) new_name: String,
    pub(crate) new_description: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FineTune {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) language: String,
    pub(crate) model_id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) new_name: String,
    pub(crate) call_id: String,
    pub(crate) metric_id: String,
    pub(crate) deployment_id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) prompt: String,
}

impl Inputs {
    /// Reads the file that `CONFORMANCE_INPUTS` names.
    pub(crate) fn read() -> Result<Self> {
        let path = std::env::var("CONFORMANCE_INPUTS")?;
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        Ok(serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?)
    }

    /// A format by its name in the file.
    pub(crate) fn format(&self, name: &str) -> Result<OutputFormat> {
        let format = self.formats.get(name);
        format
            .copied()
            .ok_or_else(|| format!("no format is called {name}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_everything() {
        let text = include_str!("../../inputs.json");
        let inputs: Inputs = serde_json::from_str(text).unwrap();
        for name in ["raw", "raw_float", "wav", "mp3"] {
            inputs.format(name).unwrap();
        }
        assert!(inputs.format("flac").is_err());
        assert!(inputs.transcript_parts.len() > 1);
    }
}
