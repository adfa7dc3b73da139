//! The settings of a connection, checked as the service checks them.

use super::turn::{TIMEOUT, Thresholds};
use crate::clip::RATES;
use crate::middleware::parameter;
use crate::recognition::Encoding;
use crate::rejection::Rejection;
use crate::stt;

/// Keyterms of a connection, and characters of all of them.
const MOST_KEYTERMS: usize = 100;
const LONGEST_KEYTERMS: usize = 1_200;

type Pairs = [(String, String)];

/// The format of the audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Audio {
    pub(crate) encoding: Encoding,
    pub(crate) sample_rate: u32,
}

/// The query of `/stt/websocket`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Manual {
    pub(super) audio: Audio,
    pub(super) language: String,
    /// The volume up to which audio counts as silence.
    pub(super) min_volume: f32,
    /// Seconds of silence after which the server finalizes by itself; `None` for its own time.
    pub(super) max_silence: Option<f64>,
}

/// The query of `/stt/turns/websocket`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turns {
    pub(super) audio: Audio,
    pub(super) thresholds: Thresholds,
}

impl Manual {
    pub(super) fn read(query: &Pairs) -> Result<Self, Rejection> {
        let model = required(query, "model")?;
        let whisper = match model {
            "ink-2" | "ink-preview" => false,
            "ink-whisper" | "ink-whisper-2025-06-04" => true,
            _ => return Err(Rejection::model_not_found(model).on_socket()),
        };
        let audio = audio(query)?;
        let language = parameter(query, "language").unwrap_or("en");
        if !(language == "en" || whisper && stt::is_language(language)) {
            return Err(Rejection::language_not_supported(language, model));
        }
        check_keyterms(query, !whisper)?;
        let min_volume = number(query, "min_volume")?;
        if min_volume.is_some_and(|volume| !(0.0..=1.0).contains(&volume)) {
            return Err(Rejection::bad_request("`min_volume` must be from 0 to 1"));
        }
        let max_silence = number(query, "max_silence_duration_secs")?;
        if max_silence.is_some_and(|seconds| seconds < 0.0) {
            let message = "`max_silence_duration_secs` must not be negative";
            return Err(Rejection::bad_request(message));
        }
        // The other model takes both and does as it likes.
        #[expect(clippy::cast_possible_truncation, reason = "only precision is lost")]
        let min_volume = min_volume.filter(|_| whisper).unwrap_or_default() as f32;
        Ok(Self {
            audio,
            language: language.to_owned(),
            min_volume,
            max_silence: max_silence.filter(|_| whisper),
        })
    }
}

impl Turns {
    pub(super) fn read(query: &Pairs) -> Result<Self, Rejection> {
        let model = required(query, "model")?;
        match model {
            "ink-2" | "ink-preview" => {}
            "ink-whisper" | "ink-whisper-2025-06-04" => {
                let message = format!("the model {model:?} has no turns; use ink-2");
                return Err(Rejection::bad_request(message));
            }
            _ => return Err(Rejection::model_not_found(model)),
        }
        let audio = audio(query)?;
        check_keyterms(query, true)?;
        let mut thresholds = Thresholds::default();
        for (name, value) in thresholds.likelihoods() {
            if let Some(wanted) = number(query, &format!("turn_{name}"))? {
                *value = wanted;
            }
        }
        if let Some(wanted) = number(query, &format!("turn_{TIMEOUT}"))? {
            thresholds.end_timeout_ms = wanted;
        }
        thresholds.check("turn_")?;
        Ok(Self { audio, thresholds })
    }
}

fn audio(query: &Pairs) -> Result<Audio, Rejection> {
    let encoding = Encoding::named(required(query, "encoding")?).ok_or_else(|| {
        let names = Encoding::NAMES.join(", ");
        Rejection::bad_request(format!("`encoding` must be one of {names}"))
    })?;
    let sample_rate = required(query, "sample_rate")?.parse().ok();
    let sample_rate = sample_rate
        .filter(|rate| RATES.contains(rate))
        .ok_or_else(|| {
            let (lowest, highest) = (RATES.start(), RATES.end());
            let what = format!("must be a whole number from {lowest} to {highest}");
            Rejection::bad_request(format!("`sample_rate` {what}"))
        })?;
    Ok(Audio {
        encoding,
        sample_rate,
    })
}

fn required<'a>(query: &'a Pairs, name: &str) -> Result<&'a str, Rejection> {
    let value = parameter(query, name).filter(|value| !value.is_empty());
    value.ok_or_else(|| Rejection::bad_request(format!("`{name}` is required in the query")))
}

fn number(query: &Pairs, name: &str) -> Result<Option<f64>, Rejection> {
    let Some(text) = parameter(query, name) else {
        return Ok(None);
    };
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    let refused = || Rejection::bad_request(format!("`{name}` must be a number"));
    number.map(Some).ok_or_else(refused)
}

/// Keyterms are for models that take them.
fn check_keyterms(query: &Pairs, allowed: bool) -> Result<(), Rejection> {
    let terms = query.iter().filter(|(name, _)| name == "keyterm");
    let (mut count, mut characters) = (0, 0);
    for (_, term) in terms {
        count += 1;
        characters += term.chars().count();
    }
    let what = if count > 0 && !allowed {
        "is for ink-2 alone".to_owned()
    } else if count > MOST_KEYTERMS {
        format!("may come {MOST_KEYTERMS} times, not {count} times")
    } else if characters > LONGEST_KEYTERMS {
        format!("may have {LONGEST_KEYTERMS} characters in total, not {characters}")
    } else {
        return Ok(());
    };
    Err(Rejection::bad_request(format!("`keyterm` {what}")))
}
