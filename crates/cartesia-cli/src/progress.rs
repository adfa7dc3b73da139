//! Progress, on one line for people at a terminal.

use crate::global::Global;
use crate::print;

/// Whether progress is shown: not with `--json` or `NO_COLOR`, and never into a pipe or to a
/// terminal that only types.
pub(crate) fn is_shown(global: &Global) -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !global.json && !plain && print::is_terminal()
}

/// Signs of a whole bar.
const BAR: usize = 30;

/// Shows how far it is; at the end the line is wiped.
pub(crate) fn show(what: &str, done: u64, total: Option<u64>) {
    match total {
        Some(total) if total > 0 && done >= total => wipe(what),
        Some(total) if total > 0 => print::progress(&line(what, done, total)),
        _ => {}
    }
}

/// Shows how far it is by an estimate, which is never the end.
pub(crate) fn show_estimate(what: &str, done: u64, total: u64) {
    if total > 0 {
        print::progress(&line(what, done.min(total.saturating_sub(1)), total));
    }
}

/// Columns of a line with a detail: as many as a usual terminal has, so that it is never broken.
const DETAIL: usize = 79;

/// Shows how far it is, and more about it. [`wipe_detail`] wipes the line.
pub(crate) fn show_detail(what: &str, done: u64, total: u64, detail: &str) {
    let line = format!("{} {detail}", line(what, done.min(total), total.max(1)));
    let columns =
        print::columns_for_notes().map_or(DETAIL, |columns| DETAIL.min(columns.saturating_sub(1)));
    let line: String = line.chars().take(columns).collect();
    print::progress(&format!("{line:columns$}"));
}

/// Wipes the line of [`show_detail`].
pub(crate) fn wipe_detail() {
    print::wipe(DETAIL);
}

/// Wipes the line.
pub(crate) fn wipe(what: &str) {
    print::wipe(what.chars().count() + BAR + 10);
}

fn line(what: &str, done: u64, total: u64) -> String {
    let (done, total) = (u128::from(done), u128::from(total));
    let percent = done * 100 / total;
    // At most the total.
    let full = usize::try_from(done * BAR as u128 / total).unwrap_or(BAR);
    let bar = format!(
        "{}{}",
        "#".repeat(full),
        ".".repeat(BAR.saturating_sub(full))
    );
    format!("{what}: [{bar}] {percent:3} %")
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_bar_grows() {
        let shown = |done, total| line("sending", done, total);
        assert_eq!(shown(0, 8), format!("sending: [{}]   0 %", ".".repeat(30)));
        assert_eq!(
            shown(4, 8),
            format!("sending: [{}{}]  50 %", "#".repeat(15), ".".repeat(15))
        );
        let last = shown(u64::MAX - 1, u64::MAX);
        assert!(last.ends_with("#.]  99 %"), "{last}");
    }
}
