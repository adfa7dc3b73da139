//! `cargo xtask sound`: real playback and recording through a virtual sound card.
//!
//! The tests in `crates/cartesia-audio/tests/sound.rs` play and record; what came out of the card is
//! compared here with what was sent, sample by sample.

mod program;
mod rig;
mod scenario;
mod signal;
mod verify;

use std::time::Instant;

use crate::{Result, setup};
use program::Programs;
use rig::Rig;
use scenario::{Outcome, SCENARIOS, Scenario};

/// Where the sound has to be in one piece, it may have a gap once: a machine that is busy with other
/// things starves the card. Every sample has to be there always.
const TRIES: u32 = 2;

pub(crate) fn run(arguments: &[String]) -> Result {
    let chosen = chosen(arguments)?;
    setup::run(&[])?;
    setup::sound()?;
    // Before the card is there: it would be gone when it is not used for long.
    let programs = Programs::build()?;
    let mut rig = Rig::start()?;
    let mut failed = Vec::new();
    for scenario in chosen {
        let start = Instant::now();
        let line = match attempt(scenario, &mut rig, &programs) {
            Ok(summary) => format!("ok      {summary}"),
            Err(error) => {
                failed.push(scenario.name);
                // Whatever state it left the card in, the next one gets a new one. The old one
                // ends before: they have the same folder.
                drop(rig);
                rig = Rig::start()?;
                format!("FAILED  {error}")
            }
        };
        println!(
            "{:<16} {:>5.1} s  {line}",
            scenario.name,
            start.elapsed().as_secs_f64()
        );
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")).into())
    }
}

/// The scenarios that are named, or all.
fn chosen(names: &[String]) -> Result<Vec<&'static Scenario>> {
    if names.is_empty() {
        return Ok(SCENARIOS.iter().collect());
    }
    let find = |name: &String| {
        SCENARIOS
            .iter()
            .find(|scenario| scenario.name == name)
            .ok_or_else(|| {
                let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
                format!("there is no `{name}` among: {}", names.join(", ")).into()
            })
    };
    names.iter().map(find).collect()
}

fn attempt(scenario: &Scenario, rig: &mut Rig, programs: &Programs) -> Result<String> {
    let mut last = String::new();
    for _ in 0..TRIES {
        let Outcome {
            summary,
            contiguous,
        } = (scenario.run)(rig, programs)?;
        if contiguous {
            return Ok(summary);
        }
        last = summary;
    }
    Err(format!("it was not in one piece in {TRIES} tries: {last}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_chosen_by_name() {
        assert_eq!(chosen(&[]).unwrap().len(), SCENARIOS.len());
        assert_eq!(chosen(&["stall".to_owned()]).unwrap()[0].name, "stall");
        let error = chosen(&["stal".to_owned()]).err().unwrap().to_string();
        assert!(error.contains("stall"), "{error}");
    }
}
