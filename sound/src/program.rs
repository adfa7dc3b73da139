//! The program under test: one test of `cartesia-audio`, which says on stdout how far it is.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::rig::{Guard, Rig};
use crate::{Result, shell};

/// What the program's lines for us begin with.
const PREFIX: &str = "rig: ";

/// What is tried.
pub(super) struct Programs {
    /// The tests of `cartesia-audio` that need a device.
    pub(super) tests: PathBuf,
    /// The tests of `cartesia` that need a device.
    pub(super) speech: PathBuf,
    /// The command line.
    pub(super) command_line: PathBuf,
}

impl Programs {
    /// Builds them.
    pub(super) fn build() -> Result<Self> {
        // With the features of `cargo xtask test`, so that nothing is built for this alone.
        let tests =
            |test: &'static str| ["test", "--workspace", "--all-features", test, "--no-run"];
        let command_line = ["build", "--package=cartesia-cli", "--bin=cartesia-rs"];
        Ok(Self {
            tests: shell::build("sound", &tests("--test=sound"))?,
            speech: shell::build("speech_sound", &tests("--test=speech_sound"))?,
            command_line: shell::build("cartesia-rs", &command_line)?,
        })
    }
}

/// Builds what measures the player on a device.
pub(super) fn bench() -> Result<PathBuf> {
    let build = [
        "bench",
        "--package=cartesia-audio",
        "--bench=device",
        "--no-run",
    ];
    shell::build("device", &build)
}

/// A running test.
pub(super) struct Program {
    child: Guard,
    lines: Receiver<String>,
    log: Vec<String>,
}

impl Program {
    /// Starts the test `name` with the settings that it looks for in its environment.
    pub(super) fn start(
        rig: &Rig,
        programs: &Programs,
        name: &str,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        Self::start_test(rig, &programs.tests, name, settings)
    }

    /// The same for a test of this file.
    pub(super) fn start_test(
        rig: &Rig,
        tests: &Path,
        name: &str,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let mut command = rig.client(tests);
        command.args([
            "--ignored",
            "--exact",
            name,
            "--nocapture",
            "--test-threads=1",
        ]);
        Self::spawn(command.envs(settings.iter().copied()))
    }

    /// Starts a command whose stdout is followed.
    pub(super) fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, lines) = channel();
        let stdout = child.stdout.take().ok_or("the program has no stdout")?;
        let stderr = child.stderr.take().ok_or("the program has no stderr")?;
        let other = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout)
                .lines()
                .map_while(std::result::Result::ok)
            {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        std::thread::spawn(move || {
            for line in BufReader::new(stderr)
                .lines()
                .map_while(std::result::Result::ok)
            {
                if other.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child: Guard(child),
            lines,
            log: Vec::new(),
        })
    }

    /// Waits for the program to say `word`, and returns what follows it on the line.
    pub(super) fn wait_for(&mut self, word: &str, limit: Duration) -> Result<String> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    let said = said(&line, word).map(str::to_owned);
                    self.log.push(line);
                    if let Some(said) = said {
                        return Ok(said);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self.failure(&format!("it did not say `{word}` in {limit:?}")));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.failure(&format!("it ended without saying `{word}`")));
                }
            }
        }
    }

    /// Waits for a line on stdout or stderr.
    pub(super) fn wait_for_line(
        &mut self,
        is_wanted: impl Fn(&str) -> bool,
        limit: Duration,
    ) -> Result {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.map_err(|_| self.failure("it did not say what it should"))?;
            let found = is_wanted(&line);
            self.log.push(line);
            if found {
                return Ok(());
            }
        }
    }

    /// What it wrote so far.
    pub(super) fn lines(&self) -> &[String] {
        &self.log
    }

    /// Processor time that it has used.
    pub(super) fn processor_time(&self) -> Result<Duration> {
        let path = format!("/proc/{}/stat", self.child.0.id());
        let text = std::fs::read_to_string(path)?;
        processor_ticks(&text)
            // Linux counts these in hundredths of a second everywhere.
            .map(|ticks| Duration::from_millis(ticks * 10))
            .ok_or_else(|| "the processor time of the program cannot be read".into())
    }

    /// Its number in the system.
    pub(super) fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Waits until it ends well, and gives what it wrote.
    pub(super) fn finish(mut self, limit: Duration) -> Result<String> {
        let status = self.wait(limit)?;
        if status.success() {
            Ok(self.log.join("\n"))
        } else {
            Err(self.failure(&format!("it failed: {status}")))
        }
    }

    /// Waits until it ends; `None` when it was killed.
    pub(super) fn exit_code(&mut self, limit: Duration) -> Result<Option<i32>> {
        Ok(self.wait(limit)?.code())
    }

    fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            self.log.extend(self.lines.try_iter());
            if let Some(status) = self.child.0.try_wait()? {
                self.log.extend(self.lines.iter());
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(self.failure(&format!("it hangs: it did not end in {limit:?}")));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn failure(&self, what: &str) -> Box<dyn std::error::Error> {
        format!("{what}. It wrote:\n{}", self.log.join("\n")).into()
    }
}

/// What follows `word` on a line for us. Before it there may be words of the test harness.
fn said<'l>(line: &'l str, word: &str) -> Option<&'l str> {
    let (_, said) = line.split_once(PREFIX)?;
    let rest = said.strip_prefix(word)?;
    rest.is_empty()
        .then_some(rest)
        .or_else(|| rest.strip_prefix(' '))
}

/// User and system time in a line of `/proc/…/stat`. The name in it may have spaces and brackets.
fn processor_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_us_is_distinguished_from_the_rest() {
        assert_eq!(said("test plays ... rig: heard 480", "heard"), Some("480"));
        assert_eq!(said("rig: ready", "ready"), Some(""));
        assert_eq!(said("rig: readying", "ready"), None);
        assert_eq!(said("ready", "ready"), None);
    }

    #[test]
    fn processor_time_is_the_14th_and_15th_field() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 7 5 0 0 20 0 3 0";
        assert_eq!(processor_ticks(stat), Some(12));
        assert_eq!(processor_ticks("garbage"), None);
    }

    #[test]
    #[cfg(unix)]
    fn a_program_is_followed_to_its_end() {
        let shell = |script: &str| Program::spawn(Command::new("sh").args(["-c", script])).unwrap();
        let limit = Duration::from_secs(20);
        let mut program = shell("echo 'rig: ready 7'; exec sleep 60");
        assert_eq!(program.wait_for("ready", limit).unwrap(), "7");
        let error = program
            .finish(Duration::from_millis(1))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("it hangs") && error.ends_with("rig: ready 7"),
            "{error}"
        );

        let error = shell("echo out; exit 3")
            .finish(limit)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("exit status: 3") && error.contains("out"),
            "{error}"
        );
        let error = shell("exit 0")
            .wait_for("ready", limit)
            .unwrap_err()
            .to_string();
        assert!(error.contains("ended without saying `ready`"), "{error}");
    }
}
