//! When cues appear and vanish.

use super::settings::Limits;

/// The time of the words of a cue, and how many characters it has.
pub(super) struct Spoken {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) characters: usize,
}

/// Start and end of every cue: in order, none empty, none over the start of the next.
pub(super) fn times(cues: &[Spoken], limits: &Limits) -> Vec<(u64, u64)> {
    let mut times = Vec::with_capacity(cues.len());
    let mut free_from = 0;
    for (index, cue) in cues.iter().enumerate() {
        // Words without a time of their own come at once: such a cue gives way.
        let start = cue.start.max(free_from);
        let next = cues.get(index + 1).map(|next| next.start.max(start + 1));
        let end = end(cue, start, next, limits);
        times.push((start, end));
        free_from = end;
    }
    times
}

/// When a cue vanishes that appears at `start`, with the start of the next.
fn end(cue: &Spoken, start: u64, next: Option<u64>, limits: &Limits) -> u64 {
    let longest = start + limits.max_duration;
    let readable = start.saturating_add(limits.reading_time(cue.characters));
    let wanted = cue.end.max(start + limits.min_duration).max(readable);
    let Some(next) = next else {
        return wanted.min(longest);
    };
    let closed = next.saturating_sub(wanted) < limits.close_gaps;
    let wanted = if closed { next } else { wanted };
    // A gap that would take more than half of the time is left out.
    let before_next = next.saturating_sub(limits.min_gap);
    let latest = if before_next.saturating_sub(start) >= (next - start) / 2 {
        before_next
    } else {
        next
    };
    wanted.min(longest).min(latest).max(start + 1)
}
