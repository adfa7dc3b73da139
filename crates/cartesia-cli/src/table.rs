//! Columns for people.

use crate::failure::Failure;
use crate::print;
use crate::text;

/// Spaces between two columns.
const GAP: usize = 2;
/// A column that is cut keeps at least so much.
const NARROWEST: usize = 8;

/// Prints rows with aligned columns, cut to the width of the terminal.
pub(crate) fn print<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    print::block(render(head, rows, print::columns()).trim_end_matches('\n'))
}

/// As [`print()`], for another place than stdout.
pub(crate) fn text<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    render(head, rows, print::columns_for_notes())
}

/// Lays rows out. Identifiers are never cut; where there is no room for columns, each row becomes a
/// few lines.
fn render<const N: usize>(head: [&str; N], rows: &[[String; N]], columns: Option<usize>) -> String {
    let rows: Vec<[String; N]> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| text::one_line(cell)))
        .collect();
    let mut widths = head.map(text::width);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(text::width(cell));
        }
    }
    if let Some(columns) = columns
        && !fit(head, &mut widths, columns)
    {
        return records(head, &rows, columns);
    }
    let mut table = aligned(head, widths);
    for row in &rows {
        table.push_str(&aligned(row.each_ref().map(String::as_str), widths));
    }
    table
}

/// One line, without spaces at its end.
fn aligned<const N: usize>(cells: [&str; N], widths: [usize; N]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.into_iter().zip(widths) {
        let cell = text::cut(cell, width);
        line.push_str(&cell);
        let padding = (width + GAP).saturating_sub(text::width(&cell));
        line.extend(std::iter::repeat_n(' ', padding));
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// Makes the widest columns narrower until the line has room, if that is possible.
fn fit<const N: usize>(head: [&str; N], widths: &mut [usize; N], columns: usize) -> bool {
    let least: Vec<usize> = head
        .iter()
        .zip(widths.iter())
        .map(|(name, width)| match *name {
            "ID" => *width,
            name => text::width(name).max(NARROWEST).min(*width),
        })
        .collect();
    let gaps = GAP * N.saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > columns {
        let widest = widths
            .iter_mut()
            .zip(&least)
            .filter(|(width, least)| **width > **least)
            .max_by_key(|(width, _)| **width);
        match widest {
            Some((width, _)) => *width -= 1,
            None => return false,
        }
    }
    true
}

/// The first cell of each row on a line, and the others below it, each with its name.
fn records<const N: usize>(head: [&str; N], rows: &[[String; N]], columns: usize) -> String {
    let mut lines = Vec::new();
    for row in rows {
        let mut cells = head.into_iter().zip(row);
        lines.extend(cells.next().map(|(_, cell)| cell.clone()));
        for (name, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
            lines.extend(labelled(
                &format!("  {}", name.to_lowercase()),
                cell,
                columns,
            ));
        }
    }
    joined(&lines)
}

/// Every line with its end.
fn joined(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// A name and a value, wrapped at words. A value with a word that has no room beside the name begins
/// below it.
fn labelled(name: &str, value: &str, columns: usize) -> Vec<String> {
    let indent = "    ";
    let one = format!("{name}: {value}");
    if text::width(&one) <= columns {
        return vec![one];
    }
    let below = text::wrap(value, columns.saturating_sub(indent.len()));
    let below = below.iter().map(|line| format!("{indent}{line}"));
    std::iter::once(format!("{name}:")).chain(below).collect()
}

/// Prints one line for each field that has a value, wrapped at words in a terminal.
pub(crate) fn print_fields(fields: &[(&str, String)]) -> Result<(), Failure> {
    print::block(render_fields(fields, print::columns()).trim_end_matches('\n'))
}

/// Names and values beside each other; where one has no room, each value below or right after its name.
fn render_fields(fields: &[(&str, String)], columns: Option<usize>) -> String {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| (text::one_line(name), text::one_line(value)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let beside: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name:12} {value}"))
        .collect();
    let lines = match columns {
        Some(columns) if beside.iter().any(|line| text::width(line) > columns) => fields
            .iter()
            .flat_map(|(name, value)| labelled(name, value, columns))
            .collect(),
        _ => beside,
    };
    joined(&lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";

    fn voices() -> [[String; 3]; 2] {
        [
            [ID, "日本語の声", "A calm voice for long stories and news"].map(str::to_owned),
            [ID, "Zoe", "Bright"].map(str::to_owned),
        ]
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["é", "x"], ["long", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(render(["A", "B"], &rows, None), "A     B\né     x\nlong\n");
    }

    #[test]
    fn wide_characters_are_aligned() {
        let table = render(["ID", "NAME", "DESCRIPTION"], &voices(), None);
        let starts: Vec<usize> = table
            .lines()
            .zip(["DESCRIPTION", "A calm", "Bright"])
            .map(|(line, word)| text::width(line.split_once(word).unwrap().0))
            .collect();
        assert_eq!(starts, [50, 50, 50], "{table}");
    }

    #[test]
    fn a_table_has_room_in_the_terminal_and_identifiers_stay_whole() {
        for columns in [40, 60, 72, 80, 100] {
            let table = render(["ID", "NAME", "DESCRIPTION"], &voices(), Some(columns));
            assert_eq!(table.matches(ID).count(), 2, "{table}");
            for line in table.lines() {
                assert!(text::width(line) <= columns, "{columns}: {line:?}");
                for word in line.split(' ') {
                    // Every word is whole, or its cut is shown.
                    let known = "ID NAME DESCRIPTION Zoe Bright 日本語の声 name: description: \
                                 A calm voice for long stories and news";
                    let whole = known.split(' ').any(|it| it == word);
                    assert!(
                        whole || word == ID || word.is_empty() || word.ends_with('…'),
                        "{columns}: {word:?} in {table}"
                    );
                }
            }
        }
    }

    #[test]
    fn controls_in_cells_do_not_reach_the_terminal() {
        let rows = [["a\u{1b}[31m\nb\u{202e}".to_owned()]];
        assert_eq!(
            render(["NAME"], &rows, None),
            "NAME\na\u{fffd}[31m b\u{fffd}\n"
        );
        let fields = [("name", "x\u{9b}2J\r\ny".to_owned())];
        assert_eq!(render_fields(&fields, None), "name         x\u{fffd}2J y\n");
    }

    #[test]
    fn fields_are_wrapped_at_words() {
        let fields = [
            ("id", ID.to_owned()),
            ("description", "A calm voice for long stories".to_owned()),
            ("empty", String::new()),
        ];
        let wrapped = format!("id: {ID}\ndescription:\n    A calm voice for long stories\n");
        assert_eq!(render_fields(&fields, Some(40)), wrapped);
        assert!(render_fields(&fields, None).starts_with("id           a0e9"));
    }
}
