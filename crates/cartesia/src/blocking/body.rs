//! Response bodies: to be read, collected, or saved.

use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use cartesia_http::{DownloadProgress, ResponseInfo, SavedAudio};
use cartesia_types::{AudioClip, OutputFormat};
use serde::de::DeserializeOwned;

use super::runtime::Runtime;
use crate::{Error, ErrorKind, Result};

/// Audio that arrives while it is being generated: a [`Read`].
///
/// It ends exactly once: after the last piece, or with an error; a connection that breaks in between is
/// [`ErrorKind::Incomplete`] with the number of bytes that arrived. Dropping it stops the synthesis by
/// closing the connection.
///
/// ```no_run
/// use cartesia::{Mp3Format, ModelId, VoiceId, blocking::Client, tts::BytesRequest};
///
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
/// let request = BytesRequest::new(ModelId::SONIC_LATEST, voice, "Hello!", Mp3Format::default());
/// let mut speech = Client::from_env()?.tts().bytes(request).wait()?;
/// std::io::copy(&mut speech, &mut std::io::stdout())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "audio is not received unless it is read"]
pub struct AudioBody {
    inner: cartesia_http::AudioBody,
    operation: &'static str,
    /// What was received and not read yet.
    rest: Bytes,
    runtime: Runtime,
}

/// A response body that is read piece by piece: a [`Read`].
///
/// It ends exactly once: after the last piece, or with an error; a connection that breaks in between is
/// [`ErrorKind::Incomplete`] with the number of bytes that arrived. Dropping it closes the connection.
#[derive(Debug)]
#[must_use = "a body is not received unless it is read"]
pub struct Download {
    inner: cartesia_http::Download,
    operation: &'static str,
    /// What was received and not read yet.
    rest: Bytes,
    runtime: Runtime,
}

/// What both have.
macro_rules! body {
    ($body:ident) => {
        impl $body {
            pub(super) fn new(
                inner: cartesia_http::$body,
                operation: &'static str,
                runtime: Runtime,
            ) -> Self {
                Self {
                    inner,
                    operation,
                    rest: Bytes::new(),
                    runtime,
                }
            }

            /// Returns status, headers and request id of the response.
            pub fn info(&self) -> &ResponseInfo {
                self.inner.info()
            }

            /// Returns the number of bytes that were received so far.
            pub fn bytes_received(&self) -> u64 {
                self.inner.bytes_received()
            }

            /// Returns the next piece, as large as it arrived; `None` after the last.
            ///
            /// # Errors
            ///
            /// `Incomplete` when the connection broke, or no audio came although the text contains something
            /// to speak; `Timeout` when nothing came within [`Timeouts::silence`](crate::Timeouts::silence).
            /// The number of bytes so far is in the error. And `Config` in async code, after which the body
            /// can still be used.
            pub fn next_chunk(&mut self) -> Result<Option<Bytes>> {
                if !self.rest.is_empty() {
                    return Ok(Some(std::mem::take(&mut self.rest)));
                }
                self.runtime.wait(self.operation, self.inner.next_chunk())
            }

            /// Puts back bytes that were read, so that the next read returns them again. For example to read
            /// a header first, and then [`save`](Self::save) everything.
            pub fn put_back(&mut self, bytes: impl Into<Bytes>) {
                // In the order in which they arrived.
                let rest = std::mem::take(&mut self.rest);
                self.inner.put_back(rest);
                self.inner.put_back(bytes);
            }
        }

        impl Read for $body {
            /// Reads what has arrived, and waits while nothing has. An error of ours is inside that of
            /// `std`: [`io::Error::get_ref`] has it as [`Error`].
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if buffer.is_empty() {
                    return Ok(0);
                }
                if self.rest.is_empty() {
                    self.rest = self.next_chunk().map_err(io_error)?.unwrap_or_default();
                }
                let mut received: &[u8] = &self.rest;
                let count = received.read(buffer)?;
                drop(self.rest.split_to(count));
                Ok(count)
            }
        }
    };
}

body!(AudioBody);
body!(Download);

impl AudioBody {
    /// Returns the requested format.
    pub fn format(&self) -> OutputFormat {
        self.inner.format()
    }

    /// Plays the audio as it arrives, and returns as soon as all of it is queued; wait for its end with
    /// [`Utterance::drained_blocking`](crate::Utterance::drained_blocking). In async code this is
    /// [`Player::play`](crate::Player::play).
    ///
    /// # Errors
    ///
    /// As [`next_chunk`](Self::next_chunk), and those of [`Player::play`](crate::Player::play). Audio that
    /// arrived before an error is played.
    #[cfg(feature = "playback")]
    pub fn play(self, player: &crate::Player) -> Result<crate::Utterance> {
        let Self {
            mut inner,
            operation,
            rest,
            runtime,
        } = self;
        inner.put_back(rest);
        runtime.wait(operation, player.play(inner))
    }

    /// Collects the rest of the body in memory.
    ///
    /// # Errors
    ///
    /// As [`next_chunk`](Self::next_chunk). Data that arrived before the error is dropped; read piece by
    /// piece to keep it.
    pub fn collect(mut self) -> Result<AudioClip> {
        self.inner.put_back(self.rest);
        self.runtime.wait(self.operation, self.inner.collect())
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
    /// As [`next_chunk`](Self::next_chunk), and `Io` when the file cannot be written. A path that cannot be
    /// a file is refused before the body is read.
    pub fn save(mut self, path: impl AsRef<Path>) -> Result<SavedAudio> {
        self.inner.put_back(self.rest);
        self.runtime
            .wait(self.operation, self.inner.save(path.as_ref()))
    }
}

impl Download {
    /// Sets a callback for progress, called as pieces arrive, on the thread that reads them.
    pub fn with_progress(
        mut self,
        callback: impl Fn(DownloadProgress) + Send + Sync + 'static,
    ) -> Self {
        self.inner = self.inner.with_progress(callback);
        self
    }

    /// Returns the length of the body in bytes, if the server announced it.
    pub fn content_length(&self) -> Option<u64> {
        self.inner.content_length()
    }

    /// Collects the rest of the body in memory.
    ///
    /// # Errors
    ///
    /// As [`next_chunk`](Self::next_chunk). Data that arrived before the error is dropped.
    pub fn collect(mut self) -> Result<Bytes> {
        self.inner.put_back(self.rest);
        self.runtime.wait(self.operation, self.inner.collect())
    }

    /// Reads the whole body, and decodes it as JSON.
    ///
    /// # Errors
    ///
    /// As [`next_chunk`](Self::next_chunk), and `Decode` when it is not what is expected.
    pub fn json<T: DeserializeOwned>(mut self) -> Result<T> {
        self.inner.put_back(self.rest);
        self.runtime.wait(self.operation, self.inner.json())
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
    /// As [`next_chunk`](Self::next_chunk), and `Io` when the file cannot be written. A path that cannot be
    /// a file is refused before the body is read.
    pub fn save(mut self, path: impl AsRef<Path>) -> Result<u64> {
        self.inner.put_back(self.rest);
        self.runtime
            .wait(self.operation, self.inner.save(path.as_ref()))
    }
}

/// Our error inside that of `std`.
fn io_error(error: Error) -> io::Error {
    let kind = match error.kind() {
        ErrorKind::Timeout => io::ErrorKind::TimedOut,
        ErrorKind::Incomplete => io::ErrorKind::UnexpectedEof,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
