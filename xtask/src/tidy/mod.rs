//! `cargo xtask tidy`: what the compiler and clippy cannot check.
//!
//! Every rule is a pure function from text or metadata to [`Violation`]s, with its own tests; this
//! file reads the tree and runs them all.

mod code;
mod confinement;
mod docs;
mod errors;
mod foreign;
mod language;
mod layering;
mod manifest;
#[cfg(test)]
mod markdown;
mod portable;
mod programs;
mod readme;
mod realtime;
mod search;
mod source;

use std::fmt;
use std::path::Path;
use std::process::Command;

use crate::metadata::{Metadata, Package};
use crate::{Result, no_arguments, shell};

/// One breach of a rule, printed as `path:line: rule: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Violation {
    path: String,
    line: usize,
    rule: &'static str,
    message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            message,
        } = self;
        write!(f, "{path}:{line}: {rule}: {message}")
    }
}

/// Folders that builds leave.
const BUILT: &[&str] = &["node_modules", "target"];

/// A text file of the repository; `path` is relative to the root and has `/` on every system.
#[derive(Debug)]
struct TextFile {
    path: String,
    text: String,
}

impl TextFile {
    /// The lines with their numbers, counted from one as editors do.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        numbered(&self.text)
    }

    fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    fn is_markdown(&self) -> bool {
        self.has_extension("md")
    }

    fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|its| its == extension)
    }

    fn violation(&self, line: usize, rule: &'static str, message: String) -> Violation {
        Violation {
            path: self.path.clone(),
            line,
            rule,
            message,
        }
    }
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

pub(crate) fn run(arguments: &[String]) -> Result {
    no_arguments(arguments)?;
    let metadata = Metadata::load()?;
    let files = text_files(&metadata)?;

    let mut violations = Vec::new();
    for package in &metadata.packages {
        let manifest = file(&files, &metadata.relative(&package.manifest_path))?;
        violations.extend(layering::check(package, manifest));
        violations.extend(manifest::member(manifest, package.is_publishable()));
    }
    violations.extend(manifest::workspace_reasons(file(&files, "Cargo.toml")?));
    violations.extend(confinement::shared(&files));
    violations.extend(readme::check(&readmes(&metadata), &files));
    violations.extend(search::check(&files));
    violations.extend(errors::check(&files));
    for file in &files {
        violations.extend(portable::check(file));
        violations.extend(foreign::check(file));
        if file.is_rust() {
            violations.extend(confinement::check(file));
            violations.extend(docs::check(file));
            violations.extend(programs::check(file));
            violations.extend(realtime::check(file));
            violations.extend(source::rust(file));
            violations.extend(language::rust(file));
        }
        if file.path.ends_with("README.md") || file.path.starts_with("docs/") {
            violations.extend(source::markdown(file));
        }
        if file.is_markdown() {
            violations.extend(language::markdown(file));
        }
    }

    for violation in &violations {
        println!("{violation}");
    }
    if violations.is_empty() {
        println!(
            "tidy: {} members and {} files are fine",
            metadata.packages.len(),
            files.len()
        );
        Ok(())
    } else {
        Err(format!("tidy found {} violation(s)", violations.len()).into())
    }
}

/// `cargo xtask errors`: writes `docs/errors.md`.
pub(crate) fn write_errors(arguments: &[String]) -> Result {
    no_arguments(arguments)?;
    let metadata = Metadata::load()?;
    let page = errors::page(&text_files(&metadata)?);
    std::fs::write(metadata.workspace_root.join(errors::PAGE), page)?;
    println!("{}: written", errors::PAGE);
    Ok(())
}

/// Every file that is, or could be, committed and is text.
fn text_files(metadata: &Metadata) -> Result<Vec<TextFile>> {
    let root = &metadata.workspace_root;
    let listed = shell::query(Command::new("git").current_dir(root).args([
        "ls-files",
        "-z",
        "-co",
        "--exclude-standard",
    ]));
    let names: Vec<String> = match listed {
        Ok(names) => names.split_terminator('\0').map(str::to_owned).collect(),
        // There may be no git, and the sources may come from an archive.
        Err(_) => walked(root)?,
    };
    let read = |path: String| {
        // Not there: deleted but not yet committed. Not UTF-8: audio and other data.
        let text = std::fs::read_to_string(root.join(&path)).ok()?;
        Some(TextFile { path, text })
    };
    Ok(names.into_iter().filter_map(read).collect())
}

/// The files below a folder, relative to it, without hidden ones and what builds leave.
fn walked(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let kind = entry.file_type()?;
            if name.starts_with('.') || (kind.is_dir() && BUILT.contains(&name.as_str())) {
                continue;
            }
            let path = format!("{folder}{name}");
            if kind.is_dir() {
                open.push(path + "/");
            } else if kind.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn file<'f>(files: &'f [TextFile], path: &str) -> Result<&'f TextFile> {
    let found = files.iter().find(|file| file.path == path);
    found.ok_or_else(|| format!("{path} is not a file git knows or could add").into())
}

/// The README of the repository and of everything that is published, and the pages beside it.
fn readmes(metadata: &Metadata) -> Vec<readme::Readme> {
    let of_member = |package: &Package| {
        let folder = package.manifest_path.parent()?;
        let path = metadata.relative(&folder.join("README.md"));
        Some(readme::Readme {
            path,
            doc_tested: package.is_library(),
        })
    };
    let of_all = [
        "README.md",
        "docs/coming-from-python.md",
        "docs/conversations.md",
        "docs/programs.md",
    ]
    .map(|path| readme::Readme {
        path: path.to_owned(),
        doc_tested: true,
    });
    let members = metadata
        .packages
        .iter()
        .filter(|package| package.is_publishable());
    of_all
        .into_iter()
        .chain(members.filter_map(of_member))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file for a rule's test.
    pub(super) fn file(path: &str, text: &str) -> TextFile {
        TextFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The line and rule of each violation.
    pub(super) fn found(violations: &[Violation]) -> Vec<(usize, &'static str)> {
        violations
            .iter()
            .map(|violation| (violation.line, violation.rule))
            .collect()
    }

    #[test]
    fn without_git_the_folders_are_walked() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = walked(root).unwrap();
        assert!(found.is_sorted());
        for path in ["Cargo.toml", "src/tidy/mod.rs"] {
            assert!(found.iter().any(|it| it == path), "{path}: {found:?}");
        }
        let folder = root.parent().unwrap();
        let found = walked(folder).unwrap();
        assert!(found.iter().any(|it| it == "README.md"));
        let skipped = |path: &String| path.starts_with(".git") || path.contains("target/");
        assert!(!found.iter().any(skipped));
    }

    #[test]
    fn violations_are_printed_as_editors_read_them() {
        let violation = file("a/b.rs", "").violation(7, "length", "too long".to_owned());
        assert_eq!(violation.to_string(), "a/b.rs:7: length: too long");
    }
}
