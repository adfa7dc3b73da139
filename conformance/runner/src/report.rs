//! Everything that a run found, for other programs.

use serde::Serialize;

use super::explained::{Finding, Judgement};
use super::matrix::Mark;
use super::protocol::{Mode, Outcome};
use super::run::Run;
use crate::Result;

#[derive(Serialize)]
struct Report<'a> {
    clients: Vec<Client<'a>>,
    explained: Vec<Explained<'a>>,
    unexplained: &'a [Finding],
    stale: &'a [String],
}

#[derive(Serialize)]
struct Client<'a> {
    name: &'a str,
    api_version: &'a str,
    calls: Vec<Call<'a>>,
}

#[derive(Serialize)]
struct Call<'a> {
    name: &'a str,
    mode: Mode,
    canonical: &'a str,
    #[serde(flatten)]
    outcome: &'a Outcome,
    explained: bool,
    recorded: &'a [serde_json::Value],
}

#[derive(Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    reason: &'a str,
}

/// As one JSON object.
pub(super) fn json(runs: &[Run], judgement: &Judgement) -> Result<String> {
    let client = |run| client(run, judgement);
    let report = Report {
        clients: runs.iter().map(client).collect(),
        explained: judgement
            .explained
            .iter()
            .map(|(finding, reason)| Explained { finding, reason })
            .collect(),
        unexplained: &judgement.unexplained,
        stale: &judgement.stale,
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

fn client<'a>(run: &'a Run, judgement: &Judgement) -> Client<'a> {
    let calls = run.calls.iter().map(|call| Call {
        name: &call.name,
        mode: call.mode,
        canonical: &call.canonical,
        outcome: &call.outcome,
        explained: Mark::of(run, call, judgement) == Mark::Explained,
        recorded: &call.recorded,
    });
    Client {
        name: &run.client.name,
        api_version: &run.client.api_version,
        calls: calls.collect(),
    }
}
