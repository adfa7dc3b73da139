//! The lines that show how a verb is called, broken to the width of the terminal: clap leaves them whole.

use clap::Command;

use crate::text;

/// Before a usage line; as clap's.
const TITLE: &str = "Usage: ";

/// Before the lines that go on with it.
const INDENT: &str = "         ";

/// Builds a command with the verbs below it, and breaks the usage lines that are wider than so many columns.
pub(super) fn wrap(mut command: Command, columns: usize) -> Command {
    command.build();
    wrap_built(command, columns)
}

fn wrap_built(mut command: Command, columns: usize) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(name, |verb| wrap_built(verb, columns));
    }
    let usage = command.render_usage().to_string();
    let lines: Vec<&str> = usage
        .lines()
        .map(|line| line.strip_prefix(TITLE).unwrap_or(line).trim())
        .collect();
    let room = columns.saturating_sub(INDENT.len());
    if lines.iter().all(|line| text::width(line) <= room) {
        return command;
    }
    let broken: Vec<String> = lines.iter().map(|line| break_line(line, room)).collect();
    let next = format!("\n{:width$}", "", width = TITLE.len());
    command.override_usage(broken.join(&next))
}

/// One usage line, as lines of so many columns where that is possible.
fn break_line(line: &str, room: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (piece, glued) in pieces(line, room) {
        match lines.last_mut() {
            Some(last) if text::width(last) + usize::from(!glued) + text::width(piece) <= room => {
                if !glued {
                    last.push(' ');
                }
                last.push_str(piece);
            }
            _ => lines.push(piece.to_owned()),
        }
    }
    lines.join(&format!("\n{INDENT}"))
}

/// What stays together: words outside of brackets, and what is between brackets. A choice that is wider than the
/// room is broken behind each `|`; then the next piece is glued to it, without a space.
fn pieces(line: &str, room: usize) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    for whole in split_at_depth(line, 0, ' ') {
        let whole = whole.trim_end();
        if text::width(whole) <= room {
            found.push((whole, false));
        } else {
            let choices = split_at_depth(whole, 1, '|').into_iter().enumerate();
            found.extend(choices.map(|(index, choice)| (choice, index > 0)));
        }
    }
    found
}

/// Splits behind each `separator` that stands within so many brackets.
fn split_at_depth(line: &str, wanted: usize, separator: char) -> Vec<&str> {
    let mut depth = 0_usize;
    line.split_inclusive(|c| {
        match c {
            '<' | '[' | '(' => depth += 1,
            '>' | ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == separator && depth == wanted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_what_belongs_together() {
        let line = "program change [OPTIONS] --name <A NAME> <--url <URL>|--file <FILE|->> <ID>";
        assert_eq!(break_line(line, 100), line);
        assert_eq!(
            break_line(line, 24).lines().collect::<Vec<_>>(),
            [
                "program change [OPTIONS]",
                "         --name <A NAME>",
                "         <--url <URL>|",
                "         --file <FILE|->> <ID>",
            ]
        );
    }

    #[test]
    fn commands_that_fit_stay_as_they_are() {
        let command = || {
            Command::new("program")
                .subcommand(Command::new("verb").arg(clap::Arg::new("a-long-argument")))
        };
        let usage = |columns| {
            let command = wrap(command(), columns);
            let verb = command.find_subcommand("verb").unwrap().clone();
            verb.clone().render_usage().to_string()
        };
        assert_eq!(usage(60), "Usage: program verb [a-long-argument]");
        assert_eq!(usage(30), "Usage: program verb\n         [a-long-argument]");
    }
}
