//! Encodes events as messages, for servers and tests.

use base64_simd::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Event, UnknownEvent};
use crate::tts::ContextId;
use crate::tts::timestamps::{self, PhonemeTiming, WordTiming};

impl Serialize for Event {
    /// Writes the message as API version 2026-08-14 does. For servers and tests.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize, Default)]
        struct Out<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            done: bool,
            status_code: u16,
            #[serde(skip_serializing_if = "Option::is_none")]
            context_id: Option<&'a ContextId>,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            step_time: Option<f64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            flush_id: Option<i64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            word_timestamps: Option<Words<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            phoneme_timestamps: Option<Phonemes<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error_code: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            title: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            message: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            request_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            doc_url: Option<&'a str>,
        }
        #[derive(Serialize)]
        #[serde(transparent)]
        struct Words<'a>(
            #[serde(serialize_with = "timestamps::words::serialize")] &'a [WordTiming],
        );
        #[derive(Serialize)]
        #[serde(transparent)]
        struct Phonemes<'a>(
            #[serde(serialize_with = "timestamps::phonemes::serialize")] &'a [PhonemeTiming],
        );

        let partial = Out {
            status_code: 206,
            context_id: self.context_id(),
            ..Out::default()
        };
        let out = match self {
            Self::Unknown(unknown) => return unknown.serialize(serializer),
            Self::Chunk(chunk) => Out {
                kind: "chunk",
                done: chunk.done,
                data: Some(STANDARD.encode_to_string(&chunk.data)),
                step_time: chunk.step_time.map(|time| time.as_secs_f64() * 1_000.0),
                flush_id: chunk.flush_id,
                ..partial
            },
            Self::Timestamps(event) => Out {
                kind: "timestamps",
                word_timestamps: Some(Words(&event.words)),
                ..partial
            },
            Self::PhonemeTimestamps(event) => Out {
                kind: "phoneme_timestamps",
                phoneme_timestamps: Some(Phonemes(&event.phonemes)),
                ..partial
            },
            Self::FlushDone(event) => Out {
                kind: "flush_done",
                flush_id: event.flush_id,
                ..partial
            },
            Self::Done(_) => Out {
                kind: "done",
                done: true,
                status_code: 200,
                ..partial
            },
            Self::Error(event) => Out {
                kind: "error",
                done: event.done,
                status_code: event.error.status,
                error_code: event.error.code.as_ref().map(AsRef::as_ref),
                title: event.error.title.as_deref(),
                message: Some(&event.error.message),
                request_id: event.error.request_id.as_deref(),
                doc_url: event.error.doc_url.as_deref(),
                ..partial
            },
        };
        out.serialize(serializer)
    }
}

impl Serialize for UnknownEvent {
    /// Writes the message as it came. One that is not valid JSON is written as text, in `raw`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Invalid<'a> {
            #[serde(rename = "type")]
            kind: Option<&'a str>,
            raw: &'a str,
        }

        match serde_json::from_str::<&RawValue>(self.raw()) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => Invalid {
                kind: self.kind(),
                raw: self.raw(),
            }
            .serialize(serializer),
        }
    }
}
