//! Speech that is interrupted.

use super::silence::Interruption;
use super::{LIMIT, Outcome, Sound, TAIL, number};
use crate::Result;
use crate::program::{Program, Programs};
use crate::rig::{Rig, SPEAKER};
use crate::signal::{self, RATE};

/// When it is interrupted, in milliseconds of what was heard: in several phases of a buffer.
const TIMES: [u32; 4] = [800, 806, 812, 818];

/// Frames of the player's fade, 5 ms.
const FADE: usize = RATE as usize / 200;

/// How far a faded sample may be off: it is rounded twice.
const ROUNDING: i64 = 2;

/// How loud the speech must be where the fade begins, for the fade to show.
const LOUD: u16 = 1_000;

/// Silence comes within the latency and one buffer of the device and 10 ms. What was heard is what is reported, with
/// a whole fade at its end.
pub(super) fn is_interrupted(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let mut slowest: Option<(u64, String)> = None;
    for time in TIMES {
        let (left, outcome) = interrupt(rig, programs, time)?;
        if outcome.sound != Sound::Whole {
            return Ok(outcome);
        }
        if slowest.as_ref().is_none_or(|(least, _)| left < *least) {
            slowest = Some((left, outcome.summary));
        }
    }
    let (_, summary) = slowest.ok_or("nothing was tried")?;
    Ok(Outcome::good(format!(
        "{summary}, with a whole fade; the slowest of {}",
        TIMES.len()
    )))
}

/// Interrupts once. Returns how many frames of the limit were left, too.
fn interrupt(rig: &Rig, programs: &Programs, time: u32) -> Result<(u64, Outcome)> {
    let file = rig.file("speech.raw", &[])?;
    let capture = rig.listen(SPEAKER)?;
    let settings = [
        ("SPEECH_FILE", &*file.to_string_lossy()),
        ("SPEECH_INTERRUPTED_AFTER_MS", &time.to_string()),
    ];
    let mut program = Program::start_test(rig, &programs.speech, "is_interrupted", &settings)?;
    let observed = program.wait_for("interrupted", LIMIT)?;
    let captured = signal::channel(&capture.stop_after(TAIL)?, 2, 0);
    let interruption = Interruption::read(rig, &observed)?;
    program.finish(LIMIT)?;
    let samples = signal::channel(&std::fs::read(file)?, 1, 0);
    let said = samples
        .get(..usize::try_from(interruption.heard)?)
        .ok_or("more is reported than was said")?;
    let start = start(said);
    let (said, played) = (said.get(start..).unwrap_or_default(), sound(&captured));
    let played_to = (start + played.len()) as u64;
    let starved = longest_silence(played) > longest_silence(said);
    if starved || number(&observed, "underruns")? > 0 {
        let summary = format!("there is silence in the middle of {} frames", played.len());
        let sound = Sound::Parted;
        return Ok((0, Outcome { summary, sound }));
    }
    let summary = interruption.check(played_to)?;
    check_fade(said, played).map_err(|error| format!("{summary}: {error}"))?;
    Ok((interruption.left(played_to), Outcome::good(summary)))
}

/// Checks that all that is reported was `played`, with a fade at its end and with nothing after it.
fn check_fade(said: &[i16], played: &[i16]) -> Result {
    let begin = said.len().saturating_sub(FADE);
    let is_loud = |sample: &i16| sample.unsigned_abs() > LOUD;
    if !said[begin..].iter().any(is_loud) {
        return Err("the speech is silent there by itself".into());
    }
    if played.len() > said.len() {
        let (played, said) = (played.len(), said.len());
        return Err(format!("{played} frames were heard, and {said} are reported").into());
    }
    // The last samples of the fade may be rounded to silence.
    let played = played.iter().chain(std::iter::repeat(&0));
    for (index, (said_one, played)) in said.iter().zip(played).enumerate() {
        let left = said.len() - index;
        let faded = i64::from(*said_one) * i64::try_from(left.min(FADE))?;
        // Both are multiplied by the length of the fade.
        let length = i64::try_from(FADE)?;
        let tolerance = if left > FADE { 0 } else { ROUNDING * length };
        if (i64::from(*played) * length - faded).abs() > tolerance {
            let expected = faded / length;
            return Err(format!(
                "{left} frames before its end there is {played} for {said_one}; a fade of {FADE} frames makes it \
                 {expected}"
            )
            .into());
        }
    }
    Ok(())
}

/// Where the sound starts.
fn start(samples: &[i16]) -> usize {
    let first = samples.iter().position(|sample| *sample != 0);
    first.unwrap_or(samples.len())
}

/// From the first sample that is not silent to the last.
fn sound(captured: &[i16]) -> &[i16] {
    let end = captured.iter().rposition(|sample| *sample != 0);
    let range = start(captured)..end.map_or(0, |last| last + 1);
    captured.get(range).unwrap_or_default()
}

fn longest_silence(samples: &[i16]) -> usize {
    let silences = samples.split(|sample| *sample != 0);
    silences.map(<[i16]>::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: i16 = 4_000;

    fn said() -> Vec<i16> {
        (1..=LENGTH).map(|n| n * 7).collect()
    }

    /// The same with a fade of so many frames.
    fn faded(frames: usize) -> Vec<i16> {
        let mut samples = said();
        let begin = samples.len() - frames;
        for (index, sample) in samples[begin..].iter_mut().enumerate() {
            let left = i32::try_from(frames - index).unwrap();
            let faded = i32::from(*sample) * left / i32::try_from(frames).unwrap();
            *sample = i16::try_from(faded).unwrap();
        }
        samples
    }

    #[test]
    fn a_fade_is_told_from_a_cut() {
        assert!(check_fade(&said(), &faded(FADE)).is_ok());
        for (what, played) in [
            ("a cut", said()),
            ("a short fade", faded(FADE / 2)),
            ("a long fade", faded(FADE * 2)),
            ("a missing end", said()[..said().len() - FADE].to_vec()),
            ("another sample", {
                let mut samples = faded(FADE);
                samples[100] += 1;
                samples
            }),
            ("a sound after it", [faded(FADE), vec![1]].concat()),
        ] {
            assert!(check_fade(&said(), &played).is_err(), "{what}");
        }
        let silent = [said(), vec![0; FADE]].concat();
        let error = check_fade(&silent, &said()).unwrap_err().to_string();
        assert!(error.contains("silent there by itself"), "{error}");
    }

    #[test]
    fn the_sound_is_what_is_not_silent_at_its_ends() {
        let captured = [0, 0, 5, 0, 0, 0, -5, 0];
        assert_eq!(sound(&captured), [5, 0, 0, 0, -5]);
        assert_eq!(longest_silence(sound(&captured)), 3);
        assert!(sound(&[0; 3]).is_empty() && sound(&[]).is_empty());
    }
}
