//! Lines of a manifest, in whatever format, as named values. The only file that names the crate `csv`.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read};

use cartesia_types::ErrorKind;
use csv::{ReaderBuilder, StringRecord, Trim};
use serde_json::{Map, Value};

use super::ManifestFormat;

/// Bytes of one line of JSON. The longest text that the service speaks is far shorter.
const MAX_LINE: u64 = 4 * 1024 * 1024;
/// The byte order mark of UTF-8, which spreadsheets write.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
const NOT_UTF8: &str = "is not UTF-8 text: save the manifest as UTF-8";

/// A line: its values by the name of their column. Empty values are left out.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) cells: Vec<(String, Value)>,
}

/// A line that cannot be read.
#[derive(Debug)]
pub(super) struct BadRow {
    pub(super) line: u64,
    /// Counted from 1.
    pub(super) column: Option<u64>,
    pub(super) kind: ErrorKind,
    pub(super) why: String,
}

impl BadRow {
    fn new(line: u64, column: Option<u64>, why: impl Into<String>) -> Self {
        Self {
            line,
            column,
            kind: ErrorKind::InvalidRequest,
            why: why.into(),
        }
    }

    fn io(line: u64, error: &io::Error) -> Self {
        Self {
            kind: ErrorKind::Io,
            ..Self::new(line, None, format!("cannot be read: {error}"))
        }
    }

    /// Whether reading on is no use.
    pub(super) fn is_last(&self) -> bool {
        self.kind == ErrorKind::Io
    }
}

/// Reads line after line.
pub(super) enum Rows {
    Table {
        reader: Box<csv::Reader<WithoutMark>>,
        header: Vec<String>,
    },
    Lines {
        reader: BufReader<WithoutMark>,
        line: u64,
    },
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rows")
    }
}

impl Rows {
    pub(super) fn new(reader: impl Read + Send + 'static, format: ManifestFormat) -> Self {
        let reader = WithoutMark {
            inner: Box::new(reader),
            start: None,
        };
        let delimiter = match format {
            ManifestFormat::Csv => b',',
            ManifestFormat::Tsv => b'\t',
            ManifestFormat::JsonLines => {
                return Self::Lines {
                    reader: BufReader::new(reader),
                    line: 0,
                };
            }
        };
        let mut builder = ReaderBuilder::new();
        builder
            .has_headers(false)
            .delimiter(delimiter)
            .trim(Trim::None);
        Self::Table {
            reader: Box::new(builder.from_reader(reader)),
            header: Vec::new(),
        }
    }

    /// Reads the first line of a table, which names its columns; `None` for lines of JSON, and an empty list for an
    /// empty table.
    pub(super) fn read_header(&mut self) -> Result<Option<&[String]>, BadRow> {
        let Self::Table { reader, header } = self else {
            return Ok(None);
        };
        if let Some(record) = record(reader)? {
            *header = record.iter().map(|name| name.trim().to_owned()).collect();
        }
        Ok(Some(header))
    }

    pub(super) fn next(&mut self) -> Result<Option<Row>, BadRow> {
        match self {
            Self::Table { reader, header } => {
                let Some(record) = record(reader)? else {
                    return Ok(None);
                };
                let line = line_of(reader, &record);
                let cells = header.iter().zip(record.iter());
                let cells = cells.filter(|(_, value)| !value.trim().is_empty());
                let cell = |(name, value): (&String, &str)| (name.clone(), Value::from(value));
                Ok(Some(Row {
                    line,
                    cells: cells.map(cell).collect(),
                }))
            }
            Self::Lines { reader, line } => loop {
                *line += 1;
                let mut bytes = Vec::new();
                let read = reader.take(MAX_LINE).read_until(b'\n', &mut bytes);
                if read.map_err(|error| BadRow::io(*line, &error))? == 0 {
                    return Ok(None);
                }
                if bytes.len() as u64 == MAX_LINE && !bytes.ends_with(b"\n") {
                    let skipped = reader.skip_until(b'\n');
                    skipped.map_err(|error| BadRow::io(*line, &error))?;
                    return Err(BadRow::new(*line, None, "is longer than 4 MiB"));
                }
                let bytes = bytes.trim_ascii();
                if !bytes.is_empty() {
                    return object(*line, bytes).map(Some);
                }
            },
        }
    }
}

fn record(reader: &mut csv::Reader<WithoutMark>) -> Result<Option<StringRecord>, BadRow> {
    let mut record = StringRecord::new();
    let line = reader.position().line();
    match reader.read_record(&mut record) {
        Ok(true) => Ok(Some(record)),
        Ok(false) => Ok(None),
        Err(error) => {
            let line = error.position().map_or(line, csv::Position::line);
            Err(match error.kind() {
                csv::ErrorKind::Io(error) => BadRow::io(line, error),
                csv::ErrorKind::Utf8 { err, .. } => {
                    BadRow::new(line, Some(err.field() as u64 + 1), NOT_UTF8)
                }
                csv::ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => BadRow::new(
                    line,
                    None,
                    format!(
                        "has {len} columns, and the first line {expected_len}: put quotes around a text with \
                         separators"
                    ),
                ),
                _ => BadRow::new(line, None, "cannot be read as a table"),
            })
        }
    }
}

/// The first line of a record that was just read. The crate has the line at which it began to look for it, before empty
/// lines.
fn line_of(reader: &csv::Reader<WithoutMark>, record: &StringRecord) -> u64 {
    let ends = u64::from(!reader.is_done());
    let newlines = record.as_slice().bytes().filter(|byte| *byte == b'\n');
    let end = reader.position().line();
    end.saturating_sub(newlines.count() as u64 + ends)
}

fn object(line: u64, bytes: &[u8]) -> Result<Row, BadRow> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(BadRow::new(line, None, NOT_UTF8));
    };
    let object: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
        let column = u64::try_from(error.column())
            .ok()
            .filter(|_| error.is_syntax() || error.is_eof());
        BadRow::new(line, column, "is not a JSON object")
    })?;
    let is_given = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    };
    let cells = object.into_iter().filter(|(_, value)| is_given(value));
    Ok(Row {
        line,
        cells: cells.collect(),
    })
}

/// A reader that leaves a byte order mark out.
pub(super) struct WithoutMark {
    inner: Box<dyn Read + Send>,
    /// The first bytes, which are no mark and were not given on; `None` before they were read.
    start: Option<Vec<u8>>,
}

impl Read for WithoutMark {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = if let Some(start) = &mut self.start {
            start
        } else {
            let mut start = Vec::new();
            let most = MARK.len() as u64;
            (&mut self.inner).take(most).read_to_end(&mut start)?;
            if start == MARK {
                start.clear();
            }
            self.start.insert(start)
        };
        if start.is_empty() {
            return self.inner.read(buffer);
        }
        let count = start.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(start.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }
}
