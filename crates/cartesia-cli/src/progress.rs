//! How far something is, on one line for people at a terminal.

use std::io::IsTerminal as _;

use crate::args::Global;

/// Whether somebody looks: not with `--json` or `NO_COLOR`, and never into a pipe.
pub(crate) fn is_shown(global: &Global) -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !global.json && !plain && std::io::stderr().is_terminal()
}

/// Shows how far it is; at the end the line is wiped.
pub(crate) fn show(what: &str, done: u64, total: Option<u64>) {
    if let Some(line) = line(what, done, total) {
        eprint!("\r{line}");
    }
}

/// What stands on the line; nothing when the whole is not known.
fn line(what: &str, done: u64, total: Option<u64>) -> Option<String> {
    let total = total.filter(|total| *total > 0)?;
    if done >= total {
        return Some(format!("{:width$}\r", "", width = what.chars().count() + 7));
    }
    // In the other order a large file would overflow.
    let percent = u128::from(done) * 100 / u128::from(total);
    Some(format!("{what}: {percent:3} %"))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_line_counts_up_and_is_wiped() {
        assert_eq!(line("sending", 0, Some(8)).unwrap(), "sending:   0 %");
        assert_eq!(line("sending", 7, Some(8)).unwrap(), "sending:  87 %");
        assert_eq!(
            line("sending", u64::MAX - 1, Some(u64::MAX)).unwrap(),
            "sending:  99 %"
        );
        assert_eq!(line("sending", 8, Some(8)).unwrap(), format!("{:14}\r", ""));
        assert_eq!(line("sending", 8, None), None);
        assert_eq!(line("sending", 0, Some(0)), None);
    }
}
