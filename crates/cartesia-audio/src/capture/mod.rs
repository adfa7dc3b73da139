//! From a microphone to chunks of PCM.

#[cfg(feature = "device")]
mod device;
mod external;
mod format;
mod offline;
mod pump;
mod recorder;
mod session;
mod tap;

#[cfg(feature = "device")]
pub(crate) use tap::Tap;

pub use external::ExternalMicrophone;
pub use format::{AudioChunk, CaptureFormat, Level};
pub use offline::OfflineMicrophone;
pub use recorder::{Recorder, RecorderBuilder, RecorderStats, RecorderStopper};
