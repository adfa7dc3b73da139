//! The driver of our own client: the counterpart of the official clients' drivers, by the same
//! protocol and with the same inputs, so that what it sends can be held against what they send.
//!
//! `conformance/README.md` describes the protocol. The version of the API is in `CARTESIA_VERSION`;
//! the rest of the environment is what `Client::from_env` reads.

mod calls;
mod checks;
mod inputs;
mod protocol;

use std::io::{self, BufRead as _, Write as _};
use std::time::Duration;

use cartesia::{ApiVersion, Client};

use calls::{SCRIPTS, Script, Use};
use checks::Checks;
use inputs::Inputs;
use protocol::{Ask, Hello, Reply};

/// Anything can go wrong in a script; only the message of the error matters.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Less than a driver is given for a call: what hangs is named, and the driver lives on.
const LIMIT: Duration = Duration::from_secs(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let client = Client::from_env()?;
    let version = client.api_version();
    let inputs = Inputs::read()?;
    let scripts: Vec<&Script> = SCRIPTS
        .iter()
        .filter(|script| script.versions.contains(version))
        .collect();
    say(&Hello::new(
        version,
        scripts.iter().map(|script| script.name),
    ))?;
    for line in io::stdin().lock().lines() {
        let ask: Ask = serde_json::from_str(&line?)?;
        let script = scripts.iter().find(|script| script.name == ask.call);
        let reply = match script {
            None => Reply::Unscripted,
            Some(script) => play(script, &client, version, &inputs).await,
        };
        say(&reply)?;
    }
    Ok(())
}

async fn play(script: &Script, client: &Client, version: ApiVersion, inputs: &Inputs) -> Reply {
    let mut call = Use {
        client,
        version,
        inputs,
        checks: Checks::default(),
    };
    match tokio::time::timeout(LIMIT, (script.run)(&mut call)).await {
        Ok(Ok(())) => Reply::Ok {
            checked: call.checks.into_list(),
        },
        Ok(Err(error)) => Reply::failed(&*error),
        Err(_) => Reply::Failed {
            error: format!("it took more than {LIMIT:?}"),
        },
    }
}

fn say(line: &impl serde::Serialize) -> Result {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, line)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}
