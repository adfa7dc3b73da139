//! The state that all requests to one server share.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::account::Account;
use crate::fault::FaultQueue;
use crate::files::Files;
use crate::journal::{EventLog, Journal, Received};
use crate::latency::Latency;
use crate::pace::Pace;
use crate::resource::Objects;
use crate::socket::{Script, SocketSettings, Sockets};
use crate::speaker::Speaker;
use crate::tokens::Tokens;
use crate::voices::{Catalogue, Voices};
use crate::{clock, hash};

/// Called with every request when its response starts, or when it is known that there is none.
pub(crate) type Observer = Arc<dyn Fn(&Received) + Send + Sync>;

/// The fixed time of a stopped clock: 2026-09-02T12:00:00Z.
const STANDSTILL: u64 = 1_788_350_400;

/// The settings of the server.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The address that the server is bound to.
    pub(crate) bind: IpAddr,
    pub(crate) pace: Pace,
    /// The wait before the first piece of audio.
    pub(crate) latency: Latency,
    pub(crate) seed: Option<u64>,
    pub(crate) speaker: Speaker,
    pub(crate) voices: Voices,
    /// Voices to begin with: identifier and name.
    pub(crate) named_voices: Vec<(String, String)>,
    /// The keys that are accepted; every one when there is none here.
    pub(crate) keys: Vec<String>,
    /// Whether pages from elsewhere may call.
    pub(crate) cors: bool,
    /// Whether there is a page for people.
    pub(crate) page: bool,
    /// Whether examples of an API definition are understood.
    pub(crate) lenient: bool,
    /// Bytes of audio in a piece.
    pub(crate) chunk_size: usize,
    /// Bytes of a request's body.
    pub(crate) max_body_bytes: usize,
    pub(crate) observer: Option<Observer>,
    pub(crate) socket: SocketSettings,
}

impl Default for Settings {
    fn default() -> Self {
        // 16 kB as base64, of the order of the pieces that the service sends; whole samples in
        // every encoding.
        Self {
            bind: Ipv4Addr::LOCALHOST.into(),
            pace: Pace::Fast,
            latency: Latency::default(),
            seed: None,
            speaker: Speaker::default(),
            voices: Voices::default(),
            named_voices: Vec::new(),
            keys: Vec::new(),
            cors: false,
            page: false,
            lenient: false,
            chunk_size: 12_000,
            max_body_bytes: 32 << 20,
            observer: None,
            socket: SocketSettings::default(),
        }
    }
}

impl Settings {
    /// Whether the page is served: never to other machines.
    pub(crate) fn has_page(&self) -> bool {
        self.page && self.bind.is_loopback()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("pace", &self.pace)
            .field("latency", &self.latency)
            .field("seed", &self.seed)
            .field("speaker", &self.speaker)
            .field("voices", &self.voices)
            .field("keys", &self.keys.len())
            .field("cors", &self.cors)
            .field("page", &self.page)
            .field("lenient", &self.lenient)
            .field("chunk_size", &self.chunk_size)
            .field("socket", &self.socket)
            .field("max_body_bytes", &self.max_body_bytes)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) catalogue: Catalogue,
    pub(crate) files: Files,
    pub(crate) objects: Objects,
    pub(crate) journal: Journal,
    pub(crate) log: EventLog,
    pub(crate) faults: FaultQueue,
    pub(crate) tokens: Tokens,
    pub(crate) account: Account,
    pub(crate) sockets: Sockets,
    /// Told whenever a client sent a request or a message.
    pub(crate) changed: watch::Sender<()>,
    requests: AtomicU64,
    /// Responses with audio.
    answers: AtomicU64,
}

impl State {
    pub(crate) fn new(settings: Settings, log: EventLog) -> Self {
        Self {
            catalogue: Catalogue::new(&settings),
            settings,
            log,
            ..Self::default()
        }
    }

    /// Replaces the rules of the script, and adds its faults.
    pub(crate) fn set_script(&self, script: Script) {
        script.fault_plans().for_each(|plan| self.faults.push(plan));
        self.sockets.script.set(script);
    }

    /// Number and identifier of the next request: 1 for the first, and a UUID, but the same in every run.
    pub(crate) fn next_request(&self) -> (u64, Arc<str>) {
        let before = self.requests.fetch_add(1, Ordering::Relaxed);
        let number = match self.settings.seed {
            None => before,
            Some(seed) => hash::stable(&[b"request", &seed.to_le_bytes(), &before.to_le_bytes()]),
        };
        (before + 1, hash::uuid(number).into())
    }

    /// The wait before the first audio of the next response.
    pub(crate) fn next_latency(&self) -> Duration {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        let seed = self.settings.seed.unwrap_or_default();
        self.settings.latency.draw(seed, number)
    }

    /// The time that answers show, in seconds since 1970. It stands still when runs are to be the same.
    pub(crate) fn seconds(&self) -> u64 {
        match self.settings.seed {
            None => clock::seconds(),
            Some(_) => STANDSTILL,
        }
    }

    /// The same by RFC 3339.
    pub(crate) fn now(&self) -> String {
        clock::rfc3339(self.seconds())
    }

    pub(crate) fn observe(&self, received: &Received) {
        if let Some(observer) = &self.settings.observer {
            observer(received);
        }
    }
}
