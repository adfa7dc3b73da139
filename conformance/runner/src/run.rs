//! One client from its first call to its last.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::clients::Client;
use super::driver::{Driver, Launch};
use super::environment::{self, Folders, Program};
use super::explained::{Finding, Kind};
use super::protocol::{self, Mode, Outcome, Reply};
use super::server::Server;
use super::{http, journal};
use crate::Result;

/// A driver that has to be started more often than this is of no use.
const STARTS: usize = 12;

/// What came of one call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The client's own name for it.
    pub(super) name: String,
    pub(super) mode: Mode,
    /// The name that all clients share.
    pub(super) canonical: String,
    pub(super) outcome: Outcome,
    /// Entries of the mock server's journal: what the client sent.
    pub(super) recorded: Vec<Value>,
}

/// All calls of one client.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) client: Client,
    pub(super) calls: Vec<Call>,
}

impl Run {
    /// The calls that did not do what they are for.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let finding = |call: &Call| {
            Some(Finding {
                kind: Kind::Defect,
                client: self.client.name.clone(),
                call: call.name.clone(),
                mode: Some(call.mode),
                what: call.outcome.problem()?.to_owned(),
            })
        };
        self.calls.iter().filter_map(finding).collect()
    }
}

/// What every client needs.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) folders: Folders,
    /// The program `cartesia-mock`.
    pub(super) mock: PathBuf,
}

impl Bench {
    /// A fresh folder to work in, with `sample.wav` in it, and a server of its own.
    pub(super) fn set_up(&self, client: &Client, program: Program, name: &str) -> Result<Setting> {
        let folder = self.folders.target.join("work").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let server = Server::start(&self.mock, &folder, &client.server)?;
        let inputs = self.inputs();
        sample(server.address, &inputs, &folder.join("sample.wav"))?;
        let launch = Launch::new(client, program, inputs, &folder, server.address);
        Ok(Setting { launch, server })
    }

    pub(super) fn inputs(&self) -> PathBuf {
        self.folders.source.join("inputs.json")
    }

    /// Installs the client.
    pub(super) fn prepare(&self, client: &Client) -> Result<Program> {
        environment::prepare(client, &self.folders)
    }
}

/// A mock server, and how to start the driver that talks to it.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) launch: Launch,
    pub(super) server: Server,
}

/// Writes what the mock server says, as a file whose sizes are those of a file: its own WAV has the
/// sizes of a stream.
fn sample(server: SocketAddr, inputs: &Path, path: &Path) -> Result {
    let inputs: Value = serde_json::from_str(&std::fs::read_to_string(inputs)?)?;
    let rate = 16_000;
    let request = serde_json::json!({
        "model_id": inputs["tts_model"],
        "transcript": inputs["spoken"],
        "voice": {"mode": "id", "id": inputs["voice_id"]},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": rate},
    });
    let audio = http::post(server, "/tts/bytes", &request.to_string())?;
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, format)?;
    for bytes in audio.as_chunks::<2>().0 {
        file.write_sample(i16::from_le_bytes(*bytes))?;
    }
    file.finalize()?;
    Ok(())
}

/// Lets a client do everything it can.
pub(super) fn run(client: &Client, program: Program, bench: &Bench) -> Result<Run> {
    let Setting { launch, server } = bench.set_up(client, program, &client.folder())?;
    let start = server.position()?;
    let mut driver = Some(Driver::start(&launch, server.address)?);
    let mut starts = 1;
    let todo = driver
        .as_ref()
        .map(|driver| protocol::calls(&driver.hello))
        .unwrap_or_default();
    let mut replies: Vec<Reply> = Vec::new();
    let mut ends = Vec::new();
    for (call, mode) in &todo {
        let mut running = match driver.take() {
            Some(running) => running,
            None if starts == STARTS => return Err("its driver fails again and again".into()),
            None => {
                starts += 1;
                Driver::start(&launch, server.address)?
            }
        };
        let (reply, usable) = running.ask(call, *mode)?;
        replies.push(reply);
        ends.push(server.position()?);
        driver = usable.then_some(running);
    }
    drop(driver);
    let recorded = journal::by_call(&server.into_journal()?, start, &ends)?;
    let calls = todo
        .into_iter()
        .zip(replies)
        .zip(recorded)
        .map(|(((name, mode), reply), recorded)| Call {
            canonical: reply.canonical.unwrap_or_else(|| name.clone()),
            name,
            mode,
            outcome: reply.outcome,
            recorded,
        })
        .collect();
    Ok(Run {
        client: client.clone(),
        calls,
    })
}
