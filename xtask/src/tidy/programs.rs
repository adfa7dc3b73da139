//! Tests run on a bare system: they start no program that such a system may lack, or say that they are skipped.

use super::{TextFile, Violation};

/// What a minimal Debian has. `kill` and `ps` are not among them: they are a package of their own.
const ESSENTIAL: &[&str] = &["bash", "mkfifo", "script", "sh", "timeout"];

/// Split, so that this file passes its own rule.
const START: &str = concat!("Command::", "new(\"");

pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    if !file.path.contains("/tests/") {
        return Vec::new();
    }
    file.lines()
        .filter_map(|(number, line)| {
            let name = started(line)?;
            let says_so = format!("skipped: {name} is not installed");
            if ESSENTIAL.contains(&name) || file.text.contains(&says_so) {
                return None;
            }
            let message = format!(
                "a bare system has no `{name}`; do without it, or skip the test and print `{says_so}`"
            );
            Some(file.violation(number, "programs", message))
        })
        .collect()
}

/// The program that a line of code starts, if it names one.
fn started(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(START)?;
    rest.split_once('"').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    fn starts(program: &str) -> String {
        format!("let a = 1;\nlet child = std::process::{START}{program}\").spawn();\n")
    }

    #[test]
    fn a_program_that_may_be_missing_is_found_in_tests() {
        let text = starts("kill");
        let violations = check(&file("crates/a/tests/it/b.rs", &text));
        assert_eq!(found(&violations), [(2, "programs")]);
        assert!(violations[0].message.contains("`kill`"));
        assert_eq!(check(&file("crates/a/src/b.rs", &text)), []);
    }

    #[test]
    fn essential_programs_and_skipped_tests_pass() {
        for text in [
            starts("sh"),
            starts("curl") + "writeln!(stderr, \"skipped: curl is not installed\")",
        ] {
            assert_eq!(check(&file("crates/a/tests/b.rs", &text)), [], "{text}");
        }
        let other = starts("curl") + "skipped: wget is not installed";
        assert_eq!(found(&check(&file("crates/a/tests/b.rs", &other))).len(), 1);
    }
}
