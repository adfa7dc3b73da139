//! Reading a `multipart/form-data` body, so that every refusal names its part.

use axum::extract::{FromRequest as _, Multipart, Request};
use bytes::Bytes;
use cartesia_types::{RawEncoding, RawFormat, wav};
use serde_json::{Map, Value};

use crate::lenient::Lenient;
use crate::rejection::Rejection;

/// The parts of a form, in the order in which they were sent; names may repeat.
#[derive(Debug, Default)]
pub(crate) struct Form {
    parts: Vec<Part>,
    /// A file that stands in for every file, in a lenient server.
    example: Option<Part>,
}

/// One part.
#[derive(Debug)]
pub(crate) struct Part {
    name: String,
    /// Files have one.
    pub(crate) file_name: Option<String>,
    pub(crate) content: Bytes,
}

impl Form {
    pub(crate) async fn read(request: Request) -> Result<Self, Rejection> {
        let unreadable = || Rejection::bad_request("the body is not multipart/form-data");
        let mut form = Self::default();
        if request.extensions().get::<Lenient>().is_some() {
            form.example = Some(example());
        }
        let mut multipart = match Multipart::from_request(request, &()).await {
            Ok(multipart) => multipart,
            Err(_) if form.example.is_some() => return Ok(form),
            Err(_) => return Err(unreadable()),
        };
        while let Some(field) = multipart.next_field().await.map_err(|_| unreadable())? {
            let name = field.name().ok_or_else(unreadable)?.to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let content = field.bytes().await.map_err(|_| unreadable())?;
            form.parts.push(Part {
                name,
                file_name,
                content,
            });
        }
        Ok(form)
    }

    /// All texts of a name.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&str>, Rejection> {
        self.parts
            .iter()
            .filter(|part| part.name == name && part.file_name.is_none())
            .map(|part| {
                std::str::from_utf8(&part.content).map_err(|_| refuse(name, "must be a text"))
            })
            .collect()
    }

    /// The text of a name; an empty one counts as none.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Rejection> {
        let first = self.texts(name)?.first().copied();
        let is_example = |text: &str| self.example.is_some() && (text == name || text == "0");
        Ok(first.filter(|text| !text.is_empty() && !is_example(text)))
    }

    pub(crate) fn required_text(&self, name: &str) -> Result<&str, Rejection> {
        match self.text(name)? {
            Some(text) => Ok(text),
            None if self.example.is_some() => Ok(example_text(name)),
            None => Err(refuse(name, "is required")),
        }
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Rejection> {
        self.text(name)?
            .map(|text| {
                text.parse()
                    .map_err(|_| refuse(name, "must be true or false"))
            })
            .transpose()
    }

    /// A text out of a few.
    pub(crate) fn text_of(&self, name: &str, allowed: &[&str]) -> Result<Option<&str>, Rejection> {
        let text = self.text(name)?;
        if text.is_some_and(|text| !allowed.contains(&text)) {
            let what = format!("must be one of {}", allowed.join(", "));
            return Err(refuse(name, &what));
        }
        Ok(text)
    }

    /// The file of a name. One that is empty is refused.
    pub(crate) fn file(&self, name: &str) -> Result<Option<&Part>, Rejection> {
        match self.parts.iter().find(|part| part.name == name) {
            Some(part) if part.file_name.is_none() => Err(refuse(name, "must be a file")),
            Some(part) if part.content.is_empty() => Err(refuse(name, "is empty")),
            file => Ok(file),
        }
    }

    pub(crate) fn required_file(&self, name: &str) -> Result<&Part, Rejection> {
        let file = self.file(name)?.or(self.example.as_ref());
        file.ok_or_else(|| refuse(name, "is required"))
    }

    /// Whether there is a file of this name, or something that stands in for it.
    pub(crate) fn has_file(&self, name: &str) -> Result<bool, Rejection> {
        Ok(self.file(name)?.is_some() || self.example.is_some())
    }

    /// The content of a file that is to be decoded.
    pub(crate) fn recording(&self, name: &str) -> Result<&Bytes, Rejection> {
        let file = self.required_file(name)?;
        match &self.example {
            Some(example) if !is_audio(&file.content) => Ok(&example.content),
            _ => Ok(&file.content),
        }
    }

    /// A file that starts as audio does, in one of the containers that the service decodes.
    pub(crate) fn audio(&self, name: &str) -> Result<&Bytes, Rejection> {
        let file = self.recording(name)?;
        if is_audio(file) {
            Ok(file)
        } else {
            let what = "is not audio in a format that can be decoded";
            Err(Rejection::unsupported_audio(format!("`{name}` {what}")))
        }
    }

    /// `output_format[…]` as the same field stands in JSON.
    pub(crate) fn output_format(&self) -> Result<Value, Rejection> {
        let mut format = Map::new();
        for name in ["container", "encoding"] {
            if let Some(text) = self.text(&format!("output_format[{name}]"))? {
                format.insert(name.to_owned(), text.into());
            }
        }
        for name in ["sample_rate", "bit_rate"] {
            if let Some(text) = self.text(&format!("output_format[{name}]"))? {
                // What is no number is refused where JSON is checked.
                let value = text
                    .parse::<u64>()
                    .map_or_else(|_| text.into(), Value::from);
                format.insert(name.to_owned(), value);
            }
        }
        let mut body = Map::new();
        if self.example.is_some() {
            format.retain(|_, value| *value != 0);
            format.entry("container").or_insert("raw".into());
            format.entry("encoding").or_insert("pcm_s16le".into());
            format.entry("sample_rate").or_insert(16_000.into());
        }
        if !format.is_empty() {
            body.insert("output_format".to_owned(), Value::Object(format));
        }
        Ok(Value::Object(body))
    }
}

/// A tenth of a second of silence.
fn example() -> Part {
    let format = RawFormat::new(RawEncoding::PcmS16Le, 16_000);
    let mut content = wav::header(format, Some(3_200));
    content.resize(content.len() + 3_200, 0);
    Part {
        name: String::new(),
        file_name: Some("example.wav".to_owned()),
        content: content.into(),
    }
}

/// The replacement for a missing text in a lenient server.
fn example_text(name: &str) -> &'static str {
    match name {
        "voice[id]" | "voice_id" => "a0e99841-438c-4a64-b679-ae501e7d6091",
        "model_id" => "sonic-3",
        "model" => "ink-whisper",
        "language" => "en",
        "purpose" => "fine_tune",
        _ => "Example",
    }
}

/// A refusal of a part: its name, then `what`.
pub(crate) fn refuse(name: &str, what: &str) -> Rejection {
    Rejection::bad_request(format!("`{name}` {what}"))
}

fn is_audio(file: &[u8]) -> bool {
    match file {
        // WAV, FLAC, Ogg, WebM, MP3 with a tag, MPEG-4 audio.
        [b'R', b'I', b'F', b'F', ..]
        | [b'f', b'L', b'a', b'C', ..]
        | [b'O', b'g', b'g', b'S', ..]
        | [0x1a, 0x45, 0xdf, 0xa3, ..]
        | [b'I', b'D', b'3', ..]
        | [_, _, _, _, b'f', b't', b'y', b'p', ..] => true,
        // A frame of MPEG audio.
        [0xff, second, ..] => second & 0xe0 == 0xe0,
        _ => false,
    }
}
