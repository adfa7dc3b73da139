//! The signals that end a run: Ctrl-C, `kill`, and a terminal that goes away.

use std::sync::OnceLock;

#[cfg(unix)]
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::watch;

/// A signal that asks the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGINT, or Ctrl-C where there are no signals.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP.
    Hangup,
}

impl Signal {
    fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }

    /// The exit code by which a shell knows the signal.
    pub(crate) fn exit_code(self) -> u8 {
        128 + self.number()
    }
}

/// Waits for a signal that ends the run. From then on, the caller finishes what it has begun; a second
/// Ctrl-C ends the program at once.
///
/// Until the first call, a signal ends the program in the way of the system. After it, none is lost, also if it comes
/// between two calls: once one has come, every call returns it.
pub(crate) async fn stop() -> Signal {
    static ARRIVED: OnceLock<watch::Receiver<Option<Signal>>> = OnceLock::new();
    arrival(ARRIVED.get_or_init(listen).clone()).await
}

async fn arrival(mut arrived: watch::Receiver<Option<Signal>>) -> Signal {
    let signal = arrived.wait_for(Option::is_some).await;
    match signal.ok().and_then(|signal| *signal) {
        Some(signal) => signal,
        // The runtime ends, and the caller with it.
        None => std::future::pending().await,
    }
}

/// Listens from now on, and notes the first signal.
fn listen() -> watch::Receiver<Option<Signal>> {
    let (sender, arrived) = watch::channel(None);
    let mut signals = Signals::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the program, which it is there to end"
    )]
    tokio::spawn(async move {
        sender.send_replace(Some(signals.next().await));
        while signals.next().await != Signal::Interrupt {}
        std::process::exit(Signal::Interrupt.exit_code().into());
    });
    arrived
}

#[cfg(unix)]
struct Signals {
    interrupt: Option<unix::Signal>,
    terminate: Option<unix::Signal>,
    hangup: Option<unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Those that the caller of the program did not have ignored, as `nohup` and shells do for programs in the
    /// background.
    fn new() -> Self {
        let of = |kind: SignalKind| {
            let is_wanted = !is_ignored(kind.as_raw_value());
            is_wanted.then(|| unix::signal(kind).ok()).flatten()
        };
        Self {
            interrupt: of(SignalKind::interrupt()),
            terminate: of(SignalKind::terminate()),
            hangup: of(SignalKind::hangup()),
        }
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            () = next(&mut self.interrupt) => Signal::Interrupt,
            () = next(&mut self.terminate) => Signal::Terminate,
            () = next(&mut self.hangup) => Signal::Hangup,
        }
    }
}

#[cfg(unix)]
async fn next(signals: &mut Option<unix::Signal>) {
    if let Some(signals) = signals
        && signals.recv().await.is_some()
    {
        return;
    }
    std::future::pending::<()>().await;
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}

/// Whether a signal was ignored when the program started. Only Linux tells without unsafe code.
#[cfg(unix)]
fn is_ignored(number: i32) -> bool {
    use std::sync::LazyLock;

    static IGNORED: LazyLock<u64> = LazyLock::new(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        ignored(&status)
    });
    u32::try_from(number - 1).is_ok_and(|bit| IGNORED.checked_shr(bit).unwrap_or(0) & 1 == 1)
}

/// The set of ignored signals in the text of `/proc/self/status`.
#[cfg(unix)]
fn ignored(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_shells() {
        let codes = [Signal::Hangup, Signal::Interrupt, Signal::Terminate].map(Signal::exit_code);
        assert_eq!(codes, [129, 130, 143]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_signal_that_comes_between_two_waits_is_not_lost() {
        use std::time::Duration;

        use rustix::process;
        use tokio::time::timeout;

        let arrived = listen();
        let early = timeout(Duration::ZERO, arrival(arrived.clone())).await;
        assert!(early.is_err(), "nothing has come");
        process::kill_process(process::getpid(), process::Signal::HUP).unwrap();
        for _ in 0..2 {
            let signal = timeout(Duration::from_secs(20), arrival(arrived.clone())).await;
            assert_eq!(signal.unwrap(), Signal::Hangup);
        }
    }

    #[cfg(unix)]
    #[test]
    fn ignored_signals_are_read() {
        assert_eq!(
            ignored("Name:\tx\nSigIgn:\t0000000000001003\nSigCgt:\t0\n"),
            0x1003
        );
        assert_eq!(ignored("nothing of the kind"), 0);
    }
}
