//! `docs/errors.md`: every error message of the libraries, collected from the source, so that they can be read
//! as a whole. `tidy` fails when the page is not what the source gives; `cargo xtask errors` writes it.

mod source;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use self::source::{Source, literals};
use super::language::is_published;
use super::{TextFile, Violation};

pub(super) const PAGE: &str = "docs/errors.md";

const KINDS: &str = "crates/cartesia-types/src/error/kind.rs";

/// Crates whose errors users of the libraries meet. The programs print these, and usage errors of their own.
const CRATES: &[&str] = &[
    "cartesia-types",
    "cartesia-core",
    "cartesia-http",
    "cartesia-ws",
    "cartesia-audio",
    "cartesia-redis",
    "cartesia",
];

/// The section of errors whose kind is decided where they are made.
const SEVERAL: &str = "Several kinds";

/// One place at which an error is made.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    operation: String,
    /// The texts that the message may have; none when it is that of another error.
    texts: Vec<String>,
    path: String,
}

pub(super) fn check(files: &[TextFile]) -> Vec<Violation> {
    let page = files.iter().find(|file| file.path == PAGE);
    if page.is_some_and(|page| page.text == self::page(files)) {
        return Vec::new();
    }
    vec![Violation {
        path: PAGE.to_owned(),
        line: 1,
        rule: "errors",
        message: "is not what the source gives: run `cargo xtask errors`, and read what changed"
            .to_owned(),
    }]
}

/// The whole page.
pub(super) fn page(files: &[TextFile]) -> String {
    let sources: Vec<Source<'_>> = files
        .iter()
        .filter(|file| file.is_rust() && is_published(&file.path) && of_a_library(&file.path))
        .map(Source::new)
        .collect();
    let mut kinds: BTreeMap<String, BTreeSet<Row>> = BTreeMap::new();
    for source in &sources {
        for (kind, row) in rows(source, &sources) {
            kinds.entry(kind).or_default().insert(row);
        }
    }
    let mut page = INTRODUCTION.to_owned();
    let documented = files.iter().find(|file| file.path == KINDS);
    for (kind, meaning, advice) in documented.map(kinds_of).unwrap_or_default() {
        let Some(rows) = kinds.remove(&kind) else {
            continue;
        };
        section(&mut page, &kind, &meaning, advice.as_deref(), &rows);
    }
    for (kind, rows) in &kinds {
        section(
            &mut page,
            kind,
            "The kind is one of those in brackets, or that of the cause.",
            None,
            rows,
        );
    }
    reasons(&mut page, &sources);
    page
}

const INTRODUCTION: &str = "\
# Error messages

Every message of the libraries, by [`ErrorKind`](../crates/cartesia-types/src/error/kind.rs). `cargo xtask errors`
writes this page from the source.

An error prints as `operation: message; advice`. `{…}` stands for a value. The operation is named where it is always the
same; `call` is the operation of the call that failed, such as `tts.sse` or `voices.get`. Texts after a message, such as the
number of attempts or the request id, are added by `Error` itself. Where the service rejects a request, the message is its
own text, and the kind follows from the status. *Reason* stands for a text of the last section, or for that of another
library.

";

fn section(
    page: &mut String,
    kind: &str,
    meaning: &str,
    advice: Option<&str>,
    rows: &BTreeSet<Row>,
) {
    let _ = writeln!(page, "## {kind}\n\n{meaning}");
    if let Some(advice) = advice {
        let _ = writeln!(page, "**What to do:** {advice}.");
    }
    let _ = writeln!(page, "\n| operation | message | source |\n|---|---|---|");
    for row in rows {
        let texts = if row.texts.is_empty() {
            "*Reason*".to_owned()
        } else {
            row.texts
                .iter()
                .map(|text| cell(text))
                .collect::<Vec<_>>()
                .join("<br>")
        };
        let path = row.path.trim_start_matches("crates/");
        let _ = writeln!(page, "| {} | {texts} | `{path}` |", row.operation);
    }
    page.push('\n');
}

/// The texts of types that become a message or a cause.
fn reasons(page: &mut String, sources: &[Source<'_>]) {
    let _ = writeln!(
        page,
        "## Reasons\n\nTexts of invalid values, which become messages or causes.\n"
    );
    let _ = writeln!(page, "| type | text |\n|---|---|");
    let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        for block in source.blocks("impl fmt::Display for ") {
            let name = block["impl fmt::Display for ".len()..]
                .split([' ', '<', '{'])
                .next();
            let Some(name) = name.filter(|name| is_a_reason(name)) else {
                continue;
            };
            let texts = literals(block).into_iter().filter(|text| is_a_text(text));
            types.entry(name.to_owned()).or_default().extend(texts);
        }
    }
    for source in sources {
        for (name, text) in source.error_attributes() {
            types.entry(name).or_default().push(text);
        }
    }
    for (name, texts) in types.iter().filter(|(_, texts)| !texts.is_empty()) {
        let texts: Vec<String> = texts.iter().map(|text| cell(text)).collect();
        let _ = writeln!(page, "| `{name}` | {} |", texts.join("<br>"));
    }
}

fn is_a_reason(name: &str) -> bool {
    ["Invalid", "Unknown", "Unsupported", "NotReached"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || name == "EventTooLong"
}

/// More than a name, a separator or a format.
fn is_a_text(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphabetic());
    words.filter(|word| word.len() > 1).count() > 1
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

fn of_a_library(path: &str) -> bool {
    let folder = path
        .strip_prefix("crates/")
        .and_then(|path| path.split('/').next());
    folder.is_some_and(|folder| CRATES.contains(&folder)) && !path.ends_with("fuzzing.rs")
}

/// The errors that a file makes, with their kinds.
fn rows(source: &Source<'_>, sources: &[Source<'_>]) -> Vec<(String, Row)> {
    let mut rows = Vec::new();
    for call in source.calls("Error::new") {
        let [kind, operation, message] = &call.arguments[..] else {
            continue;
        };
        let operation = self::operation(operation, source, sources);
        let texts = texts(message, source, call.at);
        let kinds = kinds(kind, source, call.at);
        let of_several = if kinds.len() == 1 {
            String::new()
        } else {
            format!(
                " ({})",
                kinds
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        };
        let kind = match kinds.len() {
            1 => kinds.into_iter().next().unwrap_or_default(),
            _ => SEVERAL.to_owned(),
        };
        let row = Row {
            operation: operation + if of_several == " ()" { "" } else { &of_several },
            texts,
            path: source.path.to_owned(),
        };
        rows.push((kind, row));
    }
    rows.extend(conversions(source));
    rows
}

/// The lines `Type => Kind, "operation";` of the macro that turns small errors into ours.
fn conversions(source: &Source<'_>) -> Vec<(String, Row)> {
    let conversion = |line: &str| {
        let (name, rest) = line.trim().strip_suffix(';')?.split_once(" => ")?;
        let (kind, operation) = rest.split_once(", ")?;
        let operation = literals(operation).into_iter().next()?;
        let row = Row {
            operation: format!("`{operation}`"),
            texts: vec![format!("*{name}*")],
            path: source.path.to_owned(),
        };
        Some((kind.to_owned(), row))
    };
    source
        .blocks("errors! ")
        .into_iter()
        .flat_map(str::lines)
        .filter_map(conversion)
        .collect()
}

/// The kinds that an argument may be: its own, those of its value, or those that its function names.
fn kinds(argument: &str, source: &Source<'_>, at: usize) -> BTreeSet<String> {
    let own = named_kinds(argument);
    if !own.is_empty() {
        return own;
    }
    let value = source
        .value(argument, at)
        .map(named_kinds)
        .unwrap_or_default();
    if !value.is_empty() {
        return value;
    }
    let Some((name, text)) = source.function(at) else {
        return value;
    };
    let calls = source.calls(name);
    let of_callers: BTreeSet<String> = calls
        .iter()
        .flat_map(|call| named_kinds(&call.arguments.join(",")))
        .collect();
    if of_callers.is_empty() {
        named_kinds(text)
    } else {
        of_callers
    }
}

/// The kinds in a piece of source, but not those of the errors of other libraries.
fn named_kinds(text: &str) -> BTreeSet<String> {
    const PATH: &str = "ErrorKind::";
    let starts = text.match_indices(PATH).filter(|(at, _)| {
        let before = &text[..*at];
        !before.ends_with("::") || before.ends_with("cartesia_types::")
    });
    let name = |(at, _): (usize, &str)| {
        let name = &text[at + PATH.len()..];
        let end = name
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(name.len());
        name[..end].to_owned()
    };
    starts
        .map(name)
        .filter(|name| name.starts_with(char::is_uppercase))
        .collect()
}

/// A literal or constant; else the call that failed.
fn operation(argument: &str, source: &Source<'_>, sources: &[Source<'_>]) -> String {
    let literal = literals(argument).into_iter().next();
    let constant = || {
        let name = argument.rsplit("::").next().unwrap_or(argument);
        let is_constant = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        if !is_constant {
            return None;
        }
        let folder = source.path.split("/src/").next().unwrap_or_default();
        let of_the_crate = sources
            .iter()
            .filter(|source| source.path.starts_with(folder));
        // One name may stand for several operations: then only the file's own counts.
        let elsewhere: BTreeSet<String> = of_the_crate
            .filter_map(|source| source.constant(name))
            .collect();
        let only = || elsewhere.first().filter(|_| elsewhere.len() == 1).cloned();
        source.constant(name).or_else(only)
    };
    match literal.or_else(constant) {
        Some(name) => format!("`{name}`"),
        None => "call".to_owned(),
    }
}

/// The texts of a message: literals where it stands, in the value of a variable, or in the arguments of those
/// who call its function or closure.
fn texts(argument: &str, source: &Source<'_>, at: usize) -> Vec<String> {
    let readable = |texts: Vec<String>| -> Vec<String> {
        texts.into_iter().filter(|text| is_a_text(text)).collect()
    };
    let own = readable(literals(argument));
    if !own.is_empty() {
        return own;
    }
    let name = argument
        .trim_end_matches(".to_string()")
        .trim_end_matches(".to_owned()");
    let name = name.trim_start_matches('&');
    if name.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
        return source.constant(name).into_iter().collect();
    }
    if let Some(value) = source.value(name, at) {
        let found = readable(literals(value));
        if !found.is_empty() {
            return found;
        }
    }
    let Some((function, text)) = source.function(at) else {
        return Vec::new();
    };
    // A closure: `let refuse = |why| Error::new(…, why)`.
    let closures = text.match_indices("let ").filter_map(|(at, _)| {
        let (closure, rest) = text[at + 4..].split_once(" = ")?;
        (rest.starts_with(['|', 'm']) && closure.chars().all(|c| c.is_alphanumeric() || c == '_'))
            .then(|| closure.to_owned())
    });
    let mut callers: Vec<String> = closures.collect();
    callers.push(function.to_owned());
    let mut found = Vec::new();
    for caller in callers {
        for call in source.calls(&caller) {
            for argument in &call.arguments {
                let texts = match source.value(argument, call.at) {
                    Some(value) => literals(value),
                    None => literals(argument),
                };
                found.extend(readable(texts));
            }
        }
    }
    if found.is_empty() && argument == "problem" {
        found = readable(literals(text));
    }
    found.sort();
    found.dedup();
    found
}

/// Each kind, the first sentence of its docs, and its advice, in the order of the source.
fn kinds_of(file: &TextFile) -> Vec<(String, String, Option<String>)> {
    let source = Source::new(file);
    let advice: BTreeMap<String, String> = source
        .blocks("fn advice(")
        .into_iter()
        .flat_map(|block| block.split("Self::").skip(1))
        .filter_map(|arm| {
            let name = arm.split(' ').next()?.to_owned();
            Some((name, literals(arm).into_iter().next()?))
        })
        .collect();
    let mut kinds = Vec::new();
    let mut docs = String::new();
    for block in source.blocks("pub enum ErrorKind ") {
        for line in block.lines().map(str::trim) {
            if let Some(text) = line.strip_prefix("///") {
                docs.push_str(text);
            } else if let Some(name) = line.strip_suffix(',') {
                let meaning = std::mem::take(&mut docs).trim().to_owned();
                kinds.push((name.to_owned(), meaning, advice.get(name).cloned()));
            }
        }
    }
    kinds
}
