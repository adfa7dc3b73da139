//! Reading a `multipart/form-data` body, so that every refusal names its part.

use axum::extract::{FromRequest as _, Multipart, Request};
use bytes::Bytes;

use crate::rejection::Rejection;

/// A form: its parts by name. Of parts with the same name, all are kept.
#[derive(Debug, Default)]
pub(crate) struct Form {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    name: String,
    is_file: bool,
    content: Bytes,
}

impl Form {
    pub(crate) async fn read(request: Request) -> Result<Self, Rejection> {
        let unreadable = || Rejection::bad_request("the body is not multipart/form-data");
        let mut multipart = Multipart::from_request(request, &())
            .await
            .map_err(|_| unreadable())?;
        let mut form = Self::default();
        while let Some(field) = multipart.next_field().await.map_err(|_| unreadable())? {
            let name = field.name().ok_or_else(unreadable)?.to_owned();
            let is_file = field.file_name().is_some();
            let content = field.bytes().await.map_err(|_| unreadable())?;
            form.parts.push(Part {
                name,
                is_file,
                content,
            });
        }
        Ok(form)
    }

    /// A file, which must not be empty.
    pub(crate) fn file(&self, name: &str) -> Result<&Bytes, Rejection> {
        let part = self.parts.iter().find(|part| part.name == name);
        match part {
            None => Err(refuse(name, "is required")),
            Some(part) if !part.is_file => Err(refuse(name, "must be a file")),
            Some(part) if part.content.is_empty() => Err(refuse(name, "is empty")),
            Some(part) => Ok(&part.content),
        }
    }

    /// A file that starts as audio does, in one of the containers that the service decodes.
    pub(crate) fn audio(&self, name: &str) -> Result<&Bytes, Rejection> {
        let file = self.file(name)?;
        if is_audio(file) {
            Ok(file)
        } else {
            Err(Rejection::unsupported_audio(name))
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Rejection> {
        let part = self.parts.iter().find(|part| part.name == name);
        part.map(|part| {
            std::str::from_utf8(&part.content).map_err(|_| refuse(name, "must be a text"))
        })
        .transpose()
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Rejection> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| refuse(name, "is required"))
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
            return Err(refuse(
                name,
                &format!("must be one of {}", allowed.join(", ")),
            ));
        }
        Ok(text)
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
