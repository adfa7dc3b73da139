//! The use of the plan: what runs, what ran, and what was too much.

mod meter;
mod payer;
mod route;

use std::time::Duration;

use serde::Serialize;
use serde::ser::Serializer;
use tokio::time::Instant;

use crate::socket::Sockets;
use crate::state::Settings;
pub(crate) use meter::{Seat, Seats};
pub(crate) use payer::Payer;
pub(crate) use route::{forget, read};

/// The use of the plan since the server started, or since the last
/// [`MockServer::reset_stats`](crate::MockServer::reset_stats); from
/// [`MockServer::stats`](crate::MockServer::stats) and `GET /_mock/stats`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// The time in which was counted.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub elapsed: Duration,
    /// All accounts together.
    pub total: Usage,
    /// Each account, in the order in which they first came.
    pub accounts: Vec<AccountUsage>,
}

/// The use of the plan by one account: by one API key, and the access tokens that were made with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AccountUsage {
    /// The last four characters of the key, if it has more than ten; otherwise nothing of it.
    pub key: String,
    /// The use by this account alone.
    #[serde(flatten)]
    pub usage: Usage,
    #[serde(skip)]
    payer: Payer,
}

/// The use by kind of work.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Contexts, and calls over HTTP that make audio.
    pub synthesis: Load,
    /// Live transcriptions, and calls over HTTP that transcribe a file.
    pub transcription: Load,
    /// Calls with agents, over WebSockets. No plan of this server limits them.
    pub calls: Load,
    /// WebSockets for synthesis.
    pub sockets: Load,
    /// Characters of text that were spoken. A context that is cancelled is billed for what it began to
    /// speak.
    pub characters: u64,
}

/// The use of one limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Load {
    /// The most that the plan allows at once; `None` for no limit.
    pub limit: Option<usize>,
    /// The number that runs now.
    pub running: usize,
    /// The most that ran at once.
    pub peak: usize,
    /// The number that was begun.
    pub started: u64,
    /// The violations of the plan: what was refused with 429, because as much as the limit ran.
    pub refused: u64,
    /// The time for which it ran, added up: two contexts for three seconds are six.
    #[serde(rename = "busy_seconds", serialize_with = "seconds")]
    pub busy: Duration,
    /// The part of the limit that was used, from 0 to 1: the busy time by the limit and the time in which was
    /// counted. `None` without a limit.
    pub utilization: Option<f64>,
}

impl Stats {
    /// Returns what one API key used; `None` if it was not seen.
    pub fn account(&self, key: &str) -> Option<&Usage> {
        let payer = Payer::new(key);
        let account = self.accounts.iter().find(|account| account.payer == payer);
        account.map(|account| &account.usage)
    }

    pub(crate) fn of(sockets: &Sockets, settings: &Settings) -> Self {
        let kinds = [
            (&sockets.contexts, settings.socket.context_limit),
            (&sockets.streams, settings.socket.stream_limit),
            (&sockets.calls, None),
            (&sockets.open, settings.socket.socket_limit),
        ];
        let counts = kinds.map(|(seats, limit)| (seats.counts(), limit));
        let mut payers: Vec<(Instant, Payer)> = Vec::new();
        for (count, _) in &counts {
            payers.extend(count.payers());
        }
        payers.sort();
        let mut accounts: Vec<AccountUsage> = Vec::new();
        for (_, payer) in payers {
            if accounts.iter().any(|account| account.payer == payer) {
                continue;
            }
            let loads = counts
                .each_ref()
                .map(|(count, limit)| count.of(&payer, *limit));
            let characters = counts[0].0.characters_of(&payer);
            accounts.push(AccountUsage {
                key: payer.shown(),
                usage: Usage::new(loads, characters),
                payer,
            });
        }
        let loads = counts.each_ref().map(|(count, limit)| count.total(*limit));
        Self {
            elapsed: counts[0].0.elapsed(),
            total: Usage::new(loads, counts[0].0.characters()),
            accounts,
        }
    }
}

impl Usage {
    fn new([synthesis, transcription, calls, sockets]: [Load; 4], characters: u64) -> Self {
        Self {
            synthesis,
            transcription,
            calls,
            sockets,
            characters,
        }
    }
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
