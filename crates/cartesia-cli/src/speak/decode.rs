//! Decodes bytes to text as they are read: UTF-8, or UTF-16 with a byte order mark.

use std::io::{self, Read};

use crate::failure::Failure;

/// Bytes that are read at once, at most.
const PIECE: usize = 4 * 1024;

/// Decodes text. A character whose bytes come in two reads stays whole.
pub(super) struct Decoder<R> {
    source: R,
    /// The name of the source, for errors.
    name: String,
    /// `None` until the first bytes have shown it.
    form: Option<Form>,
    /// The beginning of a character or of a byte order mark: at most three bytes.
    begun: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Utf8,
    Utf16Le,
    Utf16Be,
}

/// The byte order marks.
const MARKS: [(&[u8], Form); 3] = [
    (b"\xef\xbb\xbf", Form::Utf8),
    (b"\xff\xfe", Form::Utf16Le),
    (b"\xfe\xff", Form::Utf16Be),
];

impl<R: Read> Decoder<R> {
    pub(super) fn new(source: R, name: impl Into<String>) -> Self {
        Self {
            source,
            name: name.into(),
            form: None,
            begun: Vec::new(),
        }
    }

    /// The text of the next read, without waiting for more than makes a character; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<String>, Failure> {
        let mut buffer = vec![0; PIECE];
        loop {
            let length = match self.source.read(&mut buffer) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.unusable(&error)),
            };
            let is_end = length == 0;
            self.begun
                .extend_from_slice(buffer.get(..length).unwrap_or_default());
            let Some(form) = self.recognize(is_end) else {
                continue;
            };
            let bytes = std::mem::take(&mut self.begun);
            let (text, rest) = match form {
                Form::Utf8 => utf8(bytes),
                Form::Utf16Le => utf16(bytes, u16::from_le_bytes),
                Form::Utf16Be => utf16(bytes, u16::from_be_bytes),
            }
            .map_err(|reason| self.unusable(&reason))?;
            if text.contains('\0') {
                let reason = "it has NUL characters: it is not text, or UTF-16 without a byte order \
                              mark";
                return Err(self.unusable(&reason));
            }
            if is_end && !rest.is_empty() {
                return Err(self.unusable(&"it ends in the middle of a character"));
            }
            self.begun = rest;
            if !text.is_empty() {
                return Ok(Some(text));
            }
            if is_end {
                return Ok(None);
            }
        }
    }

    /// The form of the text, and `None` while it is open. The mark is no part of the text.
    fn recognize(&mut self, is_end: bool) -> Option<Form> {
        if self.form.is_none() {
            let found = MARKS.iter().find(|(mark, _)| self.begun.starts_with(mark));
            if let Some((mark, form)) = found {
                self.begun.drain(..mark.len());
                self.form = Some(*form);
            } else if is_end || !MARKS.iter().any(|(mark, _)| mark.starts_with(&self.begun)) {
                self.form = Some(Form::Utf8);
            }
        }
        self.form
    }

    fn unusable(&self, reason: &dyn std::fmt::Display) -> Failure {
        Failure::usage(format!("{} cannot be read as text: {reason}", self.name))
    }
}

/// Whole text, and the bytes of a character that has only begun.
type Decoded = Result<(String, Vec<u8>), String>;

fn utf8(mut bytes: Vec<u8>) -> Decoded {
    let mut rest = Vec::new();
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        rest = bytes.split_off(error.valid_up_to());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, rest)),
        Err(error) => Err(error.to_string()),
    }
}

fn utf16(mut bytes: Vec<u8>, unit: fn([u8; 2]) -> u16) -> Decoded {
    let mut rest = bytes.split_off(bytes.len() / 2 * 2);
    let units = |bytes: &[u8]| -> Vec<u16> {
        let pairs = bytes.chunks_exact(2);
        pairs.map(|pair| unit([pair[0], pair[1]])).collect()
    };
    let mut units = units(&bytes);
    // The second half of a pair may come with the next read.
    if units
        .last()
        .is_some_and(|unit| (0xd800..0xdc00).contains(unit))
    {
        units.pop();
        let mut half = bytes.split_off(bytes.len() - 2);
        half.append(&mut rest);
        rest = half;
    }
    match String::from_utf16(&units) {
        Ok(text) => Ok((text, rest)),
        Err(_) => Err("it is not valid UTF-16".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one piece at each read.
    struct Reads(Vec<Vec<u8>>);

    impl Read for Reads {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn decoded(reads: &[&[u8]]) -> Result<Vec<String>, Failure> {
        let reads = reads.iter().map(|read| read.to_vec()).collect();
        let mut decoder = Decoder::new(Reads(reads), "stdin");
        std::iter::from_fn(|| decoder.next().transpose()).collect()
    }

    /// Every cut of the bytes into two reads gives the same text, and bytewise reads too.
    fn assert_decodes(bytes: &[u8], text: &str) {
        for at in 0..=bytes.len() {
            let (one, two) = bytes.split_at(at);
            let reads: Vec<&[u8]> = [one, two].into_iter().filter(|it| !it.is_empty()).collect();
            assert_eq!(decoded(&reads).unwrap().concat(), text, "cut at {at}");
        }
        let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decoded(&bytewise).unwrap().concat(), text);
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let marked = format!("\u{feff}{text}");
        marked.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn characters_survive_the_borders_of_reads() {
        let euro = "€".as_bytes();
        assert_eq!(
            decoded(&[b"a ", &euro[..1], &euro[1..2], &euro[2..], b"b"]).unwrap(),
            ["a ", "€", "b"]
        );
        assert_eq!(
            decoded(&[b"caf\xc3", b"\xa9 \xf0\x9f", b"\x98\x80!"]).unwrap(),
            ["caf", "é ", "😀!"]
        );
        assert!(decoded(&[]).unwrap().is_empty());
    }

    #[test]
    fn byte_order_marks_are_understood_and_no_part_of_the_text() {
        let text = "Héllo 日本 😀!";
        assert_decodes(text.as_bytes(), text);
        assert_decodes(format!("\u{feff}{text}").as_bytes(), text);
        assert_decodes(&utf16(text, u16::to_le_bytes), text);
        assert_decodes(&utf16(text, u16::to_be_bytes), text);
        for mark in ["\u{feff}".as_bytes(), b"\xff\xfe", b"\xfe\xff"] {
            assert_decodes(mark, "");
        }
        // Elsewhere it is a character as others are.
        assert_eq!(decoded(&["a\u{feff}".as_bytes()]).unwrap(), ["a\u{feff}"]);
    }

    #[test]
    fn what_is_not_text_is_refused() {
        let unmarked = &utf16("Hello", u16::to_le_bytes)[2..];
        let truncated = utf16("Hello", u16::to_le_bytes);
        for reads in [
            &[&b"good"[..], b"\xff"][..],
            &[b"good \xe2\x82"],
            &[b"\xe2\x82", b"x"],
            &[b"\xef\xbb"],
            &[b"nul \0"],
            &[unmarked],
            &[&truncated[..truncated.len() - 1]],
            // Half of a surrogate pair, at the end and before something else.
            &[b"\xff\xfe\x3d\xd8"],
            &[b"\xff\xfe\x3d\xd8a\0"],
            // UTF-32, little-endian.
            &[b"\xff\xfe\0\0H\0\0\0"],
        ] {
            assert!(decoded(reads).is_err(), "{reads:?}");
        }
    }
}
