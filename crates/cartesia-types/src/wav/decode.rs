//! The samples of any WAV file, piece by piece, as floats.

use std::fmt;

use super::header::{HeaderReader, within};
use super::{ALAW, EXTENSIBLE, FLOAT, InvalidWav, MULAW, PCM};
use crate::pcm::{g711, i16_to_f32};

/// The encoding of the samples of a WAV file.
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
    /// Returns the number of bytes of one sample.
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

/// The content of a WAV file: encoding, sample rate, channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WavSpec {
    /// The encoding of the samples.
    pub samples: WavSamples,
    /// Bytes that one sample takes: those of [`samples`](Self::samples), which come first, and padding
    /// (24 bits in 4 bytes, for example).
    pub bytes_per_sample: u16,
    /// Frames per second, in hertz.
    pub sample_rate: u32,
    /// Samples per frame, at least 1.
    pub channels: u16,
}

impl WavSpec {
    /// Bytes of one frame: a sample of each channel, at least 1.
    pub(super) fn bytes_per_frame(self) -> u64 {
        (u64::from(self.bytes_per_sample) * u64::from(self.channels)).max(1)
    }

    /// From the fields of a format chunk.
    pub(super) fn read(fields: &[u8]) -> Result<Self, InvalidWav> {
        let short = |at: usize| {
            fields
                .get(at..at + 2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        };
        let too_short = InvalidWav("its format chunk is too short");
        let (Some(mut tag), Some(channels), Some(frame), Some(bits)) =
            (short(0), short(2), short(12), short(14))
        else {
            return Err(too_short);
        };
        if tag == EXTENSIBLE {
            // The real tag is the start of the sub-format's GUID.
            tag = short(24).ok_or(too_short)?;
        }
        if channels == 0 {
            return Err(InvalidWav("it has no channels"));
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
            bytes_per_sample: container(samples, frame, channels)?,
            sample_rate: u32::from_le_bytes(rate),
            channels,
        })
    }
}

/// Bytes of a sample with its padding. Fields that cannot be right are not believed.
fn container(samples: WavSamples, frame: u16, channels: u16) -> Result<u16, InvalidWav> {
    let bytes = frame.checked_div(channels).unwrap_or(0);
    if !frame.is_multiple_of(channels) || usize::from(bytes) < samples.bytes() {
        return Ok(samples.bytes().try_into().unwrap_or(u16::MAX));
    }
    match bytes {
        ..=8 => Ok(bytes),
        _ => Err(InvalidWav("its samples have more than 8 bytes")),
    }
}

/// Decodes a WAV file of any kind while it is read: integers of 8 to 32 bits, floats, G.711, in any
/// number of channels, also RF64. The file may be cut anywhere, and may leave its sizes open, as
/// streamed ones do. Nothing is held but the part of a header or sample that is not whole.
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
    header: HeaderReader,
    state: State,
    /// A sample that is not whole yet.
    part: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Before the samples.
    Header,
    /// In the samples: the bytes that are left, `None` when they reach to the end.
    Data(Option<u64>),
    /// After the samples.
    Done,
}

impl WavDecoder {
    /// Creates a decoder at the start of a file.
    pub fn new() -> Self {
        Self {
            header: HeaderReader::new(),
            state: State::Header,
            part: Vec::new(),
        }
    }

    /// Returns the content of the file, as soon as it is known; always before its first sample.
    pub fn spec(&self) -> Option<WavSpec> {
        self.header.spec()
    }

    /// Appends the samples that `bytes` completes, channels interleaved.
    ///
    /// Integers and G.711 are from −1 to 1; floats come as they are in the file.
    ///
    /// # Errors
    ///
    /// [`InvalidWav`] when it is not a WAV file, or of an unsupported kind.
    pub fn push(&mut self, mut bytes: &[u8], samples: &mut Vec<f32>) -> Result<(), InvalidWav> {
        if matches!(self.state, State::Header) {
            bytes = self.header.push(bytes)?;
            let Some(header) = self.header.header() else {
                return Ok(());
            };
            self.state = match header.data_bytes {
                Some(0) => State::Done,
                left => State::Data(left),
            };
        }
        if let (State::Data(left), Some(spec)) = (self.state, self.header.spec()) {
            let now = left.map_or(bytes.len(), |left| within(left, bytes.len()));
            self.decode(spec, &bytes[..now], samples);
            self.state = match left.map(|left| left - now as u64) {
                Some(0) => State::Done,
                left => State::Data(left),
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
            State::Header => Err(InvalidWav("it ends before its samples begin")),
        }
    }

    fn decode(&mut self, spec: WavSpec, mut data: &[u8], samples: &mut Vec<f32>) {
        let size = usize::from(spec.bytes_per_sample);
        // The sample is in the low bytes, and padding after it.
        let decode = |bytes: &[u8]| spec.samples.decode(&bytes[..spec.samples.bytes()]);
        if !self.part.is_empty() {
            let taken = data.len().min(size - self.part.len());
            self.part.extend_from_slice(&data[..taken]);
            data = &data[taken..];
            if self.part.len() < size {
                return;
            }
            samples.push(decode(&self.part));
            self.part.clear();
        }
        let whole = data.chunks_exact(size);
        self.part.extend_from_slice(whole.remainder());
        samples.extend(whole.map(decode));
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
            .field("spec", &self.spec())
            .finish_non_exhaustive()
    }
}
