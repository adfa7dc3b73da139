//! What a run tells while it runs and at its end: plain data.

use std::time::Duration;

use cartesia_types::Error;

use super::record::Record;

/// An event of a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'r> {
    /// An item is done: its files are there, and its result is recorded.
    Done(&'r Record),
    /// An item failed, and its result is recorded.
    Failed {
        /// The result.
        record: &'r Record,
        /// The error. The result has its message.
        error: &'r Error,
    },
    /// A line of the manifest is invalid. It counts as failed, and is not recorded.
    Invalid(&'r Error),
    /// An item is not asked for.
    Skipped {
        /// The name of its files, without extension.
        id: &'r str,
        /// The reason.
        why: Skip,
    },
    /// The service rejected requests because too many run: fewer run from now on.
    Throttled {
        /// The limit of items at once.
        concurrency: usize,
    },
}

/// The reason why an item is not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skip {
    /// An earlier run made it.
    Finished,
    /// A failure in an earlier run, for a reason that does not pass; see
    /// [`Batch::retry_failed`](super::Batch::retry_failed).
    FailedBefore,
    /// Another shard makes it.
    OtherShard,
    /// The same request is in the manifest before, both without an identifier.
    Duplicate,
}

/// The state of a run.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Items that this run made.
    pub done: u64,
    /// Items that failed in this run, invalid lines included.
    pub failed: u64,
    /// Items that an earlier run made.
    pub finished: u64,
    /// Items that failed in an earlier run and were not asked for again.
    pub failed_before: u64,
    /// Items that are asked for now.
    pub in_flight: usize,
    /// The limit of items at once, as the service accepts them.
    pub concurrency: usize,
    /// Requests that were sent, rejected ones included.
    pub requests: u64,
    /// Characters of the items that are done.
    pub characters: u64,
    /// Bytes of audio that were made.
    pub bytes: u64,
    /// Playing time of the audio that was made.
    pub audio: Duration,
    /// Time since the start of the run.
    pub elapsed: Duration,
    /// Items that the run asks for, if [`Batch::expected`](super::Batch::expected) says so.
    pub total: Option<u64>,
}

impl Progress {
    /// Returns the items in a second since the start.
    #[expect(clippy::cast_precision_loss, reason = "a rate is for people")]
    pub fn rate(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 {
            (self.done + self.failed) as f64 / seconds
        } else {
            0.0
        }
    }

    /// Returns the time until the end at this rate; `None` before the first item is done, or without a total.
    #[expect(clippy::cast_precision_loss, reason = "an estimate is for people")]
    pub fn eta(&self) -> Option<Duration> {
        let left = self.total?.saturating_sub(self.done + self.failed);
        let seconds = left as f64 / self.rate();
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// The end of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The last state.
    pub progress: Progress,
    /// The reason to end before all items were asked for; `None` at the end of the manifest.
    pub stopped: Option<Stopped>,
    /// Lines of earlier results that could not be read, as a killed run may leave one. Their items were asked for
    /// again.
    pub unreadable: u64,
}

impl Summary {
    /// Returns whether every item of the manifest, or of the shard, is made.
    pub fn is_complete(&self) -> bool {
        let Progress {
            failed,
            failed_before,
            ..
        } = self.progress;
        self.stopped.is_none() && failed == 0 && failed_before == 0
    }
}

/// The reason to end before all items were asked for. The next run continues.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stopped {
    /// The caller asked for it.
    Asked,
    /// [`Batch::limit`](super::Batch::limit) is reached.
    Limit,
    /// An item failed, and [`Batch::fail_fast`](super::Batch::fail_fast) is set.
    FailFast,
    /// Every further item would fail as well: the account was refused, the service does not answer, or the
    /// destination cannot be written.
    Hopeless(Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_time_left_follow_from_what_is_done() {
        let mut progress = Progress {
            total: Some(100),
            ..Progress::default()
        };
        assert_eq!((progress.rate(), progress.eta()), (0.0, None));
        progress.elapsed = Duration::from_secs(10);
        assert_eq!(progress.eta(), None);
        (progress.done, progress.failed) = (15, 5);
        assert_eq!(progress.eta(), Some(Duration::from_secs(40)));
        progress.done = 200;
        assert_eq!(progress.eta(), Some(Duration::ZERO));
        progress.total = None;
        assert_eq!(progress.eta(), None);
    }
}
