//! The devices of the system. No other file names the crate that reaches them.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::ErrorKind as Kind;
use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{
    BufferSize, FromSample, I24, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize,
    SupportedStreamConfig, U24,
};

use super::{Backend, Device, Health, Output, Playing, Wanted};
use crate::devices::DeviceInfo;
use crate::link::DeviceRate;
use crate::{Error, RESAMPLER_RATES, Result};

/// How long the system may take to open a device.
const OPENING: Duration = Duration::from_secs(1);

/// Samples that are rendered at a time for a device that does not take floats.
const PIECE: usize = 2_048;

const OPEN: &str = "player.open";

/// What to do where no device is to be had.
const ADVICE: &str = if cfg!(target_os = "linux") {
    "check that a sound server (PipeWire or PulseAudio) runs, and that ALSA reaches it: install \
     `pipewire-alsa` or `libasound2-plugins`. Without speakers, use an offline output"
} else {
    "check that a loudspeaker is connected and turned on in the settings of the system. Without \
     speakers, use an offline output"
};

/// The system's own audio interface.
pub(crate) struct System;

impl Backend for System {
    fn find(&mut self, wanted: &Wanted) -> Result<Box<dyn Device>> {
        quiet();
        let host = cpal::default_host();
        let device = match &wanted.device {
            Some(name) => named(&host, name)?,
            None => host
                .default_output_device()
                .ok_or_else(|| no_device("the system has no output device"))?,
        };
        let name = device.to_string();
        // A default device can exist in name alone: only its configuration tells.
        let config = device.default_output_config().map_err(|error| {
            no_device(&format!("the device `{name}` does not answer")).with_source(error)
        })?;
        let config = playable(&device, config)
            .ok_or_else(|| no_device(&format!("the device `{name}` takes no PCM audio")))?;
        Ok(Box::new(Found {
            device,
            name,
            config,
            buffer: wanted.buffer,
        }))
    }
}

fn no_device(message: &str) -> Error {
    Error::new(Kind::Device, OPEN, format!("{message}; {ADVICE}"))
}

/// By its id, else by its name, else by the start of its name.
fn named(host: &cpal::Host, wanted: &str) -> Result<cpal::Device> {
    let devices = host
        .output_devices()
        .map_err(|error| no_device("the devices cannot be listed").with_source(error))?;
    let wanted_name = wanted.to_lowercase();
    let mut best = None;
    for device in devices {
        let name = device.to_string().to_lowercase();
        let rank = if device.id().is_ok_and(|id| id.to_string() == wanted) {
            0
        } else if name == wanted_name {
            1
        } else if name.starts_with(&wanted_name) {
            2
        } else {
            continue;
        };
        if best.as_ref().is_none_or(|(other, _)| rank < *other) {
            best = Some((rank, device));
        }
    }
    best.map(|(_, device)| device).ok_or_else(|| {
        let message = format!(
            "no output device has the id `{wanted}` or a name that starts so; `devices()` lists them"
        );
        Error::new(Kind::Device, OPEN, message)
    })
}

/// The configuration itself if we can play in it, else the best of the device's that we can.
fn playable(device: &cpal::Device, config: SupportedStreamConfig) -> Option<SupportedStreamConfig> {
    let fits = |config: &SupportedStreamConfig| {
        is_pcm(config.sample_format())
            && RESAMPLER_RATES.contains(&config.sample_rate())
            && (1..=32).contains(&config.channels())
    };
    if fits(&config) {
        return Some(config);
    }
    let ranges = device.supported_output_configs().ok()?;
    let mut ranges: Vec<_> = ranges
        .filter(|range| is_pcm(range.sample_format()))
        .collect();
    ranges.sort_by(|a, b| b.cmp_default_heuristics(a));
    ranges
        .into_iter()
        .map(|range| {
            let rate = 48_000.clamp(range.min_sample_rate(), range.max_sample_rate());
            range.with_sample_rate(rate)
        })
        .find(fits)
}

fn is_pcm(format: SampleFormat) -> bool {
    format_name(format).is_some()
}

/// The name of a format, as `devices()` shows it. `None` for what is no PCM.
fn format_name(format: SampleFormat) -> Option<&'static str> {
    Some(match format {
        SampleFormat::I8 => "i8",
        SampleFormat::I16 => "i16",
        SampleFormat::I24 => "i24",
        SampleFormat::I32 => "i32",
        SampleFormat::I64 => "i64",
        SampleFormat::U8 => "u8",
        SampleFormat::U16 => "u16",
        SampleFormat::U24 => "u24",
        SampleFormat::U32 => "u32",
        SampleFormat::U64 => "u64",
        SampleFormat::F32 => "f32",
        SampleFormat::F64 => "f64",
        _ => return None,
    })
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

    fn rate(&self) -> DeviceRate {
        DeviceRate {
            rate: self.config.sample_rate(),
            channels: self.config.channels(),
        }
    }

    fn start(&mut self, output: Output, health: Arc<Health>) -> Result<Box<dyn Playing>> {
        let stream = self.open(output, health).map_err(|error| {
            let message = format!("the device `{}` cannot be opened", self.name);
            Error::new(Kind::Device, OPEN, format!("{message}: {error}; {ADVICE}"))
                .with_source(error)
        })?;
        Ok(Box::new(Open { _stream: stream }))
    }
}

struct Open {
    _stream: cpal::Stream,
}

impl Playing for Open {}

impl Found {
    /// With the size of buffer that was asked for. Never the system's own choice: on some it is two
    /// seconds.
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

    fn buffer_frames(&self) -> u32 {
        let rate = u128::from(self.config.sample_rate());
        let frames = u32::try_from(self.buffer.as_millis() * rate / 1_000).unwrap_or(u32::MAX);
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
        let channels = usize::from(config.channels.max(1));
        let rate = config.sample_rate.max(1);
        let mut floats = vec![0.0_f32; (PIECE / channels).max(1) * channels];
        self.device.build_output_stream(
            config,
            move |out: &mut [T], info: &cpal::OutputCallbackInfo| {
                let mut ahead = latency(info);
                for piece in out.chunks_mut(floats.len()) {
                    let Some(floats) = floats.get_mut(..piece.len()) else {
                        break;
                    };
                    output.fill(floats, ahead);
                    for (to, from) in piece.iter_mut().zip(floats.iter()) {
                        *to = T::from_sample(*from);
                    }
                    let frames = u32::try_from(piece.len() / channels).unwrap_or(0);
                    ahead += Duration::from_secs(u64::from(frames)) / rate;
                }
            },
            move |error| note(&health, &error),
            Some(OPENING),
        )
    }
}

/// From the callback to the speaker.
fn latency(info: &cpal::OutputCallbackInfo) -> Duration {
    let times = info.timestamp();
    times.playback.saturating_duration_since(times.callback)
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

/// Every output device of the system.
pub(crate) fn list() -> Result<Vec<DeviceInfo>> {
    quiet();
    let host = cpal::default_host();
    // One that does not answer is a name without a device.
    let default = host
        .default_output_device()
        .filter(|device| device.default_output_config().is_ok());
    let default_id = default.as_ref().and_then(|device| device.id().ok());
    let devices = host.output_devices().map_err(|error| {
        let message = format!("the devices cannot be listed; {ADVICE}");
        Error::new(Kind::Device, "devices", message).with_source(error)
    })?;
    let mut infos: Vec<DeviceInfo> = devices
        .filter_map(|device| {
            let id = device.id().ok()?;
            let is_default = default_id.as_ref() == Some(&id);
            describe(&device, id.to_string(), is_default)
        })
        .collect();
    // The default may be a route that the list does not name.
    if let (Some(device), Some(id)) = (default, default_id)
        && !infos.iter().any(|info| info.is_default)
    {
        infos.extend(describe(&device, id.to_string(), true));
    }
    infos.sort_by_key(|info| !info.is_default);
    Ok(infos)
}

fn describe(device: &cpal::Device, id: String, is_default: bool) -> Option<DeviceInfo> {
    let config = device.default_output_config().ok()?;
    let ranges: Vec<_> = device
        .supported_output_configs()
        .ok()
        .into_iter()
        .flatten()
        .filter(|range| is_pcm(range.sample_format()))
        .collect();
    let low = ranges.iter().map(|range| range.min_sample_rate()).min();
    let high = ranges.iter().map(|range| range.max_sample_rate()).max();
    let mut formats: Vec<&'static str> = ranges
        .iter()
        .filter_map(|range| format_name(range.sample_format()))
        .collect();
    formats.sort_unstable();
    formats.dedup();
    let rate = config.sample_rate();
    let time = |frames: u32| Duration::from_secs(u64::from(frames)) / rate.max(1);
    let buffer = match config.buffer_size() {
        SupportedBufferSize::Range { min, max } => Some((time(*min), time(*max))),
        SupportedBufferSize::Unknown => None,
    };
    Some(DeviceInfo {
        id,
        name: device.to_string(),
        is_default,
        rate,
        channels: config.channels(),
        rates: low.unwrap_or(rate)..=high.unwrap_or(rate),
        formats,
        shortest_buffer: buffer.map(|(shortest, _)| shortest),
        longest_buffer: buffer.map(|(_, longest)| longest),
    })
}

/// Keeps the system's library from writing to stderr on this thread: where there is no device, it
/// does so at length, and what it says is in our errors. Called before each use, for it also forgets
/// what it has caught so far.
fn quiet() {
    #[cfg(target_os = "linux")]
    drop(alsa::Output::local_error_handler());
}
