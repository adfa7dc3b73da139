//! Which client can do what, as a table for a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::explained::Judgement;
use super::protocol::Mode;
use super::run::{Call, Run};

/// What a call came to. In order: the worst of several is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Ok,
    Explained,
    Miss,
}

impl Mark {
    /// What a call of a run came to.
    pub(super) fn of(run: &Run, call: &Call, judgement: &Judgement) -> Self {
        if call.outcome.problem().is_none() {
            return Self::Ok;
        }
        let explained = judgement.explained.iter().any(|(finding, _)| {
            finding.client == run.client.name
                && finding.call == call.name
                && finding.mode == Some(call.mode)
        });
        if explained {
            Self::Explained
        } else {
            Self::Miss
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Explained => "expl",
            Self::Miss => "MISS",
        }
    }
}

type Cells = BTreeMap<Mode, Mark>;

/// Rows are methods, by their common names; columns are clients. A method that has two modes is
/// shown as sync/async. `–` is what a client does not have.
pub(super) fn table(runs: &[Run], judgement: &Judgement) -> String {
    let mut rows: BTreeMap<&str, Vec<Cells>> = BTreeMap::new();
    for (column, run) in runs.iter().enumerate() {
        for call in &run.calls {
            let row = rows.entry(&call.canonical);
            let row = row.or_insert_with(|| vec![Cells::new(); runs.len()]);
            let mark = Mark::of(run, call, judgement);
            if let Some(cells) = row.get_mut(column) {
                let cell = cells.entry(call.mode).or_insert(mark);
                *cell = mark.max(*cell);
            }
        }
    }
    let width = rows.keys().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for (column, run) in runs.iter().enumerate() {
        let _ = writeln!(text, "  [{}] {}", column + 1, run.client.name);
    }
    let _ = write!(text, "\n{:<width$}", "");
    for column in 1..=runs.len() {
        let number = format!("[{column}]");
        let _ = write!(text, " {number:^9}");
    }
    text.push('\n');
    for (name, cells) in &rows {
        let mut line = format!("{name:<width$}");
        for cell in cells {
            let marks: Vec<&str> = cell.values().map(|mark| mark.text()).collect();
            let shown = if marks.is_empty() {
                "–".to_owned()
            } else {
                marks.join("/")
            };
            let _ = write!(line, " {shown:^9}");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// How many methods and calls of each client do what they are for.
pub(super) fn counts(runs: &[Run], judgement: &Judgement) -> String {
    let mut text = String::new();
    let width = runs.iter().map(|run| run.client.name.len()).max();
    let width = width.unwrap_or_default();
    for run in runs {
        let mut names: Vec<&str> = run.calls.iter().map(|call| call.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let count = |wanted| {
            let marks = run.calls.iter().map(|call| Mark::of(run, call, judgement));
            marks.filter(|mark| *mark == wanted).count()
        };
        let _ = writeln!(
            text,
            "{:<width$}  {:>3} methods, {:>3} calls: {:>3} ok, {:>2} explained, {:>2} missing",
            run.client.name,
            names.len(),
            run.calls.len(),
            count(Mark::Ok),
            count(Mark::Explained),
            count(Mark::Miss),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::clients::{Role, tests::client};
    use super::super::explained::{Kind, judge, read};
    use super::super::protocol::Outcome;
    use super::*;

    fn run(name: &str, calls: &[(&str, &str, Mode, Option<&str>)]) -> Run {
        let call = |(name, canonical, mode, error): &(&str, &str, Mode, Option<&str>)| Call {
            name: (*name).to_owned(),
            mode: *mode,
            canonical: (*canonical).to_owned(),
            outcome: error.map_or_else(
                || Outcome::Ok {
                    checked: vec!["it".to_owned()],
                },
                Outcome::failed,
            ),
            recorded: Vec::new(),
        };
        Run {
            client: client(name, Role::Official),
            calls: calls.iter().map(call).collect(),
        }
    }

    #[test]
    fn the_table_has_methods_in_rows_and_clients_in_columns() {
        use Mode::{Async, Sync};
        let runs = [
            run(
                "a 1",
                &[
                    ("tts.send", "tts.bytes", Sync, None),
                    ("tts.send", "tts.bytes", Async, Some("known")),
                ],
            ),
            run(
                "b 1",
                &[
                    ("list", "voices.list", Sync, None),
                    ("tts.bytes", "tts.bytes", Sync, None),
                    // The same by another name: the worse of both is shown.
                    ("list_all", "voices.list", Sync, Some("new")),
                ],
            ),
        ];
        let entries = read(
            "[[explained]]\nkind = \"defect\"\nclients = [\"a 1\"]\ncall = \"*\"\n\
             what = \"known\"\nreason = \"so it is\"\n",
        )
        .unwrap();
        let findings = runs.iter().flat_map(Run::findings).collect();
        let ran = ["a 1".to_owned(), "b 1".to_owned()];
        let judgement = judge(findings, &entries, &ran, &[Kind::Defect]);
        let table = table(&runs, &judgement);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[..3], ["  [1] a 1", "  [2] b 1", ""]);
        assert_eq!(
            lines[4..],
            [
                "tts.bytes    ok/expl     ok",
                "voices.list     –       MISS"
            ]
        );
        let counts = counts(&runs, &judgement);
        let expected = "a 1    1 methods,   2 calls:   1 ok,  1 explained,  0 missing\n\
                        b 1    3 methods,   3 calls:   2 ok,  0 explained,  1 missing\n";
        assert_eq!(counts, expected);
    }
}
