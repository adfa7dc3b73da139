//! Speech that is interrupted.

use super::{LIMIT, Outcome, Sound, TAIL, number};
use crate::Result;
use crate::program::{Program, Programs};
use crate::rig::{Rig, SPEAKER};
use crate::signal::{self, RATE};

/// What the device holds: the two periods of 1024 frames that ALSA is asked for, and one block of the virtual
/// card, of 50 ms.
const DEVICE: u64 = 2 * 1_024 + RATE as u64 / 20;

/// How much longer it may take: 10 ms; the fade takes 5 of them.
const MORE: u64 = RATE as u64 / 100;

/// Frames of the end of a fade, 1 ms, and how loud they may be, as a part of the peak.
const END: usize = RATE as usize / 1_000;
const END_PART: u16 = 4;

/// Silence comes within the buffer of the device and 10 ms, with a fade, and what was heard is not less than the report says.
pub(super) fn is_interrupted(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let capture = rig.listen(SPEAKER)?;
    let mut program = Program::start_test(rig, &programs.speech, "is_interrupted", &[])?;
    let observed = program.wait_for("interrupted", LIMIT)?;
    let captured = signal::channel(&capture.stop_after(TAIL)?, 2, 0);
    program.finish(LIMIT)?;
    let is_heard = |sample: &i16| *sample != 0;
    let start = captured.iter().position(is_heard);
    let end = captured.iter().rposition(is_heard);
    let heard = start
        .zip(end)
        .and_then(|(start, end)| captured.get(start..=end));
    let heard = heard.ok_or("nothing was heard")?;
    // In frames of what is said, whose first ones are silent.
    let played = number(&observed, "first")? + heard.len() as u64;
    let (at, claimed) = (number(&observed, "at")?, number(&observed, "heard")?);
    let over = played.saturating_sub(at);
    let summary = format!(
        "silent {} ms after the playhead at the call; {played} frames were heard, reported {claimed}",
        over * 1_000 / u64::from(RATE)
    );
    let gap = heard.split(is_heard).map(<[i16]>::len).max().unwrap_or(0);
    if number(&observed, "underruns")? > 0 || gap as u64 > number(&observed, "gap")? + MORE {
        return Ok(Outcome {
            summary,
            sound: Sound::Parted,
        });
    }
    if over > DEVICE + MORE {
        let limit = (DEVICE + MORE) * 1_000 / u64::from(RATE);
        return Err(format!("{summary}: more than {limit} ms").into());
    }
    if claimed > played + MORE {
        return Err(format!("{summary}: not so much was heard").into());
    }
    let peak = |samples: &[i16]| {
        samples
            .iter()
            .map(|it| it.unsigned_abs())
            .max()
            .unwrap_or(0)
    };
    let last = peak(&heard[heard.len().saturating_sub(END)..]);
    if last > peak(heard) / END_PART {
        return Err(format!(
            "it was cut off: the last millisecond has {last} of {}",
            peak(heard)
        )
        .into());
    }
    Ok(Outcome::good(summary))
}
