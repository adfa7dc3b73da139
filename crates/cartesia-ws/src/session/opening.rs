//! The opening of a context: its settings, and the delivery of its text.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::RawFormat;
use cartesia_types::tts::{Buffering, ContextId, ContextSpec, GenerationConfig};

use crate::alignment::ContextAlignment;
use crate::text::Gathering;

/// Everything about a context that is known before its text.
pub(crate) struct Opening {
    pub(crate) id: ContextId,
    /// The JSON of what all inputs share, without identifier and without the closing brace.
    pub(super) settings: Box<str>,
    /// The delivery of text without one of its own.
    pub(super) delivery: Option<Delivery>,
    pub(super) format: RawFormat,
    /// How long the service may gather text.
    pub(crate) delay: Duration,
    pub(crate) gathering: Gathering,
    /// Where its text goes, and the words that arrive for it.
    pub(crate) alignment: ContextAlignment,
}

impl Opening {
    /// The beginning of a context with these settings; the identifier in them does not count.
    pub(crate) fn new(id: ContextId, mut spec: ContextSpec) -> serde_json::Result<Self> {
        spec.context_id = None;
        let delivery = spec.generation_config.take();
        let mut settings = serde_json::to_string(&spec)?;
        // Every message starts with this prefix.
        settings.pop();
        Ok(Self {
            id,
            settings: settings.into(),
            delivery: delivery.as_ref().map(Delivery::new).transpose()?,
            format: spec.output_format,
            delay: spec.buffering.delay(),
            gathering: match spec.buffering {
                Buffering::Sentences => Gathering::Sentences,
                Buffering::Verbatim => Gathering::Verbatim,
                _ => Gathering::Words,
            },
            alignment: ContextAlignment::default(),
        })
    }
}

/// How text is spoken: the `generation_config` of an input, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery(Arc<str>);

impl Delivery {
    pub(crate) fn new(config: &GenerationConfig) -> serde_json::Result<Self> {
        Ok(Self(serde_json::to_string(config)?.into()))
    }

    /// The defaults of the service, written out.
    pub(super) fn plain() -> Self {
        Self(Arc::from(r#"{"volume":1.0,"speed":1.0}"#))
    }

    pub(super) fn as_json(&self) -> &str {
        &self.0
    }
}
