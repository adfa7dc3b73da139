//! `cartesia-rs`: Cartesia speech on the command line.
//!
//! stdout carries data and stderr what is meant for people; `--json` makes both readable for
//! programs. The verbs, flags, exit codes and JSON are a contract.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this program does"
)]

mod agents;
mod args;
mod connect;
mod failure;
mod mock;
mod speak;
mod table;
mod voices;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Verb};
use crate::failure::Failure;

fn main() -> ExitCode {
    // A usage error ends here, with exit code 2.
    let cli = Cli::parse();
    init_logging();
    let json = cli.global.json || matches!(&cli.verb, Verb::Speak(speak) if speak.report);
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(cli: Cli) -> Result<(), Failure> {
    match cli.verb {
        Verb::Speak(speak) => speak::run(&cli.global, speak).await,
        Verb::Voices(verb) => voices::run(&cli.global, verb).await,
        Verb::Agents(verb) => agents::run(&cli.global, verb).await,
        Verb::Mock(mock) => mock::run(mock).await,
    }
}

/// `RUST_LOG` switches logging on; it goes to stderr.
fn init_logging() {
    use tracing_subscriber::EnvFilter;
    if std::env::var_os(EnvFilter::DEFAULT_ENV).is_some() {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::from_default_env())
            .with_writer(std::io::stderr)
            .init();
    }
}
