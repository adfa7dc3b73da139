//! The state of a connection for a session: whether it is open and alive, when the next attempt begins, and
//! how it ends. Without socket or clock, and shared by all protocols.

use std::time::{Duration, Instant};

use cartesia_core::time::{deadline_after, overdue};
use cartesia_core::tls::ConnectFailure;
use cartesia_core::{ReconnectPolicy, Secret, Timeouts};
use cartesia_types::ErrorKind;

use crate::protocol::Effect;
use crate::{CloseInfo, Deadline, Error};

/// The state of a connection.
pub(crate) struct Link {
    /// The operation in errors.
    operation: &'static str,
    timeouts: Timeouts,
    reconnect: ReconnectPolicy,
    state: State,
    /// Failed attempts in a row, and the time of the first.
    attempts: u32,
    failing_since: Option<Instant>,
    /// Of the present connection, or else of the last.
    request_id: Option<String>,
    /// The credential that it was opened with, to be removed from texts that quote it.
    secret: Option<Secret>,
    /// Reading is suspended, so no deadline of the service counts.
    paused: bool,
    /// Connections made.
    connections: u64,
    pub(crate) random: fastrand::Rng,
}

/// The stage of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not connected, and no stream needs a connection.
    Down,
    /// The next attempt begins at this time.
    Waiting {
        until: Instant,
    },
    /// Being made; the driver has its deadline.
    Connecting,
    Up(Health),
    /// The close frame was sent; the answer is awaited until this time.
    Closing {
        until: Option<Instant>,
    },
    /// Closed for good.
    Closed,
}

/// Signs of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Health {
    /// When the connection was made.
    since: Instant,
    /// When something last arrived.
    received: Instant,
    /// When a ping was sent, if nothing has arrived since.
    pinged: Option<Instant>,
    /// Since when no stream lives; `None` while one does.
    idle_since: Option<Instant>,
}

/// The action that an open connection needs at a certain time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Ping,
    /// A ping was not answered: the connection is dead.
    Abandon,
    /// The connection was idle for so long that the service will close it soon.
    Retire,
}

/// The end of a connection by a timeout.
pub(crate) enum Lapse {
    /// The connection is dead; this is the error for the streams that need it.
    Dead(Error),
    /// The connection was idle and has been closed.
    Idle,
}

impl Link {
    /// No connection yet. `seed` decides the jitter.
    pub(crate) fn new(
        operation: &'static str,
        timeouts: Timeouts,
        reconnect: ReconnectPolicy,
        seed: u64,
    ) -> Self {
        Self {
            operation,
            timeouts,
            reconnect,
            state: State::Down,
            attempts: 0,
            failing_since: None,
            request_id: None,
            secret: None,
            paused: false,
            connections: 0,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    /// Returns whether the service is expected to send something.
    pub(crate) fn is_watched(&self) -> bool {
        self.is_up() && !self.paused
    }

    /// Whether the next attempt to connect is being waited for.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// Whether it has ended for good.
    pub(crate) fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// Whether it ends, or has ended.
    pub(crate) fn is_ending(&self) -> bool {
        matches!(self.state, State::Closing { .. } | State::Closed)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    pub(crate) fn reconnect(&self) -> &ReconnectPolicy {
        &self.reconnect
    }

    /// Begins to connect, if there is no connection and no attempt in flight.
    pub(crate) fn connect_if_down<E>(&mut self, out: &mut Vec<Effect<E>>) {
        if self.state == State::Down {
            // No stream needed a connection until now, so earlier failures do not count.
            self.forget_failures();
            self.state = State::Connecting;
            out.push(Effect::Connect);
        }
    }

    /// Notes that there is a connection. Returns `false` if none was wanted.
    pub(crate) fn on_connected(
        &mut self,
        now: Instant,
        request_id: Option<String>,
        secret: Secret,
    ) -> bool {
        if self.state != State::Connecting {
            return false;
        }
        self.connections += 1;
        self.request_id = request_id;
        self.secret = Some(secret);
        self.state = State::Up(Health::new(now));
        true
    }

    /// Notes that an attempt failed. Returns `false` if none was wanted.
    pub(crate) fn on_connect_failed(&mut self) -> bool {
        let wanted = self.state == State::Connecting;
        if wanted {
            self.state = State::Down;
        }
        wanted
    }

    /// Notes that the connection ended. Returns an error if the end was not requested: the connection was
    /// lost.
    pub(crate) fn on_closed(
        &mut self,
        now: Instant,
        close: CloseInfo,
        why: Option<(ErrorKind, String)>,
    ) -> Option<Error> {
        match self.state {
            State::Closing { .. } => {
                self.state = State::Closed;
                None
            }
            State::Up(_) => {
                self.on_lost(now);
                let (kind, why) = why.unwrap_or_else(|| {
                    (
                        ErrorKind::Closed,
                        "the service closed the connection".to_owned(),
                    )
                });
                let close = self.scrubbed(close);
                Some(Error::new(kind, self.operation, why).with_closed(close))
            }
            _ => None,
        }
    }

    /// Drops a connection that is of no more use. The caller continues as after a loss.
    pub(crate) fn abandon<E>(&mut self, now: Instant, out: &mut Vec<Effect<E>>) {
        if self.is_up() {
            self.on_lost(now);
            out.push(Effect::Abandon);
        }
    }

    fn on_lost(&mut self, now: Instant) {
        if let State::Up(health) = self.state {
            // It served for longer than the whole budget of attempts: this is another failure.
            if now.saturating_duration_since(health.since) >= self.reconnect.budget {
                self.forget_failures();
            }
        }
        self.state = State::Down;
    }

    /// Notes received bytes: the connection is alive.
    pub(crate) fn on_sign_of_life(&mut self, now: Instant) {
        if let State::Up(health) = &mut self.state {
            health.received(now);
        }
    }

    /// A message of the service arrived: earlier failures of connections no longer count.
    pub(crate) fn on_proof(&mut self, now: Instant) {
        self.on_sign_of_life(now);
        self.forget_failures();
    }

    fn forget_failures(&mut self) {
        self.attempts = 0;
        self.failing_since = None;
    }

    /// Plans the next attempt after a failure. If there is none, returns the error for the streams that wait
    /// for it.
    pub(crate) fn try_again(&mut self, now: Instant, error: &Error, needed: bool) -> Option<Error> {
        self.attempts += 1;
        let since = *self.failing_since.get_or_insert(now);
        let elapsed = now.saturating_duration_since(since);
        let jitter = self.random.f64();
        let delay = self
            .reconnect
            .delay(self.attempts, elapsed, error.retry_after(), jitter)
            .filter(|_| needed && may_help(error));
        match delay.and_then(|delay| deadline_after(now, delay)) {
            Some(until) => {
                self.state = State::Waiting { until };
                None
            }
            None => Some(error.clone().with_attempts(self.attempts)),
        }
    }

    /// Gives up waiting for the next attempt.
    pub(crate) fn stop_waiting(&mut self) {
        if self.is_waiting() {
            self.state = State::Down;
        }
    }

    /// Notes whether a stream lives: a connection without any is closed after a while.
    pub(crate) fn set_in_use(&mut self, now: Instant, in_use: bool) {
        match &mut self.state {
            State::Up(health) if in_use => health.idle_since = None,
            State::Up(health) => {
                health.idle_since.get_or_insert(now);
            }
            _ => {}
        }
    }

    /// Ends the connection for good: with a close frame, if there is one.
    pub(crate) fn close<E>(&mut self, now: Instant, out: &mut Vec<Effect<E>>) {
        match self.state {
            State::Up(_) => {
                out.push(Effect::Close);
                let until = deadline_after(now, self.timeouts.close);
                self.state = State::Closing { until };
            }
            State::Down | State::Waiting { .. } => self.state = State::Closed,
            State::Connecting => {
                out.push(Effect::Abandon);
                self.state = State::Closed;
            }
            State::Closing { .. } | State::Closed => {}
        }
    }

    /// Suspends the deadlines of the service, or starts them over. Returns whether they start over.
    pub(crate) fn set_paused(&mut self, now: Instant, paused: bool) -> bool {
        let resumed = std::mem::replace(&mut self.paused, paused) && !paused;
        if resumed {
            self.on_sign_of_life(now);
        }
        resumed
    }

    /// When [`on_timeout`](Self::on_timeout) is to be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let limits = &self.timeouts;
        match &self.state {
            State::Waiting { until } => Some(*until),
            State::Closing { until } => *until,
            State::Up(health) if !self.paused => health.next(limits).map(|(at, _)| at),
            _ => None,
        }
    }

    /// Performs due actions, until one of them concerns the session. The caller handles that, and calls this
    /// again.
    pub(crate) fn on_timeout<E>(
        &mut self,
        now: Instant,
        out: &mut Vec<Effect<E>>,
    ) -> Option<Lapse> {
        // After a long sleep more than one of these is due.
        while self.poll_timeout().is_some_and(|at| at <= now) {
            match &mut self.state {
                State::Waiting { .. } => {
                    self.state = State::Connecting;
                    out.push(Effect::Connect);
                }
                State::Closing { .. } => {
                    self.state = State::Closed;
                    out.push(Effect::Abandon);
                }
                State::Up(health) => match health.next(&self.timeouts)?.1 {
                    Need::Ping => {
                        health.pinged = Some(now);
                        out.push(Effect::Ping);
                    }
                    Need::Abandon => {
                        self.on_lost(now);
                        out.push(Effect::Abandon);
                        let what = "the connection is dead: a ping was not answered";
                        let limit = self.timeouts.pong;
                        let error = overdue(self.operation, Deadline::Pong, limit, what);
                        return Some(Lapse::Dead(error));
                    }
                    Need::Retire => {
                        out.push(Effect::Retire);
                        self.state = State::Down;
                        return Some(Lapse::Idle);
                    }
                },
                _ => return None,
            }
        }
        None
    }

    /// Removes the credential of the connection from the close reason of the other side.
    pub(crate) fn scrubbed(&self, close: CloseInfo) -> CloseInfo {
        match &self.secret {
            Some(secret) => close.without_secret(secret.expose()),
            None => close,
        }
    }

    /// Returns the credential that the connection was opened with.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }
}

impl Health {
    fn new(now: Instant) -> Self {
        Self {
            since: now,
            received: now,
            pinged: None,
            idle_since: Some(now),
        }
    }

    fn received(&mut self, now: Instant) {
        self.received = now;
        self.pinged = None;
    }

    fn next(&self, limits: &Timeouts) -> Option<(Instant, Need)> {
        let at = |since, limit: Option<Duration>, need| {
            deadline_after(since, limit).map(|at| (at, need))
        };
        let life = match self.pinged {
            Some(pinged) => at(pinged, limits.pong, Need::Abandon),
            None => at(self.received, limits.ping_interval, Need::Ping),
        };
        let retire = self
            .idle_since
            .and_then(|since| at(since, limits.idle, Need::Retire));
        [life, retire]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }
}

/// Close codes after which another attempt would fail in the same way: protocol error, unacceptable data,
/// invalid text, policy violation, message too big, missing extension (RFC 6455, section 7.4.1).
const FINAL_CLOSE_CODES: [u16; 6] = [1002, 1003, 1007, 1008, 1009, 1010];

/// Whether another attempt may have another outcome.
pub(crate) fn may_help(error: &Error) -> bool {
    let why = error.get_ref().and_then(|cause| ConnectFailure::of(cause));
    let permanent = why.is_some_and(|why| why.is_permanent());
    let final_close = error
        .closed()
        .and_then(|closed| closed.code)
        .is_some_and(|code| FINAL_CLOSE_CODES.contains(&code));
    !permanent
        && !final_close
        && matches!(
            error.kind(),
            ErrorKind::Connect
                | ErrorKind::Timeout
                | ErrorKind::RateLimited
                | ErrorKind::Server
                | ErrorKind::Closed
                | ErrorKind::Incomplete
        )
}

#[cfg(test)]
mod tests {
    use cartesia_core::tls::ProxyLoginRefused;

    use super::*;

    #[test]
    fn what_a_retry_cannot_change_is_not_retried() {
        let connect = || Error::new(ErrorKind::Connect, "tts.connect", "no connection");
        assert!(may_help(&connect()));
        assert!(may_help(
            &connect().with_source(std::io::Error::other("odd"))
        ));
        assert!(!may_help(&connect().with_source(ProxyLoginRefused)));
        assert!(!may_help(&Error::new(ErrorKind::Auth, "tts.connect", "no")));
        #[cfg(feature = "rustls")]
        {
            use tokio_rustls::rustls::{CertificateError, Error as TlsError};
            let untrusted = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
            let untrusted = std::io::Error::other(untrusted);
            assert!(!may_help(&connect().with_source(untrusted)));
        }
    }
}
