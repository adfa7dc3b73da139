//! What people and programs see of a batch.

use std::time::{Duration, Instant};

use cartesia::batch::{self, Changed, Estimate, Event};
use serde::Serialize;

use crate::args::Batch;
use crate::failure::Failure;
use crate::global::Global;
use crate::speak::estimate::MAX_CHARACTERS;
use crate::text::{grouped, rough_time};
use crate::{print, progress};

/// A terminal shows no more, and drawing costs time.
const REDRAW: Duration = Duration::from_millis(100);

/// Names columns that mean nothing: they may be mistyped.
pub(super) fn unused(columns: &[String]) {
    if !columns.is_empty() {
        print::note(&format!(
            "Columns that are not used: {}",
            columns.join(", ")
        ));
    }
}

/// Says how many files are made again because they are not as recorded.
pub(super) fn changed(changed: &Changed) {
    match changed.len() {
        0 => print::note("All finished audio is as recorded."),
        count => print::note(&format!(
            "Finished audio that is not as recorded, to make again: {}",
            grouped(count as u64)
        )),
    }
}

/// Prints what a run would do: the result of `--dry-run`.
pub(super) fn estimate(global: &Global, args: &Batch, estimate: &Estimate) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Line {
        items: u64,
        finished: u64,
        failed_before: u64,
        characters: u64,
        credits: u64,
        speech_seconds: u64,
        seconds: u64,
    }
    if !global.json {
        return print::line(&describe(args, estimate));
    }
    print::json(&Line {
        items: estimate.items,
        finished: estimate.finished,
        failed_before: estimate.failed_before,
        characters: estimate.characters,
        credits: estimate.credits,
        speech_seconds: estimate.speech.as_secs(),
        seconds: estimate.time.as_secs(),
    })
}

/// Shows the estimate, and asks about a costly run.
///
/// # Errors
///
/// A usage error when the user declines, or there is no terminal to ask on.
pub(super) fn confirm(global: &Global, args: &Batch, estimate: &Estimate) -> Result<(), Failure> {
    let text = describe(args, estimate);
    if estimate.characters <= MAX_CHARACTERS || args.yes {
        if !global.json && !args.quiet {
            print::note(&text);
        }
        return Ok(());
    }
    if global.json || !print::can_ask() {
        return Err(Failure::usage(format!(
            "the batch is long ({text}): add --yes to make it"
        )));
    }
    if print::confirm(&format!("{text}. Make it?")) {
        return Ok(());
    }
    Err(Failure::usage("nothing was asked for"))
}

fn describe(args: &Batch, estimate: &Estimate) -> String {
    let mut earlier = Vec::new();
    if estimate.finished > 0 {
        earlier.push(format!("{} finished", grouped(estimate.finished)));
    }
    if estimate.failed_before > 0 {
        let count = grouped(estimate.failed_before);
        earlier.push(format!("{count} failed before, not asked for"));
    }
    let earlier = if earlier.is_empty() {
        String::new()
    } else {
        format!(" ({})", earlier.join(", "))
    };
    let items = grouped(estimate.items);
    let characters = grouped(estimate.characters);
    let (speech, time) = (rough_time(estimate.speech), rough_time(estimate.time));
    format!(
        "{items} to make{earlier}: {characters} characters, {characters} credits, about {speech} of speech, at \
         most about {time} with --concurrency {}",
        args.at_once()
    )
}

/// Shows how far a run is: a bar on a terminal, results as lines of JSON on stdout, failures on stderr.
#[derive(Debug)]
pub(super) struct Progress {
    json: bool,
    quiet: bool,
    bar: bool,
    drawn: Option<Instant>,
}

impl Progress {
    pub(super) fn new(global: &Global, quiet: bool) -> Self {
        Self {
            json: global.json,
            quiet,
            bar: !quiet && progress::is_shown(global),
            drawn: None,
        }
    }

    pub(super) fn event(&mut self, event: &Event<'_>, now: &batch::Progress) {
        match event {
            Event::Done(record) | Event::Failed { record, .. } if self.json => {
                // A reader that left does not end the run: the results are in the destination.
                _ = print::json(record);
            }
            Event::Failed { record, error } => {
                self.note(&format!("{}: {}", record.id, error.summary()));
            }
            Event::Invalid(error) => self.note(error.message()),
            Event::Throttled { concurrency } if !self.quiet && !self.json => self.note(&format!(
                "Too many run at once for the plan: {concurrency} at once from now on."
            )),
            _ => {}
        }
        if self.bar && self.drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW) {
            self.drawn = Some(Instant::now());
            let done = now.done + now.failed;
            let left = now
                .eta()
                .map_or_else(String::new, |left| format!(", {} left", rough_time(left)));
            let detail = format!("{} items, {:.1}/s{left}", grouped(done), now.rate());
            progress::show_detail("making", done, now.total.unwrap_or_default(), &detail);
        }
    }

    /// Prints a line without leaving a part of the bar before it.
    fn note(&mut self, text: &str) {
        self.finish();
        print::note(text);
    }

    /// Wipes the bar.
    pub(super) fn finish(&mut self) {
        if self.bar && self.drawn.take().is_some() {
            progress::wipe_detail();
        }
    }
}
