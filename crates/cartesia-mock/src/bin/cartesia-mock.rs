//! An offline server of the Cartesia speech API.

use std::io::{self, Write as _};
use std::process::ExitCode;

use cartesia_mock::cli::{MockArgs, run};
use clap::Parser;

/// An offline server of the Cartesia speech API. Any key works.
#[derive(Debug, Parser)]
#[command(name = "cartesia-mock", version)]
struct Program {
    #[command(flatten)]
    args: MockArgs,
}

fn main() -> ExitCode {
    let Program { args } = Program::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime.and_then(|runtime| runtime.block_on(run(args))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If this fails, there is no place to report it.
            let _ = writeln!(io::stderr(), "cartesia-mock: {error}");
            ExitCode::FAILURE
        }
    }
}
