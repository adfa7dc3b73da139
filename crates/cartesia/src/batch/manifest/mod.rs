//! Items from a table or from lines of JSON, one after the other.

mod cell;
mod columns;
mod rows;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use cartesia_types::captions::CaptionFormat;
use cartesia_types::tts::BytesRequest;
use cartesia_types::{Error, ErrorKind, Result};

pub use self::columns::{Columns, Field};
use self::rows::{BadRow, Row, Rows};
use super::Item;

const OPERATION: &str = "batch.manifest";
/// Names of unused columns that are kept.
const UNUSED: usize = 50;

/// The format of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ManifestFormat {
    /// Comma-separated values, as spreadsheets write them. The first line names the columns.
    Csv,
    /// The same with tabs.
    Tsv,
    /// A JSON object in each line.
    JsonLines,
}

impl ManifestFormat {
    /// Returns the format that the extension of a file stands for: `csv`, `tsv`, `jsonl` or `ndjson`.
    pub fn of_path(path: impl AsRef<Path>) -> Option<Self> {
        let extension = path.as_ref().extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// The items of a manifest, read one after the other: an iterator that never holds more than one line.
///
/// The [`Field`]s are its columns. A cell that is empty or missing leaves the default. Text is UTF-8, with or without a
/// byte order mark; lines end with LF or CRLF; empty lines are skipped. An invalid line is an error that names line and
/// column, and the next one is read all the same.
///
/// ```
/// use cartesia::batch::{Manifest, ManifestFormat};
/// use cartesia::tts::BytesRequest;
/// use cartesia::{ModelId, Mp3Format, VoiceId};
///
/// let table = "id,text,speed\nhello,\"Hello, you!\",1.1\nbye,Goodbye.,fast\n";
/// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
/// let defaults = BytesRequest::new(ModelId::SONIC_3, voice, "", Mp3Format::default());
/// let mut items = Manifest::read(table.as_bytes(), ManifestFormat::Csv, defaults);
/// assert_eq!(items.next().unwrap()?.request.transcript, "Hello, you!");
/// let error = items.next().unwrap().unwrap_err();
/// assert!(error.message().starts_with("line 3, column `speed`: must be a number"));
/// assert!(items.next().is_none());
/// # Ok::<(), cartesia::Error>(())
/// ```
#[derive(Debug)]
pub struct Manifest {
    name: Option<String>,
    rows: Rows,
    columns: Columns,
    defaults: Item,
    unused: BTreeSet<String>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The first line of a table is still to be read.
    Start,
    Lines,
    Ended,
}

impl Manifest {
    /// Opens a file, whose extension says the [`ManifestFormat`]. `defaults` has what a line does not say; its
    /// transcript is not used.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for an unknown extension, and [`ErrorKind::Io`] when the file cannot be read.
    pub fn open(path: impl AsRef<Path>, defaults: BytesRequest) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let format = ManifestFormat::of_path(path).ok_or_else(|| {
            let message =
                format!("cannot tell the format of {name} by its name: use .csv, .tsv or .jsonl");
            Error::new(ErrorKind::InvalidRequest, OPERATION, message)
        })?;
        let opened = File::open(path).and_then(|file| {
            // Opening a folder succeeds, and reading it does not.
            if file.metadata()?.is_dir() {
                return Err(std::io::ErrorKind::IsADirectory.into());
            }
            Ok(file)
        });
        let file = opened.map_err(|error| {
            let message = format!("cannot read {name}: {error}");
            Error::new(ErrorKind::Io, OPERATION, message).with_source(error)
        })?;
        let mut manifest = Self::read(file, format, defaults);
        manifest.name = Some(name);
        Ok(manifest)
    }

    /// Reads a manifest from anywhere. A buffer is not needed.
    pub fn read(
        reader: impl Read + Send + 'static,
        format: ManifestFormat,
        defaults: BytesRequest,
    ) -> Self {
        Self {
            name: None,
            rows: Rows::new(reader, format),
            columns: Columns::new(),
            defaults: Item::new(defaults),
            unused: BTreeSet::new(),
            state: State::Start,
        }
    }

    /// Sets names of columns. A table without one of them is an error.
    #[must_use]
    pub fn with_columns(mut self, columns: Columns) -> Self {
        self.columns = columns;
        self
    }

    /// Sets whether results have words where a line does not say it.
    #[must_use]
    pub fn with_words(mut self, wanted: bool) -> Self {
        self.defaults = self.defaults.with_words(wanted);
        self
    }

    /// Sets the format of captions where a line does not say it.
    #[must_use]
    pub fn with_captions(mut self, format: impl Into<Option<CaptionFormat>>) -> Self {
        self.defaults = self.defaults.with_captions(format);
        self
    }

    /// Returns the names of columns that mean nothing, of the lines read so far: a remark, or a mistyped name.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        self.unused.iter().map(String::as_str)
    }

    fn error(&self, line: u64, column: Option<&str>, kind: ErrorKind, why: &str) -> Error {
        let file = self
            .name
            .as_ref()
            .map_or_else(String::new, |name| format!("{name}, "));
        let column = column.map_or_else(String::new, |column| format!(", column {column}"));
        Error::new(kind, OPERATION, format!("{file}line {line}{column}: {why}"))
    }

    fn bad(&self, bad: &BadRow) -> Error {
        let column = bad.column.map(|column| column.to_string());
        self.error(bad.line, column.as_deref(), bad.kind, &bad.why)
    }

    fn item(&mut self, row: Row) -> Result<Item> {
        let line = row.line;
        let mut item = self.defaults.clone();
        item.request.transcript = String::new();
        item.line = line;
        // The best name of each field counts, wherever it stands.
        let mut best = [usize::MAX; Field::ALL.len()];
        for (name, value) in row.cells {
            let Some((field, rank)) = self.columns.field_of(&name) else {
                self.add_unused(name);
                continue;
            };
            match best.get_mut(field.place()) {
                Some(best) if rank < *best => *best = rank,
                _ => continue,
            }
            cell::set(&mut item, field, value).map_err(|why| {
                let column = format!("`{field}`");
                self.error(line, Some(&column), ErrorKind::InvalidRequest, why)
            })?;
        }
        if item.request.transcript.trim().is_empty() {
            let why = "the text is empty or missing";
            return Err(self.error(line, Some("`text`"), ErrorKind::InvalidRequest, why));
        }
        Ok(item)
    }

    /// Checks that the columns of a table are there, each once.
    fn check_header(&mut self) -> Result<()> {
        let names = match self.rows.read_header() {
            Ok(None) => return Ok(()),
            Ok(Some(names)) => names.to_owned(),
            Err(bad) => return Err(self.bad(&bad)),
        };
        let invalid = |column: &str, why: &str| {
            Err(self.error(
                1,
                Some(&format!("`{column}`")),
                ErrorKind::InvalidRequest,
                why,
            ))
        };
        for (_, column) in self.columns.chosen() {
            if !names.iter().any(|name| name == column.trim()) {
                return invalid(column, "there is no such column");
            }
        }
        for (place, name) in names.iter().enumerate() {
            let is_used = self.columns.field_of(name).is_some();
            if is_used && names.iter().take(place).any(|other| other == name) {
                return invalid(name, "there are two such columns");
            }
        }
        let fields = names.iter().filter_map(|name| self.columns.field_of(name));
        if !fields
            .map(|(field, _)| field)
            .any(|field| field == Field::Text)
        {
            let why = "there is no such column; the first line names the columns";
            return invalid("text", why);
        }
        Ok(())
    }

    fn add_unused(&mut self, name: String) {
        if self.unused.len() < UNUSED && !self.unused.contains(&name) {
            self.unused.insert(name);
        }
    }
}

impl Iterator for Manifest {
    type Item = Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Start {
            self.state = State::Lines;
            if let Err(error) = self.check_header() {
                self.state = State::Ended;
                return Some(Err(error));
            }
        }
        if self.state == State::Ended {
            return None;
        }
        match self.rows.next() {
            Ok(Some(row)) => Some(self.item(row)),
            Ok(None) => {
                self.state = State::Ended;
                None
            }
            Err(bad) => {
                if bad.is_last() {
                    self.state = State::Ended;
                }
                Some(Err(self.bad(&bad)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
