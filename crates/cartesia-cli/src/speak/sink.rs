//! The target of the audio as it arrives: a file, a pipe or stdout.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cartesia::wav::{self, StreamedFile};
use cartesia::{OutputFormat, RawFormat};
use cartesia_types::fs::AudioFile;

use super::pipe::Pipe;
use crate::args::Transport;
use crate::failure::Failure;
use crate::{file_names, print, signals};

/// Bytes of the header of a WAV file.
const HEADER: u64 = 44;

/// Writes audio as it arrives. A file appears under its name once it is complete; until then, and after
/// a failure, the audio is in a partial file beside it.
pub(crate) struct Sink {
    place: Place,
    /// Bytes before the first sample, as the service sends them.
    header: u64,
    received: u64,
    first_audio: Option<Instant>,
}

enum Place {
    /// Not written: the audio is played, and only counted here.
    Nowhere(StreamedFile),
    /// Stdout, a FIFO or a device: what reads it may be slow.
    Pipe {
        pipe: Pipe,
        streamed: StreamedFile,
        /// For errors; `None` is stdout.
        path: Option<PathBuf>,
    },
    File(AudioFile),
}

impl Sink {
    /// Opens the place. Events, of a WebSocket too, carry raw samples, so a WAV header is put before
    /// them; a stream of bytes brings its own. Opening a FIFO waits for its reader.
    pub(crate) async fn open(
        output: &Path,
        transport: Transport,
        format: OutputFormat,
    ) -> Result<Self, Failure> {
        let samples = match (transport, format) {
            (Transport::Ws | Transport::Sse, OutputFormat::Wav(wav)) => Some(wav.raw()),
            _ => None,
        };
        let place = if file_names::is_stdout(output) {
            let header = samples.map(|samples| wav::header(samples, None));
            let mut streamed = StreamedFile::new(format);
            let mut pipe = Pipe::new(print::stdout());
            if let Some(header) = header {
                streamed.push(&header);
                let written = pipe.write(&header).await;
                written.map_err(|error| Failure::stdout(&error))?;
            }
            Place::Pipe {
                pipe,
                streamed,
                path: None,
            }
        } else {
            let file = tokio::select! {
                file = create(output.to_owned(), samples, format) => file?,
                signal = signals::stop() => return Err(Failure::stopped(signal)),
            };
            of_file(file, samples, format)
        };
        let brings_header = samples.is_none() && matches!(format, OutputFormat::Wav(_));
        Ok(Self {
            place,
            header: if brings_header { HEADER } else { 0 },
            received: 0,
            first_audio: None,
        })
    }

    /// Writes nothing, and counts the audio. With a `header`, it begins with that of a WAV file.
    pub(crate) fn nowhere(format: OutputFormat, header: bool) -> Self {
        Self {
            place: Place::Nowhere(StreamedFile::new(format)),
            header: if header { HEADER } else { 0 },
            received: 0,
            first_audio: None,
        }
    }

    /// Bytes that arrived; a header of ours does not count.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Whether more than a header arrived.
    pub(crate) fn has_audio(&self) -> bool {
        self.received > self.header
    }

    /// When the first bytes arrived.
    pub(crate) fn first_audio(&self) -> Option<Instant> {
        self.first_audio
    }

    /// Takes a piece. It waits while the reader of a pipe is far behind.
    pub(crate) async fn write(&mut self, audio: &[u8]) -> Result<(), Failure> {
        self.first_audio.get_or_insert_with(Instant::now);
        self.received += audio.len() as u64;
        match &mut self.place {
            Place::Nowhere(streamed) => {
                streamed.push(audio);
                Ok(())
            }
            Place::Pipe {
                pipe,
                streamed,
                path,
            } => {
                streamed.push(audio);
                let written = pipe.write(audio).await;
                written.map_err(|error| pipe_failure(path.as_deref(), &error))
            }
            Place::File(file) => {
                let written = file.write(audio);
                written.map_err(|error| Failure::file("written", file.path(), &error))
            }
        }
    }

    /// Waits until the reader of a pipe has taken everything, however long it listens.
    pub(crate) async fn drain(&mut self) -> Result<(), Failure> {
        match &mut self.place {
            Place::Pipe { pipe, path, .. } => {
                let drained = pipe.drain().await;
                drained.map_err(|error| pipe_failure(path.as_deref(), &error))
            }
            Place::Nowhere(_) | Place::File(_) => Ok(()),
        }
    }

    /// Completes the file, which then appears under its name, and returns its playing time.
    pub(crate) async fn finish(mut self) -> Result<Duration, Failure> {
        self.drain().await?;
        match self.place {
            Place::Nowhere(streamed) | Place::Pipe { streamed, .. } => {
                Ok(streamed.finish().duration)
            }
            Place::File(file) => match file.finish() {
                Ok(saved) => Ok(saved.duration),
                Err(error) => Err(Failure::io(&error)),
            },
        }
    }

    /// Gives up: a file that was there stays as it was. Returns the file in which the audio that arrived
    /// is kept. The reader of a pipe is not waited for long.
    pub(crate) async fn keep(self) -> Option<PathBuf> {
        match self.place {
            Place::Nowhere(_) => None,
            Place::Pipe { mut pipe, .. } => {
                // The run has failed already.
                _ = pipe.drain_in_haste().await;
                None
            }
            Place::File(file) => file.keep_partial(),
        }
    }
}

/// Opens the file on a thread of its own: a FIFO waits for its reader.
async fn create(
    path: PathBuf,
    samples: Option<RawFormat>,
    format: OutputFormat,
) -> Result<AudioFile, Failure> {
    let created = tokio::task::spawn_blocking(move || match samples {
        Some(samples) => AudioFile::create_wav(path, samples),
        None => AudioFile::create(path, Some(format)),
    });
    let created = created.await.unwrap_or_else(|error| Err(error.into()));
    created.map_err(|error| Failure::io(&error))
}

fn of_file(file: AudioFile, samples: Option<RawFormat>, format: OutputFormat) -> Place {
    if file.is_seekable() {
        return Place::File(file);
    }
    let mut streamed = StreamedFile::new(format);
    if let Some(samples) = samples {
        streamed.push(&wav::header(samples, None));
    }
    Place::Pipe {
        path: Some(file.path().to_owned()),
        pipe: Pipe::new(Through(file)),
        streamed,
    }
}

/// A file that is written through, as a writer.
struct Through(AudioFile);

impl io::Write for Through {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn pipe_failure(path: Option<&Path>, error: &io::Error) -> Failure {
    match path {
        Some(path) if error.kind() != io::ErrorKind::BrokenPipe => {
            Failure::file("written", path, error)
        }
        // Its reader has read enough.
        _ => Failure::stdout(error),
    }
}
