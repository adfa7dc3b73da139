//! Plain English: words that readers stumble over, and the first lines of docs.
//!
//! What to write instead is in `CONTRIBUTING.md`, section "Language"; every message points there.

use super::code::{Opaque, opaque};
use super::{TextFile, Violation};

/// A phrase that is refused, and what to write in its place. Phrases match whole words, in any case.
const REFUSED: &[(&str, &str)] = &[
    ("nobody", "name who: the caller, the reader, the server"),
    (
        "somebody",
        "name who: a caller, another task, another program",
    ),
    ("whoever", "name who: the caller, the reader, the writer"),
    ("of which", "start a new sentence"),
    ("anew", "write `again`, `retry`, `replay` or `reconnect`"),
    ("is told", "write `receives`, `is notified`, `reports`"),
    ("are told", "write `receive`, `are notified`, `report`"),
    ("said again", "write `retried` or `replayed`"),
    ("none that", "write `unknown`, `unsupported` or `invalid`"),
    ("nothing for no", "write `if absent, … is assumed`"),
    ("turned away", "write `rejected`"),
    ("run dry", "write `underrun`"),
    ("runs dry", "write `underrun`"),
    ("ran dry", "write `underrun`"),
    ("is no more", "write `was removed` or `is gone`"),
    ("are no more", "write `were removed` or `are gone`"),
    ("unless you say so", "write `by default`"),
    ("does no harm", "write `is safe` or `has no effect`"),
    ("on its way", "write `in flight` or `pending`"),
    ("on their way", "write `in flight` or `pending`"),
    ("as it pleases", "name the condition"),
];

/// Words with which no first line of the docs of a public item begins: a riddle follows, or nothing.
const NO_BEGINNINGS: &[&str] = &[
    "everything",
    "goes",
    "has",
    "how",
    "if",
    "is",
    "it",
    "its",
    "lets",
    "neither",
    "nobody",
    "nothing",
    "on",
    "only",
    "says",
    "so",
    "somebody",
    "something",
    "tells",
    "that",
    "there",
    "those",
    "what",
    "when",
    "where",
    "which",
    "who",
    "whoever",
    "why",
];

/// Words that end like verbs, and are none.
const NO_VERBS: &[&str] = &[
    "As",
    "Bytes",
    "Characters",
    "Frames",
    "Samples",
    "These",
    "This",
    "Words",
];

const WHERE: &str = "see \"Language\" in CONTRIBUTING.md";

/// The list itself is free to have the words.
const THIS_FILE: &str = "xtask/src/tidy/language.rs";

/// Markdown: prose, not code.
pub(super) fn markdown(file: &TextFile) -> Vec<Violation> {
    let mut prose = Prose::default();
    let mut in_code = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            prose.end();
        } else if in_code || line.trim().is_empty() {
            prose.end();
        } else {
            prose.add(number, line);
        }
    }
    prose.end();
    refused(file, &prose)
}

/// Comments and literals, and for published crates the first lines of docs. Tests may read as sentences.
pub(super) fn rust(file: &TextFile) -> Vec<Violation> {
    if is_test(&file.path) || file.path == THIS_FILE {
        return Vec::new();
    }
    let tests = first_line_of_tests(&file.text);
    let mut prose = Prose::default();
    for (number, piece) in opaque(&file.text).filter(|(number, _)| *number < tests) {
        match piece {
            Opaque::Comment(text) => {
                let text = text.trim_start_matches(['/', '!', '*']).trim();
                if text.is_empty() || !prose.continues(number) {
                    prose.end();
                }
                prose.add(number, text);
            }
            // Without a space it is an identifier, not prose.
            Opaque::Literal(text) if text.contains(' ') => {
                prose.end();
                // A backslash at the end of a line joins it with the next one.
                for (offset, line) in text.lines().enumerate() {
                    prose.add(number + offset, line.trim_end_matches('\\'));
                }
                prose.end();
            }
            Opaque::Literal(_) => prose.end(),
        }
    }
    prose.end();
    let mut violations = refused(file, &prose);
    if is_published(&file.path) {
        violations.extend(first_lines(file, tests));
    }
    violations
}

/// Whether users read the docs and messages of this file.
pub(super) fn is_published(path: &str) -> bool {
    path.starts_with("crates/") && path.contains("/src/") && !is_test(path)
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("tests.rs")
}

/// The line from which on a file has its tests: by convention they are its last module.
pub(super) fn first_line_of_tests(text: &str) -> usize {
    let mut lines = super::numbered(text).peekable();
    while let Some((number, line)) = lines.next() {
        let inline = |next: &str| next.starts_with("mod ") && next.trim_end().ends_with('{');
        if line == "#[cfg(test)]" && lines.peek().is_some_and(|(_, next)| inline(next)) {
            return number;
        }
    }
    usize::MAX
}

/// Paragraphs, each with the line that each of its words stands on.
#[derive(Default)]
struct Prose {
    paragraphs: Vec<Vec<(usize, String)>>,
    current: Vec<(usize, String)>,
}

impl Prose {
    fn add(&mut self, line: usize, text: &str) {
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '_'));
        let words = words.filter(|word| !word.is_empty());
        self.current
            .extend(words.map(|word| (line, word.to_lowercase())));
    }

    /// Whether a comment on this line is a part of the paragraph before it.
    fn continues(&self, line: usize) -> bool {
        self.current
            .last()
            .is_some_and(|(last, _)| last + 1 == line)
    }

    fn end(&mut self) {
        if !self.current.is_empty() {
            self.paragraphs.push(std::mem::take(&mut self.current));
        }
    }
}

fn refused(file: &TextFile, prose: &Prose) -> Vec<Violation> {
    let mut violations = Vec::new();
    for paragraph in &prose.paragraphs {
        for (phrase, instead) in REFUSED {
            let phrase_words: Vec<&str> = phrase.split(' ').collect();
            for window in paragraph.windows(phrase_words.len()) {
                if window.iter().map(|(_, word)| word).eq(&phrase_words) {
                    let message = format!("instead of \"{phrase}\", {instead}; {WHERE}");
                    violations.push(file.violation(window[0].0, "language", message));
                }
            }
        }
    }
    violations
}

/// The docs of public items whose first line begins with none of the nouns and verbs that tell what it is.
fn first_lines(file: &TextFile, tests: usize) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut docs: Option<(usize, &str)> = None;
    let mut in_attribute = false;
    for (number, line) in file.lines().take_while(|(number, _)| *number < tests) {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("///") {
            docs.get_or_insert((number, text.trim()));
        } else if in_attribute || line.starts_with("#[") {
            in_attribute = !line.ends_with(']');
        } else if let Some((first, text)) = docs.take()
            && is_public(line)
        {
            let message = if let Some(word) = begins(text) {
                format!(
                    "docs begin with \"{word}\": begin with a verb (\"Returns …\") or, for a type or \
                     field, a noun (\"The …\"); {WHERE}"
                )
            } else if is_function(line) && !begins_with_verb(text) {
                format!("docs of a function begin with a verb (\"Returns …\", \"Sets …\"); {WHERE}")
            } else {
                continue;
            };
            violations.push(file.violation(first, "first-line", message));
        }
    }
    violations
}

/// An item, or a variant or constant of one: those of private types are no worse for it.
fn is_public(item: &str) -> bool {
    let variant = item.starts_with(|c: char| c.is_ascii_uppercase());
    item.starts_with("pub ") || variant
}

fn begins(text: &str) -> Option<&str> {
    let word = text.split([' ', ',', ';', ':']).next()?;
    let known = NO_BEGINNINGS.contains(&word.to_lowercase().as_str());
    known.then_some(word)
}

fn is_function(item: &str) -> bool {
    let words = item.split(' ').skip(1);
    let mut words = words.skip_while(|word| matches!(*word, "const" | "async" | "unsafe"));
    words.next() == Some("fn")
}

/// Whether a text begins with a verb in the third person, as far as its ending tells.
fn begins_with_verb(text: &str) -> bool {
    let word = text.split(' ').next().unwrap_or_default();
    let is_capital = word.starts_with(|c: char| c.is_ascii_uppercase());
    is_capital && word.trim_end_matches([',', ':', '.']).ends_with('s') && !NO_VERBS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    const PATH: &str = "crates/a/src/b.rs";

    #[test]
    fn refused_words_are_found_across_lines() {
        let text = "//! Whoever calls.\n\
                    // It is\n\
                    // told.\n\
                    fn f() { g(\"none that\", \"is\", \"told\") }\n\
                    /// A list, of\n\
                    ///\n\
                    /// which.\n\
                    fn h() {}\n";
        let expected = [(1, "language"), (2, "language"), (4, "language")];
        assert_eq!(found(&rust(&file(PATH, text))), expected);
    }

    #[test]
    fn messages_say_what_to_write() {
        let violations = rust(&file(PATH, "// Made anew.\n"));
        assert_eq!(
            violations[0].to_string(),
            "crates/a/src/b.rs:1: language: instead of \"anew\", write `again`, `retry`, `replay` or `reconnect`; see \
             \"Language\" in CONTRIBUTING.md"
        );
    }

    #[test]
    fn code_and_tests_are_free() {
        let code =
            "fn whoever(anew: u8) { f(\"nobody\") }\n#[cfg(test)]\nmod tests {\n// nobody\n}\n";
        assert_eq!(rust(&file(PATH, code)), []);
        for path in [
            THIS_FILE,
            "crates/a/tests/it/b.rs",
            "crates/a/src/b/tests.rs",
        ] {
            assert_eq!(rust(&file(path, "// nobody\n")), [], "{path}");
        }
    }

    #[test]
    fn tools_and_examples_follow_the_list_of_words_alone() {
        let text = "/// What nobody knows.\npub fn f() {}\n";
        for path in ["xtask/src/a.rs", "examples/examples/b.rs"] {
            assert_eq!(found(&rust(&file(path, text))), [(1, "language")], "{path}");
        }
    }

    #[test]
    fn strings_over_several_lines_are_joined() {
        let text = "const A: &str = \"it is \\\n    told\";\n";
        assert_eq!(found(&rust(&file(PATH, text))), [(1, "language")]);
    }

    #[test]
    fn pages_are_read_without_their_code() {
        let text = "# Somebody\n\n```sh\nnobody\n```\n- of\n  which\n";
        let expected = [(1, "language"), (6, "language")];
        assert_eq!(found(&markdown(&file("README.md", text))), expected);
    }

    #[test]
    fn first_lines_begin_with_a_verb_or_a_noun() {
        let text = "/// What it is.\n\
                    #[derive(Debug)]\n\
                    #[serde(\n    default\n)]\n\
                    pub struct A {\n\
                    \x20   /// Its name.\n\
                    \x20   pub name: String,\n\
                    \x20   /// What is private.\n\
                    \x20   rest: u8,\n\
                    }\n\
                    /// Returns it.\n///\n/// Only here.\npub fn f() {}\n\
                    enum B {\n\
                    \x20   /// It ended.\n\
                    \x20   Ended,\n\
                    }\n";
        let expected = [(1, "first-line"), (7, "first-line"), (17, "first-line")];
        assert_eq!(found(&rust(&file(PATH, text))), expected);
    }

    #[test]
    fn docs_of_functions_begin_with_a_verb() {
        let text = "/// The name.\npub fn a() {}\n\
                    /// Bytes of it.\npub const fn b() {}\n\
                    /// [`a`] again.\npub async fn c() {}\n\
                    /// Flushes: speaks all.\npub fn d() {}\n\
                    /// The type.\npub struct E;\n\
                    /// The inner one.\nfn f() {}\n";
        let expected = [(1, "first-line"), (3, "first-line"), (5, "first-line")];
        assert_eq!(found(&rust(&file(PATH, text))), expected);
    }
}
