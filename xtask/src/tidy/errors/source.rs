//! Just enough of a parser to find where errors are made, and with which texts.

use super::super::TextFile;
use super::super::code::{Opaque, code_in_place, opaque};
use super::super::language::first_line_of_tests;

/// A Rust file without its tests, and the same with comments and literals blanked in place.
pub(super) struct Source<'f> {
    pub(super) path: &'f str,
    text: &'f str,
    code: String,
}

/// The arguments of a call, as they stand in the file.
pub(super) struct Call {
    pub(super) at: usize,
    pub(super) arguments: Vec<String>,
}

impl<'f> Source<'f> {
    pub(super) fn new(file: &'f TextFile) -> Self {
        let tests = first_line_of_tests(&file.text);
        let end = file
            .text
            .split_inclusive('\n')
            .take(tests.saturating_sub(1))
            .map(str::len)
            .sum();
        let text = &file.text[..end];
        Self {
            path: &file.path,
            text,
            code: code_in_place(text),
        }
    }

    /// The calls of a function that is named like this, and not after another path.
    pub(super) fn calls(&self, name: &str) -> Vec<Call> {
        let open = format!("{name}(");
        let free = |at: usize| {
            let before = self.code[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '.')
        };
        let starts = self.code.match_indices(&open).map(|(at, _)| at);
        starts
            .filter(|at| free(*at) && !self.code[..*at].ends_with("fn "))
            .map(|at| Call {
                at,
                arguments: self.arguments(at + open.len()),
            })
            .collect()
    }

    /// The arguments that start here, up to the closing parenthesis.
    fn arguments(&self, start: usize) -> Vec<String> {
        let (mut depth, mut from) = (0_usize, start);
        let mut arguments = Vec::new();
        for (at, c) in self.code[start..].char_indices() {
            let at = start + at;
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' if depth == 0 => {
                    arguments.push(self.text[from..at].trim().to_owned());
                    break;
                }
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    arguments.push(self.text[from..at].trim().to_owned());
                    from = at + 1;
                }
                _ => {}
            }
        }
        arguments.retain(|argument| !argument.is_empty());
        arguments
    }

    /// The function around a place: its name, and its text up to its end.
    pub(super) fn function(&self, at: usize) -> Option<(&str, &str)> {
        let mut starts: Vec<usize> = self.code[..at]
            .match_indices("fn ")
            .map(|(at, _)| at)
            .collect();
        while let Some(start) = starts.pop() {
            let body = start + self.code[start..].find('{')?;
            let end = self.block_end(body);
            if body < at && at < end {
                let name = &self.code[start + 3..];
                let length = name.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
                return Some((&name[..length], &self.text[start..end]));
            }
        }
        None
    }

    /// The text of the blocks that begin with this, for example of `impl` blocks.
    pub(super) fn blocks(&self, beginning: &str) -> Vec<&str> {
        let starts = self.code.match_indices(beginning).map(|(at, _)| at);
        starts
            .filter_map(|start| {
                let body = start + self.code[start..].find('{')?;
                Some(&self.text[start..self.block_end(body)])
            })
            .collect()
    }

    fn block_end(&self, body: usize) -> usize {
        let mut depth = 0_usize;
        for (at, c) in self.code[body..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return body + at + 1;
                    }
                }
                _ => {}
            }
        }
        self.code.len()
    }

    /// The value of a variable at a place: what the last `let` or `if let` that binds it, in the same function,
    /// takes it from. A variable that is taken from another one has the value of that.
    pub(super) fn value(&self, name: &str, at: usize) -> Option<&str> {
        let (_, function) = self.function(at)?;
        let start = function.as_ptr() as usize - self.text.as_ptr() as usize;
        let mut lets = self.code[start..at]
            .match_indices("let ")
            .map(|(at, _)| start + at);
        let binds = |at: &usize| {
            let pattern = self.code[*at..].split('=').next().unwrap_or_default();
            let mut words = pattern.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            words.any(|word| word == name)
        };
        let found = lets.by_ref().filter(binds).last()?;
        let value = self.value_of(found)?;
        let is_name = value.chars().all(|c| c.is_alphanumeric() || c == '_');
        match self
            .value(value, found)
            .filter(|_| is_name && value != name)
        {
            Some(other) => Some(other),
            None => Some(value),
        }
    }

    /// What stands after the `=` of a `let`: up to the semicolon, or up to the block of an `if let`.
    fn value_of(&self, at: usize) -> Option<&str> {
        let conditional = self.code[..at].ends_with("if ") || self.code[..at].ends_with("while ");
        let from = at + self.code[at..].find('=')? + 1;
        let mut depth = 0_usize;
        for (length, c) in self.code[from..].char_indices() {
            match c {
                '{' | ';' if depth == 0 && (c == ';' || conditional) => {
                    return Some(self.text[from..from + length].trim());
                }
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        None
    }

    /// The texts of `#[error("…")]`, each with the type that it is on or in.
    pub(super) fn error_attributes(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (at, attribute) in self.code.match_indices("#[error(") {
            let arguments = self.arguments(at + attribute.len());
            let text = arguments
                .iter()
                .flat_map(|argument| literals(argument))
                .next();
            let type_of = |code: &str| {
                let (_, name) = code
                    .split_once("struct ")
                    .or_else(|| code.split_once("enum "))?;
                let end = name.find(|c: char| !c.is_alphanumeric())?;
                Some(name[..end].to_owned())
            };
            // On a variant the type is the enum before it, else the struct after it.
            let variant = self.code[..at]
                .rsplit('\n')
                .next()
                .is_some_and(|indent| !indent.is_empty());
            let name = if variant {
                self.code[..at]
                    .rfind("enum ")
                    .and_then(|start| type_of(&self.code[start..]))
            } else {
                type_of(&self.code[at..])
            };
            found.extend(name.zip(text));
        }
        found
    }

    /// The text of `const NAME: &str = "…"`.
    pub(super) fn constant(&self, name: &str) -> Option<String> {
        let beginning = format!("const {name}: &str =");
        let start = self.code.find(&beginning)? + beginning.len();
        let end = start + self.code[start..].find(';')?;
        literals(&self.text[start..end]).into_iter().next()
    }
}

/// The texts of the string literals in a piece of source, as they are printed.
pub(super) fn literals(source: &str) -> Vec<String> {
    opaque(source)
        .filter_map(|(_, piece)| match piece {
            Opaque::Literal(text) => text.strip_prefix('"')?.strip_suffix('"').map(unescape),
            Opaque::Comment(_) => None,
        })
        .filter(|text| !text.is_empty())
        .collect()
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            // A line that goes on in the next one, whose indentation does not count.
            Some('\n') => rest = chars.as_str().trim_start(),
            Some('n') => {
                plain.push(' ');
                rest = chars.as_str();
            }
            Some(other) => {
                plain.push(other);
                rest = chars.as_str();
            }
            None => rest = "",
        }
    }
    plain.push_str(rest);
    plain
}
