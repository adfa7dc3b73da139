//! `cargo xtask bench --compile`: what it takes to compile this SDK, beside others of its kind.
//!
//! Each is the only dependency of a project of its own, built in debug mode from nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use xtask::{Result, shell};

/// Compilations at once: a small machine.
const JOBS: usize = 2;

/// What is compiled.
struct Candidate {
    name: &'static str,
    /// The line of the dependency; `{crates}` is the folder of our crates.
    dependency: &'static str,
}

const CANDIDATES: &[Candidate] = &[
    Candidate {
        name: "**`cartesia-types` alone**",
        dependency: r#"cartesia-types = { path = "{crates}/cartesia-types" }"#,
    },
    Candidate {
        name: "**`cartesia`, default features**",
        dependency: r#"cartesia = { path = "{crates}/cartesia" }"#,
    },
    Candidate {
        name: "**`cartesia`, all features but `native-tls`**",
        dependency: r#"cartesia = { path = "{crates}/cartesia", features = ["blocking", "notebook", "playback"] }"#,
    },
    Candidate {
        name: "`deepgram` 0.14, default features",
        dependency: r#"deepgram = "0.14""#,
    },
    Candidate {
        name: "`async-openai` 0.43 with `audio` and `realtime`",
        dependency: r#"async-openai = { version = "0.43", features = ["audio", "realtime"] }"#,
    },
];

struct Measured {
    name: &'static str,
    crates: usize,
    seconds: f64,
}

/// Measures all of them, and returns the table.
pub(crate) fn table() -> Result<String> {
    let root = std::env::current_dir()?;
    let folder = root.join("target/bench-compile");
    let projects: Vec<(&Candidate, PathBuf)> = CANDIDATES
        .iter()
        .enumerate()
        .map(|(number, candidate)| (candidate, folder.join(number.to_string())))
        .collect();
    // Before anything is measured: what the network does is not the compiler's fault.
    for (candidate, project) in &projects {
        write(candidate, project, &root)?;
        shell::run(cargo(project).arg("fetch"))?;
    }
    let mut measured = Vec::new();
    for (candidate, project) in &projects {
        eprintln!("compiling {}", candidate.name);
        measured.push(measure(candidate, project)?);
    }
    Ok(render(&measured))
}

fn write(candidate: &Candidate, project: &Path, root: &Path) -> Result {
    let crates = root.join("crates");
    let crates = crates.to_str().ok_or("a path that is not UTF-8")?;
    let dependency = candidate.dependency.replace("{crates}", crates);
    std::fs::create_dir_all(project.join("src"))?;
    std::fs::write(project.join("src/main.rs"), "fn main() {}\n")?;
    let manifest = format!(
        "[package]\nname = \"compiled\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n{dependency}\n"
    );
    std::fs::write(project.join("Cargo.toml"), manifest)?;
    Ok(())
}

fn cargo(project: &Path) -> Command {
    let mut command = shell::cargo();
    command
        .current_dir(project)
        .env("CARGO_TARGET_DIR", project.join("target"))
        .env_remove("CARGO_PROFILE_DEV_DEBUG")
        .env_remove("CARGO_INCREMENTAL")
        .env_remove("RUSTFLAGS");
    command
}

fn measure(candidate: &Candidate, project: &Path) -> Result<Measured> {
    let target = project.join("target");
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    let tree = shell::stdout_of(cargo(project).args([
        "tree",
        "--offline",
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}",
    ]))?;
    let start = Instant::now();
    shell::run(cargo(project).args([
        "build",
        "--quiet",
        "--offline",
        "--jobs",
        &JOBS.to_string(),
    ]))?;
    let seconds = start.elapsed().as_secs_f64();
    std::fs::remove_dir_all(&target)?;
    Ok(Measured {
        name: candidate.name,
        crates: crates_in(&tree),
        seconds,
    })
}

/// How many crates `cargo tree` shows, without the project itself.
fn crates_in(tree: &str) -> usize {
    let crates: BTreeSet<&str> = tree
        .lines()
        // One that was shown before has a mark.
        .map(|line| line.trim_end_matches(" (*)").trim())
        .filter(|line| !line.is_empty())
        .collect();
    crates.len().saturating_sub(1)
}

fn render(measured: &[Measured]) -> String {
    let mut table = format!(
        "| crate | crates compiled | seconds, debug build on {JOBS} cores |\n|---|---|---|\n"
    );
    for Measured {
        name,
        crates,
        seconds,
    } in measured
    {
        let _ = writeln!(table, "| {name} | {crates} | {seconds:.0} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_counts_once() {
        let tree =
            "compiled v0.0.0 (/a)\nbytes v1.0.0\nhttp v1.0.0\nbytes v1.0.0 (*)\n\nbytes v1.0.0\n";
        assert_eq!(crates_in(tree), 2);
        assert_eq!(crates_in(""), 0);
    }

    #[test]
    fn a_project_has_one_dependency() {
        let folder = std::env::temp_dir().join(format!("bench-compile-{}", std::process::id()));
        for candidate in CANDIDATES {
            write(candidate, &folder, Path::new("/root")).unwrap();
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            assert!(!manifest.contains('{') || !manifest.contains("{crates}"));
            let dependencies = manifest.split_once("[dependencies]\n").unwrap().1;
            assert_eq!(dependencies.lines().count(), 1, "{dependencies}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
