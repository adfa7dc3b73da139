//! From samples to the bytes of the requested format.

use std::fmt;

use cartesia_types::{RawEncoding, RawFormat, pcm, wav};
use rusty_mp3::encode::Mp3Encode;
use rusty_mp3::header::FrameHeader;

/// The output format of the audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Raw(RawFormat),
    Wav(RawFormat),
    /// Rates in hertz and bits per second.
    Mp3 {
        sample_rate: u32,
        bit_rate: u32,
    },
}

impl Format {
    pub(crate) fn sample_rate(self) -> u32 {
        match self {
            Self::Raw(format) | Self::Wav(format) => format.sample_rate,
            Self::Mp3 { sample_rate, .. } => sample_rate,
        }
    }

    /// Returns the extension for a file name.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Raw(_) => "pcm",
            Self::Wav(_) => "wav",
            Self::Mp3 { .. } => "mp3",
        }
    }

    /// Returns the content type, as the public service names it.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Raw(_) => "audio/pcm",
            Self::Wav(_) => "audio/wav",
            Self::Mp3 { .. } => "audio/mpeg",
        }
    }
}

/// Encodes a stream of samples.
#[derive(Debug)]
pub(crate) enum Encoder {
    Raw(RawEncoding),
    /// The header goes before the first samples.
    Wav {
        format: RawFormat,
        started: bool,
    },
    Mp3(Box<Mp3>),
}

impl Encoder {
    /// `None` when there is no MP3 of this sample rate; the rates of the service all exist.
    pub(crate) fn new(format: Format) -> Option<Self> {
        Some(match format {
            Format::Raw(format) => Self::Raw(format.encoding),
            Format::Wav(format) => Self::Wav {
                format,
                started: false,
            },
            Format::Mp3 {
                sample_rate,
                bit_rate,
            } => Self::Mp3(Box::new(Mp3::new(sample_rate, bit_rate)?)),
        })
    }

    /// Appends the encoded bytes of the stream so far.
    pub(crate) fn encode(&mut self, samples: &[f32], out: &mut Vec<u8>) {
        match self {
            Self::Raw(encoding) => pcm::encode_f32(*encoding, samples, out),
            Self::Wav { format, started } => {
                if !std::mem::replace(started, true) {
                    out.extend(wav::header(*format, None));
                }
                pcm::encode_f32(format.encoding, samples, out);
            }
            Self::Mp3(mp3) => mp3.encode(samples, out),
        }
    }

    /// Appends the rest. Nothing is to follow.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Raw(_) => {}
            // A file without samples still has a header.
            Self::Wav { .. } => self.encode(&[], out),
            Self::Mp3(mp3) => mp3.finish(out),
        }
    }
}

/// MP3 with a constant bit rate, a frame at a time.
///
/// The encoder's own streaming type keeps all frames until the end to balance bits between them;
/// here every frame stands for itself, so that audio leaves while the rest is still to be made.
pub(crate) struct Mp3 {
    encoder: Mp3Encode,
    header: FrameHeader,
    samples: Vec<f32>,
    /// Bytes owed to the bit rate, in units of 1/`sample_rate`: frames have whole bytes.
    owed: u64,
}

impl Mp3 {
    /// Samples that a decoder is behind when the last one was encoded.
    const DELAY: usize = 1_105;

    fn new(sample_rate: u32, bit_rate: u32) -> Option<Self> {
        // MPEG-2, which has the rates below 32 kHz, ends at 160 kbit/s: more becomes that.
        let header = rusty_mp3::encoder_header(sample_rate, 1, bit_rate / 1_000).ok()?;
        Some(Self {
            encoder: Mp3Encode::new(),
            header,
            samples: Vec::new(),
            owed: 0,
        })
    }

    fn encode(&mut self, samples: &[f32], out: &mut Vec<u8>) {
        let size = self.header.version.samples_per_frame();
        self.samples.extend_from_slice(samples);
        let mut done = 0;
        while let Some(frame) = self.samples.get(done..done + size) {
            let rate = u64::from(self.header.sample_rate);
            self.owed += size as u64 / 8 * u64::from(self.header.bitrate_kbps) * 1_000 % rate;
            self.header.padding = self.owed >= rate;
            if self.header.padding {
                self.owed -= rate;
            }
            // Documented never to fail; a frame less would still be valid MP3.
            if let Ok(bytes) = self.encoder.encode_frame(&self.header, &[frame], None) {
                out.extend(bytes);
            }
            done += size;
        }
        self.samples.drain(..done);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let size = self.header.version.samples_per_frame();
        let whole = (self.samples.len() + Self::DELAY).next_multiple_of(size);
        self.encode(&vec![0.0; whole - self.samples.len()], out);
    }
}

impl fmt::Debug for Mp3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mp3")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}
