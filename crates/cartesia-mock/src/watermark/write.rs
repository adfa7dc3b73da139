//! The carriers of a frame.

use super::{CARRIERS, FIRST, GLUED, LOWEST, MARGIN, SPACING, SYMBOL, SYNC, checksum};
use crate::synthesis::{Micros, SECOND};

/// Seconds before and after the border of two symbols in which one becomes the other.
const BLEND: f64 = 0.001;

/// The watermark of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watermark {
    /// For each symbol, which carriers are turned around.
    signs: Vec<u8>,
}

impl Watermark {
    /// A frame that holds `text`; `glued` when there is no space before it. `None` when it is longer
    /// than any word is.
    pub(crate) fn new(text: &str, glued: bool) -> Option<Self> {
        let mut payload = Vec::with_capacity(text.len() + 1);
        payload.extend(glued.then_some(GLUED));
        payload.extend(text.as_bytes());
        let length = u8::try_from(payload.len()).ok()?;
        let bytes = [SYNC, length]
            .into_iter()
            .chain(payload.iter().copied())
            .chain(checksum(&payload));
        let mut signs = vec![FIRST];
        let mut sign = FIRST;
        for byte in bytes {
            sign ^= byte;
            signs.push(sign);
        }
        Some(Self { signs })
    }

    /// The shortest word that it fits into.
    pub(crate) fn duration(&self) -> Micros {
        2 * MARGIN + SYMBOL * Micros::try_from(self.signs.len()).unwrap_or(0)
    }

    /// The sum of the carriers so many seconds after the start of the word; `cosine` gives the cosine of
    /// a frequency in hertz. It is at most 8, and much less nearly always.
    pub(crate) fn at(&self, elapsed: f64, cosine: impl Fn(u32) -> f64) -> f64 {
        let (margin, symbol) = (seconds(MARGIN), seconds(SYMBOL));
        let into = elapsed - margin;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a frame has less than 300 symbols"
        )]
        let whole = self.signs.len() as f64 * symbol;
        if into <= -BLEND || into >= whole + BLEND {
            return 0.0;
        }
        // Where the nearest border is, and how far the symbol after it has taken over.
        let border = (into / symbol).round();
        let taken = smooth((into - border * symbol) / (2.0 * BLEND) + 0.5);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a frame has less than 300 symbols"
        )]
        let border = border as isize;
        let mut weights = [0.0; CARRIERS];
        // Most of the time one symbol sounds alone.
        if taken < 1.0 {
            self.add(border - 1, 1.0 - taken, &mut weights);
        }
        if taken > 0.0 {
            self.add(border, taken, &mut weights);
        }
        // cos (k+1)φ from cos kφ and cos (k−1)φ: three cosines for eight carriers.
        let step = 2.0 * cosine(SPACING);
        let (mut older, mut carrier) = (cosine(LOWEST - SPACING), cosine(LOWEST));
        let mut sum = 0.0;
        for weight in weights {
            sum += carrier * weight;
            (older, carrier) = (carrier, step * carrier - older);
        }
        sum
    }

    /// Adds the carriers of a symbol, turned around or not.
    fn add(&self, symbol: isize, share: f64, weights: &mut [f64; CARRIERS]) {
        let symbol = usize::try_from(symbol).ok();
        let Some(sign) = symbol.and_then(|symbol| self.signs.get(symbol)) else {
            return;
        };
        for (bit, weight) in weights.iter_mut().enumerate() {
            *weight += if sign >> bit & 1 == 1 { -share } else { share };
        }
    }
}

pub(super) fn seconds(micros: Micros) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few milliseconds")]
    let seconds = micros as f64 / SECOND as f64;
    seconds
}

/// Rises from 0 to 1 without a corner at either end.
fn smooth(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}
