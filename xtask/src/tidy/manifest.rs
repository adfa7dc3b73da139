//! `Cargo.toml` files: members inherit, and every dependency says why it is there.

use toml::{Table, Value};

use super::{TextFile, Violation, numbered};

const INHERITED: &[&str] = &["version", "edition", "rust-version", "license"];

/// What crates.io shows; their values may be inherited or the crate's own.
const PUBLISHED: &[&str] = &["keywords", "categories"];

const DEPENDENCY_TABLES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// The manifest of a member.
pub(super) fn member(file: &TextFile, publishable: bool) -> Vec<Violation> {
    let manifest: Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![file.violation(1, "manifest", error.to_string())],
    };
    let mut violations = Vec::new();
    let mut report = |key: &str, message: String| {
        violations.push(file.violation(line_of(&file.text, key), "manifest", message));
    };

    if !manifest.get("lints").is_some_and(inherits) {
        report(
            "[lints]",
            "`[lints] workspace = true` is missing".to_owned(),
        );
    }
    let package = manifest.get("package").and_then(Value::as_table);
    let get = |key: &str| package.and_then(|package| package.get(key));
    for key in INHERITED {
        if !get(key).is_some_and(inherits) {
            report(key, format!("`{key}.workspace = true` is missing"));
        }
    }
    let required = if publishable { PUBLISHED } else { &[] };
    for key in required.iter().chain(&["description"]) {
        if get(key).is_none() {
            report("[package]", format!("`{key}` is missing"));
        }
    }
    for (name, dependency) in dependencies(&manifest) {
        if !inherits(dependency) {
            report(
                name,
                format!("dependency `{name}` does not come from the workspace"),
            );
        }
    }
    violations
}

/// The root manifest: above every entry of `[workspace.dependencies]` stands its reason. A line
/// `# -- name` opens a group and is no reason; the group `ours` needs none.
pub(super) fn workspace_reasons(file: &TextFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    let (mut inside, mut ours, mut previous) = (false, false, "");
    for (number, line) in file.lines() {
        if line.starts_with('[') {
            inside = line.trim_end() == "[workspace.dependencies]";
        } else if let Some(group) = line.strip_prefix("# --") {
            ours = group.trim_start().starts_with("ours");
        } else if let Some(name) = entry(line).filter(|_| inside && !ours) {
            let has_reason = previous.starts_with("# ") && !previous.starts_with("# --");
            if !has_reason {
                let message = format!("`{name}` has no line above it that says why it is needed");
                violations.push(file.violation(number, "reason", message));
            }
        }
        previous = line;
    }
    violations
}

/// Every dependency of a member, for all targets.
fn dependencies(manifest: &Table) -> impl Iterator<Item = (&str, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets
        .into_iter()
        .flat_map(Table::values)
        .filter_map(Value::as_table);
    std::iter::once(manifest)
        .chain(targets)
        .flat_map(|table| {
            DEPENDENCY_TABLES
                .iter()
                .filter_map(|name| table.get(*name)?.as_table())
        })
        .flat_map(|table| table.iter().map(|(name, value)| (name.as_str(), value)))
}

fn inherits(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

/// The key of a line `key = value`, not indented as the continuation of a value is.
fn entry(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim_end();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}

/// The first line that starts with `key`, or the first of the file when nothing does.
fn line_of(text: &str, key: &str) -> usize {
    numbered(text)
        .find(|(_, line)| line.starts_with(key))
        .map_or(1, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    const CLEAN: &str = r#"[package]
name = "cartesia-x"
description = "An example"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
keywords.workspace = true
categories = ["api-bindings"]

[dependencies]
serde.workspace = true
tokio = { workspace = true, optional = true }

[target.'cfg(unix)'.dev-dependencies]
hound.workspace = true

[lints]
workspace = true
"#;

    fn member(text: &str, publishable: bool) -> Vec<(usize, String)> {
        let violations = super::member(&file("Cargo.toml", text), publishable);
        violations
            .into_iter()
            .map(|violation| (violation.line, violation.message))
            .collect()
    }

    #[test]
    fn a_member_that_inherits_passes() {
        assert_eq!(member(CLEAN, true), []);
    }

    #[test]
    fn what_is_not_inherited_is_found() {
        for (from, to, line, message) in [
            (
                "[lints]\nworkspace = true\n",
                "",
                1,
                "`[lints] workspace = true` is missing",
            ),
            (
                "license.workspace = true\n",
                "",
                1,
                "`license.workspace = true` is missing",
            ),
            (
                "edition.workspace = true",
                "edition = \"2021\"",
                5,
                "`edition.workspace = true` is missing",
            ),
            (
                "description = \"An example\"\n",
                "",
                1,
                "`description` is missing",
            ),
            (
                "keywords.workspace = true\n",
                "",
                1,
                "`keywords` is missing",
            ),
            (
                "serde.workspace = true",
                "serde = \"1\"",
                12,
                "dependency `serde` does not come from the workspace",
            ),
            (
                "hound.workspace = true",
                "hound = { version = \"3\" }",
                16,
                "dependency `hound` does not come from the workspace",
            ),
        ] {
            assert!(CLEAN.contains(from), "{from}");
            assert_eq!(
                member(&CLEAN.replace(from, to), true),
                [(line, message.to_owned())]
            );
        }
    }

    #[test]
    fn only_what_is_published_needs_keywords() {
        assert_eq!(
            member(&CLEAN.replace("keywords.workspace = true\n", ""), false),
            []
        );
    }

    #[test]
    fn broken_toml_is_a_violation() {
        assert_eq!(
            found(&super::member(&file("Cargo.toml", "a ="), true)),
            [(1, "manifest")]
        );
    }

    #[test]
    fn dependencies_need_reasons() {
        let text = "\
[workspace.package]
version = \"1.0.0\"

[workspace.dependencies]
# -- ours, in lock step
cartesia = \"1\"

# -- data
serde = \"1\"
# JSON
serde_json = { version = \"1\", features = [
    \"raw_value\",
] }
bytes = \"1\"

[workspace.lints.rust]
unsafe_code = \"forbid\"
";
        let violations = workspace_reasons(&file("Cargo.toml", text));
        assert_eq!(found(&violations), [(9, "reason"), (14, "reason")]);
    }
}
