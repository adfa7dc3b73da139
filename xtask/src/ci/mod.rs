//! `cargo xtask ci`: everything a merge needs. Cheap checks first; the first failure ends the run.

mod features;
mod package;

use std::time::{Duration, Instant};

use crate::{Result, api, deny, examples, fleet, shell, test, tidy};

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
        run: features::run,
    },
    Step {
        name: "test",
        run: || test::run(&[]),
    },
    Step {
        name: "fleet",
        run: || fleet::run(&[]),
    },
    Step {
        name: "examples",
        run: || examples::run(&[]),
    },
    Step {
        name: "doc",
        run: doc,
    },
    Step {
        name: "api",
        run: api::step,
    },
    Step {
        name: "deny",
        run: || deny::run(&[]),
    },
    Step {
        name: "package",
        run: package::run,
    },
];

/// Workspaces of their own.
const APART: &[&str] = &["fuzz/libfuzzer/Cargo.toml", "xtask/api/Cargo.toml"];

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
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;
    for manifest in APART {
        shell::run(shell::cargo().args(["fmt", "--check", "--manifest-path", manifest]))?;
    }
    Ok(())
}

fn clippy() -> Result {
    lint(&["--workspace", "--all-targets", "--all-features"])
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

#[cfg(test)]
mod tests {
    use super::*;
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
