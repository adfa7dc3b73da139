//! The mock server that a driver talks to.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Result;

/// A running mock server with a journal in a file. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
    journal: PathBuf,
}

impl Server {
    /// Starts it in this folder on a free port.
    pub(super) fn start(program: &Path, folder: &Path, arguments: &[String]) -> Result<Self> {
        let journal = folder.join("journal.jsonl");
        let mut command = Command::new(program);
        command
            .args(["--port", "0", "--record"])
            .arg(&journal)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join("server.log"))?);
        let mut child = command.spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .and_then(|address| address.parse().ok());
        if let Some(address) = address {
            return Ok(Self {
                child,
                address,
                journal,
            });
        }
        let _ = child.kill();
        child.wait()?;
        let log = folder.join("server.log");
        Err(format!("the mock server did not start; see {}", log.display()).into())
    }

    /// How far the journal is. An entry is in it before its answer is on the way.
    pub(super) fn position(&self) -> Result<u64> {
        match std::fs::metadata(&self.journal) {
            Ok(file) => Ok(file.len()),
            // It was asked nothing so far.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends it and returns the whole journal, one JSON object on each line.
    pub(super) fn into_journal(mut self) -> Result<String> {
        self.stop();
        match std::fs::read_to_string(&self.journal) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn stop(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
