//! A WebSocket for text to speech, and its contexts.

use cartesia_core::limiter::Priority;
use cartesia_types::tts::{ContextSpec, GenerationRequest};
use cartesia_ws::{ConnectionStats, Handshake};

use super::runtime::Runtime;
use super::{ContextOutput, TtsContext};
use crate::Result;

const CONNECT: &str = "tts.connect";
const CONTEXT: &str = "tts.context";

/// A connection to the service, for text to speech: many contexts at a time, over one WebSocket; from
/// [`Tts::connect`](super::Tts::connect).
///
/// Cloning is cheap. The connection is kept alive between calls. If it is lost, the next call reconnects, so
/// a handle can be used for as long as the program runs. When the last handle and the last context are gone,
/// it is closed in the background; [`close`](Self::close) waits for it.
#[derive(Debug, Clone)]
pub struct TtsConnection {
    inner: cartesia_ws::TtsConnection,
    runtime: Runtime,
}

impl TtsConnection {
    pub(super) fn new(inner: cartesia_ws::TtsConnection, runtime: Runtime) -> Self {
        Self { inner, runtime }
    }

    #[cfg(feature = "playback")]
    pub(super) fn inner(&self) -> &cartesia_ws::TtsConnection {
        &self.inner
    }

    /// Waits until the connection is open, and opens it if it is not.
    ///
    /// # Errors
    ///
    /// As [`Tts::connect`](super::Tts::connect) when it cannot be opened, `Closed` after
    /// [`close`](Self::close).
    pub fn ready(&self) -> Result<()> {
        self.runtime.wait(CONNECT, self.inner.ready())
    }

    /// Begins a context: one generation, with text that may arrive in pieces.
    ///
    /// This sends nothing, needs no open connection, and does not block.
    ///
    /// ```no_run
    /// use cartesia::{ContextSpec, ModelId, RawFormat, VoiceId, blocking::Client};
    ///
    /// # fn tokens_of_a_language_model() -> Vec<String> { Vec::new() }
    /// # fn run() -> cartesia::Result<()> {
    /// let connection = Client::from_env()?.tts().connect()?;
    /// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    /// let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
    /// let (mut input, mut output) = connection.context(spec)?.split();
    /// let writer = std::thread::spawn(move || {
    ///     input.push_all(tokens_of_a_language_model())?;
    ///     input.finish()
    /// });
    /// while let Some(audio) = output.next_audio()? {
    ///     println!("{} bytes of audio", audio.len());
    /// }
    /// # let _ = writer;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `Unsupported` when the API version of the connection lacks a field of it, `InvalidRequest` when it has
    /// a number that is not finite. Later errors are reported by the context.
    pub fn context(&self, spec: ContextSpec) -> Result<TtsContext> {
        let context = self.inner.context(spec)?;
        Ok(TtsContext::new(context, self.runtime.clone()))
    }

    /// Returns a handle on the same connection whose contexts wait for permits of the client's
    /// [limiter](crate::blocking::ClientBuilder::limiter) with this priority. The other handles keep theirs.
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self {
            inner: self.inner.with_priority(priority),
            runtime: self.runtime.clone(),
        }
    }

    /// Speaks one complete text in a context of its own.
    ///
    /// The request's fields `continue` and `flush` are ignored.
    ///
    /// # Errors
    ///
    /// As [`context`](Self::context), and `Config` in async code. Later errors are reported by the output.
    pub fn send(&self, request: GenerationRequest) -> Result<ContextOutput> {
        let output = self.runtime.wait(CONTEXT, self.inner.send(request))?;
        Ok(ContextOutput::new(output, self.runtime.clone()))
    }

    /// Returns the service's answer to the opening of the current connection, or else of the last one.
    pub fn handshake(&self) -> Option<Handshake> {
        self.inner.handshake()
    }

    /// Returns the counters of the connection.
    pub fn stats(&self) -> ConnectionStats {
        self.inner.stats()
    }

    /// Accepts no new contexts, waits until the open ones have ended, and closes the connection.
    ///
    /// A context is open until its text is complete and spoken, so this waits for other threads, too.
    ///
    /// # Errors
    ///
    /// `Config` in async code, which has no effect.
    pub fn drain(&self) -> Result<()> {
        self.runtime.block_on(CONNECT, self.inner.drain())
    }

    /// Ends all contexts, closes the connection, and waits until that is done: at most for
    /// [`Timeouts::close`](crate::Timeouts::close).
    ///
    /// # Errors
    ///
    /// `Config` in async code, which has no effect; dropping all handles closes it there.
    pub fn close(&self) -> Result<()> {
        self.runtime.block_on(CONNECT, self.inner.close())
    }
}
