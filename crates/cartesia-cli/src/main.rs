//! `cartesia-rs`: Cartesia speech on the command line.
//!
//! stdout carries data and stderr what is meant for people; `--json` makes both readable for
//! programs. The verbs, flags, exit codes and JSON are a contract.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this program does"
)]

mod accents;
mod account;
mod agents;
mod api;
mod args;
mod bench;
mod change_voice;
mod completions;
mod connect;
mod datasets;
#[cfg(feature = "playback")]
mod devices;
mod dicts;
mod doctor;
mod download;
mod embeddings;
mod env_file;
mod failure;
mod files;
mod fine_tunes;
mod logging;
mod mock;
mod playback;
mod progress;
mod receive;
mod show;
mod speak;
mod status;
mod table;
mod token;
mod transcribe;
mod upload;
mod usage;
mod voice_changes;
mod voices;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Verb};
use crate::env_file::EnvFile;
use crate::failure::Failure;

fn main() -> ExitCode {
    // A usage error ends here, with exit code 2.
    let mut cli = Cli::parse();
    logging::init();
    cli.global.env_file = EnvFile::load();
    let json = cli.global.json || matches!(&cli.verb, Verb::Speak(speak) if speak.report);
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

/// Two threads: writing a file may take its time, and a WebSocket has to be read and its pings answered
/// all the same.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn run(cli: Cli) -> Result<(), Failure> {
    match cli.verb {
        Verb::Speak(speak) => speak::run(&cli.global, speak).await,
        Verb::Voices(verb) => voices::run(&cli.global, verb).await,
        Verb::Token(token) => token::run(&cli.global, token).await,
        Verb::Transcribe(transcribe) => transcribe::run(&cli.global, transcribe).await,
        Verb::ChangeVoice(change) => change_voice::run(&cli.global, change).await,
        Verb::Infill(infill) => change_voice::infill(&cli.global, infill).await,
        Verb::Files(verb) => files::run(&cli.global, verb).await,
        Verb::Dicts(verb) => dicts::run(&cli.global, verb).await,
        Verb::Datasets(verb) => datasets::run(&cli.global, verb).await,
        Verb::FineTunes(verb) => fine_tunes::run(&cli.global, verb).await,
        Verb::Account(verb) => account::run(&cli.global, verb).await,
        Verb::Usage(usage) => usage::run(&cli.global, usage).await,
        Verb::Agents(verb) => agents::run(&cli.global, verb).await,
        #[cfg(feature = "playback")]
        Verb::Devices => devices::run(&cli.global),
        Verb::Doctor => doctor::run(&cli.global),
        Verb::Status => status::run(&cli.global).await,
        Verb::Mock(mock) => mock::run(mock).await,
        Verb::Api(api) => api::run(&cli.global, api).await,
        Verb::Bench(bench) => bench::run(&cli.global, bench).await,
        Verb::Completions(completions) => completions::run(&completions),
    }
}
