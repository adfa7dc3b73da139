//! Verbs that are programs of their own, because they need more than `xtask` is to be compiled with.

use crate::{Result, setup, shell};

/// `cargo xtask conformance`
pub(crate) fn conformance(arguments: &[String]) -> Result {
    setup::ensure(&[setup::BUILD, setup::CONFORMANCE])?;
    run("conformance", arguments)
}

/// `cargo xtask sound`
pub(crate) fn sound(arguments: &[String]) -> Result {
    if !cfg!(target_os = "linux") {
        return Err("the virtual sound card needs Linux".into());
    }
    setup::ensure(&[setup::BUILD, setup::PLAYBACK, setup::SOUND])?;
    run("sound", arguments)
}

/// `cargo xtask soak`
pub(crate) fn soak(arguments: &[String]) -> Result {
    setup::ensure(&[setup::BUILD])?;
    run("soak", arguments)
}

/// `cargo xtask bench`: in a release build, whole processes.
pub(crate) fn bench(arguments: &[String]) -> Result {
    setup::ensure(&[setup::BUILD])?;
    shell::run(
        shell::cargo()
            .args(["run", "--quiet", "--release", "--package", "bench", "--"])
            .args(arguments),
    )
}

fn run(package: &str, arguments: &[String]) -> Result {
    shell::run(
        shell::cargo()
            .args(["run", "--quiet", "--package", package, "--"])
            .args(arguments),
    )
}
