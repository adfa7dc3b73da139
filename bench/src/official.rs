//! The official clients, in environments of their own: `--official`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::{Result, shell};

use crate::client::{MINUTES, bytes_of_a_minute};
use crate::scenario::{Client, Run, Scenario, Transport};
use crate::server::Address;

/// Where their versions are fixed.
const PYTHON: &str = "conformance/python/requirements/cartesia-4.2.0.txt";
const JAVASCRIPT: &str = "conformance/javascript/requirements/cartesia-js-4.2.0";

/// The programs, with the arguments that come first.
pub(crate) struct Official(HashMap<Client, Vec<PathBuf>>);

impl Official {
    /// None of them.
    pub(crate) fn none() -> Self {
        Self(HashMap::new())
    }

    /// Installs those that can be, and says which cannot.
    pub(crate) fn install() -> Self {
        let folder = Path::new("target/bench-official");
        let mut programs = HashMap::new();
        for (client, installed) in [
            (Client::Python, python(folder)),
            (Client::JavaScript, javascript(folder)),
        ] {
            match installed {
                Ok(program) => {
                    programs.insert(client, program);
                }
                Err(error) => eprintln!("skipped: {client}: {error}"),
            }
        }
        Self(programs)
    }

    pub(crate) fn has(&self, client: Client) -> bool {
        self.0.contains_key(&client)
    }

    /// The process of a run, if it is one of these clients.
    pub(crate) fn command(&self, run: Run, address: &Address) -> Option<Command> {
        let (program, first) = self.0.get(&run.client)?.split_first()?;
        let Scenario::Stream { chunk } = run.scenario else {
            return None;
        };
        let chunks = bytes_of_a_minute() / chunk;
        let mut command = Command::new(program);
        command
            .args(first)
            .arg(format!(
                "http://127.0.0.1:{}/{chunk}/{chunks}/0",
                address.port
            ))
            .arg(match run.transport {
                Transport::Sse => "sse",
                _ => "websocket",
            })
            .arg(MINUTES.to_string())
            .arg((chunks * chunk).to_string());
        Some(command)
    }
}

fn python(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.join("python");
    let python = folder.join("bin/python");
    let done = folder.join("installed");
    if !done.exists() {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        shell::run(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
            PYTHON,
        ]))?;
        std::fs::write(done, PYTHON)?;
    }
    Ok(vec![python, "bench/official/stream.py".into()])
}

fn javascript(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.join("javascript");
    let done = folder.join("installed");
    if !done.exists() {
        shell::query(Command::new("node").arg("--version"))?;
        shell::npm_ci(Path::new(JAVASCRIPT), &folder)?;
        std::fs::write(done, JAVASCRIPT)?;
    }
    Ok(vec![
        "node".into(),
        "bench/official/stream.mjs".into(),
        std::path::absolute(folder)?,
    ])
}
