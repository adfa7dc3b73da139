//! Which column of a manifest is which part of a request.

use std::fmt;
use std::str::FromStr;

use cartesia_types::{Error, ErrorKind};

use super::OPERATION;

/// A part of an [`Item`](crate::batch::Item) that a manifest may have a column for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The name of the files: `id`, `name` or `file`.
    Id,
    /// The text to speak: `text` or `transcript`. The only one that a table must have.
    Text,
    /// The id of the voice: `voice` or `voice_id`.
    Voice,
    /// The model: `model` or `model_id`.
    Model,
    /// The language of the text: `language`.
    Language,
    /// The locale of the text, instead of a language: `locale`.
    Locale,
    /// The format of the audio, such as `wav_pcm_s16le_24000` or `mp3`: `format` or `output_format`.
    Format,
    /// The speed, 0.6 to 1.5: `speed`.
    Speed,
    /// The loudness, 0.5 to 2.0: `volume`.
    Volume,
    /// The emotion: `emotion`.
    Emotion,
    /// The id of the pronunciation dictionary: `dictionary` or `pronunciation_dict_id`.
    Dictionary,
    /// Whether the results have words with times, `true` or `false`: `words`.
    Words,
    /// The format of captions, such as `srt`, or `none`: `captions`.
    Captions,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Id,
        Self::Text,
        Self::Voice,
        Self::Model,
        Self::Language,
        Self::Locale,
        Self::Format,
        Self::Speed,
        Self::Volume,
        Self::Emotion,
        Self::Dictionary,
        Self::Words,
        Self::Captions,
    ];

    /// The names of its column, the best first.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Id => &["id", "name", "file"],
            Self::Text => &["text", "transcript"],
            Self::Voice => &["voice", "voice_id"],
            Self::Model => &["model", "model_id"],
            Self::Language => &["language"],
            Self::Locale => &["locale"],
            Self::Format => &["format", "output_format"],
            Self::Speed => &["speed"],
            Self::Volume => &["volume"],
            Self::Emotion => &["emotion"],
            Self::Dictionary => &["dictionary", "pronunciation_dict_id"],
            Self::Words => &["words"],
            Self::Captions => &["captions"],
        }
    }

    /// Returns the name, which is also the first name of its column.
    pub fn name(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    pub(super) fn place(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Field {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let named = Self::ALL.into_iter().find(|field| field.name() == text);
        named.ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            let message = format!("there is no such field; the fields are {all}");
            Error::new(ErrorKind::InvalidRequest, OPERATION, message)
        })
    }
}

/// Names of columns that differ from those in [`Field`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    names: Vec<(Field, String)>,
}

impl Columns {
    /// Creates columns with the names in [`Field`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name of the column of a field.
    #[must_use]
    pub fn with(mut self, field: Field, name: impl Into<String>) -> Self {
        self.names.retain(|(own, _)| *own != field);
        self.names.push((field, name.into()));
        self
    }

    /// The field of a column, and how well the name fits: 0 is best.
    pub(super) fn field_of(&self, column: &str) -> Option<(Field, usize)> {
        let column = column.trim();
        let chosen = self.names.iter().find(|(_, name)| name.trim() == column);
        if let Some((field, _)) = chosen {
            return Some((*field, 0));
        }
        Field::ALL.into_iter().find_map(|field| {
            // A field whose column was chosen has no other one.
            if self.names.iter().any(|(own, _)| *own == field) {
                return None;
            }
            let names = field.names().iter();
            let rank = names
                .enumerate()
                .find(|(_, name)| column.eq_ignore_ascii_case(name));
            rank.map(|(rank, _)| (field, rank))
        })
    }

    /// The fields whose column was chosen.
    pub(super) fn chosen(&self) -> impl Iterator<Item = (Field, &str)> {
        self.names
            .iter()
            .map(|(field, name)| (*field, name.as_str()))
    }
}
