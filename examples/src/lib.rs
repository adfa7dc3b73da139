//! What the examples have in common, and what a program of your own does without.
//!
//! [`start`] is the first line of every example: it reads a file `.env`, understands `--mock` and
//! `--output`, and starts an offline server where no key is set. With the feature `playback`, [`player`]
//! gives the speakers, or a file that stands in for them. The rest of an example is the SDK alone.

mod start;

#[cfg(feature = "playback")]
mod speakers;

#[cfg(feature = "playback")]
pub use speakers::{Speakers, player, player_in_real_time};
pub use start::start;

/// A failure of an example, to be shown to those who run it.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
