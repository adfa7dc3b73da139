//! A WAV file of 32-bit floats with any number of channels.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use cartesia_types::ErrorKind;

use crate::link::DeviceRate;
use crate::{Error, Result};

/// The tag of floats.
const IEEE_FLOAT: u16 = 3;

pub(super) fn save(path: &Path, device: DeviceRate, samples: &[f32]) -> Result<()> {
    let write = || {
        let mut file = BufWriter::new(File::create(path)?);
        file.write_all(&header(device, samples.len()))?;
        for sample in samples {
            file.write_all(&sample.to_le_bytes())?;
        }
        file.flush()
    };
    write().map_err(|error| {
        let message = format!("{} cannot be written", path.display());
        Error::new(ErrorKind::Io, "output.save_wav", message).with_source(error)
    })
}

/// A header with the extended format chunk and the `fact` chunk that floats have to have. A size that
/// does not fit into 32 bits is written as the largest that does, which readers take for "to the end".
fn header(device: DeviceRate, samples: usize) -> Vec<u8> {
    let short = |size: u64| u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes();
    let data = samples as u64 * 4;
    let frame = device.channels * 4;
    let frames = samples as u64 / u64::from(device.channels.max(1));
    let rate = u64::from(device.rate);
    let mut header = Vec::with_capacity(58);
    header.extend(b"RIFF");
    header.extend(short(50 + data));
    header.extend(b"WAVEfmt ");
    header.extend(short(18));
    header.extend(IEEE_FLOAT.to_le_bytes());
    header.extend(device.channels.to_le_bytes());
    header.extend(short(rate));
    header.extend(short(rate * u64::from(frame)));
    header.extend(frame.to_le_bytes());
    header.extend(32_u16.to_le_bytes());
    header.extend(0_u16.to_le_bytes());
    header.extend(b"fact");
    header.extend(short(4));
    header.extend(short(frames));
    header.extend(b"data");
    header.extend(short(data));
    header
}
