//! The help of the program itself: its verbs in groups, and the flags of all verbs apart.

mod usage_lines;

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::{Command, CommandFactory as _, FromArgMatches as _};

use crate::args::Cli;
use crate::{print, text};

/// The verbs by purpose. A test checks that all are listed.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Speak and listen",
        &[
            "speak",
            "batch",
            "listen",
            "converse",
            "transcribe",
            "change-voice",
            "infill",
        ],
    ),
    (
        "Voices and models",
        &[
            "voices",
            "models",
            "dicts",
            "datasets",
            "fine-tunes",
            "files",
        ],
    ),
    ("Voice agents", &["agents"]),
    ("Account", &["token", "usage", "account"]),
    (
        "This machine",
        &["config", "doctor", "devices", "completions", "man"],
    ),
    ("Service and tests", &["status", "mock", "bench", "api"]),
];

/// Verbs without a group.
const OTHERS: &str = "More";

/// The last line.
const MORE: &str = "`cartesia-rs VERB --help` shows the options of a verb.";

/// Columns of help where no terminal says otherwise; as clap's.
const COLUMNS: usize = 100;

/// Reads the command line; help and usage errors end the program here.
pub(crate) fn parse() -> Cli {
    parse_from(std::env::args_os())
}

fn parse_from(words: impl IntoIterator<Item = OsString>) -> Cli {
    let columns = print::columns().unwrap_or(COLUMNS).min(COLUMNS);
    let words: Vec<OsString> = words.into_iter().collect();
    let parsed = command(columns).try_get_matches_from(&words);
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.unwrap_or_else(|error| {
        // Help and errors show usage lines. Breaking them would cost every other run its time.
        let mut command = usage_lines::wrap(command(columns), columns);
        let wrapped = command.try_get_matches_from_mut(&words);
        let wrapped = wrapped.and_then(|matches| Cli::from_arg_matches(&matches));
        wrapped.err().unwrap_or(error).format(&mut command).exit()
    })
}

/// The command line, with the help of the program for so many columns.
pub(crate) fn command(columns: usize) -> Command {
    let command = Cli::command();
    let groups = groups(&command, columns);
    let more = text::wrap(MORE, columns).join("\n");
    command.help_template(template(&groups, &more))
}

fn template(groups: &str, more: &str) -> StyledStr {
    StyledStr::from(format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}\
         Global options:\n{{options}}\n\n\
         {more}{{after-help}}"
    ))
}

/// The verbs that are shown.
pub(crate) fn verbs(command: &Command) -> impl Iterator<Item = &Command> {
    let verbs = command.get_subcommands();
    verbs.filter(|verb| !verb.is_hide_set() && verb.get_name() != "help")
}

/// All groups with their verbs.
fn groups(command: &Command, columns: usize) -> String {
    let grouped: Vec<&str> = GROUPS
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .collect();
    let names = verbs(command).map(Command::get_name);
    let others: Vec<&str> = names.filter(|name| !grouped.contains(name)).collect();
    let widest = verbs(command)
        .map(|verb| text::width(verb.get_name()))
        .max();
    let indent = widest.unwrap_or_default() + 4;
    let mut out = String::new();
    let all = GROUPS.iter().copied().chain([(OTHERS, others.as_slice())]);
    for (title, names) in all {
        let mut lines = String::new();
        for verb in names
            .iter()
            .filter_map(|name| command.find_subcommand(name))
        {
            let about = verb
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            let room = columns.saturating_sub(indent);
            for (index, line) in text::wrap(&about, room.max(16)).iter().enumerate() {
                let name = if index == 0 { verb.get_name() } else { "" };
                // Writing to a string cannot fail.
                _ = writeln!(lines, "  {name:<width$}{line}", width = indent - 2);
            }
        }
        if !lines.is_empty() {
            _ = write!(out, "{title}:\n{lines}\n");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_is_in_one_group() {
        let command = Cli::command();
        let help = groups(&command, 80);
        assert!(!help.contains(OTHERS), "{help}");
        for verb in verbs(&command) {
            let line = format!("\n  {} ", verb.get_name());
            assert_eq!(help.matches(&line).count(), 1, "{}", verb.get_name());
        }
    }

    #[test]
    fn groups_are_as_wide_as_the_terminal() {
        let command = Cli::command();
        for columns in [40, 60, 100] {
            for line in groups(&command, columns).lines() {
                assert!(text::width(line) <= columns, "{columns}: {line:?}");
            }
        }
    }

    /// The command and all verbs below it.
    fn all(command: Command) -> Vec<Command> {
        let below: Vec<_> = verbs(&command).cloned().flat_map(all).collect();
        std::iter::once(command).chain(below).collect()
    }

    #[test]
    fn the_help_of_every_verb_reads_well_in_any_terminal() {
        for columns in [40, 100] {
            let root = usage_lines::wrap(command(columns).term_width(columns), columns);
            let commands = all(root);
            assert!(commands.len() > 60, "{}", commands.len());
            for mut verb in commands {
                let name = verb.get_bin_name().unwrap_or_default().to_owned();
                let help = verb.render_long_help().to_string();
                for line in help.lines().map(str::trim_end) {
                    // A word that is wider stays whole.
                    let fits = text::width(line) <= columns || line.split_whitespace().count() <= 1;
                    assert!(fits, "{name} at {columns}: {line:?}\n{help}");
                }
                assert!(help.contains("Global options:"), "{name}");
                for arg in verb.get_arguments().filter(|arg| !arg.is_hide_set()) {
                    assert!(
                        arg.get_help().is_some(),
                        "{name}: {} has no help",
                        arg.get_id()
                    );
                }
            }
        }
    }
}
