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

/// One generation on a connection: text goes in while speech comes out.
///
/// Nothing is sent until there is text that can be spoken.
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

    /// The identifier, as events echo it.
    pub fn id(&self) -> &ContextId {
        self.inner.id()
    }

    /// The halves: they can live in different threads.
    pub fn split(self) -> (ContextInput, ContextOutput) {
        let (input, output) = self.inner.split();
        let input = ContextInput {
            inner: input,
            runtime: self.runtime.clone(),
        };
        (input, ContextOutput::new(output, self.runtime))
    }

    /// Speaks one text, whole.
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
/// Dropping it is the end of the text, like [`finish`](Self::finish): what was given is spoken. To end
/// without speaking it, [`cancel`](Self::cancel).
#[derive(Debug)]
pub struct ContextInput {
    inner: cartesia_ws::ContextInput,
    runtime: Runtime,
}

impl ContextInput {
    /// The identifier of the context.
    pub fn id(&self) -> &ContextId {
        self.inner.id()
    }

    /// Gives text, for example a token of a language model. Texts are joined as they are: every space
    /// counts. It waits while the connection cannot take more.
    ///
    /// Incomplete text, such as the first half of a word, a number or a tag, is held back until the rest
    /// arrives; see [`Buffering`](crate::Buffering) for how much more.
    ///
    /// # Errors
    ///
    /// The error with which the context ended, which its [`ContextOutput`] reports as well. And `Config`
    /// in async code, where nothing was given.
    pub fn push(&mut self, text: impl Into<String>) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.push(text))
    }

    /// Gives text that is spoken otherwise: with this volume, speed and emotion in place of those of the
    /// context. They are those of this text alone; a [`push`](Self::push) after it is spoken as the
    /// context says. `sonic-3` and newer models listen to them.
    ///
    /// Where the way of speaking changes, the text before is complete: a word that was begun there is not
    /// continued. Tokens with the same configuration are joined like any others. So change it between
    /// sentences.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), and `InvalidRequest` for a number that is not finite, which changes
    /// nothing.
    pub fn push_with(&mut self, text: impl Into<String>, config: GenerationConfig) -> Result<()> {
        self.runtime
            .wait(OPERATION, self.inner.push_with(text, config))
    }

    /// Gives all texts of an iterator, each as soon as it is there.
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

    /// The text is complete. The output ends with [`Event::Done`] once all is spoken; at once, when there
    /// is nothing to speak.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn finish(self) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.finish())
    }

    /// Ends the context at once, and does not block. Its output drops what waits and ends with an error
    /// of kind [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled), which says what was not spoken.
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
/// It ends exactly once: with [`Event::Done`] when everything was spoken, or with one error; `None`
/// follows. Dropping it before cancels the context.
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

    /// The identifier of the context.
    pub fn id(&self) -> &ContextId {
        self.inner.id()
    }

    /// The format of the audio.
    pub fn format(&self) -> RawFormat {
        self.inner.format()
    }

    /// Bytes of audio that were read so far.
    pub fn bytes_received(&self) -> u64 {
        self.inner.bytes_received()
    }

    /// Bytes that have arrived and were not read yet.
    pub fn bytes_waiting(&self) -> usize {
        self.inner.bytes_waiting()
    }

    /// The next event; `None` after `Done` or an error.
    ///
    /// # Errors
    ///
    /// As [`cartesia_ws::ContextOutput::next_event`]: `Incomplete`, `Closed`, `Timeout`,
    /// `SlowConsumer`, `Cancelled`, `Decode`, what the service reports, and what kept the connection
    /// from being made. And `Config` in async code, after which the output goes on.
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        self.runtime.wait(OPERATION, self.inner.next_event())
    }

    /// The audio of the next chunk; `None` when everything was spoken. Other events are skipped.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). An error event that does not end the context, which
    /// `next_event` returns as an event, is an error here and ends it: audio may be missing.
    pub fn next_audio(&mut self) -> Result<Option<Bytes>> {
        self.runtime.wait(OPERATION, self.inner.next_audio())
    }

    /// Waits for the whole audio, in memory.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). What arrived before is dropped; read event by event to
    /// keep it.
    pub fn collect_audio(self) -> Result<AudioClip> {
        self.runtime.wait(OPERATION, self.inner.collect_audio())
    }

    /// Writes the audio to a WAV file as it arrives.
    ///
    /// The file appears under its name once it is complete, and replaces what was there only then. After a
    /// failure, what arrived stays in a partial file beside it, which
    /// [`Error::partial_file`](crate::Error::partial_file) names. A device or a pipe is written through.
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
    /// As [`next_audio`](Self::next_audio), and those of [`Player::play`](crate::Player::play). What arrived before an error plays.
    #[cfg(feature = "playback")]
    pub fn play(self, player: &crate::Player) -> Result<crate::Utterance> {
        self.runtime.wait(OPERATION, player.play(self.inner))
    }

    /// The text of the context, aligned with the words and times that arrive for it. It needs
    /// [word timestamps](crate::ContextSpec::with_timestamps), and has the whole text from this call on.
    pub fn alignment(&self) -> ContextAlignment {
        self.inner.alignment()
    }

    /// A handle that only cancels: barge-in, say. It does not block.
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
