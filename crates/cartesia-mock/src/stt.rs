//! `/stt`, and `/audio/transcriptions`, which is compatible with another API.
//!
//! Words that this server spoke are recognized; any other stretch of sound becomes a numbered word. All have
//! exact times.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State as Shared};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::clip::Clip;
use crate::form::Form;
use crate::middleware::{AnyVersion, Authorized, Pairs, UnversionedCaller};
use crate::recognition::{self, Encoding, text};
use crate::rejection::{Rejection, shortened};
use crate::state::State;
use crate::stt_socket;

/// The languages of `ink-whisper`.
const LANGUAGES: &str = "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs \
    ro da hu ta no th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs \
    kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo \
    tl mg as tt haw ln ha ba jw su yue";

/// `POST /stt`. The documentation itself calls it without a version.
pub(crate) async fn transcribe(
    Shared(state): Shared<Arc<State>>,
    UnversionedCaller(caller): UnversionedCaller,
    Pairs(query): Pairs,
    request: Request,
) -> Result<Response, Rejection> {
    #[derive(Serialize)]
    struct Answer<'a> {
        r#type: &'a str,
        text: String,
        language: &'a str,
        duration: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        words: Option<Vec<Word>>,
        request_id: &'a str,
    }
    let _seat = stt_socket::admit(&state, &caller.payer)?;
    let form = Form::read(request).await?;
    check_model(form.required_text("model")?)?;
    let language = language(&form)?;
    let wants_words = wants_words(&form, &["word"])?;
    let file = &form.required_file("file")?.content;
    let clip = match raw_format(&query)? {
        // A header is never meant to be heard.
        Some((encoding, rate)) if !Clip::is_file(file) => Clip::of_samples(file, encoding, rate)?,
        _ => Clip::of_file(form.recording("file")?)?,
    };
    let words = clip.words();
    let answer = Answer {
        r#type: "transcript",
        text: text(&words),
        language,
        duration: seconds(clip.duration().as_secs_f64()),
        words: wants_words.then(|| listed(words)),
        request_id: &caller.request_id,
    };
    Ok(Json(answer).into_response())
}

/// `POST /audio/transcriptions`. Programs made for the other API send no version.
pub(crate) async fn compatible(
    Shared(state): Shared<Arc<State>>,
    _: AnyVersion,
    Authorized(payer): Authorized,
    request: Request,
) -> Result<Response, Rejection> {
    #[derive(Serialize)]
    struct Plain {
        text: String,
    }
    #[derive(Serialize)]
    struct Verbose<'a> {
        task: &'a str,
        language: &'a str,
        duration: f64,
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        words: Option<Vec<Word>>,
    }
    let _seat = stt_socket::admit(&state, &payer)?;
    let form = Form::read(request).await?;
    check_model(form.required_text("model")?)?;
    let language = language(&form)?;
    let wants_words = wants_words(&form, &["word", "segment"])?;
    let format = form.text("response_format")?.unwrap_or("json");
    let clip = Clip::of_file(form.recording("file")?)?;
    let words = clip.words();
    let text = text(&words);
    match format {
        "json" => Ok(Json(Plain { text }).into_response()),
        "text" => Ok((text + "\n").into_response()),
        "verbose_json" => Ok(Json(Verbose {
            task: "transcribe",
            language,
            duration: seconds(clip.duration().as_secs_f64()),
            text,
            words: wants_words.then(|| listed(words)),
        })
        .into_response()),
        _ => Err(Rejection::bad_request(
            "`response_format` must be one of json, text, verbose_json",
        )),
    }
}

#[derive(Serialize)]
struct Word {
    #[serde(rename = "word")]
    text: String,
    start: f64,
    end: f64,
}

/// Words as an answer has them.
fn listed(words: Vec<recognition::Word>) -> Vec<Word> {
    words
        .into_iter()
        .map(|word| Word {
            text: word.text,
            start: seconds(word.start),
            end: seconds(word.end),
        })
        .collect()
}

/// Whole milliseconds.
fn seconds(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}

fn check_model(id: &str) -> Result<(), Rejection> {
    match id {
        "ink-whisper" | "ink-whisper-2025-06-04" => Ok(()),
        "ink-2" => Err(Rejection::bad_request(
            "the model \"ink-2\" is for streams alone; use ink-whisper",
        )),
        _ => Err(Rejection::model_not_found(id)),
    }
}

/// All languages that `ink-whisper` understands.
pub(crate) fn languages() -> Vec<&'static str> {
    LANGUAGES.split_whitespace().collect()
}

/// Whether `ink-whisper` understands it.
pub(crate) fn is_language(code: &str) -> bool {
    LANGUAGES.split(' ').any(|known| known == code)
}

fn language(form: &Form) -> Result<&str, Rejection> {
    let language = form.text("language")?.unwrap_or("en");
    if is_language(language) {
        Ok(language)
    } else {
        Err(Rejection::language_not_supported(language, "ink-whisper"))
    }
}

fn wants_words(form: &Form, allowed: &[&str]) -> Result<bool, Rejection> {
    let wanted = form.texts("timestamp_granularities[]")?;
    if let Some(other) = wanted.iter().find(|value| !allowed.contains(value)) {
        let message = format!(
            "`timestamp_granularities[]` must be one of {}, not {:?}",
            allowed.join(", "),
            shortened(other)
        );
        return Err(Rejection::bad_request(message));
    }
    Ok(wanted.contains(&"word"))
}

/// `encoding` and `sample_rate`, which make sense together alone.
fn raw_format(query: &[(String, String)]) -> Result<Option<(Encoding, u32)>, Rejection> {
    let value = |name: &str| {
        let pair = query.iter().find(|(found, _)| found == name);
        pair.map(|(_, value)| value.as_str())
    };
    let (encoding, rate) = match (value("encoding"), value("sample_rate")) {
        (None, None) => return Ok(None),
        (Some(encoding), Some(rate)) => (encoding, rate),
        _ => {
            return Err(Rejection::bad_request(
                "`encoding` and `sample_rate` are required together",
            ));
        }
    };
    let encoding = Encoding::named(encoding).ok_or_else(|| {
        let message = format!("`encoding` must be one of {}", Encoding::NAMES.join(", "));
        Rejection::bad_request(message)
    })?;
    let rate = rate
        .parse()
        .map_err(|_| Rejection::bad_request("`sample_rate` must be a whole number"))?;
    Ok(Some((encoding, rate)))
}
