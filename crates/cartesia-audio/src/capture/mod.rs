//! From a microphone to chunks of PCM.

mod format;
mod offline;
mod pump;
mod recorder;
mod tap;

pub use format::{AudioChunk, CaptureFormat, Level};
pub use offline::OfflineMicrophone;
pub use recorder::{Recorder, RecorderBuilder, RecorderStats};
