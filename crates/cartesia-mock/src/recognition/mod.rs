//! Speech recognition: from samples to the words that were spoken.
//!
//! [`encoding`] makes samples of bytes, however these are cut; [`ear`] finds the stretches of a stream with
//! sound; [`recognizer`] decodes their words. All times are those of the audio, so the same audio always
//! gives the same result.

mod ear;
mod encoding;
mod recognizer;

pub(crate) use ear::Ear;
pub(crate) use encoding::{Decoder, Encoding, audible};
pub(crate) use recognizer::{Recognizer, Stretch, Word, text};

/// Samples that are quieter than this, relative to the loudest one, are silence.
pub(crate) const SILENCE: f32 = 0.02;
/// Samples that are quieter than this are always silence.
pub(crate) const NOTHING: f32 = 1e-3;
/// Seconds of silence that separate two words; the shortest pause of this server's own speech is
/// longer.
pub(crate) const GAP: f64 = 0.030;
/// Seconds of sound that are a word; less is a click.
pub(crate) const SHORTEST: f64 = 0.020;
/// Seconds of sound around a stretch that belong to it: a word fades in and out.
pub(crate) const FADE: f64 = 0.010;

/// A time as a number of samples.
pub(crate) fn samples(seconds: f64, rate: u32) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, which is what is wanted"
    )]
    let samples = (seconds * f64::from(rate)).round() as u64;
    samples
}

/// A number of samples as a time.
pub(crate) fn seconds(samples: u64, rate: u32) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "2⁵² samples are 2 970 years at 48 kHz"
    )]
    let seconds = samples as f64 / f64::from(rate);
    seconds
}
