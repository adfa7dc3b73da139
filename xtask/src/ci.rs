//! `cargo xtask ci`: everything a merge needs. Cheap checks first; the first failure ends the run.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::metadata::{Metadata, Package};
use crate::{Result, deny, shell, test, tidy};

struct Step {
    name: &'static str,
    run: fn() -> Result,
}

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        run: fmt,
    },
    Step {
        name: "tidy",
        run: || tidy::run(&[]),
    },
    Step {
        name: "clippy",
        run: clippy,
    },
    Step {
        name: "features",
        run: features,
    },
    Step {
        name: "test",
        run: || test::run(&[]),
    },
    Step {
        name: "doc",
        run: doc,
    },
    Step {
        name: "deny",
        run: || deny::run(&[]),
    },
    Step {
        name: "package",
        run: package,
    },
];

pub(crate) fn run(arguments: &[String]) -> Result {
    let skip_test = match arguments {
        [] => false,
        [flag] if flag == "--skip-test" => true,
        _ => return Err("the only argument of `ci` is `--skip-test`".into()),
    };
    let steps: Vec<&Step> = STEPS
        .iter()
        .filter(|step| !(skip_test && step.name == "test"))
        .collect();

    let mut times = Vec::new();
    let mut outcome = Ok(());
    for (index, step) in steps.iter().enumerate() {
        eprintln!("\n== {}/{} {}", index + 1, steps.len(), step.name);
        let start = Instant::now();
        outcome = (step.run)();
        times.push((step.name, start.elapsed()));
        if outcome.is_err() {
            break;
        }
    }
    print!("{}", summary(&times, outcome.is_ok()));
    outcome
}

fn summary(times: &[(&str, Duration)], passed: bool) -> String {
    let line = |(index, (name, time)): (usize, &(&str, Duration))| {
        let failed = !passed && index + 1 == times.len();
        let verdict = if failed { "FAILED" } else { "ok" };
        format!("{name:<10} {verdict:<6} {:>7.1} s\n", time.as_secs_f64())
    };
    let lines: Vec<String> = times.iter().enumerate().map(line).collect();
    format!("\n== summary\n{}", lines.concat())
}

fn fmt() -> Result {
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result {
    lint(&["--workspace", "--all-targets", "--all-features"])
}

/// Features that add nothing alone, each with one that they need, to be checked together.
const TOGETHER: &[(&str, &str)] = &[("blocking", "http"), ("blocking", "ws")];

/// Every library with no feature, with each feature alone, and with those that need another, under
/// clippy: code that is unused without some other feature is only a warning to the compiler.
fn features() -> Result {
    let metadata = Metadata::load()?;
    for package in metadata
        .packages
        .iter()
        .filter(|package| package.is_library())
    {
        for selection in selections(package) {
            let mut arguments = vec!["--package", &package.name, "--lib"];
            arguments.extend(selection);
            lint(&arguments)?;
        }
    }
    Ok(())
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

fn lint(arguments: &[&str]) -> Result {
    shell::run(
        shell::cargo()
            .arg("clippy")
            .args(arguments)
            .args(["--", "-D", "warnings"]),
    )
}

fn doc() -> Result {
    shell::run(shell::cargo().env("RUSTDOCFLAGS", "-D warnings").args([
        "doc",
        "--workspace",
        "--no-deps",
        "--all-features",
    ]))
}

fn package() -> Result {
    shell::run(&mut package_command(&Metadata::load()?.packages))
}

/// Packs what would be published. The members are resolved against each other, not against the
/// registry, so this also works before a first release.
fn package_command(packages: &[Package]) -> Command {
    let mut cargo = shell::cargo();
    // Not verified: that would build everything again, and the steps before have built it.
    cargo.args(["package", "--workspace", "--allow-dirty", "--no-verify"]);
    for package in packages.iter().filter(|package| !package.is_publishable()) {
        cargo.args(["--exclude", &package.name]);
    }
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::tests::package;

    #[test]
    fn a_library_is_checked_with_none_and_with_each_feature() {
        let mut library = package("cartesia", &[]);
        assert_eq!(selections(&library), [vec!["--no-default-features"]]);

        for feature in ["blocking", "default", "http", "tls"] {
            library.features.insert(feature.to_owned(), vec![]);
        }
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
    fn the_summary_marks_the_step_that_failed() {
        let times = [
            ("fmt", Duration::from_millis(1240)),
            ("clippy", Duration::from_secs(61)),
        ];
        assert_eq!(
            summary(&times, false),
            "\n== summary\nfmt        ok         1.2 s\nclippy     FAILED    61.0 s\n"
        );
        assert!(!summary(&times, true).contains("FAILED"));
    }

    #[test]
    fn unknown_arguments_are_refused() {
        assert!(run(&["--fast".to_owned()]).is_err());
    }
}
