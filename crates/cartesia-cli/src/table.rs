//! Columns for people.

use std::io::{self, Write};

/// Writes rows with aligned columns; the last column is as long as it likes.
pub(crate) fn write<const N: usize>(
    out: &mut impl Write,
    head: [&str; N],
    rows: &[[String; N]],
) -> io::Result<()> {
    let mut widths = head.map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut line = |cells: [&str; N]| {
        let mut text = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        writeln!(out, "{}", text.trim_end())
    };
    line(head)?;
    for row in rows {
        line(std::array::from_fn(|index| row[index].as_str()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut out = Vec::new();
        let rows = [
            ["é".to_owned(), "x".to_owned()],
            ["long".to_owned(), String::new()],
        ];
        super::write(&mut out, ["A", "B"], &rows).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "A     B\né     x\nlong\n");
    }
}
