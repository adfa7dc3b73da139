//! The task of an utterance: text to the service, audio to the player, until it is over.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cartesia_audio::{Outcome, Utterance};
use cartesia_types::tts::Event;
use cartesia_types::{Error, ErrorKind, Result};
use cartesia_ws::{ContextInput, ContextOutput, TtsContext};
use tokio::sync::watch;

use super::record::{Generation, Record, Stage};
use super::report::trace;
use super::splice::{faded_in, faded_out};
use super::{FailurePolicy, Piece, Shared, SpeechReport};

/// How often an utterance goes on in a new context after failures.
const MAX_CONTINUATIONS: u32 = 5;

/// How the task of an utterance came to its end.
enum End {
    /// All audio was received.
    Complete,
    Interrupted,
    Failed(Error),
}

pub(super) struct Pump {
    pub(super) shared: Arc<Shared>,
    pub(super) record: Arc<Record>,
    /// Audio of an interrupted utterance that is played first.
    pub(super) kept: Vec<Bytes>,
    /// The utterance before this one, and the one before that.
    pub(super) before: [Option<watch::Receiver<Stage>>; 2],
    /// Text before this place was given to a context already.
    pub(super) given: usize,
}

impl Pump {
    pub(super) async fn run(mut self) {
        let mut stage = self.record.stage.subscribe();
        let end = {
            let speaking = pin!(self.speak());
            tokio::select! {
                biased;
                _ = stage.wait_for(|stage| stage.is_interrupted) => End::Interrupted,
                end = speaking => end,
            }
        };
        let record = &self.record;
        let utterance = record.utterance.clone();
        match end {
            End::Complete => {
                record.state().all_audio = Some(Instant::now());
                utterance.finish();
            }
            // It keeps its texts, for a resumption.
            End::Interrupted => {}
            End::Failed(error) => {
                // It may have failed because it was interrupted.
                if !stage.borrow().is_interrupted {
                    record.state().error = Some(error);
                }
                utterance.finish();
            }
        }
        record
            .stage
            .send_modify(|stage| stage.generation = Generation::Received);
        let report = utterance.drained().await;
        let report = self.report(&report);
        trace(&report);
        if let Some(metrics) = &self.shared.metrics {
            metrics.utterance(&report);
        }
        // Without an interruption nothing is resumed.
        if report.outcome == Outcome::Finished {
            record.forget();
        }
        record.close(report);
    }

    async fn speak(&mut self) -> End {
        let record = Arc::clone(&self.record);
        // One context plays, and one is received in advance. An error says that a task is gone.
        let [last, last_but_one] = &mut self.before;
        if let Some(before) = last_but_one {
            let _ = before
                .wait_for(|stage| stage.generation == Generation::Received)
                .await;
        }
        if let Some(before) = last {
            let _ = before
                .wait_for(|stage| stage.generation >= Generation::TextComplete)
                .await;
        }
        for audio in std::mem::take(&mut self.kept) {
            if let Err(error) = write(&record, audio, false).await {
                return End::Failed(error);
            }
        }
        if record.state().is_complete {
            return End::Complete;
        }
        let mut is_spliced = record.state().written > 0;
        if is_spliced {
            match self.splice().await {
                Ok(()) => {}
                Err(error) => return End::Failed(error),
            }
        }
        loop {
            let error = match self.generate(is_spliced).await {
                Ok(()) => {
                    record.state().is_complete = true;
                    return End::Complete;
                }
                Err(error) => error,
            };
            let may_continue = self.shared.on_failure == FailurePolicy::Continue
                && is_temporary(error.kind())
                && record.utterance.report().is_none()
                && record.state().continuations < MAX_CONTINUATIONS;
            if !may_continue || self.splice().await.is_err() {
                return End::Failed(error);
            }
            record.state().continuations += 1;
            tracing::debug!(target: "cartesia::speech", utterance = %record.id, %error, "continues in a new context");
            is_spliced = true;
        }
    }

    /// Speaks the text that was not given yet, and what follows it, in one context.
    async fn generate(&mut self, mut is_spliced: bool) -> Result<()> {
        let context = self.context()?;
        let record = Arc::clone(&self.record);
        let (input, mut output) = context.split();
        record.begin_segment(output.alignment(), self.given, Duration::ZERO, 0);
        record.set_canceller(&output.canceller());
        let given = self.given;
        let mut feeding = pin!(feed(&record, given, input));
        let mut reading = pin!(read(&record, &mut output, &mut is_spliced));
        let mut is_fed = false;
        loop {
            tokio::select! {
                biased;
                outcome = &mut reading => return outcome,
                fed = &mut feeding, if !is_fed => match fed {
                    Err(error) if error.kind() == ErrorKind::InvalidRequest => return Err(error),
                    // Other errors are those of the output.
                    _ => is_fed = true,
                },
            }
        }
    }

    fn context(&self) -> Result<TtsContext> {
        let spec = self.record.spec.clone().with_timestamps(true);
        if spec.use_normalized_timestamps.is_none() {
            // Words as they are written need no guess. Not every API version has the choice.
            let as_written = spec.clone().with_normalized_timestamps(false);
            if let Ok(context) = self.shared.connection.context(as_written) {
                return Ok(context);
            }
        }
        self.shared.connection.context(spec)
    }

    fn report(&self, played: &cartesia_audio::Report) -> SpeechReport {
        let record = &self.record;
        let handshake = self.shared.connection.handshake();
        let state = record.state();
        let since_text = |at: Option<Instant>| {
            let (from, to) = state.first_text.zip(at)?;
            Some(to.saturating_duration_since(from))
        };
        SpeechReport {
            utterance: record.id,
            connect: handshake.map(|handshake| handshake.times()),
            outcome: played.outcome,
            error: state.error.as_ref().map(Error::kind),
            characters: state.text.chars().count(),
            bytes: state.received,
            received: record.format.duration_of_bytes(state.received),
            heard: played.heard,
            waited_for_text: state
                .first_text
                .map(|at| at.saturating_duration_since(record.since)),
            first_audio: since_text(state.first_audio),
            all_audio: since_text(state.all_audio),
            first_heard: played.waited,
            silence: played.silence,
            underruns: played.underruns,
            device_changes: played.device_changes,
            continuations: state.continuations,
        }
    }

    /// Takes the audio back to the last whole word, with a fade, and the text to what follows it.
    async fn splice(&mut self) -> Result<()> {
        let record = &self.record;
        let unknown = || {
            let message = "the audio broke off, and it is unknown which words were received, so the rest was not requested";
            Error::new(ErrorKind::Incomplete, super::SAY, message)
        };
        let written = record.state().written;
        if written == 0 {
            // Nothing of its text was heard.
            return Ok(());
        }
        let end = record.last_word_end().ok_or_else(unknown)?;
        let format = record.format;
        let wanted = format.samples_of_duration(end);
        let kept = record
            .utterance
            .truncate(cartesia_audio::AudioOffset::Frames(wanted));
        // The device has more than that already: the word that follows must be known to be cut there.
        if kept > wanted && !record.knows_word_at(kept) {
            return Err(unknown());
        }
        let resumption = record.resumption(kept).ok_or_else(unknown)?;
        let bytes = format.bytes_of_samples(kept);
        let tail = record.kept(bytes).into_iter().next().unwrap_or_default();
        record.forget_after(bytes);
        self.given = resumption.text;
        let tail = faded_out(format, &tail);
        write(record, tail.into(), false).await
    }
}

/// Gives the text that is there, and then what comes.
async fn feed(record: &Record, given: usize, mut input: ContextInput) -> Result<()> {
    let rest = record.state().pieces_from(given);
    for piece in rest {
        push(&mut input, piece).await?;
    }
    while let Some(piece) = record.next_text().await {
        push(&mut input, piece).await?;
    }
    record
        .stage
        .send_modify(|stage| stage.generation = stage.generation.max(Generation::TextComplete));
    input.finish().await
}

async fn push(input: &mut ContextInput, piece: Piece) -> Result<()> {
    match piece.config {
        Some(config) => input.push_with(piece.text, config).await,
        None => input.push(piece.text).await,
    }
}

/// Brings the audio to the player.
async fn read(record: &Record, output: &mut ContextOutput, is_spliced: &mut bool) -> Result<()> {
    while let Some(event) = output.next_event().await? {
        match event {
            Event::Chunk(chunk) if !chunk.data.is_empty() => {
                let audio = if std::mem::take(is_spliced) {
                    faded_in(record.format, &chunk.data).into()
                } else {
                    chunk.data
                };
                write(record, audio, true).await?;
            }
            Event::Timestamps(_) => record.mark_words(),
            // An error that is not the end leaves a hole in the audio.
            Event::Error(event) => return Err(Error::api(super::SAY, *event.error)),
            _ => {}
        }
    }
    Ok(())
}

async fn write(record: &Record, audio: Bytes, is_new: bool) -> Result<()> {
    if audio.is_empty() {
        return Ok(());
    }
    let utterance: &Utterance = &record.utterance;
    utterance.write(&audio).await?;
    record.keep(audio, is_new);
    Ok(())
}

/// Whether the same may succeed in another context.
fn is_temporary(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Incomplete
            | ErrorKind::Closed
            | ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Server
            | ErrorKind::RateLimited
            | ErrorKind::Decode
            | ErrorKind::SlowConsumer
    )
}
