//! `cargo xtask deny`: licences, sources and bans of every dependency, and known advisories where
//! their database can be reached.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::metadata::Metadata;
use crate::{Result, no_arguments, shell};

/// Pinned, so that a new release of the tool cannot turn a green tree red.
const VERSION: &str = "0.20.2";

/// The database is a small git repository; a network that needs longer than this does not have it.
const FETCH_LIMIT: Duration = Duration::from_secs(120);

pub(crate) fn run(arguments: &[String]) -> Result {
    no_arguments(arguments)?;
    let metadata = Metadata::load()?;
    let program = cargo_deny(&metadata.target_directory)?;
    let deny = || {
        let mut command = Command::new(&program);
        command.current_dir(&metadata.workspace_root);
        command
    };

    // The graphs that cargo-deny draws under every warning bury the findings; `cargo tree -i` draws
    // one when it is wanted.
    let check = || {
        let mut command = deny();
        command.args(["check", "--hide-inclusion-graph"]);
        command
    };
    shell::run(check().args(["bans", "licenses", "sources"]))?;
    // Fetching is a step of its own: without the database there is nothing to say, with it every
    // finding counts.
    match shell::run_within(FETCH_LIMIT, deny().args(["fetch", "db"])) {
        Ok(()) => shell::run(check().args(["--disable-fetch", "advisories"])),
        Err(error) => {
            println!(
                "SKIPPED advisories: their database could not be fetched ({error}).\n\
                 Known vulnerabilities were NOT checked; run `cargo xtask deny` with access to \
                 github.com."
            );
            Ok(())
        }
    }
}

/// `cargo-deny` from an earlier install of ours, else from the PATH, else installed now.
fn cargo_deny(target: &Path) -> Result<PathBuf> {
    let root = tool_root(target);
    let own = root
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if own.exists() {
        return Ok(own);
    }
    if shell::succeeds(Command::new("cargo-deny").arg("--version")) {
        return Ok("cargo-deny".into());
    }
    eprintln!("cargo-deny is not installed; building it once, which takes a few minutes");
    shell::run(
        shell::cargo()
            // A tool's own build folder is temporary and does not fill the project's.
            .env_remove("CARGO_TARGET_DIR")
            .args(["install", "--locked", "--version", VERSION, "--root"])
            .arg(&root)
            .arg("cargo-deny"),
    )?;
    Ok(own)
}

/// One folder per version: raising [`VERSION`] installs the new one.
fn tool_root(target: &Path) -> PathBuf {
    target.join("tools").join(format!("cargo-deny-{VERSION}"))
}
