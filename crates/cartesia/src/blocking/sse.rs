//! Speech as events.

use std::iter::FusedIterator;
use std::path::Path;

use bytes::Bytes;
use cartesia_http::{ResponseInfo, SavedAudio};
use cartesia_types::tts::Event;
use cartesia_types::{AudioClip, RawFormat};

use super::runtime::Runtime;
use crate::Result;

/// Speech as server-sent events, while it is being generated: an iterator.
///
/// It ends exactly once. [`Event::Done`] is the last event of a whole synthesis, and `None` follows it.
/// Everything else ends in one error, after which comes `None`: an error that the service reports, a stream
/// that stops before `done`, or whose `done` comes before any audio or long before the end of the last word
/// ([`ErrorKind::Incomplete`](crate::ErrorKind::Incomplete) with the bytes of audio received), no progress
/// within [`Timeouts::first_audio`](crate::Timeouts::first_audio) or
/// [`Timeouts::silence`](crate::Timeouts::silence), an event that cannot be decoded. The error in async code
/// ends the iterator as well, but not the stream: its methods still work where they may block.
///
/// Dropping it stops the synthesis by closing the connection.
#[derive(Debug)]
#[must_use = "events are not received unless they are read"]
pub struct SseStream {
    inner: cartesia_http::SseStream,
    operation: &'static str,
    /// Whether the iterator has ended. The error in async code ends it, too: a loop that skips errors would
    /// never end.
    over: bool,
    runtime: Runtime,
}

impl SseStream {
    pub(super) fn new(
        inner: cartesia_http::SseStream,
        operation: &'static str,
        runtime: Runtime,
    ) -> Self {
        Self {
            inner,
            operation,
            over: false,
            runtime,
        }
    }

    /// Returns the format of the audio.
    pub fn format(&self) -> RawFormat {
        self.inner.format()
    }

    /// Returns status, headers and request id of the response.
    pub fn info(&self) -> &ResponseInfo {
        self.inner.info()
    }

    /// Returns the number of bytes of audio that were received so far.
    pub fn bytes_received(&self) -> u64 {
        self.inner.bytes_received()
    }

    /// Returns the next event; `None` after `Done` or an error.
    ///
    /// # Errors
    ///
    /// As [`cartesia_http::SseStream::next_event`]: `Incomplete`, `Timeout`, `Decode`, `Protocol`, and errors
    /// that the service reports. And `Config` in async code, after which the stream can still be used.
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        self.runtime.wait(self.operation, self.inner.next_event())
    }

    /// Returns the audio of the next chunk; `None` when the synthesis is complete. Other events are skipped.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). An error event that does not end the stream, which
    /// `next_event` returns as an event, is an error here and ends it: audio may be missing.
    pub fn next_audio(&mut self) -> Result<Option<Bytes>> {
        self.runtime.wait(self.operation, self.inner.next_audio())
    }

    /// Collects the whole audio in memory.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). Data that arrived before the error is dropped; read event by
    /// event to keep it.
    pub fn collect_audio(self) -> Result<AudioClip> {
        self.runtime
            .wait(self.operation, self.inner.collect_audio())
    }

    /// Writes the audio to a WAV file as it arrives.
    ///
    /// The file gets its name once it is complete, which replaces an existing file. After a failure, the
    /// received audio stays in a partial file beside it, named by
    /// [`Error::partial_file`](crate::Error::partial_file). A device or a pipe is written directly.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event), and `Io` when the file cannot be written. A path that cannot be
    /// a file is refused before anything is read.
    pub fn save_wav(self, path: impl AsRef<Path>) -> Result<SavedAudio> {
        self.runtime
            .wait(self.operation, self.inner.save_wav(path.as_ref()))
    }

    /// Plays the audio as it arrives, and returns as soon as all of it is queued; wait for its end with
    /// [`Utterance::drained_blocking`](crate::Utterance::drained_blocking). In async code this is
    /// [`Player::play`](crate::Player::play).
    ///
    /// # Errors
    ///
    /// As [`next_audio`](Self::next_audio), and those of [`Player::play`](crate::Player::play). Audio that
    /// arrived before an error is played.
    #[cfg(feature = "playback")]
    pub fn play(self, player: &crate::Player) -> Result<crate::Utterance> {
        self.runtime.wait(self.operation, player.play(self.inner))
    }
}

impl Iterator for SseStream {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.next_event().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}

impl FusedIterator for SseStream {}
