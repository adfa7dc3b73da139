//! An expectation that was not met.

use std::fmt;

use super::Expect;
use super::condition::Subject;

/// The last of what came, as far as a message shows it.
const SHOWN: usize = 20;

/// An [`Expect`] that was not met: the expectation, and the requests that came instead.
///
/// Of those it shows method, path, status and context, and only the content that the expectation compares;
/// the rest may be a transcript.
#[derive(Clone, PartialEq, Eq)]
pub struct Unmet {
    expected: String,
    count: usize,
    came: Vec<String>,
    left_out: usize,
}

impl Unmet {
    pub(super) fn new(expect: &Expect, subjects: &[Subject<'_>], count: usize) -> Self {
        let left_out = subjects.len().saturating_sub(SHOWN);
        let line = |subject: &Subject<'_>| match expect.difference(subject) {
            Some(difference) => format!("{subject}: {difference}"),
            None => format!("{subject}: as expected"),
        };
        Self {
            expected: expect.to_string(),
            count,
            came: subjects.iter().skip(left_out).map(line).collect(),
            left_out,
        }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            expected,
            count,
            came,
            left_out,
        } = self;
        let times = if *count == 1 { "time" } else { "times" };
        write!(f, "expected {expected}, but that came {count} {times}")?;
        if came.is_empty() {
            return f.write_str("; nothing came");
        }
        f.write_str("; what came:")?;
        if *left_out > 0 {
            write!(f, "\n  ({left_out} before these)")?;
        }
        for line in came {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Unmet {
    /// The message, so that `unwrap` shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Unmet {}
