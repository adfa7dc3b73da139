//! `cartesia-rs`: Cartesia speech on the command line.
//!
//! stdout carries data and stderr what is meant for people; `--json` makes both readable for
//! programs. The verbs, flags, exit codes and JSON are a contract.

mod accents;
mod account;
mod advice;
mod agents;
mod api;
mod args;
mod audition;
mod batch;
mod bench;
mod captions;
mod change_voice;
mod completions;
mod config;
mod connect;
#[cfg(feature = "playback")]
mod converse;
mod datasets;
#[cfg(feature = "playback")]
mod devices;
mod dicts;
mod doctor;
mod download;
mod embedded;
mod embeddings;
mod env_file;
mod failure;
mod file_names;
mod files;
mod find_voice;
mod fine_tunes;
mod global;
mod help;
mod listen;
mod logging;
mod man;
mod mock;
mod models;
mod playback;
mod print;
mod progress;
mod receive;
mod show;
mod signals;
mod speak;
mod status;
mod table;
mod text;
mod token;
mod transcribe;
mod upload;
mod usage;
mod voice_changes;
mod voices;

use std::io;
use std::process::ExitCode;

use cartesia::ErrorKind;
use tokio::runtime::Runtime;

use crate::args::{Cli, Verb};
use crate::config::Profile;
use crate::env_file::EnvFile;
use crate::failure::Failure;
use crate::global::Global;

/// File descriptors that a runtime and its signals need. Without them, parts of it panic.
#[cfg(unix)]
const SPARE_FILES: usize = 8;

fn main() -> ExitCode {
    // A usage error ends here, with exit code 2.
    let cli = help::parse();
    logging::init();
    let json = cli.global.json || matches!(&cli.verb, Verb::Speak(speak) if speak.report);
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

fn start(mut cli: Cli) -> Result<(), Failure> {
    let runtime = runtime().map_err(|error| {
        Failure::of(ErrorKind::Io, format!("the program cannot start: {error}"))
    })?;
    if cli.verb.is_client() {
        cli.global.settings = Profile::load(cli.global.profile.as_deref())?;
        if !cli.global.mock {
            let has_key = cli.global.settings.api_key.is_some();
            cli.global.env_file = EnvFile::load(has_key);
        }
    }
    let outcome = runtime.block_on(async {
        let server = embedded::start(&mut cli.global, &cli.verb).await?;
        let outcome = run(&cli.global, cli.verb).await;
        if let Some(server) = server {
            server.shutdown().await;
        }
        outcome
    });
    // Threads that wait for a name or a reader must not hold up the end.
    runtime.shutdown_background();
    outcome
}

/// Two threads: writing a file may take its time, and a WebSocket has to be read and its pings answered
/// all the same.
fn runtime() -> io::Result<Runtime> {
    #[cfg(unix)]
    {
        let spare = (0..SPARE_FILES).map(|_| std::fs::File::open("/dev/null"));
        drop(spare.collect::<io::Result<Vec<_>>>()?);
    }
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}

async fn run(global: &Global, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Speak(speak) => speak::run(global, speak).await,
        Verb::Voices(verb) => voices::run(global, verb).await,
        Verb::Models { capability } => models::run(global, capability).await,
        Verb::Token(token) => token::run(global, token).await,
        Verb::Batch(batch) => batch::run(global, batch).await,
        Verb::Listen(listen) => listen::run(global, listen).await,
        #[cfg(feature = "playback")]
        Verb::Converse(converse) => converse::run(global, converse).await,
        Verb::Transcribe(transcribe) => transcribe::run(global, transcribe).await,
        Verb::ChangeVoice(change) => change_voice::run(global, change).await,
        Verb::Infill(infill) => change_voice::infill(global, infill).await,
        Verb::Files(verb) => files::run(global, verb).await,
        Verb::Dicts(verb) => dicts::run(global, verb).await,
        Verb::Datasets(verb) => datasets::run(global, verb).await,
        Verb::FineTunes(verb) => fine_tunes::run(global, verb).await,
        Verb::Account(verb) => account::run(global, verb).await,
        Verb::Usage(usage) => usage::run(global, usage).await,
        Verb::Agents(verb) => agents::run(global, verb).await,
        #[cfg(feature = "playback")]
        Verb::Devices => devices::run(global),
        Verb::Doctor(doctor) => doctor::run(global, &doctor),
        Verb::Config(verb) => config::run(global, verb),
        Verb::Status => status::run(global).await,
        Verb::Mock(mock) => mock::run(mock).await,
        Verb::Api(api) => api::run(global, api).await,
        Verb::Bench(bench) => bench::run(global, bench).await,
        Verb::Completions(completions) => completions::run(&completions),
        Verb::Man(man) => man::run(&man),
        Verb::Complete(complete) => completions::complete(&complete).await,
    }
}
