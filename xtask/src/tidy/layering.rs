//! Which member may use which. The rows are the picture in `ARCHITECTURE.md`.

use super::{TextFile, Violation};
use crate::metadata::{Kind, Package};

struct Layer {
    name: &'static str,
    /// Members it may name in `[dependencies]` and `[build-dependencies]`.
    uses: &'static [&'static str],
    /// Members its tests may name besides. None of these may lead back here: cargo cannot publish
    /// two crates if each needs the other first, even for its tests only.
    tests_with: &'static [&'static str],
    /// Crates from elsewhere it stays free of, a final `*` standing for any ending.
    never: &'static [&'static str],
}

/// A crate without a row is not restricted, and no crate with a row may use it.
const LAYERS: &[Layer] = &[
    Layer {
        name: "cartesia-types",
        uses: &[],
        tests_with: &[],
        never: IO,
    },
    Layer {
        name: "cartesia-core",
        uses: &["cartesia-types"],
        tests_with: &[],
        never: &[
            "cpal",
            "hyper",
            "reqwest",
            "tungstenite",
            "tokio-tungstenite",
        ],
    },
    Layer {
        name: "cartesia-http",
        uses: &["cartesia-types", "cartesia-core"],
        tests_with: &["cartesia-mock"],
        never: &[],
    },
    Layer {
        name: "cartesia-ws",
        uses: &["cartesia-types", "cartesia-core"],
        tests_with: &["cartesia-mock"],
        never: &[],
    },
    Layer {
        name: "cartesia-redis",
        uses: &["cartesia-types", "cartesia-core"],
        tests_with: &["cartesia-mock", "cartesia-ws"],
        never: &[],
    },
    Layer {
        name: "cartesia-audio",
        uses: &["cartesia-types"],
        tests_with: &["cartesia-mock"],
        never: &[],
    },
    Layer {
        name: "cartesia-mock",
        uses: &["cartesia-types"],
        tests_with: &[],
        never: &[],
    },
    Layer {
        name: "cartesia",
        uses: &[
            "cartesia-types",
            "cartesia-core",
            "cartesia-http",
            "cartesia-ws",
            "cartesia-audio",
            "cartesia-redis",
        ],
        tests_with: &["cartesia-mock"],
        never: &[],
    },
    Layer {
        // It stands for a program of a user, so it uses only the facade.
        name: "cartesia-conformance",
        uses: &["cartesia"],
        tests_with: &[],
        never: &[],
    },
    Layer {
        name: "xtask",
        uses: &[],
        tests_with: &[],
        never: &[],
    },
    Layer {
        name: "conformance",
        uses: &["xtask"],
        tests_with: &[],
        never: &[],
    },
    Layer {
        name: "soak",
        uses: &["cartesia", "xtask"],
        tests_with: &[],
        never: &[],
    },
    Layer {
        name: "sound",
        uses: &["xtask"],
        tests_with: &[],
        never: &[],
    },
];

/// The first thing that is compiled on a new machine, and all it may use from elsewhere. Its tests are
/// compiled later.
const FIRST: (&str, &[&str]) = ("xtask", &["serde_json", "toml"]);

/// What does input and output, or exists for it: plain data needs none.
const IO: &[&str] = &[
    "async-*",
    "axum*",
    "cpal",
    "futures*",
    "hyper*",
    "reqwest",
    "tokio*",
    "tungstenite",
];

pub(super) fn check(package: &Package, manifest: &TextFile) -> Vec<Violation> {
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == package.name) else {
        return Vec::new();
    };
    let mut violations = Vec::new();
    for dependency in &package.dependencies {
        let name = dependency.name.as_str();
        if !layer.allows(name, dependency.kind) {
            let message = format!("{} may not depend on {name}", layer.name);
            violations.push(manifest.violation(line_of(manifest, name), "layering", message));
        }
    }
    violations
}

impl Layer {
    fn allows(&self, name: &str, kind: Kind) -> bool {
        let dev = kind == Kind::Dev;
        if !is_ours(name) {
            if self.name == FIRST.0 {
                return dev || FIRST.1.contains(&name);
            }
            return dev || !self.never.iter().any(|pattern| matches(pattern, name));
        }
        self.uses.contains(&name) || (dev && self.tests_with.contains(&name))
    }
}

fn is_ours(name: &str) -> bool {
    matches!(
        name,
        "cartesia" | "conformance" | "fuzz" | "soak" | "sound" | "xtask"
    ) || name.starts_with("cartesia-")
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

/// The line of the manifest that names the dependency; the first line when it is renamed.
fn line_of(manifest: &TextFile, name: &str) -> usize {
    let entry = |line: &str| {
        let rest = line.trim_start().strip_prefix(name)?;
        rest.starts_with(['.', ' ', '=']).then_some(())
    };
    manifest
        .lines()
        .find(|(_, line)| entry(line).is_some())
        .map_or(1, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;
    use crate::tests::package;

    fn check(name: &str, dependencies: &[(&str, Kind)]) -> Vec<String> {
        let violations = super::check(&package(name, dependencies, &[]), &file("Cargo.toml", ""));
        violations
            .into_iter()
            .map(|violation| violation.message)
            .collect()
    }

    #[test]
    fn the_intended_tree_passes() {
        use Kind::{Dev, Normal};
        let types = ("cartesia-types", Normal);
        let core = ("cartesia-core", Normal);
        for (name, dependencies) in [
            ("cartesia-types", &[("serde", Normal), ("tokio", Dev)][..]),
            (
                "cartesia-http",
                &[types, core, ("tokio", Normal), ("cartesia-mock", Dev)],
            ),
            ("cartesia-core", &[types, ("tokio", Normal)]),
            ("cartesia-ws", &[types, core, ("cartesia-mock", Dev)]),
            ("cartesia-audio", &[types, ("cpal", Normal)]),
            (
                "cartesia-mock",
                &[types, ("axum", Normal), ("reqwest", Dev)],
            ),
            (
                "cartesia",
                &[types, ("cartesia-http", Normal), ("cartesia-mock", Dev)],
            ),
            (
                "cartesia-cli",
                &[types, ("cartesia", Normal), ("cartesia-mock", Normal)],
            ),
            (
                "cartesia-conformance",
                &[("cartesia", Normal), ("tokio", Normal)],
            ),
            ("xtask", &[("toml", Normal), ("pulldown-cmark", Dev)]),
            ("sound", &[("xtask", Normal)]),
            ("conformance", &[("xtask", Normal), ("hound", Normal)]),
        ] {
            assert_eq!(check(name, dependencies), [""; 0], "{name}");
        }
    }

    #[test]
    fn every_crossing_of_layers_is_found() {
        use Kind::{Build, Dev, Normal};
        for (name, dependency, kind) in [
            ("cartesia-types", "tokio", Normal),
            ("cartesia-types", "futures-core", Normal),
            ("cartesia-types", "reqwest", Build),
            ("cartesia-types", "cartesia-mock", Dev),
            ("cartesia-core", "cartesia-http", Normal),
            ("cartesia-core", "cartesia-mock", Dev),
            ("cartesia-core", "reqwest", Normal),
            ("cartesia-types", "cartesia-core", Normal),
            ("cartesia-audio", "cartesia-core", Normal),
            ("cartesia-mock", "cartesia-core", Dev),
            ("cartesia-http", "cartesia-ws", Dev),
            ("cartesia-ws", "cartesia-http", Normal),
            ("cartesia-audio", "cartesia-ws", Build),
            ("cartesia-http", "cartesia-mock", Normal),
            ("cartesia-mock", "cartesia-http", Normal),
            ("cartesia-mock", "cartesia-http", Dev),
            ("cartesia", "cartesia-mock", Normal),
            ("cartesia", "cartesia-cli", Dev),
            ("cartesia-types", "cartesia", Normal),
            ("cartesia-conformance", "cartesia-http", Normal),
            ("cartesia-conformance", "cartesia-mock", Dev),
            ("xtask", "cartesia-types", Normal),
            ("xtask", "serde", Normal),
            ("xtask", "hound", Normal),
            ("xtask", "sound", Normal),
            ("sound", "cartesia-audio", Dev),
        ] {
            let expected = format!("{name} may not depend on {dependency}");
            assert_eq!(check(name, &[(dependency, kind)]), [expected]);
        }
    }

    #[test]
    fn the_line_is_the_dependency_s() {
        let manifest = file(
            "Cargo.toml",
            "[dependencies]\ncartesia-http-extra.workspace = true\ncartesia-http.workspace = true\n",
        );
        let package = package("cartesia-types", &[("cartesia-http", Kind::Normal)], &[]);
        assert_eq!(found(&super::check(&package, &manifest)), [(3, "layering")]);
    }
}
