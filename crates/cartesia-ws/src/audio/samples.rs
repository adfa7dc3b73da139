//! The samples inside a stream of audio: without the header of a WAV file.

use bytes::Bytes;
use cartesia_types::stt::SttFormat;
use cartesia_types::wav::WavLayout;
use cartesia_types::{ErrorKind, OutputFormat};

use crate::{Error, Result};

/// The longest header; samples that begin later are not found.
const LONGEST_HEADER: usize = 1 << 20;

/// Takes the pieces of a stream, and returns the samples in them.
pub(crate) struct Samples {
    operation: &'static str,
    expected: SttFormat,
    state: State,
}

enum State {
    /// Within the header, which has not arrived whole yet.
    Header(Vec<u8>),
    /// Within the samples; so many bytes are left, if that is known.
    Data(Option<u64>),
}

impl Samples {
    /// Refuses audio that is not what the service expects.
    pub(crate) fn of(
        format: OutputFormat,
        expected: SttFormat,
        operation: &'static str,
    ) -> Result<Self> {
        let mut samples = Self {
            operation,
            expected,
            state: State::Data(None),
        };
        match format {
            OutputFormat::Raw(raw) => samples.check(raw.into())?,
            OutputFormat::Wav(_) => samples.state = State::Header(Vec::new()),
            _ => {
                let message = "only PCM samples and WAV can be sent live: decode it first";
                return Err(samples.refused(message));
            }
        }
        Ok(samples)
    }

    fn refused(&self, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidRequest, self.operation, message)
    }

    fn check(&self, found: SttFormat) -> Result<()> {
        if found == self.expected {
            return Ok(());
        }
        let message = format!(
            "the audio is {found}, but {} is expected: convert it first",
            self.expected
        );
        Err(self.refused(message))
    }

    /// The samples of the next piece.
    pub(crate) fn take(&mut self, mut piece: Bytes) -> Result<Bytes> {
        if let State::Header(start) = &mut self.state {
            start.extend_from_slice(&piece);
            let too_long = start.len() > LONGEST_HEADER;
            let layout = match WavLayout::parse(start) {
                Ok(Some(layout)) => layout,
                Ok(None) if too_long => return Err(self.refused("the WAV header has no end")),
                Ok(None) => return Ok(Bytes::new()),
                Err(error) => {
                    return Err(self.refused("the WAV file is invalid").with_source(error));
                }
            };
            let offset = usize::try_from(layout.data_offset()).unwrap_or(usize::MAX);
            piece = Bytes::from(std::mem::take(start));
            let _ = piece.split_to(offset.min(piece.len()));
            self.state = State::Data(layout.data_bytes());
            self.check(layout.format().into())?;
        }
        if let State::Data(Some(left)) = &mut self.state {
            // Behind the samples, a file may have other chunks.
            piece.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= piece.len() as u64;
        }
        Ok(piece)
    }

    /// The stream has ended.
    pub(crate) fn finish(self) -> Result<()> {
        match self.state {
            State::Header(ref start) if !start.is_empty() => {
                Err(self.refused("the WAV file ends within its header"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use cartesia_types::{AudioClip, Mp3Format, RawFormat, WavFormat};

    use super::*;

    fn samples(format: impl Into<OutputFormat>) -> Result<Samples> {
        Samples::of(format.into(), SttFormat::PCM_S16LE_16000, "stt.live")
    }

    #[test]
    fn a_wav_file_in_any_pieces_gives_its_samples() {
        let data: Vec<u8> = (0..=255).collect();
        let clip = AudioClip::new(RawFormat::PCM_S16LE_16000, data.clone());
        let mut file = clip.to_wav().unwrap();
        file.extend(b"LIST\x04\0\0\0abcd");
        for size in 1..file.len() {
            let mut samples = samples(WavFormat::from(RawFormat::PCM_S16LE_16000)).unwrap();
            let mut found = Vec::new();
            for piece in file.chunks(size) {
                found.extend(samples.take(Bytes::copy_from_slice(piece)).unwrap());
            }
            samples.finish().unwrap();
            assert_eq!(found, data, "{size}");
        }
    }

    #[test]
    fn audio_of_another_format_is_refused() {
        let refused = |outcome: Result<Samples>| outcome.err().unwrap().to_string();
        assert!(refused(samples(RawFormat::PCM_F32LE_16000)).contains("pcm_f32le at 16000 Hz"));
        assert!(refused(samples(Mp3Format::default())).contains("decode it"));
        let wav = AudioClip::new(RawFormat::PCM_S16LE_8000, vec![0; 8])
            .to_wav()
            .unwrap();
        let mut other = samples(WavFormat::from(RawFormat::PCM_S16LE_8000)).unwrap();
        let error = other.take(wav.into()).unwrap_err().to_string();
        assert!(error.contains("8000 Hz"), "{error}");
        let mut cut = samples(WavFormat::from(RawFormat::PCM_S16LE_8000)).unwrap();
        assert!(cut.take(Bytes::from_static(b"RIFF")).unwrap().is_empty());
        assert!(cut.finish().is_err());
        let mut odd = samples(WavFormat::from(RawFormat::PCM_S16LE_8000)).unwrap();
        assert!(odd.take(Bytes::from_static(&[7; 100])).is_err());
    }
}
