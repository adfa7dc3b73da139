//! The two halves of a context: text in, speech out.

use std::iter::FusedIterator;
use std::path::Path;

use bytes::Bytes;
use cartesia_types::fs::SavedAudio;
use cartesia_types::tts::{ContextId, Event, GenerationConfig};
use cartesia_types::{AudioClip, RawFormat};
use cartesia_ws::{Canceller, ContextAlignment};

use super::runtime::Runtime;
use crate::Result;

const OPERATION: &str = "tts.context";

/// A context: one generation on a connection, with streaming text in and speech out.
///
/// Nothing is sent until there is text to speak.
#[derive(Debug)]
#[must_use = "dropping a context cancels it"]
pub struct TtsContext {
    inner: cartesia_ws::TtsContext,
    runtime: Runtime,
}

impl TtsContext {
    pub(super) fn new(inner: cartesia_ws::TtsContext, runtime: Runtime) -> Self {
        Self { inner, runtime }
    }

    /// Returns the identifier, as events echo it.
    pub fn id(&self) -> &ContextId {
        self.inner.id()
    }

    /// Splits it into its two halves, which can be used in different threads.
    pub fn split(self) -> (ContextInput, ContextOutput) {
        let (input, output) = self.inner.split();
        let input = ContextInput {
            inner: input,
            runtime: self.runtime.clone(),
        };
        (input, ContextOutput::new(output, self.runtime))
    }

    /// Speaks one complete text.
    ///
    /// # Errors
    ///
    /// As [`ContextInput::push`].
    pub fn speak(self, text: impl Into<String>) -> Result<ContextOutput> {
        let output = self.runtime.wait(OPERATION, self.inner.speak(text))?;
        Ok(ContextOutput::new(output, self.runtime))
    }
}

/// The writing half of a context: takes the text to speak.
///
/// Dropping it completes the text, like [`finish`](Self::finish): the text given so far is spoken. To stop
/// instead, use [`cancel`](Self::cancel).
#[derive(Debug)]
pub struct ContextInput {
    inner: cartesia_ws::ContextInput,
    runtime: Runtime,
}

impl ContextInput {
    /// Returns the identifier of the context.
    pub fn id(&self) -> &ContextId {
        self.inner.id()
    }

    /// Sends text, for example a token of a language model (streaming text). Texts are joined unchanged:
    /// every space counts. Waits while the connection cannot take more (back-pressure).
    ///
    /// Incomplete text, such as the first half of a word, a number or a tag, is held back until the rest
    /// arrives; see [`Buffering`](crate::Buffering) for how much more.
    ///
    /// # Errors
    ///
    /// The error with which the context ended, which its [`ContextOutput`] reports as well. And `Config` in
    /// async code, where nothing was sent.
    pub fn push(&mut self, text: impl Into<String>) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.push(text))
    }

    /// Sends text with its own volume, speed and emotion in place of those of the context. They apply only to
    /// this text; a later [`push`](Self::push) uses those of the context again. `sonic-3` and newer models
    /// support them.
    ///
    /// A change of the settings completes the text before it: a word does not continue across it. Tokens with
    /// the same configuration are joined like any others. So change it between sentences.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), and `InvalidRequest` for a number that is not finite, which changes
    /// nothing.
    pub fn push_with(&mut self, text: impl Into<String>, config: GenerationConfig) -> Result<()> {
        self.runtime
            .wait(OPERATION, self.inner.push_with(text, config))
    }

    /// Sends all texts of an iterator, each as soon as it is available.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push). The rest of the iterator is not read then.
    pub fn push_all<I>(&mut self, texts: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        texts.into_iter().try_for_each(|text| self.push(text))
    }

    /// Flushes: speaks all text received so far without waiting for more. May sound less natural, since the
    /// model cannot look ahead. The service confirms with [`Event::FlushDone`]. Does nothing if there is no
    /// text to speak.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn flush(&mut self) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.flush())
    }

    /// Completes the text: the output ends with [`Event::Done`] once all of it is spoken, at once if there is
    /// no text.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn finish(self) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.finish())
    }

    /// Cancels the context at once, and does not block. Its output drops unread events and ends with an error
    /// of kind [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled), which has the text that was not spoken.
    pub fn cancel(self) {
        self.inner.cancel();
    }

    /// Returns a handle that can only cancel the context, for example for barge-in from another task.
    pub fn canceller(&self) -> Canceller {
        self.inner.canceller()
    }
}

/// The reading half of a context: an iterator over audio, timestamps and other events.
///
/// It ends exactly once: with [`Event::Done`] when everything was spoken, or with one error; `None` follows.
/// Dropping it earlier cancels the context.
#[derive(Debug)]
#[must_use = "events are not received unless they are read"]
pub struct ContextOutput {
    inner: cartesia_ws::ContextOutput,
    /// Whether the iterator has ended. The error in async code ends it, too: a loop that skips errors would
    /// never end.
    over: bool,
    runtime: Runtime,
}

impl ContextOutput {
    pub(super) fn new(inner: cartesia_ws::ContextOutput, runtime: Runtime) -> Self {
        Self {
            inner,
            over: false,
            runtime,
        }
    }

    /// Returns the identifier of the context.
    pub fn id(&self) -> &ContextId {
        self.inner.id()
    }

    /// Returns the format of the audio.
    pub fn format(&self) -> RawFormat {
        self.inner.format()
    }

    /// Returns the number of bytes of audio that were read so far.
    pub fn bytes_received(&self) -> u64 {
        self.inner.bytes_received()
    }

    /// Returns the number of bytes that have arrived and were not read yet.
    pub fn bytes_waiting(&self) -> usize {
        self.inner.bytes_waiting()
    }

    /// Returns the next event; `None` after `Done` or an error.
    ///
    /// # Errors
    ///
    /// As [`cartesia_ws::ContextOutput::next_event`]: `Incomplete`, `Closed`, `Timeout`, `SlowConsumer`,
    /// `Cancelled`, `Decode`, errors that the service reports, and errors of connecting. And `Config` in
    /// async code, after which the output can still be used.
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        self.runtime.wait(OPERATION, self.inner.next_event())
    }

    /// Returns the audio of the next chunk; `None` when everything was spoken. Other events are skipped.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). An error event that does not end the context, which
    /// `next_event` returns as an event, is an error here and ends it: audio may be missing.
    pub fn next_audio(&mut self) -> Result<Option<Bytes>> {
        self.runtime.wait(OPERATION, self.inner.next_audio())
    }

    /// Collects the whole audio in memory.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). Data that arrived before the error is dropped; read event by
    /// event to keep it.
    pub fn collect_audio(self) -> Result<AudioClip> {
        self.runtime.wait(OPERATION, self.inner.collect_audio())
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
            .wait(OPERATION, self.inner.save_wav(path.as_ref()))
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
        self.runtime.wait(OPERATION, player.play(self.inner))
    }

    /// Returns the text of the context, aligned with the words and times that arrive for it. It needs [word
    /// timestamps](crate::ContextSpec::with_timestamps), and has the whole text from this call on.
    pub fn alignment(&self) -> ContextAlignment {
        self.inner.alignment()
    }

    /// Returns a handle that can only cancel the context, for example for barge-in. It does not block.
    pub fn canceller(&self) -> Canceller {
        self.inner.canceller()
    }
}

impl Iterator for ContextOutput {
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

impl FusedIterator for ContextOutput {}
