//! `completions`: what a shell needs to complete our command lines.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::Failure;

/// Prints a completion script, to be sourced or put where the shell looks for it.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(completions: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        completions.shell,
        &mut Cli::command(),
        "cartesia-rs",
        &mut script,
    );
    io::stdout()
        .write_all(&script)
        .map_err(|error| Failure::stdout(&error))
}
