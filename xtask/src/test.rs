//! `cargo xtask test`: unit, integration and doc tests of every crate, with every feature.

use std::process::Command;

use crate::{Result, setup, shell};

pub(crate) fn run(arguments: &[String]) -> Result {
    setup::run(&[])?;
    let mut cargo = offline_cargo();
    cargo.args(["test", "--workspace", "--all-features"]);
    shell::run(cargo.args(arguments))
}

/// A cargo for tests, without the settings of whoever runs it.
pub(crate) fn offline_cargo() -> Command {
    let mut cargo = shell::cargo();
    // No test may reach the real service by accident, or depend on who runs it.
    for name in [
        "CARTESIA_ADMIN_KEY",
        "CARTESIA_API_KEY",
        "CARTESIA_BASE_URL",
        "CARTESIA_VERSION",
    ] {
        cargo.env_remove(name);
    }
    cargo
}
