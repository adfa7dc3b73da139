//! Outputs without a device: into memory or a WAV file, clocked by hand, in real time or as fast as possible.
//! They run the same code as playback on a device.

mod external;
mod run;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cartesia_types::{ErrorKind, RawEncoding};

use crate::clock::{Clock, nanos};
use crate::device_ring::DeviceFormat;
use crate::event::Event;
use crate::player_core::PlayerCore;
use crate::render::Renderer;
use crate::shared::nanos_of;
use crate::state::{PlayerState, Settings};
use crate::{Error, Player, RESAMPLER_SAMPLE_RATES, Result, SourceFormat, WavFile};

pub use external::ExternalOutput;
pub use run::{Pace, RunningOutput};

/// The settings of an offline output.
///
/// Times are those of the output's own clock, which moves with what is rendered.
#[derive(Debug, Clone)]
#[must_use = "options do nothing until a player is made with them"]
pub struct OfflineOptions {
    pub(crate) settings: Settings,
    device: DeviceFormat,
    period: usize,
    latency: Duration,
    keep: Option<bool>,
}

impl OfflineOptions {
    /// Creates options for a mono output at `rate` frames per second, with buffers of 10 ms and without
    /// latency.
    pub fn new(sample_rate: u32) -> Self {
        Self {
            settings: Settings::default(),
            device: DeviceFormat {
                sample_rate,
                channels: 1,
            },
            period: usize::try_from(sample_rate / 100).unwrap_or(480).max(1),
            latency: Duration::ZERO,
            keep: None,
        }
    }

    /// Sets the number of samples per frame, from 1 to 32. Speech goes to the first two.
    pub fn channels(mut self, channels: u16) -> Self {
        self.device.channels = channels;
        self
    }

    /// Sets the number of frames that the device asks for at a time; at least 1.
    pub fn period(mut self, frames: usize) -> Self {
        self.period = frames.max(1);
        self
    }

    /// Sets the time from rendering a frame to hearing it.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets the prebuffer: the audio to wait for before an utterance starts; 60 ms by default.
    pub fn prebuffer(mut self, prebuffer: Duration) -> Self {
        self.settings.prebuffer = prebuffer;
        self
    }

    /// Sets the capacity of the queue: the amount of unplayed audio before writers have to wait; 30 s by
    /// default.
    pub fn queue(mut self, queue: Duration) -> Self {
        self.settings.queue = queue;
        self
    }

    /// Sets the length of every fade, at most 1 s; 5 ms by default. Zero turns fades off: samples stay
    /// unchanged.
    pub fn fade(mut self, fade: Duration) -> Self {
        self.settings.fade = fade;
        self
    }

    /// Sets whether rendered samples are kept in memory for [`OfflineOutput::take`]. On by default, except
    /// for an output that runs in [real time](Pace::RealTime), which would collect 11 MB a minute.
    pub fn keep(mut self, keep: bool) -> Self {
        self.keep = Some(keep);
        self
    }

    fn checked(self) -> Result<Self> {
        check_device("player.offline", self.device)?;
        Ok(self)
    }
}

fn check_device(operation: &'static str, device: DeviceFormat) -> Result<()> {
    let DeviceFormat {
        sample_rate,
        channels,
    } = device;
    let problem = if !RESAMPLER_SAMPLE_RATES.contains(&sample_rate) {
        format!("an output at {sample_rate} Hz is not supported")
    } else if !(1..=32).contains(&channels) {
        format!("an output with {channels} channels is not supported")
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidRequest, operation, problem))
}

impl Player {
    /// Creates a player without a device, and its output, which only moves on command: by
    /// [`step`](OfflineOutput::step), or on a thread of its own by [`run`](OfflineOutput::run).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](cartesia_types::ErrorKind::InvalidRequest) for a rate or number
    /// of channels out of range.
    pub fn offline(options: OfflineOptions) -> Result<(Self, OfflineOutput)> {
        let options = options.checked()?;
        let core = PlayerCore::new(options.settings, Clock::stopped());
        let mut output = OfflineOutput {
            core: Arc::clone(&core),
            renderer: None,
            device: options.device,
            period: options.period,
            latency: nanos(options.latency),
            buffer: Vec::new(),
            kept: Vec::new(),
            keep: options.keep,
            lost_at: None,
        };
        output.renderer = Some(core.change(|state| output.attach(state)));
        Ok((Self::new(core), output))
    }
}

/// The output of [`Player::offline`]: a device that is moved by hand, and that breaks on command.
///
/// It does not keep its player open, and stays readable after the player is closed.
pub struct OfflineOutput {
    core: Arc<PlayerCore>,
    /// `None` while the device is lost.
    renderer: Option<Renderer>,
    device: DeviceFormat,
    period: usize,
    latency: u64,
    buffer: Vec<f32>,
    kept: Vec<f32>,
    keep: Option<bool>,
    lost_at: Option<u64>,
}

impl OfflineOutput {
    /// Renders `frames`, in buffers of the period, and returns them interleaved. The clock advances with each
    /// buffer.
    pub fn step(&mut self, frames: usize) -> &[f32] {
        let channels = usize::from(self.device.channels);
        self.buffer.clear();
        let mut left = frames;
        while left > 0 {
            let count = left.min(self.period);
            let start = self.buffer.len();
            self.buffer.resize(start + count * channels, 0.0);
            self.core.pump();
            let now = self.core.clock.now();
            if let (Some(renderer), Some(out)) = (&mut self.renderer, self.buffer.get_mut(start..))
            {
                renderer.requested(count, self.latency);
                renderer.render(out, channels, now, self.latency);
            }
            self.core
                .clock
                .advance(nanos_of(count as u64, self.device.sample_rate));
            self.core.pump();
            left -= count;
        }
        if self.keep.unwrap_or(true) {
            self.kept.extend_from_slice(&self.buffer);
        }
        &self.buffer
    }

    /// Renders one buffer as a device does, whatever the period, without feeding, passing of time, or keeping
    /// of samples. For benchmarks; otherwise use [`step`](Self::step).
    pub fn render(&mut self, out: &mut [f32]) {
        let now = self.core.clock.now();
        if let Some(renderer) = &mut self.renderer {
            let channels = usize::from(self.device.channels);
            renderer.requested(out.len() / channels.max(1), self.latency);
            renderer.render(out, channels, now, self.latency);
        }
    }

    /// Steps until all written audio was played. Returns the number of frames rendered.
    ///
    /// Returns at once while the player is paused or the device is lost.
    pub fn run_until_idle(&mut self) -> u64 {
        let mut frames = 0;
        loop {
            self.core.pump();
            let count = self.useful_frames(&mut self.core.state.lock());
            if count == 0 {
                return frames;
            }
            self.step(count);
            frames += count as u64;
        }
    }

    /// How many frames can be rendered now without silence for want of audio.
    fn useful_frames(&self, state: &mut PlayerState) -> usize {
        if self.renderer.is_none() || state.is_paused() {
            return 0;
        }
        let ready = usize::try_from(state.ready_frames()).unwrap_or(usize::MAX);
        ready.min(self.period)
    }

    /// Advances time without a request of the device for audio: a late callback, or a machine that sleeps.
    pub fn stall(&mut self, time: Duration) {
        self.core.clock.advance(nanos(time));
        self.core.pump();
    }

    /// Simulates the loss of the device. Unplayed audio waits for [`restore_device`](Self::restore_device);
    /// steps return silence until then.
    pub fn lose_device(&mut self) {
        if self.renderer.take().is_none() {
            return;
        }
        let device = self.name();
        self.lost_at = Some(self.core.clock.now());
        self.core.change(|state| {
            state.detach();
            state.events.send(&Event::DeviceLost { device });
        });
    }

    /// Gives the player a device again, optionally with another rate and number of channels; a device that is
    /// still present is lost first. Playback continues with the first unplayed frame.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](cartesia_types::ErrorKind::InvalidRequest) for a rate or number
    /// of channels out of range.
    pub fn restore_device(&mut self, sample_rate: u32, channels: u16) -> Result<()> {
        let device = DeviceFormat {
            sample_rate,
            channels,
        };
        check_device("output.restore_device", device)?;
        self.lose_device();
        let from = self.name();
        self.device = device;
        let to = self.name();
        let now = self.core.clock.now();
        let lost = self.lost_at.take().unwrap_or(now);
        let gap = Duration::from_nanos(now.saturating_sub(lost));
        let renderer = self.core.change(|state| {
            let renderer = self.attach(state);
            state.device_changed(&Event::DeviceChanged { from, to, gap });
            renderer
        });
        self.renderer = Some(renderer);
        Ok(())
    }

    /// Returns the samples that were rendered since the last call, interleaved; empty when they are not kept.
    pub fn take(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.kept)
    }

    /// Writes all samples that were rendered and not yet taken to a WAV file of 32-bit floats. To write
    /// during rendering instead, pass the result of [`step`](Self::step) to a [`WavFile`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](cartesia_types::ErrorKind::Io) when the file cannot be written.
    pub fn save_wav(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut file = WavFile::create(path, self.format())?;
        file.write_samples(&self.kept)?;
        file.finish()
    }

    /// Returns the format of the rendered samples: floats at the rate and channels of the device.
    pub fn format(&self) -> SourceFormat {
        let DeviceFormat {
            sample_rate,
            channels,
        } = self.device;
        SourceFormat::new(RawEncoding::PcmF32Le, sample_rate, channels)
    }

    /// Returns the number of frames per second.
    pub fn sample_rate(&self) -> u32 {
        self.device.sample_rate
    }

    /// Returns the number of samples per frame.
    pub fn channels(&self) -> u16 {
        self.device.channels
    }

    fn attach(&self, state: &mut PlayerState) -> Renderer {
        let renderer = state.attach(self.device, self.name());
        state.set_buffer(u32::try_from(self.period).ok());
        renderer
    }

    fn name(&self) -> String {
        format!("offline at {} Hz", self.device.sample_rate)
    }
}

impl fmt::Debug for OfflineOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfflineOutput")
            .field("device", &self.device)
            .field("period", &self.period)
            .field("kept_samples", &self.kept.len())
            .finish_non_exhaustive()
    }
}
