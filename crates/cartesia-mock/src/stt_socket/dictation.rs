//! Dictation: from samples to transcripts that become final by a command of the client or a silence.

use super::query::Manual;
use crate::recognition::{Ear, Word, samples, seconds};

/// Seconds of silence after which what was said is final. The service does not tell its own time; a
/// client that says `finalize` is meant to be faster.
const SILENCE: f64 = 1.0;

/// Seconds after which what was said is final without any silence.
const LONGEST: f64 = 30.0;

/// The words since the last final transcript.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Transcript {
    pub(super) is_final: bool,
    /// With the space before it, unless it is the first.
    pub(super) text: String,
    /// Seconds of audio behind it.
    pub(super) duration: f64,
    pub(super) words: Vec<(String, f64, f64)>,
}

/// Turns samples into transcripts.
#[derive(Debug)]
pub(super) struct Dictation {
    ear: Ear,
    rate: u32,
    silence: u64,
    longest: u64,
    /// Words that are not final yet.
    pending: Vec<Word>,
    /// Whether a word was final already.
    begun: bool,
    /// The end of the last final transcript.
    since: u64,
}

impl Dictation {
    pub(super) fn new(query: &Manual) -> Self {
        let rate = query.audio.sample_rate;
        Self {
            ear: Ear::new(rate, query.min_volume),
            rate,
            silence: samples(query.max_silence.unwrap_or(SILENCE), rate),
            longest: samples(LONGEST, rate),
            pending: Vec::new(),
            begun: false,
            since: 0,
        }
    }

    /// Processes one more sample, and returns the resulting messages.
    pub(super) fn hear(&mut self, sample: f32) -> Option<Transcript> {
        let words = self.ear.hear(sample);
        let spoke = !words.is_empty();
        self.pending.extend(words);
        if self.pending.is_empty() {
            return None;
        }
        let long = self.ear.position() - self.since >= self.longest;
        let silent = !self.ear.is_sounding() && self.ear.silence() >= self.silence;
        if silent || (spoke && long) {
            return self.close();
        }
        spoke.then(|| self.transcript(false))
    }

    /// Finalizes the words so far, including half a word.
    pub(super) fn finalize(&mut self) -> Option<Transcript> {
        let words = self.ear.end();
        self.pending.extend(words);
        self.close()
    }

    fn close(&mut self) -> Option<Transcript> {
        if self.pending.is_empty() {
            return None;
        }
        let transcript = self.transcript(true);
        self.pending.clear();
        self.begun = true;
        self.since = self.ear.position();
        Some(transcript)
    }

    fn transcript(&self, is_final: bool) -> Transcript {
        let words = self.pending.iter().enumerate().map(|(at, word)| {
            let first = at == 0 && !self.begun;
            (word.spaced(first), word.start, word.end)
        });
        let words: Vec<(String, f64, f64)> = words.collect();
        let text = words.iter().map(|(word, ..)| word.as_str()).collect();
        let duration = seconds(self.ear.position() - self.since, self.rate);
        Transcript {
            is_final,
            text,
            duration,
            words,
        }
    }
}

#[cfg(test)]
mod tests {
    use cartesia_types::RawEncoding;

    use super::*;
    use crate::recognition::Encoding;
    use crate::stt_socket::Audio;
    use crate::synthesis::{Delivery, Speech, Wanted};

    const RATE: u32 = 8_000;

    fn dictation(min_volume: f32, max_silence: Option<f64>) -> Dictation {
        Dictation::new(&Manual {
            audio: Audio {
                encoding: Encoding::Spoken(RawEncoding::PcmF32Le),
                sample_rate: RATE,
            },
            language: "en".to_owned(),
            min_volume,
            max_silence,
        })
    }

    fn spoken(text: &str) -> Vec<f32> {
        let (delivery, wanted) = (Delivery::default(), Wanted::default());
        let mut speech = Speech::new(text.to_owned(), delivery, 200.0, RATE, None, wanted);
        let mut samples = Vec::new();
        speech.render(usize::MAX, &mut samples);
        samples
    }

    /// Whether each transcript is final, and its text.
    fn heard(dictation: &mut Dictation, samples: &[f32]) -> Vec<(bool, String)> {
        samples
            .iter()
            .filter_map(|sample| dictation.hear(*sample))
            .map(|transcript| (transcript.is_final, transcript.text))
            .collect()
    }

    #[test]
    fn silence_makes_final_when_it_is_long_enough() {
        let mut dictation = dictation(0.0, Some(0.1));
        let heard = heard(&mut dictation, &spoken("Hi, you"));
        let expected = [(false, "Hi,"), (true, "Hi,"), (false, " you")];
        assert_eq!(heard, expected.map(|(last, text)| (last, text.to_owned())));
        let rest = dictation.finalize().unwrap();
        assert_eq!((rest.text.as_str(), rest.is_final), (" you", true));
        assert!(rest.words[0].1 > 0.3 && rest.duration < 0.6, "{rest:?}");
        assert_eq!(dictation.finalize(), None);
    }

    #[test]
    fn who_never_pauses_is_made_final_all_the_same() {
        let mut dictation = dictation(0.0, None);
        let text = "on and ".repeat(80);
        let heard = heard(&mut dictation, &spoken(&text));
        let finals: Vec<_> = heard.iter().filter(|(last, _)| *last).collect();
        assert_eq!(finals.len(), 1);
        let said: String = finals.iter().map(|(_, text)| text.as_str()).collect();
        let rest = dictation.finalize().unwrap().text;
        assert_eq!(said + &rest, text.trim_end());
    }

    #[test]
    fn half_a_word_is_said_as_it_is_heard() {
        let mut dictation = dictation(0.0, None);
        let samples = spoken("Hello");
        // In the middle of what says which word it is.
        let (first, second) = samples.split_at(800);
        assert!(heard(&mut dictation, first).is_empty());
        assert_eq!(dictation.finalize().unwrap().text, "word1");
        assert_eq!(
            heard(&mut dictation, second),
            [(false, " word2".to_owned())]
        );
    }

    #[test]
    fn what_is_not_loud_enough_is_not_heard() {
        let mut deaf = dictation(0.5, None);
        assert!(heard(&mut deaf, &spoken("Hello")).is_empty());
        assert_eq!(deaf.finalize(), None);
    }
}
