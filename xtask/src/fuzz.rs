//! `cargo xtask fuzz`: libFuzzer searches for bytes that a target of `fuzz/` does not bear.
//!
//! It runs on the stable toolchain: the flags that instrument the code for coverage are those of `cargo fuzz`, and
//! only a sanitizer would need a nightly one. Without `unsafe` code there is little for one to find.

use std::path::Path;
use std::process::Command;

use crate::metadata::Metadata;
use crate::{Result, setup, shell};

/// Where targets and what was found before are.
const FOLDER: &str = "fuzz";

/// For each target, unless another time is given.
const SECONDS: u64 = 60;

/// Counts which branches are taken, and what is compared with what.
const INSTRUMENTATION: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1";

#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    /// All targets without.
    target: Option<String>,
    seconds: u64,
}

impl Arguments {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut read = Self {
            target: None,
            seconds: SECONDS,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--seconds" => {
                    let value = words.next().ok_or("`--seconds` needs a value")?;
                    read.seconds = value
                        .parse()
                        .ok()
                        .filter(|seconds| *seconds > 0)
                        .ok_or_else(|| format!("`{value}` is not a number of seconds"))?;
                }
                name if !name.starts_with('-') && read.target.is_none() => {
                    read.target = Some(name.to_owned());
                }
                _ => return Err(format!("unexpected argument `{word}`").into()),
            }
        }
        Ok(read)
    }

    fn chosen(&self, all: Vec<String>) -> Result<Vec<String>> {
        match &self.target {
            None => Ok(all),
            Some(name) if all.contains(name) => Ok(vec![name.clone()]),
            Some(name) => {
                let all = all.join(", ");
                Err(format!("there is no target `{name}` among: {all}").into())
            }
        }
    }
}

pub(crate) fn run(arguments: &[String]) -> Result {
    let arguments = Arguments::read(arguments)?;
    let metadata = Metadata::load()?;
    let folder = metadata.workspace_root.join(FOLDER);
    let targets = arguments.chosen(targets(&folder.join("corpus"))?)?;
    if cfg!(windows) {
        return Err("libFuzzer is built on Linux and macOS alone".into());
    }
    setup::ensure(&[setup::BUILD, setup::FUZZ])?;
    // Everything is built with other flags than elsewhere: a folder of its own spares both sides a new build.
    let own = metadata.target_directory.join("fuzz");
    let libfuzzer = folder.join("libfuzzer");
    // The same versions as elsewhere; cargo adds what libFuzzer needs.
    let lock = "Cargo.lock";
    std::fs::copy(metadata.workspace_root.join(lock), libfuzzer.join(lock))?;
    let program = build(&libfuzzer.join("Cargo.toml"), &own)?;
    let found = own.join("found");
    std::fs::create_dir_all(&found)?;
    let mut failed = Vec::new();
    for target in targets {
        let searched = own.join("corpus").join(&target);
        std::fs::create_dir_all(&searched)?;
        let mut command = Command::new(&program);
        command
            .env("FUZZ_TARGET", &target)
            .arg(format!("-max_total_time={}", arguments.seconds))
            .arg(format!("-artifact_prefix={}/{target}-", found.display()))
            // A kilobyte in a second, and a gigabyte, are far more than any target needs.
            .args(["-timeout=10", "-rss_limit_mb=1024", "-max_len=4096"])
            .args(["-print_final_stats=1", "-verbosity=0"])
            .arg(&searched)
            .arg(folder.join("corpus").join(&target));
        if let Err(error) = shell::run(&mut command) {
            eprintln!("{target}: {error}");
            failed.push(target);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "failed: {}. What was found is in {}; put it into {FOLDER}/corpus/<target>/ with a name that says what \
         it is, and `cargo test -p fuzz` tries it again",
        failed.join(", "),
        found.display()
    )
    .into())
}

/// The names of all targets: each has a folder, which a test makes sure of.
fn targets(corpus: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(corpus)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn build(manifest: &Path, target: &Path) -> Result<std::path::PathBuf> {
    let version = shell::query(Command::new("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .ok_or("rustc does not say what it runs on")?;
    let manifest = manifest.to_string_lossy();
    // With a target named, build scripts and macros are not instrumented.
    let configuration = format!("target.{host}.rustflags={}", rust_flags());
    shell::build(
        "libfuzzer",
        &[
            "build",
            "--release",
            "--target",
            host,
            "--manifest-path",
            &manifest,
            "--target-dir",
            &target.to_string_lossy(),
            "--config",
            &configuration,
        ],
    )
}

/// The flags as a list in TOML.
fn rust_flags() -> String {
    let flags: Vec<String> = INSTRUMENTATION
        .split_whitespace()
        .map(|flag| format!("{flag:?}"))
        .collect();
    format!("[{}]", flags.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Arguments::read(&words)
    }

    #[test]
    fn arguments_are_read() {
        let read_whole = read(&["sse", "--seconds", "5"]).unwrap();
        assert_eq!(read_whole.target.as_deref(), Some("sse"));
        assert_eq!(read_whole.seconds, 5);
        assert_eq!(read(&[]).unwrap().seconds, SECONDS);
        for words in [
            &["--seconds"][..],
            &["--seconds", "0"],
            &["--seconds", "soon"],
            &["sse", "wav"],
            &["--all"],
        ] {
            assert!(read(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn a_target_is_chosen_by_name() {
        let all = || vec!["events".to_owned(), "sse".to_owned()];
        assert_eq!(read(&[]).unwrap().chosen(all()).unwrap(), all());
        let one = read(&["sse"]).unwrap();
        assert_eq!(one.chosen(all()).unwrap(), ["sse"]);
        let error = read(&["ssl"]).unwrap().chosen(all()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no target `ssl` among: events, sse"
        );
    }

    #[test]
    fn flags_are_a_list() {
        let flags: toml::Table = format!("flags = {}", rust_flags()).parse().unwrap();
        let flags = flags["flags"].as_array().unwrap();
        assert!(
            flags
                .iter()
                .all(|flag| flag.as_str().unwrap().starts_with("-C"))
        );
    }
}
