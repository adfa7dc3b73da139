//! Telling Rust code from what only looks like it.

/// `source` with comments and literals blanked, so that a word found in it is code. Lines keep
/// their numbers.
pub(super) fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    for piece in pieces(source) {
        match piece {
            Piece::Code(text) => code.push_str(text),
            Piece::Opaque(text) => {
                code.extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            }
        }
    }
    code
}

/// A part of a source that is not code.
pub(super) enum Opaque<'s> {
    /// With its slashes.
    Comment(&'s str),
    /// A string or character, with its quotes.
    Literal(&'s str),
}

/// `source` with comments and literals blanked byte for byte, so that a place in it is the same place in `source`.
pub(super) fn code_in_place(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    for piece in pieces(source) {
        match piece {
            Piece::Code(text) => code.push_str(text),
            Piece::Opaque(text) => code.extend(
                text.bytes()
                    .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
            ),
        }
    }
    code
}

/// Comments and literals, with the lines on which they start.
pub(super) fn opaque(source: &str) -> impl Iterator<Item = (usize, Opaque<'_>)> {
    let mut line = 1;
    pieces(source).filter_map(move |piece| {
        let start = line;
        let (Piece::Code(text) | Piece::Opaque(text)) = piece;
        line += text.matches('\n').count();
        match piece {
            Piece::Code(_) => None,
            Piece::Opaque(text) if text.starts_with('/') => Some((start, Opaque::Comment(text))),
            Piece::Opaque(text) => Some((start, Opaque::Literal(text))),
        }
    })
}

#[derive(Clone, Copy)]
enum Piece<'s> {
    /// One character of code.
    Code(&'s str),
    Opaque(&'s str),
}

fn pieces(source: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = source;
    let mut in_word = false;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        if let Some(length) = opaque_length(rest, in_word) {
            let (opaque, after) = rest.split_at(length);
            rest = after;
            in_word = false;
            Some(Piece::Opaque(opaque))
        } else {
            let (code, after) = rest.split_at(first.len_utf8());
            rest = after;
            in_word = first.is_alphanumeric() || first == '_';
            Some(Piece::Code(code))
        }
    })
}

/// The length in bytes of the comment or literal at the start of `rest`, if there is one.
fn opaque_length(rest: &str, in_word: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment_length(rest));
    }
    if !in_word && let Some(length) = raw_string_length(rest) {
        return Some(length);
    }
    match rest.as_bytes()[0] {
        b'"' => Some(quoted_length(rest, '"')),
        b'\'' if !is_lifetime(rest) => Some(quoted_length(rest, '\'')),
        _ => None,
    }
}

/// Block comments nest.
fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn raw_string_length(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"]
        .into_iter()
        .find(|prefix| rest.starts_with(prefix))?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opening = rest.len() - body.len();
    Some(
        body.find(&end)
            .map_or(rest.len(), |at| opening + at + end.len()),
    )
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

/// `'a` and not `'a'` or `'\n'`.
fn is_lifetime(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    chars.next() != Some('\\') && chars.next() != Some('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that are left.
    fn words(source: &str) -> Vec<String> {
        code_only(source)
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn comments_are_blanked() {
        assert_eq!(words("a // b\n/// c\n//! d\ne"), ["a", "e"]);
        assert_eq!(words("a /* b /* c */ d */ e"), ["a", "e"]);
        assert_eq!(words("a /* never closed"), ["a"]);
    }

    #[test]
    fn literals_are_blanked() {
        assert_eq!(words(r#"a "b // \" c" d"#), ["a", "d"]);
        assert_eq!(words("a r\"b\\\" c br#\"d \" e\"# f"), ["a", "c", "f"]);
        assert_eq!(words(r"a '\'' b '/' c '€' d"), ["a", "b", "c", "d"]);
        assert_eq!(words(r#"a r#"never closed" "#), ["a"]);
    }

    #[test]
    fn what_only_looks_like_a_literal_stays() {
        assert_eq!(words("&'a str 'b: r#type"), ["&'a", "str", "'b:", "r#type"]);
        assert_eq!(
            words("fn bar<'x>(r: u8) {}"),
            ["fn", "bar<'x>(r:", "u8)", "{}"]
        );
    }

    #[test]
    fn lines_keep_their_numbers() {
        let source = "/* a\nb */ c\n\"d\ne\" f\n";
        assert_eq!(code_only(source).lines().count(), source.lines().count());
        assert_eq!(code_only(source).lines().nth(3).map(str::trim), Some("f"));
    }
}
