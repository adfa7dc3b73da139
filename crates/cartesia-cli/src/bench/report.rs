//! Figures of a bench, for people and for programs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::playback::Playback;
use crate::failure::Failure;
use crate::{print, table};

/// Everything that was measured; the order of the fields is part of the JSON.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) transport: &'static str,
    pub(super) requests: usize,
    pub(super) contexts: usize,
    /// Null unless they are WebSockets.
    pub(super) connections: Option<usize>,
    /// The time until all of them were open, before the first request.
    pub(super) connect_ms: Option<f64>,
    pub(super) ok: usize,
    pub(super) errors: BTreeMap<&'static str, usize>,
    pub(super) first_audio_ms: Option<Spread>,
    pub(super) lateness_ms: Option<Spread>,
    pub(super) underruns: u64,
    pub(super) bytes: u64,
    pub(super) audio_ms: f64,
    pub(super) wall_ms: f64,
    /// Seconds of audio for each second that passed.
    pub(super) throughput: f64,
    /// The CPU time of this process; null if it is unknown, or no audio came.
    pub(super) cpu_ms_per_audio_minute: Option<f64>,
}

/// The distribution of values.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

impl Spread {
    /// By nearest rank: each is a value that occurred. `None` without values.
    fn new(mut values: Vec<f64>) -> Option<Self> {
        values.sort_unstable_by(f64::total_cmp);
        let rank = |percent: usize| {
            let rank = (values.len() * percent).div_ceil(100).max(1);
            values.get(rank - 1).map(|value| round(*value))
        };
        Some(Self {
            p50: rank(50)?,
            p90: rank(90)?,
            p99: rank(99)?,
            max: rank(100)?,
        })
    }

    fn row(spread: Option<&Self>, name: &str) -> [String; 5] {
        let cell = |value: fn(&Self) -> f64| {
            spread.map_or_else(|| "-".to_owned(), |it| format!("{:.1}", value(it)))
        };
        [
            name.to_owned(),
            cell(|it| it.p50),
            cell(|it| it.p90),
            cell(|it| it.p99),
            cell(|it| it.max),
        ]
    }
}

/// Three places are more than a clock is good for.
fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

pub(super) fn millis(time: Duration) -> f64 {
    round(time.as_secs_f64() * 1e3)
}

impl Report {
    /// Adds up what was heard.
    pub(super) fn add(&mut self, heard: &[Playback], wall: Duration, cpu: Option<Duration>) {
        let audio: Duration = heard.iter().map(Playback::audio).sum();
        let lateness = heard.iter().flat_map(|it| it.lateness.iter().copied());
        self.first_audio_ms = Spread::new(heard.iter().filter_map(Playback::first_audio).collect());
        self.lateness_ms = Spread::new(lateness.collect());
        self.underruns = heard.iter().map(|it| it.underruns).sum();
        self.bytes = heard.iter().map(|it| it.bytes).sum();
        self.audio_ms = millis(audio);
        self.wall_ms = millis(wall);
        self.throughput = round(audio.as_secs_f64() / wall.as_secs_f64().max(f64::EPSILON));
        let minutes = audio.as_secs_f64() / 60.0;
        self.cpu_ms_per_audio_minute = cpu
            .filter(|_| minutes > 0.0)
            .map(|cpu| round(cpu.as_secs_f64() * 1e3 / minutes));
    }

    pub(super) fn print(&self, as_json: bool) -> Result<(), Failure> {
        if as_json {
            return print::json(self);
        }
        let spreads = [
            Spread::row(self.first_audio_ms.as_ref(), "first audio (ms)"),
            Spread::row(self.lateness_ms.as_ref(), "chunk lateness (ms)"),
        ];
        table::print(["", "P50", "P90", "P99", "MAX"], &spreads)?;
        print::line("")?;
        let requests = format!(
            "{} by {}, {} at once{}",
            self.requests,
            self.transport,
            self.contexts,
            match self.connections {
                Some(1) => " over 1 connection".to_owned(),
                Some(connections) => format!(" over {connections} connections"),
                None => String::new(),
            }
        );
        let mut rows = vec![["requests", &requests].map(str::to_owned)];
        let mut row = |name: &str, value: String| rows.push([name.to_owned(), value]);
        row("succeeded", self.ok.to_string());
        for (kind, count) in &self.errors {
            row(&format!("failed: {kind}"), count.to_string());
        }
        row("underruns", self.underruns.to_string());
        row("bytes", self.bytes.to_string());
        row("audio", format!("{:.1} s", self.audio_ms / 1e3));
        row("time", format!("{:.3} s", self.wall_ms / 1e3));
        row("audio per second", format!("{:.1} s", self.throughput));
        if let Some(connect) = self.connect_ms {
            row("connecting", format!("{connect:.1} ms"));
        }
        if let Some(cpu) = self.cpu_ms_per_audio_minute {
            row("CPU per minute of audio", format!("{cpu:.1} ms"));
        }
        table::print(["", "TOTAL"], &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_values_that_occurred() {
        let values = (1..=100).rev().map(f64::from).collect();
        let expected = Spread {
            p50: 50.0,
            p90: 90.0,
            p99: 99.0,
            max: 100.0,
        };
        assert_eq!(Spread::new(values), Some(expected));
        let one = Spread::new(vec![-2.5]).unwrap();
        assert_eq!((one.p50, one.p99, one.max), (-2.5, -2.5, -2.5));
        assert_eq!(Spread::new(Vec::new()), None);
    }
}
