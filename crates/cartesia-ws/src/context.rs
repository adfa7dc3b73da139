//! The two halves of a context: text in, speech out.

use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use cartesia_core::save::{Content, save};
use cartesia_types::fs::SavedAudio;
use cartesia_types::tts::{ContextId, Event, GenerationConfig};
use cartesia_types::{AudioClip, AudioStream, ErrorKind, OutputFormat, RawFormat};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::Error;
use crate::Result;
use crate::alignment::ContextAlignment;
use crate::lanes::{Input, Output, Stopper};
use crate::session::{Command, Delivery, Session};

const OPERATION: &str = "tts.context";

/// A context: one generation on a connection, with streaming text in and speech out.
///
/// Nothing is sent until there is text to speak.
#[derive(Debug)]
#[must_use = "dropping a context cancels it"]
pub struct TtsContext {
    pub(crate) input: ContextInput,
    pub(crate) output: ContextOutput,
}

impl TtsContext {
    /// Returns the identifier, as events echo it.
    pub fn id(&self) -> &ContextId {
        &self.output.id
    }

    /// Splits it into its two halves, which can be used in different tasks.
    pub fn split(self) -> (ContextInput, ContextOutput) {
        (self.input, self.output)
    }

    /// Speaks one complete text.
    ///
    /// # Errors
    ///
    /// As [`ContextInput::push`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the context.
    pub async fn speak(self, text: impl Into<String>) -> Result<ContextOutput> {
        // Boxed: a task keeps room for its largest future, and most of its time it reads.
        Box::pin(self.send_last(text.into())).await
    }

    async fn send_last(mut self, text: String) -> Result<ContextOutput> {
        self.input.stream.set_finished();
        self.input
            .stream
            .send(|key| Command::Last(key, text))
            .await?;
        Ok(self.output)
    }
}

/// The writing half of a context: takes the text to speak.
///
/// Dropping it completes the text, like [`finish`](Self::finish): the text given so far is spoken. To stop
/// instead, use [`cancel`](Self::cancel).
#[doc(alias = "streaming text")]
#[doc(alias = "LLM")]
#[doc(alias = "token stream")]
pub struct ContextInput {
    pub(crate) id: ContextId,
    pub(crate) stream: Input<Session>,
}

impl ContextInput {
    /// Returns the identifier of the context.
    pub fn id(&self) -> &ContextId {
        &self.id
    }

    /// Sends text, for example a token of a language model (streaming text). Texts are joined unchanged:
    /// every space counts. Waits while the connection cannot take more (back-pressure).
    ///
    /// Incomplete text, such as the first half of a word, a number or a tag, is held back until the rest
    /// arrives; see [`Buffering`](cartesia_types::tts::Buffering) for how much more.
    ///
    /// # Errors
    ///
    /// The error with which the context ended, which its [`ContextOutput`] reports as well.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the text is taken whole or not at all.
    #[doc(alias = "streaming text")]
    pub async fn push(&mut self, text: impl Into<String>) -> Result<()> {
        let text = text.into();
        self.stream.send(|key| Command::Text(key, text, None)).await
    }

    /// Sends text with its own volume, speed and emotion in place of those of the context. They apply only to
    /// this text; a later [`push`](Self::push) uses those of the context again. `sonic-3` and newer models
    /// support them.
    ///
    /// A change of the settings completes the text before it: a word does not continue across it. Tokens with
    /// the same configuration are joined like any others. So change it between sentences.
    ///
    /// ```
    /// # async fn example(input: &mut cartesia_ws::ContextInput) -> cartesia_ws::Result<()> {
    /// use cartesia_types::tts::{Emotion, GenerationConfig};
    ///
    /// input.push("Your parcel was lost. ").await?;
    /// let sorry = GenerationConfig::new().with_emotion(Emotion::APOLOGETIC).with_speed(0.9);
    /// input.push_with("I am very sorry about that. ", sorry).await?;
    /// input.push("A new one will arrive tomorrow.").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), and `InvalidRequest` for a number that is not finite, which changes
    /// nothing.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the text is taken whole or not at all.
    pub async fn push_with(
        &mut self,
        text: impl Into<String>,
        config: GenerationConfig,
    ) -> Result<()> {
        let invalid = |why: String| Error::new(ErrorKind::InvalidRequest, OPERATION, why);
        config
            .validate()
            .map_err(|error| invalid(error.to_string()))?;
        let delivery = Delivery::new(&config).map_err(|error| {
            invalid("the configuration cannot be written as JSON".to_owned()).with_source(error)
        })?;
        let text = text.into();
        let push = |key| Command::Text(key, text, Some(delivery));
        self.stream.send(push).await
    }

    /// Sends all texts of a stream.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push). The rest of the stream is not read then.
    ///
    /// # Cancel safety
    ///
    /// A text that was taken from the stream and not sent is lost with the future.
    pub async fn push_stream<S>(&mut self, texts: S) -> Result<()>
    where
        S: Stream,
        S::Item: Into<String>,
    {
        let mut texts = std::pin::pin!(texts);
        while let Some(text) = std::future::poll_fn(|cx| texts.as_mut().poll_next(cx)).await {
            self.push(text).await?;
        }
        Ok(())
    }

    /// Flushes: speaks all text received so far without waiting for more. May sound less natural, since the
    /// model cannot look ahead. The service confirms with [`Event::FlushDone`]. Does nothing if there is no
    /// text to speak.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe.
    pub async fn flush(&mut self) -> Result<()> {
        self.stream.send(Command::Flush).await
    }

    /// Completes the text: the output ends with [`Event::Done`] once all of it is spoken, at once if there is
    /// no text.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future completes the text, too.
    pub async fn finish(mut self) -> Result<()> {
        self.stream.send(Command::Finish).await?;
        self.stream.set_finished();
        Ok(())
    }

    /// Cancels the context at once. Its output drops unread events and ends with an error of kind
    /// [`ErrorKind::Cancelled`](cartesia_types::ErrorKind::Cancelled), which has the text that was not
    /// spoken.
    pub fn cancel(mut self) {
        self.stream.set_finished();
        self.stream.stopper().cancel();
    }

    /// Returns a handle that can only cancel the context, for example for barge-in from another task.
    pub fn canceller(&self) -> Canceller {
        Canceller(self.stream.stopper())
    }
}

impl fmt::Debug for ContextInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextInput")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Cancels a context from anywhere.
#[doc(alias = "barge-in")]
#[doc(alias = "cancel")]
#[doc(alias = "interrupt")]
#[derive(Clone)]
pub struct Canceller(Stopper<Session>);

impl Canceller {
    /// Cancels the context at once, as [`ContextInput::cancel`] does. Has no effect on a context that has
    /// ended.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller").finish_non_exhaustive()
    }
}

/// The reading half of a context: returns audio, timestamps and other events.
///
/// It ends exactly once: with [`Event::Done`] when everything was spoken, or with one error; `None` follows.
/// Dropping it earlier cancels the context.
#[must_use = "events are not received unless they are read"]
pub struct ContextOutput {
    pub(crate) id: ContextId,
    pub(crate) format: RawFormat,
    pub(crate) alignment: ContextAlignment,
    pub(crate) stream: Output<Session>,
    pub(crate) received: u64,
}

impl ContextOutput {
    /// Returns the identifier of the context.
    pub fn id(&self) -> &ContextId {
        &self.id
    }

    /// Returns the format of the audio.
    pub fn format(&self) -> RawFormat {
        self.format
    }

    /// Returns the text of the context, aligned with the words and times that arrive for it. It needs [word
    /// timestamps](cartesia_types::tts::ContextSpec::with_timestamps), and has the whole text from this call
    /// on.
    pub fn alignment(&self) -> ContextAlignment {
        self.alignment.keep()
    }

    /// Returns the number of bytes of audio that were read so far.
    pub fn bytes_received(&self) -> u64 {
        self.received
    }

    /// Returns the number of bytes that have arrived and were not read yet.
    pub fn bytes_waiting(&self) -> usize {
        self.stream.bytes_waiting()
    }

    /// Returns the next event; `None` after `Done` or an error.
    ///
    /// # Errors
    ///
    /// - `Incomplete` when the connection was lost after the first audio, when a message was lost that may
    ///   have been audio, or when the service reports the end without all audio (none at all, or much
    ///   less than the timestamps say). The error has the bytes received and, as far as it is known, the
    ///   text that was not spoken.
    /// - `Closed` when the connection was lost before any audio, and the context could not be replayed.
    /// - `Timeout` when the first audio, or progress after it, does not arrive in time (only audio,
    ///   timestamps and the end of a flush are progress), or when the runtime of the connection is blocked;
    ///   see [`Timeouts`](crate::Timeouts).
    /// - `SlowConsumer` when the reader fell behind for too long.
    /// - `Cancelled` after a cancel, or when the connection was closed by its owner.
    /// - `Decode` for a message that cannot be decoded.
    /// - An error that the service reports: `InvalidRequest`, `NotFound`, `RateLimited`, `Server`, …
    /// - The error that prevented the connection: `Connect`, `Auth`, `Quota`, …
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: no event is lost when the future is dropped.
    pub async fn next_event(&mut self) -> Result<Option<Event>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Returns the audio of the next chunk; `None` when everything was spoken. Other events are skipped.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). An error event that does not end the context, which
    /// `next_event` returns as an event, is an error here and cancels the context: audio may be missing.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: no event is lost when the future is dropped.
    pub async fn next_audio(&mut self) -> Result<Option<Bytes>> {
        let audio = std::future::poll_fn(|cx| Pin::new(&mut *self).poll_audio(cx)).await;
        audio.transpose()
    }

    /// Collects the whole audio in memory.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). Data that arrived before the error is dropped; read event by
    /// event to keep it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the context.
    pub async fn collect_audio(mut self) -> Result<AudioClip> {
        let mut whole = Vec::new();
        while let Some(audio) = self.next_audio().await? {
            whole.extend_from_slice(&audio);
        }
        Ok(AudioClip::new(self.format, whole))
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
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the context and leaves a playable partial file.
    pub async fn save_wav(mut self, path: impl AsRef<Path>) -> Result<SavedAudio> {
        let content = Content::Samples(self.format);
        save(path.as_ref(), content, OPERATION, |cx| {
            Pin::new(&mut self).poll_audio(cx).map(Option::transpose)
        })
        .await
    }

    /// Returns a handle that can only cancel the context, for example for barge-in from another task.
    pub fn canceller(&self) -> Canceller {
        Canceller(self.stream.stopper())
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Event>>> {
        let event = ready!(self.stream.poll_event(cx));
        if let Ok(Some(Event::Chunk(chunk))) = &event {
            self.received += chunk.data.len() as u64;
        }
        Poll::Ready(event.map_err(|error| match error.bytes_received() {
            Some(_) => error,
            None => error.with_bytes_received(self.received),
        }))
    }
}

/// The audio of the events; the others are skipped.
impl AudioStream for ContextOutput {
    fn format(&self) -> OutputFormat {
        self.format.into()
    }

    fn poll_audio(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            match ready!(self.poll_event(cx)) {
                Ok(Some(Event::Chunk(chunk))) if !chunk.data.is_empty() => {
                    return Poll::Ready(Some(Ok(chunk.data)));
                }
                // An error that does not end the context leaves a gap, which is not visible in the audio.
                Ok(Some(Event::Error(event))) => {
                    self.stream.leave();
                    let error = Error::api(OPERATION, *event.error);
                    return Poll::Ready(Some(Err(error.with_bytes_received(self.received))));
                }
                Ok(Some(_)) => {}
                Ok(None) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl Stream for ContextOutput {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx).map(Result::transpose)
    }
}

impl FusedStream for ContextOutput {
    fn is_terminated(&self) -> bool {
        self.stream.is_over()
    }
}

impl fmt::Debug for ContextOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextOutput")
            .field("id", &self.id)
            .field("format", &self.format)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
