//! Running other programs. Everything `xtask` starts for its effect is shown first, and a failure
//! names the command.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Result;

/// The cargo that runs `xtask`, with the environment a person's own shell would give it.
pub fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(program);
    // `cargo run` describes the xtask package in these. Build scripts that watch them (ring's does)
    // would run again each time a person's cargo and ours take turns on one target directory.
    for (name, _) in std::env::vars_os() {
        let own = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if own {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs to completion, with input and output shared with this program.
///
/// # Errors
///
/// When it cannot be started or fails.
pub fn run(command: &mut Command) -> Result {
    show(command);
    let status = command
        .status()
        .map_err(|error| cannot_start(command, &error))?;
    check(command, status)
}

/// Runs for at most `limit`, then kills it and fails.
///
/// # Errors
///
/// When it cannot be started, fails, or is killed.
pub fn run_within(limit: Duration, command: &mut Command) -> Result {
    show(command);
    let mut child = command
        .spawn()
        .map_err(|error| cannot_start(command, &error))?;
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return check(command, status);
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Err(format!("`{}` took more than {limit:?}", display(command)).into());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Runs and returns what was written to stdout; stderr stays visible.
///
/// # Errors
///
/// When it cannot be started or fails, or what it writes is not UTF-8.
pub fn stdout_of(command: &mut Command) -> Result<String> {
    show(command);
    query(command)
}

/// [`stdout_of`] for commands that only look, and are not worth showing.
///
/// # Errors
///
/// When it cannot be started or fails, or what it writes is not UTF-8.
pub fn query(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| cannot_start(command, &error))?;
    check(command, output.status)?;
    String::from_utf8(output.stdout)
        .map_err(|_| format!("`{}` wrote something that is not UTF-8", display(command)).into())
}

/// Runs and returns what was written to stderr, passing it on line by line.
///
/// # Errors
///
/// When it cannot be started or fails, or what it writes is not UTF-8.
pub fn stderr_of(command: &mut Command) -> Result<String> {
    show(command);
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_start(command, &error))?;
    let mut text = String::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines() {
            let line = line?;
            eprintln!("{line}");
            text += &line;
            text.push('\n');
        }
    }
    check(command, child.wait()?)?;
    Ok(text)
}

/// Installs the packages of a folder with `package.json` and `package-lock.json` into another folder, which is
/// created if it is not there.
///
/// # Errors
///
/// If a file cannot be copied, or npm fails.
pub fn npm_ci(requirements: &Path, folder: &Path) -> Result {
    std::fs::create_dir_all(folder)?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(requirements.join(file), folder.join(file))?;
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(Command::new(npm).current_dir(folder).args([
        "ci",
        "--silent",
        // What is installed is what is in the lock file, and nothing that a script fetches.
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]))
}

/// Whether the command can be started and succeeds; it is not shown and its output is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Builds with `cargo <arguments>` and returns where cargo put the program of the target `name`.
///
/// # Errors
///
/// When the build fails, or builds no such program.
pub fn build(name: &str, arguments: &[&str]) -> Result<PathBuf> {
    let messages = stdout_of(
        cargo()
            .args(arguments)
            .arg("--message-format=json-render-diagnostics"),
    )?;
    executable(&messages, name).ok_or_else(|| format!("cargo built no `{name}`").into())
}

/// Where cargo put the program of the target `name`, from its messages as JSON.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| Some(message["executable"].as_str()?.into()))
}

fn show(command: &Command) {
    eprintln!("$ {}", display(command));
}

fn check(command: &Command, status: ExitStatus) -> Result {
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` failed: {status}", display(command)).into())
    }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", display(command))
}

/// The command as a person would type it: the program by its name, arguments quoted where needed.
fn display(command: &Command) -> String {
    let program = command.get_program();
    let name = std::path::Path::new(program).file_name().unwrap_or(program);
    std::iter::once(name)
        .chain(command.get_args())
        .map(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["run", "--", "it's a test", ""]);
        assert_eq!(display(&command), r"cargo run -- 'it'\''s a test' ''");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("cannot start `no-such-program`: "),
            "{error}"
        );
    }

    #[test]
    fn the_executable_is_found_among_the_messages() {
        let messages = r#"
            {"reason":"compiler-artifact","target":{"name":"sound"},"executable":null}
            {"reason":"compiler-artifact","target":{"name":"sound"},"executable":"/t/sound-1a2b"}
            {"reason":"compiler-artifact","target":{"name":"other"},"executable":"/t/other"}
            {"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages, "sound"), Some("/t/sound-1a2b".into()));
        assert_eq!(executable(messages, "cartesia-mock"), None);
    }

    #[test]
    #[cfg(unix)]
    fn a_command_that_fails_is_named() {
        let error = query(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c 'exit 3'` failed: exit status: 3");
    }

    #[test]
    #[cfg(unix)]
    fn a_command_over_its_limit_is_killed() {
        let mut sleep = Command::new("sleep");
        let error = run_within(Duration::from_millis(1), sleep.arg("60")).unwrap_err();
        assert_eq!(error.to_string(), "`sleep 60` took more than 1ms");
    }

    #[test]
    #[cfg(unix)]
    fn either_output_is_returned() {
        let shell = || Command::new("sh");
        assert_eq!(
            stdout_of(shell().args(["-c", "echo data"])).unwrap(),
            "data\n"
        );
        assert_eq!(
            stderr_of(shell().args(["-c", "echo report >&2"])).unwrap(),
            "report\n"
        );
    }
}
