//! Audio as it arrives in: bytes to samples, and their time.

use super::query::Audio;
use crate::recognition::Decoder;

/// The audio of a connection.
#[derive(Debug)]
pub(crate) struct Intake {
    decoder: Decoder,
    rate: u64,
    byte_rate: u64,
    heard: u64,
    milliseconds: u64,
}

impl Intake {
    pub(crate) fn new(audio: Audio) -> Self {
        Self {
            decoder: Decoder::new(audio.encoding),
            rate: u64::from(audio.sample_rate),
            byte_rate: u64::from(audio.sample_rate) * audio.encoding.bytes_per_sample(),
            heard: 0,
            milliseconds: 0,
        }
    }

    /// Bytes in a second of the audio.
    pub(crate) fn byte_rate(&self) -> u64 {
        self.byte_rate
    }

    /// The samples that are whole with these bytes.
    pub(crate) fn samples(&mut self, bytes: &[u8]) -> Vec<f32> {
        let mut samples = Vec::new();
        self.decoder.decode(bytes, &mut samples);
        samples
    }

    /// Counts a sample, and gives the milliseconds that were heard when it makes another one whole.
    pub(crate) fn tick(&mut self) -> Option<u64> {
        self.heard += 1;
        let milliseconds = self.heard * 1_000 / self.rate.max(1);
        let whole = milliseconds > self.milliseconds;
        self.milliseconds = milliseconds;
        whole.then_some(milliseconds)
    }
}
