//! The handle of a microphone.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use super::offline::{OfflineMicrophone, OfflineSource};
use super::pump::Progress;
use super::{AudioChunk, CaptureFormat, Level};
use crate::Result;
use crate::device_ring::DeviceFormat;
use crate::event::{Events, Subscribers};
use crate::waiters::Watched;

/// A builder of a recorder; from [`Recorder::builder`].
#[derive(Debug, Clone)]
pub struct RecorderBuilder {
    pub(crate) format: CaptureFormat,
    pub(crate) chunk: Duration,
    pub(crate) queue: Duration,
    #[cfg(feature = "device")]
    pub(crate) device: Option<String>,
}

impl RecorderBuilder {
    /// Sets the format of the chunks. Default: [`CaptureFormat::default`], mono, 16 bits, 16 kHz.
    #[must_use]
    pub fn format(mut self, format: CaptureFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets the length of a chunk, 1 ms to 10 s. Default: 20 ms.
    #[must_use]
    pub fn chunk(mut self, chunk: Duration) -> Self {
        self.chunk = chunk;
        self
    }

    /// Sets the amount of unread audio that is kept; then the oldest is dropped. Default: 10 s.
    #[must_use]
    pub fn queue(mut self, queue: Duration) -> Self {
        self.queue = queue;
        self
    }

    /// Opens a recorder without a device, and its microphone, into which a test writes samples.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](cartesia_types::ErrorKind::InvalidRequest) when the format, or
    /// that of the microphone, cannot be converted.
    pub fn open_offline(
        self,
        sample_rate: u32,
        channels: u16,
    ) -> Result<(Recorder, OfflineMicrophone)> {
        let format = self.format.check()?;
        let shared = Arc::new(Watched::new(RecorderState::new(&self)));
        let progress = Progress::new(format, self.chunk);
        let device = DeviceFormat {
            sample_rate,
            channels,
        };
        let source = Arc::new(OfflineSource::new(Arc::clone(&shared), progress, device)?);
        let mut recorder = Recorder::new(format, shared);
        recorder.stopper.offline = Some(Arc::clone(&source));
        Ok((recorder, OfflineMicrophone::new(source)))
    }
}

/// The counters of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RecorderStats {
    /// The number of overruns: audio was dropped because it was not read, or because the machine was too busy
    /// to take it from the device.
    pub overruns: u64,
    /// Playing time of what was dropped.
    pub dropped: Duration,
    /// The number of gaps, in which the device gave no audio for 50 ms or longer: the sound server stood
    /// still, or another device had to be opened.
    pub gaps: u64,
    /// Playing time of what is missing there.
    pub missing: Duration,
    /// The number of times that recording moved to another device, or to the same one opened again.
    pub device_changes: u64,
}

/// A microphone: chunks of PCM, as a [`Stream`], awaited one by one, or blocking.
///
/// Recording starts with the opening and does not depend on a reader. Dropping the recorder closes the
/// device.
///
/// ```
/// use cartesia_audio::Recorder;
///
/// // Without a device, as tests do it; `open` takes the machine's microphone.
/// let (mut recorder, mut microphone) = Recorder::builder().open_offline(48_000, 2)?;
/// microphone.hear(&[0.25; 2 * 4_800]);
/// microphone.unplug();
/// let mut bytes = 0;
/// while let Some(chunk) = recorder.next_chunk_blocking() {
///     bytes += chunk.data.len();
/// }
/// // A tenth of a second at 16 kHz, mono, 16 bits.
/// assert_eq!(bytes, 1_600 * 2);
/// # Ok::<(), cartesia_audio::Error>(())
/// ```
#[doc(alias = "microphone")]
#[doc(alias = "audio capture")]
pub struct Recorder {
    format: CaptureFormat,
    shared: Arc<Watched<RecorderState>>,
    stopper: RecorderStopper,
}

/// Ends a recording from anywhere, also while the recorder is being read; from [`Recorder::stopper`].
/// Cloning is cheap, and dropping it does nothing.
#[derive(Clone)]
pub struct RecorderStopper {
    shared: Arc<Watched<RecorderState>>,
    /// A source without a thread that would notice the stop.
    offline: Option<Arc<OfflineSource>>,
}

impl RecorderStopper {
    /// Ends the recording, as [`Recorder::stop`].
    pub fn stop(&self) {
        self.shared.lock().stopped = true;
        self.shared.wake();
        if let Some(source) = &self.offline {
            source.end();
        }
    }
}

impl fmt::Debug for RecorderStopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecorderStopper")
    }
}

/// What the recorder shares with the thread that converts.
#[derive(Debug)]
pub(crate) struct RecorderState {
    chunks: VecDeque<AudioChunk>,
    /// Bytes in them.
    queued: usize,
    /// The most there may be.
    limit: usize,
    format: CaptureFormat,
    level: Level,
    /// Overruns of the queue, and of devices that are gone.
    overruns: u64,
    dropped: Duration,
    /// Of the present device.
    device_overruns: u64,
    device_dropped: Duration,
    device_changes: u64,
    /// How often audio is missing, and its playing time.
    gaps: (u64, Duration),
    /// The last chunk that was given found no room.
    overrunning: bool,
    events: Subscribers,
    /// The recorder wants no more.
    stopped: bool,
    /// Nothing more will come.
    ended: bool,
}

impl RecorderState {
    pub(crate) fn new(builder: &RecorderBuilder) -> Self {
        let format = builder.format;
        let millis = u64::try_from(builder.queue.as_millis()).unwrap_or(u64::MAX);
        let bytes = (format.bytes_per_frame() as u64 * u64::from(format.sample_rate))
            .saturating_mul(millis)
            / 1_000;
        Self {
            chunks: VecDeque::new(),
            queued: 0,
            limit: usize::try_from(bytes).unwrap_or(usize::MAX),
            format,
            level: Level::default(),
            overruns: 0,
            dropped: Duration::ZERO,
            device_overruns: 0,
            device_dropped: Duration::ZERO,
            device_changes: 0,
            gaps: (0, Duration::ZERO),
            overrunning: false,
            events: Subscribers::default(),
            stopped: false,
            ended: false,
        }
    }

    /// Appends a chunk. If there is no room, the oldest ones are dropped.
    pub(crate) fn give(&mut self, chunk: AudioChunk) {
        self.level = chunk.level;
        self.queued += chunk.data.len();
        self.chunks.push_back(chunk);
        let full = self.queued > self.limit;
        while self.queued > self.limit && self.chunks.len() > 1 {
            let Some(oldest) = self.chunks.pop_front() else {
                break;
            };
            self.queued -= oldest.data.len();
            self.dropped += self.time_of(oldest.data.len());
        }
        if full && !self.overrunning {
            self.overruns += 1;
        }
        self.overrunning = full;
    }

    /// Notes the counters of the present device.
    pub(crate) fn note_device(&mut self, overruns: u64, dropped: Duration) {
        self.device_overruns = overruns;
        self.device_dropped = dropped;
    }

    /// Notes the audio that devices did not deliver.
    pub(super) fn note_gaps(&mut self, gaps: (u64, Duration)) {
        self.gaps = gaps;
    }

    /// The present device is gone; its figures are kept.
    pub(super) fn retire_device(&mut self) {
        self.overruns += std::mem::take(&mut self.device_overruns);
        self.dropped += std::mem::take(&mut self.device_dropped);
    }

    #[cfg(feature = "device")]
    pub(super) fn count_device_change(&mut self) {
        self.device_changes += 1;
    }

    #[cfg(feature = "device")]
    pub(super) fn event(&mut self, event: &crate::event::Event) {
        self.events.send(event);
    }

    /// The tasks that wait for an event; ring when no lock is held.
    pub(super) fn bells(&mut self) -> Vec<crate::event::Bell> {
        self.events.bells()
    }

    /// Nothing more will come.
    pub(crate) fn end(&mut self) {
        self.ended = true;
        self.events.close();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    fn time_of(&self, bytes: usize) -> Duration {
        let frames = (bytes / self.format.bytes_per_frame().max(1)) as u64;
        Duration::from_nanos(crate::shared::nanos_of(frames, self.format.sample_rate))
    }

    /// `None` when there is nothing yet, `Some(None)` at the end.
    #[expect(
        clippy::option_option,
        reason = "two questions: is it decided, and is there one"
    )]
    fn take(&mut self) -> Option<Option<AudioChunk>> {
        match self.chunks.pop_front() {
            Some(chunk) => {
                self.queued -= chunk.data.len();
                Some(Some(chunk))
            }
            None => self.ended.then_some(None),
        }
    }
}

impl Recorder {
    pub(crate) fn new(format: CaptureFormat, shared: Arc<Watched<RecorderState>>) -> Self {
        let stopper = RecorderStopper {
            shared: Arc::clone(&shared),
            offline: None,
        };
        Self {
            format,
            shared,
            stopper,
        }
    }

    /// Returns a builder for a recorder.
    pub fn builder() -> RecorderBuilder {
        RecorderBuilder {
            format: CaptureFormat::default(),
            chunk: Duration::from_millis(20),
            queue: Duration::from_secs(10),
            #[cfg(feature = "device")]
            device: None,
        }
    }

    /// Returns the format of the chunks.
    pub fn format(&self) -> CaptureFormat {
        self.format
    }

    /// Returns the next chunk; `None` after the last one, once [`stop`](Self::stop) was called.
    ///
    /// # Cancel safety
    ///
    /// No audio is lost when the future is dropped.
    pub async fn next_chunk(&mut self) -> Option<AudioChunk> {
        self.shared.until(RecorderState::take).await
    }

    /// Blocks the thread until the next chunk; `None` after the last one.
    pub fn next_chunk_blocking(&mut self) -> Option<AudioChunk> {
        self.shared.block_until(RecorderState::take)
    }

    /// Returns the next chunk if it has already arrived.
    pub fn try_next_chunk(&mut self) -> Option<AudioChunk> {
        self.shared.lock().take().flatten()
    }

    /// Returns the loudness of the newest chunk, read or not.
    pub fn level(&self) -> Level {
        self.shared.lock().level
    }

    /// Returns the counters of lost audio. All losses also show as jumps in [`AudioChunk::first_frame`].
    pub fn stats(&self) -> RecorderStats {
        let state = self.shared.lock();
        RecorderStats {
            overruns: state.overruns + state.device_overruns,
            dropped: state.dropped + state.device_dropped,
            gaps: state.gaps.0,
            missing: state.gaps.1,
            device_changes: state.device_changes,
        }
    }

    /// Returns a receiver of device events: [`DeviceLost`](crate::Event::DeviceLost) and
    /// [`DeviceChanged`](crate::Event::DeviceChanged).
    pub fn events(&self) -> Events {
        let mut state = self.shared.lock();
        let ended = state.ended;
        state.events.subscribe(ended)
    }

    /// Stops recording. Audio recorded so far can still be read; `None` follows.
    pub fn stop(&self) {
        self.stopper.stop();
    }

    /// Returns a handle that ends the recording from another thread or task.
    pub fn stopper(&self) -> RecorderStopper {
        self.stopper.clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Stream for Recorder {
    type Item = AudioChunk;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<AudioChunk>> {
        self.shared.poll(context, RecorderState::take)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
