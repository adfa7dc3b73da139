//! `cargo xtask api`: the public API of every library, as text in `docs/api/`, so that each change of it is
//! seen in review.
//!
//! The text is made from the JSON of rustdoc, which is not stable: it changes with the toolchain. The renderer
//! in `xtask/api` reads the JSON of [`TOOLCHAIN`].

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use crate::metadata::Metadata;
use crate::{Result, shell};

/// Libraries whose API people rely on. One that does not exist is left out.
const LIBRARIES: &[&str] = &[
    "cartesia",
    "cartesia-audio",
    "cartesia-core",
    "cartesia-http",
    "cartesia-redis",
    "cartesia-types",
    "cartesia-ws",
];

/// The toolchain whose JSON the renderer reads.
const TOOLCHAIN: &str = "1.95.0";

/// The exit code of the renderer for JSON of another toolchain.
const OTHER_TOOLCHAIN: i32 = 3;

/// Set for cargo: this program is then started in the place of rustdoc, whose path it is.
const RUSTDOC: &str = "XTASK_RUSTDOC";

/// The folder of the texts.
pub(crate) const FOLDER: &str = "docs/api";

pub(crate) fn run(arguments: &[String]) -> Result {
    match arguments {
        [] => write(),
        [flag] if flag == "--check" => check(),
        _ => Err("the only argument of `api` is `--check`".into()),
    }
}

/// The step of `ci`. Away from CI, another toolchain is no failure of the person who has it.
pub(crate) fn step() -> Result {
    match check() {
        Err(error) if error.is::<OtherToolchain>() && std::env::var_os("CI").is_none() => {
            println!("SKIPPED api: {error}");
            Ok(())
        }
        outcome => outcome,
    }
}

fn write() -> Result {
    let metadata = Metadata::load()?;
    let folder = metadata.workspace_root.join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    for (name, text) in render(&metadata)? {
        let lines = text.lines().count();
        std::fs::write(folder.join(format!("{name}.txt")), text)?;
        println!("{FOLDER}/{name}.txt: {lines} items");
    }
    Ok(())
}

fn check() -> Result {
    let metadata = Metadata::load()?;
    let folder = metadata.workspace_root.join(FOLDER);
    let mut changed = Vec::new();
    for (name, now) in render(&metadata)? {
        let path = folder.join(format!("{name}.txt"));
        let before = std::fs::read_to_string(path).unwrap_or_default();
        if before != now {
            println!("{name}:\n{}", difference(&before, &now));
            changed.push(name);
        }
    }
    if changed.is_empty() {
        println!("api: as in {FOLDER}");
        Ok(())
    } else {
        let changed = changed.join(", ");
        Err(format!(
            "the public API of {changed} is not as in {FOLDER}. If that is wanted: run `cargo xtask api`, \
             commit what it writes, and say it in CHANGELOG.md"
        )
        .into())
    }
}

/// Another toolchain than [`TOOLCHAIN`].
#[derive(Debug)]
struct OtherToolchain;

impl std::fmt::Display for OtherToolchain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "rustdoc of this toolchain writes JSON of another version than `xtask/api` reads. Run `rustup \
             toolchain install {TOOLCHAIN}` and `cargo +{TOOLCHAIN} xtask api`, or raise `public-api` in \
             xtask/api/Cargo.toml together with `TOOLCHAIN` in xtask/src/api.rs"
        )
    }
}

impl std::error::Error for OtherToolchain {}

/// The public API of every library, with all features.
fn render(metadata: &Metadata) -> Result<Vec<(&'static str, String)>> {
    let target = &metadata.target_directory;
    let renderer = shell::build(
        "api",
        &[
            "build",
            "--quiet",
            "--locked",
            "--manifest-path",
            &metadata
                .workspace_root
                .join("xtask/api/Cargo.toml")
                .to_string_lossy(),
            "--target-dir",
            &target.to_string_lossy(),
        ],
    )?;
    let mut texts = Vec::new();
    for name in LIBRARIES {
        if !metadata
            .packages
            .iter()
            .any(|package| package.name == *name)
        {
            continue;
        }
        let mut document = shell::cargo();
        document
            .args([
                "rustdoc",
                "--quiet",
                "--package",
                name,
                "--lib",
                "--all-features",
            ])
            .args(["--", "-Z", "unstable-options", "--output-format", "json"])
            .env(
                RUSTDOC,
                std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into()),
            )
            .env("RUSTDOC", std::env::current_exe()?);
        shell::run(&mut document)?;
        let json = target
            .join("doc")
            .join(format!("{}.json", name.replace('-', "_")));
        texts.push((*name, text(&renderer, &json)?));
    }
    Ok(texts)
}

fn text(renderer: &Path, json: &Path) -> Result<String> {
    let output = Command::new(renderer)
        .arg(json)
        .stderr(Stdio::inherit())
        .output()?;
    match output.status.code() {
        Some(0) => Ok(String::from_utf8(output.stdout)?),
        Some(OTHER_TOOLCHAIN) => Err(OtherToolchain.into()),
        _ => Err(format!("{} failed: {}", renderer.display(), output.status).into()),
    }
}

/// Rustdoc as a nightly one, when cargo starts this program in its place. The flags for JSON need that, and for
/// cargo and the compiler as well everything would be built again.
pub(crate) fn as_rustdoc() -> Option<ExitCode> {
    let rustdoc = std::env::var_os(RUSTDOC)?;
    let status = Command::new(rustdoc)
        .args(std::env::args_os().skip(1))
        .env("RUSTC_BOOTSTRAP", "1")
        .status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// The lines that are gone, and those that are new.
fn difference(before: &str, now: &str) -> String {
    let (before, now): (BTreeSet<_>, BTreeSet<_>) =
        (before.lines().collect(), now.lines().collect());
    let mut text = String::new();
    for line in before.difference(&now) {
        let _ = writeln!(text, "  - {line}");
    }
    for line in now.difference(&before) {
        let _ = writeln!(text, "  + {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_line_by_line() {
        assert_eq!(
            difference(
                "pub fn a()\npub fn b()\n",
                "pub fn a()\npub fn b(u8)\npub fn c()\n"
            ),
            "  - pub fn b()\n  + pub fn b(u8)\n  + pub fn c()\n"
        );
        assert_eq!(difference("pub fn a()\n", "pub fn a()\n"), "");
    }

    #[test]
    fn another_toolchain_is_reported_with_what_to_do() {
        let observed = OtherToolchain.to_string();
        assert!(observed.contains("cargo +1.95.0 xtask api"), "{observed}");
    }

    #[test]
    fn other_arguments_are_refused() {
        assert!(run(&["--fix".to_owned()]).is_err());
    }
}
