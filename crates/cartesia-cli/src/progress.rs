//! How far something is, on one line for people at a terminal.

use std::io::IsTerminal as _;

use crate::args::Global;

/// Whether somebody looks: not with `--json` or `NO_COLOR`, and never into a pipe.
pub(crate) fn is_shown(global: &Global) -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !global.json && !plain && std::io::stderr().is_terminal()
}

/// Signs of a whole bar.
const BAR: usize = 30;

/// Shows how far it is; at the end the line is wiped.
pub(crate) fn show(what: &str, done: u64, total: Option<u64>) {
    if let Some(line) = line(what, done, total) {
        eprint!("\r{line}");
    }
}

/// What stands on the line; nothing when the whole is not known.
fn line(what: &str, done: u64, total: Option<u64>) -> Option<String> {
    let total = u128::from(total.filter(|total| *total > 0)?);
    let done = u128::from(done);
    if done >= total {
        let width = what.chars().count() + BAR + 10;
        return Some(format!("{:width$}\r", ""));
    }
    let percent = done * 100 / total;
    // Less than the whole, as is what it is a part of.
    let full = usize::try_from(done * BAR as u128 / total).unwrap_or(BAR);
    let bar = format!(
        "{}{}",
        "#".repeat(full),
        ".".repeat(BAR.saturating_sub(full))
    );
    Some(format!("{what}: [{bar}] {percent:3} %"))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_bar_grows_and_is_wiped() {
        let shown = |done, total| line("sending", done, Some(total)).unwrap();
        assert_eq!(shown(0, 8), format!("sending: [{}]   0 %", ".".repeat(30)));
        assert_eq!(
            shown(4, 8),
            format!("sending: [{}{}]  50 %", "#".repeat(15), ".".repeat(15))
        );
        let last = shown(u64::MAX - 1, u64::MAX);
        assert!(last.ends_with("#.]  99 %"), "{last}");
        assert_eq!(
            shown(8, 8).trim_end_matches('\r'),
            " ".repeat(shown(7, 8).len())
        );
        assert_eq!(line("sending", 8, None), None);
        assert_eq!(line("sending", 0, Some(0)), None);
    }
}
