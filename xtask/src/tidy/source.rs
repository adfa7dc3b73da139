//! Rust files: short, finished, and with examples that are compiled.

use super::code::code_only;
use super::{TextFile, Violation, numbered};

/// Files are split at about 500 lines; this leaves room to finish a thought.
const LONGEST: usize = 600;

const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!"];

pub(super) fn rust(file: &TextFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    let length = file.text.lines().count();
    if length > LONGEST {
        let message = format!("{length} lines; split it by ideas, at about 500");
        violations.push(file.violation(length, "length", message));
    }
    for (number, line) in numbered(&code_only(&file.text)) {
        if line.contains("#[ignore]") {
            let message = "an ignored test says why: `#[ignore = \"reason\"]`".to_owned();
            violations.push(file.violation(number, "ignore", message));
        }
        for word in UNFINISHED.iter().filter(|word| calls(line, word)) {
            let message = format!("`{word}` is for work in progress");
            violations.push(file.violation(number, "unfinished", message));
        }
    }
    let docs = file.lines().filter_map(|(number, line)| {
        let line = line.trim_start();
        Some((
            number,
            line.strip_prefix("///")
                .or_else(|| line.strip_prefix("//!"))?,
        ))
    });
    violations.extend(ignored_fences(file, docs));
    violations
}

/// A page that is a doc test.
pub(super) fn markdown(file: &TextFile) -> Vec<Violation> {
    let mut violations = ignored_fences(file, file.lines());
    violations.extend(hidden_lines(file));
    violations
}

/// Lines that only rustdoc hides: elsewhere they are shown, and what is pasted does not compile.
fn hidden_lines(file: &TextFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut in_rust = None;
    for (number, line) in file.lines() {
        let line = line.trim_start();
        if let Some(info) = line.strip_prefix("```") {
            in_rust = match in_rust {
                None => Some(is_rust(info)),
                Some(_) => None,
            };
        } else if in_rust == Some(true) && (line == "#" || line.starts_with("# ")) {
            let message = "hidden only by rustdoc: show a whole program, or include one from \
                           `examples/`";
            violations.push(file.violation(number, "hidden", message.to_owned()));
        }
    }
    violations
}

/// Whether rustdoc compiles a block with this after its fence.
fn is_rust(info: &str) -> bool {
    const WORDS: &[&str] = &["", "rust", "no_run", "should_panic", "compile_fail"];
    let first = info.split([',', ' ']).next().unwrap_or_default().trim();
    WORDS.contains(&first) || first.starts_with("edition")
}

fn ignored_fences<'f>(
    file: &TextFile,
    lines: impl Iterator<Item = (usize, &'f str)>,
) -> Vec<Violation> {
    lines
        .filter(|(_, line)| is_ignored_fence(line))
        .map(|(number, _)| {
            let message = "an example is compiled: `no_run` instead of `ignore`".to_owned();
            file.violation(number, "fence", message)
        })
        .collect()
}

fn is_ignored_fence(line: &str) -> bool {
    let info = line.trim_start().strip_prefix("```").unwrap_or_default();
    info.split([',', ' '])
        .any(|word| word.trim().starts_with("ignore"))
}

/// Whether the macro itself is called, and not one whose name ends the same.
fn calls(line: &str, name: &str) -> bool {
    line.match_indices(name)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    #[test]
    fn finished_source_passes() {
        let text = "//! Says `todo!()`.\n\
                    /// ```no_run\n\
                    /// ```\n\
                    #[ignore = \"needs the real service\"]\n\
                    fn f() { my_todo!(\"todo!\") } // dbg!(x)\n";
        assert_eq!(rust(&file("a.rs", text)), []);
        assert_eq!(rust(&file("a.rs", &"\n".repeat(LONGEST))), []);
        assert_eq!(
            markdown(&file("README.md", "```rust\n```\nignore this\n")),
            []
        );
    }

    #[test]
    fn unfinished_source_is_found() {
        let text = "#[ignore]\nfn f() { todo!() }\nfn g() { std::dbg!(1) }\n";
        let expected = [(1, "ignore"), (2, "unfinished"), (3, "unfinished")];
        assert_eq!(found(&rust(&file("a.rs", text))), expected);
    }

    #[test]
    fn examples_that_are_not_compiled_are_found() {
        let text = "/// ```ignore\n//! ```rust,ignore\n    /// ```ignore-wasm32\n";
        let expected = [(1, "fence"), (2, "fence"), (3, "fence")];
        assert_eq!(found(&rust(&file("a.rs", text))), expected);
        assert_eq!(
            found(&markdown(&file("README.md", "a\n```rust, ignore\n"))),
            [(2, "fence")]
        );
    }

    #[test]
    fn lines_that_only_rustdoc_hides_are_found() {
        let text = "# Title\n\n```rust,no_run\n# use a::b;\n#[tokio::main]\n#![a]\n#\nlet a = \"# b\";\n```\n\n\
                    # Another\n\n```sh\n# a comment\n```\n\n```\n# fn main() {\n```\n";
        let violations = hidden_lines(&file("README.md", text));
        assert_eq!(
            found(&violations),
            [(4, "hidden"), (7, "hidden"), (18, "hidden")]
        );
    }

    #[test]
    fn long_files_are_found() {
        let text = "\n".repeat(LONGEST + 1);
        assert_eq!(found(&rust(&file("a.rs", &text))), [(601, "length")]);
    }
}
