//! The handle of a player.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::event::Events;
use crate::player_core::PlayerCore;
use crate::report::{Interrupted, Report, Silence};
use crate::state::PlayerState;
use crate::track::Slot;
use crate::utterance::Utterance;
use crate::{Result, SourceFormat};

/// Plays speech as it arrives, on a device or into memory.
///
/// It is a handle: clones share the same player, and every method may be called from any thread or task. When
/// the last handle is dropped, playback fades out and the player closes in the background; a program that
/// ends at the same moment cuts it off. Await [`drained`](Self::drained) first to hear all of it. An
/// [`Utterance`] does not keep its player open.
///
/// ```
/// use cartesia_audio::{OfflineOptions, Player, SourceFormat};
/// use cartesia_types::RawFormat;
///
/// # fn main() -> Result<(), cartesia_audio::Error> {
/// // Without a device: this output is clocked by hand. `Player::open_default()` has a speaker.
/// let (player, mut output) = Player::offline(OfflineOptions::new(48_000))?;
/// let utterance = player.utterance(SourceFormat::from(RawFormat::PCM_S16LE_24000))?;
/// utterance.try_write(&[0; 4_800])?;
/// utterance.finish();
///
/// output.run_until_idle();
/// let report = utterance.report().expect("it is over");
/// assert_eq!(report.heard.as_millis(), 100);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "speaker")]
#[doc(alias = "playback")]
#[derive(Clone)]
pub struct Player {
    core: Arc<PlayerCore>,
    _open: Arc<Open>,
}

/// Closes the player with its last handle.
struct Open {
    core: Arc<PlayerCore>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.core.change(PlayerState::close);
    }
}

/// The state of playback: position, buffer and counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Playhead {
    /// The playing time that has left the speaker, over all utterances and devices. Never decreases.
    pub heard: Duration,
    /// The playing time of audio that was written and not heard yet.
    pub queued: Duration,
    /// The number of underruns: silence in the middle of an utterance, whatever the cause.
    pub underruns: u64,
    /// The length of that silence, by cause.
    pub silence: Silence,
    /// The amount of audio that is buffered before an utterance starts. Underruns raise it, and half a minute
    /// without one lowers it again.
    pub prebuffer: Duration,
    /// The number of times that playback continued after the device was lost.
    pub device_changes: u64,
}

/// The output of a player, from [`Player::output`]: the device that plays now, as it was opened.
///
/// After [`Player::interrupt`] the output is silent within [`latency`](Self::latency), one buffer and one fade:
/// the device has the audio of its latency already, and requests the fade with its next buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutputInfo {
    /// The display name of the device.
    pub device: String,
    /// Frames per second.
    pub sample_rate: u32,
    /// Samples per frame.
    pub channels: u16,
    /// The length of one buffer in frames: the device requests so many at a time, and usually holds two or three
    /// of them.
    ///
    /// It is what the system agreed to when the device was opened, not what was asked for with
    /// [`PlayerBuilder::buffer`](crate::PlayerBuilder::buffer). Where the system does not report it, and for a
    /// [`Player::external`], it is the largest request so far, and `None` before the first.
    pub buffer_frames: Option<u32>,
    /// The time from the last request of the device until the first frame of that buffer is heard: the audio
    /// that the device and the sound server behind it hold. `None` before the first request.
    ///
    /// It changes from buffer to buffer. It is the report of the system and 5 ms more, as in the
    /// [`Playhead`]: such reports are wrong by a few milliseconds.
    pub latency: Option<Duration>,
}

impl Player {
    pub(crate) fn new(core: Arc<PlayerCore>) -> Self {
        let open = Open {
            core: Arc::clone(&core),
        };
        Self {
            core,
            _open: Arc::new(open),
        }
    }

    pub(crate) fn core(&self) -> &PlayerCore {
        &self.core
    }

    /// Begins an utterance, which plays after all earlier ones, without a gap.
    ///
    /// The next one plays when this one is finished: call [`Utterance::finish`], or drop every
    /// handle of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](cartesia_types::ErrorKind::InvalidRequest) for a rate or number
    /// of channels out of range, [`ErrorKind::Closed`](cartesia_types::ErrorKind::Closed) when the
    /// player is closed.
    pub fn utterance(&self, format: impl Into<SourceFormat>) -> Result<Utterance> {
        let format = format.into();
        let (id, slot) = self.core.change(|state| state.begin(format))?;
        Ok(Utterance::new(Arc::clone(&self.core), id, slot, format))
    }

    /// Stops everything that was written up to now (barge-in): playback fades out within one fade and the
    /// device's buffer, and queued audio is dropped. Audio written after this call is not affected.
    ///
    /// The call takes effect at once; its result only waits for the report of what was heard.
    #[doc(alias = "barge-in")]
    #[doc(alias = "stop")]
    pub fn interrupt(&self) -> Interruption {
        let slots = self.core.change(PlayerState::interrupt);
        Interruption {
            core: Arc::clone(&self.core),
            slots,
        }
    }

    /// Waits until all utterances so far were heard or dropped, device latency included. Unfinished
    /// utterances keep it waiting.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe.
    pub async fn drained(&self) {
        let last = self.core.state.lock().queue.back().map(|track| track.id);
        self.core
            .state
            .until(|state| {
                let first = state.queue.front().map(|track| track.id);
                (first.is_none() || first > last).then_some(())
            })
            .await;
    }

    /// Waits as [`drained`](Self::drained) does, and blocks the thread.
    pub fn drained_blocking(&self) {
        let last = self.core.state.lock().queue.back().map(|track| track.id);
        self.core.state.block_until(|state| {
            let first = state.queue.front().map(|track| track.id);
            (first.is_none() || first > last).then_some(())
        });
    }

    /// Pauses playback, after a fade-out. No audio is lost, and the pause does not count as an underrun.
    pub fn pause(&self) {
        self.core.change(|state| state.set_paused(true));
    }

    /// Continues after [`pause`](Self::pause), with a fade-in.
    pub fn resume(&self) {
        self.core.change(|state| state.set_paused(false));
    }

    /// Returns whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.core.state.lock().is_paused()
    }

    /// Sets the volume as a factor, from 0 to 4; samples beyond full scale are clipped. It changes gradually,
    /// by 1 in the time of two fades. NaN is ignored.
    pub fn set_volume(&self, volume: f32) {
        self.fade_volume(volume, Duration::ZERO);
    }

    /// Fades the volume over a given time, for example to lower a voice while another one speaks (ducking).
    /// Another change of the volume replaces the fade.
    #[doc(alias = "duck")]
    pub fn fade_volume(&self, volume: f32, over: Duration) {
        self.core.change(|state| state.set_volume(volume, over));
    }

    /// Returns the volume as a factor; 1 at first.
    pub fn volume(&self) -> f32 {
        self.core.state.lock().volume()
    }

    /// Mutes or unmutes while playback continues. The volume is kept.
    pub fn set_muted(&self, muted: bool) {
        self.core.change(|state| state.set_muted(muted));
    }

    /// Returns whether the sound is off.
    pub fn is_muted(&self) -> bool {
        self.core.state.lock().is_muted()
    }

    /// Returns the current position.
    pub fn playhead(&self) -> Playhead {
        self.core.state.lock().playhead()
    }

    /// Returns the output that plays now: its device, format, buffer and latency. After a change of the device it is
    /// the new one.
    ///
    /// `None` while the device is lost, and after the player is closed.
    ///
    /// ```
    /// use cartesia_audio::{OfflineOptions, Player};
    ///
    /// # fn main() -> Result<(), cartesia_audio::Error> {
    /// let (player, _output) = Player::offline(OfflineOptions::new(48_000).period(1_024))?;
    /// let output = player.output().expect("the device is there");
    /// assert_eq!((output.sample_rate, output.buffer_frames), (48_000, Some(1_024)));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "buffer size")]
    #[doc(alias = "latency")]
    pub fn output(&self) -> Option<OutputInfo> {
        self.core.state.lock().output()
    }

    /// Returns a receiver of the events from now on.
    pub fn events(&self) -> Events {
        let mut state = self.core.state.lock();
        let closed = state.closed;
        state.events.subscribe(closed)
    }

    /// Closes the player now, even if other handles exist: what is playing fades out. Utterances end with
    /// [`Outcome::Closed`](crate::Outcome::Closed). Closing twice has no effect.
    pub fn close(&self) {
        self.core.change(PlayerState::close);
    }

    /// Returns whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.core.state.lock().closed
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player")
            .field("playhead", &self.playhead())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// A running [`Player::interrupt`]. It takes effect even if it is not awaited.
#[must_use = "await it to learn what was heard, or discard it with `let _ =`"]
pub struct Interruption {
    core: Arc<PlayerCore>,
    slots: Vec<Slot>,
}

impl Interruption {
    /// Waits until the fade has left the speaker, and returns what was heard of the interrupted utterances.
    /// After this the device is silent unless new audio was written. It takes one fade, one buffer and the
    /// latency of the device.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: dropping the future does not undo the interruption.
    pub async fn heard(&self) -> Interrupted {
        self.core.state.until(|_| self.reports()).await
    }

    /// Waits as [`heard`](Self::heard) does, and blocks the thread.
    pub fn heard_blocking(&self) -> Interrupted {
        self.core.state.block_until(|_| self.reports())
    }

    /// Returns what was heard, if the fade-out has left the speaker already.
    pub fn try_heard(&self) -> Option<Interrupted> {
        self.reports()
    }

    fn reports(&self) -> Option<Interrupted> {
        let reports: Option<Vec<Report>> =
            self.slots.iter().map(|slot| slot.get().cloned()).collect();
        reports.map(|utterances| Interrupted { utterances })
    }
}

impl fmt::Debug for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interruption")
            .field("heard", &self.reports())
            .finish_non_exhaustive()
    }
}
