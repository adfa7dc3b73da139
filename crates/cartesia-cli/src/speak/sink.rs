//! Where the audio goes: a file or stdout, as it arrives.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cartesia::OutputFormat;
use cartesia::wav::{self, Completion, StreamedFile};

use super::pipe::Pipe;
use crate::args::Transport;
use crate::failure::Failure;

/// Writes audio as it arrives, so that a reader of the file or pipe can follow.
pub(crate) struct Sink {
    place: Place,
    streamed: StreamedFile,
    received: u64,
    first_audio: Option<Instant>,
}

enum Place {
    /// It is only counted: somebody listens to it.
    Nowhere,
    Stdout(Pipe),
    File(BufWriter<File>, PathBuf),
}

impl Sink {
    /// Opens the place. Events, of a WebSocket too, carry bare samples, so a WAV header is put before them; a stream of
    /// bytes brings its own.
    pub(crate) async fn open(
        output: &Path,
        transport: Transport,
        format: OutputFormat,
    ) -> Result<Self, Failure> {
        let place = if output == Path::new("-") {
            Place::Stdout(Pipe::new(io::stdout()))
        } else {
            let file =
                File::create(output).map_err(|error| Failure::file("written", output, &error))?;
            Place::File(BufWriter::new(file), output.to_owned())
        };
        let streamed = StreamedFile::new(format);
        let mut sink = Self {
            place,
            streamed,
            received: 0,
            first_audio: None,
        };
        if let (Transport::Ws | Transport::Sse, OutputFormat::Wav(wav)) = (transport, format) {
            sink.put(&wav::header(wav.raw(), None)).await?;
        }
        Ok(sink)
    }

    /// Writes nothing, and counts what comes.
    pub(crate) fn nowhere(format: OutputFormat) -> Self {
        Self {
            place: Place::Nowhere,
            streamed: StreamedFile::new(format),
            received: 0,
            first_audio: None,
        }
    }

    /// Bytes that arrived; a header of ours does not count.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// When the first of them arrived.
    pub(crate) fn first_audio(&self) -> Option<Instant> {
        self.first_audio
    }

    /// Takes a piece. It waits while the reader of a pipe is far behind.
    pub(crate) async fn write(&mut self, audio: &[u8]) -> Result<(), Failure> {
        self.first_audio.get_or_insert_with(Instant::now);
        self.received += audio.len() as u64;
        self.put(audio).await
    }

    async fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.streamed.push(bytes);
        match &mut self.place {
            Place::Nowhere => Ok(()),
            Place::Stdout(pipe) => pipe
                .write(bytes)
                .await
                .map_err(|error| Failure::stdout(&error)),
            Place::File(file, path) => file
                .write_all(bytes)
                .map_err(|error| Failure::file("written", path, &error)),
        }
    }

    /// Waits until the reader of a pipe has taken everything, however long it listens.
    pub(crate) async fn drain(&mut self) -> Result<(), Failure> {
        match &mut self.place {
            Place::Stdout(pipe) => pipe.drain().await.map_err(|error| Failure::stdout(&error)),
            Place::Nowhere | Place::File(..) => Ok(()),
        }
    }

    /// Completes the file, whether or not all of the audio arrived, and gives its playing time. A pipe
    /// that was not [drained](Self::drain) is not waited for long.
    pub(crate) async fn finish(mut self) -> Result<Duration, Failure> {
        let completion = self.streamed.finish();
        match &mut self.place {
            Place::Nowhere => {}
            Place::Stdout(pipe) => pipe
                .drain_in_haste()
                .await
                .map_err(|error| Failure::stdout(&error))?,
            Place::File(file, path) => {
                complete(file, &completion)
                    .map_err(|error| Failure::file("written", path, &error))?;
            }
        }
        Ok(completion.duration)
    }
}

/// Fills in what was open while the file was streamed. A pipe cannot be filled in.
fn complete(file: &mut BufWriter<File>, completion: &Completion) -> io::Result<()> {
    file.write_all(completion.padding)?;
    for patch in &completion.patches {
        file.seek(SeekFrom::Start(patch.offset))?;
        file.write_all(&patch.bytes)?;
    }
    file.flush()
}
