//! The mock server, as a process of its own: its memory and its tasks are not the client's.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use xtask::{Result, shell};

/// A running server. It ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let build = [
            "build",
            "--package=cartesia-mock",
            "--features=cli",
            "--bin=cartesia-mock",
        ];
        let program = shell::build("cartesia-mock", &build)?;
        let mut child = Command::new(program)
            .args(["--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(mut stdout) = child.stdout.take().map(BufReader::new) {
            stdout.read_line(&mut line)?;
            // It goes on writing, one line for each request.
            std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        }
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            return Err("the mock server does not say where it is".into());
        };
        Ok(Self { child, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
