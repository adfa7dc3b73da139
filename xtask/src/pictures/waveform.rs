//! Speech as a waveform, with its words where they are spoken.

use serde_json::Value;

use super::svg::{Svg, escaped};
use crate::wav::Wav;

const WIDTH: u32 = 860;
const HEIGHT: u32 = 150;
/// Half of the height of the loudest sample.
const HALF: f64 = 42.0;
const MIDDLE: f64 = 52.0;
const BARS: u32 = 215;

/// A word, and when it is spoken in seconds.
pub(super) struct Word {
    text: String,
    start: f64,
    end: f64,
}

/// The words of a transcript as the program prints it; `None` without words.
pub(super) fn words(transcript: &Value) -> Option<Vec<Word>> {
    let words = transcript["words"].as_array()?.iter().map(|word| {
        Some(Word {
            text: word["word"].as_str()?.to_owned(),
            start: word["start"].as_f64()?,
            end: word["end"].as_f64()?,
        })
    });
    words
        .collect::<Option<Vec<_>>>()
        .filter(|words| !words.is_empty())
}

pub(super) fn draw(wav: &Wav, words: &[Word]) -> String {
    let seconds = f64::from(u32::try_from(wav.duration_ms()).unwrap_or(u32::MAX)) / 1_000.0;
    let x_of = |time: f64| time / seconds.max(0.001) * f64::from(WIDTH);
    let peak = f64::from(wav.peak().max(0.001));
    let mut svg = Svg::new(
        WIDTH,
        HEIGHT,
        "A sentence as a waveform, with its words",
        "",
    );
    let each = wav
        .samples
        .len()
        .div_ceil(usize::try_from(BARS).unwrap_or(1))
        .max(1);
    for (bar, samples) in (0_u32..).zip(wav.samples.chunks(each)) {
        let loudest = samples.iter().fold(0.0_f32, |peak, it| peak.max(it.abs()));
        let half = (f64::from(loudest) / peak * HALF).max(0.8);
        let x = f64::from(bar) * f64::from(WIDTH) / f64::from(BARS);
        svg.add(&format!(
            "<rect class=\"bar\" x=\"{x:.1}\" y=\"{:.1}\" width=\"2.6\" height=\"{:.1}\" rx=\"1\"/>",
            MIDDLE - half,
            2.0 * half
        ));
    }
    for word in words {
        let (start, end) = (x_of(word.start), x_of(word.end));
        svg.add(&format!(
            "<path class=\"line\" d=\"M{start:.1} 104v6H{end:.1}v-6\"/>\
             <text x=\"{:.1}\" y=\"127\" font-size=\"14\" text-anchor=\"middle\">{}</text>\
             <text class=\"quiet\" x=\"{:.1}\" y=\"144\" font-size=\"10\" text-anchor=\"middle\">{:.2} s</text>",
            f64::midpoint(start, end),
            escaped(&word.text),
            f64::midpoint(start, end),
            word.start
        ));
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_stand_where_they_are_spoken() {
        let transcript = json!({"words": [{"word": "a<b", "start": 0.5, "end": 1.0}]});
        let words = words(&transcript).unwrap();
        let wav = Wav {
            rate: 1_000,
            channels: 1,
            bits: 16,
            float: false,
            samples: vec![0.5; 1_000],
        };
        let drawn = draw(&wav, &words);
        assert!(drawn.contains("M430.0 104v6H860.0v-6"), "{drawn}");
        assert!(drawn.contains(">a&lt;b<"));
        assert!(super::words(&json!({"words": []})).is_none());
        assert!(super::words(&json!({"text": "x"})).is_none());
    }
}
