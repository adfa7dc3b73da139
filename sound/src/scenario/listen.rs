//! The command line as it listens: a voice in the room is transcribed, and an agent on the phone answers it.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::speak::{audible, interrupt};
use super::{LIMIT, Outcome, Sound, TAIL};
use crate::Result;
use crate::program::{Program, Programs};
use crate::rig::{ROOM, Rig, SPEAKER};
use crate::signal::{self, RATE};

/// What is said in the room.
const TEXT: &str = "One two three four five.";

/// How long the words may take after they were said: the server waits for a second of silence.
const PATIENCE: Duration = Duration::from_secs(15);

/// Silence of this length ends an utterance.
const QUIET: Duration = Duration::from_millis(700);

fn command<'a>(
    rig: &Rig,
    programs: &Programs,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Command {
    let mut command = rig.client(&programs.command_line);
    for name in ["CARTESIA_API_KEY", "CARTESIA_BASE_URL", "CARTESIA_VERSION"] {
        command.env_remove(name);
    }
    command.arg("--mock").args(arguments);
    command
}

/// The text as the server's own voice says it, in the two channels of the card.
fn spoken(rig: &Rig, programs: &Programs) -> Result<PathBuf> {
    let mono = rig.file("said.pcm_s16le", &[])?;
    let path = mono.to_string_lossy();
    let rate = RATE.to_string();
    let arguments = [
        "speak",
        TEXT,
        "--no-play",
        "-o",
        &path,
        "--container",
        "raw",
    ];
    let format = ["--encoding", "pcm_s16le", "--sample-rate", &rate];
    let mut speak = command(rig, programs, arguments.into_iter().chain(format));
    Program::spawn(&mut speak)?.finish(LIMIT)?;
    let samples = signal::channel(&std::fs::read(&mono)?, 1, 0);
    rig.file("room.raw", &signal::s16(&signal::spread(&samples, 2)))
}

/// Waits until a program records.
fn wait_for_recording(rig: &Rig, program: &Program) -> Result {
    let wanted = format!("application.process.id = \"{}\"", program.id());
    let deadline = Instant::now() + LIMIT;
    while !rig.pactl(&["list", "source-outputs"])?.contains(&wanted) {
        if Instant::now() > deadline {
            return Err("it does not record".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// How much of the words came: a card that starved takes some with it.
fn heard(text: &str) -> Outcome {
    Outcome {
        summary: format!("heard `{text}`"),
        sound: if text.contains(TEXT) {
            Sound::Whole
        } else {
            Sound::Parted
        },
    }
}

/// `listen --mic`: words in the room are lines on stdout, and Ctrl-C is the end.
pub(super) fn to_the_microphone(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let clip = spoken(rig, programs)?;
    let mut program = Program::spawn(&mut command(rig, programs, ["listen", "--mic"]))?;
    wait_for_recording(rig, &program)?;
    let _speaker = rig.play(ROOM, &clip)?;
    let last = TEXT.rsplit(' ').next().unwrap_or_default();
    let observed = program.wait_for_line(|line| line.contains(last), PATIENCE);
    interrupt(&program)?;
    let code = program.exit_code(LIMIT)?;
    if code != Some(130) {
        return Err(format!("it ended with {code:?}, not with 130").into());
    }
    // What was heard until then is a matter of the card; that nothing was is not.
    let lines = program.lines().join(" ");
    if observed.is_err() && lines.trim().is_empty() {
        return Err("nothing is heard".into());
    }
    Ok(heard(&lines))
}

/// `agents talk` with microphone and speakers: the agent, which repeats what it hears, is heard repeating it.
pub(super) fn to_an_agent(rig: &mut Rig, programs: &Programs) -> Result<Outcome> {
    let clip = spoken(rig, programs)?;
    let capture = rig.listen(SPEAKER)?;
    let call = ["agents", "talk", "agent_front_desk"];
    let mut program = Program::spawn(&mut command(rig, programs, call))?;
    wait_for_recording(rig, &program)?;
    let introduction = wait_for_speech(&capture, 0)?;
    let speaker = rig.play(ROOM, &clip)?;
    wait_for_speech(&capture, introduction)?;
    drop(speaker);
    interrupt(&program)?;
    let code = program.exit_code(LIMIT)?;
    if code != Some(130) {
        return Err(format!("it ended with {code:?}, not with 130").into());
    }
    let captured = capture.stop_after(TAIL)?;
    let answer = signal::channel(&captured[introduction..], 2, 0);
    let recorded = rig.file("answer.pcm_s16le", &signal::s16(&answer))?;
    let path = recorded.to_string_lossy();
    let rate = RATE.to_string();
    let arguments = ["listen", &path, "--speed", "20"];
    let format = ["--encoding", "pcm_s16le", "--sample-rate", &rate];
    let mut listen = command(rig, programs, arguments.into_iter().chain(format));
    let lines = Program::spawn(&mut listen)?.finish(LIMIT)?;
    Ok(heard(&lines.lines().collect::<Vec<_>>().join(" ")))
}

/// Waits until there was speech after `from` bytes and silence after it; returns the number of bytes then.
fn wait_for_speech(capture: &crate::rig::Capture, from: usize) -> Result<usize> {
    let quiet = usize::try_from(QUIET.as_millis())? * RATE as usize / 1_000 * 4;
    let deadline = Instant::now() + LIMIT;
    loop {
        let captured = capture.so_far();
        // Whole frames.
        let end = captured.len() / 4 * 4;
        let speech = captured.get(from..end).unwrap_or_default();
        let recent = &speech[speech.len().saturating_sub(quiet)..];
        if audible(speech) > RATE as usize / 4 && audible(recent) == 0 {
            return Ok(end);
        }
        if Instant::now() > deadline {
            return Err("there was no speech, or it did not end".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
