//! Recognition of a stream: the stretches with sound, and their words.

use super::{FADE, GAP, NOTHING, Recognizer, SILENCE, Stretch, Word, samples, seconds};

/// Seconds of sound without any silence after which it is cut: noise has no end, and what was heard is
/// to be said at some time.
const LONGEST: f64 = 10.0;

/// Hears a stream, a sample at a time. It holds no more than one stretch of sound.
#[derive(Debug)]
pub(crate) struct Ear {
    recognizer: Recognizer,
    rate: u32,
    /// The volume up to which audio counts as silence.
    quietest: f32,
    loudest: f32,
    /// Samples so far.
    position: u64,
    /// The stretch that sounds now, or the last of the silence.
    recent: Vec<f32>,
    /// Where the stretch began that sounds now.
    start: Option<u64>,
    /// Behind the last sample that sounded.
    sounded: u64,
    /// Samples that are kept of silence.
    fade: usize,
    gap: u64,
    longest: u64,
}

impl Ear {
    /// Samples that are not louder than `quietest`, from 0 to 1, are silence.
    pub(crate) fn new(rate: u32, quietest: f32) -> Self {
        Self {
            recognizer: Recognizer::new(rate),
            rate,
            quietest: quietest.max(NOTHING),
            loudest: 0.0,
            position: 0,
            recent: Vec::new(),
            start: None,
            sounded: 0,
            fade: usize::try_from(samples(FADE, rate)).unwrap_or_default(),
            gap: samples(GAP, rate).max(1),
            longest: samples(LONGEST, rate).max(1),
        }
    }

    /// Hears one more sample, and gives the words that it ends.
    pub(crate) fn hear(&mut self, sample: f32) -> Vec<Word> {
        self.recent.push(sample);
        self.position += 1;
        let loudness = sample.abs();
        self.loudest = self.loudest.max(loudness);
        if loudness > self.quietest.max(self.loudest * SILENCE) {
            self.sounded = self.position;
            self.start.get_or_insert(self.position - 1);
        }
        match self.start {
            Some(start) if self.silence() >= self.gap || self.position - start >= self.longest => {
                self.end()
            }
            Some(_) => Vec::new(),
            None => {
                // Twice as many, so that they are rarely moved.
                if self.recent.len() > 2 * self.fade {
                    self.recent.drain(..self.recent.len() - self.fade);
                }
                Vec::new()
            }
        }
    }

    /// Ends the stretch that sounds now, if there is one, and gives its words.
    pub(crate) fn end(&mut self) -> Vec<Word> {
        let Some(start) = self.start.take() else {
            return Vec::new();
        };
        let words = self.recognizer.words(Stretch {
            samples: &self.recent,
            from: seconds(self.position - self.recent.len() as u64, self.rate),
            start: seconds(start, self.rate),
            end: seconds(self.sounded, self.rate),
        });
        self.recent.clear();
        words
    }

    /// Whether something sounds now, or did a moment ago.
    pub(crate) fn is_sounding(&self) -> bool {
        self.start.is_some()
    }

    /// Samples since the start of the stretch that sounds now.
    pub(crate) fn sound(&self) -> u64 {
        self.start.map_or(0, |start| self.position - start)
    }

    /// Samples since the last that sounded, or since the start.
    pub(crate) fn silence(&self) -> u64 {
        self.position - self.sounded
    }

    /// Samples so far.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognition::text;
    use crate::synthesis::{Delivery, Speech, Wanted};

    const TEXT: &str = "Hello, world! 你好。 It's 4 o'clock [laughter] 🙂 now.";

    fn spoken(rate: u32) -> (Vec<f32>, Vec<(String, f64, f64)>) {
        let wanted = Wanted {
            words: true,
            ..Wanted::default()
        };
        let delivery = Delivery::default();
        let mut speech = Speech::new(TEXT.to_owned(), delivery, 200.0, rate, None, wanted);
        let mut samples = Vec::new();
        speech.render(usize::MAX, &mut samples);
        #[expect(clippy::cast_precision_loss, reason = "seconds")]
        let seconds = |micros: u64| micros as f64 / 1e6;
        let words = speech.take_words().into_iter();
        let times = words.map(|word| (word.text, seconds(word.start), seconds(word.end)));
        (samples, times.collect())
    }

    fn heard(samples: &[f32], rate: u32) -> Vec<Word> {
        let mut ear = Ear::new(rate, 0.0);
        let mut words: Vec<Word> = samples.iter().flat_map(|s| ear.hear(*s)).collect();
        words.extend(ear.end());
        words
    }

    #[test]
    fn what_was_said_is_heard_when_it_was_said() {
        for rate in [8_000, 24_000] {
            let (samples, times) = spoken(rate);
            let words = heard(&samples, rate);
            assert_eq!(words.len(), times.len());
            for (word, (text, start, end)) in words.iter().zip(times) {
                assert_eq!(word.text, text);
                assert!((word.start - start).abs() < 0.003, "{word:?} {start}");
                assert!((word.end - end).abs() < 0.003, "{word:?} {end}");
            }
            assert_eq!(text(&words), TEXT.replace("[laughter] ", ""));
        }
    }

    #[test]
    fn sound_without_end_is_cut_and_counted() {
        let rate = 8_000;
        let hum: Vec<f32> = (0..25 * rate)
            .map(|n| (f64::from(n) * 0.2).sin())
            .map(|sample| {
                #[expect(clippy::cast_possible_truncation, reason = "only precision is lost")]
                let sample = sample as f32 * 0.5;
                sample
            })
            .collect();
        let words = heard(&hum, rate);
        let texts: Vec<&str> = words.iter().map(|word| &*word.text).collect();
        assert_eq!(texts, ["word1", "word2", "word3"]);
        assert!((words[2].end - 25.0).abs() < 0.01);
    }

    #[test]
    fn silence_needs_no_memory() {
        let mut ear = Ear::new(16_000, 0.0);
        for _ in 0..160_000 {
            assert!(ear.hear(0.0005).is_empty());
            assert!(ear.recent.len() <= 320);
        }
        assert_eq!((ear.position(), ear.silence()), (160_000, 160_000));
        assert!(!ear.is_sounding() && ear.end().is_empty());
    }
}
