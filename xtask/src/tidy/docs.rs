//! Sections of docs that clippy does not ask for: `# Cancel safety` of every public async function.

use super::language::{first_line_of_tests, is_published};
use super::{TextFile, Violation};

/// Async functions of the libraries. Without this section a caller does not know whether it may stand in `select!`.
pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    if !is_published(&file.path) || file.path.starts_with("crates/cartesia-cli/") {
        return Vec::new();
    }
    let tests = first_line_of_tests(&file.text);
    let mut violations = Vec::new();
    let mut has_section = false;
    for (number, line) in file.lines().take_while(|(number, _)| *number < tests) {
        let line = line.trim();
        if line.starts_with("///") {
            has_section |= line == "/// # Cancel safety";
        } else if line.starts_with("pub ") && line.contains("async fn ") && !has_section {
            let message =
                "an async function without \"# Cancel safety\": say what is lost when its future \
                           is dropped"
                    .to_owned();
            violations.push(file.violation(number, "cancel-safety", message));
        } else if line.is_empty() || line.ends_with(['{', '}', ';']) {
            has_section = false;
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    const TEXT: &str = "/// Waits.\n\
                        ///\n\
                        /// # Cancel safety\n\
                        ///\n\
                        /// Cancel-safe.\n\
                        #[expect(\n    clippy::a,\n    reason = \"b\"\n)]\n\
                        pub async fn a() {\n\
                        }\n\
                        \n\
                        /// Waits.\n\
                        pub async fn b() {}\n\
                        pub(crate) async fn c() {}\n\
                        async fn d() {}\n\
                        #[cfg(test)]\nmod tests {\n    pub async fn e() {}\n}\n";

    #[test]
    fn public_async_functions_have_the_section() {
        assert_eq!(
            found(&check(&file("crates/a/src/b.rs", TEXT))),
            [(14, "cancel-safety")]
        );
    }

    #[test]
    fn programs_and_tests_are_free() {
        for path in [
            "crates/cartesia-cli/src/a.rs",
            "crates/a/tests/it/b.rs",
            "xtask/src/a.rs",
        ] {
            assert_eq!(check(&file(path, TEXT)), [], "{path}");
        }
    }
}
