//! Runs everything in turn, and writes what came out.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde::Serialize;
use xtask::{Result, shell};

use crate::cores::Cores;
use crate::official::Official;
use crate::scenario::{Client, Figures, Place, Run, Scenario, Transport};
use crate::server::Address;
use crate::{compile, picture, table};

const PAGE: &str = "docs/performance.md";
const PICTURE: &str = "docs/pictures/performance.svg";
/// The tables of the page stand between these lines.
const BEGIN: &str = "<!-- written by `cargo xtask bench --write` -->\n";
const COMPILED: &str = "<!-- written by `cargo xtask bench --compile --write` -->\n";
const END: &str = "<!-- end -->\n";

struct Arguments {
    rounds: usize,
    /// Only runs whose name has this in it.
    only: Option<String>,
    json: Option<String>,
    /// Write the table and the picture to the documents.
    write: bool,
    /// Measure what it takes to compile, and nothing else.
    compile: bool,
    /// Measure the official clients, too.
    official: bool,
}

impl Arguments {
    fn read(words: &[String]) -> Result<Self> {
        let mut read = Self {
            rounds: 5,
            only: None,
            json: None,
            write: false,
            compile: false,
            official: false,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--write" => read.write = true,
                "--compile" => read.compile = true,
                "--official" => read.official = true,
                _ => read.with_value(word, words.next())?,
            }
        }
        Ok(read)
    }

    fn with_value(&mut self, word: &str, value: Option<&String>) -> Result {
        let value = value.ok_or_else(|| format!("`{word}` is unknown, or needs a value"))?;
        match word {
            "--rounds" => self.rounds = value.parse()?,
            "--only" => self.only = Some(value.clone()),
            "--json" => self.json = Some(value.clone()),
            _ => return Err(format!("unexpected argument `{word}`").into()),
        }
        if self.rounds == 0 {
            return Err("`--rounds` is at least 1".into());
        }
        Ok(())
    }
}

/// The server, which ends with this.
struct Server {
    child: Child,
    address: Address,
}

impl Server {
    fn start(program: &Path) -> Result<Self> {
        let mut child = Command::new(program)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = serde_json::from_str(&line)?;
        Ok(Self { child, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One line of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) run: Run,
    pub(crate) figures: Figures,
    /// CPU time, or waiting for first audio, as a multiple of the floor.
    pub(crate) ratio: f64,
}

pub(crate) fn run(words: &[String]) -> Result {
    let arguments = Arguments::read(words)?;
    if arguments.compile {
        let table = compile::table()?;
        println!("{table}");
        if arguments.write {
            write_table(COMPILED, &table)?;
        }
        return Ok(());
    }
    let program = std::env::current_exe()?;
    let server = Server::start(&program)?;
    let cores = Cores::allowed()?;
    let wanted = |run: &Run| {
        let name = name(*run);
        arguments
            .only
            .as_ref()
            .is_none_or(|only| name.contains(only.as_str()))
    };
    let official = if arguments.official {
        Official::install()
    } else {
        eprintln!("skipped: the official clients; `--official` installs and measures them");
        Official::none()
    };
    let is_there = |run: &Run| match run.client {
        Client::Python | Client::JavaScript => official.has(run.client),
        _ => true,
    };
    // Whatever is a multiple of a floor needs that, too.
    let mut runs: Vec<Run> = Run::all()
        .into_iter()
        .filter(is_there)
        .filter(wanted)
        .collect();
    for run in runs.clone() {
        if !runs.contains(&run.floor()) {
            runs.insert(0, run.floor());
        }
    }
    let mut measured: HashMap<Run, Vec<Figures>> = HashMap::new();
    let rounds = |run: &Run| run.rounds(arguments.rounds);
    let most = runs.iter().map(rounds).max().unwrap_or_default();
    for round in 1..=most {
        eprintln!("round {round} of {most}");
        for run in runs.iter().filter(|run| round <= rounds(run)) {
            cores.keep_to(run.role())?;
            let mut client = match official.command(*run, &server.address) {
                Some(client) => client,
                None => ours(&program, *run, &server.address)?,
            };
            let figures =
                shell::query(&mut client).map_err(|error| format!("{}: {error}", name(*run)))?;
            measured
                .entry(*run)
                .or_default()
                .push(serde_json::from_str(&figures)?);
        }
    }
    drop(server);
    let medians: HashMap<Run, Figures> = measured
        .into_iter()
        .map(|(run, figures)| (run, median(&figures)))
        .collect();
    let lines: Vec<Line> = runs
        .iter()
        .map(|run| Line {
            run: *run,
            figures: medians[run],
            ratio: cost(*run, &medians[run]) / cost(*run, &medians[&run.floor()]),
        })
        .collect();
    let table = format!(
        "{}{}",
        table::circumstances(arguments.rounds, cores.count()),
        table::render(&lines)
    );
    println!("{table}");
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_string_pretty(&lines)?)?;
    }
    if arguments.write {
        write_table(BEGIN, &table)?;
        picture::draw(&lines, Path::new(PICTURE))?;
    }
    Ok(())
}

/// The process of a client that is a part of this program.
fn ours(program: &Path, run: Run, address: &Address) -> Result<Command> {
    let mut client = Command::new(program);
    client
        .arg("client")
        .arg(serde_json::to_string(address)?)
        .arg(serde_json::to_string(&run)?);
    Ok(client)
}

fn name(run: Run) -> String {
    format!(
        "{}, {}, {}, {}",
        run.scenario, run.transport, run.client, run.place
    )
}

/// The figure that is compared: waiting time where a user waits, CPU time elsewhere.
fn cost(run: Run, figures: &Figures) -> f64 {
    match run.scenario {
        Scenario::Requests | Scenario::Start(_) => figures.p50,
        _ => figures.cpu,
    }
}

fn median(figures: &[Figures]) -> Figures {
    let of = |get: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = figures.iter().map(get).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Figures {
        cpu: of(|it| it.cpu),
        faults_per_chunk: of(|it| it.faults_per_chunk),
        switches_per_chunk: of(|it| it.switches_per_chunk),
        p50: of(|it| it.p50),
        p99: of(|it| it.p99),
        memory: of(|it| it.memory),
        kept: of(|it| it.kept),
        trips: of(|it| it.trips),
    }
}

fn write_table(begin: &str, table: &str) -> Result {
    let page = std::fs::read_to_string(PAGE)?;
    std::fs::write(PAGE, with_table(&page, begin, table)?)?;
    Ok(())
}

/// The page with this table in place of the one that it has after `begin`.
fn with_table(page: &str, begin: &str, table: &str) -> Result<String> {
    let missing = || format!("{PAGE} has no place for the table");
    let (before, rest) = page.split_once(begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{begin}{table}\n{END}{after}"))
}

/// The runs that the picture shows, with what they are called there.
pub(crate) fn shown(lines: &[Line]) -> Vec<(String, f64)> {
    lines
        .iter()
        .filter(|line| {
            matches!(line.run.scenario, Scenario::Stream { .. }) && line.run.place == Place::Task
        })
        .map(|line| {
            let kilobytes = match line.run.scenario {
                Scenario::Stream { chunk } => chunk / 1024,
                _ => 0,
            };
            let transport = match line.run.transport {
                Transport::WebSocket => "WS",
                Transport::Sse => "SSE",
                Transport::None => "",
            };
            (
                format!("{transport} {kilobytes} kB, {}", line.run.client),
                line.ratio,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_floor_is_measured() {
        let runs = Run::all();
        for run in &runs {
            assert!(runs.contains(&run.floor()), "{}", name(*run));
            assert_eq!(run.floor().floor(), run.floor());
        }
    }

    #[test]
    fn the_table_replaces_the_one_before() {
        let page = format!("# A page\n{BEGIN}old\n{END}after\n{COMPILED}older\n{END}end\n");
        let new = with_table(&page, BEGIN, "new").unwrap();
        let both = with_table(&new, COMPILED, "newer").unwrap();
        assert_eq!(
            both,
            format!("# A page\n{BEGIN}new\n{END}after\n{COMPILED}newer\n{END}end\n")
        );
        assert!(with_table("# A page", BEGIN, "new").is_err());
    }

    #[test]
    fn a_median_is_in_the_middle() {
        let figures = [3.0, 1.0, 9.0].map(|cpu| Figures {
            cpu,
            ..Figures::default()
        });
        assert!((median(&figures).cpu - 3.0).abs() < f64::EPSILON);
    }
}
