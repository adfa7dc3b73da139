//! `proxy` and `replay`: recorded answers of the real service.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use crate::{Pace, Proxy, Recording, Replay};

/// A mode of the program in place of simulated answers.
#[derive(Debug, Clone, clap::Subcommand)]
#[non_exhaustive]
pub enum MockVerb {
    /// Forward everything to the real service, and record it
    Proxy(ProxyArgs),
    /// Answer requests from a recording, without the service
    Replay(ReplayArgs),
}

/// The options of `proxy`.
#[derive(Debug, Clone, clap::Args)]
#[non_exhaustive]
pub struct ProxyArgs {
    /// Base URL of the service; callers bring their own keys
    #[arg(long, default_value = "https://api.cartesia.ai", value_name = "URL")]
    pub upstream: String,

    /// File to record to, as lines of JSON, for replay. It contains transcripts and audio, but no keys; an
    /// existing file is replaced
    #[arg(long, value_name = "FILE")]
    pub record: PathBuf,

    /// Port to listen on; 0 is any free one
    #[arg(long, default_value_t = 8745, value_name = "PORT")]
    pub port: u16,

    /// Address to listen on
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into(), value_name = "ADDRESS")]
    pub bind: IpAddr,
}

/// The options of `replay`.
#[derive(Debug, Clone, clap::Args)]
#[non_exhaustive]
pub struct ReplayArgs {
    /// File that proxy recorded
    #[arg(value_name = "FILE")]
    pub recording: PathBuf,

    /// Speed of the answers: fast, real-time (as it was recorded), or a factor such as 4x
    #[arg(long, default_value = "fast", value_name = "PACE")]
    pub pace: Pace,

    /// Port to listen on; 0 is any free one
    #[arg(long, default_value_t = 8745, value_name = "PORT")]
    pub port: u16,

    /// Address to listen on
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into(), value_name = "ADDRESS")]
    pub bind: IpAddr,
}

impl MockVerb {
    /// Serves until Ctrl-C.
    pub(super) async fn run(self) -> io::Result<()> {
        match self {
            Self::Proxy(args) => {
                let builder = Proxy::builder(args.upstream, args.record)
                    .bind((args.bind, args.port))
                    // A closed log is no reason to stop serving.
                    .observe(|line| drop(writeln!(io::stderr(), "{line}")));
                let proxy = builder.start().await?;
                announce(&proxy.url())?;
                tokio::signal::ctrl_c().await?;
                proxy.shutdown().await;
            }
            Self::Replay(args) => {
                let recording = Recording::read(args.recording)
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
                let builder = Replay::builder(recording)
                    .bind((args.bind, args.port))
                    .pace(args.pace);
                let replay = builder.start().await?;
                announce(&replay.url())?;
                tokio::signal::ctrl_c().await?;
                replay.shutdown().await;
            }
        }
        Ok(())
    }
}

fn announce(url: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {url}")?;
    stdout.flush()
}
