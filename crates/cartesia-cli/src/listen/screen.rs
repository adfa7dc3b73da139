//! Text that comes bit by bit: final lines on stdout, interim text in place on a terminal.

use std::time::Duration;

use cartesia::stt::Transcript;

use super::Event;
use crate::failure::Failure;
use crate::global::Global;
use crate::{print, progress, text};

/// Columns of a terminal that does not say how many it has.
const COLUMNS: usize = 80;

/// Shows the events of one transcription.
pub(super) struct Screen {
    transcript: Transcript,
    as_json: bool,
    prints_text: bool,
    /// Whether interim text is shown on stderr.
    shows_interim: bool,
    /// Bytes of the final text that were printed.
    printed: usize,
    /// Columns of the interim text that is shown.
    interim: usize,
    gaps: usize,
}

impl Screen {
    pub(super) fn new(global: &Global, prints_text: bool) -> Self {
        Self {
            transcript: Transcript::new(),
            as_json: global.json,
            prints_text,
            shows_interim: progress::is_shown(global),
            printed: 0,
            interim: 0,
            gaps: 0,
        }
    }

    /// Shows an event.
    pub(super) fn show(&mut self, event: &impl Event) -> Result<(), Failure> {
        event.add_to(&mut self.transcript);
        if self.as_json && self.prints_text {
            return print::json(event);
        }
        let printed = std::mem::replace(&mut self.printed, self.transcript.text().len());
        let line = self.transcript.text().get(printed..).unwrap_or_default();
        let line = text::one_line(line.trim());
        if self.prints_text && !line.is_empty() {
            self.wipe();
            print::line(&line)?;
        }
        self.note_gaps();
        self.show_interim();
        Ok(())
    }

    fn note_gaps(&mut self) {
        let gaps = self.transcript.gaps();
        let new = gaps.get(self.gaps..).unwrap_or_default().to_vec();
        self.gaps = gaps.len();
        for gap in new {
            self.wipe();
            let seconds = |time: Duration| format!("{:.1}", time.as_secs_f64());
            print::note(&format!(
                "words from {} s to {} s may be missing: the connection was lost",
                seconds(gap.start),
                seconds(gap.end)
            ));
        }
    }

    /// Shows the end of the interim text in one line.
    fn show_interim(&mut self) {
        if !self.shows_interim {
            return;
        }
        let interim = text::one_line(self.transcript.interim().trim());
        let shown = text::end(&interim, room());
        self.wipe();
        if !shown.is_empty() {
            print::progress(&shown);
            self.interim = text::width(&shown);
        }
    }

    fn wipe(&mut self) {
        if self.interim > 0 {
            // The terminal may be narrower by now. More than a line would push others out of it.
            print::wipe(std::mem::take(&mut self.interim).min(room()));
        }
    }

    /// Removes the interim text, and returns what was said.
    pub(super) fn finish(mut self) -> Transcript {
        self.wipe();
        self.transcript
    }
}

/// Columns for interim text, which is on stderr. Behind the last one the cursor would be in the next line.
fn room() -> usize {
    let columns = print::columns_for_notes().unwrap_or(COLUMNS);
    columns.saturating_sub(1)
}
