//! The handle of a connection.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cartesia_types::tts::{Buffering, ContextId, ContextSpec, GenerationRequest};
use cartesia_types::{ApiVersion, ErrorKind};
use tokio::runtime;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use crate::Error;
use crate::Result;
use crate::config::Connector;
use crate::context::{ContextInput, ContextOutput, TtsContext};
use crate::driver::{Control, Driver, Gauges, Status, gone};
use crate::endpoint::CONNECT;
use crate::handshake::Handshake;
use crate::inbox::{End, Inbox};
use crate::pulse::{Watch, stands_still, standstill};
use crate::session::{Command, Key, Opening, Rules, Session};
use crate::shared::Shared;
use crate::stats::ConnectionStats;
use crate::text::Gathering;

const CONTEXT: &str = "tts.context";

/// Texts that may wait to be sent, over all contexts, before callers wait.
const DATA_LANE: usize = 64;
/// How long a word waits for its other half. A language model takes 10 to 50 ms from token to token.
const SETTLE: std::time::Duration = std::time::Duration::from_millis(200);

/// Names contexts within the process.
static NEXT_KEY: AtomicU64 = AtomicU64::new(0);

/// A connection to the service, for text to speech: many contexts at a time, over one WebSocket.
///
/// Cloning is cheap. A lost connection is re-established when a context needs it, so one handle serves
/// for as long as the program runs. The connection closes with its last handle and last context.
///
/// It runs in a task on the Tokio runtime on which it was opened. Handles may be used on other runtimes;
/// if the task does not run for about 10 s, they fail with
/// [`ErrorKind::Timeout`](cartesia_types::ErrorKind::Timeout).
#[derive(Clone)]
pub struct TtsConnection {
    inner: Arc<Inner>,
}

struct Inner {
    api_version: ApiVersion,
    buffer_bytes: usize,
    data: mpsc::Sender<(Key, Command)>,
    control: mpsc::UnboundedSender<Control>,
    status: watch::Receiver<Status>,
    gauges: Arc<Gauges>,
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
    /// As [`check`](Self::check); nothing is tried twice here.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes whatever was opened.
    pub async fn tts(&self) -> Result<TtsConnection> {
        let connection = self.tts_lazy()?;
        connection.ready().await?;
        Ok(connection)
    }

    /// A connection for text to speech that is opened when it is first needed. It needs a Tokio
    /// runtime, on which its task runs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a setting is not usable, or outside a runtime.
    pub fn tts_lazy(&self) -> Result<TtsConnection> {
        Ok(TtsConnection::start(
            Arc::new(self.share()?),
            &runtime()?,
            false,
        ))
    }
}

/// The runtime that the caller runs on.
pub(crate) fn runtime() -> Result<runtime::Handle> {
    runtime::Handle::try_current().map_err(|error| {
        let message = "there is no Tokio runtime here to run the connection on";
        Error::new(ErrorKind::Config, CONNECT, message).with_source(error)
    })
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
        let (data, texts) = mpsc::channel(DATA_LANE);
        #[expect(
            clippy::disallowed_methods,
            reason = "a handful of messages for each context and connection; see `Control`"
        )]
        let (control, orders) = mpsc::unbounded_channel();
        let (status_sender, status) = watch::channel(Status::default());
        let gauges = Arc::new(Gauges::default());
        let inner = Inner {
            api_version: shared.api_version,
            buffer_bytes: shared.policy.buffer_bytes,
            data,
            control,
            status,
            gauges: Arc::clone(&gauges),
        };
        let session = Session::new(rules, fastrand::u64(..));
        let driver = Driver::new(shared, session, texts, orders, status_sender, gauges);
        // It ends by itself when the last handle and context are gone, or when it is closed.
        runtime.spawn(driver);
        Self {
            inner: Arc::new(inner),
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
    /// Cancel-safe: the connection is opened all the same.
    pub async fn ready(&self) -> Result<()> {
        let mut status = self.inner.status.clone();
        let tries = status.borrow_and_update().tries;
        self.inner.control.send(Control::Warm).map_err(|_| gone())?;
        let outcome = tokio::select! {
            biased;
            state = status.wait_for(|state| state.up || state.closed || state.tries > tries) => state,
            () = self.stands_still() => return Err(standstill(CONNECT)),
        };
        let state = outcome.map_err(|_| gone())?;
        match &state.error {
            _ if state.up => Ok(()),
            Some(error) => Err(error.clone()),
            None => Err(gone()),
        }
    }

    /// Begins a context: one generation, with text that may come bit by bit.
    ///
    /// Nothing is sent yet, and no connection is needed yet.
    ///
    /// # Errors
    ///
    /// `Unsupported` when the API version of the connection lacks a field of it (a field that is given
    /// with [`with_extra`](ContextSpec::with_extra) is not checked), `InvalidRequest` when it has a
    /// number that is not finite. Whatever goes wrong later is reported by the context, also that its
    /// identifier is in use on this connection.
    pub fn context(&self, spec: ContextSpec) -> Result<TtsContext> {
        self.context_with(spec, None)
    }

    /// A context with something to hold on to for as long as it lives.
    pub(crate) fn context_with(
        &self,
        mut spec: ContextSpec,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<TtsContext> {
        for requirement in spec.requirements() {
            requirement
                .check(self.inner.api_version)
                .map_err(|error| Error::new(ErrorKind::Unsupported, CONTEXT, error.to_string()))?;
        }
        spec.validate()
            .map_err(|error| Error::new(ErrorKind::InvalidRequest, CONTEXT, error.to_string()))?;
        let id = spec.context_id.take().unwrap_or_else(random_id);
        let format = spec.output_format;
        let opening = Opening::new(id.clone(), spec).map_err(|error| {
            Error::new(
                ErrorKind::InvalidRequest,
                CONTEXT,
                "its settings are not JSON",
            )
            .with_source(error)
        })?;

        let inner = &*self.inner;
        let key = NEXT_KEY.fetch_add(1, Ordering::Relaxed);
        let inbox = Arc::new(Inbox::new(inner.buffer_bytes));
        inner.gauges.live.fetch_add(1, Ordering::Relaxed);
        let open = Control::Open(key, Box::new(opening), Arc::clone(&inbox), permit);
        if inner.control.send(open).is_err() {
            inner.gauges.live.fetch_sub(1, Ordering::Relaxed);
            inbox.end(End::Failed(gone()));
        }
        let (data, control) = (inner.data.clone(), inner.control.clone());
        let other = Arc::clone(&inbox);
        Ok(TtsContext {
            input: ContextInput {
                key,
                id: id.clone(),
                inbox: other,
                data,
                control: control.clone(),
                gauges: Arc::clone(&inner.gauges),
                sent: 0,
                finished: false,
            },
            output: ContextOutput {
                key,
                id,
                format,
                inbox,
                control,
                gauges: Arc::clone(&inner.gauges),
                watch: Watch::default(),
                received: 0,
                over: false,
            },
        })
    }

    /// Speaks one text in a context of its own.
    ///
    /// Whether more text follows, and whether to flush, is not the request's to say here: it is whole.
    ///
    /// # Errors
    ///
    /// As [`context`](Self::context). Whatever goes wrong later is reported by the output.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the context.
    pub async fn send(&self, request: GenerationRequest) -> Result<ContextOutput> {
        self.context(request.context)?
            .speak(request.transcript)
            .await
    }

    /// What the service said when it opened the present connection, or else the last one.
    pub fn handshake(&self) -> Option<Handshake> {
        self.inner.status.borrow().handshake.clone()
    }

    /// What the connection has done, and does.
    pub fn stats(&self) -> ConnectionStats {
        let mut stats = self.inner.gauges.stats();
        stats.live_contexts = self.live();
        stats
    }

    /// Contexts that live.
    pub(crate) fn live(&self) -> usize {
        self.inner.gauges.live.load(Ordering::Relaxed)
    }

    /// Begins to open the connection, if it is not open.
    pub(crate) fn warm(&self) {
        let _ = self.inner.control.send(Control::Warm);
    }

    pub(crate) fn start_draining(&self) {
        let _ = self.inner.control.send(Control::Drain);
    }

    pub(crate) fn start_closing(&self) {
        let _ = self.inner.control.send(Control::Close);
    }

    pub(crate) fn is_up(&self) -> bool {
        self.inner.status.borrow().up
    }

    /// Whether it was closed for good.
    pub(crate) fn is_closed(&self) -> bool {
        self.inner.status.borrow().closed
    }

    /// Takes no new contexts, waits until those that live have ended, and closes the connection.
    ///
    /// A context lives until its text is complete and spoken: this waits for the callers, too.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not undo it: the connection closes when the last context has ended.
    pub async fn drain(&self) {
        self.start_draining();
        self.closed().await;
    }

    /// Ends all contexts, closes the connection, and waits until its task has ended: at most for
    /// [`Timeouts::close`](crate::Timeouts::close).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not undo it: the connection closes all the same.
    pub async fn close(&self) {
        self.start_closing();
        self.closed().await;
    }

    async fn closed(&self) {
        let mut status = self.inner.status.clone();
        tokio::select! {
            biased;
            // An error says that the task is gone already.
            _ = status.wait_for(|status| status.closed) => {}
            () = self.stands_still() => tracing::warn!(error = %standstill(CONNECT)),
        }
    }

    async fn stands_still(&self) {
        stands_still(&self.inner.gauges.pulse, &self.inner.control).await;
    }
}

impl fmt::Debug for TtsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtsConnection")
            .field("api_version", &self.inner.api_version)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// An identifier that no other context has: a random UUID, as the official clients make them.
fn random_id() -> ContextId {
    let bits = fastrand::u128(..);
    // The version (4) and the variant, as RFC 9562 sets them.
    let bits = (bits & !(0xf000 << 64) & !(0xc000 << 48)) | (0x4000 << 64) | (0x8000 << 48);
    let hex = format!("{bits:032x}");
    let parts =
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
    ContextId::from(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_random_uuids() {
        let ids: std::collections::HashSet<_> = (0..1_000).map(|_| random_id()).collect();
        assert_eq!(ids.len(), 1_000);
        for id in ids {
            let parts: Vec<_> = id.as_str().split('-').collect();
            assert_eq!(
                parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
                [8, 4, 4, 4, 12]
            );
            assert!(parts[2].starts_with('4'), "{id}");
            assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
    }
}
