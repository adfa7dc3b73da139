//! `cargo xtask test`: unit, integration and doc tests of every crate, with every feature.

use std::process::Command;

use crate::metadata::{Metadata, Package};
use crate::{Result, setup, shell};

/// The server that integration tests talk to.
const MOCK: &str = "cartesia-mock";

pub(crate) fn run(arguments: &[String]) -> Result {
    setup::ensure(&[setup::BUILD, setup::PLAYBACK, setup::NATIVE_TLS])?;
    let mut cargo = offline_cargo();
    cargo.args(["test", "--all-features"]);
    match arguments {
        [flag, rest @ ..] if flag == "--mock" => {
            let metadata = Metadata::load()?;
            cargo.args(with_mock(&metadata.packages)).args(rest);
        }
        all => {
            cargo.arg("--workspace").args(all);
        }
    }
    shell::run(&mut cargo)
}

/// The integration tests of the mock server and of every member that uses it.
fn with_mock(packages: &[Package]) -> Vec<&str> {
    let uses_mock = |package: &&Package| {
        let mut dependencies = package.dependencies.iter();
        package.name == MOCK || dependencies.any(|dependency| dependency.name == MOCK)
    };
    packages
        .iter()
        .filter(uses_mock)
        .flat_map(|package| ["--package", &package.name])
        .chain(["--test", "*"])
        .collect()
}

/// A cargo for tests, without the settings of the person who runs it.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Kind;
    use crate::tests::package;

    #[test]
    fn the_tests_with_the_mock_server_are_those_of_its_users() {
        let packages = [
            package(MOCK, &[("axum", Kind::Normal)], &[]),
            package("cartesia-http", &[(MOCK, Kind::Dev)], &[]),
            package("cartesia-types", &[("serde", Kind::Normal)], &[]),
            package("cartesia-cli", &[(MOCK, Kind::Normal)], &[]),
        ];
        assert_eq!(
            with_mock(&packages).join(" "),
            "--package cartesia-mock --package cartesia-http --package cartesia-cli --test *"
        );
    }
}
