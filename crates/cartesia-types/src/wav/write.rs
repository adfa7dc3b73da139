//! Headers that are written.

use super::{ALAW, FLOAT, MULAW, PCM, UNKNOWN_SIZE};
use crate::format::{RawEncoding, RawFormat};

/// Bytes of samples that a header with sizes of 32 bits can announce; some are left for the header.
pub const MAX_DATA_BYTES: u64 = UNKNOWN_SIZE as u64 - 1_024;

/// Bytes of the chunk that holds the sizes of 64 bits, without its head.
const DS64_BYTES: u32 = 28;

/// Returns the header of a WAV file with `data_bytes` bytes of samples; `None` when that is not known yet.
///
/// Linear 16-bit audio gets the classic 44 bytes. The other encodings get the longer form with a
/// `fact` chunk, which the format requires of everything that is not linear. More than
/// [`MAX_DATA_BYTES`] is written as unknown: readers then read to the end of the file. See
/// [`header_for_any_length`] for the form that says more.
pub fn header(format: RawFormat, data_bytes: Option<u64>) -> Vec<u8> {
    header_with_channels(format, 1, data_bytes)
}

/// Returns the [`header`] of a file with `channels` interleaved samples per frame. Its length does not depend on
/// `data_bytes`, so that the sizes can be filled in by writing it again. A rate of bytes that does not
/// fit into 32 bits is written as the largest that does, and a frame in the same way.
pub fn header_with_channels(format: RawFormat, channels: u16, data_bytes: Option<u64>) -> Vec<u8> {
    build(format, channels, data_bytes, false)
}

/// Returns a [`header_with_channels`] with room for sizes of 64 bits; it is 36 bytes longer.
///
/// Up to [`MAX_DATA_BYTES`] it is a WAV file with a `JUNK` chunk, which readers skip; beyond, the same
/// bytes make it an RF64 file (EBU Tech 3306). Its length does not depend on `data_bytes` either.
pub fn header_for_any_length(format: RawFormat, channels: u16, data_bytes: Option<u64>) -> Vec<u8> {
    build(format, channels, data_bytes, true)
}

fn build(format: RawFormat, channels: u16, data_bytes: Option<u64>, with_room: bool) -> Vec<u8> {
    let (tag, sample_bytes) = match format.encoding {
        RawEncoding::PcmS16Le => (PCM, 2_u16),
        RawEncoding::PcmF32Le => (FLOAT, 4),
        RawEncoding::PcmAlaw => (ALAW, 1),
        RawEncoding::PcmMulaw => (MULAW, 1),
    };
    let byte_rate = format.bytes_per_second().saturating_mul(channels.into());
    let byte_rate = u32::try_from(byte_rate).unwrap_or(u32::MAX);
    let frames =
        data_bytes.map(|bytes| format.samples_of_bytes(bytes) / u64::from(channels.max(1)));
    let is_long = with_room && data_bytes.is_some_and(|bytes| bytes > MAX_DATA_BYTES);

    let mut out = Vec::with_capacity(94);
    out.extend(if is_long { b"RF64" } else { b"RIFF" });
    out.extend(b"\0\0\0\0WAVE");
    if with_room {
        out.extend(if is_long { b"ds64" } else { b"JUNK" });
        out.extend(DS64_BYTES.to_le_bytes());
        out.extend([0; DS64_BYTES as usize]);
    }
    out.extend(b"fmt ");
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
        out.extend(size_field(frames).to_le_bytes());
    }
    out.extend(b"data\0\0\0\0");
    let sizes = Sizes::new(out.len() as u64, data_bytes);
    let end = out.len();
    out[4..8].copy_from_slice(&sizes.riff_field().to_le_bytes());
    out[end - 4..].copy_from_slice(&sizes.data_field().to_le_bytes());
    if let (true, Some(riff), Some(data)) = (is_long, sizes.riff, sizes.data) {
        out[20..28].copy_from_slice(&riff.to_le_bytes());
        out[28..36].copy_from_slice(&data.to_le_bytes());
        out[36..44].copy_from_slice(&frames.unwrap_or(0).to_le_bytes());
    }
    out
}

pub(super) fn size_field(size: Option<u64>) -> u32 {
    size.and_then(|size| u32::try_from(size).ok())
        .unwrap_or(UNKNOWN_SIZE)
}

/// The sizes of a file.
pub(super) struct Sizes {
    pub(super) riff: Option<u64>,
    pub(super) data: Option<u64>,
}

impl Sizes {
    pub(super) fn new(data_offset: u64, data_bytes: Option<u64>) -> Self {
        // The RIFF size counts everything after its own field; chunks are padded to even lengths.
        let riff = data_bytes.and_then(|bytes| bytes.checked_add(data_offset - 8 + bytes % 2));
        Self {
            riff,
            data: data_bytes,
        }
    }

    /// Both fields are open together: one that fits beside one that does not would be a lie.
    fn fits(&self) -> bool {
        self.data.is_some_and(|bytes| bytes <= MAX_DATA_BYTES)
    }

    pub(super) fn riff_field(&self) -> u32 {
        size_field(self.riff.filter(|_| self.fits()))
    }

    pub(super) fn data_field(&self) -> u32 {
        size_field(self.data.filter(|_| self.fits()))
    }
}
