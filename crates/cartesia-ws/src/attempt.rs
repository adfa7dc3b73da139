//! One attempt to open a connection: its purpose and its progress.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cartesia_types::ErrorKind;
use tokio::time::Instant;

use crate::Error;

/// The stage of an attempt, for the error of a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Token,
    Resolving,
    Connecting,
    ConnectingToProxy,
    Proxy,
    Tls,
    Upgrade,
}

impl Stage {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "waiting for the token provider",
            Self::Resolving => "resolving the host name",
            Self::Connecting => "connecting over TCP",
            Self::ConnectingToProxy => "connecting to the proxy over TCP",
            Self::Proxy => "waiting for the proxy to connect",
            Self::Tls => "setting up TLS",
            Self::Upgrade => "waiting for the answer to the WebSocket upgrade",
        }
    }
}

/// The time that it took to open a connection, phase by phase; from [`Handshake::times`](crate::Handshake::times).
///
/// A phase that did not take place is zero, for example `proxy` without a proxy.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectTimes {
    /// The token provider.
    pub token: Duration,
    /// The name of the host, or of the proxy.
    pub resolve: Duration,
    /// TCP to the host, or to the proxy.
    pub tcp: Duration,
    /// The proxy's own connection to the host, with TLS to the proxy.
    pub proxy: Duration,
    /// TLS with the host.
    pub tls: Duration,
    /// The upgrade to a WebSocket, from the request to the answer.
    pub upgrade: Duration,
}

impl ConnectTimes {
    /// Returns the sum of all phases.
    pub fn total(&self) -> Duration {
        self.token + self.resolve + self.tcp + self.proxy + self.tls + self.upgrade
    }

    fn of(&mut self, stage: Stage) -> &mut Duration {
        match stage {
            Stage::Token => &mut self.token,
            Stage::Resolving => &mut self.resolve,
            Stage::Connecting | Stage::ConnectingToProxy => &mut self.tcp,
            Stage::Proxy => &mut self.proxy,
            Stage::Tls => &mut self.tls,
            Stage::Upgrade => &mut self.upgrade,
        }
    }
}

/// One attempt to open a connection. Its clones share how far it is.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The operation in errors, for example `tts.connect`.
    pub(crate) operation: &'static str,
    /// The host of the service and its port.
    pub(crate) host: Arc<str>,
    /// Until when the connection must be open.
    pub(crate) deadline: Instant,
    progress: Arc<Mutex<Progress>>,
}

#[derive(Debug)]
struct Progress {
    stage: Stage,
    since: Instant,
    times: ConnectTimes,
}

impl Progress {
    fn enter(&mut self, stage: Stage) {
        let now = Instant::now();
        *self.times.of(self.stage) += now.saturating_duration_since(self.since);
        (self.stage, self.since) = (stage, now);
    }
}

impl Attempt {
    pub(crate) fn new(
        operation: &'static str,
        host: impl Into<Arc<str>>,
        deadline: Instant,
    ) -> Self {
        let progress = Progress {
            stage: Stage::Token,
            since: Instant::now(),
            times: ConnectTimes::default(),
        };
        Self {
            operation,
            host: host.into(),
            deadline,
            progress: Arc::new(Mutex::new(progress)),
        }
    }

    /// Notes the stage that begins now.
    pub(crate) fn enter(&self, stage: Stage) {
        self.progress().enter(stage);
    }

    pub(crate) fn stage(&self) -> Stage {
        self.progress().stage
    }

    /// Returns the times of all phases up to now.
    pub(crate) fn times(&self) -> ConnectTimes {
        let mut progress = self.progress();
        let stage = progress.stage;
        progress.enter(stage);
        progress.times
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // Nothing panics while it is held; a poisoned lock would hold valid data all the same.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error of a connection that could not be made.
    pub(crate) fn failed(&self, why: impl fmt::Display) -> Error {
        let message = format!("no connection to {}: {why}", self.host);
        Error::new(ErrorKind::Connect, self.operation, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_phase_has_its_time() {
        let attempt = Attempt::new("tts.connect", "host", Instant::now());
        for (stage, millis) in [
            (Stage::Token, 1),
            (Stage::ConnectingToProxy, 0),
            (Stage::Resolving, 20),
            (Stage::ConnectingToProxy, 300),
            (Stage::Proxy, 4_000),
            (Stage::Tls, 50_000),
            (Stage::Upgrade, 600_000),
        ] {
            attempt.clone().enter(stage);
            tokio::time::advance(Duration::from_millis(millis)).await;
        }
        let times = attempt.times();
        let millis = [
            times.token,
            times.resolve,
            times.tcp,
            times.proxy,
            times.tls,
            times.upgrade,
        ];
        let millis = millis.map(|time| time.as_millis());
        assert_eq!(millis, [1, 20, 300, 4_000, 50_000, 600_000]);
        assert_eq!(times.total(), Duration::from_millis(654_321));
        assert_eq!(attempt.stage(), Stage::Upgrade);
    }
}
