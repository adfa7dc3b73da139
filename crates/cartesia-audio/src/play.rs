//! Whole pieces of audio: clips in memory, and WAV files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use cartesia_types::wav::{InvalidWav, WavDecoder, WavSpec};
use cartesia_types::{AudioClip, ErrorKind, OutputFormat, RawEncoding};

use crate::{Error, Player, Result, SourceFormat, Utterance};

const PLAY: &str = "player.play";

/// Bytes of a file that are read at a time.
const PIECE: usize = 64 * 1024;

impl Player {
    /// Plays a whole clip: raw PCM, or a WAV file of any kind. The utterance that comes back is
    /// finished; wait for its end with [`Utterance::drained`].
    ///
    /// While the player's queue is full this waits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for MP3, [`ErrorKind::Decode`] for a WAV file that cannot be read,
    /// and those of [`Player::utterance`] and [`Utterance::write`].
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it is ready, nothing is played.
    pub async fn play_clip(&self, clip: &AudioClip) -> Result<Utterance> {
        let (format, data) = pcm(clip)?;
        let utterance = self.utterance(format)?;
        utterance.write(&data).await?;
        utterance.finish();
        Ok(utterance)
    }

    /// [`play_clip`](Self::play_clip) for a thread: blocks it while the queue is full.
    ///
    /// # Errors
    ///
    /// Those of [`play_clip`](Self::play_clip).
    pub fn play_clip_blocking(&self, clip: &AudioClip) -> Result<Utterance> {
        let (format, data) = pcm(clip)?;
        let utterance = self.utterance(format)?;
        utterance.write_blocking(&data)?;
        utterance.finish();
        Ok(utterance)
    }

    /// Plays a WAV file of any kind while it is read: PCM of 8 to 32 bits, floats, A-law and µ-law, in
    /// up to 32 channels, also one whose header leaves its length open. It returns when all of it is
    /// queued; wait for its end with [`Utterance::drained_blocking`].
    ///
    /// It reads files and waits for room in the queue, so in a program with tasks it belongs on a
    /// thread for blocking work.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when the file cannot be read, [`ErrorKind::Decode`] when it is no such WAV
    /// file, and those of [`Player::utterance`] and [`Utterance::write`]. What was queued before an
    /// error plays.
    pub fn play_wav_file_blocking(&self, path: impl AsRef<Path>) -> Result<Utterance> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| {
            let message = format!("{} cannot be opened", path.display());
            Error::new(ErrorKind::Io, PLAY, message).with_source(error)
        })?;
        self.play_wav_blocking(file)
    }

    /// [`play_wav_file_blocking`](Self::play_wav_file_blocking) from anything that can be read: a
    /// pipe, a response, memory.
    ///
    /// # Errors
    ///
    /// Those of [`play_wav_file_blocking`](Self::play_wav_file_blocking).
    pub fn play_wav_blocking(&self, mut reader: impl Read) -> Result<Utterance> {
        let (mut decoder, mut utterance) = (WavDecoder::new(), None);
        let (mut samples, mut bytes) = (Vec::new(), Vec::new());
        let mut piece = vec![0; PIECE];
        loop {
            let count = match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let message = "the audio cannot be read";
                    return Err(Error::new(ErrorKind::Io, PLAY, message).with_source(error));
                }
            };
            let read = piece.get(..count).unwrap_or_default();
            decoder.push(read, &mut samples).map_err(not_wav)?;
            if let Some(spec) = decoder.spec() {
                let utterance = match &utterance {
                    Some(utterance) => utterance,
                    None => utterance.insert(self.utterance(format_of(spec))?),
                };
                to_bytes(&samples, &mut bytes);
                utterance.write_blocking(&bytes)?;
                samples.clear();
            }
        }
        decoder.finish().map_err(not_wav)?;
        let utterance = utterance
            .ok_or_else(|| Error::new(ErrorKind::Decode, PLAY, "the WAV file has no format"))?;
        utterance.finish();
        Ok(utterance)
    }
}

/// Format and samples of a clip.
fn pcm(clip: &AudioClip) -> Result<(SourceFormat, bytes::Bytes)> {
    match clip.format() {
        OutputFormat::Raw(format) => Ok((format.into(), clip.data().clone())),
        OutputFormat::Wav(_) => {
            let (mut decoder, mut samples) = (WavDecoder::new(), Vec::new());
            decoder.push(clip.data(), &mut samples).map_err(not_wav)?;
            decoder.finish().map_err(not_wav)?;
            let spec = decoder
                .spec()
                .ok_or_else(|| Error::new(ErrorKind::Decode, PLAY, "the WAV file has no format"))?;
            let mut bytes = Vec::with_capacity(samples.len() * 4);
            to_bytes(&samples, &mut bytes);
            Ok((format_of(spec), bytes.into()))
        }
        _ => Err(Error::new(
            ErrorKind::Unsupported,
            PLAY,
            "MP3 is not decoded here: ask the service for raw PCM or WAV",
        )),
    }
}

fn format_of(spec: WavSpec) -> SourceFormat {
    SourceFormat::new(RawEncoding::PcmF32Le, spec.sample_rate, spec.channels)
}

fn to_bytes(samples: &[f32], bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
}

fn not_wav(error: InvalidWav) -> Error {
    Error::new(ErrorKind::Decode, PLAY, "the audio is not playable").with_source(error)
}
