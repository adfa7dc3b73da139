//! One text to speak, and the identity of its audio.

use std::fmt;
use std::fmt::Write as _;

use cartesia_types::captions::CaptionFormat;
use cartesia_types::tts::{BytesRequest, SseRequest};
use cartesia_types::{Error, ErrorKind, Result};
use sha2::{Digest as _, Sha256};

use super::OPERATION;

/// Bytes of one part of an identifier. File systems take 255 for the name with its extension.
const MAX_PART: usize = 200;
/// Bytes of a whole identifier; object stores take 1024.
const MAX_ID: usize = 800;
/// Names of devices on Windows, with any extension.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Digits of the name of an item without an identifier.
const SHORT_KEY: usize = 16;

/// One text to speak, and the files to make of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// The name of its files, without their extension; `/` separates folders. `None` for a name that is made
    /// from the request, and stays the same as long as the request does.
    pub id: Option<String>,
    /// The request: text, voice, model, format and the rest.
    pub request: BytesRequest,
    /// Whether the result has the words with their times. Not for MP3.
    pub words: bool,
    /// The format of a file of captions beside the audio. Not for MP3.
    pub captions: Option<CaptionFormat>,
    /// The line of the manifest, counted from 1; 0 if there is none. Messages name it.
    pub line: u64,
}

impl Item {
    /// Creates an item without an identifier, words and captions.
    pub fn new(request: BytesRequest) -> Self {
        Self {
            id: None,
            request,
            words: false,
            captions: None,
            line: 0,
        }
    }

    /// Sets the identifier: the name of the files, without extension. `/` separates folders.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets whether the result has the words with their times.
    #[must_use]
    pub fn with_words(mut self, wanted: bool) -> Self {
        self.words = wanted;
        self
    }

    /// Sets the format of a file of captions beside the audio.
    #[must_use]
    pub fn with_captions(mut self, format: impl Into<Option<CaptionFormat>>) -> Self {
        self.captions = format.into();
        self
    }

    /// Returns the content address of the audio: a hash of the whole request, and of the service that answers it.
    /// Words and captions are not in it, since they do not change the audio.
    ///
    /// `service` is what distinguishes services whose audio differs, such as a base URL.
    pub fn key(&self, service: &str) -> Key {
        let mut hash = Sha256::new();
        hash.update(b"cartesia batch 1\0");
        hash.update(service.as_bytes());
        hash.update(b"\0");
        // Strings, numbers that are finite and maps with keys that are strings always have a JSON form.
        hash.update(serde_json::to_vec(&self.request).unwrap_or_default());
        Key(hash.finalize().into())
    }

    /// Whether word timestamps are needed, which only events carry.
    pub(super) fn needs_words(&self) -> bool {
        self.words || self.captions.is_some()
    }
}

/// The content address of an item's audio: SHA-256, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The first half, which is unique as well.
    pub(super) fn half(self) -> u128 {
        half(&self.0)
    }

    /// Reads 64 hexadecimal digits, and returns the first half.
    pub(super) fn half_of_hex(text: &str) -> Option<u128> {
        let digits = text.get(..32)?;
        let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex
            .then(|| u128::from_str_radix(digits, 16).ok())
            .flatten()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// A name by which something is found again, in little memory.
pub(super) fn name_hash(name: &str) -> u128 {
    half(&Sha256::digest(name.as_bytes()).into())
}

pub(super) fn half(hash: &[u8; 32]) -> u128 {
    hash.iter()
        .take(16)
        .fold(0, |half, byte| (half << 8) | u128::from(*byte))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes all that is written to it.
        _ = write!(text, "{byte:02x}");
        text
    })
}

/// An item that was checked: what is asked for, and where it goes.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) item: Item,
    pub(super) key: Key,
    /// The name of the files, without extension.
    pub(super) stem: String,
}

impl Job {
    /// Checks an item.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] when it cannot be asked for, or its identifier cannot be a file name.
    pub(super) fn new(item: Item, service: &str) -> Result<Self> {
        let invalid = |message: String| {
            let place = match item.line {
                0 => String::new(),
                line => format!("line {line}: "),
            };
            Error::new(
                ErrorKind::InvalidRequest,
                OPERATION,
                format!("{place}{message}"),
            )
        };
        if item.request.transcript.trim().is_empty() {
            return Err(invalid("the text is empty".to_owned()));
        }
        item.request
            .validate()
            .map_err(|error| invalid(error.to_string()))?;
        if item.needs_words() && item.request.output_format.pcm().is_none() {
            let message = "words and captions need word timestamps, which MP3 does not come with: choose \
                           the format wav or pcm";
            return Err(invalid(message.to_owned()));
        }
        let key = item.key(service);
        let stem = match &item.id {
            Some(id) => {
                let stem = without_extension(id, item.request.output_format.extension());
                check_id(stem)
                    .map_err(|why| invalid(format!("the id cannot be a file name: {why}")))?;
                stem.to_owned()
            }
            None => key.to_string().chars().take(SHORT_KEY).collect(),
        };
        Ok(Self { item, key, stem })
    }

    /// The name of the audio.
    pub(super) fn audio_name(&self) -> String {
        format!(
            "{}.{}",
            self.stem,
            self.item.request.output_format.extension()
        )
    }

    /// The name of the captions.
    pub(super) fn captions_name(&self) -> Option<String> {
        let format = self.item.captions?;
        Some(format!("{}.{}", self.stem, format.extension()))
    }

    /// Stands for the stem where files are the same whatever their capitals, as on macOS and Windows.
    pub(super) fn folded(&self) -> u128 {
        name_hash(&self.stem.to_lowercase())
    }

    /// The request as events, for words.
    pub(super) fn events(&self) -> Option<SseRequest> {
        let mut request = self.item.request.clone();
        request.output_format = request.output_format.pcm()?.into();
        let request = SseRequest::try_from(request).ok()?;
        Some(request.with_timestamps(true))
    }
}

/// Tables often have whole file names.
fn without_extension<'i>(id: &'i str, extension: &str) -> &'i str {
    match id.rsplit_once('.') {
        Some((stem, own)) if own.eq_ignore_ascii_case(extension) => stem,
        _ => id,
    }
}

/// Refuses what is no file name on some system, hides a file, or leaves the folder.
fn check_id(id: &str) -> std::result::Result<(), &'static str> {
    if id.len() > MAX_ID {
        return Err("it is longer than 800 bytes");
    }
    id.split('/').try_for_each(check_part)
}

fn check_part(part: &str) -> std::result::Result<(), &'static str> {
    const FORBIDDEN: &[char] = &['\\', ':', '*', '?', '"', '<', '>', '|'];
    if part.is_empty() {
        return Err("a part of it is empty");
    }
    if part.len() > MAX_PART {
        return Err("a part of it is longer than 200 bytes");
    }
    if part.chars().any(char::is_control) {
        return Err("it has a control character");
    }
    if part.contains(FORBIDDEN) {
        return Err(r#"it has one of \ : * ? " < > |"#);
    }
    if part.starts_with('.') {
        return Err("a part of it begins with a dot");
    }
    if part.ends_with('.') || part.trim() != part {
        return Err("a part of it begins or ends with a space, or ends with a dot");
    }
    let stem = part.split('.').next().unwrap_or_default().to_lowercase();
    let is_port = ["com", "lpt"].iter().any(|port| {
        stem.strip_prefix(port)
            .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
    });
    if is_port || RESERVED.contains(&stem.trim_end()) {
        return Err("it is the name of a device on Windows");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cartesia_types::{ModelId, Mp3Format, RawFormat, VoiceId, WavFormat};

    use super::*;

    fn item(text: &str) -> Item {
        let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
        Item::new(BytesRequest::new(
            ModelId::SONIC_3,
            voice,
            text,
            WavFormat::from(RawFormat::PCM_S16LE_16000),
        ))
    }

    /// What was asked for years ago must be found again.
    #[test]
    fn the_content_address_is_golden() {
        assert_eq!(
            item("Hello").key("https://api.cartesia.ai").to_string(),
            "bdd5ee3c655e7306f5b81eb840761bd4be14241e63173eb54759554f48add430"
        );
    }

    #[test]
    fn all_that_changes_the_audio_changes_the_address() {
        let key = |item: &Item| item.key("a");
        let plain = item("Hello");
        let mut language = plain.clone();
        language.request = language.request.with_language("de");
        let mut format = plain.clone();
        format.request.output_format = RawFormat::PCM_S16LE_16000.into();
        let mut voice = plain.clone();
        voice.request.voice = VoiceId::from("other").into();
        for other in [item("Hello!"), language, format, voice] {
            assert_ne!(key(&other), key(&plain));
        }
        assert_ne!(plain.key("a"), plain.key("b"));
        let named = plain
            .clone()
            .with_id("x")
            .with_words(true)
            .with_captions(CaptionFormat::Srt);
        assert_eq!(key(&named), key(&plain));
        assert_eq!(
            Key::half_of_hex(&key(&plain).to_string()),
            Some(key(&plain).half())
        );
        for wrong in ["", "12", "ß", &"g".repeat(64), &"ä".repeat(32)] {
            assert_eq!(Key::half_of_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_are_those_of_the_id_or_of_the_request() {
        let name = |item: Item| Job::new(item, "a").map(|job| job.audio_name());
        assert_eq!(name(item("a").with_id("one/two")).unwrap(), "one/two.wav");
        assert_eq!(name(item("a").with_id("one.WAV")).unwrap(), "one.wav");
        assert_eq!(name(item("a").with_id("v1.2")).unwrap(), "v1.2.wav");
        let unnamed = name(item("a")).unwrap();
        assert_eq!(unnamed.len(), 16 + 4);
        assert_eq!(name(item("a")).unwrap(), unnamed);
        assert_ne!(name(item("b")).unwrap(), unnamed);
    }

    #[test]
    fn ids_that_cannot_be_files_are_refused() {
        for id in [
            "", "/a", "a/", "a//b", "..", "../a", "a/../b", ".hidden", "a.", " a", "a ", "a\nb",
            "a\\b", "c:a", "NUL", "con.x", "a/lpt1", "what?", "\u{7f}",
        ] {
            let error = Job::new(item("a").with_id(id), "a").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{id:?}");
            assert!(error.message().contains("file name"), "{error}");
        }
        for id in ["-a", "a b", "ä", "日本", "a.b", "console", "com10"] {
            assert!(Job::new(item("a").with_id(id), "a").is_ok(), "{id:?}");
        }
        assert!(Job::new(item("a").with_id("a".repeat(201)), "a").is_err());
        assert!(Job::new(item("a").with_id("a/".repeat(500) + "a"), "a").is_err());
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused_with_its_line() {
        let mut mp3 = item("a").with_words(true);
        mp3.request.output_format = Mp3Format::default().into();
        mp3.line = 7;
        let error = Job::new(mp3, "a").unwrap_err();
        assert!(error.message().starts_with("line 7: "), "{error}");
        assert!(Job::new(item(" \n"), "a").is_err());
    }
}
