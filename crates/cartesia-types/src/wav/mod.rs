//! RIFF/WAVE headers: written for audio whose length is known or not, and found in streamed files.
//!
//! The service streams WAV, so the two sizes in its header are the placeholder `0xFFFF_FFFF` and a
//! strict reader reports hours of audio. [`WavLayout`] finds the samples by walking the chunks (a
//! header is not always 44 bytes long) and says where the sizes stand, so that a saved file can be
//! corrected.

mod decode;
mod streamed;

use std::fmt;

pub use decode::{WavDecoder, WavSamples, WavSpec};
pub use streamed::{Completion, StreamedFile};

use crate::format::{RawEncoding, RawFormat};

/// What stands for a size that is not known yet.
pub const UNKNOWN_SIZE: u32 = u32::MAX;

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const ALAW: u16 = 6;
const MULAW: u16 = 7;
const EXTENSIBLE: u16 = 0xfffe;

/// Bytes of a format chunk that are read; the longest form has no more.
const FORMAT_FIELDS: usize = 40;

/// The header of a WAV file with `data_bytes` bytes of samples; `None` when that is not known yet.
///
/// Linear 16-bit audio gets the classic 44 bytes. The other encodings get the longer form with a
/// `fact` chunk, which the format asks of everything that is not linear. A length that does not fit
/// into 32 bits is written as unknown.
pub fn header(format: RawFormat, data_bytes: Option<u64>) -> Vec<u8> {
    header_with_channels(format, 1, data_bytes)
}

/// [`header`] of a file with `channels` interleaved samples per frame. Its length does not depend on
/// `data_bytes`, so that the sizes can be filled in by writing it again. A rate of bytes that does not
/// fit into 32 bits is written as the largest that does, and a frame in the same way.
pub fn header_with_channels(format: RawFormat, channels: u16, data_bytes: Option<u64>) -> Vec<u8> {
    let (tag, sample_bytes) = match format.encoding {
        RawEncoding::PcmS16Le => (PCM, 2_u16),
        RawEncoding::PcmF32Le => (FLOAT, 4),
        RawEncoding::PcmAlaw => (ALAW, 1),
        RawEncoding::PcmMulaw => (MULAW, 1),
    };
    let byte_rate = format.bytes_per_second().saturating_mul(channels.into());
    let byte_rate = u32::try_from(byte_rate).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(58);
    out.extend(b"RIFF\0\0\0\0WAVEfmt ");
    out.extend(if tag == PCM { 16_u32 } else { 18 }.to_le_bytes());
    out.extend(tag.to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(format.sample_rate.to_le_bytes());
    out.extend(byte_rate.to_le_bytes());
    out.extend(sample_bytes.saturating_mul(channels).to_le_bytes());
    out.extend((sample_bytes * 8).to_le_bytes());
    if tag != PCM {
        out.extend(0_u16.to_le_bytes());
        out.extend(b"fact");
        out.extend(4_u32.to_le_bytes());
        let frames =
            data_bytes.map(|bytes| format.samples_of_bytes(bytes) / u64::from(channels.max(1)));
        out.extend(size_field(frames).to_le_bytes());
    }
    out.extend(b"data\0\0\0\0");
    let sizes = Sizes::new(out.len() as u64, data_bytes);
    let end = out.len();
    out[4..8].copy_from_slice(&sizes.riff.to_le_bytes());
    out[end - 4..].copy_from_slice(&sizes.data.to_le_bytes());
    out
}

fn size_field(size: Option<u64>) -> u32 {
    size.and_then(|size| u32::try_from(size).ok())
        .unwrap_or(UNKNOWN_SIZE)
}

/// The two size fields of a file.
struct Sizes {
    riff: u32,
    data: u32,
}

impl Sizes {
    fn new(data_offset: u64, data_bytes: Option<u64>) -> Self {
        // The RIFF size counts everything after its own field; chunks are padded to even lengths.
        let riff = data_bytes.map(|bytes| data_offset - 8 + bytes + bytes % 2);
        Self {
            riff: size_field(riff),
            data: size_field(data_bytes),
        }
    }
}

/// Where things stand in a WAV file.
///
/// ```
/// use cartesia_types::{RawFormat, wav::{self, WavLayout}};
///
/// let mut file = wav::header(RawFormat::PCM_S16LE_16000, None);
/// let layout = WavLayout::parse(&file)?.expect("the header is whole");
/// assert_eq!(layout.format(), RawFormat::PCM_S16LE_16000);
/// assert_eq!(layout.data_offset(), 44);
///
/// file.extend([0; 320]);
/// for patch in layout.patches(320) {
///     let start = patch.offset as usize;
///     file[start..start + 4].copy_from_slice(&patch.bytes);
/// }
/// assert_eq!(file[40..44], 320_u32.to_le_bytes());
/// # Ok::<(), cartesia_types::wav::InvalidWav>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WavLayout {
    format: RawFormat,
    data_offset: u64,
    data_bytes: Option<u64>,
    fact_offset: Option<u64>,
}

/// Four bytes to be written at an offset of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patch {
    /// Where, in bytes from the start of the file.
    pub offset: u64,
    /// What.
    pub bytes: [u8; 4],
}

impl WavLayout {
    /// Reads the header at the start of a file. `None` means that `start` ends before the samples
    /// begin: call again with more.
    ///
    /// # Errors
    ///
    /// [`InvalidWav`] when it is no WAV file, or one whose samples are none of [`RawEncoding`] in
    /// mono.
    pub fn parse(start: &[u8]) -> Result<Option<Self>, InvalidWav> {
        let known = start.len().min(4);
        if start[..known] != b"RIFF"[..known] {
            return Err(InvalidWav("it does not start with RIFF"));
        }
        if start.len() < 12 {
            return Ok(None);
        }
        if start[8..12] != *b"WAVE" {
            return Err(InvalidWav("the RIFF file is not a WAVE file"));
        }
        let (mut format, mut fact_offset, mut offset) = (None, None, 12_usize);
        loop {
            let Some((id, size)) = chunk_head(start, offset) else {
                return Ok(None);
            };
            let body = offset + 8;
            match &id {
                b"data" => {
                    return Ok(Some(Self {
                        format: format.ok_or(InvalidWav("the samples come before their format"))?,
                        data_offset: body as u64,
                        data_bytes: (size != UNKNOWN_SIZE).then_some(u64::from(size)),
                        fact_offset,
                    }));
                }
                b"fmt " => {
                    let Some(fields) = start.get(body..body + (size as usize).min(FORMAT_FIELDS))
                    else {
                        return Ok(None);
                    };
                    format = Some(read_format(fields)?);
                }
                b"fact" => fact_offset = Some(body as u64),
                _ => {}
            }
            // A chunk before the samples cannot be of unknown size; a broken one must not overflow.
            offset = body
                .checked_add(size as usize + (size % 2) as usize)
                .filter(|_| size != UNKNOWN_SIZE)
                .ok_or(InvalidWav("a chunk before the samples has no length"))?;
        }
    }

    /// The format of the samples.
    pub fn format(&self) -> RawFormat {
        self.format
    }

    /// Where the samples start, in bytes from the start of the file.
    pub fn data_offset(&self) -> u64 {
        self.data_offset
    }

    /// Bytes of samples as the header says; `None` in a streamed file, where they reach to its end.
    pub fn data_bytes(&self) -> Option<u64> {
        self.data_bytes
    }

    /// What to write where, so that the header of a file that ends after `data_bytes` of samples
    /// tells the truth.
    pub fn patches(&self, data_bytes: u64) -> Vec<Patch> {
        let sizes = Sizes::new(self.data_offset, Some(data_bytes));
        let mut patches = vec![
            Patch {
                offset: 4,
                bytes: sizes.riff.to_le_bytes(),
            },
            Patch {
                offset: self.data_offset - 4,
                bytes: sizes.data.to_le_bytes(),
            },
        ];
        let samples = size_field(Some(self.format.samples_of_bytes(data_bytes)));
        patches.extend(self.fact_offset.map(|offset| Patch {
            offset,
            bytes: samples.to_le_bytes(),
        }));
        patches
    }
}

fn chunk_head(start: &[u8], offset: usize) -> Option<([u8; 4], u32)> {
    let head = start.get(offset..)?.first_chunk::<8>()?;
    let [a, b, c, d, size @ ..] = *head;
    Some(([a, b, c, d], u32::from_le_bytes(size)))
}

fn read_format(fields: &[u8]) -> Result<RawFormat, InvalidWav> {
    let spec = WavSpec::read(fields)?;
    if spec.channels != 1 {
        return Err(InvalidWav("it is not mono"));
    }
    let encoding = match spec.samples {
        WavSamples::S16 => RawEncoding::PcmS16Le,
        WavSamples::F32 => RawEncoding::PcmF32Le,
        WavSamples::Alaw => RawEncoding::PcmAlaw,
        WavSamples::Mulaw => RawEncoding::PcmMulaw,
        _ => {
            return Err(InvalidWav(
                "its samples are none of 16-bit PCM, 32-bit float, A-law, µ-law",
            ));
        }
    };
    Ok(RawFormat::new(encoding, spec.sample_rate))
}

/// Bytes that are not a WAV file that this crate reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidWav(&'static str);

impl fmt::Display for InvalidWav {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is not a usable WAV file: {}", self.0)
    }
}

impl std::error::Error for InvalidWav {}
