//! `devices`: what can be played on and recorded from.

use cartesia::audio::{self, DeviceInfo};
use serde::Serialize;

use crate::failure::Failure;
use crate::global::Global;
use crate::print;
use crate::table;

/// The devices as programs read them; the order of the fields is part of it.
#[derive(Serialize)]
pub(crate) struct Devices {
    pub(crate) outputs: Vec<Device>,
    pub(crate) inputs: Vec<Device>,
}

#[derive(Serialize)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) default: bool,
    pub(crate) sample_rate: u32,
    pub(crate) channels: u16,
    min_sample_rate: u32,
    max_sample_rate: u32,
    formats: Vec<&'static str>,
    /// The shortest delay that can be asked for; null when the system does not say.
    pub(crate) shortest_buffer_ms: Option<f64>,
}

impl Devices {
    pub(crate) fn find() -> Result<Self, Failure> {
        let list = |devices: Vec<DeviceInfo>| devices.into_iter().map(Device::from).collect();
        Ok(Self {
            outputs: list(audio::devices()?),
            inputs: list(audio::microphones()?),
        })
    }
}

impl From<DeviceInfo> for Device {
    fn from(info: DeviceInfo) -> Self {
        Self {
            id: info.id,
            name: info.name,
            default: info.is_default,
            sample_rate: info.sample_rate,
            channels: info.channels,
            min_sample_rate: *info.sample_rates.start(),
            max_sample_rate: *info.sample_rates.end(),
            formats: info.formats,
            shortest_buffer_ms: info
                .shortest_buffer
                .map(|buffer| (buffer.as_secs_f64() * 1e5).round() / 100.0),
        }
    }
}

pub(crate) fn run(global: &Global) -> Result<(), Failure> {
    let devices = Devices::find()?;
    if global.json {
        return print::json(&devices);
    }
    let kinds = [("output", &devices.outputs), ("input", &devices.inputs)];
    let rows: Vec<[String; 6]> = kinds
        .into_iter()
        .flat_map(|(kind, devices)| devices.iter().map(move |device| row(kind, device)))
        .collect();
    if rows.is_empty() {
        print::note("There are no audio devices; `doctor` says what may be missing.");
        return Ok(());
    }
    let head = ["", "KIND", "RATE", "CHANNELS", "NAME", "ID"];
    table::print(head, &rows)
}

fn row(kind: &str, device: &Device) -> [String; 6] {
    [
        if device.default { "*" } else { "" }.to_owned(),
        kind.to_owned(),
        device.sample_rate.to_string(),
        device.channels.to_string(),
        device.name.clone(),
        device.id.clone(),
    ]
}
