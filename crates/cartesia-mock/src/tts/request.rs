//! The bodies of synthesis requests, checked as the service checks them.
//!
//! They are read from plain JSON and not with the types that clients send, so that both sides cannot
//! share a mistake.

use std::time::Duration;

use cartesia_types::{ApiVersion, RawEncoding, RawFormat};
use serde_json::Value;

use super::model::Model;
use super::voice::Voice;
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::speaker::Speaker;
use crate::synthesis::{Delivery, Espeak, Format, SPEEDS, Speech, VOLUMES, Wanted, pitch};
use crate::voices::Catalogue;

const SAMPLE_RATES: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
const BIT_RATES: [u32; 5] = [32_000, 64_000, 96_000, 128_000, 192_000];
const ENCODINGS: [&str; 4] = ["pcm_f32le", "pcm_s16le", "pcm_mulaw", "pcm_alaw"];

/// The text to speak, and its settings.
#[derive(Debug)]
pub(super) struct Utterance {
    transcript: String,
    voice: String,
    delivery: Delivery,
    /// Whether the request itself says how to deliver.
    configured: bool,
    longest: Option<Duration>,
    language: String,
    speaker: Speaker,
}

/// `POST /tts/bytes`.
#[derive(Debug)]
pub(super) struct BytesRequest {
    pub(super) utterance: Utterance,
    pub(super) format: Format,
    pub(super) save: bool,
}

/// `POST /tts/sse`.
#[derive(Debug)]
pub(super) struct SseRequest {
    pub(super) utterance: Utterance,
    pub(super) format: RawFormat,
    pub(super) wanted: Wanted,
    pub(super) context_id: Option<String>,
}

impl BytesRequest {
    pub(super) fn read(
        body: &Value,
        version: ApiVersion,
        catalogue: &Catalogue,
    ) -> Result<Self, Rejection> {
        let body = Fields::of_body(body)?;
        let utterance = Utterance::read(&body, version, catalogue)?;
        let format = format(&body, version)?;
        let save = if version >= ApiVersion::V2025_04_16 {
            body.boolean("save")?
        } else {
            None
        };
        Ok(Self {
            utterance,
            format,
            save: save.unwrap_or(false),
        })
    }
}

impl SseRequest {
    pub(super) fn read(
        body: &Value,
        version: ApiVersion,
        catalogue: &Catalogue,
    ) -> Result<Self, Rejection> {
        let body = Fields::of_body(body)?;
        let utterance = Utterance::read(&body, version, catalogue)?;
        let Format::Raw(format) = format(&body, version)? else {
            return Err(body.refuse("output_format.container", "must be raw for an event stream"));
        };
        let wanted = Wanted::read(&body)?;
        let context_id = body.string("context_id")?.map(str::to_owned);
        Ok(Self {
            utterance,
            format,
            wanted,
            context_id,
        })
    }
}

/// One input of a context of the socket. Its transcript may be empty.
#[derive(Debug)]
pub(crate) struct Input {
    utterance: Utterance,
    format: RawFormat,
    wanted: Wanted,
}

impl Input {
    pub(crate) fn read(
        body: &Fields<'_>,
        version: ApiVersion,
        catalogue: &Catalogue,
    ) -> Result<Self, Rejection> {
        let utterance = Utterance::read_any(body, version, catalogue)?;
        let Format::Raw(format) = format(body, version)? else {
            return Err(body.refuse("output_format.container", "must be raw for a WebSocket"));
        };
        let wanted = Wanted::read(body)?;
        Ok(Self {
            utterance,
            format,
            wanted,
        })
    }

    /// What the voice is known by, however the request named it.
    pub(crate) fn voice(&self) -> &str {
        &self.utterance.voice
    }

    /// How the text is to be spoken, if the request has a `generation_config`.
    pub(crate) fn delivery(&self) -> Option<Delivery> {
        let utterance = &self.utterance;
        utterance.configured.then_some(utterance.delivery)
    }

    pub(crate) fn format(&self) -> RawFormat {
        self.format
    }

    /// Speech at the pitch of the context, that does not know yet what to say.
    pub(crate) fn begin(&self, context: Option<&str>) -> Speech {
        let utterance = &self.utterance;
        let pitch = pitch(&utterance.voice, context.unwrap_or(&utterance.transcript));
        Speech::new(
            String::new(),
            utterance.delivery,
            pitch,
            self.format.sample_rate,
            utterance.longest,
            self.wanted,
        )
        .spoken_by(utterance.espeak(pitch))
    }
}

impl Utterance {
    fn read(
        body: &Fields<'_>,
        version: ApiVersion,
        catalogue: &Catalogue,
    ) -> Result<Self, Rejection> {
        let utterance = Self::read_any(body, version, catalogue)?;
        if utterance.transcript.trim().is_empty() {
            return Err(body.refuse("transcript", "must not be empty"));
        }
        Ok(utterance)
    }

    /// With or without something to say.
    fn read_any(
        body: &Fields<'_>,
        version: ApiVersion,
        catalogue: &Catalogue,
    ) -> Result<Self, Rejection> {
        let model = Model::find(
            body.required("model_id", body.string("model_id")?)?,
            version,
        )?;
        let transcript = body.required("transcript", body.string("transcript")?)?;
        let voice = Voice::read(body, version, catalogue)?;
        check_language(body, model, version)?;
        let mut delivery = generation_config(body)?.filter(|_| model.is_configurable());
        let configured = delivery.is_some();
        let legacy = match body.string_of("speed", &["slow", "normal", "fast"])? {
            Some("slow") => 0.8,
            Some("fast") => 1.25,
            _ => 1.0,
        };
        delivery.get_or_insert_default().speed *= legacy * voice.speed;
        if version >= ApiVersion::V2025_04_16 {
            body.string("pronunciation_dict_id")?;
        }
        Ok(Self {
            transcript: transcript.to_owned(),
            voice: voice.id,
            delivery: delivery.unwrap_or_default(),
            configured,
            longest: longest(body, version)?,
            language: language(body).to_owned(),
            speaker: catalogue.speaker(),
        })
    }

    /// The pitch comes from the context or, where there is none, from the text.
    pub(super) fn speech(self, sample_rate: u32, context: Option<&str>, wanted: Wanted) -> Speech {
        let pitch = pitch(&self.voice, context.unwrap_or(&self.transcript));
        let espeak = self.espeak(pitch);
        Speech::new(
            self.transcript,
            self.delivery,
            pitch,
            sample_rate,
            self.longest,
            wanted,
        )
        .spoken_by(espeak)
    }

    fn espeak(&self, pitch: f64) -> Option<Espeak> {
        match self.speaker {
            Speaker::Tones => None,
            Speaker::Espeak => Some(Espeak::new(&self.language, pitch)),
        }
    }
}

impl Wanted {
    fn read(body: &Fields<'_>) -> Result<Self, Rejection> {
        Ok(Self {
            words: body.boolean("add_timestamps")?.unwrap_or(false),
            phonemes: body.boolean("add_phoneme_timestamps")?.unwrap_or(false),
            normalized: body.boolean("use_normalized_timestamps")?.unwrap_or(false),
        })
    }
}

/// `language`, and from 2026-08-14 on `locale` (one of both) and `normalization`.
fn check_language(
    body: &Fields<'_>,
    model: Model<'_>,
    version: ApiVersion,
) -> Result<(), Rejection> {
    let language = body.string("language")?;
    if let Some(language) = language {
        model.check_language(language)?;
    }
    if version < ApiVersion::V2026_08_14 {
        return Ok(());
    }
    if let Some(locale) = body.string("locale")? {
        if language.is_some() {
            return Err(Rejection::bad_request(
                "`language` and `locale` exclude each other",
            ));
        }
        if !is_locale(locale) {
            return Err(body.refuse("locale", "must be a locale such as en or en-GB"));
        }
        model.check_language(&locale[..2])?;
    }
    match body.string("normalization")? {
        None | Some("auto" | "off") => Ok(()),
        Some(locale) if is_locale(locale) => Ok(()),
        Some(_) => Err(body.refuse(
            "normalization",
            "must be auto, off or a locale such as en-IN",
        )),
    }
}

/// What was checked before: `en` of `en`, of `en-GB` and of nothing.
fn language<'a>(body: &'a Fields<'_>) -> &'a str {
    let named = body.get("language").or_else(|| body.get("locale"));
    let language = named.and_then(Value::as_str).unwrap_or_default();
    language.get(..2).unwrap_or("en")
}

/// `en` or `en-GB`.
fn is_locale(text: &str) -> bool {
    match text.as_bytes() {
        [language @ .., b'-', a, b] if language.len() == 2 => {
            language.iter().all(u8::is_ascii_lowercase)
                && [a, b].iter().all(|c| c.is_ascii_uppercase())
        }
        language => language.len() == 2 && language.iter().all(u8::is_ascii_lowercase),
    }
}

fn generation_config(body: &Fields<'_>) -> Result<Option<Delivery>, Rejection> {
    let Some(config) = body.object("generation_config")? else {
        return Ok(None);
    };
    // Any emotion is taken, and none can be heard here.
    config.string("emotion")?;
    Ok(Some(Delivery {
        speed: config.number_in("speed", &SPEEDS)?.unwrap_or(1.0),
        volume: config.number_in("volume", &VOLUMES)?.unwrap_or(1.0),
    }))
}

/// `duration` in seconds, up to 2024-11-13.
fn longest(body: &Fields<'_>, version: ApiVersion) -> Result<Option<Duration>, Rejection> {
    if version > ApiVersion::V2024_11_13 {
        return Ok(None);
    }
    let seconds = body.number_in("duration", &(f64::MIN_POSITIVE..=f64::MAX))?;
    Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)))
}

pub(super) fn format(body: &Fields<'_>, version: ApiVersion) -> Result<Format, Rejection> {
    let format = body.required("output_format", body.object("output_format")?)?;
    let container = format.string_of("container", &["raw", "wav", "mp3"])?;
    let container = format.required("container", container)?;
    let sample_rate = format.integer_of("sample_rate", &SAMPLE_RATES)?;
    let sample_rate = format.required("sample_rate", sample_rate)?;
    if container == "mp3" {
        let first = version == ApiVersion::V2024_06_10;
        // The first definition asked for `"encoding": "mp3"` and knew no bit rate.
        match format.string("encoding")? {
            None => {}
            Some("mp3") if first => {}
            Some(_) => return Err(format.refuse("encoding", "does not go with the container mp3")),
        }
        let bit_rate = match format.integer_of("bit_rate", &BIT_RATES)? {
            None if first => 128_000,
            bit_rate => format.required("bit_rate", bit_rate)?,
        };
        return Ok(Format::Mp3 {
            sample_rate,
            bit_rate,
        });
    }
    let encoding = match format.required("encoding", format.string_of("encoding", &ENCODINGS)?)? {
        "pcm_f32le" => RawEncoding::PcmF32Le,
        "pcm_s16le" => RawEncoding::PcmS16Le,
        "pcm_mulaw" => RawEncoding::PcmMulaw,
        _ => RawEncoding::PcmAlaw,
    };
    let raw = RawFormat::new(encoding, sample_rate);
    Ok(if container == "wav" {
        Format::Wav(raw)
    } else {
        Format::Raw(raw)
    })
}
