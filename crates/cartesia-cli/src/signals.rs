//! The signals that end a run: Ctrl-C, `kill`, and a terminal that goes away.

use std::sync::atomic::{AtomicBool, Ordering};

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
/// Until the first call, a signal ends the program in the way of the system.
pub(crate) async fn stop() -> Signal {
    static ASKED: AtomicBool = AtomicBool::new(false);
    let signal = next().await;
    if signal == Signal::Interrupt && !ASKED.swap(true, Ordering::Relaxed) {
        #[expect(
            clippy::disallowed_methods,
            reason = "it ends with the program, which it is there to end"
        )]
        tokio::spawn(async {
            while next().await != Signal::Interrupt {}
            std::process::exit(Signal::Interrupt.exit_code().into());
        });
    }
    signal
}

#[cfg(unix)]
async fn next() -> Signal {
    use tokio::signal::unix::SignalKind;

    tokio::select! {
        () = arrival(SignalKind::interrupt()) => Signal::Interrupt,
        () = arrival(SignalKind::terminate()) => Signal::Terminate,
        () = arrival(SignalKind::hangup()) => Signal::Hangup,
    }
}

/// Waits for one kind of signal; for ever if the caller of the program had it ignored, as `nohup` and
/// shells do for programs in the background.
#[cfg(unix)]
async fn arrival(kind: tokio::signal::unix::SignalKind) {
    if !is_ignored(kind.as_raw_value())
        && let Ok(mut signals) = tokio::signal::unix::signal(kind)
        && signals.recv().await.is_some()
    {
        return;
    }
    std::future::pending::<()>().await;
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

#[cfg(not(unix))]
async fn next() -> Signal {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    Signal::Interrupt
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
    #[test]
    fn ignored_signals_are_read() {
        assert_eq!(
            ignored("Name:\tx\nSigIgn:\t0000000000001003\nSigCgt:\t0\n"),
            0x1003
        );
        assert_eq!(ignored("nothing of the kind"), 0);
    }
}
