//! `cargo xtask conformance`: clients that others wrote, used whole against the mock server.
//!
//! `conformance/README.md` says what is tried and how a client is added. A driver, in the language
//! of its client, finds every method by reflection and knows how to use each ([`protocol`]); the
//! mock server writes down what it was asked ([`journal`]); what went wrong is an entry with a reason
//! ([`explained`]), or the run fails.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: results go to stdout, progress to stderr"
)]

mod clients;
mod compare;
mod driver;
mod environment;
mod explained;
mod frames;
mod http;
mod journal;
mod matrix;
mod mutation;
mod protocol;
mod proxy;
mod report;
mod run;
mod server;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use clients::Client;
use compare::{Compared, Inputs};
use environment::{Folders, Program};
use explained::{Explanation, Judgement, Kind};
use run::{Bench, Run};
use xtask::metadata::Metadata;
use xtask::{Result, shell};

/// What makes a mock server take examples for identifiers.
const LENIENT: &str = "--lenient";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Arguments {
    /// A part of the names of the clients that are tried; all without.
    client: Option<String>,
    /// Where everything is written for other programs.
    json: Option<PathBuf>,
    /// Whether to break every name in every answer, one by one, and do nothing else.
    survey: bool,
}

impl Arguments {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut read = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let value = || format!("`{word}` needs a value");
            match word.as_str() {
                "--client" => read.client = Some(words.next().ok_or_else(value)?.clone()),
                "--json" => read.json = Some(words.next().ok_or_else(value)?.into()),
                "--survey" => read.survey = true,
                _ => return Err(format!("unexpected argument `{word}`").into()),
            }
        }
        Ok(read)
    }
}

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
    let arguments = Arguments::read(arguments)?;
    let metadata = Metadata::load()?;
    let folders = Folders {
        source: metadata.workspace_root.join("conformance"),
        target: metadata.target_directory.join("conformance"),
    };
    let clients = clients::read(&text(&folders, "clients.toml")?)
        .map_err(|error| format!("conformance/clients.toml: {error}"))?;
    let clients = clients::chosen(clients, arguments.client.as_deref())?;
    let clients = reachable(clients, arguments.client.is_some());
    let entries = explained::read(&text(&folders, "explained.toml")?)
        .map_err(|error| format!("conformance/explained.toml: {error}"))?;
    let bench = Bench {
        mock: environment::build("cartesia-mock", &["cli"])?,
        folders,
    };
    if arguments.survey {
        return survey(&clients, &bench);
    }
    let inputs = Inputs::new(&serde_json::from_str(&std::fs::read_to_string(
        bench.inputs(),
    )?)?);
    let (runs, broken) = all(&clients, &bench)?;
    let compared = compare::compare(&runs, &inputs);
    let judgement = judge(&runs, &compared, &entries);
    print!("{}", summary(&runs, &compared, &judgement));
    if let Some(path) = &arguments.json {
        std::fs::write(path, report::json(&runs, &judgement)?)?;
    }
    if !broken.is_empty() {
        return Err(format!("could not be tried: {}", broken.join("; ")).into());
    }
    if !judgement.is_green() {
        let (missing, stale) = (judgement.unexplained.len(), judgement.stale.len());
        return Err(
            format!("{missing} unexplained, {stale} explained that no longer happen").into(),
        );
    }
    // Last: what is wrong without a lie is not noticed for the lie.
    let mut missed = answers(&clients, &bench)?;
    missed.extend(strictness(&clients, &bench)?);
    missed.extend(requests(&runs, &inputs, &entries, &bench)?);
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!("this would not have been noticed: {}", missed.join("; ")).into())
    }
}

/// Leaves out clients whose repository cannot be reached, unless one was asked for by its name: that is then an
/// error. The registries of packages are needed in any case.
fn reachable(clients: Vec<Client>, is_named: bool) -> Vec<Client> {
    let is_there = |client: &Client| {
        let is_there = is_named || environment::is_reachable(client);
        if !is_there {
            eprintln!(
                "left out, because its repository cannot be reached: {}",
                client.name
            );
        }
        is_there
    };
    clients.into_iter().filter(is_there).collect()
}

/// What would not be noticed if the mock server had wrong names in its answers.
fn answers(clients: &[Client], bench: &Bench) -> Result<Vec<String>> {
    let mut missed = Vec::new();
    for (name, lies) in mutation::TARGETS {
        let Some(client) = named(clients, name) else {
            continue;
        };
        let program = bench.prepare(client)?;
        let noticed = mutation::answers(bench.set_up(client, program, "answers")?, lies)?;
        println!("\nwrong names in answers to {name}: {noticed}");
        missed.extend(noticed.missed);
    }
    Ok(missed)
}

/// Programs that would be content with a server that refuses what they ask. Some of their calls have no
/// identifiers in them; most have.
fn strictness(clients: &[Client], bench: &Bench) -> Result<Vec<String>> {
    let mut missed = Vec::new();
    for client in clients {
        let strict = Client {
            server: client
                .server
                .iter()
                .filter(|argument| *argument != LENIENT)
                .cloned()
                .collect(),
            ..client.clone()
        };
        if strict == *client {
            continue;
        }
        let program = bench.prepare(client)?;
        let noticed = mutation::strictness(&bench.set_up(&strict, program, "strictness")?)?;
        println!("{} with a strict server: {noticed}", client.name);
        if noticed.missed.len() * 2 > noticed.tried {
            missed.push(format!("{}: a server that refuses", client.name));
        }
    }
    Ok(missed)
}

/// What would not be noticed if our client had wrong names in its requests.
fn requests(
    runs: &[Run],
    inputs: &Inputs,
    entries: &[Explanation],
    bench: &Bench,
) -> Result<Vec<String>> {
    let run = |name| runs.iter().find(|run: &&Run| run.client.name == name);
    let (Some(theirs), Some(ours)) = (run(mutation::LIED_TO), run(mutation::LYING)) else {
        return Ok(Vec::new());
    };
    // Only the call itself: what is wrong in it may be right in another.
    let only = |run: &Run, call: &str| {
        let mut only = run.clone();
        only.calls.retain(|own| own.canonical == call);
        only
    };
    let finds = |call: &str, lie| {
        let mut lying = only(ours, call);
        if let (Some(own), Some(recorded)) = (lying.calls.first_mut(), lie) {
            own.recorded = recorded;
        }
        let compared = compare::compare(&[only(theirs, call), lying], inputs);
        !judge(&[], &compared, entries).unexplained.is_empty()
    };
    let program = bench.prepare(&ours.client)?;
    let setting = bench.set_up(&ours.client, program, "requests")?;
    let noticed = mutation::requests(setting, finds)?;
    println!("wrong names in requests of ours: {noticed}");
    Ok(noticed.missed)
}

fn named<'c>(clients: &'c [Client], name: &str) -> Option<&'c Client> {
    clients.iter().find(|client| client.name == name)
}

fn survey(clients: &[Client], bench: &Bench) -> Result {
    let client =
        named(clients, mutation::LIED_TO).ok_or("the survey is of the newest Python client")?;
    let program = bench.prepare(client)?;
    let noticed = mutation::survey(bench.set_up(client, program, "survey")?)?;
    for missed in &noticed.missed {
        println!("{missed}");
    }
    println!("{noticed}");
    Ok(())
}

fn text(folders: &Folders, name: &str) -> Result<String> {
    let path = folders.source.join(name);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Installs the clients one after the other, then lets as many run at once as there are processors.
/// Beside the runs it says which clients could not be tried, and why.
fn all(clients: &[Client], bench: &Bench) -> Result<(Vec<Run>, Vec<String>)> {
    let mut todo: VecDeque<(usize, &Client, Program)> = VecDeque::new();
    for (index, client) in clients.iter().enumerate() {
        todo.push_back((index, client, bench.prepare(client)?));
    }
    let todo = Mutex::new(todo);
    let next = || {
        todo.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    };
    let work = || {
        let mut done = Vec::new();
        while let Some((index, client, program)) = next() {
            let start = Instant::now();
            // Errors of this program cannot leave a thread.
            let outcome = run::run(client, program, bench)
                .map_err(|error| format!("{}: {error}", client.name));
            let seconds = start.elapsed().as_secs_f64();
            eprintln!("conformance: {} took {seconds:.1} s", client.name);
            done.push((index, outcome));
        }
        done
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut outcomes = Vec::new();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            outcomes.extend(worker.join().map_err(|_| "a worker ended early")?);
        }
        Ok::<_, &str>(())
    })?;
    outcomes.sort_by_key(|(index, _)| *index);
    let (mut runs, mut broken) = (Vec::new(), Vec::new());
    for (_, outcome) in outcomes {
        match outcome {
            Ok(run) => runs.push(run),
            Err(error) => broken.push(error),
        }
    }
    Ok((runs, broken))
}

fn judge(runs: &[Run], compared: &[Compared], entries: &[Explanation]) -> Judgement {
    let differences = compared.iter().flat_map(|one| one.findings.clone());
    let findings = runs.iter().flat_map(Run::findings).chain(differences);
    let ran: Vec<String> = runs.iter().map(|run| run.client.name.clone()).collect();
    explained::judge(
        findings.collect(),
        entries,
        &ran,
        &[Kind::Defect, Kind::Difference],
    )
}

fn summary(runs: &[Run], compared: &[Compared], judgement: &Judgement) -> String {
    let mut text = format!("\n{}\n", matrix::table(runs, judgement));
    let _ = writeln!(text, "{}", compare::table::table(compared, judgement));
    text += &explanations(judgement);
    for finding in &judgement.unexplained {
        let _ = writeln!(text, "MISS   {finding}");
    }
    for entry in &judgement.stale {
        let _ = writeln!(text, "STALE  {entry}");
    }
    text += &matrix::counts(runs, judgement);
    text + &compare::table::counts(compared)
}

/// Each reason once, with what it explains.
fn explanations(judgement: &Judgement) -> String {
    let mut by_reason: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (finding, reason) in &judgement.explained {
        let what = format!("{}: {}", finding.client, finding.call);
        by_reason.entry(reason).or_default().insert(what);
    }
    let mut text = String::new();
    for (reason, calls) in by_reason {
        let _ = writeln!(text, "explained: {}", reason.trim());
        for call in calls {
            let _ = writeln!(text, "    {call}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Arguments::read(&words)
    }

    #[test]
    fn arguments_are_read() {
        assert_eq!(read(&[]).unwrap(), Arguments::default());
        let both = read(&["--client", "4.2.0", "--json", "a.json"]).unwrap();
        assert_eq!(both.client.as_deref(), Some("4.2.0"));
        assert_eq!(both.json, Some("a.json".into()));
        assert!(read(&["--survey"]).unwrap().survey);
        assert!(read(&["--client"]).is_err());
        assert!(read(&["4.2.0"]).is_err());
    }
}
