//! Playback of whole pieces of audio from the network, memory or files.

use std::error::Error as StdError;
use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read};
use std::path::Path;
use std::pin::pin;

use bytes::Bytes;
use cartesia_types::wav::{InvalidWav, WavDecoder, WavSpec};
use cartesia_types::{AudioClip, AudioStream, ErrorKind, OutputFormat, RawEncoding};
use futures_core::Stream;

use crate::{Error, Player, Result, SourceFormat, Utterance};

const PLAY: &str = "player.play";

/// Bytes of a file that are read at a time.
const PIECE: usize = 64 * 1024;

impl Player {
    /// Plays audio from any source as it arrives: a response body, server-sent events, a WebSocket context
    /// or a clip; raw PCM, or WAV of any kind. Pass `&mut` to keep the source.
    ///
    /// Returns as soon as all of it has arrived and is queued. The utterance is finished then; wait for its
    /// end with [`Utterance::drained`]. Concurrent calls play one after the other.
    ///
    /// ```
    /// use cartesia_audio::{OfflineOptions, Player};
    /// use cartesia_types::{AudioClip, RawFormat};
    ///
    /// # async fn run() -> Result<(), cartesia_audio::Error> {
    /// let (player, mut output) = Player::offline(OfflineOptions::new(48_000))?;
    /// let clip = AudioClip::new(RawFormat::PCM_S16LE_24000, vec![0; 48_000]);
    /// let utterance = player.play(clip).await?;
    /// output.run_until_idle();
    /// assert_eq!(utterance.drained().await.heard.as_secs(), 1);
    /// # Ok(())
    /// # }
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(run()).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the source; [`ErrorKind::Unsupported`] for MP3, before anything is read;
    /// [`ErrorKind::Decode`] for a WAV file that cannot be read; and those of [`Player::utterance`] and
    /// [`Utterance::write`]. Audio that arrived before an error is played.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the utterance: queued audio is played. [`Player::interrupt`] stops it.
    pub async fn play(&self, audio: impl AudioStream) -> Result<Utterance> {
        let mut audio = pin!(audio);
        let mut playback = Playback::new(self, audio.format())?;
        while let Some(piece) = poll_fn(|cx| audio.as_mut().poll_audio(cx)).await {
            if let Some((utterance, samples)) = playback.accept(&piece?)? {
                utterance.write(samples).await?;
            }
        }
        playback.finish()
    }

    /// Plays any stream of bytes as [`play`](Self::play) does: headerless PCM of this format, in up to 32
    /// channels.
    ///
    /// # Errors
    ///
    /// The stream's own error, if it is an [`Error`](crate::Error) of this SDK, else [`ErrorKind::Io`] with
    /// the stream's error as the source; and those of [`play`](Self::play).
    ///
    /// # Cancel safety
    ///
    /// As [`play`](Self::play).
    pub async fn play_stream<S, B, E>(
        &self,
        stream: S,
        format: impl Into<SourceFormat>,
    ) -> Result<Utterance>
    where
        S: Stream<Item = std::result::Result<B, E>>,
        B: AsRef<[u8]>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let utterance = self.utterance(format)?;
        let mut stream = pin!(stream);
        while let Some(piece) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            let piece = piece.map_err(|error| source_failed(error.into()))?;
            utterance.write(piece.as_ref()).await?;
        }
        utterance.finish();
        Ok(utterance)
    }

    /// Plays a clip as [`play`](Self::play) does, and blocks the thread while the queue is full.
    ///
    /// # Errors
    ///
    /// Those of [`play`](Self::play).
    pub fn play_clip_blocking(&self, clip: &AudioClip) -> Result<Utterance> {
        let mut playback = Playback::new(self, clip.format())?;
        if let Some((utterance, samples)) = playback.accept(clip.data())? {
            utterance.write_blocking(samples)?;
        }
        playback.finish()
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
    /// [`ErrorKind::Io`] when the file cannot be read, [`ErrorKind::Decode`] when it is not such a WAV file,
    /// and those of [`Player::utterance`] and [`Utterance::write`]. Audio that was queued before an error is
    /// played.
    pub fn play_wav_file_blocking(&self, path: impl AsRef<Path>) -> Result<Utterance> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| {
            let message = format!("{} cannot be opened", path.display());
            Error::new(ErrorKind::Io, PLAY, message).with_source(error)
        })?;
        self.play_wav_blocking(file)
    }

    /// Plays WAV as [`play_wav_file_blocking`](Self::play_wav_file_blocking) does, from any reader: a pipe, a
    /// response, memory.
    ///
    /// # Errors
    ///
    /// Those of [`play_wav_file_blocking`](Self::play_wav_file_blocking).
    pub fn play_wav_blocking(&self, mut reader: impl Read) -> Result<Utterance> {
        let mut playback = Playback::wav(self);
        let mut piece = vec![0; PIECE];
        loop {
            let count = match reader.read(&mut piece) {
                Ok(0) => return playback.finish(),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let message = "the audio cannot be read";
                    return Err(Error::new(ErrorKind::Io, PLAY, message).with_source(error));
                }
            };
            let read = Bytes::copy_from_slice(piece.get(..count).unwrap_or_default());
            if let Some((utterance, samples)) = playback.accept(&read)? {
                utterance.write_blocking(samples)?;
            }
        }
    }
}

/// Conversion of one source's audio, with or without a header, for an utterance.
enum Playback<'p> {
    Raw {
        utterance: Utterance,
        piece: Bytes,
    },
    Wav {
        player: &'p Player,
        /// Large, for the header that is being read.
        decoder: Box<WavDecoder>,
        /// Begun when the header is complete.
        utterance: Option<Utterance>,
        samples: Vec<f32>,
        bytes: Vec<u8>,
    },
}

impl<'p> Playback<'p> {
    fn new(player: &'p Player, format: OutputFormat) -> Result<Self> {
        match format {
            OutputFormat::Raw(format) => Ok(Self::Raw {
                utterance: player.utterance(format)?,
                piece: Bytes::new(),
            }),
            OutputFormat::Wav(_) => Ok(Self::wav(player)),
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                PLAY,
                "the player cannot decode MP3; request raw PCM or WAV",
            )),
        }
    }

    fn wav(player: &'p Player) -> Self {
        Self::Wav {
            player,
            decoder: Box::new(WavDecoder::new()),
            utterance: None,
            samples: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// What to write to which utterance; `None` while the header is incomplete.
    fn accept(&mut self, read: &Bytes) -> Result<Option<(&Utterance, &[u8])>> {
        match self {
            Self::Raw { utterance, piece } => {
                *piece = read.clone();
                Ok(Some((utterance, piece)))
            }
            Self::Wav {
                player,
                decoder,
                utterance,
                samples,
                bytes,
            } => {
                samples.clear();
                decoder.push(read, samples).map_err(not_wav)?;
                let Some(spec) = decoder.spec() else {
                    return Ok(None);
                };
                let utterance = match utterance {
                    Some(utterance) => utterance,
                    none => none.insert(player.utterance(format_of(spec))?),
                };
                bytes.clear();
                bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
                Ok(Some((utterance, bytes)))
            }
        }
    }

    fn finish(self) -> Result<Utterance> {
        let utterance = match self {
            Self::Raw { utterance, .. } => utterance,
            Self::Wav {
                decoder, utterance, ..
            } => {
                decoder.finish().map_err(not_wav)?;
                utterance.ok_or_else(|| {
                    Error::new(ErrorKind::Decode, PLAY, "the WAV file has no format chunk")
                })?
            }
        };
        utterance.finish();
        Ok(utterance)
    }
}

fn format_of(spec: WavSpec) -> SourceFormat {
    SourceFormat::new(RawEncoding::PcmF32Le, spec.sample_rate, spec.channels)
}

fn not_wav(error: InvalidWav) -> Error {
    Error::new(ErrorKind::Decode, PLAY, "the audio is not playable").with_source(error)
}

/// Errors of this family stay what they are.
fn source_failed(error: Box<dyn StdError + Send + Sync>) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(other) => {
            let message = "the source of the audio failed";
            Error::new(ErrorKind::Io, PLAY, message).with_source(other)
        }
    }
}
