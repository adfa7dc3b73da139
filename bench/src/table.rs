//! What was measured, as tables of ratios.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::report::Line;
use crate::scenario::{Client, Place, Scenario, Start, Transport};

/// A column, and what a line shows there. The line of the floor comes with it.
type Column = (&'static str, fn(&Line, &Line) -> String);

const CPU: Column = ("CPU / floor", |line, _| format!("{:.2}", line.ratio));
const FAULTS: Column = ("page faults per chunk", |line, _| {
    counted(line, line.figures.faults_per_chunk)
});
const SWITCHES: Column = ("context switches per chunk", |line, _| {
    counted(line, line.figures.switches_per_chunk)
});
const MEMORY: Column = ("private memory above the floor (MB)", |line, floor| {
    let above = line.figures.memory - floor.figures.memory;
    format!("{:.1}", above * 1.048_576)
});

fn columns(scenario: Scenario) -> &'static [Column] {
    match scenario {
        Scenario::Stream { .. } | Scenario::Transcription => &[CPU, FAULTS, SWITCHES, MEMORY],
        Scenario::Contexts { .. } => &[
            CPU,
            ("late, median / floor", |line, floor| {
                times(line.figures.p50, floor.figures.p50)
            }),
            ("late, p99 / floor", |line, floor| {
                times(line.figures.p99, floor.figures.p99)
            }),
            ("private memory (MB)", |line, _| {
                format!("{:.1}", line.figures.memory * 1.048_576)
            }),
        ],
        Scenario::Requests => &[
            ("wait, median / floor", |line, _| {
                format!("{:.2}", line.ratio)
            }),
            ("wait, p99 / floor", |line, floor| {
                times(line.figures.p99, floor.figures.p99)
            }),
            ("context switches per request", |line, _| {
                format!("{:.2}", line.figures.switches_per_chunk)
            }),
        ],
        Scenario::Stalled => &[("bytes kept for each unread byte", |line, _| {
            format!("{:.2}", line.figures.kept)
        })],
        Scenario::Start(_) => &[("round trips", |line, _| {
            format!("{:.1}", line.figures.trips)
        })],
        Scenario::Players { .. } => {
            &[("CPU / a bare ring", |line, _| format!("{:.2}", line.ratio))]
        }
        Scenario::Idle { .. } => &[
            ("CPU / not suspended", |line, _| {
                format!("{:.3}", line.ratio)
            }),
            ("% of a core", |line, _| {
                // Milliseconds of a minute.
                format!("{:.2}", line.figures.cpu / 600.0)
            }),
        ],
        Scenario::Conversion { .. } => &[("CPU / no conversion", |line, _| {
            format!("{:.2}", line.ratio)
        })],
    }
}

/// The official clients count no more than time and memory.
fn counted(line: &Line, figure: f64) -> String {
    match line.run.client {
        Client::Python | Client::JavaScript => "–".to_owned(),
        _ => format!("{figure:.3}"),
    }
}

fn times(value: f64, floor: f64) -> String {
    if floor > 0.0 {
        format!("{:.2}", value / floor)
    } else {
        "–".to_owned()
    }
}

/// What a line is called in its table.
fn name(line: &Line) -> String {
    let client = match (line.run.scenario, line.run.client) {
        (Scenario::Players { .. }, Client::Floor) => "a ring that a thread fills".to_owned(),
        (Scenario::Transcription, Client::Floor) => "send and drop".to_owned(),
        (_, client) => client.to_string(),
    };
    let where_or_when = match line.run.scenario {
        Scenario::Start(Start::Cold) => "first request of a client",
        Scenario::Start(Start::Again) => "second connection",
        Scenario::Start(Start::Prepared) => "first request, prewarmed",
        Scenario::Start(Start::Warm) => "open connection",
        Scenario::Idle { suspended: false } => "its device asks for silence",
        Scenario::Idle { suspended: true } => "its device is suspended",
        Scenario::Conversion { rate } => match rate {
            48_000 => "48 kHz",
            44_100 => "44.1 kHz",
            _ => "24 kHz",
        },
        Scenario::Players { .. } | Scenario::Stalled => "",
        _ if matches!(line.run.client, Client::Python | Client::JavaScript) => "",
        _ => match line.run.place {
            Place::Task => "in a task",
            Place::Main => "in main",
            Place::CurrentThread => "on one thread",
        },
    };
    let bold = if line.run.client == Client::Ours {
        "**"
    } else {
        ""
    };
    let comma = if where_or_when.is_empty() { "" } else { ", " };
    format!("{bold}{client}{comma}{where_or_when}{bold}")
}

/// A table for each scenario and transport.
pub(crate) fn render(lines: &[Line]) -> String {
    let mut table = String::new();
    let mut last = None;
    for line in lines {
        let title = match line.run.transport {
            Transport::None => line.run.scenario.to_string(),
            transport => format!("{}, {transport}", line.run.scenario),
        };
        let columns = columns(line.run.scenario);
        if last.as_ref() != Some(&title) {
            let heads: Vec<&str> = columns.iter().map(|column| column.0).collect();
            let rule = "---|".repeat(columns.len());
            let heads = heads.join(" | ");
            let _ = write!(
                table,
                "\n### {title}\n\n| client | {heads} |\n|---|{rule}\n"
            );
            last = Some(title);
        }
        let floor = lines.iter().find(|other| other.run == line.run.floor());
        let cells: Vec<String> = columns
            .iter()
            .map(|column| column.1(line, floor.unwrap_or(line)))
            .collect();
        let _ = writeln!(table, "| {} | {} |", name(line), cells.join(" | "));
    }
    table
}

/// When and on what this was measured.
pub(crate) fn circumstances(rounds: usize, cores: usize) -> String {
    format!(
        "Measured on {} in a release build, {rounds} rounds, on a machine with {cores} cores ({}, {}).\n",
        today(),
        std::env::consts::ARCH,
        std::env::consts::OS,
    )
}

fn today() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    date(now.map_or(0, |now| now.as_secs() / 86_400))
}

/// The date of a day, counted from 1970.
fn date(days: u64) -> String {
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Figures, Run};

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (364, "1970-12-31"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (19_722, "2023-12-31"),
            (20_786, "2026-11-29"),
        ] {
            assert_eq!(date(days), expected);
        }
    }

    /// Each run is in a table whose columns it has.
    #[test]
    fn every_run_has_a_line() {
        let lines: Vec<Line> = Run::all()
            .into_iter()
            .map(|run| Line {
                run,
                figures: Figures::default(),
                ratio: 1.0,
            })
            .collect();
        let table = render(&lines);
        let rows = table.lines().filter(|line| line.starts_with("| "));
        let titles = table.lines().filter(|line| line.starts_with("### "));
        assert_eq!(rows.count(), lines.len() + titles.count());
    }
}
