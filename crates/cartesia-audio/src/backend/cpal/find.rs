//! The devices of the system, and the choice of one by name.

use std::time::Duration;

use cartesia_types::ErrorKind;
use cpal::traits::{DeviceTrait as _, HostTrait as _};
use cpal::{SampleFormat, SupportedBufferSize, SupportedStreamConfig, SupportedStreamConfigRange};

use super::quiet;
use crate::devices::DeviceInfo;
use crate::{Error, RESAMPLER_SAMPLE_RATES, Result};

/// Names of ALSA that are not listed. Its way to JACK: where no such server runs, its library writes to
/// stderr, and where one runs, there is a default device that leads to it. And `null`, which is there on
/// machines without any device, and swallows what is played as fast as it arrives.
const UNLISTED: [&str; 2] = ["jack", "null"];

/// Which way the audio goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Playback.
    Output,
    /// Recording.
    Input,
}

type Configs = std::result::Result<Vec<SupportedStreamConfigRange>, cpal::Error>;

impl Direction {
    fn word(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Input => "input",
        }
    }

    fn default_of(self, host: &cpal::Host) -> Option<cpal::Device> {
        match self {
            Self::Output => host.default_output_device(),
            Self::Input => host.default_input_device(),
        }
    }

    fn all(self, host: &cpal::Host) -> std::result::Result<Vec<cpal::Device>, cpal::Error> {
        Ok(match self {
            Self::Output => host.output_devices()?.collect(),
            Self::Input => host.input_devices()?.collect(),
        })
    }

    fn default_config(
        self,
        device: &cpal::Device,
    ) -> std::result::Result<SupportedStreamConfig, cpal::Error> {
        match self {
            Self::Output => device.default_output_config(),
            Self::Input => device.default_input_config(),
        }
    }

    fn configs(self, device: &cpal::Device) -> Configs {
        Ok(match self {
            Self::Output => device.supported_output_configs()?.collect(),
            Self::Input => device.supported_input_configs()?.collect(),
        })
    }

    /// The advice for when there is no device.
    fn advice(self) -> &'static str {
        match self {
            _ if cfg!(target_os = "linux") => {
                "check that a sound server (PipeWire or PulseAudio) runs, and that ALSA reaches it: \
                 install `pipewire-alsa` or `libasound2-plugins`"
            }
            Self::Output => {
                "check that a loudspeaker is connected and turned on in the settings of the system"
            }
            Self::Input => {
                "check that a microphone is connected, and that this program may use it in the \
                 settings of the system"
            }
        }
    }

    /// An error for when there is no device; `operation` is what needed one.
    pub(super) fn unavailable(self, operation: &'static str, message: &str) -> Error {
        let advice = self.advice();
        let instead = match self {
            Self::Output => "; without speakers, use an offline output",
            Self::Input => "",
        };
        let message = format!("{message} ({advice}{instead})");
        Error::new(ErrorKind::Device, operation, message)
    }

    /// Returns the requested device, or else the system's default.
    pub(super) fn find(
        self,
        host: &cpal::Host,
        wanted: Option<&str>,
        operation: &'static str,
    ) -> Result<cpal::Device> {
        let Some(wanted) = wanted else {
            return self.default_of(host).ok_or_else(|| {
                let message = format!("the system has no {} device", self.word());
                self.unavailable(operation, &message)
            });
        };
        self.named(host, wanted, operation)
    }

    /// By its id, else by its name, else by the start of its name, else by a part of it.
    fn named(
        self,
        host: &cpal::Host,
        wanted: &str,
        operation: &'static str,
    ) -> Result<cpal::Device> {
        let devices = self.all(host).map_err(|error| {
            self.unavailable(operation, "the devices cannot be listed")
                .with_source(error)
        })?;
        let wanted_name = wanted.to_lowercase();
        let rank = |device: &cpal::Device| {
            let name = device.to_string().to_lowercase();
            if device.id().is_ok_and(|id| id.to_string() == wanted) {
                Some(0)
            } else if name == wanted_name {
                Some(1)
            } else if name.starts_with(&wanted_name) {
                Some(2)
            } else {
                name.contains(&wanted_name).then_some(3)
            }
        };
        let best = devices
            .into_iter()
            .filter_map(|device| Some((rank(&device)?, device)))
            .min_by_key(|(rank, _)| *rank);
        best.map(|(_, device)| device).ok_or_else(|| {
            let (word, list) = match self {
                Self::Output => ("output", "devices()"),
                Self::Input => ("input", "microphones()"),
            };
            let message = format!(
                "no {word} device matches `{wanted}` by id or by a part of its name; `{list}` lists the devices{}",
                self.named_by_the_server()
            );
            Error::new(ErrorKind::Device, operation, message)
        })
    }

    /// The advice for selecting a sink or source of a sound server, which ALSA does not list.
    fn named_by_the_server(self) -> String {
        if !cfg!(target_os = "linux") {
            return String::new();
        }
        let (kind, pulse) = match self {
            Self::Output => ("sink", "PULSE_SINK"),
            Self::Input => ("source", "PULSE_SOURCE"),
        };
        format!(
            ". A {kind} of PulseAudio or PipeWire is not in that list: do not choose a device, and set \
             the environment variable {pulse} to a name from `pactl list short {kind}s` (or \
             PIPEWIRE_NODE, if the package `pipewire-alsa` is installed)"
        )
    }

    /// What the device runs at by itself if we can work with it, else the best that we can.
    ///
    /// A default device can exist in name alone: only this tells.
    pub(super) fn config(
        self,
        device: &cpal::Device,
        operation: &'static str,
    ) -> Result<SupportedStreamConfig> {
        let config = self.default_config(device).map_err(|error| {
            self.unavailable(operation, &format!("the device `{device}` does not answer"))
                .with_source(error)
        })?;
        let fits = |config: &SupportedStreamConfig| {
            is_pcm(config.sample_format())
                && RESAMPLER_SAMPLE_RATES.contains(&config.sample_rate())
                && (1..=32).contains(&config.channels())
        };
        if fits(&config) {
            return Ok(config);
        }
        let mut ranges = self.configs(device).unwrap_or_default();
        ranges.retain(|range| is_pcm(range.sample_format()));
        ranges.sort_by(|a, b| b.cmp_default_heuristics(a));
        ranges
            .into_iter()
            .map(|range| {
                let sample_rate = 48_000.clamp(range.min_sample_rate(), range.max_sample_rate());
                range.with_sample_rate(sample_rate)
            })
            .find(fits)
            .ok_or_else(|| {
                self.unavailable(
                    operation,
                    &format!("the device `{device}` has no PCM audio"),
                )
            })
    }

    /// Every device of the system, the default one first.
    pub(crate) fn list(self) -> Result<Vec<DeviceInfo>> {
        quiet();
        let host = cpal::default_host();
        // A device that does not answer exists only as a name.
        let default = self
            .default_of(&host)
            .filter(|device| self.default_config(device).is_ok());
        let default_id = default.as_ref().and_then(|device| device.id().ok());
        let devices = self.all(&host).map_err(|error| {
            self.unavailable("devices", "the devices cannot be listed")
                .with_source(error)
        })?;
        let mut infos: Vec<DeviceInfo> = devices
            .into_iter()
            .filter_map(|device| {
                let id = device.id().ok().filter(|id| !UNLISTED.contains(&id.id()))?;
                let is_default = default_id.as_ref() == Some(&id);
                self.describe(&device, id.to_string(), is_default)
            })
            .collect();
        // The default may be a route that the list does not name.
        if let (Some(device), Some(id)) = (default, default_id)
            && !infos.iter().any(|info| info.is_default)
        {
            infos.extend(self.describe(&device, id.to_string(), true));
        }
        infos.sort_by_key(|info| !info.is_default);
        Ok(infos)
    }

    fn describe(self, device: &cpal::Device, id: String, is_default: bool) -> Option<DeviceInfo> {
        let config = self.default_config(device).ok()?;
        let mut ranges = self.configs(device).unwrap_or_default();
        ranges.retain(|range| is_pcm(range.sample_format()));
        let low = ranges
            .iter()
            .map(SupportedStreamConfigRange::min_sample_rate)
            .min();
        let high = ranges
            .iter()
            .map(SupportedStreamConfigRange::max_sample_rate)
            .max();
        let mut formats: Vec<&'static str> = ranges
            .iter()
            .filter_map(|range| format_name(range.sample_format()))
            .collect();
        formats.sort_unstable();
        formats.dedup();
        let sample_rate = config.sample_rate();
        let time = |frames: u32| Duration::from_secs(u64::from(frames)) / sample_rate.max(1);
        let buffer = match config.buffer_size() {
            SupportedBufferSize::Range { min, max } => Some((time(*min), time(*max))),
            SupportedBufferSize::Unknown => None,
        };
        Some(DeviceInfo {
            id,
            name: device.to_string(),
            is_default,
            sample_rate,
            channels: config.channels(),
            sample_rates: low.unwrap_or(sample_rate)..=high.unwrap_or(sample_rate),
            formats,
            shortest_buffer: buffer.map(|(shortest, _)| shortest),
            longest_buffer: buffer.map(|(_, longest)| longest),
        })
    }
}

fn is_pcm(format: SampleFormat) -> bool {
    format_name(format).is_some()
}

/// The name of a format, as `devices()` shows it. `None` if it is not PCM.
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
