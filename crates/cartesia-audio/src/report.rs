//! The results of utterances.

use std::fmt;
use std::time::Duration;

/// The identifier of an utterance, unique within its player. Later ones are larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtteranceId(pub(crate) u64);

impl fmt::Display for UtteranceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The way in which an utterance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// All of it was heard.
    Finished,
    /// Cancelled by [`Utterance::cancel`](crate::Utterance::cancel).
    Cancelled,
    /// Stopped by [`Player::interrupt`](crate::Player::interrupt).
    Interrupted,
    /// The player was closed before its end.
    Closed,
}

/// The result of playing an utterance: what was heard, with how many gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The utterance.
    pub utterance: UtteranceId,
    /// The way in which it ended.
    pub outcome: Outcome,
    /// Frames heard, at the rate of the utterance's format. Frames in the device's buffer at that moment
    /// count as heard: they cannot be withdrawn.
    pub heard_frames: u64,
    /// Playing time of [`heard_frames`](Self::heard_frames).
    pub heard: Duration,
    /// Whole frames that were written.
    pub written_frames: u64,
    /// Playing time of [`written_frames`](Self::written_frames).
    pub written: Duration,
    /// The bytes at the end that do not form a whole frame. Not zero means that the audio was truncated.
    pub incomplete_bytes: usize,
    /// The number of underruns: silence in the middle of it, whatever the cause.
    pub underruns: u64,
    /// The length of that silence, by cause.
    pub silence: Silence,
    /// The number of times that playback moved to another device, or to the same one opened again.
    pub device_changes: u64,
    /// The time from [`Player::utterance`](crate::Player::utterance) until its first frame left the speaker,
    /// by the clock of the output; `None` if nothing was heard.
    pub waited: Option<Duration>,
}

/// The cause of silence in the middle of an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SilenceCause {
    /// The audio was not written in time: the network, the service or the program was late. The time in which
    /// the player refills its prebuffer counts here, too.
    Network,
    /// The audio was written in time, but the player's own thread did not deliver it to the device: the
    /// machine is too busy.
    Feeder,
    /// The device requested audio too late: the program or the sound server was stalled.
    Device,
}

/// Silence in the middle of utterances, by its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Silence {
    /// Silence by [`SilenceCause::Network`].
    pub network: Duration,
    /// Silence by [`SilenceCause::Feeder`].
    pub feeder: Duration,
    /// Silence by [`SilenceCause::Device`].
    pub device: Duration,
}

impl Silence {
    /// Returns the sum of all causes.
    pub fn total(&self) -> Duration {
        self.network
            .saturating_add(self.feeder)
            .saturating_add(self.device)
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.network = self.network.saturating_add(other.network);
        self.feeder = self.feeder.saturating_add(other.feeder);
        self.device = self.device.saturating_add(other.device);
    }
}

/// The utterances that [`Player::interrupt`](crate::Player::interrupt) stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interrupted {
    /// Every utterance that had not ended, in playing order, including those that had not begun.
    pub utterances: Vec<Report>,
}

impl Interrupted {
    /// Returns the playing time of the audio that was heard.
    pub fn heard(&self) -> Duration {
        self.utterances.iter().map(|report| report.heard).sum()
    }

    /// Returns the playing time of their audio that was written and not heard.
    pub fn unheard(&self) -> Duration {
        let unheard = |report: &Report| report.written.saturating_sub(report.heard);
        self.utterances.iter().map(unheard).sum()
    }
}
