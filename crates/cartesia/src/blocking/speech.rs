//! Interruptible speech, for programs without async.

use std::iter::FusedIterator;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cartesia_audio::Player;
use cartesia_types::tts::{ContextSpec, GenerationConfig};
use futures_core::Stream;
use tokio::sync::mpsc;

use super::connection::TtsConnection;
use super::runtime::Runtime;
use crate::Result;
use crate::speech::{FailurePolicy, Heard, Metrics, Piece, SpeechEvent, SpeechReport, SpokenId};
use crate::{Error, ErrorKind};

const OPERATION: &str = "speech";

/// Opens a [`Speech`]; from [`Client::speech`](super::Client::speech).
#[derive(Debug)]
#[must_use = "nothing is opened until `open` is called"]
pub struct SpeechCall {
    inner: crate::speech::SpeechCall,
    runtime: Runtime,
}

impl SpeechCall {
    pub(super) fn new(inner: crate::speech::SpeechCall, runtime: Runtime) -> Self {
        Self { inner, runtime }
    }

    /// Sets the policy for an utterance whose audio breaks off in the middle.
    pub fn on_failure(mut self, policy: FailurePolicy) -> Self {
        self.inner = self.inner.on_failure(policy);
        self
    }

    /// Sets the receiver of the measurements of every utterance.
    pub fn metrics(mut self, metrics: Arc<dyn Metrics>) -> Self {
        self.inner = self.inner.metrics(metrics);
        self
    }

    /// Speaks over a connection that is open already, which others may share.
    pub fn over(self, connection: &TtsConnection) -> Speech {
        Speech {
            inner: self.inner.over(connection.inner()),
            runtime: self.runtime,
        }
    }

    /// Opens a connection, and speaks over it.
    ///
    /// # Errors
    ///
    /// As [`Tts::connect`](super::Tts::connect).
    pub fn open(self) -> Result<Speech> {
        let inner = self.runtime.wait(OPERATION, self.inner.into_future())?;
        Ok(Speech {
            inner,
            runtime: self.runtime,
        })
    }
}

/// Speech on a player: utterances play one after the other, without gaps, and can be interrupted (barge-in).
///
/// The twin of [`cartesia::Speech`](crate::Speech): the same, for programs without async.
#[derive(Debug, Clone)]
#[doc(alias = "barge-in")]
pub struct Speech {
    inner: crate::speech::Speech,
    runtime: Runtime,
}

impl Speech {
    /// Returns a handle on the same queue with other settings: voice, language or speed. Earlier utterances
    /// keep theirs.
    #[must_use]
    pub fn with_spec(&self, spec: ContextSpec) -> Self {
        Self {
            inner: self.inner.with_spec(spec),
            runtime: self.runtime.clone(),
        }
    }

    /// Returns the settings of this handle: model, voice, language and format.
    pub fn spec(&self) -> &ContextSpec {
        self.inner.spec()
    }

    /// Returns the player.
    pub fn player(&self) -> &Player {
        self.inner.player()
    }

    /// Speaks a text after all texts before it, without a gap.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) when the player is closed. Later errors are reported
    /// by [`Spoken::finished`].
    pub fn say(&self, text: impl Into<String>) -> Result<Spoken> {
        let inner = self.runtime.enter(OPERATION, || self.inner.say(text))?;
        Ok(self.spoken(inner))
    }

    /// Speaks a text as [`say`](Self::say) does, with a volume, speed and emotion in place of those of
    /// [`spec`](Self::spec).
    ///
    /// # Errors
    ///
    /// As [`say`](Self::say), and [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for a number that
    /// is not finite.
    pub fn say_with(&self, text: impl Into<String>, config: GenerationConfig) -> Result<Spoken> {
        let inner = self
            .runtime
            .enter(OPERATION, || self.inner.say_with(text, config))?;
        Ok(self.spoken(inner))
    }

    /// Speaks all texts of an iterator, for example the tokens of a language model. They are joined
    /// unchanged: every space counts. A [`Piece`] may have a volume, speed and emotion of its own. The iterator
    /// is read on a thread of its own, and no further after an interruption.
    ///
    /// # Errors
    ///
    /// As [`say`](Self::say), and [`ErrorKind::Io`](crate::ErrorKind::Io) when the system cannot start a
    /// thread.
    pub fn say_all<I>(&self, texts: I) -> Result<Spoken>
    where
        I: IntoIterator + Send + 'static,
        I::Item: Into<Piece>,
    {
        // With one text at a time, an interruption stops the iterator soon.
        let (sender, receiver) = mpsc::channel(1);
        std::thread::Builder::new()
            .name("cartesia-texts".to_owned())
            .spawn(move || {
                for text in texts {
                    if sender.blocking_send(text.into()).is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| {
                let message = "a thread to read the texts cannot be started";
                Error::new(ErrorKind::Io, OPERATION, message).with_source(error)
            })?;
        let texts = Texts(receiver);
        let inner = self
            .runtime
            .enter(OPERATION, || self.inner.say_stream(texts))?;
        Ok(self.spoken(inner))
    }

    /// Stops all speech up to now (barge-in): generation and streams of text stop, playback fades out, and
    /// queued audio is dropped. It blocks until the fade-out has left the speaker, and returns what was heard
    /// of the turn. A turn is all utterances since [`Speech`] last had nothing to play.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) when the fade-out does not end within 10 s. That can
    /// only happen with an output without a device ([`Player::offline`], [`Player::external`]) that the
    /// program does not render.
    #[doc(alias = "barge-in")]
    pub fn interrupt(&self) -> Result<Heard> {
        self.runtime.wait(OPERATION, self.inner.interrupt())
    }

    /// Resumes after a false interruption, with the first word that was not heard completely. See
    /// [`cartesia::Speech::resume_interrupted`](crate::Speech::resume_interrupted).
    ///
    /// # Errors
    ///
    /// As [`say`](Self::say).
    pub fn resume_interrupted(&self) -> Result<Vec<Spoken>> {
        let resumed = self
            .runtime
            .enter(OPERATION, || self.inner.resume_interrupted())?;
        Ok(resumed
            .into_iter()
            .map(|inner| self.spoken(inner))
            .collect())
    }

    /// Returns what was heard of the turn up to now.
    #[doc(alias = "position")]
    pub fn heard(&self) -> Heard {
        self.inner.heard()
    }

    /// Waits until all speech has left the speaker, and returns what was heard of the turn.
    ///
    /// # Errors
    ///
    /// The error of the first utterance of the turn that failed; [`heard`](Self::heard) still returns what
    /// was heard.
    pub fn finished(&self) -> Result<Heard> {
        self.runtime.wait(OPERATION, self.inner.finished())
    }

    /// Returns whether any utterance has not ended yet.
    pub fn is_speaking(&self) -> bool {
        self.inner.is_speaking()
    }

    /// Returns a receiver of events from now on, such as each word when it leaves the speaker: an iterator.
    pub fn events(&self) -> SpeechEvents {
        SpeechEvents {
            inner: self.inner.events(),
            runtime: self.runtime.clone(),
        }
    }

    /// Pauses playback, after a fade-out. Audio continues to arrive and is kept.
    pub fn pause(&self) {
        self.inner.pause();
    }

    /// Continues after [`pause`](Self::pause), with a fade-in.
    pub fn resume(&self) {
        self.inner.resume();
    }

    /// Sets the volume as a factor, from 0 to 4, over a given time. To duck: `fade_volume(0.2, …)`, and back.
    pub fn fade_volume(&self, volume: f32, over: Duration) {
        self.inner.fade_volume(volume, over);
    }

    fn spoken(&self, inner: crate::speech::Spoken) -> Spoken {
        Spoken {
            inner,
            runtime: self.runtime.clone(),
        }
    }
}

/// Texts that another thread reads.
struct Texts(mpsc::Receiver<Piece>);

impl Stream for Texts {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0.poll_recv(cx)
    }
}

/// An utterance; from [`Speech::say`].
///
/// It is a handle: clones share the same utterance, and dropping it changes nothing.
#[derive(Debug, Clone)]
pub struct Spoken {
    inner: crate::speech::Spoken,
    runtime: Runtime,
}

impl Spoken {
    /// Returns the identifier in events and reports.
    pub fn id(&self) -> SpokenId {
        self.inner.id()
    }

    /// Returns the text that was taken so far.
    pub fn text(&self) -> String {
        self.inner.text()
    }

    /// Returns what was heard of it up to now.
    pub fn heard(&self) -> Heard {
        self.inner.heard()
    }

    /// Cancels this utterance alone: if it is playing it fades out, and the next one follows.
    pub fn cancel(&self) {
        self.inner.cancel();
    }

    /// Waits until the utterance has ended at the speaker: heard to its end, interrupted, or failed.
    ///
    /// # Errors
    ///
    /// The error that ended it before all audio was received. An interruption is not an error.
    pub fn finished(&self) -> Result<SpeechReport> {
        self.runtime.wait(OPERATION, self.inner.finished())
    }

    /// Returns the outcome of [`finished`](Self::finished) once the utterance has ended; `None` before. The
    /// error is the one that `finished` returns.
    pub fn report(&self) -> Option<Result<SpeechReport>> {
        self.inner.report()
    }
}

/// A receiver of [`SpeechEvent`]s; from [`Speech::events`]: an iterator that ends when the player is closed.
#[derive(Debug)]
pub struct SpeechEvents {
    inner: crate::speech::SpeechEvents,
    runtime: Runtime,
}

impl SpeechEvents {
    /// Returns the next event; `None` after the last.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) in an async context.
    pub fn next_event(&mut self) -> Result<Option<SpeechEvent>> {
        self.runtime.block_on(OPERATION, self.inner.next_event())
    }

    /// Returns the next event if it has already arrived.
    pub fn try_next_event(&mut self) -> Option<SpeechEvent> {
        self.inner.try_next_event()
    }
}

impl Iterator for SpeechEvents {
    type Item = Result<SpeechEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_event().transpose()
    }
}

impl FusedIterator for SpeechEvents {}
