//! Sound servers and cards that stand still for a moment, and fades that are heard to their end.

use std::time::Duration;

use super::{Clip, LIMIT, Outcome, Sound, TAIL, number, seconds};
use crate::Result;
use crate::program::{Program, Programs};
use crate::rig::{Rig, SPEAKER};
use crate::signal::{self, RATE};
use crate::verify::{Matching, Verdict};

/// How long the server stands still.
const STILL: Duration = Duration::from_millis(400);

/// The output that PulseAudio has where there is no card: it takes two seconds at once.
pub(super) fn null_output(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(3);
    rig.add_null_output("nothing")?;
    rig.pactl(&["set-default-sink", "nothing"])?;
    let capture = rig.listen("nothing")?;
    let mut program =
        Clip::noise(&noise).start(rig, programs, "plays_on_when_its_device_is_taken_away")?;
    let observed = program.wait_for("done", LIMIT)?;
    program.finish(LIMIT)?;
    // The monitor of such an output is two seconds behind.
    let captured = capture.stop_after(Duration::from_millis(2_500))?;
    rig.pactl(&["set-default-sink", SPEAKER])?;
    rig.remove_sink("nothing")?;
    if number(&observed, "heard")? != noise.len() as u64 || number(&observed, "changes")? != 0 {
        return Err(format!("the player gave the output up: {observed}").into());
    }
    let verdict = Verdict::new(&noise, &signal::channel(&captured, 2, 0), Matching::EXACT);
    // The start of what is captured is missing now and then.
    let at_end = verdict
        .segments
        .last()
        .is_some_and(|last| last.expected + last.length == noise.len());
    if !at_end || verdict.doubled() > 0 || verdict.matched() < noise.len() / 2 {
        return Err(format!("it was not played to its end: {verdict}").into());
    }
    Ok(Outcome::good(format!(
        "{verdict}; the player says {observed}"
    )))
}

/// What this silences is counted, and the device is not given up.
pub(super) fn while_playing(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(4);
    let mut program =
        Clip::noise(&noise).start(rig, programs, "plays_on_when_its_device_is_taken_away")?;
    program.wait_for("playing", LIMIT)?;
    rig.stop_daemon_for(STILL)?;
    let observed = program.wait_for("done", LIMIT)?;
    program.finish(LIMIT)?;
    if number(&observed, "heard")? != noise.len() as u64 {
        return Err(format!("not all of it was played: {observed}").into());
    }
    if number(&observed, "changes")? != 0 {
        // On a busy machine the server may take longer to come back than a device may be silent.
        return Ok(Outcome {
            summary: format!("the device was given up: {observed}"),
            sound: Sound::Parted,
        });
    }
    let silent = number(&observed, "device_ms")?;
    if number(&observed, "underruns")? == 0 || !(150..1_000).contains(&silent) {
        return Err(format!("the silence was not counted as the device's: {observed}").into());
    }
    Ok(Outcome::good(format!("the player says {observed}")))
}

/// Nothing that the server captured in the meantime is lost.
pub(super) fn while_recording(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let recording = rig.file("recording.raw", &[])?;
    let rate = RATE.to_string();
    let mut program = Program::start(
        rig,
        programs,
        "records",
        &[
            ("SOUND_FILE", &recording.to_string_lossy()),
            ("SOUND_RATE", &rate),
            ("SOUND_SECONDS", "3"),
        ],
    )?;
    program.wait_for("recording", LIMIT)?;
    std::thread::sleep(Duration::from_millis(500));
    rig.stop_daemon_for(STILL)?;
    let observed = program.wait_for("done", LIMIT)?;
    program.finish(LIMIT)?;
    let took = number(&observed, "took_ms")?;
    if number(&observed, "changes")? != 0 {
        return Err(format!("the microphone was given up: {observed}").into());
    }
    // What was recorded and what is known to be missing is the time that passed.
    let known = number(&observed, "recorded_ms")? + number(&observed, "missing_ms")?;
    if took > known + 150 {
        return Err(
            format!("{took} ms passed, and {known} ms are accounted for: {observed}").into(),
        );
    }
    Ok(Outcome::good(format!("the recorder says {observed}")))
}

/// A program that ends as soon as `heard` is there has not cut off its fade.
pub(super) fn fade(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    const LEVEL: i16 = 16_000;
    let clip = Clip {
        encoding: "pcm_s16le",
        rate: RATE,
        channels: 1,
        data: signal::s16(&vec![LEVEL; 3 * RATE as usize]),
    };
    let capture = rig.listen(SPEAKER)?;
    let mut program = clip.start(rig, programs, "fades_out_and_exits")?;
    program.wait_for("over", LIMIT)?;
    program.exit_code(LIMIT)?;
    let captured = signal::channel(&capture.stop_after(TAIL)?, 2, 0);
    let last = captured
        .iter()
        .rposition(|sample| *sample != 0)
        .ok_or("nothing was heard")?;
    // The fade is 5 ms long, 240 frames: one step of it, and not a cut.
    let (end, step) = (captured[last].unsigned_abs(), LEVEL.unsigned_abs() / 240);
    let parted = captured[..last]
        .windows(2)
        .filter(|pair| pair[0].abs_diff(pair[1]) > 2 * step)
        .count();
    let summary = format!("the last frame has {end} of {LEVEL}, {parted} other steps");
    if end > 2 * step {
        return Err(format!("it was cut off: {summary}").into());
    }
    let mut outcome = Outcome::good(summary);
    if parted > 0 {
        outcome.sound = Sound::Parted;
    }
    Ok(outcome)
}
