//! Every library with no feature, with each feature alone, and with those that need another; every program with no
//! feature; and whether each crate uses by default what it depends on by default.

use crate::metadata::{Metadata, Package};
use crate::{Result, shell, test};

/// The crate that most programs name: with it, combinations of features are tested, not only built.
const FACADE: &str = "cartesia";

/// Features that add nothing alone, each with one that they need, to be checked together.
const TOGETHER: &[(&str, &str)] = &[("blocking", "http"), ("blocking", "ws")];

/// What links the sound system of Linux, and does not build without its headers.
const SOUND_SYSTEM: &str = "alsa-sys";

/// Under clippy: code that is unused without some other feature is only a warning to the compiler. The
/// facade is tested as well; with all features, the step `test` does so.
pub(super) fn run() -> Result {
    let metadata = Metadata::load()?;
    for package in metadata
        .packages
        .iter()
        .filter(|package| package.is_library())
    {
        for selection in selections(package) {
            let mut arguments = vec!["--package", &package.name, "--lib"];
            arguments.extend(&selection);
            super::lint(&arguments)?;
            if package.name == FACADE {
                let mut tests = test::offline_cargo();
                tests.args(["test", "--quiet", "--package", FACADE, "--lib", "--tests"]);
                shell::run(tests.args(&selection))?;
            }
        }
    }
    for package in metadata
        .packages
        .iter()
        .filter(|package| package.is_publishable())
    {
        if !package.is_library() {
            super::lint(&[
                "--package",
                &package.name,
                "--bins",
                "--no-default-features",
            ])?;
        }
        no_unused_dependency(package)?;
    }
    no_sound_system_unless_asked_for()
}

/// Fails when a crate brings a dependency that its default features do not use. The compiler knows.
fn no_unused_dependency(package: &Package) -> Result {
    let target = if package.is_library() {
        "--lib"
    } else {
        "--bins"
    };
    let mut cargo = shell::cargo();
    cargo.args(["clippy", "--no-deps", "--package", &package.name, target]);
    shell::run(cargo.args(["--", "-D", "unused_crate_dependencies"]))
}

fn selections(package: &Package) -> Vec<Vec<&str>> {
    let has = |name: &str| package.features().any(|feature| feature == name);
    let alone = package.features().map(|name| vec![name]);
    let together = TOGETHER
        .iter()
        .filter(|(one, other)| has(one) && has(other))
        .map(|(one, other)| vec![*one, *other]);
    std::iter::once(Vec::new())
        .chain(alone)
        .chain(together)
        .map(|features| {
            let each = features.into_iter().flat_map(|name| ["--features", name]);
            std::iter::once("--no-default-features")
                .chain(each)
                .collect()
        })
        .collect()
}

/// `cargo add cartesia` builds on a machine without the headers of ALSA.
fn no_sound_system_unless_asked_for() -> Result {
    if needs_sound_system(&dependencies(&[])?) {
        return Err(format!("{FACADE} needs {SOUND_SYSTEM} without being asked to play").into());
    }
    // Otherwise it is this check that is wrong.
    if !needs_sound_system(&dependencies(&["--features", "playback"])?) {
        return Err(format!("{SOUND_SYSTEM} is not what {FACADE} plays with any more").into());
    }
    Ok(())
}

/// What a program on Linux gets with the facade, a crate in each line.
fn dependencies(arguments: &[&str]) -> Result<String> {
    let mut cargo = shell::cargo();
    cargo.args(["tree", "--package", FACADE, "--edges", "normal,build"]);
    cargo.args(["--prefix", "none", "--target", "x86_64-unknown-linux-gnu"]);
    shell::stdout_of(cargo.args(arguments))
}

fn needs_sound_system(tree: &str) -> bool {
    tree.lines()
        .any(|line| line.split(' ').next() == Some(SOUND_SYSTEM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::package;

    #[test]
    fn a_library_is_checked_with_none_and_with_each_feature() {
        let library = package("cartesia", &[], &[]);
        assert_eq!(selections(&library), [vec!["--no-default-features"]]);

        let library = package("cartesia", &[], &["blocking", "default", "http", "tls"]);
        assert_eq!(
            selections(&library),
            [
                vec!["--no-default-features"],
                vec!["--no-default-features", "--features", "blocking"],
                vec!["--no-default-features", "--features", "http"],
                vec!["--no-default-features", "--features", "tls"],
                vec![
                    "--no-default-features",
                    "--features",
                    "blocking",
                    "--features",
                    "http"
                ],
            ]
        );
    }

    #[test]
    fn the_sound_system_is_found_by_its_name() {
        assert!(needs_sound_system("cartesia v0.1.0\nalsa-sys v0.4.0\n"));
        assert!(!needs_sound_system("cartesia v0.1.0\nalsa-sysex v0.4.0\n"));
    }
}
