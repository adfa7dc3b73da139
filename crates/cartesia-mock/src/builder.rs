//! The settings of a server, and how it starts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::fault::FaultPlan;
use crate::journal::{EventLog, JournalEntry, LogSettings, Received};
use crate::latency::Latency;
use crate::pace::Pace;
use crate::routes;
use crate::serve::{Stop, serve};
use crate::server::{MockServer, Runner};
use crate::socket::{Plan, Script};
use crate::speaker::Speaker;
use crate::state::{Settings, State};
use crate::synthesis::espeak;
use crate::tls::Tls;
use crate::voices::Voices;

/// Settings of a [`MockServer`].
#[derive(Debug, Clone)]
pub struct MockServerBuilder {
    bind: SocketAddr,
    settings: Settings,
    faults: Vec<FaultPlan>,
    script: Script,
    log: LogSettings,
    #[cfg(feature = "tls")]
    tls: bool,
    #[cfg(feature = "tls")]
    tls_names: Vec<String>,
}

impl Default for MockServerBuilder {
    fn default() -> Self {
        let bind = (Ipv4Addr::LOCALHOST, 0).into();
        Self {
            bind,
            settings: Settings::default(),
            faults: Vec::new(),
            script: Script::default(),
            log: LogSettings::default(),
            #[cfg(feature = "tls")]
            tls: false,
            #[cfg(feature = "tls")]
            tls_names: Vec::new(),
        }
    }
}

impl MockServerBuilder {
    /// Sets the address to listen on; port 0 means any free port. Default: port 0 of 127.0.0.1.
    #[must_use]
    pub fn bind(mut self, address: impl Into<SocketAddr>) -> Self {
        self.bind = address.into();
        self.settings.bind = self.bind.ip();
        self
    }

    /// Sets the rate at which audio is sent. Default: [`Pace::Fast`].
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.settings.pace = pace;
        self
    }

    /// Sets the latency before the first piece of audio of each response, fixed or drawn from a range.
    /// Default: none.
    #[must_use]
    pub fn latency(mut self, latency: impl Into<Latency>) -> Self {
        self.settings.latency = latency.into();
        self
    }

    /// Makes runs reproducible: this number determines the identifiers of requests and contexts and all
    /// random values, and timestamps are fixed. Two runs with the same seed that get the same requests in the
    /// same order answer the same bytes.
    ///
    /// Default: the identifiers are the same in every run, the clock goes.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Sets the sound of words. Default: [`Speaker::Tones`].
    #[must_use]
    pub fn speaker(mut self, speaker: Speaker) -> Self {
        self.settings.speaker = speaker;
        self
    }

    /// Sets which identifiers are accepted as voices. Default: [`Voices::Synthesis`].
    #[must_use]
    pub fn voices(mut self, voices: Voices) -> Self {
        self.settings.voices = voices;
        self
    }

    /// Adds a public voice with this identifier and name. May be repeated.
    #[must_use]
    pub fn voice(mut self, id: impl Into<String>, name: impl Into<String>) -> Self {
        self.settings.named_voices.push((id.into(), name.into()));
        self
    }

    /// Accepts this API key, and rejects keys that are not listed. May be repeated. Default: any key that is
    /// not empty.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.settings.keys.push(key.into());
        self
    }

    /// Allows pages of other origins to call the server from a browser (CORS). Off by default.
    #[must_use]
    pub fn cors(mut self) -> Self {
        self.settings.cors = true;
        self
    }

    /// Accepts requests with the example values of an API definition, as generated test suites send them:
    /// identifiers that do not exist, fields whose value is their own name, files that are not audio. Any
    /// identifier is then accepted as a voice. Default: as strict as the service.
    #[must_use]
    pub fn lenient(mut self) -> Self {
        self.settings.lenient = true;
        self.settings.voices = Voices::Any;
        self
    }

    /// Sets the bytes of audio in one piece (the last has fewer). Default: 12 000, which is 16 kB as base64.
    /// A size that splits samples tests the client's reassembly. 0 counts as 1.
    #[must_use]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.settings.chunk_size = bytes.max(1);
        self
    }

    /// Sets the bytes of audio in one chunk of the WebSocket endpoint; the last of each input has fewer.
    /// Default: 16 384. A size that splits samples tests the client's reassembly. 0 counts as 1.
    #[must_use]
    pub fn socket_chunk_size(mut self, bytes: usize) -> Self {
        self.settings.socket.chunk_size = bytes.max(1);
        self
    }

    /// Limits the contexts in flight over all WebSockets, plus calls over HTTP, which count as one each. The
    /// server rejects more with 429. Default: no limit.
    #[must_use]
    pub fn context_limit(mut self, contexts: usize) -> Self {
        self.settings.socket.context_limit = Some(contexts);
        self
    }

    /// Limits the WebSockets for synthesis. The server rejects more with 429. Default: no limit.
    #[must_use]
    pub fn socket_limit(mut self, sockets: usize) -> Self {
        self.settings.socket.socket_limit = Some(sockets);
        self
    }

    /// Limits the transcriptions in flight, over WebSockets and HTTP together. The server rejects more with
    /// 429. Default: no limit.
    #[must_use]
    pub fn stream_limit(mut self, streams: usize) -> Self {
        self.settings.socket.stream_limit = Some(streams);
        self
    }

    /// Sets the limits of a plan, for contexts, WebSockets and transcriptions. Default: [`Plan::Unlimited`].
    #[must_use]
    pub fn plan(mut self, plan: Plan) -> Self {
        self.settings.socket.context_limit = plan.contexts();
        self.settings.socket.socket_limit = plan.sockets();
        self.settings.socket.stream_limit = plan.streams();
        self
    }

    /// Sets how long a context of a WebSocket lives after its last audio or input; then it ends with `done`.
    /// Default: one second.
    #[must_use]
    pub fn context_expiry(mut self, expiry: Duration) -> Self {
        self.settings.socket.expiry = expiry;
        self
    }

    /// Sets how long a WebSocket may be idle; then it is closed with code 1000. Pings count as traffic only
    /// with agents; messages of the server do not count in speech to text. Default: five minutes for
    /// synthesis, three for everything else.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.socket.idle = Some(timeout);
        self
    }

    /// Sets a script of faults on WebSockets; see [`Script`]. Default: no faults.
    #[must_use]
    pub fn script(mut self, script: Script) -> Self {
        self.script = script;
        self
    }

    /// Limits the body of a request; a larger one is rejected with 413. Bodies are kept in memory, and the
    /// last of them in the journal. Default: 32 MiB; the service takes files of up to 2 GB for speech to
    /// text.
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_body_bytes = bytes;
        self
    }

    /// Injects a fault before the first request; see [`MockServer::inject`].
    #[must_use]
    pub fn fault(mut self, fault: impl Into<FaultPlan>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// Calls `observer` with each request, for example to log it: when its response starts, or when
    /// a fault withholds one.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&Received) + Send + Sync + 'static) -> Self {
        self.settings.observer = Some(Arc::new(observer));
        self
    }

    /// Keeps a journal of requests and WebSocket messages, in order, for [`MockServer::journal`] and, without
    /// a key, for `GET /_mock/journal`.
    ///
    /// It contains transcripts, so it is off by default; keys and tokens are removed.
    #[must_use]
    pub fn journal(mut self) -> Self {
        self.log.enabled = true;
        self
    }

    /// Serves a web page with the [`journal`](Self::journal) at the address of the server: requests,
    /// contexts, words, and their audio. Only browsers get it, and only of a server that is bound to a
    /// loopback address.
    #[must_use]
    pub fn page(mut self) -> Self {
        self.settings.page = true;
        self.journal()
    }

    /// Appends each entry of the [`journal`](Self::journal) to a file, as a line of JSON. A line is written
    /// before its response is sent.
    #[must_use]
    pub fn record(mut self, file: impl Into<PathBuf>) -> Self {
        self.log.file = Some(file.into());
        self.journal()
    }

    /// Calls `observer` with each entry of the [`journal`](Self::journal), in order. The observer must not
    /// call the server, which waits for it.
    #[must_use]
    pub fn observe_journal(
        mut self,
        observer: impl Fn(&JournalEntry) + Send + Sync + 'static,
    ) -> Self {
        self.log.observer = Some(Arc::new(observer));
        self.journal()
    }

    /// Answers `https` and `wss` on the same port, too, for clients that open WebSockets only with TLS. They
    /// must trust the [`certificate`](MockServer::certificate). Faults that reset a connection close one with
    /// TLS. Default: only `http` and `ws`.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Adds a host name to the [`certificate`](MockServer::certificate), in addition to this machine's own.
    /// May be repeated. Implies [`tls`](Self::tls).
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    #[must_use]
    pub fn tls_name(mut self, host: impl Into<String>) -> Self {
        self.tls_names.push(host.into());
        self.tls()
    }

    /// Starts on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When it cannot listen on the address, cannot open the file of [`record`](Self::record), or cannot
    /// run the program of the [`speaker`](Self::speaker).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled, as all of tokio.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the server: its port is free again.
    pub async fn start(mut self) -> io::Result<MockServer> {
        let needs = self.check()?;
        let listener = TcpListener::bind(self.bind).await?;
        let address = listener.local_addr()?;
        let (parts, server) = self.prepare(listener, needs);
        #[expect(
            clippy::disallowed_methods,
            reason = "the handle owns the task, and ends it on drop"
        )]
        let task = tokio::spawn(server);
        Ok(parts.handle(address, Runner::Task(task)))
    }

    /// Starts on a thread of its own.
    ///
    /// # Errors
    ///
    /// When it cannot listen on the address, cannot open the file of [`record`](Self::record), cannot run the
    /// program of the [`speaker`](Self::speaker), or a thread cannot be started.
    pub fn start_on_thread(mut self) -> io::Result<MockServer> {
        let needs = self.check()?;
        let listener = std::net::TcpListener::bind(self.bind)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        // The runtime lives on the thread from start to end: the caller may be inside another one,
        // where a runtime can be neither driven nor dropped.
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("cartesia-mock".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                let started = runtime.and_then(|runtime| {
                    let entered = runtime.enter();
                    let listener = TcpListener::from_std(listener)?;
                    drop(entered);
                    Ok((runtime, self.prepare(listener, needs)))
                });
                match started {
                    Ok((runtime, (parts, server))) => {
                        // The code below waits for it.
                        let _ = sender.send(Ok(parts));
                        runtime.block_on(server);
                    }
                    Err(error) => drop(sender.send(Err(error))),
                }
            })?;
        let parts = receiver
            .recv()
            .map_err(|_| io::Error::other("the server's thread ended"))??;
        Ok(parts.handle(address, Runner::Thread(Some(thread))))
    }

    /// Whether all is there that the settings need.
    fn check(&mut self) -> io::Result<Needs> {
        if self.settings.speaker == Speaker::Espeak {
            espeak::check()?;
        }
        let log = EventLog::new(std::mem::take(&mut self.log))?;
        #[cfg(feature = "tls")]
        let tls = self.tls.then(|| Tls::new(&self.tls_names)).transpose()?;
        #[cfg(not(feature = "tls"))]
        let tls = None;
        Ok(Needs { log, tls })
    }

    fn prepare(
        self,
        listener: TcpListener,
        needs: Needs,
    ) -> (HandleParts, impl Future<Output = ()> + Send) {
        let Needs { log, tls } = needs;
        let certificate = tls.as_ref().map(|tls| tls.certificate().to_owned());
        let state = Arc::new(State::new(self.settings, log));
        for fault in self.faults {
            state.faults.push(fault);
        }
        state.set_script(self.script);
        let (stop, stopped) = watch::channel(Stop::No);
        let (alive, running) = watch::channel(());
        let app = routes::router(Arc::clone(&state));
        let server = async move {
            serve(listener, app, tls, stopped).await;
            drop(alive);
        };
        (
            HandleParts {
                state,
                stop,
                running,
                certificate,
            },
            server,
        )
    }
}

/// The handle before it is known what runs the server.
struct HandleParts {
    state: Arc<State>,
    stop: watch::Sender<Stop>,
    running: watch::Receiver<()>,
    certificate: Option<String>,
}

/// The prerequisites of a server.
struct Needs {
    log: EventLog,
    tls: Option<Tls>,
}

impl HandleParts {
    fn handle(self, address: SocketAddr, runner: Runner) -> MockServer {
        let Self {
            state,
            stop,
            running,
            certificate,
        } = self;
        MockServer {
            address,
            state,
            stop,
            running,
            runner,
            certificate,
        }
    }
}
