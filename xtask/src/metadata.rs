//! The part of `cargo metadata` the verbs need.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Result, shell};

/// The members of the workspace and where things are.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
    /// Honours `CARGO_TARGET_DIR` and the configuration files.
    pub(crate) target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    /// The registries it may go to: `None` is any, an empty list is none.
    publish: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) kind: Kind,
}

/// The table of the manifest a dependency is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Option<NamedKind>")]
pub(crate) enum Kind {
    #[default]
    Normal,
    Build,
    Dev,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) kind: Vec<String>,
}

/// cargo writes `null` for normal dependencies.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum NamedKind {
    Build,
    Dev,
}

impl From<Option<NamedKind>> for Kind {
    fn from(kind: Option<NamedKind>) -> Self {
        match kind {
            None => Self::Normal,
            Some(NamedKind::Build) => Self::Build,
            Some(NamedKind::Dev) => Self::Dev,
        }
    }
}

impl Metadata {
    /// Asks cargo; dependencies outside the workspace are not resolved, so no network is needed.
    pub(crate) fn load() -> Result<Self> {
        let json =
            shell::query(shell::cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
        Ok(serde_json::from_str(&json)?)
    }

    /// `path` below the root of the workspace, with `/` on every system.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.workspace_root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }
}

impl Package {
    pub(crate) fn is_publishable(&self) -> bool {
        self.publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty())
    }

    pub(crate) fn is_library(&self) -> bool {
        self.targets
            .iter()
            .any(|target| target.kind.iter().any(|kind| kind == "lib"))
    }

    /// Every feature that can be turned on alone, `default` not being one.
    pub(crate) fn features(&self) -> impl Iterator<Item = &str> {
        self.features
            .keys()
            .map(String::as_str)
            .filter(|feature| *feature != "default")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A member `name` with its dependencies, for tests of what reads metadata.
    pub(crate) fn package(name: &str, dependencies: &[(&str, Kind)]) -> Package {
        Package {
            name: name.to_owned(),
            manifest_path: format!("/repository/crates/{name}/Cargo.toml").into(),
            features: BTreeMap::new(),
            dependencies: dependencies
                .iter()
                .map(|&(name, kind)| Dependency {
                    name: name.to_owned(),
                    kind,
                })
                .collect(),
            targets: vec![],
            publish: None,
        }
    }

    #[test]
    fn reads_what_cargo_writes() {
        let metadata: Metadata = serde_json::from_str(
            r#"{
                "packages": [
                    {
                        "name": "a", "manifest_path": "/r/crates/a/Cargo.toml", "publish": null,
                        "features": {"default": ["x"], "x": [], "y": ["dep:b"]},
                        "targets": [{"kind": ["lib"], "name": "a"}, {"kind": ["test"], "name": "it"}],
                        "dependencies": [
                            {"name": "b", "kind": null}, {"name": "c", "kind": "dev"},
                            {"name": "d", "kind": "build"}
                        ]
                    },
                    {
                        "name": "tool", "manifest_path": "/r/tool/Cargo.toml", "publish": [],
                        "features": {}, "targets": [{"kind": ["bin"]}], "dependencies": []
                    }
                ],
                "workspace_root": "/r", "target_directory": "/t", "version": 1
            }"#,
        )
        .unwrap();
        let [library, tool] = &metadata.packages[..] else {
            panic!("two packages")
        };

        assert!(library.is_publishable() && library.is_library());
        assert!(!tool.is_publishable() && !tool.is_library());
        assert_eq!(library.features().collect::<Vec<_>>(), ["x", "y"]);
        let kinds: Vec<_> = library
            .dependencies
            .iter()
            .map(|dependency| dependency.kind)
            .collect();
        assert_eq!(kinds, [Kind::Normal, Kind::Dev, Kind::Build]);
        assert_eq!(
            metadata.relative(&library.manifest_path),
            "crates/a/Cargo.toml"
        );
    }
}
