//! `cargo xtask sound`: real playback and recording through a virtual sound card.
//!
//! The tests in `crates/cartesia-audio/tests/sound.rs` play and record; what came out of the card is
//! compared here with what was sent, sample by sample.

mod program;
mod rig;
mod signal;
mod verify;

use crate::{Result, no_arguments, setup};

pub(crate) fn run(arguments: &[String]) -> Result {
    no_arguments(arguments)?;
    setup::sound()?;
    Ok(())
}
