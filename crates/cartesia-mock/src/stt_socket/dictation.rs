//! Dictation: from samples to transcripts that are final when the client, or a silence, says so.

use super::query::Manual;
use crate::hearing::{Ear, Word, samples, seconds};

/// Seconds of silence after which what was said is final. The service does not tell its own time; a
/// client that says `finalize` is meant to be faster.
const SILENCE: f64 = 1.0;

/// Seconds after which what was said is final without any silence.
const LONGEST: f64 = 30.0;

/// What was said since the last transcript that was final.
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
    /// Where the last transcript ended that was final.
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

    /// Hears one more sample, and gives what is to be said about it.
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

    /// Makes final what was said until now, also half a word.
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
