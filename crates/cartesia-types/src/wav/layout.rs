//! The positions of samples and sizes in a file.

use super::header::{Header, HeaderReader};
use super::write::{Sizes, size_field};
use super::{InvalidWav, WavSamples};
use crate::format::{RawEncoding, RawFormat};

/// The layout of a WAV file: format, samples and size fields.
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
    header: Header,
}

/// Four bytes to be written at an offset of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patch {
    /// The offset, in bytes from the start of the file.
    pub offset: u64,
    /// The bytes.
    pub bytes: [u8; 4],
}

impl WavLayout {
    /// Reads the header at the start of a file. `None` means that `start` ends before the samples
    /// begin: call again with more.
    ///
    /// # Errors
    ///
    /// [`InvalidWav`] when it is not a WAV file, or not mono in a [`RawEncoding`].
    pub fn parse(start: &[u8]) -> Result<Option<Self>, InvalidWav> {
        let mut reader = HeaderReader::new();
        reader.push(start)?;
        reader.header().map(Self::of_header).transpose()
    }

    pub(super) fn of_header(header: Header) -> Result<Self, InvalidWav> {
        let spec = header.spec;
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
                    "its samples are not 16-bit PCM, 32-bit float, A-law or µ-law",
                ));
            }
        };
        if usize::from(spec.bytes_per_sample) != spec.samples.bytes() {
            return Err(InvalidWav("its samples have padding between them"));
        }
        Ok(Self {
            format: RawFormat::new(encoding, spec.sample_rate),
            header,
        })
    }

    /// Returns the format of the samples.
    pub fn format(&self) -> RawFormat {
        self.format
    }

    /// Returns the offset of the samples, in bytes from the start of the file.
    pub fn data_offset(&self) -> u64 {
        self.header.data_offset
    }

    /// Returns the number of bytes of samples as the header says; `None` in a streamed file, or one whose
    /// writer died, where they reach to its end.
    pub fn data_bytes(&self) -> Option<u64> {
        self.header.data_bytes
    }

    /// Returns the bytes to overwrite so that the header is right for `data_bytes` of samples. More than
    /// sizes of 32 bits can say stays open in a file without room for more.
    pub fn patches(&self, data_bytes: u64) -> Vec<Patch> {
        let Header {
            data_offset,
            fact_offset,
            ds64_offset,
            ..
        } = self.header;
        let sizes = Sizes::new(data_offset, Some(data_bytes));
        let samples = self.format.samples_of_bytes(data_bytes);
        let mut patches = Vec::new();
        let mut write = |offset: u64, bytes: [u8; 4]| patches.push(Patch { offset, bytes });
        if let Some(at) = ds64_offset {
            let longs = [sizes.riff.unwrap_or(u64::MAX), data_bytes, samples];
            for (at, long) in (at..).step_by(8).zip(longs) {
                let [a, b, c, d, high @ ..] = long.to_le_bytes();
                write(at, [a, b, c, d]);
                write(at + 4, high);
            }
        } else {
            write(4, sizes.riff_field().to_le_bytes());
            write(data_offset - 4, sizes.data_field().to_le_bytes());
        }
        if let Some(at) = fact_offset {
            write(at, size_field(Some(samples)).to_le_bytes());
        }
        patches
    }
}
