//! Recording.

use std::path::Path;
use std::time::Duration;

use super::loss::check_busy;
use super::{LIMIT, Outcome, Sound, check, number, seconds};
use crate::Result;
use crate::program::{Program, Programs};
use crate::rig::{ROOM, Rig};
use crate::signal::{self, RATE};
use crate::verify::{Matching, Verdict};

/// What the room hears is recorded: bit by bit at the rate of the card, and as the same sound at
/// another.
pub(super) fn records(rig: &mut Rig, programs: &Programs, rate: u32) -> Result<Outcome> {
    let (played, expected, matching) = if rate == RATE {
        let noise = seconds(2);
        (noise.clone(), noise, Matching::EXACT)
    } else {
        let recorded = signal::chord(rate, 2.0);
        let edge = rate as usize / 100;
        let expected = recorded[edge..recorded.len() - edge].to_vec();
        (signal::chord(RATE, 2.0), expected, Matching::CONVERTED)
    };
    let clip = rig.file("room.raw", &signal::s16(&signal::spread(&played, 2)))?;
    let recording = rig.file("recording.raw", &[])?;
    let mut program = start_recording(rig, programs, rate, 4, &recording)?;
    let _speaker = rig.play(ROOM, &clip)?;
    let observed = program.wait_for("done", LIMIT)?;
    program.finish(LIMIT)?;
    let recorded = signal::channel(&std::fs::read(&recording)?, 1, 0);
    let verdict = Verdict::new(&expected, &recorded, matching);
    check(&verdict, matching)?;
    Ok(Outcome {
        summary: format!("{verdict}; the recorder says {observed}"),
        sound: Sound::of(
            &verdict,
            matching,
            verdict.is_contiguous() && number(&observed, "overruns")? == 0,
        ),
    })
}

fn start_recording(
    rig: &Rig,
    programs: &Programs,
    rate: u32,
    seconds: u32,
    file: &Path,
) -> Result<Program> {
    let (rate, seconds) = (rate.to_string(), seconds.to_string());
    let mut program = Program::start(
        rig,
        programs,
        "records",
        &[
            ("SOUND_FILE", &file.to_string_lossy()),
            ("SOUND_RATE", &rate),
            ("SOUND_SECONDS", &seconds),
        ],
    )?;
    program.wait_for("recording", LIMIT)?;
    Ok(program)
}

pub(super) fn is_lost(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let recording = rig.file("recording.raw", &[])?;
    let mut program = start_recording(rig, programs, RATE, 3, &recording)?;
    let before = program.processor_time()?;
    rig.kill_daemon()?;
    let time = Duration::from_secs(3);
    std::thread::sleep(time);
    let part = check_busy(&program, before, time)?;
    rig.restart_daemon()?;
    let observed = program
        .wait_for("done", LIMIT)
        .map_err(|error| format!("{error}; {}", rig.recording()))?;
    let log = program.finish(LIMIT)?;
    if number(&observed, "changes")? == 0 || !log.contains("rig: lost") {
        return Err(format!("the recorder did not notice the loss: {observed}").into());
    }
    Ok(Outcome::good(format!(
        "{:.1} % of a core without a device; the recorder says {observed}",
        part * 100.0
    )))
}
