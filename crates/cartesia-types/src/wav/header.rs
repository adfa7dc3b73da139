//! The one parser of WAV files: everything before the samples, read piece by piece.

use super::{InvalidWav, UNKNOWN_SIZE, WavSpec};

/// Bytes of a format chunk that are read; the longest form has no more.
const FORMAT_FIELDS: usize = 40;
/// Bytes of the chunk with sizes of 64 bits that are read: three sizes.
const DS64_FIELDS: usize = 24;

/// The header before the samples of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) spec: WavSpec,
    /// Returns the offset of the samples, in bytes from the start of the file.
    pub(super) data_offset: u64,
    /// Bytes of samples; `None` when they reach to the end of the file.
    pub(super) data_bytes: Option<u64>,
    /// Where the number of samples stands, if anywhere.
    pub(super) fact_offset: Option<u64>,
    /// Where the sizes of 64 bits stand, in an RF64 file.
    pub(super) ds64_offset: Option<u64>,
}

/// Reads a file up to its first sample. It holds no more than one field that is not whole, so that any
/// header, however long, costs one look at each of its bytes.
#[derive(Debug)]
pub(super) struct HeaderReader {
    state: State,
    /// What is not whole yet: a head, a format.
    part: Vec<u8>,
    /// Bytes that were read.
    position: u64,
    spec: Option<WavSpec>,
    riff_bytes: Option<u64>,
    /// The size of the samples in 64 bits.
    long_data_bytes: Option<u64>,
    fact_offset: Option<u64>,
    ds64_offset: Option<u64>,
    header: Option<Header>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Before the 12 bytes that every file starts with.
    Riff,
    /// Before the 8 bytes that every chunk starts with.
    Head,
    /// In a chunk: its length as far as it is read, and what of it is not interesting.
    Body {
        read: fn(&mut HeaderReader, &[u8]) -> Result<(), InvalidWav>,
        length: usize,
        skip: u64,
    },
    /// In a chunk that is skipped.
    Skip(u64),
    /// In the samples.
    Data,
}

impl HeaderReader {
    pub(super) fn new() -> Self {
        Self {
            state: State::Riff,
            part: Vec::new(),
            position: 0,
            spec: None,
            riff_bytes: None,
            long_data_bytes: None,
            fact_offset: None,
            ds64_offset: None,
            header: None,
        }
    }

    /// What is in the file, as soon as the format was read.
    pub(super) fn spec(&self) -> Option<WavSpec> {
        self.spec
    }

    /// All of it, as soon as the samples begin.
    pub(super) fn header(&self) -> Option<Header> {
        self.header
    }

    /// Reads on, and returns what is left: samples, or nothing.
    pub(super) fn push<'b>(&mut self, mut bytes: &'b [u8]) -> Result<&'b [u8], InvalidWav> {
        while !bytes.is_empty() && !matches!(self.state, State::Data) {
            bytes = match self.state {
                State::Riff => self.collect(bytes, 12, Self::riff)?,
                State::Head => self.collect(bytes, 8, Self::head)?,
                State::Body { read, length, skip } => {
                    let rest = self.collect(bytes, length, read)?;
                    if matches!(self.state, State::Head) {
                        self.skip(skip);
                    }
                    rest
                }
                State::Skip(left) => {
                    let (now, later) = bytes.split_at(within(left, bytes.len()));
                    self.position += now.len() as u64;
                    self.skip(left - now.len() as u64);
                    later
                }
                State::Data => bytes,
            };
        }
        Ok(bytes)
    }

    /// Gathers `length` bytes, then lets them be read; returns what is not used.
    fn collect<'b>(
        &mut self,
        bytes: &'b [u8],
        length: usize,
        read: fn(&mut Self, &[u8]) -> Result<(), InvalidWav>,
    ) -> Result<&'b [u8], InvalidWav> {
        let missing = length.saturating_sub(self.part.len());
        let (now, later) = bytes.split_at(bytes.len().min(missing));
        self.part.extend_from_slice(now);
        self.position += now.len() as u64;
        // The first bytes show whether it is a WAV file.
        if matches!(self.state, State::Riff) {
            let known = self.part.get(..4).unwrap_or(&self.part);
            if ![b"RIFF", b"RF64", b"BW64"]
                .iter()
                .any(|id| id.starts_with(known))
            {
                return Err(InvalidWav("it does not start with RIFF"));
            }
        }
        if self.part.len() == length {
            let part = std::mem::take(&mut self.part);
            read(self, &part)?;
        }
        Ok(later)
    }

    fn riff(&mut self, head: &[u8]) -> Result<(), InvalidWav> {
        if !head.ends_with(b"WAVE") {
            return Err(InvalidWav("the RIFF file is not a WAVE file"));
        }
        self.riff_bytes = match size(head) {
            0 | UNKNOWN_SIZE => None,
            size => Some(size.into()),
        };
        self.state = State::Head;
        Ok(())
    }

    fn head(&mut self, head: &[u8]) -> Result<(), InvalidWav> {
        let size = size(head);
        // Chunks are padded to even lengths.
        let length = u64::from(size) + u64::from(size % 2);
        match head {
            [b'd', b'a', b't', b'a', ..] => return self.data(size),
            [b'f', b'm', b't', b' ', ..] => self.body(Self::format, FORMAT_FIELDS, length)?,
            [b'd', b's', b'6', b'4', ..] => {
                self.ds64_offset = Some(self.position);
                self.body(Self::ds64, DS64_FIELDS, length)?;
            }
            [b'f', b'a', b'c', b't', ..] => {
                self.fact_offset = (size >= 4).then_some(self.position);
                self.skip(length);
            }
            _ => self.skip(length),
        }
        Ok(())
    }

    fn body(
        &mut self,
        read: fn(&mut Self, &[u8]) -> Result<(), InvalidWav>,
        fields: usize,
        length: u64,
    ) -> Result<(), InvalidWav> {
        let known = within(length, fields);
        self.state = State::Body {
            read,
            length: known,
            skip: length - known as u64,
        };
        if known == 0 {
            return read(self, &[]);
        }
        Ok(())
    }

    fn format(&mut self, fields: &[u8]) -> Result<(), InvalidWav> {
        self.spec = Some(WavSpec::read(fields)?);
        self.state = State::Head;
        Ok(())
    }

    fn ds64(&mut self, fields: &[u8]) -> Result<(), InvalidWav> {
        let &[riff, data, _] = fields.as_chunks::<8>().0 else {
            return Err(InvalidWav("its sizes of 64 bits are cut short"));
        };
        let known = |size| Some(u64::from_le_bytes(size)).filter(|size| *size != u64::MAX);
        self.riff_bytes = known(riff).filter(|size| *size != 0);
        self.long_data_bytes = known(data);
        self.state = State::Head;
        Ok(())
    }

    fn data(&mut self, size: u32) -> Result<(), InvalidWav> {
        let spec = self
            .spec
            .ok_or(InvalidWav("the samples come before their format"))?;
        let announced = match size {
            UNKNOWN_SIZE => self.long_data_bytes,
            size => Some(size.into()),
        };
        // A writer that died, or that cannot go back, leaves zero. It means what it says only if the
        // file announces more than its header.
        let ends_here = self
            .riff_bytes
            .is_none_or(|riff| riff.checked_add(8).is_none_or(|end| end <= self.position));
        self.header = Some(Header {
            spec,
            data_offset: self.position,
            data_bytes: announced.filter(|bytes| *bytes > 0 || !ends_here),
            fact_offset: self.fact_offset,
            ds64_offset: self.ds64_offset,
        });
        self.state = State::Data;
        Ok(())
    }

    fn skip(&mut self, left: u64) {
        self.state = if left == 0 {
            State::Head
        } else {
            State::Skip(left)
        };
    }
}

/// The size field after the four letters of a head.
fn size(head: &[u8]) -> u32 {
    match head {
        &[_, _, _, _, a, b, c, d, ..] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

/// The smaller of the two.
pub(super) fn within(left: u64, available: usize) -> usize {
    usize::try_from(left).map_or(available, |left| left.min(available))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with so much before its samples.
    fn file(before: u32) -> Vec<u8> {
        let mut file = b"RIFF\xff\xff\xff\xffWAVE".to_vec();
        for _ in 0..before {
            file.extend(b"LIST\x04\0\0\0abcd");
        }
        file.extend(b"fmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0");
        file.extend(b"data\xff\xff\xff\xff");
        file
    }

    #[test]
    fn any_cut_of_any_header_is_read_once_and_nothing_is_kept() {
        for before in [10, 100, 1_000] {
            let file = file(before);
            for piece in [1, 7, 4_096] {
                let (mut reader, mut most) = (HeaderReader::new(), 0);
                for bytes in file.chunks(piece) {
                    assert!(reader.push(bytes).unwrap().is_empty());
                    most = most.max(reader.part.capacity());
                }
                let header = reader.header().expect("the header is whole");
                assert_eq!(header.data_offset, file.len() as u64);
                assert_eq!(reader.position, file.len() as u64);
                assert!(most <= 2 * FORMAT_FIELDS, "{before} {piece}: {most}");
            }
        }
    }
}
