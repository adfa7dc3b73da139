//! Microphones.

use std::time::Duration;

use cartesia_types::ErrorKind;
use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{BufferSize, FromSample, InputCallbackInfo, SampleFormat, SizedSample, StreamConfig};

use crate::capture::Tap;
use crate::clock::{Clock, nanos};
use crate::link::DeviceRate;
use crate::shared::nanos_of;
use crate::{Error, Result};

const OPEN: &str = "recorder.open";

/// Samples that the callback converts at a time.
const PIECE: usize = 512;

/// How long a device may take to be opened.
const OPEN_LIMIT: Duration = Duration::from_secs(2);

/// A microphone that records. Dropping it may take long, where the sound system does not answer.
pub(crate) struct Input {
    _stream: cpal::Stream,
    pub(crate) name: String,
}

impl Input {
    /// Opens the microphone with this identifier or with this in its name, or else the default one, and
    /// starts it. `prepare` is told what it runs at, and gives what its callback fills.
    pub(crate) fn open(
        wanted: Option<&str>,
        clock: &Clock,
        prepare: impl FnOnce(DeviceRate) -> Result<Tap>,
    ) -> Result<Self> {
        let host = cpal::default_host();
        let device = find(&host, wanted)?;
        let name = device.description().map_or_else(
            |_| "the microphone".to_owned(),
            |description| description.name().to_owned(),
        );
        // Whether there is a device is known only now: the sound system of Linux always names one.
        let config = device
            .default_input_config()
            .map_err(|error| failed("there is no microphone to record from", error))?;
        let rate = DeviceRate {
            rate: config.sample_rate(),
            channels: config.channels(),
        };
        if !(1..=32).contains(&rate.channels) {
            let message = format!(
                "{name} has {} channels; 1 to 32 are possible",
                rate.channels
            );
            return Err(Error::new(ErrorKind::Device, OPEN, message));
        }
        let tap = prepare(rate)?;
        let stream = build(&device, config.sample_format(), rate, tap, clock)
            .map_err(|error| failed(&format!("{name} cannot be opened"), error))?;
        stream
            .play()
            .map_err(|error| failed(&format!("{name} does not start"), error))?;
        Ok(Self {
            _stream: stream,
            name,
        })
    }
}

fn find(host: &cpal::Host, wanted: Option<&str>) -> Result<cpal::Device> {
    let Some(wanted) = wanted else {
        return host.default_input_device().ok_or_else(|| {
            let message = "there is no microphone to record from: connect one, and allow this \
                           program to use it";
            Error::new(ErrorKind::Device, OPEN, message)
        });
    };
    let devices = host
        .input_devices()
        .map_err(|error| failed("the microphones cannot be listed", error))?;
    let lower = wanted.to_lowercase();
    let mut by_name = None;
    for device in devices {
        if device.id().is_ok_and(|id| id.to_string() == wanted) {
            return Ok(device);
        }
        let named = device
            .description()
            .is_ok_and(|description| description.name().to_lowercase().contains(&lower));
        if named && by_name.is_none() {
            by_name = Some(device);
        }
    }
    by_name.ok_or_else(|| {
        let message = format!("there is no microphone {wanted:?}; `devices` lists them");
        Error::new(ErrorKind::Device, OPEN, message)
    })
}

fn failed(what: &str, error: cpal::Error) -> Error {
    let advice = match error.kind() {
        cpal::ErrorKind::PermissionDenied => {
            ": allow this program to use the microphone in the settings of the system"
        }
        cpal::ErrorKind::DeviceBusy => ": another program is using it",
        cpal::ErrorKind::DeviceNotAvailable | cpal::ErrorKind::HostUnavailable => {
            ": connect one, or start the sound system"
        }
        _ => "",
    };
    Error::new(ErrorKind::Device, OPEN, format!("{what}{advice}")).with_source(error)
}

/// A stream of the device's own sample format.
fn build(
    device: &cpal::Device,
    format: SampleFormat,
    rate: DeviceRate,
    tap: Tap,
    clock: &Clock,
) -> std::result::Result<cpal::Stream, cpal::Error> {
    match format {
        SampleFormat::F32 => typed::<f32>(device, rate, tap, clock),
        SampleFormat::F64 => typed::<f64>(device, rate, tap, clock),
        SampleFormat::I8 => typed::<i8>(device, rate, tap, clock),
        SampleFormat::I16 => typed::<i16>(device, rate, tap, clock),
        SampleFormat::I24 => typed::<cpal::I24>(device, rate, tap, clock),
        SampleFormat::I32 => typed::<i32>(device, rate, tap, clock),
        SampleFormat::U8 => typed::<u8>(device, rate, tap, clock),
        SampleFormat::U16 => typed::<u16>(device, rate, tap, clock),
        SampleFormat::U32 => typed::<u32>(device, rate, tap, clock),
        _ => Err(cpal::Error::new(cpal::ErrorKind::UnsupportedConfig)),
    }
}

fn typed<T>(
    device: &cpal::Device,
    rate: DeviceRate,
    mut tap: Tap,
    clock: &Clock,
) -> std::result::Result<cpal::Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let clock = clock.clone();
    let config = StreamConfig {
        channels: rate.channels,
        sample_rate: rate.rate,
        // 20 ms: the default of some sound systems is two seconds.
        buffer_size: BufferSize::Fixed(rate.rate / 50),
    };
    device.build_input_stream::<T, _, _>(
        config,
        move |data: &[T], info: &InputCallbackInfo| {
            let stamp = info.timestamp();
            let age = stamp.callback.saturating_duration_since(stamp.capture);
            let captured = clock.now().saturating_sub(nanos(age));
            capture(&mut tap, data, rate, captured);
        },
        // Of what they mean, no error is a reliable sign: it is that nothing is captured any more.
        |_| (),
        Some(OPEN_LIMIT),
    )
}

/// The callback: it converts in pieces, and stores.
fn capture<T>(tap: &mut Tap, data: &[T], rate: DeviceRate, captured: u64)
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let channels = usize::from(rate.channels);
    let mut piece = [0.0_f32; PIECE];
    let length = PIECE - PIECE % channels;
    let mut frames = 0;
    for part in data.chunks(length) {
        for (to, from) in piece.iter_mut().zip(part) {
            *to = f32::from_sample_(*from);
        }
        let at = captured.saturating_add(nanos_of(frames, rate.rate));
        tap.capture(piece.get(..part.len()).unwrap_or_default(), at);
        frames += (part.len() / channels) as u64;
    }
}
