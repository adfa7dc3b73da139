//! The settings of a transcription over a socket: the query of its URL.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::{SttFormat, SttModelId};
use crate::language::Language;

/// The most keyterms that one connection may have.
pub const MAX_KEYTERMS: usize = 100;
/// The most characters that all keyterms of one connection may have together.
pub const MAX_KEYTERM_CHARACTERS: usize = 1_200;

/// Settings that the service cannot accept. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {why}")]
pub struct InvalidSttSpec {
    field: &'static str,
    why: String,
}

impl InvalidSttSpec {
    fn new(field: &'static str, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { field, why }
    }
}

/// The settings of a live transcription in which the client decides when an utterance ends
/// (`/stt/websocket`).
///
/// ```
/// use cartesia_types::stt::{LiveSpec, SttFormat, SttModelId};
///
/// let spec = LiveSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000)
///     .with_keyterm("New York");
/// let query = spec.query();
/// assert!(query.contains(&("keyterm", "New York".to_owned())));
/// # spec.validate()?;
/// # Ok::<(), cartesia_types::stt::InvalidSttSpec>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LiveSpec {
    /// The model.
    pub model: SttModelId,
    /// The format of the audio.
    pub format: SttFormat,
    /// The spoken language; the service's default is English. `ink-whisper` knows about a hundred, `ink-2`
    /// only English.
    pub language: Option<Language>,
    /// Words and phrases to expect; only for `ink-2`. At most [`MAX_KEYTERMS`], with
    /// [`MAX_KEYTERM_CHARACTERS`] characters in total.
    pub keyterms: Vec<String>,
    /// Audio below this volume counts as silence, from 0 to 1; only for `ink-whisper`.
    pub min_volume: Option<f64>,
    /// Silence after which the service finalizes by itself; only for `ink-whisper`.
    pub max_silence: Option<Duration>,
    /// Query parameters that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl LiveSpec {
    /// Creates a transcription with its required fields.
    pub fn new(model: impl Into<SttModelId>, format: impl Into<SttFormat>) -> Self {
        Self {
            model: model.into(),
            format: format.into(),
            language: None,
            keyterms: Vec::new(),
            min_volume: None,
            max_silence: None,
            extra: Vec::new(),
        }
    }

    /// Sets the language that is spoken.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<Language>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Sets the volume below which audio counts as silence, from 0 to 1; only for `ink-whisper`.
    #[must_use]
    pub fn with_min_volume(mut self, volume: f64) -> Self {
        self.min_volume = Some(volume);
        self
    }

    /// Sets the silence after which the service finalizes by itself; only for `ink-whisper`.
    #[must_use]
    pub fn with_max_silence(mut self, silence: Duration) -> Self {
        self.max_silence = Some(silence);
        self
    }

    /// Returns the query of the URL: names and values, not encoded. A space must be encoded as `%20`.
    pub fn query(&self) -> Vec<(&str, String)> {
        let mut query = common(&self.model, self.format);
        query.extend(self.language.iter().map(|it| ("language", it.to_string())));
        let volume = self.min_volume.map(|it| ("min_volume", it.to_string()));
        query.extend(volume);
        let silence = self.max_silence.map(|it| it.as_secs_f64().to_string());
        query.extend(silence.map(|it| ("max_silence_duration_secs", it)));
        append(&mut query, &self.keyterms, &self.extra);
        query
    }

    /// Checks for settings that the service always rejects: too many keyterms, numbers out of range.
    ///
    /// # Errors
    ///
    /// [`InvalidSttSpec`], which names the field.
    pub fn validate(&self) -> Result<(), InvalidSttSpec> {
        check_common(self.format, &self.keyterms)?;
        check_share("`min_volume`", self.min_volume)
    }
}

/// The settings of a live transcription in which the service detects when a turn ends
/// (`/stt/turns/websocket`).
///
/// ```
/// use cartesia_types::stt::{SttFormat, SttModelId, TurnSettings, TurnsSpec};
///
/// let spec = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000)
///     .with_turn(TurnSettings::default().with_end_threshold(0.1));
/// assert!(spec.query().contains(&("turn_end_threshold", "0.1".to_owned())));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TurnsSpec {
    /// The model; `ink-2` alone has turns.
    pub model: SttModelId,
    /// The format of the audio.
    pub format: SttFormat,
    /// The settings that decide when a turn starts and ends.
    pub turn: TurnSettings,
    /// Words and phrases to expect. At most [`MAX_KEYTERMS`], with [`MAX_KEYTERM_CHARACTERS`]
    /// characters in total.
    pub keyterms: Vec<String>,
    /// Query parameters that this crate does not know: name and value.
    pub extra: Vec<(String, String)>,
}

impl TurnsSpec {
    /// Creates a transcription with its required fields.
    pub fn new(model: impl Into<SttModelId>, format: impl Into<SttFormat>) -> Self {
        Self {
            model: model.into(),
            format: format.into(),
            turn: TurnSettings::default(),
            keyterms: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Sets when a turn starts and ends.
    #[must_use]
    pub fn with_turn(mut self, turn: TurnSettings) -> Self {
        self.turn = turn;
        self
    }

    /// Returns the query of the URL: names and values, not encoded. A space must be encoded as `%20`.
    pub fn query(&self) -> Vec<(&str, String)> {
        let mut query = common(&self.model, self.format);
        for (name, value) in [
            ("turn_start_threshold", self.turn.start_threshold),
            ("turn_eager_end_threshold", self.turn.eager_end_threshold),
            ("turn_end_threshold", self.turn.end_threshold),
        ] {
            query.extend(value.map(|value| (name, value.to_string())));
        }
        let timeout = self.turn.end_timeout.map(|it| it.as_millis().to_string());
        query.extend(timeout.map(|it| ("turn_end_timeout_ms", it)));
        append(&mut query, &self.keyterms, &self.extra);
        query
    }

    /// Checks for settings that the service always rejects: too many keyterms, likelihoods out of range or
    /// order.
    ///
    /// # Errors
    ///
    /// [`InvalidSttSpec`], which names the field.
    pub fn validate(&self) -> Result<(), InvalidSttSpec> {
        check_common(self.format, &self.keyterms)?;
        self.turn.validate()
    }
}

macro_rules! shared_setters {
    ($($spec:ident)*) => {$(
        impl $spec {
            /// Adds a word or phrase to expect; only for `ink-2`.
            #[must_use]
            pub fn with_keyterm(mut self, term: impl Into<String>) -> Self {
                self.keyterms.push(term.into());
                self
            }

            /// Adds a query parameter that this crate does not know.
            #[must_use]
            pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.extra.push((name.into(), value.into()));
                self
            }
        }
    )*};
}

shared_setters!(LiveSpec TurnsSpec);

/// The settings that decide when a turn starts and ends. The service chooses values that are not set.
///
/// One signal decides: the likelihood, from 0 to 1, that the speaker is in a turn. The thresholds must
/// descend from start over eager end to end. A lower threshold for an end means more certainty before it.
#[doc(alias = "VAD")]
#[doc(alias = "end of turn")]
#[doc(alias = "endpointing")]
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct TurnSettings {
    /// The likelihood above which a turn starts, from 0 to 1; the service's default is 0.8, and 0.5 to 0.9 is
    /// usual.
    pub start_threshold: Option<f64>,
    /// The likelihood below which an early end is reported, from 0 to 1; the service's default is 0.4, and
    /// 0.3 to 0.6 is usual.
    pub eager_end_threshold: Option<f64>,
    /// The likelihood below which the turn ends, from 0 to 1; the service's default is 0.2, and 0.05 to 0.5
    /// is usual.
    pub end_threshold: Option<f64>,
    /// The silence after which the turn ends in any case, sent in milliseconds; the service's default is 5.6
    /// s, and 0.64 to 11.2 s is usual.
    pub end_timeout: Option<Duration>,
}

impl TurnSettings {
    /// Sets the likelihood above which a turn starts.
    #[must_use]
    pub fn with_start_threshold(mut self, likelihood: f64) -> Self {
        self.start_threshold = Some(likelihood);
        self
    }

    /// Sets the likelihood below which an early end is reported.
    #[must_use]
    pub fn with_eager_end_threshold(mut self, likelihood: f64) -> Self {
        self.eager_end_threshold = Some(likelihood);
        self
    }

    /// Sets the likelihood below which the turn ends.
    #[must_use]
    pub fn with_end_threshold(mut self, likelihood: f64) -> Self {
        self.end_threshold = Some(likelihood);
        self
    }

    /// Sets the silence after which the turn ends in any case.
    #[must_use]
    pub fn with_end_timeout(mut self, silence: Duration) -> Self {
        self.end_timeout = Some(silence);
        self
    }

    /// Returns these settings, changed by those of `change` that are set.
    #[must_use]
    pub fn changed_by(self, change: Self) -> Self {
        Self {
            start_threshold: change.start_threshold.or(self.start_threshold),
            eager_end_threshold: change.eager_end_threshold.or(self.eager_end_threshold),
            end_threshold: change.end_threshold.or(self.end_threshold),
            end_timeout: change.end_timeout.or(self.end_timeout),
        }
    }

    /// Refuses likelihoods outside of 0 to 1 and thresholds out of order. The narrower ranges of the service
    /// are not checked, because they have changed.
    ///
    /// # Errors
    ///
    /// [`InvalidSttSpec`], which names the field.
    pub fn validate(&self) -> Result<(), InvalidSttSpec> {
        let thresholds = [
            ("`start_threshold`", self.start_threshold),
            ("`eager_end_threshold`", self.eager_end_threshold),
            ("`end_threshold`", self.end_threshold),
        ];
        let mut above: Option<(&str, f64)> = None;
        for (field, value) in thresholds {
            check_share(field, value)?;
            let Some(value) = value else { continue };
            if let Some((other, _)) = above.filter(|(_, other)| value >= *other) {
                let why = format!("must be below {other}");
                return Err(InvalidSttSpec::new(field, why));
            }
            above = Some((field, value));
        }
        Ok(())
    }
}

impl Serialize for TurnSettings {
    /// As `turn` of a `config` command.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire {
            #[serde(skip_serializing_if = "Option::is_none")]
            start_threshold: Option<f64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            eager_end_threshold: Option<f64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            end_threshold: Option<f64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            end_timeout_ms: Option<u64>,
        }
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Wire {
            start_threshold: self.start_threshold,
            eager_end_threshold: self.eager_end_threshold,
            end_threshold: self.end_threshold,
            end_timeout_ms: self.end_timeout.map(millis),
        }
        .serialize(serializer)
    }
}

fn common(model: &SttModelId, format: SttFormat) -> Vec<(&'static str, String)> {
    vec![
        ("model", model.to_string()),
        ("encoding", format.encoding.to_string()),
        ("sample_rate", format.sample_rate.to_string()),
    ]
}

fn append<'a>(
    query: &mut Vec<(&'a str, String)>,
    keyterms: &[String],
    extra: &'a [(String, String)],
) {
    query.extend(keyterms.iter().map(|term| ("keyterm", term.clone())));
    query.extend(
        extra
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone())),
    );
}

fn check_common(format: SttFormat, keyterms: &[String]) -> Result<(), InvalidSttSpec> {
    if format.sample_rate == 0 {
        return Err(InvalidSttSpec::new("`sample_rate`", "must not be zero"));
    }
    if keyterms.len() > MAX_KEYTERMS {
        let why = format!(
            "may be given {MAX_KEYTERMS} times, not {} times",
            keyterms.len()
        );
        return Err(InvalidSttSpec::new("`keyterm`", why));
    }
    let characters: usize = keyterms.iter().map(|term| term.chars().count()).sum();
    if characters > MAX_KEYTERM_CHARACTERS {
        let why = format!(
            "may have {MAX_KEYTERM_CHARACTERS} characters over all terms, not {characters}"
        );
        return Err(InvalidSttSpec::new("`keyterm`", why));
    }
    Ok(())
}

/// A number from 0 to 1.
fn check_share(field: &'static str, value: Option<f64>) -> Result<(), InvalidSttSpec> {
    match value {
        Some(value) if !(0.0..=1.0).contains(&value) => {
            Err(InvalidSttSpec::new(field, "must be from 0 to 1"))
        }
        _ => Ok(()),
    }
}
