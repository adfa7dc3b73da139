//! The handle of a connection.

use std::fmt;
use std::sync::Arc;

use cartesia_core::limiter::{Permit, Permits, Priority, Workload};
use cartesia_types::tts::{ContextSpec, GenerationRequest};
use cartesia_types::{ApiVersion, ErrorKind};
use tokio::runtime;

use crate::Error;
use crate::Result;
use crate::config::Connector;
use crate::context::{ContextInput, ContextOutput, TtsContext};
use crate::driver::Control;
use crate::endpoint::CONNECT;
use crate::handshake::Handshake;
use crate::lanes::{self, Lanes};
use crate::session::{Opening, Rules, Session, identifier};
use crate::shared::Shared;
use crate::stats::ConnectionStats;

const CONTEXT: &str = "tts.context";

/// The time that a word waits for its other half. A language model takes 10 to 50 ms from token to token.
const SETTLE: std::time::Duration = std::time::Duration::from_millis(200);

/// A connection to the service, for text to speech: many contexts at a time, over one WebSocket.
///
/// Cloning is cheap. A lost connection is re-established when a context needs it, so one handle serves
/// for as long as the program runs. The connection closes with its last handle and last context.
///
/// It runs in a task on the Tokio runtime on which it was opened. Handles may be used on other runtimes;
/// if the task does not run for about 10 s, they fail with
/// [`ErrorKind::Timeout`](cartesia_types::ErrorKind::Timeout).
#[doc(alias = "websocket")]
#[doc(alias = "multiplexing")]
#[derive(Clone)]
pub struct TtsConnection {
    api_version: ApiVersion,
    permits: Permits,
    lanes: Arc<Lanes<Session>>,
}

impl Connector {
    /// Opens a connection for text to speech.
    ///
    /// ```no_run
    /// # async fn run() -> cartesia_ws::Result<()> {
    /// use cartesia_types::tts::ContextSpec;
    /// use cartesia_types::{ModelId, RawFormat, VoiceId};
    /// use cartesia_ws::Connector;
    ///
    /// let connection = Connector::from_env()?.tts().await?;
    /// let voice = VoiceId::from("db6b0ed5-d5d3-463d-ae85-518a07d3c2b4");
    /// let spec = ContextSpec::new(ModelId::SONIC_LATEST, &voice, RawFormat::PCM_S16LE_24000);
    /// let mut output = connection.context(spec)?.speak("Good evening.").await?;
    /// while let Some(audio) = output.next_audio().await? {
    ///     println!("{} bytes", audio.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check); it does not retry.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn tts(&self) -> Result<TtsConnection> {
        let connection = self.tts_lazy()?;
        connection.ready().await?;
        Ok(connection)
    }

    /// Creates a connection for text to speech that is opened on first use. Its task runs on the current
    /// Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a setting is invalid, or outside a runtime.
    pub fn tts_lazy(&self) -> Result<TtsConnection> {
        Ok(TtsConnection::start(
            Arc::new(self.share()?),
            &lanes::runtime(CONNECT)?,
            false,
        ))
    }
}

impl TtsConnection {
    /// Starts the task of a connection. With `keep_warm` it reconnects after the idle limit has closed it.
    pub(crate) fn start(shared: Arc<Shared>, runtime: &runtime::Handle, keep_warm: bool) -> Self {
        let rules = Rules {
            timeouts: shared.timeouts,
            reconnect: shared.policy.reconnect.clone(),
            replay: shared.policy.replay,
            continue_expired: shared.policy.continue_expired,
            settle: SETTLE,
            keep_warm,
        };
        let session = Session::new(rules, fastrand::u64(..));
        Self {
            api_version: shared.api_version,
            permits: shared.permits.clone(),
            lanes: Lanes::start(shared, runtime, session),
        }
    }

    /// Waits until the connection is open, and opens it if it is not.
    ///
    /// # Errors
    ///
    /// As [`Connector::check`] when it cannot be opened, `Closed` after [`close`](Self::close).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the connection is still opened.
    pub async fn ready(&self) -> Result<()> {
        self.lanes.ready().await
    }

    /// Begins a context: one generation, with text that may arrive in pieces.
    ///
    /// This sends nothing, and needs no open connection. If the client has a [limiter](Connector::limiter),
    /// the first text waits for a permit.
    ///
    /// # Errors
    ///
    /// `Unsupported` when the API version of the connection lacks a field of it (a field that is given with
    /// [`with_extra`](ContextSpec::with_extra) is not checked), `InvalidRequest` when it has a number that is
    /// not finite. Later errors are reported by the context, including that its identifier is in use on this
    /// connection.
    pub fn context(&self, spec: ContextSpec) -> Result<TtsContext> {
        self.context_with(spec, None)
    }

    /// A context that holds a permit of a pool for as long as it lives.
    pub(crate) fn context_with(
        &self,
        mut spec: ContextSpec,
        permit: Option<Permit>,
    ) -> Result<TtsContext> {
        for requirement in spec.requirements() {
            requirement
                .check(self.api_version)
                .map_err(|error| Error::new(ErrorKind::Unsupported, CONTEXT, error.to_string()))?;
        }
        spec.validate()
            .map_err(|error| Error::new(ErrorKind::InvalidRequest, CONTEXT, error.to_string()))?;
        let key = lanes::new_key();
        let id = spec.context_id.take();
        let id = id.unwrap_or_else(|| identifier::unique(key));
        let format = spec.output_format;
        let opening = Opening::new(id.clone(), spec).map_err(|error| {
            Error::new(
                ErrorKind::InvalidRequest,
                CONTEXT,
                "the settings of the context cannot be written as JSON",
            )
            .with_source(error)
        })?;
        let alignment = opening.alignment.clone();

        let (mut input, output) = self.lanes.open(key, opening, permit);
        input.wait_for_permit(&self.permits, Workload::Synthesis);
        Ok(TtsContext {
            input: ContextInput {
                id: id.clone(),
                stream: input,
            },
            output: ContextOutput {
                id,
                format,
                alignment,
                stream: output,
                received: 0,
            },
        })
    }

    /// Returns a handle on the same connection whose contexts wait for permits of the client's
    /// [limiter](Connector::limiter) with this priority. The other handles keep theirs.
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        let mut handle = self.clone();
        handle.permits = handle.permits.with_priority(priority);
        handle
    }

    /// Speaks one complete text in a context of its own.
    ///
    /// The request's fields `continue` and `flush` are ignored.
    ///
    /// # Errors
    ///
    /// As [`context`](Self::context). Later errors are reported by the output.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the context.
    pub async fn send(&self, request: GenerationRequest) -> Result<ContextOutput> {
        self.context(request.context)?
            .speak(request.transcript)
            .await
    }

    /// Returns the service's answer to the opening of the current connection, or else of the last one.
    pub fn handshake(&self) -> Option<Handshake> {
        self.lanes.handshake()
    }

    /// Returns the counters of the connection.
    pub fn stats(&self) -> ConnectionStats {
        let mut stats = self.lanes.stats();
        stats.live_contexts = self.live();
        stats
    }

    /// Contexts that live.
    pub(crate) fn live(&self) -> usize {
        self.lanes.live()
    }

    /// Begins to open the connection, if it is not open.
    pub(crate) fn warm(&self) {
        self.lanes.control(Control::Warm);
    }

    pub(crate) fn start_draining(&self) {
        self.lanes.control(Control::Drain);
    }

    pub(crate) fn start_closing(&self) {
        self.lanes.control(Control::Close);
    }

    pub(crate) fn is_up(&self) -> bool {
        self.lanes.is_up()
    }

    /// Whether it was closed for good.
    pub(crate) fn is_closed(&self) -> bool {
        self.lanes.is_closed()
    }

    /// Accepts no new contexts, waits until the open ones have ended, and closes the connection.
    ///
    /// A context is open until its text is complete and spoken, so this waits for callers, too.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not undo it: the connection closes when the last context has ended.
    pub async fn drain(&self) {
        self.start_draining();
        self.lanes.closed().await;
    }

    /// Ends all contexts, closes the connection, and waits until its task has ended: at most for
    /// [`Timeouts::close`](crate::Timeouts::close).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not undo it: the connection still closes.
    pub async fn close(&self) {
        self.start_closing();
        self.lanes.closed().await;
    }
}

impl fmt::Debug for TtsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtsConnection")
            .field("api_version", &self.api_version)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
