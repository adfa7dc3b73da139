//! RIFF/WAVE headers: written for audio whose length is known or not, and found in streamed files.
//!
//! The service streams WAV, so the two sizes in its header are the placeholder `0xFFFF_FFFF` and a
//! strict reader reports hours of audio. [`WavLayout`] finds the samples by walking the chunks (a
//! header is not always 44 bytes long) and says where the sizes stand, so that a saved file can be
//! corrected.
//!
//! All reading goes through one parser, which also reads RF64 and BW64, the forms for files of more than
//! 4 GiB. Sizes that a writer left open reach to the end of the file, as in other players.

mod decode;
mod header;
mod layout;
mod streamed;
mod write;

use std::fmt;

pub use decode::{WavDecoder, WavSamples, WavSpec};
pub use layout::{Patch, WavLayout};
pub use streamed::{Completion, StreamedFile};
pub use write::{MAX_DATA_BYTES, header, header_for_any_length, header_with_channels};

/// The placeholder for a size that is not known yet.
pub const UNKNOWN_SIZE: u32 = u32::MAX;

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const ALAW: u16 = 6;
const MULAW: u16 = 7;
const EXTENSIBLE: u16 = 0xfffe;

/// Bytes that are not a WAV file that this crate reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidWav(&'static str);

impl fmt::Display for InvalidWav {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is not a usable WAV file: {}", self.0)
    }
}

impl std::error::Error for InvalidWav {}
