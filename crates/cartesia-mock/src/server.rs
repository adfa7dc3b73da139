//! The handle of a running server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use cartesia_types::ApiVersion;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::builder::MockServerBuilder;
use crate::fault::FaultPlan;
use crate::journal::{JournalEntry, Received};
use crate::objects::{self, InvalidObjects};
use crate::serve::Stop;
use crate::socket::{Script, Socket, SocketMessage};
use crate::state::State;
use crate::stats::Stats;
use crate::tts_socket;

/// A mock server that is running. It stops when this handle is dropped.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use cartesia_mock::{Fault, MockServer};
///
/// let server = MockServer::start().await?;
/// server.inject(Fault::status(503).on("/voices"));
/// println!("point a client at {} with any key", server.url());
/// assert!(server.received().is_empty());
/// server.shutdown().await;
/// # std::io::Result::Ok(()) })?;
/// # std::io::Result::Ok(())
/// ```
#[doc(alias = "mock")]
#[doc(alias = "fake server")]
#[doc(alias = "offline")]
#[derive(Debug)]
pub struct MockServer {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    pub(crate) stop: watch::Sender<Stop>,
    /// Closes when the server is down.
    pub(crate) running: watch::Receiver<()>,
    pub(crate) runner: Runner,
    pub(crate) certificate: Option<String>,
}

/// The task or thread of the server, which the handle owns and ends.
#[derive(Debug)]
pub(crate) enum Runner {
    Task(JoinHandle<()>),
    Thread(Option<thread::JoinHandle<()>>),
}

impl MockServer {
    /// Starts on the current tokio runtime, on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// When no port is free.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled, as all of tokio.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the server: its port is free again.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Starts on a thread of its own, on a free port of the loopback interface. For programs and
    /// tests that are not asynchronous; the handle is the same.
    ///
    /// # Errors
    ///
    /// When no port is free or a thread cannot be started.
    pub fn start_on_thread() -> io::Result<Self> {
        Self::builder().start_on_thread()
    }

    /// Settings other than the defaults.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder::default()
    }

    /// Returns the base URL for clients, for example `http://127.0.0.1:49152`; no slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the certificate, in PEM, that TLS clients must trust: for `localhost`, `127.0.0.1` and `::1`
    /// that was made for this server. `None` unless `MockServerBuilder::tls` asked for it (feature `tls`).
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Returns the address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Tells whenever a client sent something.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.state.changed.subscribe()
    }

    /// Returns the requests that were received, oldest first. The last thousand are kept.
    pub fn received(&self) -> Vec<Received> {
        self.state.journal.entries()
    }

    /// Returns the events since the server started, WebSockets included, oldest first; empty unless
    /// [`MockServerBuilder::journal`] turned it on. The last twenty thousand entries are kept, and no more
    /// than 64 MiB of them.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.state.log.entries(0)
    }

    /// Replaces the rules of the script by these, and injects its faults.
    pub fn set_script(&self, script: Script) {
        self.state.set_script(script);
    }

    /// Returns the WebSockets that were opened, oldest first. The last thousand are kept.
    pub fn sockets(&self) -> Vec<Socket> {
        self.state.sockets.journal.sockets()
    }

    /// Returns the messages that clients sent over WebSockets, oldest first. The last twenty thousand
    /// messages are kept, and no more than 64 MiB of them.
    pub fn messages(&self) -> Vec<SocketMessage> {
        self.state.sockets.journal.messages()
    }

    /// Waits until clients have sent this many messages over WebSockets since the server started, and returns
    /// [`messages`](Self::messages).
    ///
    /// It waits without a limit, so use a timeout.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: it only waits.
    pub async fn messages_after(&self, count: u64) -> Vec<SocketMessage> {
        self.state.sockets.journal.until(count).await;
        self.messages()
    }

    /// Returns all audio that a context of the WebSocket endpoint sends, in its format.
    ///
    /// `request` is the first request of the context, and has all settings but the text (its text determines
    /// the pitch if it has no context identifier). `pieces` are the texts that are generated together:
    /// without buffering each transcript, with buffering each stretch of text between two flushes. Joining
    /// pieces changes nothing, unless a word goes across their border.
    ///
    /// `None` when the request would be rejected.
    pub fn expected_audio(
        &self,
        version: ApiVersion,
        request: &Value,
        pieces: &[&str],
    ) -> Option<Vec<u8>> {
        tts_socket::expected_audio(&self.state, version, request, pieces)
    }

    /// Adds objects with identifiers of your choice, like `POST /_mock/seed`: an object with an array for
    /// each kind, for example `{"voices": [{"id": "v-1", "name": "Ada"}], "datasets": [{"id": "d-1"}]}`.
    /// Fields that are left out are those of an example; an object with the same `id` is replaced.
    ///
    /// # Errors
    ///
    /// When the JSON is something else, or names a kind that does not exist. Then none is added.
    pub fn add_objects(&self, objects: &Value) -> Result<(), InvalidObjects> {
        objects::add(&self.state, objects)
    }

    /// Injects a fault into requests to come; see [`Fault`](crate::Fault).
    ///
    /// Faults queue up: a request is hit by the first one that matches it.
    pub fn inject(&self, fault: impl Into<FaultPlan>) {
        self.state.faults.push(fault.into());
    }

    /// Returns the use of the plan by each API key: what ran at once, what was refused, and what was billed.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.state.sockets, &self.state.settings)
    }

    /// Counts the use of the plan from now on. What runs goes on, and counts as running.
    pub fn reset_stats(&self) {
        self.state.sockets.reset_stats();
    }

    /// Removes the faults that have not hit a request yet.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// Expires all issued access tokens now, to test how a client reacts.
    pub fn expire_access_tokens(&self) {
        self.state.tokens.expire();
    }

    /// Stops the server. Responses in flight have one second to finish.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the server at once.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(Stop::Gracefully);
        // No value is ever sent: this is the end of the sender.
        let _ = self.running.changed().await;
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.stop.send_replace(Stop::Now);
        match &mut self.runner {
            Runner::Task(task) => task.abort(),
            // The thread does nothing between its awaits that could take long. A panic there was
            // reported by itself.
            Runner::Thread(thread) => drop(thread.take().map(thread::JoinHandle::join)),
        }
    }
}
