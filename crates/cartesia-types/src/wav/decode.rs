//! The samples of any WAV file, piece by piece, as floats.

use std::fmt;

use super::{ALAW, EXTENSIBLE, FLOAT, FORMAT_FIELDS, InvalidWav, MULAW, PCM, UNKNOWN_SIZE};
use crate::pcm::{g711, i16_to_f32};

/// How the samples of a WAV file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WavSamples {
    /// Unsigned 8-bit integers; 128 is silence.
    U8,
    /// Signed 16-bit integers.
    S16,
    /// Signed 24-bit integers.
    S24,
    /// Signed 32-bit integers.
    S32,
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
    /// ITU-T G.711 A-law.
    Alaw,
    /// ITU-T G.711 µ-law.
    Mulaw,
}

impl WavSamples {
    /// Bytes of one sample.
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::Alaw | Self::Mulaw => 1,
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// From −1 to 1. `bytes` are those of one sample.
    fn decode(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::U8, [byte]) => (f32::from(*byte) - 128.0) / 128.0,
            (Self::Alaw, [code]) => i16_to_f32(g711::decode_alaw(*code)),
            (Self::Mulaw, [code]) => i16_to_f32(g711::decode_mulaw(*code)),
            (Self::S16, &[a, b]) => i16_to_f32(i16::from_le_bytes([a, b])),
            // The low byte is empty, so the value has the scale of 32 bits.
            (Self::S24, &[a, b, c]) => scaled(i32::from_le_bytes([0, a, b, c])),
            (Self::S32, &[a, b, c, d]) => scaled(i32::from_le_bytes([a, b, c, d])),
            (Self::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Self::F64, bytes) => bytes
                .try_into()
                .map_or(0.0, |bytes| narrowed(f64::from_le_bytes(bytes))),
            _ => 0.0,
        }
    }
}

fn scaled(sample: i32) -> f32 {
    narrowed(f64::from(sample) / 2_147_483_648.0)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the nearest float is what is wanted"
)]
fn narrowed(sample: f64) -> f32 {
    sample as f32
}

/// What is in a WAV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WavSpec {
    /// How the samples are written.
    pub samples: WavSamples,
    /// Frames per second, in hertz.
    pub sample_rate: u32,
    /// Samples per frame, at least 1.
    pub channels: u16,
}

impl WavSpec {
    /// From the fields of a format chunk.
    pub(super) fn read(fields: &[u8]) -> Result<Self, InvalidWav> {
        let short = |at: usize| {
            fields
                .get(at..at + 2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        };
        let too_short = InvalidWav("its format chunk is too short");
        let (Some(mut tag), Some(channels), Some(bits)) = (short(0), short(2), short(14)) else {
            return Err(too_short);
        };
        if tag == EXTENSIBLE {
            // The real tag is the start of the sub-format's GUID.
            tag = short(24).ok_or(too_short)?;
        }
        if channels == 0 {
            return Err(InvalidWav("it has no channel"));
        }
        let samples = match (tag, bits) {
            (PCM, 1..=8) => WavSamples::U8,
            (PCM, 9..=16) => WavSamples::S16,
            (PCM, 17..=24) => WavSamples::S24,
            (PCM, 25..=32) => WavSamples::S32,
            (FLOAT, 32) => WavSamples::F32,
            (FLOAT, 64) => WavSamples::F64,
            (ALAW, 8) => WavSamples::Alaw,
            (MULAW, 8) => WavSamples::Mulaw,
            _ => {
                return Err(InvalidWav(
                    "its samples are neither PCM of up to 32 bits nor float, A-law or µ-law",
                ));
            }
        };
        let rate = [fields[4], fields[5], fields[6], fields[7]];
        Ok(Self {
            samples,
            sample_rate: u32::from_le_bytes(rate),
            channels,
        })
    }
}

/// Decodes a WAV file of any kind while it is read: integers of 8 to 32 bits, floats, G.711, in any
/// number of channels. The file may be cut anywhere, and may leave its sizes open, as streamed ones
/// do. Nothing is held but the part of a header or sample that is not whole.
///
/// ```
/// use cartesia_types::{RawFormat, wav::{self, WavDecoder}};
///
/// let mut file = wav::header(RawFormat::PCM_S16LE_16000, None);
/// file.extend([0, 0x40, 0, 0xc0]);
/// let (mut decoder, mut samples) = (WavDecoder::new(), Vec::new());
/// for piece in file.chunks(7) {
///     decoder.push(piece, &mut samples)?;
/// }
/// decoder.finish()?;
/// assert_eq!(samples, [0.5, -0.5]);
/// assert_eq!(decoder.spec().map(|spec| spec.sample_rate), Some(16_000));
/// # Ok::<(), cartesia_types::wav::InvalidWav>(())
/// ```
pub struct WavDecoder {
    state: State,
    /// What is not whole yet: a head, a format, a sample.
    part: Vec<u8>,
    spec: Option<WavSpec>,
    /// The RIFF head leaves the size open, so a size of zero says nothing.
    streamed: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Before the 12 bytes that every file starts with.
    Riff,
    /// Before the 8 bytes that every chunk starts with.
    Head,
    /// In the format chunk: its length, and what of it is not interesting.
    Format { length: usize, skip: u64 },
    /// In a chunk that is passed over.
    Skip(u64),
    /// In the samples: the bytes that are left, `None` when they reach to the end.
    Data(Option<u64>),
    /// After the samples.
    Done,
}

impl WavDecoder {
    /// A decoder at the start of a file.
    pub fn new() -> Self {
        Self {
            state: State::Riff,
            part: Vec::new(),
            spec: None,
            streamed: false,
        }
    }

    /// What is in the file, as soon as that is known; always before its first sample.
    pub fn spec(&self) -> Option<WavSpec> {
        self.spec
    }

    /// Appends the samples that `bytes` completes, channels interleaved.
    ///
    /// Integers and G.711 are from −1 to 1; floats come as they are in the file.
    ///
    /// # Errors
    ///
    /// [`InvalidWav`] when it is no WAV file, or one of another kind.
    pub fn push(&mut self, mut bytes: &[u8], samples: &mut Vec<f32>) -> Result<(), InvalidWav> {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Done => &[],
                State::Data(left) => self.data(bytes, left, samples),
                State::Skip(left) => {
                    let now = within(left, bytes.len());
                    self.skip(left - now as u64);
                    &bytes[now..]
                }
                State::Riff => self.collect(bytes, 12, Self::riff)?,
                State::Head => self.collect(bytes, 8, Self::head)?,
                State::Format { length, .. } => self.collect(bytes, length, Self::format)?,
            };
        }
        Ok(())
    }

    /// Ends the file. Samples that its header promises but that did not come are no error.
    ///
    /// # Errors
    ///
    /// [`InvalidWav`] when the file ended before its samples began.
    pub fn finish(&self) -> Result<(), InvalidWav> {
        match self.state {
            State::Data(_) | State::Done => Ok(()),
            _ => Err(InvalidWav("it ends before its samples begin")),
        }
    }

    /// Gathers `length` bytes, then lets them be read; gives back what is not used.
    fn collect<'b>(
        &mut self,
        bytes: &'b [u8],
        length: usize,
        read: fn(&mut Self, &[u8]) -> Result<(), InvalidWav>,
    ) -> Result<&'b [u8], InvalidWav> {
        let (now, later) = bytes.split_at(bytes.len().min(length - self.part.len()));
        self.part.extend_from_slice(now);
        if self.part.len() == length {
            let part = std::mem::take(&mut self.part);
            read(self, &part)?;
            self.part = part;
            self.part.clear();
        }
        Ok(later)
    }

    fn riff(&mut self, head: &[u8]) -> Result<(), InvalidWav> {
        if !head.starts_with(b"RIFF") {
            return Err(InvalidWav("it does not start with RIFF"));
        }
        if !head.ends_with(b"WAVE") {
            return Err(InvalidWav("the RIFF file is not a WAVE file"));
        }
        self.streamed = matches!(size(head), 0 | UNKNOWN_SIZE);
        self.state = State::Head;
        Ok(())
    }

    fn head(&mut self, head: &[u8]) -> Result<(), InvalidWav> {
        let size = size(head);
        if head.starts_with(b"data") {
            if self.spec.is_none() {
                return Err(InvalidWav("the samples come before their format"));
            }
            let open = size == UNKNOWN_SIZE || (size == 0 && self.streamed);
            self.state = State::Data((!open).then_some(u64::from(size)));
            if size == 0 && !open {
                self.state = State::Done;
            }
            return Ok(());
        }
        // Chunks are padded to even lengths.
        let length = u64::from(size) + u64::from(size % 2);
        if head.starts_with(b"fmt ") {
            let known = within(length, FORMAT_FIELDS);
            self.state = State::Format {
                length: known,
                skip: length - known as u64,
            };
            if known == 0 {
                return self.format(&[]);
            }
        } else {
            self.skip(length);
        }
        Ok(())
    }

    fn format(&mut self, fields: &[u8]) -> Result<(), InvalidWav> {
        self.spec = Some(WavSpec::read(fields)?);
        let State::Format { skip, .. } = self.state else {
            return Ok(());
        };
        self.skip(skip);
        Ok(())
    }

    fn skip(&mut self, left: u64) {
        self.state = if left == 0 {
            State::Head
        } else {
            State::Skip(left)
        };
    }

    fn data<'b>(&mut self, bytes: &'b [u8], left: Option<u64>, samples: &mut Vec<f32>) -> &'b [u8] {
        let Some(WavSpec { samples: kind, .. }) = self.spec else {
            return &[];
        };
        let now = left.map_or(bytes.len(), |left| within(left, bytes.len()));
        let (mut data, rest) = bytes.split_at(now);
        if !self.part.is_empty() {
            let taken = data.len().min(kind.bytes() - self.part.len());
            self.part.extend_from_slice(&data[..taken]);
            data = &data[taken..];
            if self.part.len() == kind.bytes() {
                samples.push(kind.decode(&self.part));
                self.part.clear();
            }
        }
        let whole = data.chunks_exact(kind.bytes());
        self.part.extend_from_slice(whole.remainder());
        samples.extend(whole.map(|sample| kind.decode(sample)));
        self.state = match left.map(|left| left - now as u64) {
            Some(0) => State::Done,
            left => State::Data(left),
        };
        rest
    }
}

impl Default for WavDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WavDecoder {
    /// Shows where it is, and never audio.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WavDecoder")
            .field("state", &self.state)
            .field("spec", &self.spec)
            .finish_non_exhaustive()
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
fn within(left: u64, available: usize) -> usize {
    usize::try_from(left).map_or(available, |left| left.min(available))
}
