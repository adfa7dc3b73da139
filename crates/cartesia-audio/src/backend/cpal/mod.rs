//! The devices of the system. Only this folder uses the audio library.

mod find;
mod input;

use std::sync::Arc;
use std::time::Duration;

use cpal::traits::{DeviceTrait as _, StreamTrait as _};
use cpal::{
    BufferSize, FromSample, I24, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize,
    SupportedStreamConfig, U24,
};

use super::{Backend, Device, Health, Playing, Wanted};
use crate::Result;
use crate::device_ring::DeviceFormat;
use crate::output::Output;

pub(crate) use find::Direction;
pub(crate) use input::PERIOD;

/// How long the system may take to open a device.
const OPENING: Duration = Duration::from_secs(1);

const OPEN: &str = "player.open";

/// The system's own audio interface.
#[derive(Clone, Copy)]
pub(crate) struct System;

impl Backend for System {
    fn find(&mut self, wanted: &Wanted) -> Result<Box<dyn Device>> {
        quiet();
        let host = cpal::default_host();
        let device = Direction::Output.find(&host, wanted.device.as_deref(), OPEN)?;
        let name = device.to_string();
        // A default device may be only a name: its configuration shows whether it exists.
        let config = Direction::Output.config(&device, OPEN)?;
        Ok(Box::new(Found {
            device,
            name,
            config,
            buffer: wanted.buffer,
        }))
    }
}

struct Found {
    device: cpal::Device,
    name: String,
    config: SupportedStreamConfig,
    buffer: Duration,
}

impl Device for Found {
    fn name(&self) -> &str {
        &self.name
    }

    fn sample_rate(&self) -> DeviceFormat {
        DeviceFormat {
            sample_rate: self.config.sample_rate(),
            channels: self.config.channels(),
        }
    }

    fn start(&mut self, output: Output, health: Arc<Health>) -> Result<Box<dyn Playing>> {
        let stream = self.open(output, health).map_err(|error| {
            let message = format!("the device `{}` cannot be opened", self.name);
            Direction::Output
                .unavailable(OPEN, &message)
                .with_source(error)
        })?;
        Ok(Box::new(Open(stream)))
    }
}

struct Open(cpal::Stream);

impl Playing for Open {
    fn suspend(&self) -> bool {
        quiet();
        self.0.pause().is_ok()
    }

    fn resume(&self) -> bool {
        quiet();
        self.0.play().is_ok()
    }

    fn buffer_frames(&self) -> Option<u32> {
        // The frames of a callback: ALSA's ring, for example, has two of them.
        self.0.buffer_size().ok().filter(|frames| *frames > 0)
    }
}

impl Found {
    /// Opens it with the requested buffer size. The default of some systems is two seconds.
    fn open(
        &self,
        output: Output,
        health: Arc<Health>,
    ) -> std::result::Result<cpal::Stream, cpal::Error> {
        let config = StreamConfig {
            channels: self.config.channels(),
            sample_rate: self.config.sample_rate(),
            buffer_size: BufferSize::Fixed(self.buffer_frames()),
        };
        let stream = match self.config.sample_format() {
            SampleFormat::F32 => self.build_float(config, output, health),
            SampleFormat::I8 => self.build::<i8>(config, output, health),
            SampleFormat::I16 => self.build::<i16>(config, output, health),
            SampleFormat::I24 => self.build::<I24>(config, output, health),
            SampleFormat::I32 => self.build::<i32>(config, output, health),
            SampleFormat::I64 => self.build::<i64>(config, output, health),
            SampleFormat::U8 => self.build::<u8>(config, output, health),
            SampleFormat::U16 => self.build::<u16>(config, output, health),
            SampleFormat::U24 => self.build::<U24>(config, output, health),
            SampleFormat::U32 => self.build::<u32>(config, output, health),
            SampleFormat::U64 => self.build::<u64>(config, output, health),
            SampleFormat::F64 => self.build::<f64>(config, output, health),
            _ => Err(cpal::ErrorKind::UnsupportedConfig.into()),
        }?;
        stream.play()?;
        Ok(stream)
    }

    /// The requested length, rounded up to a power of two, which hardware divides evenly, and within what the
    /// device takes.
    fn buffer_frames(&self) -> u32 {
        let sample_rate = u128::from(self.config.sample_rate());
        let frames =
            u32::try_from(self.buffer.as_millis() * sample_rate / 1_000).unwrap_or(u32::MAX);
        let frames = frames.checked_next_power_of_two().unwrap_or(frames);
        match self.config.buffer_size() {
            SupportedBufferSize::Range { min, max } if min <= max => frames.clamp(*min, *max),
            _ => frames,
        }
        .max(1)
    }

    fn build_float(
        &self,
        config: StreamConfig,
        mut output: Output,
        health: Arc<Health>,
    ) -> std::result::Result<cpal::Stream, cpal::Error> {
        self.device.build_output_stream(
            config,
            move |out: &mut [f32], info: &cpal::OutputCallbackInfo| output.fill(out, latency(info)),
            move |error| note(&health, &error),
            Some(OPENING),
        )
    }

    /// For every other format, through floats.
    fn build<T: SizedSample + FromSample<f32>>(
        &self,
        config: StreamConfig,
        mut output: Output,
        health: Arc<Health>,
    ) -> std::result::Result<cpal::Stream, cpal::Error> {
        self.device.build_output_stream(
            config,
            move |out: &mut [T], info: &cpal::OutputCallbackInfo| {
                output.fill_as(out, latency(info), T::from_sample);
            },
            move |error| note(&health, &error),
            Some(OPENING),
        )
    }
}

/// The latency that devices report is wrong by a few milliseconds in either direction. Audio that counts as
/// heard must have been heard: a program that ends then must not cut off its end.
const DOUBT: Duration = Duration::from_millis(5);

/// From the callback to the speaker; rather too long than too short.
fn latency(info: &cpal::OutputCallbackInfo) -> Duration {
    let times = info.timestamp();
    times.playback.saturating_duration_since(times.callback) + DOUBT
}

/// On the thread of the device.
fn note(health: &Health, error: &cpal::Error) {
    match error.kind() {
        cpal::ErrorKind::DeviceChanged => health.moved(),
        kind => health.error(matches!(
            kind,
            cpal::ErrorKind::DeviceNotAvailable
                | cpal::ErrorKind::HostUnavailable
                | cpal::ErrorKind::StreamInvalidated
        )),
    }
}

/// Keeps the system's library from writing to stderr on this thread. Without a device it writes much, and our
/// errors have its messages. Called before each use, because this also clears the messages so far.
fn quiet() {
    #[cfg(target_os = "linux")]
    drop(alsa::Output::local_error_handler());
}
