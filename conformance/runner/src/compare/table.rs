//! What came of the comparison, as a table for a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::explained::{Finding, Judgement};
use super::Compared;

/// How the calls of one cell compare.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    explained: usize,
    bugs: usize,
}

impl Cell {
    fn text(self) -> String {
        match self {
            Self { bugs: 1.., .. } => "BUG".to_owned(),
            Self { explained: 0, .. } => "equal".to_owned(),
            Self { explained, .. } => format!("{explained} expl"),
        }
    }
}

/// Rows are calls that both an official client and ours have, columns are clients. A cell says whether
/// everything is equal, in how many fields it differs for a reason, or that it differs for none.
pub(crate) fn table(compared: &[Compared], judgement: &Judgement) -> String {
    let mut clients: Vec<&str> = Vec::new();
    for one in compared {
        if !clients.contains(&one.client.as_str()) {
            clients.push(&one.client);
        }
    }
    let mut rows: BTreeMap<&str, Vec<Option<Cell>>> = BTreeMap::new();
    for one in compared {
        let row = rows.entry(&one.call);
        let row = row.or_insert_with(|| vec![None; clients.len()]);
        let column = clients.iter().position(|client| *client == one.client);
        if let Some(cell) = column.and_then(|column| row.get_mut(column)) {
            let cell = cell.get_or_insert_default();
            for finding in &one.findings {
                if is_explained(finding, judgement) {
                    cell.explained += 1;
                } else {
                    cell.bugs += 1;
                }
            }
        }
    }
    let width = rows.keys().map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (column, client) in clients.iter().enumerate() {
        let _ = writeln!(text, "  [{}] {client}", column + 1);
    }
    let _ = write!(text, "\n{:<width$}", "");
    for column in 1..=clients.len() {
        let number = format!("[{column}]");
        let _ = write!(text, " {number:^8}");
    }
    text = text.trim_end().to_owned() + "\n";
    for (call, cells) in &rows {
        let mut line = format!("{call:<width$}");
        for cell in cells {
            let shown = cell.map_or_else(|| "–".to_owned(), Cell::text);
            let _ = write!(line, " {shown:^8}");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn is_explained(finding: &Finding, judgement: &Judgement) -> bool {
    let explained = &judgement.explained;
    explained.iter().any(|(known, _)| known == finding)
}

/// How many exchanges were compared, with what result.
pub(crate) fn counts(compared: &[Compared]) -> String {
    let exchanges: usize = compared.iter().map(|one| one.exchanges).sum();
    let equal = compared.iter().filter(|one| one.findings.is_empty());
    format!(
        "compared with ours: {} calls with {exchanges} requests and sockets, {} of the calls equal\n",
        compared.len(),
        equal.count(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::explained::Kind;
    use super::super::super::protocol::Mode;
    use super::*;

    fn compared(client: &str, call: &str, whats: &[&str]) -> Compared {
        let finding = |what: &&str| Finding {
            kind: Kind::Difference,
            client: client.to_owned(),
            call: call.to_owned(),
            mode: Some(Mode::Async),
            what: (*what).to_owned(),
        };
        Compared {
            client: client.to_owned(),
            call: call.to_owned(),
            exchanges: 2,
            findings: whats.iter().map(finding).collect(),
        }
    }

    #[test]
    fn cells_are_equal_explained_or_bugs() {
        let all = [
            compared("a 1", "tts.bytes", &[]),
            compared("a 1", "voices.list", &["known", "known too"]),
            compared("b 1", "tts.bytes", &["known", "new"]),
        ];
        let mut judgement = Judgement::default();
        for finding in all.iter().flat_map(|one| &one.findings) {
            if finding.what.starts_with("known") {
                judgement
                    .explained
                    .push((finding.clone(), "so it is".to_owned()));
            } else {
                judgement.unexplained.push(finding.clone());
            }
        }
        let table = table(&all, &judgement);
        let lines: Vec<&str> = table.lines().collect();
        let expected = [
            "  [1] a 1",
            "  [2] b 1",
            "",
            "              [1]      [2]",
            "tts.bytes    equal     BUG",
            "voices.list  2 expl     –",
        ];
        assert_eq!(lines, expected);
        let expected =
            "compared with ours: 3 calls with 6 requests and sockets, 1 of the calls equal\n";
        assert_eq!(counts(&all), expected);
    }
}
