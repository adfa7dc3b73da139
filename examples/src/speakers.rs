//! The speakers, or a file that stands in for them.

use std::env;
use std::ops::Deref;
use std::path::PathBuf;

use cartesia::audio::{OfflineOptions, Pace, RunningOutput};
use cartesia::{ErrorKind, Player};

use crate::Error;
use crate::start::{OUTPUT, tell};

/// Samples per second of the file.
const RATE: u32 = 48_000;

/// A [`Player`], which it can be used as.
///
/// With `--output FILE.wav`, or on a machine without an audio device, it plays into a file, which is
/// there when this is dropped.
#[derive(Debug)]
pub struct Speakers {
    player: Player,
    file: Option<(RunningOutput, PathBuf)>,
}

/// A player on the machine's own speakers. In a program of your own it is `Player::open_default()`.
///
/// It plays into the file that `--output` names, as fast as audio comes. Without a device to play on, it
/// plays into `heard.wav`, or the next free name, and says so.
///
/// # Errors
///
/// When there is a device that cannot be used.
pub fn player() -> Result<Speakers, Error> {
    speakers(Pace::Fast)
}

/// [`player`] for an example that speaks up while it listens: a file takes as long as speakers would.
///
/// # Errors
///
/// Those of [`player`].
pub fn player_in_real_time() -> Result<Speakers, Error> {
    speakers(Pace::RealTime)
}

fn speakers(pace: Pace) -> Result<Speakers, Error> {
    let path = match env::var_os(OUTPUT) {
        Some(path) => path.into(),
        None => match Player::open_default() {
            Ok(player) => return Ok(Speakers { player, file: None }),
            Err(error) if error.kind() == ErrorKind::Device => {
                let path = free_name();
                let name = path.display();
                tell(&format!(
                    "no audio device: what you would hear goes into {name}"
                ));
                path
            }
            Err(error) => return Err(error.into()),
        },
    };
    let (player, output) = Player::offline(OfflineOptions::new(RATE).keep(true))?;
    let file = Some((output.run(pace)?, path));
    Ok(Speakers { player, file })
}

/// A name that no file has yet.
fn free_name() -> PathBuf {
    let numbered = (2..).map(|number| format!("heard-{number}.wav"));
    std::iter::once("heard.wav".to_owned())
        .chain(numbered)
        .map(PathBuf::from)
        .find(|path| !path.exists())
        .unwrap_or_default()
}

impl Deref for Speakers {
    type Target = Player;

    fn deref(&self) -> &Player {
        &self.player
    }
}

impl Drop for Speakers {
    #[expect(clippy::print_stderr, reason = "a destructor cannot return an error")]
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
