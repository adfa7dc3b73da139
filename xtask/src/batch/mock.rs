//! The mock server as a program of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::Result;

/// The same text becomes the same audio in each run.
const SEED: &str = "1";

/// Killed when it is dropped.
pub(super) struct Server {
    child: Child,
    address: String,
}

impl Server {
    pub(super) fn start(program: &Path, pace: &str) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["mock", "--plan", "scale", "--port", "0", "--no-page"])
            .args(["--seed", SEED, "--pace", pace])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the server has no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().rsplit_once("http://");
        let address = address.ok_or("the server does not say its address")?;
        Ok(Self {
            child,
            address: address.1.to_owned(),
        })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The use of the plan since the last call.
    pub(super) fn load(&self) -> Result<Load> {
        let stats: Value = serde_json::from_str(self.ask("GET")?.trim())?;
        self.ask("DELETE")?;
        let synthesis = &stats["total"]["synthesis"];
        let count = |field: &str| synthesis[field].as_u64().ok_or("the server has no figures");
        Ok(Load {
            started: count("started")?,
            refused: count("refused")?,
            peak: count("peak")?,
        })
    }

    fn ask(&self, method: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        let host = &self.address;
        write!(
            stream,
            "{method} /_mock/stats HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        Ok(body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// What a server did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// Generations that it began, and that the service would bill.
    pub(super) started: u64,
    /// Requests that it rejected because too many ran at once.
    pub(super) refused: u64,
    /// Generations at once.
    pub(super) peak: u64,
}
