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
        reader: Box<csv::Reader<Clean>>,
        header: Vec<String>,
    },
    Lines {
        reader: BufReader<Clean>,
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
        let reader = Clean::new(reader);
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

fn record(reader: &mut csv::Reader<Clean>) -> Result<Option<StringRecord>, BadRow> {
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
fn line_of(reader: &csv::Reader<Clean>, record: &StringRecord) -> u64 {
    let newlines = record.as_slice().bytes().filter(|byte| *byte == b'\n');
    let end = reader.position().line();
    end.saturating_sub(newlines.count() as u64 + 1)
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

/// Text with LF at the end of each line, without a byte order mark: so lines are counted as editors count them.
pub(super) struct Clean {
    inner: BufReader<Box<dyn Read + Send>>,
    started: bool,
    /// Whether the last byte was a CR, which is given on only if no LF follows.
    held: bool,
}

impl Clean {
    fn new(reader: impl Read + Send + 'static) -> Self {
        Self {
            // So that the last line ends, too; an empty line is skipped.
            inner: BufReader::new(Box::new(reader.chain(&b"\n"[..]))),
            started: false,
            held: false,
        }
    }

    /// Passes over a byte order mark.
    fn start(&mut self) -> io::Result<()> {
        let mut start = Vec::new();
        let most = MARK.len() as u64;
        (&mut self.inner).take(most).read_to_end(&mut start)?;
        if start != MARK {
            let rest = std::mem::replace(&mut self.inner, BufReader::new(Box::new(io::empty())));
            let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(start).chain(rest));
            self.inner = BufReader::new(whole);
        }
        self.started = true;
        Ok(())
    }
}

impl Read for Clean {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.started {
            self.start()?;
        }
        let mut places = buffer.iter_mut();
        let mut written = 0;
        while written == 0 {
            let available = self.inner.fill_buf()?;
            let mut used = 0;
            for byte in available {
                let is_lone = self.held && *byte != b'\n';
                if is_lone || *byte != b'\r' {
                    let Some(place) = places.next() else { break };
                    *place = if is_lone { b'\r' } else { *byte };
                    written += 1;
                }
                self.held = !is_lone && *byte == b'\r';
                if is_lone {
                    // The byte itself comes next.
                    break;
                }
                used += 1;
            }
            let is_end = available.is_empty();
            self.inner.consume(used);
            if is_end || places.len() == 0 {
                break;
            }
        }
        Ok(written)
    }
}
