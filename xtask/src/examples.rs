//! `cargo xtask examples`: runs the examples as copies in a project outside of the workspace, as a user has
//! them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use toml::{Table, Value};

use crate::metadata::Metadata;
use crate::{Result, no_arguments, shell};

/// No example runs so long: the offline server sends as fast as it can.
const LIMIT: Duration = Duration::from_secs(60);

const NAME: &str = "copied-examples";

/// Copies all examples into an empty project, builds it, and runs each against the offline server.
pub(crate) fn run(arguments: &[String]) -> Result {
    no_arguments(arguments)?;
    let metadata = Metadata::load()?;
    let project = Project::create(&metadata)?;
    shell::run(
        shell::cargo()
            .current_dir(&project.folder)
            // What is built for the workspace need not be built again.
            .env("CARGO_TARGET_DIR", &metadata.target_directory)
            .args(["build", "--quiet", "--bins"]),
    )?;
    for name in &project.programs {
        let program = metadata
            .target_directory
            .join("debug")
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(program);
        command.current_dir(&project.folder);
        for variable in ["CARTESIA_API_KEY", "CARTESIA_BASE_URL", "CARTESIA_VERSION"] {
            command.env_remove(variable);
        }
        command.args(["--mock", "--output", "heard.wav"]);
        shell::run_within(LIMIT, command.args(argument_of(name)))?;
    }
    println!(
        "{} examples run outside of the workspace",
        project.programs.len()
    );
    Ok(())
}

/// The example that cannot do without one. The file is written by another one, which comes before.
fn argument_of(name: &str) -> Option<&'static str> {
    matches!(name, "collect_into_buffer" | "transcribe_file").then_some("hello.wav")
}

/// A project in a temporary folder, which it takes away with it.
struct Project {
    folder: PathBuf,
    programs: Vec<String>,
}

impl Project {
    fn create(metadata: &Metadata) -> Result<Self> {
        let root = &metadata.workspace_root;
        let name = format!("{NAME}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let mut project = Self {
            folder,
            programs: Vec::new(),
        };
        let programs = project.folder.join("src").join("bin");
        fs::create_dir_all(&programs)?;
        for entry in fs::read_dir(root.join("examples").join("examples"))? {
            let path = entry?.path();
            if let (Some(file), Some(stem)) = (path.file_name(), path.file_stem()) {
                fs::copy(&path, programs.join(file))?;
                project.programs.push(stem.to_string_lossy().into_owned());
            }
        }
        project.programs.sort();

        let read = |path: &str| fs::read_to_string(root.join(path));
        let manifest = manifest(root, &read("Cargo.toml")?, &read("examples/Cargo.toml")?)?;
        fs::write(project.folder.join("Cargo.toml"), manifest)?;
        // The same versions of everything: nothing is downloaded, and little is built again.
        fs::copy(root.join("Cargo.lock"), project.folder.join("Cargo.lock"))?;
        Ok(project)
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // It is in the folder for temporary things; whatever keeps it there is not our failure.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The manifest of the project, with the dependencies of the examples: ours by their paths, others as the
/// workspace has them.
fn manifest(root: &Path, workspace: &str, examples: &str) -> Result<String> {
    let workspace: Table = workspace.parse()?;
    let examples: Table = examples.parse()?;
    let known = table(&workspace, &["workspace", "dependencies"])?;

    let mut dependencies = Table::new();
    for (name, wanted) in table(&examples, &["dependencies"])? {
        let known = known
            .get(name)
            .ok_or(format!("the workspace has no dependency {name}"))?;
        dependencies.insert(name.clone(), dependency(root, known, wanted)?);
    }
    let own = Table::from_iter([text("path", root.join("examples").to_string_lossy())]);
    dependencies.insert("cartesia-examples".to_owned(), own.into());

    let package = Table::from_iter([
        text("name", NAME),
        text("version", "0.0.0"),
        text("edition", "2024"),
    ]);
    let mut manifest = Table::new();
    manifest.insert("package".to_owned(), package.into());
    manifest.insert("dependencies".to_owned(), dependencies.into());
    // With other settings, everything would be built again.
    if let Some(profile) = workspace.get("profile") {
        manifest.insert("profile".to_owned(), profile.clone());
    }
    Ok(manifest.to_string())
}

fn text(key: &str, value: impl Into<String>) -> (String, Value) {
    (key.to_owned(), Value::String(value.into()))
}

/// One dependency: what the workspace says of it, and what the examples add.
fn dependency(root: &Path, known: &Value, wanted: &Value) -> Result<Value> {
    let mut merged = match known {
        Value::String(version) => Table::from_iter([text("version", version)]),
        Value::Table(known) => known.clone(),
        _ => return Err("a dependency is a version or a table".into()),
    };
    if let Some(Value::String(path)) = merged.get_mut("path") {
        *path = root.join(&*path).to_string_lossy().into_owned();
    }
    let added = wanted.get("features").and_then(Value::as_array);
    if let Some(added) = added {
        let features = merged
            .entry("features")
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(features) = features {
            features.extend(added.iter().cloned());
        }
    }
    Ok(Value::Table(merged))
}

fn table<'t>(document: &'t Table, path: &[&str]) -> Result<&'t Table> {
    let mut found = document;
    for key in path {
        found = found
            .get(*key)
            .and_then(Value::as_table)
            .ok_or_else(|| format!("there is no table `{}`", path.join(".")))?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_takes_ours_by_path_and_others_as_the_workspace_has_them() {
        let workspace = "[workspace.dependencies]\n\
             cartesia = { path = \"crates/cartesia\", default-features = false }\n\
             dotenvy = \"0.15\"\n[profile.dev]\ndebug = 1\n";
        let examples = "[dependencies]\n\
             cartesia = { workspace = true, features = [\"http\"] }\n\
             dotenvy = { workspace = true }\n";
        let manifest = manifest(Path::new("/r"), workspace, examples).unwrap();

        let parsed: Table = manifest.parse().unwrap();
        let dependencies = table(&parsed, &["dependencies"]).unwrap();
        let cartesia = dependencies["cartesia"].as_table().unwrap();
        assert_eq!(cartesia["path"].as_str(), Some("/r/crates/cartesia"));
        assert_eq!(cartesia["default-features"].as_bool(), Some(false));
        assert_eq!(cartesia["features"].as_array().unwrap().len(), 1);
        assert_eq!(dependencies["dotenvy"]["version"].as_str(), Some("0.15"));
        let own = &dependencies["cartesia-examples"]["path"];
        assert_eq!(own.as_str(), Some("/r/examples"));
        let profile = table(&parsed, &["profile", "dev"]).unwrap();
        assert_eq!(profile["debug"].as_integer(), Some(1));
    }

    #[test]
    fn a_dependency_that_the_workspace_does_not_know_is_named() {
        let examples = "[dependencies]\nother = { workspace = true }\n";
        let error = manifest(Path::new("/r"), "[workspace.dependencies]\n", examples).unwrap_err();
        assert_eq!(error.to_string(), "the workspace has no dependency other");
    }
}
