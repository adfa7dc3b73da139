//! What is tried, and what has to come out.

mod listen;
mod loss;
mod microphone;
mod silence;
mod speak;
mod speech;
mod stand_still;

use std::time::Duration;

use super::program::{Program, Programs};
use super::rig::{Capture, Rig, SPEAKER};
use super::signal::{self, RATE};
use super::verify::{Matching, Verdict};
use crate::Result;
use silence::Interruption;

/// For anything that takes a few seconds.
const LIMIT: Duration = Duration::from_secs(30);

/// Sound that is still in the card when a program says that all was heard.
const TAIL: Duration = Duration::from_millis(300);

/// One thing that is tried.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) run: fn(&mut Rig, &Programs) -> Result<Outcome>,
}

/// How it came out, when nothing was wrong.
pub(super) struct Outcome {
    /// For people.
    pub(super) summary: String,
    pub(super) sound: Sound,
}

/// How much of the sound there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sound {
    /// All of it, as it was to be.
    Whole,
    /// All of it, with silence where none was to be. On a machine that is busy with other things the
    /// card may starve.
    Parted,
    /// A period of the card is missing where it starved, and nothing elsewhere.
    Lost,
}

impl Sound {
    fn of(verdict: &Verdict, matching: Matching, as_it_was_to_be: bool) -> Self {
        match (verdict.is_complete(matching), as_it_was_to_be) {
            (false, _) => Self::Lost,
            (true, false) => Self::Parted,
            (true, true) => Self::Whole,
        }
    }
}

/// The frames that may be missing where the card starved, for another try. The worker of cpal drops the
/// one period that it holds when ALSA reports an underrun; the player asks for 20 ms.
const PERIOD: usize = RATE as usize / 50;

impl Outcome {
    fn good(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            sound: Sound::Whole,
        }
    }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "s16-48k-mono",
        run: |rig, programs| exact(rig, programs, "pcm_s16le", 1),
    },
    Scenario {
        name: "f32-48k-mono",
        run: |rig, programs| exact(rig, programs, "pcm_f32le", 1),
    },
    Scenario {
        name: "s16-48k-stereo",
        run: |rig, programs| exact(rig, programs, "pcm_s16le", 2),
    },
    Scenario {
        name: "s16-24k",
        run: |rig, programs| converted(rig, programs, 24_000),
    },
    Scenario {
        name: "s16-44.1k",
        run: |rig, programs| converted(rig, programs, 44_100),
    },
    Scenario {
        name: "pause",
        run: pause,
    },
    Scenario {
        name: "rest",
        run: rest,
    },
    Scenario {
        name: "interrupt",
        run: interrupt,
    },
    Scenario {
        name: "fade",
        run: stand_still::fade,
    },
    Scenario {
        name: "null-output",
        run: stand_still::null_output,
    },
    Scenario {
        name: "server-stops",
        run: stand_still::while_playing,
    },
    Scenario {
        name: "jitter",
        run: jitter,
    },
    Scenario {
        name: "stall",
        run: stall,
    },
    Scenario {
        name: "daemon-killed",
        run: loss::daemon_killed,
    },
    Scenario {
        name: "sink-removed",
        run: loss::sink_removed,
    },
    Scenario {
        name: "sink-rescued",
        run: loss::sink_rescued,
    },
    Scenario {
        name: "sink-suspended",
        run: loss::sink_suspended,
    },
    Scenario {
        name: "microphone-48k",
        run: |rig, programs| microphone::records(rig, programs, RATE),
    },
    Scenario {
        name: "microphone-16k",
        run: |rig, programs| microphone::records(rig, programs, 16_000),
    },
    Scenario {
        name: "microphone-late",
        run: stand_still::while_recording,
    },
    Scenario {
        name: "microphone-lost",
        run: microphone::is_lost,
    },
    Scenario {
        name: "speak",
        run: speak::plays,
    },
    Scenario {
        name: "speak-interrupt",
        run: speak::is_interrupted,
    },
    Scenario {
        name: "speech-interrupt",
        run: speech::is_interrupted,
    },
    Scenario {
        name: "listen-mic",
        run: listen::to_the_microphone,
    },
    Scenario {
        name: "agents-talk",
        run: listen::to_an_agent,
    },
    Scenario {
        name: "no-device",
        run: loss::no_device,
    },
];

/// What a program is given to play.
struct Clip<'s> {
    encoding: &'s str,
    rate: u32,
    channels: usize,
    data: Vec<u8>,
}

impl Clip<'_> {
    /// Two seconds or more of 16-bit noise at the rate of the card.
    fn noise(samples: &[i16]) -> Self {
        Clip {
            encoding: "pcm_s16le",
            rate: RATE,
            channels: 1,
            data: signal::s16(samples),
        }
    }

    fn start(&self, rig: &Rig, programs: &Programs, name: &str) -> Result<Program> {
        let file = rig.file("clip.raw", &self.data)?;
        let (rate, channels) = (self.rate.to_string(), self.channels.to_string());
        Program::start(
            rig,
            programs,
            name,
            &[
                ("SOUND_FILE", &file.to_string_lossy()),
                ("SOUND_ENCODING", self.encoding),
                ("SOUND_RATE", &rate),
                ("SOUND_CHANNELS", &channels),
            ],
        )
    }
}

fn seconds(seconds: usize) -> Vec<i16> {
    signal::noise(seconds * RATE as usize)
}

/// Ends the capture, and compares it with what was sent.
fn compare(capture: Capture, expected: &[i16], matching: Matching) -> Result<Verdict> {
    let captured = capture.stop_after(TAIL)?;
    let left = signal::channel(&captured, 2, 0);
    let right = signal::channel(&captured, 2, 1);
    if left != right {
        return Err("the two channels of the card differ".into());
    }
    let verdict = Verdict::new(expected, &left, matching);
    check(&verdict, matching)?;
    Ok(verdict)
}

/// Fails when anything is missing, but for what a card that starved may take with it: that is
/// [`Sound::Lost`], and tried again.
fn check(verdict: &Verdict, matching: Matching) -> Result {
    if verdict.is_complete(matching) || verdict.lost_where_it_starved(PERIOD) {
        Ok(())
    } else {
        Err(format!("not every sample arrived once and in order: {verdict}").into())
    }
}

/// What was to arrive in so many `pieces`, with silence between them.
fn in_pieces(pieces: usize, verdict: &Verdict, matching: Matching, observed: &str) -> Outcome {
    Outcome {
        summary: format!("{verdict}; the player says {observed}"),
        sound: Sound::of(verdict, matching, verdict.segments.len() == pieces),
    }
}

/// The same bits come out as went in.
fn exact(rig: &mut Rig, programs: &Programs, encoding: &str, channels: usize) -> Result<Outcome> {
    let noise = seconds(2);
    let samples = signal::spread(&noise, channels);
    let clip = Clip {
        encoding,
        rate: RATE,
        channels,
        data: match encoding {
            "pcm_f32le" => signal::f32(&samples),
            _ => signal::s16(&samples),
        },
    };
    play_all(rig, programs, &clip, &noise, Matching::EXACT)
}

/// Another sample rate gives the same sound.
fn converted(rig: &mut Rig, programs: &Programs, rate: u32) -> Result<Outcome> {
    let clip = Clip {
        encoding: "pcm_s16le",
        rate,
        channels: 1,
        data: signal::s16(&signal::chord(rate, 2.0)),
    };
    let expected = signal::chord(RATE, 2.0);
    play_all(
        rig,
        programs,
        &clip,
        audible(&expected),
        Matching::CONVERTED,
    )
}

/// A chord without the silence at both ends, in which no place can be told from another.
fn audible(chord: &[i16]) -> &[i16] {
    let edge = RATE as usize / 100;
    &chord[edge..chord.len() - edge]
}

fn play_all(
    rig: &mut Rig,
    programs: &Programs,
    clip: &Clip<'_>,
    expected: &[i16],
    matching: Matching,
) -> Result<Outcome> {
    let capture = rig.listen(SPEAKER)?;
    let mut program = clip.start(rig, programs, "plays_a_clip_and_knows_when_it_was_heard")?;
    let observed = program.wait_for("done", LIMIT)?;
    let verdict = compare(capture, expected, matching)?;
    program.finish(LIMIT)?;
    Ok(in_pieces(1, &verdict, matching, &observed))
}

/// A pause is silence in one place, and takes nothing away.
fn pause(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(2);
    let capture = rig.listen(SPEAKER)?;
    let mut program = Clip::noise(&noise).start(rig, programs, "pauses_and_resumes")?;
    let observed = program.wait_for("done", LIMIT)?;
    let verdict = compare(capture, &noise, Matching::EXACT)?;
    program.finish(LIMIT)?;
    if verdict.inserted() < RATE as usize / 2 {
        return Err(format!("no pause is heard: {verdict}").into());
    }
    Ok(in_pieces(2, &verdict, Matching::EXACT, &observed))
}

/// Checks that an idle player, whose device is suspended, plays on as if it were not.
fn rest(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(2);
    let capture = rig.listen(SPEAKER)?;
    let mut program = Clip::noise(&noise).start(rig, programs, "plays_again_after_a_rest")?;
    let waited = program.wait_for("waited", LIMIT)?;
    let observed = program.wait_for("done", LIMIT)?;
    let verdict = compare(capture, &noise, Matching::EXACT)?;
    program.finish(LIMIT)?;
    if number(&observed, "changes")? != 0 {
        return Err(format!("the device was opened again: {observed}").into());
    }
    let observed = format!("{observed} {waited}");
    Ok(in_pieces(2, &verdict, Matching::EXACT, &observed))
}

/// Checks that an interruption stops the sound soon, and that no more was heard than it reports.
fn interrupt(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(4);
    let capture = rig.listen(SPEAKER)?;
    let mut program = Clip::noise(&noise).start(rig, programs, "is_interrupted")?;
    let observed = program.wait_for("interrupted", LIMIT)?;
    let captured = capture.stop_after(TAIL)?;
    program.finish(LIMIT)?;
    let verdict = Verdict::new(&noise, &signal::channel(&captured, 2, 0), Matching::EXACT);
    let played = verdict
        .segments
        .last()
        .map_or(0, |last| last.expected + last.length) as u64;
    let interruption = Interruption::read(rig, &observed)?;
    if played != interruption.heard {
        let heard = interruption.heard;
        let summary = format!("{heard} frames are said to be heard, and {played} were");
        if verdict.segments.len() == 1 {
            return Err(summary.into());
        }
        let sound = Sound::Parted;
        return Ok(Outcome { summary, sound });
    }
    Ok(Outcome::good(interruption.check(played)?))
}

fn jitter(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(2);
    let capture = rig.listen(SPEAKER)?;
    let mut program = Clip::noise(&noise).start(rig, programs, "survives_jitter")?;
    let observed = program.wait_for("done", LIMIT)?;
    let verdict = compare(capture, &noise, Matching::EXACT)?;
    program.finish(LIMIT)?;
    let mut outcome = in_pieces(1, &verdict, Matching::EXACT, &observed);
    if outcome.sound == Sound::Whole && number(&observed, "underruns")? > 0 {
        outcome.sound = Sound::Parted;
    }
    Ok(outcome)
}

fn stall(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let noise = seconds(2);
    let capture = rig.listen(SPEAKER)?;
    let mut program = Clip::noise(&noise).start(rig, programs, "a_stall_is_one_underrun")?;
    let observed = program.wait_for("done", LIMIT)?;
    let verdict = compare(capture, &noise, Matching::EXACT)?;
    program.finish(LIMIT)?;
    Ok(in_pieces(2, &verdict, Matching::EXACT, &observed))
}

/// The number after `name=` in what a program said.
fn number(said: &str, name: &str) -> Result<u64> {
    said.split_whitespace()
        .filter_map(|word| word.split_once('='))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.parse().ok())
        .ok_or_else(|| format!("`{said}` does not say `{name}`").into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: HashSet<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), SCENARIOS.len());
    }

    #[test]
    fn numbers_are_read() {
        assert_eq!(number("heard=96000 underruns=1", "underruns").unwrap(), 1);
        assert!(number("heard=96000", "changes").is_err());
        assert!(number("heard=no", "heard").is_err());
    }
}
