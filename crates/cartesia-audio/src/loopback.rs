//! A recording of the audio that is played: the signal that an echo canceller subtracts from the microphone.
//!
//! A [`Tap`](crate::capture::tap::Tap) on the device's thread copies each buffer into a ring; the feeder of
//! the player makes chunks from it.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::ErrorKind;

use crate::capture::{Progress, RecorderState, Session};
use crate::device_ring::{DeviceFormat, DeviceRing};
use crate::state::PlayerState;
use crate::waiters::Watched;
use crate::{Error, Player, Recorder, RecorderBuilder, Result};

const OPERATION: &str = "player.loopback";

/// How often the ring is emptied; it holds much more.
pub(crate) const TICK: Duration = Duration::from_millis(10);

impl Player {
    /// Records what this player plays, on the clock of the device: the reference ("far end") of an echo
    /// canceller. Of the builder, only the format, the length of chunks and the queue apply.
    ///
    /// It records the audio that leaves the speaker, with fades and volume, and silence while nothing plays.
    /// [`AudioChunk::captured`](crate::AudioChunk::captured) is the time at which a chunk's first frame
    /// leaves the speaker. Recorders use the same clock, so the difference is the delay of the echo. It
    /// continues when the device changes; while there is no device, frames are missing, as in any recording.
    ///
    /// There is only one at a time: another call ends the earlier recording. It also ends with the player.
    ///
    /// ```
    /// use cartesia_audio::{CaptureFormat, OfflineOptions, Player, Recorder};
    /// use cartesia_types::RawEncoding;
    ///
    /// # fn main() -> Result<(), cartesia_audio::Error> {
    /// let (player, mut output) = Player::offline(OfflineOptions::new(48_000))?;
    /// let format = CaptureFormat::new(RawEncoding::PcmS16Le, 16_000);
    /// let mut played = player.loopback(&Recorder::builder().format(format))?;
    /// output.step(4_800);
    /// let chunk = played.try_next_chunk().expect("20 ms are over");
    /// assert_eq!(chunk.data.len(), 2 * 320);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for an unsupported format, [`ErrorKind::Closed`] when the player is
    /// closed, [`ErrorKind::Device`] when its device has not asked for audio since the last few calls.
    #[doc(alias = "echo")]
    #[doc(alias = "aec")]
    pub fn loopback(&self, builder: &RecorderBuilder) -> Result<Recorder> {
        let format = builder.format.check()?;
        let shared = Arc::new(Watched::new(RecorderState::new(builder)));
        let progress = Progress::new(format, builder.chunk);
        let loopback = Loopback {
            shared: Arc::clone(&shared),
            progress,
            session: None,
            has_news: false,
        };
        self.core().change(|state| state.set_loopback(loopback))?;
        Ok(Recorder::new(format, shared))
    }
}

/// The recording of what is played, on the player's side.
pub(crate) struct Loopback {
    shared: Arc<Watched<RecorderState>>,
    progress: Progress,
    /// For the present device.
    session: Option<Session>,
    /// There is something for the reader, who was not woken yet.
    has_news: bool,
}

impl Loopback {
    /// Copies what this device plays from now on.
    fn attach(&mut self, device: DeviceFormat, ring: &mut DeviceRing) -> Result<()> {
        let (session, tap) = Session::new(device, &self.progress)?;
        if !ring.taps.send(tap) {
            let message = "the device is not playing: it requests no audio";
            return Err(Error::new(ErrorKind::Device, OPERATION, message));
        }
        self.session = Some(session);
        Ok(())
    }

    fn detach(&mut self) {
        if let Some(mut session) = self.session.take() {
            session.retire(&mut self.shared.lock(), &mut self.progress);
            self.has_news = true;
        }
    }

    /// Gives what was played to the reader; `false` when it wants no more.
    fn convert(&mut self) -> bool {
        let Some(session) = &mut self.session else {
            return !self.shared.lock().is_stopped();
        };
        let converted = session.convert_quietly(&self.shared, &mut self.progress);
        self.has_news |= converted.has_chunks;
        !converted.is_stopped
    }

    fn end(mut self) -> Arc<Watched<RecorderState>> {
        if let Some(mut session) = self.session.take() {
            let mut state = self.shared.lock();
            session.retire(&mut state, &mut self.progress);
            session.end(&mut state, &mut self.progress);
        } else {
            self.shared.lock().end();
        }
        self.shared
    }
}

impl PlayerState {
    fn set_loopback(&mut self, mut loopback: Loopback) -> Result<()> {
        self.check_open(OPERATION)?;
        self.end_loopback();
        if let (Some(device), Some(ring)) = (self.device, &mut self.ring) {
            loopback.attach(device, ring)?;
        }
        self.loopback = Some(loopback);
        Ok(())
    }

    /// The device is there.
    pub(crate) fn attach_loopback(&mut self, device: DeviceFormat) {
        self.device = Some(device);
        let (Some(loopback), Some(ring)) = (&mut self.loopback, &mut self.ring) else {
            return;
        };
        if loopback.attach(device, ring).is_err() {
            // What this device runs at cannot be converted.
            self.end_loopback();
        }
    }

    /// The device is gone.
    pub(crate) fn detach_loopback(&mut self) {
        if let Some(loopback) = &mut self.loopback {
            loopback.detach();
        }
        self.changed = true;
    }

    /// Makes chunks of what was played since the last time.
    pub(crate) fn pump_loopback(&mut self) {
        let Some(loopback) = &mut self.loopback else {
            return;
        };
        let goes_on = loopback.convert();
        self.changed |= loopback.has_news;
        if !goes_on {
            self.end_loopback();
        }
    }

    pub(crate) fn end_loopback(&mut self) {
        if let Some(loopback) = self.loopback.take() {
            self.loopbacks_over.push(loopback.end());
            self.changed = true;
        }
    }

    /// Those to wake who read what is played, once no lock is held.
    pub(crate) fn loopback_readers(&mut self) -> Vec<Arc<Watched<RecorderState>>> {
        let mut readers = std::mem::take(&mut self.loopbacks_over);
        if let Some(loopback) = &mut self.loopback
            && std::mem::take(&mut loopback.has_news)
        {
            readers.push(Arc::clone(&loopback.shared));
        }
        readers
    }
}
