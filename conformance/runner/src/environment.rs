//! Where a client is installed: a folder of its own below the target directory, made once and kept
//! as long as what it was made from stays the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::clients::{Client, Language, Source};
use crate::{Result, shell};

/// Written last: a folder without it is half made.
const STAMP: &str = "installed";

/// The programs of a client, in its folder.
const SOURCE: &str = "source";

/// Where things are.
#[derive(Debug)]
pub(super) struct Folders {
    /// `conformance/` of the repository.
    pub(super) source: PathBuf,
    /// Where environments and the working folders of drivers are.
    pub(super) target: PathBuf,
}

/// How a driver is started.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) file: PathBuf,
    pub(super) arguments: Vec<PathBuf>,
    /// What its language needs besides, by name.
    pub(super) environment: Vec<(&'static str, PathBuf)>,
}

impl Program {
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command.args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Whether the repository that a client is in can be reached; true for what is in a registry of packages.
pub(super) fn is_reachable(client: &Client) -> bool {
    let Some(Source::Git { url, tag, .. }) = &client.source else {
        return true;
    };
    shell::succeeds(
        Command::new("git")
            // A host that asks for a name and a password is none of a public repository.
            .env("GIT_TERMINAL_PROMPT", "0")
            .args(["ls-remote", "--quiet", "--exit-code", url, tag]),
    )
}

/// Installs the client unless it is installed.
pub(super) fn prepare(client: &Client, folders: &Folders) -> Result<Program> {
    match client.language {
        Language::Python => python(client, folders),
        Language::JavaScript => javascript(client, folders),
        Language::Rust => rust(client),
    }
    .map_err(|error| format!("{}: {error}", client.name).into())
}

fn python(client: &Client, folders: &Folders) -> Result<Program> {
    let requirements = folders.source.join(required(client)?);
    // Debian and macOS have no `python`, Windows has no `python3`.
    let system = if cfg!(windows) { "python" } else { "python3" };
    let version = shell::query(Command::new(system).arg("--version"))
        .map_err(|error| format!("{error}; `cargo xtask setup` says how to install Python"))?;
    let key = format!("{version}{}", std::fs::read_to_string(&requirements)?);
    let key = key + &source_key(client);
    let (binaries, suffix) = if cfg!(windows) {
        ("Scripts", ".exe")
    } else {
        ("bin", "")
    };
    let installed = |folder: &Path| folder.join(binaries).join(format!("python{suffix}"));
    let folder = kept(client, folders, &key, |folder| {
        shell::run(Command::new(system).args(["-m", "venv"]).arg(folder))?;
        shell::run(
            Command::new(installed(folder))
                .args(["-m", "pip", "install", "--quiet"])
                .args(["--disable-pip-version-check", "--requirement"])
                .arg(&requirements),
        )?;
        fetch(client, folder, Some(&installed(folder)))
    })?;
    // Compiled scripts would litter the repository.
    let mut environment = vec![("PYTHONDONTWRITEBYTECODE", "1".into())];
    environment.extend(source_variable(client, &folder));
    Ok(Program {
        file: installed(&folder),
        arguments: vec![folders.source.join(&client.driver)],
        environment,
    })
}

fn javascript(client: &Client, folders: &Folders) -> Result<Program> {
    let requirements = folders.source.join(required(client)?);
    let version = shell::query(Command::new("node").arg("--version"))
        .map_err(|error| format!("{error}; `cargo xtask setup` says how to install Node.js"))?;
    let files = ["package.json", "package-lock.json"];
    let mut key = version;
    for file in files {
        key += &std::fs::read_to_string(requirements.join(file))?;
    }
    key += &source_key(client);
    let folder = kept(client, folders, &key, |folder| {
        shell::npm_ci(&requirements, folder)?;
        fetch(client, folder, None)
    })?;
    // Modules are looked for beside the script, not where it is started.
    let mut environment = vec![("CONFORMANCE_MODULES", folder.join("node_modules"))];
    environment.extend(source_variable(client, &folder));
    Ok(Program {
        file: "node".into(),
        arguments: vec![folders.source.join(&client.driver)],
        environment,
    })
}

fn rust(client: &Client) -> Result<Program> {
    Ok(Program {
        file: build(&client.driver, &[])?,
        arguments: Vec::new(),
        environment: Vec::new(),
    })
}

/// What the source of a client adds to the key of its environment.
fn source_key(client: &Client) -> String {
    let source = client.source.as_ref();
    source.map_or(String::new(), |source| format!("{source:?}"))
}

fn source_variable(client: &Client, folder: &Path) -> Option<(&'static str, PathBuf)> {
    client.source.as_ref()?;
    Some(("CONFORMANCE_SOURCE", folder.join(SOURCE)))
}

/// Fetches the programs of a client, if it has some, into its folder. They are never a part of this
/// repository.
fn fetch(client: &Client, folder: &Path, python: Option<&Path>) -> Result {
    match (&client.source, python) {
        (None, _) => Ok(()),
        (Some(Source::Git { url, tag, commit }), _) => {
            let source = folder.join(SOURCE);
            let clone = [
                "-c",
                "advice.detachedHead=false",
                "clone",
                "--quiet",
                "--depth",
                "1",
                "--branch",
                tag,
                url,
            ];
            shell::run(Command::new("git").args(clone).arg(&source))?;
            let head = ["rev-parse", "HEAD"];
            let head = shell::query(Command::new("git").arg("-C").arg(&source).args(head))?;
            if head.trim() == commit {
                return Ok(());
            }
            Err(format!("{tag} of {url} is {}, not {commit}", head.trim()).into())
        }
        (Some(Source::Pypi(package)), Some(python)) => {
            let downloaded = folder.join("download");
            let options = ["--quiet", "--no-deps", "--no-binary", ":all:"];
            shell::run(
                Command::new(python)
                    .args(["-m", "pip", "download", "--disable-pip-version-check"])
                    .args(options)
                    .arg("--dest")
                    .arg(&downloaded)
                    .arg(package),
            )?;
            let archive = only(&downloaded)?;
            let unpacked = folder.join("unpacked");
            let extract = ["-m", "tarfile", "--extract"];
            shell::run(
                Command::new(python)
                    .args(extract)
                    .args([archive, unpacked.clone()]),
            )?;
            // An archive has one folder, named after the package.
            std::fs::rename(only(&unpacked)?, folder.join(SOURCE))?;
            Ok(())
        }
        (Some(Source::Pypi(package)), None) => Err(format!("{package} needs Python").into()),
    }
}

/// The only thing in a folder.
fn only(folder: &Path) -> Result<PathBuf> {
    let mut found = std::fs::read_dir(folder)?;
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only?.path()),
        _ => Err(format!("there is not one thing in {}", folder.display()).into()),
    }
}

fn required(client: &Client) -> Result<&str> {
    let requirements = client.requirements.as_deref();
    requirements.ok_or_else(|| "it has no `requirements`".into())
}

/// The folder of a client, made by `make` unless it was made from the same `key` before.
fn kept(
    client: &Client,
    folders: &Folders,
    key: &str,
    make: impl FnOnce(&Path) -> Result,
) -> Result<PathBuf> {
    let folder = folders.target.join("environments").join(client.folder());
    let stamp = folder.join(STAMP);
    if std::fs::read_to_string(&stamp).is_ok_and(|last| last == key) {
        return Ok(folder);
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(folder.parent().unwrap_or(&folder))?;
    make(&folder)?;
    std::fs::write(stamp, key)?;
    Ok(folder)
}

/// Builds a program of this workspace and says where cargo put it.
pub(super) fn build(package: &str, features: &[&str]) -> Result<PathBuf> {
    let features = features.join(",");
    let mut arguments = vec!["build", "--package", package, "--bin", package];
    if !features.is_empty() {
        arguments.extend(["--features", &features]);
    }
    shell::build(package, &arguments)
}

#[cfg(test)]
mod tests {
    use super::super::clients::{Role, tests::client};
    use super::*;

    #[test]
    fn environments_are_made_once_for_each_key() {
        let name = format!("conformance-environments-{}", std::process::id());
        let folders = Folders {
            source: PathBuf::new(),
            target: std::env::temp_dir().join(name),
        };
        let client = client("a 1", Role::Official);
        let make = |key: &str, outcome: Result| {
            let mut made = false;
            let folder = kept(&client, &folders, key, |folder| {
                made = true;
                assert!(!folder.exists());
                std::fs::create_dir(folder)?;
                outcome
            });
            (made, folder.is_ok())
        };
        let runs = [
            make("1", Err("no network".into())),
            // What failed is made again.
            make("1", Ok(())),
            make("1", Ok(())),
            make("2", Ok(())),
        ];
        std::fs::remove_dir_all(&folders.target).unwrap();
        assert_eq!(
            runs,
            [(true, false), (true, true), (false, true), (true, true)]
        );
    }
}
