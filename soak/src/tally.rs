//! What began, and how it ended.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cartesia::{Error, ErrorKind};

/// How a conversation ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// All of the audio came.
    Done,
    /// The caller cancelled it.
    Cancelled,
    /// The caller dropped it.
    Dropped,
    /// It failed in a way that a bad network explains.
    Failed(&'static str),
    /// It should not have ended so; or not at all, which its text says.
    Wrong(String),
}

impl End {
    /// The end with this error. The network explains only some kinds.
    pub(crate) fn failed(error: &Error) -> Self {
        match error.kind() {
            kind @ (ErrorKind::Closed
            | ErrorKind::Connect
            | ErrorKind::Incomplete
            | ErrorKind::Timeout) => Self::Failed(kind.as_str()),
            _ => Self::Wrong(format!("{error:?}")),
        }
    }
}

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    began: BTreeMap<&'static str, u64>,
    ended: BTreeMap<End, u64>,
}

impl Tally {
    pub(crate) fn begin(&self, manner: &'static str) {
        *self.lock().began.entry(manner).or_default() += 1;
    }

    pub(crate) fn end(&self, end: End) {
        *self.lock().ended.entry(end).or_default() += 1;
    }

    /// What must not be so.
    pub(crate) fn faults(&self) -> Vec<String> {
        let counts = self.lock();
        let mut faults = Vec::new();
        let (began, ended) = counts.sums();
        if began != ended {
            faults.push(format!("{began} conversations began and {ended} ended"));
        }
        if !counts.ended.contains_key(&End::Done) {
            faults.push("no conversation ended well".to_owned());
        }
        for (end, count) in &counts.ended {
            if let End::Wrong(what) = end {
                faults.push(format!("{count} times: {what}"));
            }
        }
        faults
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn sums(&self) -> (u64, u64) {
        (self.began.values().sum(), self.ended.values().sum())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.lock();
        let (began, ended) = counts.sums();
        writeln!(f, "began     {began}")?;
        for (manner, count) in &counts.began {
            writeln!(f, "  {count:>8} {manner}")?;
        }
        write!(f, "ended     {ended}")?;
        for (end, count) in &counts.ended {
            match end {
                End::Failed(kind) => write!(f, "\n  {count:>8} failed: {kind}")?,
                End::Wrong(what) => write!(f, "\n  {count:>8} WRONG: {what}")?,
                other => write!(f, "\n  {count:>8} {other:?}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_differ_are_a_fault() {
        let tally = Tally::default();
        tally.begin("whole");
        tally.end(End::Done);
        assert_eq!(tally.faults(), [""; 0]);
        tally.begin("whole");
        assert_eq!(tally.faults(), ["2 conversations began and 1 ended"]);
    }

    #[test]
    fn only_what_the_network_explains_is_no_fault() {
        let error = |kind| Error::new(kind, "soak", "test");
        assert_eq!(
            End::failed(&error(ErrorKind::Timeout)),
            End::Failed("timeout")
        );
        let tally = Tally::default();
        tally.begin("whole");
        tally.end(End::failed(&error(ErrorKind::Decode)));
        assert_eq!(tally.faults().len(), 2);
    }
}
