//! Crates that one file alone may name, so that replacing them is a change to one file.

use super::code::code_only;
use super::{TextFile, Violation, numbered};

struct Confined {
    /// The crate, or the end of its name: `tungstenite` is also `tokio_tungstenite`.
    word: &'static str,
    /// The only files that may name it, and their submodules in a folder of their name.
    homes: &'static [&'static str],
}

/// The client's end of a WebSocket, and the mock server's.
const SOCKETS: &[&str] = &[
    "crates/cartesia-ws/src/socket.rs",
    "crates/cartesia-mock/src/socket/wire.rs",
];

const CONFINED: &[Confined] = &[
    Confined {
        word: "tokio_websockets",
        homes: SOCKETS,
    },
    Confined {
        word: "tungstenite",
        homes: SOCKETS,
    },
    Confined {
        word: "cpal",
        homes: &["crates/cartesia-audio/src/backend/cpal.rs"],
    },
];

/// The two ends of a WebSocket are of different libraries: a mistake of one would be shared otherwise, and
/// found by no test.
pub(super) fn shared(files: &[TextFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for Confined { word, homes } in CONFINED {
        let names_it = |file: &&TextFile| {
            homes.contains(&file.path.as_str())
                && numbered(&code_only(&file.text)).any(|(_, line)| names_crate(line, word))
        };
        let named: Vec<&TextFile> = files.iter().filter(names_it).collect();
        if let [first, second, ..] = named[..] {
            let message = format!("{} uses {word}, too; the two ends differ", first.path);
            violations.push(second.violation(1, "confinement", message));
        }
    }
    violations
}

/// Only `src` is checked: tests may build their own other end of a connection.
pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    if !(file.path.starts_with("crates/") && file.path.contains("/src/")) {
        return Vec::new();
    }
    let code = code_only(&file.text);
    let mut violations = Vec::new();
    for Confined { word, homes } in CONFINED
        .iter()
        .filter(|confined| !confined.homes.iter().any(|home| is_home(home, &file.path)))
    {
        let home = homes.join(" and ");
        for (number, _) in numbered(&code).filter(|(_, line)| names_crate(line, word)) {
            let message =
                format!("only {home} may name {word} (for a module, write `self::{word}`)");
            violations.push(file.violation(number, "confinement", message));
        }
    }
    violations
}

fn is_home(home: &str, path: &str) -> bool {
    let submodule = home
        .strip_suffix(".rs")
        .and_then(|module| path.strip_prefix(module))
        .is_some_and(|rest| rest.starts_with('/'));
    path == home || submodule
}

/// Whether a path on the line starts with a crate whose name ends in `word`.
fn names_crate(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        let before = line[..at].trim_end_matches(part_of_word);
        // `module::word` is an item of that module, `::word` is the crate.
        let in_module = before
            .strip_suffix("::")
            .is_some_and(|module| module.ends_with(part_of_word));
        let imported = before.trim_end().ends_with("use") || before.trim_end().ends_with("crate");
        let whole = !after.starts_with(part_of_word);
        whole && !in_module && (after.starts_with("::") || imported)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    #[test]
    fn a_confined_crate_is_found_outside_its_home() {
        let text = "//! tungstenite\nuse tokio_tungstenite::connect;\nlet x = \"cpal::\";\n\
                    fn f(h: ::cpal::Host) {}\nuse tokio_websockets::Message;\n";
        let elsewhere = file("crates/cartesia-ws/src/connect.rs", text);
        let lines = |file| {
            let mut lines: Vec<_> = found(&check(file)).iter().map(|found| found.0).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(lines(&elsewhere), [2, 4, 5]);

        let client = file("crates/cartesia-ws/src/socket.rs", text);
        assert_eq!(lines(&client), [4]);
        let mock = file("crates/cartesia-mock/src/socket/wire.rs", text);
        assert_eq!(lines(&mock), [4]);
        let below = file("crates/cartesia-ws/src/socket/frames.rs", text);
        assert_eq!(lines(&below), [4]);
        let beside = file("crates/cartesia-ws/src/socket_frames.rs", text);
        assert_eq!(lines(&beside), [2, 4, 5]);
        let elsewhere = file("crates/cartesia-mock/src/socket/connection.rs", text);
        assert_eq!(lines(&elsewhere), [2, 4, 5]);
        for path in [
            "crates/cartesia-ws/tests/it/main.rs",
            "crates/cartesia-mock/benches/b.rs",
        ] {
            assert!(check(&file(path, text)).is_empty());
        }
    }

    #[test]
    fn the_ends_of_a_websocket_are_of_different_libraries() {
        let ends = |client, mock| [file(SOCKETS[0], client), file(SOCKETS[1], mock)];
        let (one, other) = (
            "use tokio_tungstenite::accept;\n",
            "use tokio_websockets::Message;\n",
        );
        assert_eq!(shared(&ends(one, other)), []);
        assert_eq!(shared(&ends(other, one)), []);
        let violations = shared(&ends(one, one));
        assert_eq!(found(&violations), [(1, "confinement")]);
        assert_eq!(violations[0].path, SOCKETS[1]);
    }

    #[test]
    fn crates_are_distinguished_from_modules() {
        for line in [
            "cpal::open()",
            "use cpal;",
            "use cpal as c;",
            "extern crate cpal;",
            "x(cpal::D)",
        ] {
            assert!(names_crate(line, "cpal"), "{line}");
        }
        for line in [
            "mod cpal;",
            "self::cpal::open()",
            "use super::cpal;",
            "cpally::x()",
            "cpal()",
        ] {
            assert!(!names_crate(line, "cpal"), "{line}");
        }
    }
}
