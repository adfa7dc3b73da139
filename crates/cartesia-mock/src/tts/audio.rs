//! A body of audio.

use std::time::Duration;

use bytes::Bytes;

use crate::pace::{Piece, Source};
use crate::synthesis::{Encoder, Speech};

/// Samples that are made at once.
pub(super) const BLOCK: usize = 1_024;

/// Audio in pieces of equal size; the last has what is left.
#[derive(Debug)]
pub(crate) struct Audio {
    speech: Speech,
    encoder: Encoder,
    chunk_size: usize,
    /// Encoded, and not yet in a piece.
    bytes: Vec<u8>,
    samples: Vec<f32>,
    finished: bool,
}

impl Audio {
    pub(crate) fn new(speech: Speech, encoder: Encoder, chunk_size: usize) -> Self {
        let (bytes, samples) = (Vec::new(), Vec::with_capacity(BLOCK));
        Self {
            speech,
            encoder,
            chunk_size,
            bytes,
            samples,
            finished: false,
        }
    }

    /// The words and phonemes that it speaks are asked of the speech.
    pub(super) fn speech(&mut self) -> &mut Speech {
        &mut self.speech
    }
}

impl Source for Audio {
    fn next(&mut self) -> Option<Piece> {
        let position = self.speech.elapsed();
        while self.bytes.len() < self.chunk_size && !self.finished {
            self.samples.clear();
            self.speech.render(BLOCK, &mut self.samples);
            self.encoder.encode(&self.samples, &mut self.bytes);
            if self.samples.len() < BLOCK {
                self.finished = true;
                self.encoder.finish(&mut self.bytes);
            }
        }
        if self.bytes.is_empty() {
            return None;
        }
        let rest = self.bytes.split_off(self.bytes.len().min(self.chunk_size));
        let bytes = Bytes::from(std::mem::replace(&mut self.bytes, rest));
        Some(Piece { bytes, position })
    }
}

/// Audio that is there already, in pieces.
#[derive(Debug)]
pub(crate) struct Whole {
    bytes: Bytes,
    duration: Duration,
    chunk_size: usize,
    sent: usize,
}

impl Whole {
    pub(crate) fn new(bytes: Bytes, duration: Duration, chunk_size: usize) -> Self {
        Self {
            bytes,
            duration,
            chunk_size,
            sent: 0,
        }
    }
}

impl Source for Whole {
    fn next(&mut self) -> Option<Piece> {
        let rest = self.bytes.len() - self.sent;
        if rest == 0 {
            return None;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a fraction of what fits into memory"
        )]
        let part = self.sent as f64 / self.bytes.len() as f64;
        let end = self.sent + rest.min(self.chunk_size);
        let bytes = self.bytes.slice(self.sent..end);
        self.sent = end;
        let position = self.duration.mul_f64(part);
        Some(Piece { bytes, position })
    }
}
