//! Watermarks: words encoded inside their own sound, so that speech can be recognized.
//!
//! While a word sounds, eight soft carriers sound with it, above the harmonics of every pitch. Each carries
//! one bit of a byte, as a change of its phase or none, from one symbol to the next: so neither loudness nor
//! the start matter. A frame begins [`MARGIN`] after the start of its word:
//!
//! | symbol | what |
//! |---|---|
//! | 0 | the phases that the changes begin from |
//! | 1 | [`SYNC`] |
//! | 2 | the bytes of the text |
//! | … | the text; [`GLUED`] comes first where no space is between it and the word before |
//! | last three | [`checksum`] |
//!
//! A frame without text is a noise that is not a word. Everything is laid out in seconds and hertz, below 3.5
//! kHz, so that it is there at every sample rate and after resampling.

mod read;
mod write;

pub(crate) use read::Finder;
pub(crate) use write::Watermark;

use crate::hash;
use crate::synthesis::Micros;

/// Carriers that sound at once: one for each bit of a byte.
const CARRIERS: usize = 8;

/// Hertz of the first carrier, and from one to the next. All are whole turns of a symbol, so that a
/// window of its length tells them apart.
const LOWEST: u32 = 1_625;
const SPACING: u32 = 250;

/// Microseconds of a symbol.
const SYMBOL: Micros = 8_000;

/// Microseconds from the start of a word to that of its frame, and from the end of its frame to its
/// own, at least. The word fades in and out meanwhile.
const MARGIN: Micros = 6_000;

/// Which carriers turn around between the first two symbols.
const SYNC: u8 = 0b1010_0110;

/// Which carriers of the first symbol are turned around: such that their peaks do not meet.
const FIRST: u8 = 0b1011_1000;

/// A line break, which no word has.
const GLUED: u8 = b'\n';

/// Bytes of [`checksum`].
const CHECKSUM: usize = 3;

/// The three bytes that tell a frame from an accident.
fn checksum(text: &[u8]) -> [u8; CHECKSUM] {
    let [first, second, third, ..] = hash::stable(&[b"marker", text]).to_le_bytes();
    [first, second, third]
}

#[cfg(test)]
mod tests {
    use super::read::Found;
    use super::*;

    /// What a finder reads out of a frame with a second of silence around it.
    fn read(watermark: &Watermark, rate: u32, change: impl Fn(f64) -> f64) -> Vec<Found> {
        let start = u64::from(rate);
        let samples: Vec<f32> = (0..3 * start)
            .map(|sample| {
                let elapsed = sample.saturating_sub(start);
                let value = if sample < start {
                    0.0
                } else {
                    #[expect(clippy::cast_precision_loss, reason = "three seconds")]
                    let (elapsed, time) = (
                        elapsed as f64 / f64::from(rate),
                        sample as f64 / f64::from(rate),
                    );
                    watermark.at(elapsed, |hertz| {
                        (time * f64::from(hertz) * std::f64::consts::TAU).cos()
                    })
                };
                #[expect(clippy::cast_possible_truncation, reason = "only precision is lost")]
                let value = change(value) as f32;
                value
            })
            .collect();
        Finder::new(rate).find(&samples)
    }

    #[test]
    fn what_is_written_is_read_at_every_rate_and_level() {
        for text in ["", "I", "Straße,", "你", "🙂", &"ü".repeat(80)] {
            for glued in [false, true] {
                let watermark = Watermark::new(text, glued).unwrap();
                let gain = if glued { 1.0 } else { -0.01 };
                for rate in [8_000, 11_025, 48_000] {
                    let found = read(&watermark, rate, |value| value * gain);
                    assert_eq!(found.len(), 1, "{text} {rate}");
                    assert_eq!((&*found[0].text, found[0].glued), (text, glued));
                    let at = found[0].at - 1.0;
                    assert!(at.abs() < 0.003, "{text} {rate}: {at}");
                }
            }
        }
    }

    #[test]
    fn what_is_too_long_has_no_frame() {
        assert!(Watermark::new(&"x".repeat(256), false).is_none());
        assert!(Watermark::new(&"x".repeat(255), false).is_some());
        assert!(Watermark::new(&"x".repeat(255), true).is_none());
    }

    #[test]
    fn half_a_frame_and_noise_are_nothing() {
        let watermark = Watermark::new("Hello", false).unwrap();
        let rate = 16_000;
        let noise = |seed: f64| ((seed * 12.9898).sin() * 43_758.545_3).fract();
        assert!(read(&watermark, rate, |value| noise(value + 0.1)).is_empty());
        assert!(read(&watermark, rate, |_| 0.0).is_empty());
        assert!(Finder::new(rate).find(&[0.5; 10]).is_empty());
        assert!(Finder::new(4_000).find(&[0.5; 4_000]).is_empty());
        let hiss: Vec<f32> = (0..80_000_u64)
            .map(|n| hash::unit(hash::mix(n)) - 0.5)
            .collect();
        assert!(Finder::new(rate).find(&hiss).is_empty());
    }
}
