//! What a WAV file holds, read with `hound`: the project's writer is not checked by its own reader.

use std::path::Path;

use hound::{SampleFormat, WavReader};

use crate::Result;

#[derive(Debug)]
pub(super) struct Wav {
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) bits: u16,
    pub(super) float: bool,
    /// Samples per channel.
    pub(super) frames: u64,
    /// The loudest sample, 1 being full scale.
    pub(super) peak: f32,
}

impl Wav {
    /// Reads every sample, so a file that ends early is an error.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut reader = WavReader::open(path)?;
        let spec = reader.spec();
        let peak = match (spec.sample_format, spec.bits_per_sample) {
            (SampleFormat::Float, 32) => peak(reader.samples::<f32>())?,
            (SampleFormat::Int, 16) => peak(
                reader
                    .samples::<i16>()
                    .map(|sample| Ok(f32::from(sample?) / 32_768.0)),
            )?,
            (format, bits) => return Err(format!("{format:?} samples of {bits} bits").into()),
        };
        Ok(Self {
            rate: spec.sample_rate,
            channels: spec.channels,
            bits: spec.bits_per_sample,
            float: spec.sample_format == SampleFormat::Float,
            frames: reader.duration().into(),
            peak,
        })
    }

    pub(super) fn duration_ms(&self) -> u64 {
        self.frames * 1000 / u64::from(self.rate.max(1))
    }

    pub(super) fn format(&self) -> String {
        let kind = if self.float { "float" } else { "integer" };
        format!(
            "{} Hz, {} channel(s), {}-bit {kind}",
            self.rate, self.channels, self.bits
        )
    }
}

fn peak(mut samples: impl Iterator<Item = hound::Result<f32>>) -> Result<f32> {
    samples.try_fold(0.0, |peak: f32, sample| {
        let sample = sample?;
        if !sample.is_finite() {
            return Err("a sample is not a number".into());
        }
        Ok(peak.max(sample.abs()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<S: hound::Sample>(
        name: &str,
        (bits_per_sample, sample_format): (u16, SampleFormat),
        samples: impl IntoIterator<Item = S>,
    ) -> Result<Wav> {
        let name = format!("xtask-{}-{name}.wav", std::process::id());
        let path = std::env::temp_dir().join(name);
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8000,
            bits_per_sample,
            sample_format,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for sample in samples {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        let wav = Wav::read(&path);
        std::fs::remove_file(&path).unwrap();
        wav
    }

    #[test]
    fn reads_both_formats_the_project_writes() {
        let float = written(
            "float",
            (32, SampleFormat::Float),
            [0.25_f32, -0.5].repeat(4000),
        );
        let float = float.unwrap();
        assert_eq!((float.duration_ms(), float.frames), (500, 4000));
        assert!((float.peak - 0.5).abs() < f32::EPSILON);
        assert_eq!(float.format(), "8000 Hz, 2 channel(s), 32-bit float");

        let integer = written("integer", (16, SampleFormat::Int), [i16::MIN, 0].repeat(8)).unwrap();
        assert_eq!((integer.duration_ms(), integer.frames), (1, 8));
        assert!((integer.peak - 1.0).abs() < f32::EPSILON);
        assert_eq!(integer.format(), "8000 Hz, 2 channel(s), 16-bit integer");
    }

    #[test]
    fn other_formats_and_broken_samples_are_errors() {
        assert!(written("wide", (24, SampleFormat::Int), [1_i32, 2]).is_err());
        assert!(written("nan", (32, SampleFormat::Float), [f32::NAN, 0.0]).is_err());
    }
}
