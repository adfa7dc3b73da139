//! Measurements of speech.

use std::time::Duration;

use cartesia_audio::{Outcome, Silence};
use cartesia_types::ErrorKind;
use cartesia_ws::ConnectTimes;

use super::{Heard, SpokenId};

/// The measurements of one utterance, once it is over.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SpeechReport {
    /// The utterance.
    pub utterance: SpokenId,
    /// The time that the connection took to open, phase by phase. Later utterances share the connection and
    /// do not wait for this. `None` if there never was a connection.
    pub connect: Option<ConnectTimes>,
    /// The way in which playback ended.
    pub outcome: Outcome,
    /// The kind of error, if not all audio was received.
    pub error: Option<ErrorKind>,
    /// Characters of text that were sent to the service.
    pub characters: usize,
    /// Bytes of audio that arrived.
    pub bytes: u64,
    /// Playing time of the audio that arrived.
    pub received: Duration,
    /// Playing time of the audio that was heard.
    pub heard: Duration,
    /// The time from [`say`](super::Speech::say) until its first text was given to the connection. It
    /// includes the wait for earlier utterances and for the source of the text.
    pub waited_for_text: Option<Duration>,
    /// The time from the first text until the first audio was read from the socket.
    pub first_audio: Option<Duration>,
    /// The time from the first text until all audio was read from the socket; `None` after an interruption or a
    /// failure.
    pub all_audio: Option<Duration>,
    /// The time from [`say`](super::Speech::say) until the first audio left the speaker, by the clock of the
    /// player.
    pub first_heard: Option<Duration>,
    /// Silence in the middle of it, by cause: network, feeder, device.
    pub silence: Silence,
    /// The number of underruns: silence in the middle of it.
    pub underruns: u64,
    /// The number of times that playback moved to another device, or to the same one opened again.
    pub device_changes: u64,
    /// The number of times that it was continued in a new context after a failure; see
    /// [`FailurePolicy::Continue`](super::FailurePolicy::Continue).
    pub continuations: u32,
}

/// Receives the measurements of a [`Speech`](super::Speech), for export to a metrics system.
///
/// Methods are called from the tasks of the speech and should return soon. The same figures are fields of the
/// `tracing` events `utterance` and `interrupted` of the target `cartesia::speech`.
pub trait Metrics: Send + Sync {
    /// Handles the report of an utterance that has ended.
    fn utterance(&self, report: &SpeechReport) {
        let _ = report;
    }

    /// Handles an interruption, with the part that was heard.
    fn interrupted(&self, heard: &Heard) {
        let _ = heard;
    }
}

/// Reports an utterance that is over.
pub(super) fn trace(report: &SpeechReport) {
    tracing::debug!(
        target: "cartesia::speech",
        utterance = %report.utterance,
        outcome = ?report.outcome,
        error = ?report.error,
        characters = report.characters,
        bytes = report.bytes,
        received = ?report.received,
        heard = ?report.heard,
        waited_for_text = ?report.waited_for_text,
        connect = ?report.connect.map(|times| times.total()),
        first_audio = ?report.first_audio,
        all_audio = ?report.all_audio,
        first_heard = ?report.first_heard,
        silence_network = ?report.silence.network,
        silence_feeder = ?report.silence.feeder,
        silence_device = ?report.silence.device,
        underruns = report.underruns,
        device_changes = report.device_changes,
        continuations = report.continuations,
        "utterance"
    );
}

/// Reports an interruption.
pub(super) fn trace_interruption(heard: &Heard) {
    tracing::debug!(
        target: "cartesia::speech",
        words = heard.words,
        audio = ?heard.audio,
        is_exact = heard.is_exact,
        is_complete = heard.is_complete,
        "interrupted"
    );
}
