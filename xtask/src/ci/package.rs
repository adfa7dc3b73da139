//! What would be published.

use std::process::Command;

use crate::metadata::{Metadata, Package};
use crate::{Result, shell};

/// Files for readers who have the package alone.
const REQUIRED: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

pub(super) fn run() -> Result {
    let metadata = Metadata::load()?;
    shell::run(&mut command(&metadata.packages))?;
    for package in publishable(&metadata.packages) {
        let mut list = shell::cargo();
        list.args(["package", "--allow-dirty", "--list", "--package"]);
        let missing = missing(&shell::query(
            list.arg(&package.name).env("CARGO_TERM_QUIET", "true"),
        )?);
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(format!("the package {} is without {missing}", package.name).into());
        }
    }
    Ok(())
}

fn publishable(packages: &[Package]) -> impl Iterator<Item = &Package> {
    packages.iter().filter(|package| package.is_publishable())
}

/// Packs what would be published. The members are resolved against each other, not against the
/// registry, so this also works before a first release.
fn command(packages: &[Package]) -> Command {
    let mut cargo = shell::cargo();
    // Not verified: that would build everything again, and the steps before have built it.
    cargo.args(["package", "--workspace", "--allow-dirty", "--no-verify"]);
    for package in packages.iter().filter(|package| !package.is_publishable()) {
        cargo.args(["--exclude", &package.name]);
    }
    cargo
}

/// What is not among the files of a package.
fn missing(list: &str) -> Vec<&'static str> {
    let is_missing = |file: &&str| !list.lines().any(|line| line == *file);
    REQUIRED.iter().copied().filter(is_missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_package_lacks_is_reported() {
        assert_eq!(
            missing("Cargo.toml\nLICENSE-MIT\ndocs/README.md\n"),
            ["LICENSE-APACHE", "README.md"]
        );
        assert!(missing("LICENSE-APACHE\nLICENSE-MIT\nREADME.md\n").is_empty());
    }
}
