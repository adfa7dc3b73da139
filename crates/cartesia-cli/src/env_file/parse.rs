//! The syntax of a file `.env`: `NAME=value`, one on each line.
//!
//! Values are taken as they stand. Nothing is substituted, so that the file of a folder cannot move
//! other variables of the environment into an address.

/// A line: a setting, nothing, or a mistake.
pub(super) type Line = Result<Option<(String, String)>, ()>;

/// The lines of a text, by number from 1.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, Line)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    (1..).zip(text.lines().map(line))
}

fn line(line: &str) -> Line {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => line,
    };
    let (name, value) = line.split_once('=').ok_or(())?;
    let name = name.trim_end();
    if !is_name(name) {
        return Err(());
    }
    Ok(Some((name.to_owned(), self::value(value.trim_start())?)))
}

fn is_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter)
        && name
            .chars()
            .all(|c| is_letter(c) || c.is_ascii_digit() || matches!(c, '.' | '-'))
}

/// A bare word, or a text in quotes. A comment may follow after a space.
fn value(text: &str) -> Result<String, ()> {
    let (value, rest) = match text.chars().next() {
        Some('\'') => {
            let (value, rest) = text
                .strip_prefix('\'')
                .ok_or(())?
                .split_once('\'')
                .ok_or(())?;
            (value.to_owned(), rest)
        }
        Some('"') => quoted(text.strip_prefix('"').ok_or(())?)?,
        _ => {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            let (value, rest) = text.split_at_checked(end).ok_or(())?;
            if value.contains(['"', '\'']) {
                return Err(());
            }
            if value.starts_with('#') {
                return Ok(String::new());
            }
            (value.to_owned(), rest)
        }
    };
    let comment = rest.trim_start();
    let is_apart = comment.is_empty() || (comment.starts_with('#') && comment.len() < rest.len());
    if is_apart { Ok(value) } else { Err(()) }
}

/// A text in double quotes, with `\"`, `\\`, `\n`, `\t` and `\$`, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), ()> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next().ok_or(())? {
            '"' => return Ok((value, characters.as_str())),
            '\\' => value.push(match characters.next().ok_or(())? {
                'n' => '\n',
                't' => '\t',
                literal @ ('"' | '\\' | '$' | '\'') => literal,
                _ => return Err(()),
            }),
            literal => value.push(literal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Line {
        let lines: Vec<_> = lines(text).collect();
        assert_eq!(lines.len(), 1, "{text}");
        lines.into_iter().next().unwrap().1
    }

    #[test]
    fn values_are_taken_as_they_stand() {
        for (text, value) in [
            ("A=b", "b"),
            ("A = b ", "b"),
            ("export A=b # why", "b"),
            ("\u{feff}A=b", "b"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A=b#c", "b#c"),
            ("A=x=y", "x=y"),
            ("A='single ${B} \\n'", "single ${B} \\n"),
            (r#"A="double ${B} \" \\ \n"  # why"#, "double ${B} \" \\ \n"),
            ("A=${B}", "${B}"),
            ("A=$B$(cat)`ls`", "$B$(cat)`ls`"),
            ("A=${A}${A}${${A}}", "${A}${A}${${A}}"),
        ] {
            let setting = Some(("A".to_owned(), value.to_owned()));
            assert_eq!(only(text), Ok(setting), "{text}");
        }
        for nothing in ["# a comment", "  ", " #"] {
            assert_eq!(only(nothing), Ok(None), "{nothing}");
        }
    }

    #[test]
    fn mistakes_are_found() {
        for wrong in [
            "A",
            "A: b",
            "=b",
            "1A=b",
            "A=two words",
            "A='open",
            "A=\"open",
            "A=\"open\\\"",
            "A=\"bad \\q\"",
            "A='x'y",
            "A='x'#y",
            "A=it's",
        ] {
            assert_eq!(only(wrong), Err(()), "{wrong}");
        }
    }
}
