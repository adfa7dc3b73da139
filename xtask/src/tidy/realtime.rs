//! The files whose code runs on the thread of an audio device: nothing there may lock, wait or print.
//!
//! A test shows that this code does not allocate and makes no system call. A lock that is free shows in
//! neither, so its name is refused here; so are other modules, which could hide one.

use super::code::code_only;
use super::{TextFile, Violation, numbered};

/// Below `crates/cartesia-audio/src`.
const FILES: &[&str] = &[
    "backend/health.rs",
    "capture/slot.rs",
    "capture/tap.rs",
    "clock.rs",
    "cuts.rs",
    "output.rs",
    "render.rs",
    "shared.rs",
];

/// What these files may name of the crate: each other.
const MODULES: &[&str] = &[
    "capture::slot",
    "capture::tap",
    "clock",
    "cuts",
    "output",
    "render",
    "shared",
];

/// Types and macros that lock, wait, wake or write.
const REFUSED: &[&str] = &[
    "Barrier",
    "Condvar",
    "LazyLock",
    "Mutex",
    "Notify",
    "OnceLock",
    "RwLock",
    "Waker",
    "channel",
    "dbg",
    "eprintln",
    "format",
    "mpsc",
    "park",
    "println",
    "sleep",
    "sync_channel",
    "tracing",
];

/// Only what is before the tests is on that thread.
pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    let Some(name) = file.path.strip_prefix("crates/cartesia-audio/src/") else {
        return Vec::new();
    };
    if !FILES.contains(&name) {
        return Vec::new();
    }
    let code = code_only(&file.text);
    let code = code
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let mut violations = Vec::new();
    for (number, line) in numbered(code) {
        for word in words(line).filter(|word| REFUSED.contains(word)) {
            let message = format!("`{word}` has no place on the thread of an audio device");
            violations.push(file.violation(number, "realtime", message));
        }
        for (at, prefix) in line.match_indices("crate::") {
            let path = &line[at + prefix.len()..];
            let module = words(path).next().unwrap_or_default();
            let is_allowed = MODULES.iter().any(|allowed| {
                path.strip_prefix(allowed).is_some_and(|rest| {
                    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            });
            if !is_allowed {
                let message = format!(
                    "`crate::{module}` is not checked for locks; move what is needed into {}",
                    MODULES.join(", ")
                );
                violations.push(file.violation(number, "realtime", message));
            }
        }
    }
    violations
}

/// Names without what only looks like one of them: `format!` counts, `self.format` and `format_name` do not.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.split(move |c: char| !part_of_word(c))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        found(&check(&file(path, text)))
            .iter()
            .map(|found| found.0)
            .collect()
    }

    #[test]
    fn locks_and_other_modules_are_refused_on_the_thread_of_the_device() {
        let text = "use std::sync::Mutex;\n// a Mutex\nlet x = \"Mutex\";\nstd::sync::RwLock::new(0);\n\
                    use crate::waiters::Watched;\nuse crate::clock::Clock;\nprintln!(\"x\");\n\
                    #[cfg(test)]\nmod tests {\nuse std::sync::Mutex;\n}\n";
        for path in ["render.rs", "output.rs", "capture/tap.rs"] {
            let path = format!("crates/cartesia-audio/src/{path}");
            assert_eq!(lines(&path, text), [1, 4, 5, 7]);
        }
        for path in [
            "crates/cartesia-audio/src/state.rs",
            "crates/cartesia-ws/src/render.rs",
        ] {
            assert!(lines(path, text).is_empty());
        }
    }
}
