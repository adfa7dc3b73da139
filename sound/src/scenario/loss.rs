//! Devices that go away.

use std::time::Duration;

use super::{Clip, LIMIT, Outcome, TAIL, number, seconds};
use crate::Result;
use crate::program::{Program, Programs};
use crate::rig::{Capture, ROOM, Rig, SPEAKER};
use crate::signal;
use crate::verify::{Matching, Verdict};

/// The part of a core that a program may use while it has no device.
const BUSY: f64 = 0.10;

/// Starts a clip of four seconds, and waits until it is heard.
fn start_long(rig: &Rig, programs: &Programs, noise: &[i16]) -> Result<Program> {
    let mut program =
        Clip::noise(noise).start(rig, programs, "plays_on_when_its_device_is_taken_away")?;
    program.wait_for("playing", LIMIT)?;
    Ok(program)
}

/// Fails when the program used more of a core than it may, since a measurement before.
pub(super) fn check_busy(program: &Program, before: Duration, time: Duration) -> Result<f64> {
    let used = program.processor_time()?.saturating_sub(before);
    let part = used.as_secs_f64() / time.as_secs_f64();
    if part > BUSY {
        return Err(format!("without a device it used {:.0} % of a core", part * 100.0).into());
    }
    Ok(part)
}

/// Without its device the program waits, and is not busy with it.
fn starve(program: &mut Program) -> Result<f64> {
    let before = program.processor_time()?;
    let time = Duration::from_secs(2);
    program.wait_for("lost", LIMIT)?;
    std::thread::sleep(time);
    check_busy(program, before, time)
}

/// How a clip ended that moved from one device to another.
fn finish_moved(mut program: Program, part: f64, verdict: &Verdict) -> Result<Outcome> {
    let observed = program.wait_for("done", LIMIT)?;
    program.finish(LIMIT)?;
    if number(&observed, "heard")? != verdict.sent as u64 {
        return Err(format!("the player says that it did not play all: {observed}").into());
    }
    Ok(Outcome::good(format!(
        "{:.1} % of a core without a device; on the new one {} frames; the player says {observed}",
        part * 100.0,
        verdict.matched()
    )))
}

/// What is heard on a new device has to be the end of the clip, from about where the old one stopped.
fn rest_of(capture: Capture, noise: &[i16]) -> Result<Verdict> {
    let captured = capture.stop_after(TAIL)?;
    let verdict = Verdict::new(noise, &signal::channel(&captured, 2, 0), Matching::EXACT);
    let at_end = verdict
        .segments
        .last()
        .is_some_and(|last| last.expected + last.length == noise.len());
    if !at_end || verdict.doubled() > 0 || verdict.matched() < noise.len() / 2 {
        return Err(format!("the new device did not play the rest of the clip: {verdict}").into());
    }
    Ok(verdict)
}

pub(super) fn daemon_killed(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(4);
    let mut program = start_long(rig, programs, &noise)?;
    rig.kill_daemon()?;
    let part = starve(&mut program)?;
    rig.restart_daemon()?;
    // The first sound may be over before this listens; what follows is enough.
    let capture = rig.listen(SPEAKER)?;
    program.wait_for("changed", LIMIT)?;
    wait_for_end(&capture, &noise)?;
    let verdict = rest_of(capture, &noise)?;
    finish_moved(program, part, &verdict)
}

pub(super) fn sink_removed(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(4);
    // With another sink there, the sound server would move the sound.
    rig.remove_sink(ROOM)?;
    let mut program = start_long(rig, programs, &noise)?;
    rig.remove_sink(SPEAKER)?;
    let part = starve(&mut program)?;
    rig.add_sink("other")?;
    rig.pactl(&["set-default-sink", "other"])?;
    let capture = rig.listen("other")?;
    program.wait_for("changed", LIMIT)?;
    wait_for_end(&capture, &noise)?;
    let verdict = rest_of(capture, &noise)?;
    let outcome = finish_moved(program, part, &verdict);
    rig.kill_daemon()?;
    rig.restart_daemon()?;
    outcome
}

/// The sound server itself moves the sound to another sink: nothing is lost, whatever the player
/// notices of it.
pub(super) fn sink_rescued(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(4);
    rig.remove_sink(ROOM)?;
    rig.add_sink("other")?;
    rig.pactl(&["load-module", "module-rescue-streams"])?;
    let capture = rig.listen("other")?;
    let program = start_long(rig, programs, &noise)?;
    rig.remove_sink(SPEAKER)?;
    wait_for_end(&capture, &noise)?;
    let verdict = rest_of(capture, &noise)?;
    let outcome = finish_moved(program, 0.0, &verdict);
    rig.kill_daemon()?;
    rig.restart_daemon()?;
    outcome
}

/// A device that falls silent without a word and comes back.
pub(super) fn sink_suspended(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(4);
    let mut program = start_long(rig, programs, &noise)?;
    rig.pactl(&["suspend-sink", SPEAKER, "1"])?;
    let part = starve(&mut program)?;
    rig.pactl(&["suspend-sink", SPEAKER, "0"])?;
    let observed = program.wait_for("done", LIMIT)?;
    program.finish(LIMIT)?;
    if number(&observed, "heard")? != noise.len() as u64 {
        return Err(format!("the player says that it did not play all: {observed}").into());
    }
    Ok(Outcome::good(format!(
        "{:.1} % of a core while it was suspended; the player says {observed}",
        part * 100.0
    )))
}

/// Waits until the capture has the rest of a clip after its first half second.
fn wait_for_end(capture: &Capture, noise: &[i16]) -> Result {
    capture.wait_for(capture.length() + noise.len() * 4)
}

pub(super) fn no_device(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    rig.kill_daemon()?;
    let mut program = Program::start(rig, programs, "says_clearly_that_there_is_no_device", &[])?;
    let player = program.wait_for("player", LIMIT)?;
    let recorder = program.wait_for("recorder", LIMIT)?;
    let log = program.finish(LIMIT)?;
    rig.restart_daemon()?;
    if log.contains("ALSA lib") {
        return Err(format!("libasound writes to stderr:\n{log}").into());
    }
    Ok(Outcome::good(format!("\"{player}\"; \"{recorder}\"")))
}
