//! The streamed body of the calls that are answered with audio.

use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use cartesia_core::save::{Content, save};
use cartesia_types::fs::SavedAudio;
use cartesia_types::wav::StreamedFile;
use cartesia_types::{AudioClip, AudioStream, OutputFormat};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::Result;
use crate::download::Download;
use crate::response::ResponseInfo;

/// Audio that arrives while it is being generated.
///
/// It ends exactly once: with `None` after the last piece, or with an error. A connection that breaks in
/// between is [`Incomplete`](cartesia_types::ErrorKind::Incomplete) with the number of bytes that arrived,
/// and so is a body without audio, if there was something to speak. Dropping it stops the synthesis by
/// closing the connection.
#[derive(Debug)]
#[must_use = "audio is not received unless it is read"]
pub struct AudioBody {
    format: OutputFormat,
    download: Download,
}

impl AudioBody {
    /// `is_audio_due` says whether the request has anything to speak in it.
    pub(crate) fn new(format: OutputFormat, download: Download, is_audio_due: bool) -> Self {
        let download = if is_audio_due {
            download.expect_audio(StreamedFile::new(format))
        } else {
            download
        };
        Self { format, download }
    }

    /// Returns the requested format.
    pub fn format(&self) -> OutputFormat {
        self.format
    }

    /// Returns status, headers and request id of the response.
    pub fn info(&self) -> &ResponseInfo {
        self.download.info()
    }

    /// Returns the bytes received so far, header included.
    pub fn bytes_received(&self) -> u64 {
        self.download.bytes_received()
    }

    /// Returns the next piece, as large as it arrived; `None` after the last.
    ///
    /// # Errors
    ///
    /// `Incomplete` when the connection broke, or no audio came for something to speak, or less than the
    /// header of a WAV file announces; `Timeout` when nothing came within
    /// [`Timeouts::silence`](crate::Timeouts::silence). The number of bytes so far is in the error.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: no data is lost when the future is dropped.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// Puts back bytes that were read, so that the next read returns them again. For example to read a header
    /// first, and then [`save`](Self::save) everything.
    pub fn put_back(&mut self, bytes: impl Into<Bytes>) {
        self.download.put_back(bytes);
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        self.download.poll_chunk(cx)
    }

    /// Collects the whole body in memory.
    ///
    /// # Errors
    ///
    /// As [`next_chunk`](Self::next_chunk). Data that arrived before the error is dropped; read piece by
    /// piece to keep it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the received data.
    pub async fn collect(mut self) -> Result<AudioClip> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.next_chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(AudioClip::new(self.format, whole))
    }

    /// Writes the audio to a file as it arrives, in the requested format. The sizes in the header of a WAV
    /// file, which the service leaves open, are filled in.
    ///
    /// The file gets its name once it is complete, which replaces an existing file. After a failure, the
    /// received audio stays in a partial file beside it, named by
    /// [`Error::partial_file`](crate::Error::partial_file). A device or a pipe is written directly.
    ///
    /// # Errors
    ///
    /// As [`next_chunk`](Self::next_chunk), and `Io` when the file cannot be written. A path that
    /// cannot be a file is refused before the body is read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the partial file, with all that arrived, playable.
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<SavedAudio> {
        let (content, operation) = (Content::File(self.format), self.download.operation());
        save(path.as_ref(), content, operation, |cx| self.poll_chunk(cx)).await
    }
}

impl AudioStream for AudioBody {
    fn format(&self) -> OutputFormat {
        self.format
    }

    fn poll_audio(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.poll_next(cx)
    }
}

impl Stream for AudioBody {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx).map(Result::transpose)
    }
}

impl FusedStream for AudioBody {
    fn is_terminated(&self) -> bool {
        self.download.is_ended()
    }
}
