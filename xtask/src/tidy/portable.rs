//! Nothing in the repository depends on one machine: no paths into somebody's home, no registries
//! that others cannot reach.

use super::{TextFile, Violation};

/// Split, so that this file passes its own rule.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/Us", "ers/"),
];

/// After one of these a URL is where packages come from: cargo, pip, npm.
const REGISTRY_MARKERS: &[&str] = &[
    "registry+",
    "sparse+",
    "registry =",
    "index-url",
    "registry=",
    "\"resolved\":",
];

const PUBLIC_REGISTRIES: &[&str] = &[
    "files.pythonhosted.org",
    // The name `Cargo.lock` gives crates.io.
    "github.com/rust-lang/crates.io-index",
    "index.crates.io",
    "pypi.org",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
];

pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in file.lines() {
        if let Some(folder) = machine_folder(line) {
            let message = format!("a path into `{folder}` exists on one machine only");
            violations.push(file.violation(number, "portable", message));
        }
        if let Some(place) = private_registry(line) {
            let message = format!("packages come from public registries, not from `{place}`");
            violations.push(file.violation(number, "portable", message));
        }
    }
    violations
}

/// The folder of an absolute path; `docs/home/` and `https://host/home/` are none.
fn machine_folder(line: &str) -> Option<&'static str> {
    let continues_path = |c: char| c.is_alphanumeric() || "_-.~}*".contains(c);
    MACHINE_FOLDERS.iter().copied().find(|folder| {
        line.match_indices(folder)
            .any(|(at, _)| !line[..at].ends_with(continues_path))
    })
}

/// The host, and for a host of many things the whole place, of a registry that is not public.
fn private_registry(line: &str) -> Option<&str> {
    let after = REGISTRY_MARKERS
        .iter()
        .find_map(|marker| line.split_once(marker))?
        .1;
    let place = after.split_once("://")?.1;
    let end = place
        .find(|c: char| "\"'\\?# \t".contains(c))
        .unwrap_or(place.len());
    let place = &place[..end];
    let public = PUBLIC_REGISTRIES.iter().any(|known| {
        place
            .strip_prefix(known)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    (!public).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    #[test]
    fn machine_paths_are_found() {
        for folder in MACHINE_FOLDERS {
            let text = format!("fine\nsee `{folder}someone/x`\n");
            assert_eq!(
                found(&check(&file("a.md", &text))),
                [(2, "portable")],
                "{folder}"
            );
            assert_eq!(machine_folder(&format!("cp {folder}a b")), Some(*folder));
            assert_eq!(machine_folder(&format!("{folder}a")), Some(*folder));
        }
    }

    #[test]
    fn other_paths_pass() {
        for folder in MACHINE_FOLDERS {
            let text = format!("docs{folder}a https://example.com{folder}a ${{DIR}}{folder}a\n");
            assert_eq!(check(&file("a.md", &text)), [], "{folder}");
        }
        assert_eq!(check(&file("a.md", "/etc/ssl/certs and /usr/share\n")), []);
    }

    #[test]
    fn private_registries_are_found() {
        for marker in REGISTRY_MARKERS {
            let line = format!("x = {marker} \"https://mirror.example/simple\"\n");
            let violations = check(&file("a", &line));
            assert_eq!(found(&violations), [(1, "portable")], "{marker}");
            assert!(violations[0].message.contains("`mirror.example/simple`"));
        }
        let fork = concat!("source = \"regi", "stry+https://github.com/someone/index\"");
        assert_eq!(private_registry(fork), Some("github.com/someone/index"));
    }

    #[test]
    fn public_registries_pass() {
        for line in [
            "source = \"registry+https://github.com/rust-lang/crates.io-index\"",
            "\"resolved\": \"https://registry.npmjs.org/ws/-/ws-8.0.0.tgz\",",
            "--index-url https://pypi.org/simple",
            "the registry+ of a source, then nothing",
        ] {
            assert_eq!(private_registry(line), None, "{line}");
        }
    }
}
