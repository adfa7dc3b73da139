//! A response body of any kind, streamed.

use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use cartesia_core::save::{Content, save};
use cartesia_types::ErrorKind;
use cartesia_types::wav::StreamedFile;
use futures_core::Stream;
use futures_core::stream::FusedStream;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::Result;
use crate::body::BodyReader;
use crate::error::WithInfo as _;
use crate::response::ResponseInfo;
use crate::send::Sent;

/// The progress of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadProgress {
    /// Bytes that were received.
    pub received: u64,
    /// Length of the body in bytes, when the server announced it.
    pub total: Option<u64>,
}

type Observer = Box<dyn Fn(DownloadProgress) + Send + Sync>;

/// A response body that is read piece by piece.
///
/// It ends exactly once: with `None` after the last piece, or with an error; a connection that breaks in
/// between is [`ErrorKind::Incomplete`] with the number of bytes that arrived, and so is audio that was due
/// and did not come. Dropping it closes the connection.
#[must_use = "a body is not received unless it is read"]
pub struct Download {
    operation: &'static str,
    info: ResponseInfo,
    body: BodyReader,
    /// What was given back, and comes first.
    returned: Bytes,
    received: u64,
    ended: bool,
    /// Follows the body if audio is due in it.
    due: Option<StreamedFile>,
    observer: Option<Observer>,
}

impl Download {
    pub(crate) fn new(operation: &'static str, sent: Sent) -> Self {
        Self {
            operation,
            info: sent.info,
            body: sent.body,
            returned: Bytes::new(),
            received: 0,
            ended: false,
            due: None,
            observer: None,
        }
    }

    /// Takes an end without audio, or with less than a header announces, for incomplete.
    pub(crate) fn expect_audio(mut self, file: StreamedFile) -> Self {
        self.due = Some(file);
        self
    }

    /// Sets a callback for progress, called as pieces arrive. It must not block.
    pub fn with_progress(
        mut self,
        callback: impl Fn(DownloadProgress) + Send + Sync + 'static,
    ) -> Self {
        self.observer = Some(Box::new(callback));
        self
    }

    /// Returns status, headers and request id of the response.
    pub fn info(&self) -> &ResponseInfo {
        &self.info
    }

    /// Returns the bytes received so far.
    pub fn bytes_received(&self) -> u64 {
        self.received
    }

    /// Returns the length of the body in bytes, if the server announced it.
    pub fn content_length(&self) -> Option<u64> {
        self.info.header("content-length")?.parse().ok()
    }

    /// Returns the next piece, as large as it arrived; `None` after the last.
    ///
    /// # Errors
    ///
    /// `Incomplete` when the connection broke, or audio that was due did not come, `Timeout` when nothing
    /// came within [`Timeouts::silence`](crate::Timeouts::silence). The number of bytes so far is in the
    /// error.
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
        let bytes = bytes.into();
        self.returned = if self.returned.is_empty() {
            bytes
        } else {
            [bytes, std::mem::take(&mut self.returned)].concat().into()
        };
    }

    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        if !self.returned.is_empty() {
            return Poll::Ready(Ok(Some(std::mem::take(&mut self.returned))));
        }
        if self.ended {
            return Poll::Ready(Ok(None));
        }
        let outcome = match ready!(self.body.poll_next(cx)) {
            Ok(None) => self.check_audio().map(|()| None),
            outcome => outcome,
        };
        match &outcome {
            Ok(Some(chunk)) => {
                self.received += chunk.len() as u64;
                if let Some(file) = &mut self.due {
                    file.push(chunk);
                }
                if let Some(observer) = &self.observer {
                    observer(DownloadProgress {
                        received: self.received,
                        total: self.content_length(),
                    });
                }
            }
            _ => self.ended = true,
        }
        Poll::Ready(outcome.map_err(|error| self.complete(error)))
    }

    /// Whether the body that has ended holds the audio that is due.
    fn check_audio(&self) -> Result<()> {
        let Some(file) = &self.due else {
            return Ok(());
        };
        let (arrived, announced) = (file.audio_bytes(), file.announced_audio_bytes());
        let message = match announced {
            Some(announced) if announced > arrived => format!(
                "the audio is shorter than the {announced} bytes that its WAV header announces"
            ),
            _ if arrived == 0 || announced == Some(0) => {
                "the response ended without any audio".to_owned()
            }
            _ => return Ok(()),
        };
        Err(Error::new(ErrorKind::Incomplete, self.operation, message))
    }

    /// Adds to an error what is known of the response.
    fn complete(&self, error: Error) -> Error {
        error
            .with_info(&self.info)
            .with_bytes_received(self.received)
    }

    pub(crate) fn operation(&self) -> &'static str {
        self.operation
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.ended && self.returned.is_empty()
    }

    /// Collects the whole body in memory.
    ///
    /// # Errors
    ///
    /// As [`next_chunk`](Self::next_chunk). Data that arrived before the error is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the received data.
    pub async fn collect(mut self) -> Result<Bytes> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.next_chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }

    /// Reads the whole body, and decodes it as JSON.
    ///
    /// # Errors
    ///
    /// As [`next_chunk`](Self::next_chunk), and `Decode` when it is not what is expected.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the received data.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        let (operation, info) = (self.operation, self.info.clone());
        let whole = self.collect().await?;
        serde_json::from_slice(&whole)
            .map_err(|error| crate::send::undecodable(operation, &whole, &error, &info))
    }

    /// Writes the body to a file as it arrives. The sizes in the header of a WAV file, which the service
    /// leaves open, are filled in. Returns the length of the file in bytes.
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
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64> {
        let operation = self.operation;
        let saved = save(path.as_ref(), Content::Unknown, operation, |cx| {
            self.poll_chunk(cx)
        })
        .await?;
        Ok(saved.bytes)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("operation", &self.operation)
            .field("info", &self.info)
            .field("received", &self.received)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx).map(Result::transpose)
    }
}

impl FusedStream for Download {
    fn is_terminated(&self) -> bool {
        self.is_ended()
    }
}
