//! `cargo xtask sound`: real playback and recording through a virtual sound card.
//!
//! The tests in `crates/cartesia-audio/tests/sound.rs` play and record; what came out of the card is
//! compared here with what was sent, sample by sample.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: results go to stdout, progress to stderr"
)]

mod program;
mod rig;
mod scenario;
mod signal;
mod verify;

use std::process::ExitCode;
use std::time::Instant;

use program::Programs;
use rig::Rig;
use scenario::{Outcome, SCENARIOS, Scenario, Sound};
use xtask::{Result, shell};

/// Runs of a scenario before it fails for silence where none was to be. A machine that is busy with
/// other things starves the card now and then, two runs in a row too.
const TRIES: usize = 4;

/// Runs in which the card may lose what it held when it starved. What is missing elsewhere fails at once.
const LOSSES: usize = 1;

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
    if matches!(arguments, [flag] if flag == "--bench") {
        return bench();
    }
    let chosen = chosen(arguments)?;
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

/// Measures the player beside a bare loop, on the virtual sound card.
fn bench() -> Result {
    let program = program::bench()?;
    let rig = Rig::start()?;
    shell::run(rig.client(program).arg("--bench"))
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
    until_whole(scenario.name, || (scenario.run)(rig, programs))
}

/// Tries until all of the sound is there as it was to be, and says of every try why it was not the
/// last.
fn until_whole(name: &str, mut run: impl FnMut() -> Result<Outcome>) -> Result<String> {
    let (mut before, mut losses) = (Vec::new(), 0);
    loop {
        let Outcome { summary, sound } = run()?;
        let what = match sound {
            Sound::Whole => return Ok(with_tries(summary, &before)),
            Sound::Parted => "the card starved",
            Sound::Lost => "the card starved and lost what it held",
        };
        losses += usize::from(sound == Sound::Lost);
        let observed = format!("{what}: {summary}");
        if losses > LOSSES || before.len() + 1 == TRIES {
            return Err(with_tries(observed, &before).into());
        }
        println!("{name:<16} RETRIED because {observed}");
        before.push(observed);
    }
}

fn with_tries(observed: String, before: &[String]) -> String {
    match before.len() {
        0 => observed,
        tries => format!("{observed}; RETRIED {tries} times, see above"),
    }
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

    fn tried(sounds: &[Sound]) -> Result<String> {
        let mut tries = sounds.iter().enumerate();
        until_whole("noise", || {
            let (number, sound) = tries.next().ok_or("it was tried too often")?;
            Ok(Outcome {
                summary: format!("try {number}"),
                sound: *sound,
            })
        })
    }

    #[test]
    fn what_the_card_did_is_tried_again_a_few_times_and_reported() {
        use Sound::{Lost, Parted, Whole};

        assert_eq!(tried(&[Whole]).unwrap(), "try 0");
        let observed = tried(&[Parted, Lost, Parted, Whole]).unwrap();
        assert_eq!(observed, "try 3; RETRIED 3 times, see above");
        let error = tried(&[Parted; 4]).unwrap_err().to_string();
        assert!(error.starts_with("the card starved: try 3"), "{error}");
        for losses in [&[Lost, Lost][..], &[Lost, Parted, Lost]] {
            let error = tried(losses).unwrap_err().to_string();
            assert!(error.contains("lost what it held"), "{error}");
        }
    }

    #[test]
    fn what_fails_is_not_tried_again() {
        let mut runs = 0;
        let outcome = until_whole("noise", || {
            runs += 1;
            Err("lost".into())
        });
        assert!(outcome.is_err());
        assert_eq!(runs, 1);
    }
}
