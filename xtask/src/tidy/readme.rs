//! READMEs exist, and their code is compiled: each is a doc test of some library.

use super::{TextFile, Violation};

pub(super) struct Readme {
    pub(super) path: String,
    /// Whether there is a library that can have it as doc test.
    pub(super) doc_tested: bool,
}

pub(super) fn check(readmes: &[Readme], files: &[TextFile]) -> Vec<Violation> {
    let libraries = files
        .iter()
        .filter(|file| file.path.ends_with("src/lib.rs"));
    let included: Vec<String> = libraries.flat_map(included).collect();
    let mut violations = Vec::new();
    for Readme { path, doc_tested } in readmes {
        let problem = if !files.iter().any(|file| file.path == *path) {
            "does not exist"
        } else if *doc_tested && !included.contains(path) {
            "is no doc test: no `src/lib.rs` has `#[doc = include_str!(…)]` for it"
        } else {
            continue;
        };
        violations.push(Violation {
            path: path.clone(),
            line: 1,
            rule: "readme",
            message: problem.to_owned(),
        });
    }
    violations
}

/// The files a library includes in its docs, as paths from the root.
fn included(library: &TextFile) -> impl Iterator<Item = String> {
    library
        .text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//") && line.contains("doc"))
        .filter_map(|line| line.split_once("include_str!(\"")?.1.split_once('"'))
        .map(|(path, _)| resolve(&library.path, path))
}

/// `path` as it is meant in the file `from`.
fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    fn readme(path: &str, doc_tested: bool) -> Readme {
        Readme {
            path: path.to_owned(),
            doc_tested,
        }
    }

    #[test]
    fn readmes_that_are_doc_tests_pass() {
        let files = [
            file("README.md", ""),
            file("crates/a/README.md", ""),
            file("crates/tool/README.md", ""),
            file(
                "crates/a/src/lib.rs",
                "#![doc = include_str!(\"../README.md\")]\n\
                 #[cfg(doctest)]\n#[doc = include_str!(\"../../../README.md\")]\nstruct Root;\n",
            ),
        ];
        let readmes = [
            readme("README.md", true),
            readme("crates/a/README.md", true),
            readme("crates/tool/README.md", false),
        ];
        assert_eq!(check(&readmes, &files), []);
    }

    #[test]
    fn missing_and_uncompiled_readmes_are_found() {
        let files = [
            file("crates/a/README.md", ""),
            file(
                "crates/a/src/lib.rs",
                "// #![doc = include_str!(\"../README.md\")]\n",
            ),
        ];
        let readmes = [
            readme("README.md", true),
            readme("crates/a/README.md", true),
        ];
        let found: Vec<_> = check(&readmes, &files)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found[0], "README.md:1: readme: does not exist");
        assert!(found[1].starts_with("crates/a/README.md:1: readme: is no doc test"));
        assert_eq!(found.len(), 2);
    }
}
