//! `cargo xtask bench`: what the client costs beside the transport that it runs on.
//!
//! A server in a process of its own sends speech that was framed before. Each client is a process, too, and
//! counts its own CPU time, page faults and context switches; the clients run in turn, so that whatever else the
//! machine does meets all of them alike. The figures are medians, and ratios to a loop on the same transport that
//! reads and drops: those are alike on every machine, times are not.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: results go to stdout, progress to stderr"
)]

mod by_hand;
mod client;
mod compile;
mod cores;
mod flood;
mod official;
mod picture;
mod players;
mod report;
mod scenario;
mod server;
mod slow;
mod sse;
mod stalled;
mod start;
mod table;
mod transcription;
mod usage;
mod websocket;

use std::process::ExitCode;

use xtask::Result;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result {
    match arguments.first().map(String::as_str) {
        Some("serve") => server::serve(),
        Some("client") => client::run(&arguments[1..]),
        _ => report::run(arguments),
    }
}
