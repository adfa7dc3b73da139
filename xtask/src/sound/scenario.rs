//! What is tried, and what has to come out.

use std::path::Path;
use std::time::Duration;

use super::program::Program;
use super::rig::{Capture, ROOM, Rig, SPEAKER};
use super::signal::{self, RATE};
use super::verify::{Matching, Verdict};
use crate::Result;

/// For anything that takes a few seconds.
const LIMIT: Duration = Duration::from_secs(30);

/// Sound that is still in the card when a program says that all was heard.
const TAIL: Duration = Duration::from_millis(300);

/// How long a player may go on after it was silenced: one buffer of the device and one block of the
/// virtual card, of 50 ms, and what the playhead is behind.
const FLUSH_FRAMES: u64 = RATE as u64 * 120 / 1_000;

/// The part of a core that a program may use while it has no device.
const BUSY: f64 = 0.10;

/// One thing that is tried.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) run: fn(&mut Rig, &Path) -> Result<Outcome>,
}

/// How it came out, when nothing was wrong.
pub(super) struct Outcome {
    /// For people.
    pub(super) summary: String,
    /// Whether the sound was in one piece, where that was to be expected. On a machine that is busy
    /// with other things the card may starve, so this is given another try.
    pub(super) contiguous: bool,
}

impl Outcome {
    fn good(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            contiguous: true,
        }
    }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "s16-48k-mono",
        run: |rig, tests| exact(rig, tests, "pcm_s16le", 1),
    },
    Scenario {
        name: "f32-48k-mono",
        run: |rig, tests| exact(rig, tests, "pcm_f32le", 1),
    },
    Scenario {
        name: "s16-48k-stereo",
        run: |rig, tests| exact(rig, tests, "pcm_s16le", 2),
    },
    Scenario {
        name: "s16-24k",
        run: |rig, tests| converted(rig, tests, 24_000),
    },
    Scenario {
        name: "s16-44.1k",
        run: |rig, tests| converted(rig, tests, 44_100),
    },
    Scenario {
        name: "pause",
        run: pause,
    },
    Scenario {
        name: "interrupt",
        run: interrupt,
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
        run: daemon_killed,
    },
    Scenario {
        name: "sink-removed",
        run: sink_removed,
    },
    Scenario {
        name: "sink-rescued",
        run: sink_rescued,
    },
    Scenario {
        name: "sink-suspended",
        run: sink_suspended,
    },
    Scenario {
        name: "microphone-48k",
        run: |rig, tests| microphone(rig, tests, RATE),
    },
    Scenario {
        name: "microphone-16k",
        run: |rig, tests| microphone(rig, tests, 16_000),
    },
    Scenario {
        name: "microphone-lost",
        run: microphone_lost,
    },
    Scenario {
        name: "no-device",
        run: no_device,
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

    fn start(&self, rig: &Rig, tests: &Path, name: &str) -> Result<Program> {
        let file = rig.file("clip.raw", &self.data)?;
        let (rate, channels) = (self.rate.to_string(), self.channels.to_string());
        Program::start(
            rig,
            tests,
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
    if verdict.is_complete(matching) {
        Ok(verdict)
    } else {
        Err(format!("not every sample was played once and in order: {verdict}").into())
    }
}

fn whole(verdict: &Verdict, told: &str) -> Outcome {
    Outcome {
        summary: format!("{verdict}; the player says {told}"),
        contiguous: verdict.is_contiguous(),
    }
}

/// The same bits come out as went in.
fn exact(rig: &mut Rig, tests: &Path, encoding: &str, channels: usize) -> Result<Outcome> {
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
    play_all(rig, tests, &clip, &noise, Matching::EXACT)
}

/// Another sample rate gives the same sound.
fn converted(rig: &mut Rig, tests: &Path, rate: u32) -> Result<Outcome> {
    let clip = Clip {
        encoding: "pcm_s16le",
        rate,
        channels: 1,
        data: signal::s16(&signal::chord(rate, 2.0)),
    };
    let expected = signal::chord(RATE, 2.0);
    play_all(rig, tests, &clip, audible(&expected), Matching::CONVERTED)
}

/// A chord without the silence at both ends, in which no place can be told from another.
fn audible(chord: &[i16]) -> &[i16] {
    let edge = RATE as usize / 100;
    &chord[edge..chord.len() - edge]
}

fn play_all(
    rig: &mut Rig,
    tests: &Path,
    clip: &Clip<'_>,
    expected: &[i16],
    matching: Matching,
) -> Result<Outcome> {
    let capture = rig.listen(SPEAKER)?;
    let mut program = clip.start(rig, tests, "plays_a_clip_and_knows_when_it_was_heard")?;
    let told = program.wait_for("done", LIMIT)?;
    let verdict = compare(capture, expected, matching)?;
    program.finish(LIMIT)?;
    Ok(whole(&verdict, &told))
}

/// A pause is silence in one place, and takes nothing away.
fn pause(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    let noise = seconds(2);
    let capture = rig.listen(SPEAKER)?;
    let mut program = Clip::noise(&noise).start(rig, tests, "pauses_and_resumes")?;
    let told = program.wait_for("done", LIMIT)?;
    let verdict = compare(capture, &noise, Matching::EXACT)?;
    program.finish(LIMIT)?;
    if verdict.inserted() < RATE as usize / 2 {
        return Err(format!("no pause is heard: {verdict}").into());
    }
    Ok(Outcome {
        contiguous: verdict.segments.len() == 2,
        ..whole(&verdict, &told)
    })
}

/// What is silenced stops soon, and no more was heard than is told.
fn interrupt(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    let noise = seconds(4);
    let capture = rig.listen(SPEAKER)?;
    let mut program = Clip::noise(&noise).start(rig, tests, "is_interrupted")?;
    let told = program.wait_for("interrupted", LIMIT)?;
    let captured = capture.stop_after(TAIL)?;
    program.finish(LIMIT)?;
    let verdict = Verdict::new(&noise, &signal::channel(&captured, 2, 0), Matching::EXACT);
    let played = verdict
        .segments
        .last()
        .map_or(0, |last| last.expected + last.length) as u64;
    let (at, heard) = (number(&told, "at")?, number(&told, "heard")?);
    if played > at + FLUSH_FRAMES {
        return Err(format!("it was silenced at frame {at} and went on to {played}").into());
    }
    if played.abs_diff(heard) > FLUSH_FRAMES {
        return Err(format!("{heard} frames are said to be heard, and {played} were").into());
    }
    let millis = played.saturating_sub(at) * 1_000 / u64::from(RATE);
    Ok(Outcome::good(format!(
        "silent {millis} ms after the playhead at the call; heard {played} frames, told {heard}"
    )))
}

fn jitter(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    let noise = seconds(2);
    let capture = rig.listen(SPEAKER)?;
    let mut program = Clip::noise(&noise).start(rig, tests, "survives_jitter")?;
    let told = program.wait_for("done", LIMIT)?;
    let verdict = compare(capture, &noise, Matching::EXACT)?;
    program.finish(LIMIT)?;
    let mut outcome = whole(&verdict, &told);
    outcome.contiguous &= number(&told, "underruns")? == 0;
    Ok(outcome)
}

fn stall(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    let noise = seconds(2);
    let capture = rig.listen(SPEAKER)?;
    let mut program = Clip::noise(&noise).start(rig, tests, "a_stall_is_one_underrun")?;
    let told = program.wait_for("done", LIMIT)?;
    let verdict = compare(capture, &noise, Matching::EXACT)?;
    program.finish(LIMIT)?;
    Ok(Outcome {
        contiguous: verdict.segments.len() == 2,
        ..whole(&verdict, &told)
    })
}

/// Starts a clip of four seconds, and waits until it is heard.
fn start_long(rig: &Rig, tests: &Path, noise: &[i16]) -> Result<Program> {
    let mut program =
        Clip::noise(noise).start(rig, tests, "plays_on_when_its_device_is_taken_away")?;
    program.wait_for("playing", LIMIT)?;
    Ok(program)
}

/// Fails when the program used more of a core than it may, since a measurement before.
fn check_busy(program: &Program, before: Duration, time: Duration) -> Result<f64> {
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
    let told = program.wait_for("done", LIMIT)?;
    program.finish(LIMIT)?;
    if number(&told, "heard")? != verdict.sent as u64 {
        return Err(format!("the player says that it did not play all: {told}").into());
    }
    Ok(Outcome::good(format!(
        "{:.1} % of a core without a device; on the new one {} frames; the player says {told}",
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

fn daemon_killed(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    let noise = seconds(4);
    let mut program = start_long(rig, tests, &noise)?;
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

fn sink_removed(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    let noise = seconds(4);
    let mut program = start_long(rig, tests, &noise)?;
    rig.unload_speaker()?;
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
fn sink_rescued(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    let noise = seconds(4);
    rig.add_sink("other")?;
    rig.pactl(&["load-module", "module-rescue-streams"])?;
    let capture = rig.listen("other")?;
    let program = start_long(rig, tests, &noise)?;
    rig.unload_speaker()?;
    wait_for_end(&capture, &noise)?;
    let verdict = rest_of(capture, &noise)?;
    let outcome = finish_moved(program, 0.0, &verdict);
    rig.kill_daemon()?;
    rig.restart_daemon()?;
    outcome
}

/// A device that falls silent without a word and comes back.
fn sink_suspended(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    let noise = seconds(4);
    let mut program = start_long(rig, tests, &noise)?;
    rig.pactl(&["suspend-sink", SPEAKER, "1"])?;
    let part = starve(&mut program)?;
    rig.pactl(&["suspend-sink", SPEAKER, "0"])?;
    let told = program.wait_for("done", LIMIT)?;
    program.finish(LIMIT)?;
    if number(&told, "heard")? != noise.len() as u64 {
        return Err(format!("the player says that it did not play all: {told}").into());
    }
    Ok(Outcome::good(format!(
        "{:.1} % of a core while it was suspended; the player says {told}",
        part * 100.0
    )))
}

/// Waits until the capture has what remains of a clip of which half a second was heard.
fn wait_for_end(capture: &Capture, noise: &[i16]) -> Result {
    capture.wait_for(capture.length() + noise.len() * 4)
}

/// What the room hears is recorded: bit by bit at the rate of the card, and as the same sound at
/// another.
fn microphone(rig: &mut Rig, tests: &Path, rate: u32) -> Result<Outcome> {
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
    let mut program = start_recording(rig, tests, rate, 4, &recording)?;
    let _speaker = rig.play(ROOM, &clip)?;
    let told = program.wait_for("done", LIMIT)?;
    program.finish(LIMIT)?;
    let recorded = signal::channel(&std::fs::read(&recording)?, 1, 0);
    let verdict = Verdict::new(&expected, &recorded, matching);
    if !verdict.is_complete(matching) {
        return Err(format!("not every sample was recorded: {verdict}; {told}").into());
    }
    Ok(Outcome {
        summary: format!("{verdict}; the recorder says {told}"),
        contiguous: verdict.is_contiguous() && number(&told, "overruns")? == 0,
    })
}

fn start_recording(
    rig: &Rig,
    tests: &Path,
    rate: u32,
    seconds: u32,
    file: &Path,
) -> Result<Program> {
    let (rate, seconds) = (rate.to_string(), seconds.to_string());
    let mut program = Program::start(
        rig,
        tests,
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

fn microphone_lost(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    let recording = rig.file("recording.raw", &[])?;
    let mut program = start_recording(rig, tests, RATE, 3, &recording)?;
    let before = program.processor_time()?;
    rig.kill_daemon()?;
    std::thread::sleep(Duration::from_secs(2));
    let part = check_busy(&program, before, Duration::from_secs(2))?;
    rig.restart_daemon()?;
    let told = program.wait_for("done", LIMIT)?;
    let log = program.finish(LIMIT)?;
    if number(&told, "changes")? == 0 || !log.contains("rig: lost") {
        return Err(format!("the recorder did not notice the loss: {told}").into());
    }
    Ok(Outcome::good(format!(
        "{:.1} % of a core without a device; the recorder says {told}",
        part * 100.0
    )))
}

fn no_device(rig: &mut Rig, tests: &Path) -> Result<Outcome> {
    rig.kill_daemon()?;
    let mut program = Program::start(rig, tests, "says_clearly_that_there_is_no_device", &[])?;
    let player = program.wait_for("player", LIMIT)?;
    let recorder = program.wait_for("recorder", LIMIT)?;
    let log = program.finish(LIMIT)?;
    rig.restart_daemon()?;
    if log.contains("ALSA lib") {
        return Err(format!("libasound writes to stderr:\n{log}").into());
    }
    Ok(Outcome::good(format!("\"{player}\"; \"{recorder}\"")))
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
