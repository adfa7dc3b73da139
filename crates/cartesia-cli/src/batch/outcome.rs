//! The end of a run: a line for people or programs, and the exit code.

use cartesia::ErrorKind;
use cartesia::batch::{Event, Progress, Stopped, Summary};
use serde::Serialize;

use crate::failure::Failure;
use crate::global::Global;
use crate::print;
use crate::signals::Signal;
use crate::text::{grouped, rough_time};

/// The failures of a run. The first one decides the exit code.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    first: Option<(ErrorKind, String)>,
}

/// The end of a run as programs read it, on stderr; the order of the fields is part of it.
#[derive(Serialize)]
struct Line {
    outcome: &'static str,
    done: u64,
    failed: u64,
    finished: u64,
    failed_before: u64,
    requests: u64,
    characters: u64,
    bytes: u64,
    audio_ms: u128,
    total_ms: u128,
}

impl Outcome {
    pub(super) fn note(&mut self, event: &Event<'_>) {
        let (Event::Failed { error, .. } | Event::Invalid(error)) = event else {
            return;
        };
        self.first
            .get_or_insert_with(|| (error.kind(), error.summary().to_string()));
    }

    /// Shows the end of a run, and returns the failure that it is.
    pub(super) fn end(
        self,
        global: &Global,
        quiet: bool,
        summary: Summary,
        signal: Option<Signal>,
    ) -> Result<(), Failure> {
        let complete = summary.is_complete();
        let Summary {
            progress, stopped, ..
        } = summary;
        if global.json {
            print::json_note(&line(&progress, complete));
        } else if !quiet {
            print::note(&describe(&progress));
        }
        match (stopped, signal) {
            (Some(Stopped::Asked), Some(signal)) => return Err(Failure::stopped(signal)),
            (Some(Stopped::Hopeless(error)), _) => return Err(error.into()),
            (Some(Stopped::Limit), _) if !quiet && !global.json => {
                print::note("The limit is reached; run the same command again for more.");
            }
            _ => {}
        }
        let failed = progress.failed + progress.failed_before;
        match self.first {
            _ if failed == 0 => Ok(()),
            Some((kind, first)) => Err(Failure::of(
                kind,
                format!("failed items: {}; the first: {first}", grouped(failed)),
            )),
            None => Err(Failure::of(
                ErrorKind::InvalidRequest,
                format!(
                    "items that failed in an earlier run and were not asked for: {}; change them, or add \
                     --retry-failed",
                    grouped(failed)
                ),
            )),
        }
    }
}

fn line(progress: &Progress, complete: bool) -> Line {
    Line {
        outcome: if complete { "ok" } else { "incomplete" },
        done: progress.done,
        failed: progress.failed,
        finished: progress.finished,
        failed_before: progress.failed_before,
        requests: progress.requests,
        characters: progress.characters,
        bytes: progress.bytes,
        audio_ms: progress.audio.as_millis(),
        total_ms: progress.elapsed.as_millis(),
    }
}

fn describe(progress: &Progress) -> String {
    let counts = [
        (progress.failed, "failed"),
        (progress.finished, "finished before"),
        (progress.failed_before, "failed before"),
    ];
    let others = counts.into_iter().filter(|(count, _)| *count > 0);
    let others: Vec<String> = others
        .map(|(count, what)| format!(", {what} {}", grouped(count)))
        .collect();
    format!(
        "Made {}{}: {} of audio in {}",
        grouped(progress.done),
        others.concat(),
        rough_time(progress.audio),
        rough_time(progress.elapsed)
    )
}
