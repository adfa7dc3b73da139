//! Microphones.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::ErrorKind;
use cpal::traits::{DeviceTrait as _, StreamTrait as _};
use cpal::{BufferSize, FromSample, InputCallbackInfo, SampleFormat, SizedSample, StreamConfig};

use super::{Direction, System, note, quiet};
use crate::backend::{Health, Input, Microphones};
use crate::capture::Tap;
use crate::clock::{Clock, nanos};
use crate::device_ring::DeviceFormat;
use crate::shared::frames_in;
use crate::{Error, Result};

const OPEN: &str = "recorder.open";

/// The length of the buffers that a microphone is asked for.
pub(crate) const PERIOD: Duration = Duration::from_millis(20);

/// How long a device may take to be opened.
const OPEN_LIMIT: Duration = Duration::from_secs(2);

/// The state of the callbacks of a stream.
struct Parts {
    sample_rate: DeviceFormat,
    tap: Tap,
    clock: Clock,
    health: Arc<Health>,
}

impl Microphones for System {
    fn open(
        &self,
        wanted: Option<&str>,
        clock: &Clock,
        prepare: &mut dyn FnMut(DeviceFormat) -> Result<Tap>,
    ) -> Result<Input> {
        quiet();
        let host = cpal::default_host();
        let device = Direction::Input.find(&host, wanted, OPEN)?;
        let name = device.to_string();
        let config = Direction::Input.config(&device, OPEN)?;
        let sample_rate = DeviceFormat {
            sample_rate: config.sample_rate(),
            channels: config.channels(),
        };
        let tap = prepare(sample_rate)?;
        let health = Arc::new(Health::default());
        let parts = Parts {
            sample_rate,
            tap,
            clock: clock.clone(),
            health: Arc::clone(&health),
        };
        let stream = build(&device, config.sample_format(), parts)
            .map_err(|error| failed(&format!("the microphone `{name}` cannot be opened"), error))?;
        stream
            .play()
            .map_err(|error| failed(&format!("the microphone `{name}` does not start"), error))?;
        Ok(Input::new(name, health, stream))
    }
}

fn failed(what: &str, error: cpal::Error) -> Error {
    match error.kind() {
        cpal::ErrorKind::PermissionDenied => {
            let message = format!(
                "{what} (allow this program to use the microphone in the system's settings)"
            );
            Error::new(ErrorKind::Device, OPEN, message)
        }
        cpal::ErrorKind::DeviceBusy => {
            let message = format!("{what}: another program is using it");
            Error::new(ErrorKind::Device, OPEN, message)
        }
        _ => Direction::Input.unavailable(OPEN, what),
    }
    .with_source(error)
}

/// A stream of the device's own sample format.
fn build(
    device: &cpal::Device,
    format: SampleFormat,
    parts: Parts,
) -> std::result::Result<cpal::Stream, cpal::Error> {
    match format {
        SampleFormat::F32 => typed::<f32>(device, parts),
        SampleFormat::F64 => typed::<f64>(device, parts),
        SampleFormat::I8 => typed::<i8>(device, parts),
        SampleFormat::I16 => typed::<i16>(device, parts),
        SampleFormat::I24 => typed::<cpal::I24>(device, parts),
        SampleFormat::I64 => typed::<i64>(device, parts),
        SampleFormat::U24 => typed::<cpal::U24>(device, parts),
        SampleFormat::U64 => typed::<u64>(device, parts),
        SampleFormat::I32 => typed::<i32>(device, parts),
        SampleFormat::U8 => typed::<u8>(device, parts),
        SampleFormat::U16 => typed::<u16>(device, parts),
        SampleFormat::U32 => typed::<u32>(device, parts),
        _ => Err(cpal::Error::new(cpal::ErrorKind::UnsupportedConfig)),
    }
}

fn typed<T>(device: &cpal::Device, parts: Parts) -> std::result::Result<cpal::Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let Parts {
        sample_rate,
        mut tap,
        clock,
        health,
    } = parts;
    let period = frames_in(nanos(PERIOD), sample_rate.sample_rate);
    let period = u32::try_from(period).unwrap_or(sample_rate.sample_rate);
    let config = StreamConfig {
        channels: sample_rate.channels,
        sample_rate: sample_rate.sample_rate,
        // The default of some sound systems is two seconds.
        buffer_size: BufferSize::Fixed(period),
    };
    device.build_input_stream::<T, _, _>(
        config,
        move |data: &[T], info: &InputCallbackInfo| {
            let stamp = info.timestamp();
            let age = stamp.callback.saturating_duration_since(stamp.capture);
            let captured = clock.now().saturating_sub(nanos(age));
            tap.capture_as(data, captured, sample_rate.sample_rate, f32::from_sample_);
        },
        move |error| note(&health, &error),
        Some(OPEN_LIMIT),
    )
}
