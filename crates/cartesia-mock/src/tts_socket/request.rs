//! The messages of a client: a generation request or a cancellation, checked as the service checks them.

use std::time::Duration;

use cartesia_types::ApiVersion;
use serde_json::{Map, Value};

use crate::fields::Fields;
use crate::pronunciation;
use crate::rejection::Rejection;
use crate::state::State;
use crate::tts::Input as Synthesis;

/// The longest that text may wait to be generated; up to 2025-04-16 the definition said a second.
const LONGEST_DELAY: u64 = 5_000;
/// How long it waits unless the request says; up to 2025-04-16 the definition said not at all.
const DELAY: u64 = 3_000;

/// The fields that may differ between the inputs of a context.
const VARIABLE: [&str; 6] = [
    "context_id",
    "transcript",
    "continue",
    "flush",
    "duration",
    "generation_config",
];

/// A readable message.
#[derive(Debug)]
pub(super) enum Request {
    Input(Box<Input>),
    Cancel { context_id: String },
}

/// One input of a context.
#[derive(Debug)]
pub(super) struct Input {
    /// `None` in the versions that let it be left out.
    pub(super) context_id: Option<String>,
    pub(super) synthesis: Synthesis,
    pub(super) transcript: String,
    /// Whether more inputs may follow.
    pub(super) more: bool,
    pub(super) flush: bool,
    pub(super) delay: Duration,
    /// Whether the client set the buffer delay to zero: then the end of each input is reported.
    pub(super) immediate: bool,
    /// What must be the same in all inputs of the context.
    pub(super) settings: Map<String, Value>,
}

/// A message that is refused, and whose it was as far as that is known.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) context_id: Option<String>,
    pub(super) rejection: Rejection,
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self {
            context_id: None,
            rejection,
        }
    }
}

/// Reads a message.
pub(super) fn read(value: &Value, version: ApiVersion, state: &State) -> Result<Request, Refusal> {
    if !value.is_object() {
        return Err(Rejection::bad_request("the message must be a JSON object").into());
    }
    let fields = Fields::of_body(value)?;
    let context_id = fields.string("context_id")?.map(str::to_owned);
    let refused = |rejection| Refusal {
        context_id: context_id.clone(),
        rejection,
    };
    if fields.get("cancel").is_some() {
        let Some(context_id) = context_id else {
            return Err(fields.refuse("context_id", "is required").into());
        };
        return match fields.boolean("cancel") {
            Ok(Some(true)) => Ok(Request::Cancel { context_id }),
            Ok(_) => Err(refused_for(
                context_id,
                fields.refuse("cancel", "must be true"),
            )),
            Err(rejection) => Err(refused_for(context_id, rejection)),
        };
    }
    if context_id.is_none() && version >= ApiVersion::V2026_08_14 {
        return Err(fields.refuse("context_id", "is required").into());
    }
    let input = input(&fields, value, version, state).map_err(refused)?;
    Ok(Request::Input(Box::new(Input {
        context_id,
        ..input
    })))
}

fn refused_for(context_id: String, rejection: Rejection) -> Refusal {
    Refusal {
        context_id: Some(context_id),
        rejection,
    }
}

fn input(
    fields: &Fields<'_>,
    value: &Value,
    version: ApiVersion,
    state: &State,
) -> Result<Input, Rejection> {
    let synthesis = Synthesis::read(fields, version, &state.catalogue)?;
    pronunciation::check(state, value, version)?;
    let transcript = fields.required("transcript", fields.string("transcript")?)?;
    let asked = match fields.get("max_buffer_delay_ms") {
        None => None,
        Some(value) => {
            let delay = value.as_u64().filter(|delay| *delay <= LONGEST_DELAY);
            Some(delay.ok_or_else(|| {
                let what = format!("must be a whole number from 0 to {LONGEST_DELAY}");
                fields.refuse("max_buffer_delay_ms", &what)
            })?)
        }
    };
    let delay = asked.unwrap_or(if version >= ApiVersion::V2025_11_04 {
        DELAY
    } else {
        0
    });
    let constant =
        |(name, value): &(&String, &Value)| !(value.is_null() || VARIABLE.contains(&name.as_str()));
    let mut settings: Map<String, Value> = value
        .as_object()
        .into_iter()
        .flatten()
        .filter(constant)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    // The same voice may be named in several ways.
    settings.insert("voice".to_owned(), synthesis.voice().into());
    Ok(Input {
        context_id: None,
        synthesis,
        transcript: transcript.to_owned(),
        more: fields.boolean("continue")?.unwrap_or(false),
        flush: fields.boolean("flush")?.unwrap_or(false),
        delay: Duration::from_millis(delay),
        immediate: asked == Some(0),
        settings,
    })
}

impl Input {
    /// Whether there is no text to speak: no letter, no digit, and no tag with sound.
    pub(super) fn is_unspeakable(&self) -> bool {
        !cartesia_types::tts::speakable(&self.transcript)
    }

    /// The first setting that is not what it was. What is left out stays as it was.
    pub(super) fn first_change(&self, settings: &Map<String, Value>) -> Option<&str> {
        let changed = |(name, value): &(&String, &Value)| settings.get(*name) != Some(*value);
        self.settings
            .iter()
            .find(changed)
            .map(|(name, _)| name.as_str())
    }
}
