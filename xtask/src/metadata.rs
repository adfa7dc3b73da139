//! The part of `cargo metadata` the verbs need.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Result, shell};

/// The members of the workspace and where things are.
#[derive(Debug)]
pub struct Metadata {
    /// The members.
    pub packages: Vec<Package>,
    /// The folder of the root manifest.
    pub workspace_root: PathBuf,
    /// Honours `CARGO_TARGET_DIR` and the configuration files.
    pub target_directory: PathBuf,
}

/// A member of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The path of its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// Each feature with what it turns on.
    pub features: BTreeMap<String, Vec<String>>,
    /// What it depends on, in every table and for every target.
    pub dependencies: Vec<Dependency>,
    /// What cargo builds of it.
    pub targets: Vec<Target>,
    /// The registries it may go to: `None` is any, an empty list is none.
    publish: Option<Vec<String>>,
}

/// A dependency of a member.
#[derive(Debug)]
pub struct Dependency {
    /// The name of the crate, also where the member renames it.
    pub name: String,
    /// The table that it is in.
    pub kind: Kind,
}

/// The table of the manifest a dependency is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `[dependencies]`
    Normal,
    /// `[build-dependencies]`
    Build,
    /// `[dev-dependencies]`
    Dev,
}

/// A library, program, test, bench or example of a member.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// `lib`, `bin`, `test`, ….
    pub kind: Vec<String>,
}

impl Metadata {
    /// Asks cargo; dependencies outside the workspace are not resolved, so no network is needed.
    ///
    /// # Errors
    ///
    /// When cargo fails, for example over a broken manifest.
    pub fn load() -> Result<Self> {
        let json =
            shell::query(shell::cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
        Self::read(&json)
    }

    /// Reads what `cargo metadata` writes.
    ///
    /// # Errors
    ///
    /// When it is not JSON, or a member is missing in it.
    pub fn read(json: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(json)?;
        Ok(Self {
            packages: list(&json, "packages")?
                .iter()
                .map(Package::read)
                .collect::<Result<_>>()?,
            workspace_root: text(&json, "workspace_root")?.into(),
            target_directory: text(&json, "target_directory")?.into(),
        })
    }

    /// `path` below the root of the workspace, with `/` on every system.
    pub fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.workspace_root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }
}

impl Package {
    fn read(json: &Value) -> Result<Self> {
        let features = json["features"].as_object().into_iter().flatten();
        let publish = &json["publish"];
        Ok(Self {
            name: text(json, "name")?,
            manifest_path: text(json, "manifest_path")?.into(),
            features: features
                .map(|(name, turned_on)| (name.clone(), texts(turned_on)))
                .collect(),
            dependencies: list(json, "dependencies")?
                .iter()
                .map(Dependency::read)
                .collect::<Result<_>>()?,
            targets: list(json, "targets")?
                .iter()
                .map(|target| {
                    Ok(Target {
                        name: text(target, "name")?,
                        kind: texts(&target["kind"]),
                    })
                })
                .collect::<Result<_>>()?,
            publish: publish.is_array().then(|| texts(publish)),
        })
    }

    /// Whether any registry may have it.
    pub fn is_publishable(&self) -> bool {
        self.publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty())
    }

    /// Whether it has a library.
    pub fn is_library(&self) -> bool {
        self.targets
            .iter()
            .any(|target| target.kind.iter().any(|kind| kind == "lib"))
    }

    /// Every feature that can be turned on alone, `default` not being one.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.features
            .keys()
            .map(String::as_str)
            .filter(|feature| *feature != "default")
    }
}

impl Dependency {
    fn read(json: &Value) -> Result<Self> {
        Ok(Self {
            name: text(json, "name")?,
            // `null` for normal ones.
            kind: match json["kind"].as_str() {
                Some("dev") => Kind::Dev,
                Some("build") => Kind::Build,
                _ => Kind::Normal,
            },
        })
    }
}

fn text(json: &Value, key: &str) -> Result<String> {
    let text = json[key].as_str().map(str::to_owned);
    text.ok_or_else(|| format!("`cargo metadata` gives no text `{key}`").into())
}

fn list<'j>(json: &'j Value, key: &str) -> Result<&'j [Value]> {
    let list = json[key].as_array().map(Vec::as_slice);
    list.ok_or_else(|| format!("`cargo metadata` gives no list `{key}`").into())
}

fn texts(json: &Value) -> Vec<String> {
    let texts = json.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_writes() {
        let metadata = Metadata::read(
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
                        "features": {}, "targets": [{"kind": ["bin"], "name": "tool"}], "dependencies": []
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

    #[test]
    fn what_is_missing_is_named() {
        let error = Metadata::read("{\"packages\": [{\"name\": 1}]}").unwrap_err();
        assert_eq!(error.to_string(), "`cargo metadata` gives no text `name`");
    }
}
