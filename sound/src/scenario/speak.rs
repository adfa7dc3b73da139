//! The command line, with its embedded server.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{LIMIT, Outcome, Sound, TAIL};
use crate::program::{Program, Programs};
use crate::rig::{Capture, Rig, SPEAKER};
use crate::signal::{self, RATE};
use crate::{Result, shell};

/// Quieter than this is silence: the server hums much louder.
const AUDIBLE: i16 = 300;

fn command(rig: &Rig, programs: &Programs, text: &str) -> Command {
    let mut command = rig.client(&programs.command_line);
    for name in ["CARTESIA_API_KEY", "CARTESIA_BASE_URL", "CARTESIA_VERSION"] {
        command.env_remove(name);
    }
    command.args(["speak", "--report", text]);
    command
}

/// Frames that are not silent.
pub(super) fn audible(captured: &[u8]) -> usize {
    let audible = |sample: &&i16| sample.abs() > AUDIBLE;
    signal::channel(captured, 2, 0)
        .iter()
        .filter(audible)
        .count()
}

pub(super) fn plays(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let capture = rig.listen(SPEAKER)?;
    let log = Program::spawn(&mut command(rig, programs, "One, two, three"))?.finish(LIMIT)?;
    let loud = audible(&capture.stop_after(TAIL)?);
    let report = log.lines().last().unwrap_or_default();
    if !report.contains("\"outcome\":\"ok\"") {
        return Err(format!("it did not play well: {log}").into());
    }
    if loud < RATE as usize / 4 {
        return Err(format!("only {loud} frames are heard of what it says: {report}").into());
    }
    Ok(Outcome {
        sound: if report.contains("\"underruns\":0}") {
            Sound::Whole
        } else {
            Sound::Parted
        },
        ..Outcome::good(report)
    })
}

/// Ctrl-C: it fades out, and says by its exit code that it was interrupted.
pub(super) fn is_interrupted(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let capture = rig.listen(SPEAKER)?;
    let sentence = "This sentence is repeated until the people here are tired of it. ";
    let mut program = Program::spawn(&mut command(rig, programs, &sentence.repeat(5)))?;
    wait_for_sound(&capture)?;
    interrupt(&program)?;
    let interrupted = Instant::now();
    let code = program.exit_code(LIMIT)?;
    let took = interrupted.elapsed();
    if code != Some(130) {
        return Err(format!("it ended with {code:?}, not with 130").into());
    }
    if took > Duration::from_secs(2) {
        return Err(format!("it took {took:?} to end").into());
    }
    // What was in the card is over by then.
    let captured = capture.stop_after(TAIL * 2)?;
    let last = &captured[captured.len() - RATE as usize / 10 * 4..];
    if audible(last) > 0 {
        return Err("it is still heard".into());
    }
    Ok(Outcome::good(format!(
        "ended with 130 after {} ms",
        took.as_millis()
    )))
}

/// Does what Ctrl-C does.
pub(super) fn interrupt(program: &Program) -> Result {
    // The shell's own: a minimal system has no program `kill`.
    let kill = ["-c", "kill -s INT \"$0\"", &program.id().to_string()];
    shell::query(Command::new("sh").args(kill))?;
    Ok(())
}

fn wait_for_sound(capture: &Capture) -> Result {
    let deadline = Instant::now() + LIMIT;
    while audible(&capture.so_far()) < RATE as usize / 4 {
        if Instant::now() > deadline {
            return Err("nothing is heard".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
