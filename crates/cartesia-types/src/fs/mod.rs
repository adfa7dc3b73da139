//! Output files that are replaced only by a complete new version.
//!
//! [`OutputFile`] writes next to its target and renames at the end, so a failed download never damages an
//! existing file. [`AudioFile`] does the same for audio, and fills in the sizes that streamed WAV leaves
//! open. [`check`] refuses an unusable path before a request is sent and paid for.
//!
//! Everything here blocks the thread: in async code, call it from `spawn_blocking`.

mod audio_file;
mod clip;
mod output_file;
mod target;

pub use audio_file::{AudioFile, SavedAudio};
pub use output_file::OutputFile;
pub use target::check;
