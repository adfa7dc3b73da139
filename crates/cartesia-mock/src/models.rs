//! `/models`: the models that the newest version offers. The fields beside `id` and `name` are a guess.

use axum::Json;
use serde_json::{Value, json};

use crate::middleware::{Caller, Pairs, parameter};
use crate::rejection::Rejection;
use crate::{stt, tts};

const TTS: [(&str, &str); 3] = [
    ("sonic-3.6", "Sonic 3.6"),
    ("sonic-3.5", "Sonic 3.5"),
    ("sonic-3", "Sonic 3"),
];
const STT: [(&str, &str); 2] = [("ink-2", "Ink 2"), ("ink-whisper", "Ink Whisper")];

/// `GET /models`.
pub(crate) async fn list(caller: Caller, Pairs(query): Pairs) -> Result<Json<Value>, Rejection> {
    let capability = parameter(&query, "capability");
    if capability.is_some_and(|capability| !matches!(capability, "tts" | "stt")) {
        return Err(Rejection::bad_request("`capability` must be tts or stt"));
    }
    let version = caller.version;
    let speech = TTS.map(|(id, name)| {
        json!({"id": id, "name": name, "capability": "tts", "languages": tts::languages_of(id, version)})
    });
    let transcribing = STT.map(|(id, name)| {
        let languages = if id == "ink-2" {
            vec!["en"]
        } else {
            stt::languages()
        };
        json!({"id": id, "name": name, "capability": "stt", "languages": languages})
    });
    let models: Vec<Value> = speech
        .into_iter()
        .chain(transcribing)
        .filter(|model| capability.is_none_or(|capability| model["capability"] == capability))
        .collect();
    Ok(Json(
        json!({"data": models, "has_more": false, "next_page": null}),
    ))
}
