//! The `voice` of a request, whose shape differs between versions.

use cartesia_types::ApiVersion;
use serde_json::Value;

use crate::fields::Fields;
use crate::hash;
use crate::rejection::Rejection;
use crate::voices::Catalogue;

const EMBEDDING: usize = 192;
const EMOTIONS: [&str; 5] = ["anger", "positivity", "surprise", "sadness", "curiosity"];
const LEVELS: [&str; 4] = ["lowest", "low", "high", "highest"];

/// The voice that is to speak.
#[derive(Debug)]
pub(super) struct Voice {
    /// The input for the pitch.
    pub(super) id: String,
    /// From `__experimental_controls`; 1 is normal.
    pub(super) speed: f64,
}

impl Voice {
    pub(super) fn read(
        body: &Fields<'_>,
        version: ApiVersion,
        catalogue: &Catalogue,
    ) -> Result<Self, Rejection> {
        let value = body.required("voice", body.get("voice"))?;
        let known = |id: &str| match catalogue.find_speaker(id) {
            Some(voice) => Ok(voice.id.clone()),
            None => Err(Rejection::voice_not_found(version, id)),
        };
        if let (Value::String(id), true) = (value, version >= ApiVersion::V2026_08_14) {
            return Ok(Self {
                id: known(id)?,
                speed: 1.0,
            });
        }
        let Some(voice) = body.object("voice")? else {
            return Err(body.refuse("voice", "is required"));
        };

        let early = version <= ApiVersion::V2024_11_13;
        let mode = match voice.string("mode")? {
            // At first it could be left out, and at last it may be again.
            None if early || version >= ApiVersion::V2026_08_14 => {
                if early && voice.get("embedding").is_some() {
                    "embedding"
                } else {
                    "id"
                }
            }
            mode => voice.required("mode", mode)?,
        };
        let id = match mode {
            "id" => known(voice.required("id", voice.string("id")?)?)?,
            "embedding" if version <= ApiVersion::V2025_11_04 => embedding(&voice)?,
            _ if version <= ApiVersion::V2025_11_04 => {
                return Err(voice.refuse("mode", "must be \"id\" or \"embedding\""));
            }
            _ => {
                return Err(
                    voice.refuse("mode", "must be \"id\": voice embeddings are not supported")
                );
            }
        };
        let controls = voice.object("__experimental_controls")?.filter(|_| early);
        let speed = controls
            .as_ref()
            .map(experimental_speed)
            .transpose()?
            .unwrap_or(1.0);
        if let Some(controls) = controls {
            check_emotions(&controls)?;
        }
        Ok(Self { id, speed })
    }
}

/// A stable name for a voice that is given as numbers.
fn embedding(voice: &Fields<'_>) -> Result<String, Rejection> {
    let numbers = voice.required("embedding", voice.array("embedding")?)?;
    let bytes: Option<Vec<_>> = numbers
        .iter()
        .map(|number| number.as_f64().map(f64::to_le_bytes))
        .collect();
    let bytes = bytes
        .filter(|bytes| bytes.len() == EMBEDDING)
        .ok_or_else(|| {
            voice.refuse(
                "embedding",
                &format!("must be an array of {EMBEDDING} numbers"),
            )
        })?;
    Ok(format!(
        "embedding-{:016x}",
        hash::stable(&[bytes.as_flattened()])
    ))
}

/// A name, or a number from −1 to 1.
fn experimental_speed(controls: &Fields<'_>) -> Result<f64, Rejection> {
    let speed = match controls.get("speed") {
        None => return Ok(1.0),
        Some(Value::String(name)) => match name.as_str() {
            "slowest" => Some(0.6),
            "slow" => Some(0.8),
            "normal" => Some(1.0),
            "fast" => Some(1.25),
            "fastest" => Some(1.5),
            _ => None,
        },
        Some(number) => number
            .as_f64()
            .filter(|number| (-1.0..=1.0).contains(number))
            // −1 is 0.6 and 1 is 1.5, as the names have it.
            .map(|number| 1.0 + number * if number < 0.0 { 0.4 } else { 0.5 }),
    };
    speed.ok_or_else(|| {
        controls.refuse(
            "speed",
            "must be slowest, slow, normal, fast, fastest or from -1 to 1",
        )
    })
}

/// Names, each with a level if wanted: `anger:high`. Nothing of it can be heard here.
fn check_emotions(controls: &Fields<'_>) -> Result<(), Rejection> {
    let Some(emotions) = controls.array("emotion")? else {
        return Ok(());
    };
    let known = |emotion: &Value| {
        let (name, level) = match emotion.as_str()?.split_once(':') {
            Some((name, level)) => (name, Some(level)),
            None => (emotion.as_str()?, None),
        };
        let known = EMOTIONS.contains(&name) && level.is_none_or(|level| LEVELS.contains(&level));
        known.then_some(())
    };
    if emotions.iter().all(|emotion| known(emotion).is_some()) {
        return Ok(());
    }
    Err(controls.refuse(
        "emotion",
        "must be an array of names such as \"anger\" or \"anger:high\"",
    ))
}
