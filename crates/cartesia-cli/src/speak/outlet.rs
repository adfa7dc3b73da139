//! Where audio goes as it comes: to a place where it is kept, and aloud.

use super::sink::Sink;
use crate::failure::Failure;
use crate::playback::Playback;

/// Keeps audio, and plays it if there is something to play it on.
pub(super) struct Outlet {
    pub(super) sink: Sink,
    pub(super) playback: Option<Playback>,
}

impl Outlet {
    /// Takes a piece. It waits while as much is queued as a player, or the reader of a pipe, takes.
    pub(super) async fn write(&mut self, audio: &[u8]) -> Result<(), Failure> {
        self.sink.write(audio).await?;
        match &mut self.playback {
            Some(playback) => playback.write(audio).await,
            None => Ok(()),
        }
    }
}
