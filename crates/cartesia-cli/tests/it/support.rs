//! Running the program.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cartesia_mock::MockServer;
use serde_json::Value;

pub(crate) const KEY: &str = "sk_canary";

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn stdout_text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// The last line on stderr, which is the report.
    pub(crate) fn report(&self) -> Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Ran {
    /// The file in which a failed run kept its audio.
    pub(crate) fn saved(&self) -> std::path::PathBuf {
        let report = self.report();
        let saved = report["saved"].as_str();
        saved.unwrap_or_else(|| panic!("{report}")).into()
    }
}

/// The program in a folder, without any setting of the machine that runs the test.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cartesia-rs"));
    command.current_dir(folder).stdin(Stdio::null());
    // No test plays aloud. Elsewhere those that might say `--no-play`.
    command.env("ALSA_CONFIG_PATH", "/dev/null");
    command
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env_remove("SHELL");
    for name in [
        "ALL_PROXY",
        "CARTESIA_ADMIN_KEY",
        "CARTESIA_API_KEY",
        "CARTESIA_BASE_URL",
        "CARTESIA_LIMITER",
        "CARTESIA_PROFILE",
        "CARTESIA_VERSION",
        "COLUMNS",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command
}

/// The program, set up for a server.
pub(crate) fn program_for(server: &MockServer, folder: &Path) -> Command {
    let mut command = program(folder);
    command
        .env("CARTESIA_API_KEY", KEY)
        .env("CARTESIA_BASE_URL", server.url());
    command
}

/// Another program, in the folder and with the settings of ours.
#[cfg(unix)]
pub(crate) fn beside(program: &Command, other: &str) -> Command {
    let mut command = Command::new(other);
    if let Some(folder) = program.get_current_dir() {
        command.current_dir(folder);
    }
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.stdin(Stdio::null());
    command
}

/// A line of a shell, in which `$0` is the program.
#[cfg(unix)]
pub(crate) fn shell(program: &Command, shell: &str, line: &str) -> Command {
    let mut command = beside(program, shell);
    command.args(["-c", line]).arg(program.get_program());
    command
}

pub(crate) fn run(
    mut command: Command,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Ran {
    let output = command.args(arguments).output().unwrap();
    finish(output)
}

/// Runs with a text on stdin.
pub(crate) fn run_with_stdin(mut command: Command, arguments: &[&str], stdin: &str) -> Ran {
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(stdin.as_bytes())
        .unwrap();
    finish(output(child))
}

/// How long a program may take to end.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a program wrote, once it has ended. One that does not end is killed, and the test fails.
pub(crate) fn output(mut child: Child) -> Output {
    drop(child.stdin.take());
    let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
    Output {
        status: status(&mut child),
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    }
}

/// Reads what a program writes, so that it never waits for its reader.
fn read(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut written = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut written).unwrap();
        }
        written
    })
}

/// How a program ended.
pub(crate) fn status(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() >= deadline {
            child.kill().unwrap();
            panic!("it did not end");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn finish(output: Output) -> Ran {
    let stderr = String::from_utf8(output.stderr).unwrap();
    // Whatever happens, the key is not told.
    assert!(!stderr.contains(KEY), "{stderr}");
    Ran {
        code: output.status.code(),
        stdout: output.stdout,
        stderr,
    }
}

/// Waits until there is so much in a file that the program writes.
pub(crate) fn wait_for_bytes(path: &Path, bytes: u64) {
    until("the audio", || {
        std::fs::metadata(path).is_ok_and(|file| file.len() >= bytes)
    });
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::yield_now();
    }
}

/// Does what Ctrl-C does.
#[cfg(unix)]
pub(crate) fn interrupt(child: &Child) {
    signal(child, rustix::process::Signal::INT);
}

#[cfg(unix)]
pub(crate) fn signal(child: &Child, signal: rustix::process::Signal) {
    // The program would ignore it, too, and the test would wait until its limit.
    #[cfg(target_os = "linux")]
    assert!(
        !is_ignored(signal),
        "these tests were started with {signal:?} ignored, as `nohup` and `&` in a script do"
    );
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

/// Whether this process, and so every program that it starts, ignores a signal.
#[cfg(target_os = "linux")]
fn is_ignored(signal: rustix::process::Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = u64::from_str_radix(ignored.unwrap().trim(), 16).unwrap();
    ignored >> (signal.as_raw() - 1) & 1 == 1
}

/// The path at which a file grows before it is complete.
pub(crate) fn partial(folder: &Path, name: &str) -> std::path::PathBuf {
    let (stem, extension) = name.rsplit_once('.').unwrap();
    folder.join(format!("{stem}.partial.{extension}"))
}

/// Samples in a WAV file that another reader understands.
pub(crate) fn samples(path: &Path) -> u64 {
    let wav =
        hound::WavReader::open(path).unwrap_or_else(|error| panic!("{error}: {}", path.display()));
    u64::from(wav.duration())
}
