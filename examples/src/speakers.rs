//! The speakers, or a file that stands in for them.

use std::env;
use std::ops::Deref;
use std::path::PathBuf;

use cartesia::Player;
use cartesia::audio::{OfflineOptions, Pace, RunningOutput};

use crate::Error;
use crate::start::OUTPUT;

/// Samples per second of the file.
const RATE: u32 = 48_000;

/// A [`Player`], which it can be used as.
///
/// With `--output FILE.wav` it plays into that file, as fast as audio comes; the file is there when this
/// is dropped.
#[derive(Debug)]
pub struct Speakers {
    player: Player,
    file: Option<(RunningOutput, PathBuf)>,
}

/// A player on the machine's own speakers, or into the file that `--output` names. In a program of
/// your own it is `Player::open_default()`.
///
/// # Errors
///
/// When there is no device to play on; the message says what to do.
pub fn player() -> Result<Speakers, Error> {
    let Some(path) = env::var_os(OUTPUT) else {
        let player = Player::open_default()?;
        return Ok(Speakers { player, file: None });
    };
    let (player, output) = Player::offline(OfflineOptions::new(RATE))?;
    let file = Some((output.run(Pace::Fast)?, path.into()));
    Ok(Speakers { player, file })
}

impl Deref for Speakers {
    type Target = Player;

    fn deref(&self) -> &Player {
        &self.player
    }
}

impl Drop for Speakers {
    #[expect(clippy::print_stderr, reason = "nobody is left to return an error to")]
    fn drop(&mut self) {
        let Some((output, path)) = self.file.take() else {
            return;
        };
        if let Some(output) = output.stop()
            && let Err(error) = output.save_wav(&path)
        {
            eprintln!("{error}");
        }
    }
}
