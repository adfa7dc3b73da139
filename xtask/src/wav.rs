//! What a WAV file holds. This reader is short and its own: the project's writer is not checked by its own
//! reader.

use crate::Result;

#[derive(Debug)]
pub(crate) struct Wav {
    /// Frames per second.
    pub(crate) rate: u32,
    pub(crate) channels: u16,
    pub(crate) bits: u16,
    pub(crate) float: bool,
    /// All channels, 1 being full scale.
    pub(crate) samples: Vec<f32>,
}

impl Wav {
    /// Reads 16-bit integers and 32-bit floats. A file that ends early is an error, as is a sample that is not
    /// a finite number.
    pub(crate) fn read(file: &[u8]) -> Result<Self> {
        let (header, mut rest) = file.split_at_checked(12).ok_or("the file ends early")?;
        if !header.starts_with(b"RIFF") || !header.ends_with(b"WAVE") {
            return Err("this is not a WAV file".into());
        }
        let mut format = None;
        loop {
            let (id, after) = rest.split_at_checked(4).ok_or("there are no samples")?;
            let (size, after) = after.split_at_checked(4).ok_or("the file ends early")?;
            let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]);
            let (chunk, after) = after
                .split_at_checked(usize::try_from(size)?)
                .ok_or("the file ends early")?;
            match (id, format) {
                (b"fmt ", _) => format = Some(Self::format(chunk)?),
                (b"data", Some(format)) => return Self::with_samples(format, chunk),
                (b"data", None) => return Err("samples come before their format".into()),
                _ => {}
            }
            // Chunks of an odd size are padded.
            rest = after.get(usize::from(size % 2 == 1)..).unwrap_or_default();
        }
    }

    /// Kind, channels, rate and bits.
    fn format(chunk: &[u8]) -> Result<(u16, u16, u32, u16)> {
        let short = |at: usize| {
            let bytes = chunk.get(at..at + 2).ok_or("the format is too short")?;
            Ok::<_, &str>(u16::from_le_bytes([bytes[0], bytes[1]]))
        };
        let rate = u32::from(short(4)?) | u32::from(short(6)?) << 16;
        Ok((short(0)?, short(2)?, rate, short(14)?))
    }

    fn with_samples(
        (kind, channels, rate, bits): (u16, u16, u32, u16),
        data: &[u8],
    ) -> Result<Self> {
        let samples: Vec<f32> = match (kind, bits) {
            (1, 16) => data
                .chunks(2)
                .map(|sample| <[u8; 2]>::try_from(sample).map(i16::from_le_bytes))
                .map(|sample| Ok(f32::from(sample?) / 32_768.0))
                .collect::<Result<_>>()?,
            (3, 32) => data
                .chunks(4)
                .map(|sample| Ok(f32::from_le_bytes(sample.try_into()?)))
                .collect::<Result<_>>()?,
            _ => return Err(format!("samples of kind {kind} and {bits} bits").into()),
        };
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err("a sample is not a number".into());
        }
        if rate == 0 || channels == 0 || !samples.len().is_multiple_of(usize::from(channels)) {
            return Err("the samples do not fit the format".into());
        }
        Ok(Self {
            rate,
            channels,
            bits,
            float: kind == 3,
            samples,
        })
    }

    pub(crate) fn duration_ms(&self) -> u64 {
        let frames = self.samples.len() / usize::from(self.channels.max(1));
        frames as u64 * 1000 / u64::from(self.rate.max(1))
    }

    /// The loudest sample, 1 being full scale.
    pub(crate) fn peak(&self) -> f32 {
        self.samples
            .iter()
            .fold(0.0, |peak, sample| peak.max(sample.abs()))
    }

    pub(crate) fn format_name(&self) -> String {
        let kind = if self.float { "float" } else { "integer" };
        format!(
            "{} Hz, {} channel(s), {}-bit {kind}",
            self.rate, self.channels, self.bits
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file with one channel at 8000 Hz.
    pub(crate) fn file(kind: u16, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        file.extend(kind.to_le_bytes());
        file.extend(b"\x01\0\x40\x1f\0\0\0\0\0\0\0\0");
        file.extend(bits.to_le_bytes());
        file.extend(b"LIST\x03\0\0\0abc\0data");
        file.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn reads_both_formats_the_project_writes() {
        let data: Vec<u8> = [0.25_f32, -0.5]
            .repeat(2_000)
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        let float = Wav::read(&file(3, 32, &data)).unwrap();
        assert_eq!((float.duration_ms(), float.samples.len()), (500, 4_000));
        assert!((float.peak() - 0.5).abs() < f32::EPSILON);
        assert_eq!(float.format_name(), "8000 Hz, 1 channel(s), 32-bit float");

        let integer = Wav::read(&file(1, 16, &[0, 0x80, 0, 0].repeat(8))).unwrap();
        assert_eq!((integer.duration_ms(), integer.samples.len()), (2, 16));
        assert!((integer.peak() - 1.0).abs() < f32::EPSILON);
        assert_eq!(
            integer.format_name(),
            "8000 Hz, 1 channel(s), 16-bit integer"
        );
    }

    #[test]
    fn files_that_are_not_whole_are_errors() {
        let whole = file(1, 16, &[1, 0, 2, 0]);
        assert!(Wav::read(&whole).is_ok());
        for length in 0..whole.len() {
            assert!(Wav::read(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn other_formats_and_broken_samples_are_errors() {
        let error = |kind, bits, data: &[u8]| {
            let read = Wav::read(&file(kind, bits, data));
            read.unwrap_err().to_string()
        };
        assert_eq!(error(1, 24, &[0; 6]), "samples of kind 1 and 24 bits");
        assert!(error(3, 32, &f32::NAN.to_le_bytes()).contains("not a number"));
        assert!(!error(1, 16, &[0; 3]).is_empty());
    }
}
