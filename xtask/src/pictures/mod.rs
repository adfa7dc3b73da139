//! `cargo xtask pictures`: the pictures in the documents, from what the programs do and how the crates depend
//! on each other. None is drawn by hand.

mod crates;
mod svg;
mod terminal;
mod waveform;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::metadata::Metadata;
use crate::wav::Wav;
use crate::{Result, no_arguments, setup, shell};

const FOLDER: &str = "docs/pictures";
const SENTENCE: &str = "Hello! Welcome to Cartesia";

/// The test that looks at the page of the mock server, and where it leaves what it saw.
const PAGE_TEST: &str = "page::a_browser_shows_what_was_asked_and_plays_it";
const PAGE_VARIABLE: &str = "CARTESIA_PAGE_SCREENSHOT";

pub(crate) fn run(arguments: &[String]) -> Result {
    no_arguments(arguments)?;
    setup::ensure(&[setup::BUILD, setup::PLAYBACK])?;
    let metadata = Metadata::load()?;
    let folder = metadata.workspace_root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let program = shell::build(
        "cartesia-rs",
        &["build", "--package=cartesia-cli", "--bin=cartesia-rs"],
    )?;

    write(&folder, "crates.svg", &crates::draw(&metadata.packages))?;

    let work = metadata.target_directory.join("pictures");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    let session = terminal::record(&program, &work, SENTENCE)?;
    write(&folder, "terminal.svg", &terminal::draw(&session))?;

    let wav = Wav::read(&fs::read(work.join("hello.wav"))?)?;
    let mut transcribe = Command::new(&program);
    transcribe.args(["transcribe", "hello.wav", "--mock", "--json", "--words"]);
    let heard = shell::query(transcribe.current_dir(&work))?;
    let words = waveform::words(&serde_json::from_str::<Value>(&heard)?)
        .ok_or("the transcript has no words with times")?;
    write(&folder, "waveform.svg", &waveform::draw(&wav, &words))?;

    let screenshot = folder.join("mock-page.png");
    let mut test = shell::cargo();
    test.args([
        "test",
        "--quiet",
        "--package=cartesia-mock",
        "--all-features",
        "--test=it",
    ])
    .arg(PAGE_TEST)
    .env(PAGE_VARIABLE, &screenshot);
    shell::run(&mut test)?;
    println!("{}", screenshot.display());
    Ok(())
}

fn write(folder: &Path, name: &str, text: &str) -> Result {
    let path = folder.join(name);
    fs::write(&path, text)?;
    println!("{}", path.display());
    Ok(())
}
