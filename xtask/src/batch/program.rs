//! The program, as a person calls it.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Result;

/// How often memory is measured.
const SAMPLE: Duration = Duration::from_millis(100);

/// How the program is called.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// The folder with the manifest.
    pub(super) folder: PathBuf,
    /// The address of the server.
    pub(super) server: String,
}

/// A run that ended by itself.
#[derive(Debug)]
pub(super) struct Run {
    /// The last line on stderr.
    pub(super) end: Value,
    pub(super) seconds: f64,
    pub(super) memory: Memory,
}

/// Bytes in memory, one measurement after the other.
#[derive(Debug, Default)]
pub(super) struct Memory(pub(super) Vec<u64>);

/// A run that goes on.
pub(super) struct Running {
    child: Child,
    results: BufReader<ChildStdout>,
    stderr: PathBuf,
    measured: Option<Instant>,
    pub(super) memory: Memory,
}

impl Program {
    /// Makes all items, and waits for the end.
    pub(super) fn run(&self, output: &str, contexts: u32, flags: &[&str]) -> Result<Run> {
        let began = Instant::now();
        self.start(output, contexts, flags)?.end(began)
    }

    pub(super) fn start(&self, output: &str, contexts: u32, flags: &[&str]) -> Result<Running> {
        let stderr = self.folder.join(format!(
            "{output}-stderr{}.txt",
            flags.concat().replace('/', "-")
        ));
        let mut child = Command::new(&self.path)
            .args(["batch", "lines.csv", "-o", output, "--format", "wav_16000"])
            .args(["--concurrency", &contexts.to_string(), "--yes", "--json"])
            .args(flags)
            .current_dir(&self.folder)
            .env("CARTESIA_BASE_URL", format!("http://{}", self.server))
            .env("CARTESIA_API_KEY", "sk_car_mock")
            .stdout(Stdio::piped())
            .stderr(File::create(&stderr)?)
            .spawn()?;
        let results = child.stdout.take().ok_or("the program has no stdout")?;
        Ok(Running {
            child,
            results: BufReader::new(results),
            stderr,
            measured: None,
            memory: Memory::default(),
        })
    }
}

impl Running {
    /// Waits for the result of an item; `false` at the end.
    pub(super) fn next(&mut self) -> Result<bool> {
        if self
            .measured
            .is_none_or(|measured| measured.elapsed() >= SAMPLE)
        {
            self.measured = Some(Instant::now());
            self.memory.0.extend(resident(self.child.id()));
        }
        let mut line = Vec::new();
        Ok(self.results.read_until(b'\n', &mut line)? > 0)
    }

    /// Waits for the end of the run, which must be a success.
    pub(super) fn end(mut self, began: Instant) -> Result<Run> {
        while self.next()? {}
        let status = self.child.wait()?;
        let seconds = began.elapsed().as_secs_f64();
        let text = std::fs::read_to_string(&self.stderr)?;
        if !status.success() {
            return Err(format!("the program failed ({status}): {text}").into());
        }
        let end = text.lines().last().unwrap_or_default();
        Ok(Run {
            end: serde_json::from_str(end)?,
            seconds,
            memory: std::mem::take(&mut self.memory),
        })
    }

    /// Kills it, with SIGKILL where there are signals.
    pub(super) fn kill(mut self) -> Result<Memory> {
        if let Some(status) = self.child.try_wait()? {
            let text = std::fs::read_to_string(&self.stderr)?;
            return Err(
                format!("the program ended before it was killed ({status}): {text}").into(),
            );
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(std::mem::take(&mut self.memory))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless something failed.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Run {
    pub(super) fn count(&self, field: &str) -> u64 {
        self.end[field].as_u64().unwrap_or_default()
    }
}

impl Memory {
    /// The most in the first, second and last third.
    pub(super) fn thirds(&self) -> [u64; 3] {
        let third = self.0.len().div_ceil(3).max(1);
        let mut most = self
            .0
            .chunks(third)
            .map(|part| part.iter().copied().max().unwrap_or_default());
        [(); 3].map(|()| most.next().unwrap_or_default())
    }

    pub(super) fn most(&self) -> u64 {
        self.0.iter().copied().max().unwrap_or_default()
    }
}

/// Bytes that a process has in memory; `None` where the system does not say it so.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Lines of the results of a folder.
pub(super) fn results(folder: &Path) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            let text = std::fs::read_to_string(path)?;
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_compared_by_thirds() {
        let memory = |bytes: &[u64]| Memory(bytes.to_vec());
        assert_eq!(memory(&[1, 5, 2, 3, 9, 4, 7]).thirds(), [5, 9, 7]);
        assert_eq!(memory(&[]).thirds(), [0, 0, 0]);
        assert_eq!(memory(&[1, 5, 2]).most(), 5);
    }
}
