//! The samples of a transcript, a few at a time, and when its words sound.

mod phrase;

use std::time::Duration;

use phrase::Narration;

use super::espeak::Espeak;
use super::plan::{Delivery, Plan, Segment, Sound};
use super::tone::{Burst, Tone};
use super::{Micros, SECOND};

/// A word or phoneme and when it sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) text: String,
    pub(crate) start: Micros,
    pub(crate) end: Micros,
}

/// The timings to keep; others are dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) words: bool,
    pub(crate) phonemes: bool,
    /// Words as they are spoken (`four` `two`), not as they were written (`42`).
    pub(crate) normalized: bool,
}

/// Speech in the making. It holds one word at a time, however long the transcript is.
#[derive(Debug)]
pub(crate) struct Speech {
    plan: Plan,
    tone: Tone,
    sample_rate: u64,
    /// Where the audio ends even if there is more to say.
    limit: Micros,
    wanted: Wanted,
    /// The end of the segment that sounds now.
    planned: Micros,
    /// The next sample.
    position: u64,
    burst: Option<Burst>,
    /// Instead of tones.
    narration: Option<Narration>,
    words: Vec<Timing>,
    phonemes: Vec<Timing>,
}

impl Speech {
    /// `limit` is the longest playing time.
    pub(crate) fn new(
        transcript: String,
        delivery: Delivery,
        pitch: f64,
        sample_rate: u32,
        limit: Option<Duration>,
        wanted: Wanted,
    ) -> Self {
        let limit = limit.map_or(Micros::MAX, |limit| {
            Micros::try_from(limit.as_micros()).unwrap_or(Micros::MAX)
        });
        Self {
            plan: Plan::new(transcript, delivery),
            tone: Tone::new(sample_rate, pitch),
            sample_rate: u64::from(sample_rate),
            limit,
            wanted,
            planned: 0,
            position: 0,
            burst: None,
            narration: None,
            words: Vec::new(),
            phonemes: Vec::new(),
        }
    }

    /// Lets a real voice speak, if there is one.
    pub(crate) fn spoken_by(mut self, espeak: Option<Espeak>) -> Self {
        self.narration = espeak.map(Narration::new);
        self
    }

    /// Adds text at the end of the transcript, also when all before was rendered. The result is that
    /// of the whole transcript, unless text was rendered that ended within a word.
    pub(crate) fn extend(&mut self, text: &str) {
        self.plan.extend(text);
    }

    /// Speaks the text that follows in another way, once all before was rendered.
    pub(crate) fn set_delivery(&mut self, delivery: Delivery) {
        self.plan.set_delivery(delivery);
    }

    /// Appends up to `samples` samples; fewer only at the end.
    pub(crate) fn render(&mut self, samples: usize, out: &mut Vec<f32>) {
        let target = self.position.saturating_add(samples as u64);
        while self.position < target {
            let end = self.sample_at(self.planned).min(target);
            if self.position >= end {
                if !self.advance() {
                    return;
                }
                continue;
            }
            let narration = self.narration.as_ref();
            if !narration.is_some_and(|narration| narration.render(self.position, end, out)) {
                match &self.burst {
                    Some(burst) => self.tone.render(burst, self.position, end, out),
                    None => out.extend((self.position..end).map(|_| 0.0)),
                }
            }
            self.position = end;
        }
    }

    /// Returns the length of the rendered audio.
    pub(crate) fn elapsed(&self) -> Duration {
        // `checked` because the rate is a number like any other; it is never zero.
        let micros = (self.position * SECOND)
            .checked_div(self.sample_rate)
            .unwrap_or(0);
        Duration::from_micros(micros)
    }

    /// The words that started since the last call.
    pub(crate) fn take_words(&mut self) -> Vec<Timing> {
        std::mem::take(&mut self.words)
    }

    /// The phonemes of the words that started since the last call.
    pub(crate) fn take_phonemes(&mut self) -> Vec<Timing> {
        std::mem::take(&mut self.phonemes)
    }

    /// Goes on to the next segment; `false` at the end.
    fn advance(&mut self) -> bool {
        if self.planned >= self.limit {
            return false;
        }
        let goes_on = if self.narration.is_some() {
            self.advance_narration()
        } else {
            let next = self.plan.next();
            next.as_ref()
                .inspect(|segment| self.play(segment))
                .is_some()
        };
        self.planned = self.planned.min(self.limit);
        goes_on
    }

    /// Starts a silence or a tone.
    fn play(&mut self, segment: &Segment) {
        match segment {
            Segment::Silence(duration) => {
                self.burst = None;
                self.planned = self.planned.saturating_add(*duration);
            }
            Segment::Sound(sound) => self.start(sound),
        }
    }

    fn start(&mut self, sound: &Sound) {
        let start = self.planned;
        self.note(sound, start, |time| time);
        let mut starts = Vec::new();
        for (_, duration) in sound.parts.iter().flat_map(|part| &part.phonemes) {
            starts.push(self.sample_at(self.planned));
            self.planned += duration;
        }
        let end = self.planned.min(self.limit);
        let burst = Burst::new(
            sound,
            self.sample_at(start),
            self.sample_at(end),
            starts.into_iter(),
        );
        self.burst = Some(burst);
    }

    /// Keeps the timings that are wanted of a word that starts at `start`; `at` says when in the audio.
    fn note(&mut self, sound: &Sound, start: Micros, at: impl Fn(Micros) -> Micros) {
        let Some(written) = &sound.written else {
            return;
        };
        let mut now = start;
        for part in &sound.parts {
            let part_start = now;
            for (phoneme, duration) in &part.phonemes {
                let end = now + duration;
                if self.wanted.phonemes {
                    let timing = self.timing(&phoneme.symbol, at(now), at(end));
                    self.phonemes.extend(timing);
                }
                now = end;
            }
            if self.wanted.words && self.wanted.normalized {
                let timing = self.timing(&part.spoken, at(part_start), at(now));
                self.words.extend(timing);
            }
        }
        if self.wanted.words && !self.wanted.normalized {
            let timing = self.timing(written, at(start), at(now));
            self.words.extend(timing);
        }
    }

    /// What lies behind the limit is not heard, so it has no time.
    fn timing(&self, text: &str, start: Micros, end: Micros) -> Option<Timing> {
        let end = end.min(self.limit);
        (start < end).then(|| Timing {
            text: text.to_owned(),
            start,
            end,
        })
    }

    /// The first sample at or after a time.
    fn sample_at(&self, time: Micros) -> u64 {
        let samples =
            (u128::from(time) * u128::from(self.sample_rate)).div_ceil(u128::from(SECOND));
        u64::try_from(samples).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "Two words, <break time=\"300ms\"/> then <volume ratio=\"2\"/> loud [laughter]!";

    fn speech(limit: Option<Duration>) -> Speech {
        let wanted = Wanted {
            words: true,
            phonemes: true,
            normalized: false,
        };
        Speech::new(
            TEXT.to_owned(),
            Delivery::default(),
            200.0,
            24_000,
            limit,
            wanted,
        )
    }

    fn whole(mut speech: Speech) -> Vec<f32> {
        let mut samples = Vec::new();
        speech.render(usize::MAX, &mut samples);
        samples
    }

    #[test]
    fn it_does_not_matter_in_which_pieces_samples_are_asked_for() {
        let whole = whole(speech(None));
        assert!(whole.iter().all(|sample| sample.abs() < 0.75));
        for size in [1, 7, 960, 24_000] {
            let (mut speech, mut samples) = (speech(None), Vec::new());
            loop {
                let before = samples.len();
                speech.render(size, &mut samples);
                if samples.len() < before + size {
                    break;
                }
            }
            assert_eq!(samples, whole, "{size}");
        }
    }

    #[test]
    fn the_limit_cuts_audio_and_words_alike() {
        let limit = Duration::from_millis(300);
        let mut speech = speech(Some(limit));
        let mut samples = Vec::new();
        speech.render(usize::MAX, &mut samples);
        assert_eq!(samples.len(), 7_200);
        assert_eq!(speech.elapsed(), limit);
        let words = speech.take_words();
        assert_eq!(
            words.last().map(|word| word.end),
            Some(300_000),
            "{words:?}"
        );
        assert_eq!(
            speech.take_phonemes().last().map(|phoneme| phoneme.end),
            Some(300_000)
        );
    }

    #[test]
    fn phonemes_fill_their_words() {
        let mut speech = speech(None);
        speech.render(usize::MAX, &mut Vec::new());
        let (words, phonemes) = (speech.take_words(), speech.take_phonemes());
        assert_eq!(
            words.iter().map(|word| &*word.text).collect::<Vec<_>>(),
            ["Two", "words,", "then", "loud"]
        );
        for word in words {
            let inside: Vec<_> = phonemes
                .iter()
                .filter(|p| word.start <= p.start && p.end <= word.end)
                .collect();
            assert_eq!(inside.first().map(|p| p.start), Some(word.start));
            assert_eq!(inside.last().map(|p| p.end), Some(word.end));
            assert!(inside.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }
}
