//! One value of a manifest, and what it sets.

use cartesia_types::captions::CaptionFormat;
use cartesia_types::tts::{GenerationConfig, PronunciationDictId};
use cartesia_types::voice::VoiceSpecifier;
use cartesia_types::{Language, Locale, ModelId, OutputFormat, VoiceId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Field;
use crate::batch::Item;

/// Why a value is invalid. It never quotes the value, which may be a transcript in the wrong column.
type Invalid = &'static str;

/// Sets a part of an item.
pub(super) fn set(item: &mut Item, field: Field, value: Value) -> Result<(), Invalid> {
    let request = &mut item.request;
    let generation = |request: &mut Option<GenerationConfig>,
                      set: &dyn Fn(GenerationConfig) -> GenerationConfig| {
        *request = Some(set(request.take().unwrap_or_default()));
    };
    match field {
        Field::Id => item.id = Some(text(value)?),
        Field::Text => request.transcript = text(value)?,
        Field::Voice => {
            request.voice = match value {
                Value::Object(_) => object::<VoiceSpecifier>(value, "must be a voice as the API writes it")?,
                value => VoiceId::from(text(value)?).into(),
            }
        }
        Field::Model => request.model_id = ModelId::from(text(value)?),
        Field::Language => {
            request.language = Some(Language::from(text(value)?));
            request.locale = None;
        }
        Field::Locale => {
            request.locale = Some(Locale::from(text(value)?));
            request.language = None;
        }
        Field::Format => {
            request.output_format = match value {
                Value::Object(_) => object::<OutputFormat>(value, "must be a format as the API writes it")?,
                value => text(value)?.parse().map_err(|_| {
                    "must be a format such as wav, wav_pcm_s16le_24000, mp3, mp3_44100_128 or pcm_s16le_24000"
                })?,
            }
        }
        Field::Speed => {
            let speed = number(&value)?;
            generation(&mut request.generation_config, &|config| config.with_speed(speed));
        }
        Field::Volume => {
            let volume = number(&value)?;
            generation(&mut request.generation_config, &|config| config.with_volume(volume));
        }
        Field::Emotion => {
            let emotion = text(value)?;
            generation(&mut request.generation_config, &|config| {
                config.with_emotion(emotion.as_str())
            });
        }
        Field::Dictionary => {
            request.pronunciation_dict_id = Some(PronunciationDictId::from(text(value)?));
        }
        Field::Words => item.words = flag(&value)?,
        Field::Captions => item.captions = captions(&value)?,
    }
    Ok(())
}

fn text(value: Value) -> Result<String, Invalid> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err("must be a text"),
    }
}

fn object<T: DeserializeOwned>(value: Value, invalid: Invalid) -> Result<T, Invalid> {
    serde_json::from_value(value).map_err(|_| invalid)
}

fn number(value: &Value) -> Result<f64, Invalid> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .filter(|number: &f64| number.is_finite())
        .ok_or("must be a number, with a dot for its decimals")
}

fn flag(value: &Value) -> Result<bool, Invalid> {
    let text = match value {
        Value::Bool(flag) => return Ok(*flag),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_lowercase(),
        _ => String::new(),
    };
    match text.as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err("must be true or false"),
    }
}

fn captions(value: &Value) -> Result<Option<CaptionFormat>, Invalid> {
    let text = match value {
        Value::Bool(false) => "none",
        Value::String(text) => text.trim(),
        _ => "",
    };
    if text == "none" {
        return Ok(None);
    }
    let format = text.parse();
    format
        .map(Some)
        .map_err(|_| "must be srt, vtt, json, txt or none")
}
