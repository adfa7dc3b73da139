//! Completion, in the shells themselves. A shell that is not installed is skipped, and the test says
//! so on stderr.

#![cfg(unix)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cartesia_mock::MockServer;

use crate::support::{KEY, finish, program_for, run};

/// Says so past the test's own capture: a skipped test must not look like one that passed.
fn skipped(program: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "skipped: {program} is not installed").unwrap();
}

/// A folder with the script, and the program in front of the search path.
struct Shell {
    folder: tempfile::TempDir,
    script: PathBuf,
    server: MockServer,
    name: &'static str,
}

impl Shell {
    /// `None`, with a message, if the shell is missing.
    fn new(name: &'static str) -> Option<Self> {
        let there = Command::new(name).arg("--version").output();
        if there.is_err() {
            skipped(name);
            return None;
        }
        let server = MockServer::start_on_thread().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ran = run(program_for(&server, folder.path()), ["completions", name]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let script = folder.path().join("script");
        std::fs::write(&script, &ran.stdout).unwrap();
        std::fs::write(folder.path().join("song.wav"), "RIFF").unwrap();
        Some(Self {
            folder,
            script,
            server,
            name,
        })
    }

    /// What a program for the shell prints, as lines. The variables `$SCRIPT` and `$LINE` are set.
    fn run(&self, program: &str, line: &str) -> Vec<String> {
        let binary = Path::new(env!("CARGO_BIN_EXE_cartesia-rs"));
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", binary.parent().unwrap().display());
        let mut command = Command::new(self.name);
        command.args(match self.name {
            "bash" => &["--norc", "-c"][..],
            "zsh" => &["-f", "-c"],
            _ => &["--no-config", "-c"],
        });
        command
            .arg(program)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
            .env("PATH", path)
            .env("SCRIPT", &self.script)
            .env("LINE", line);
        command.env("HOME", self.folder.path()).env("TERM", "dumb");
        command
            .env("CARTESIA_API_KEY", KEY)
            .env("CARTESIA_BASE_URL", self.server.url());
        let ran = finish(command.output().unwrap());
        let lines = ran.stdout_text().lines();
        lines
            .map(|line| line.trim_end_matches('\r').to_owned())
            .collect()
    }
}

/// A line, and some of the candidates that it has.
const LINES: &[(&str, &[&str])] = &[
    ("cartesia-rs vo", &["voices"]),
    ("cartesia-rs voices cl", &["clone"]),
    ("cartesia-rs --json agents phone-numbers li", &["list"]),
    ("cartesia-rs fine-tunes cr", &["create"]),
    ("cartesia-rs speak --tr", &["--transport"]),
    ("cartesia-rs speak --transport ", &["ws", "sse", "bytes"]),
    ("cartesia-rs speak some text --container m", &["mp3"]),
    ("cartesia-rs speak --emotion ang", &["angry"]),
    ("cartesia-rs speak --voice Kat", &["Katie"]),
    ("cartesia-rs voices get Skyl", &["Skylar"]),
    ("cartesia-rs transcribe so", &["song.wav"]),
];

fn assert_completes(shell: &Shell, program: &str) {
    for (line, candidates) in LINES {
        let found = shell.run(program, line);
        for candidate in *candidates {
            assert!(
                found.iter().any(|it| it == candidate),
                "{}: {line:?} gave {found:?}, without {candidate}",
                shell.name
            );
        }
    }
}

#[test]
fn bash_completes() {
    let Some(shell) = Shell::new("bash") else {
        return;
    };
    let program = include_str!("shells/bash.bash");
    assert_completes(&shell, program);
    // A name with a space is one word of the shell.
    let found = shell.run(program, "cartesia-rs speak --voice Barber");
    assert_eq!(found, ["Barbershop\\ Man"]);
}

/// A key in a real, interactive bash: what readline makes of it.
#[test]
fn bash_inserts_what_is_completed() {
    let Some(shell) = Shell::new("bash") else {
        return;
    };
    if Command::new("script").arg("--version").output().is_err() {
        skipped("script");
        return;
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_cartesia-rs"));
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let rc = format!(
        "source '{}'\nPS1='> '\nbind 'set enable-bracketed-paste off'\n",
        shell.script.display()
    );
    std::fs::write(shell.folder.path().join("rc"), rc).unwrap();
    for (keys, line) in [
        ("\"Barber\t", "voices get \"Barbershop Man\""),
        ("Barber\t", "voices get Barbershop\\ Man"),
        ("Skyl\t", "voices get Skylar"),
    ] {
        let mut command = Command::new("timeout");
        command.args([
            "60",
            "script",
            "-qec",
            "bash --noprofile --rcfile rc -i",
            "/dev/null",
        ]);
        command.current_dir(shell.folder.path()).env("PATH", &path);
        command
            .env("CARTESIA_API_KEY", KEY)
            .env("CARTESIA_BASE_URL", shell.server.url());
        command.env("TERM", "dumb").env("HOME", shell.folder.path());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It stays open until the shell ends.
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "cartesia-rs voices get {keys}; exit").unwrap();
        let output = crate::support::output(child);
        let screen = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(screen.contains(line), "{screen}");
    }
}

#[test]
fn zsh_completes() {
    let Some(shell) = Shell::new("zsh") else {
        return;
    };
    let program = include_str!("shells/zsh.zsh");
    assert_completes(&shell, program);
}

#[test]
fn fish_completes() {
    let Some(shell) = Shell::new("fish") else {
        return;
    };
    // fish itself tells what it would complete: `candidate<TAB>description`.
    let program = r#"
        source $SCRIPT
        complete -C "$LINE" | string replace -r '\t.*' ''
    "#;
    assert_completes(&shell, program);
    let found = shell.run(program, "cartesia-rs speak --voice=Kat");
    assert!(found.contains(&"--voice=Katie".to_owned()), "{found:?}");
}

#[test]
fn completion_is_silent_when_the_service_is_not_there() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = program_for(&server, folder.path());
    command.env("CARTESIA_BASE_URL", "http://127.0.0.1:1");
    let ran = run(command, ["__complete", "bash", "speak", "--voice", "Ka"]);
    assert_eq!(
        (ran.code, ran.stdout_text()),
        (Some(0), "words\n"),
        "{ran:?}"
    );
    // Without voices, the embedded server is asked only if the line says so.
    let arguments = ["__complete", "bash", "speak", "--mock", "--voice", "Ka"];
    let ran = run(program_for(&server, folder.path()), arguments);
    assert!(ran.stdout_text().contains("Katie\t"), "{ran:?}");
    assert!(server.received().is_empty());
}
