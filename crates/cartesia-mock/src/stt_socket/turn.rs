//! Turns: from samples to turns of a speaker.
//!
//! One signal decides, the likelihood that a speaker is in a turn. It rises with sound and falls in silence;
//! the thresholds decide what that means. Text that was sent is final.

use crate::fields::Fields;
use crate::recognition::{Ear, Word, samples};
use crate::rejection::Rejection;
use crate::socket::TurnEvent;

/// Seconds in which the likelihood rises to 63 % while something sounds, and falls to 37 % in silence.
const RISE: f64 = 0.050;
const FALL: f64 = 0.350;

/// The name of the timeout, in the query after `turn_`.
pub(crate) const TIMEOUT: &str = "end_timeout_ms";

/// The thresholds of the likelihood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Thresholds {
    pub(crate) start: f64,
    pub(crate) eager_end: f64,
    pub(crate) end: f64,
    /// Silence after which a turn ends, whatever the likelihood.
    pub(crate) end_timeout_ms: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            start: 0.8,
            eager_end: 0.4,
            end: 0.2,
            end_timeout_ms: 5_600.0,
        }
    }
}

impl Thresholds {
    /// The likelihoods by their names.
    pub(crate) fn likelihoods(&mut self) -> [(&'static str, &mut f64); 3] {
        [
            ("start_threshold", &mut self.start),
            ("eager_end_threshold", &mut self.eager_end),
            ("end_threshold", &mut self.end),
        ]
    }

    /// Checks ranges and order; `prefix` stands before the names. Two ranges of the eager end are in
    /// use, so both are taken.
    pub(crate) fn check(self, prefix: &str) -> Result<(), Rejection> {
        for (name, value, range) in [
            ("start_threshold", self.start, 0.5..=0.9),
            ("eager_end_threshold", self.eager_end, 0.3..=0.8),
            ("end_threshold", self.end, 0.05..=0.5),
            (TIMEOUT, self.end_timeout_ms, 640.0..=11_200.0),
        ] {
            if !range.contains(&value) {
                let (start, end) = (range.start(), range.end());
                let message = format!("`{prefix}{name}` must be from {start} to {end}");
                return Err(Rejection::bad_request(message));
            }
        }
        if self.start > self.eager_end && self.eager_end > self.end {
            return Ok(());
        }
        Err(Rejection::bad_request(format!(
            "`{prefix}start_threshold` must be above `{prefix}eager_end_threshold`, and that above \
             `{prefix}end_threshold`"
        )))
    }

    /// The thresholds as `turn` of a `config` message changes them.
    pub(crate) fn changed(mut self, turn: &Fields<'_>) -> Result<Self, Rejection> {
        let any = f64::MIN..=f64::MAX;
        for (name, value) in self.likelihoods() {
            *value = turn.number_in(name, &any)?.unwrap_or(*value);
        }
        let timeout = turn.number_in(TIMEOUT, &any)?;
        self.end_timeout_ms = timeout.unwrap_or(self.end_timeout_ms);
        self.check("turn.")?;
        Ok(self)
    }
}

/// The number of samples, at one rate, until a threshold is reached.
#[derive(Debug, Clone, Copy)]
struct Reach {
    start: u64,
    resume: u64,
    eager_end: u64,
    end: u64,
}

impl Reach {
    fn of(thresholds: &Thresholds, rate: u32) -> Self {
        let rising = |threshold: f64| samples(-RISE * (1.0 - threshold).ln(), rate);
        let falling = |threshold: f64| samples(-FALL * threshold.ln(), rate);
        let timeout = samples(thresholds.end_timeout_ms / 1_000.0, rate);
        Self {
            start: rising(thresholds.start),
            resume: rising(thresholds.eager_end),
            eager_end: falling(thresholds.eager_end),
            end: falling(thresholds.end).min(timeout),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Speaking,
    EagerEnded,
}

/// An event, with the text of the turn so far where the event carries it.
pub(crate) type Happened = (TurnEvent, Option<String>);

/// Turns samples into events.
#[derive(Debug)]
pub(crate) struct Turn {
    ear: Ear,
    rate: u32,
    thresholds: Thresholds,
    reach: Reach,
    stage: Stage,
    text: String,
    /// Whether a word was told ever, so that the next has a space before it.
    begun: bool,
}

impl Turn {
    pub(crate) fn new(rate: u32, thresholds: Thresholds) -> Self {
        Self {
            ear: Ear::new(rate, 0.0),
            rate,
            thresholds,
            reach: Reach::of(&thresholds, rate),
            stage: Stage::Idle,
            text: String::new(),
            begun: false,
        }
    }

    pub(crate) fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Sets thresholds that apply from the next sample on.
    pub(crate) fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.thresholds = thresholds;
        self.reach = Reach::of(&thresholds, self.rate);
    }

    /// Processes one more sample, and appends the resulting events.
    pub(crate) fn hear(&mut self, sample: f32, happened: &mut Vec<Happened>) {
        let words = self.ear.hear(sample);
        self.listen(&words, happened);
        let sound = self.ear.sound().saturating_sub(self.ear.silence());
        let silence = self.ear.silence();
        match self.stage {
            Stage::Idle if sound >= self.reach.start.max(1) => self.start(happened),
            Stage::EagerEnded if sound >= self.reach.resume.max(1) => self.resume(happened),
            Stage::Speaking | Stage::EagerEnded if silence >= self.reach.end => self.end(happened),
            Stage::Speaking if silence >= self.reach.eager_end && !self.text.is_empty() => {
                happened.push((TurnEvent::EagerEnd, Some(self.text.clone())));
                self.stage = Stage::EagerEnded;
            }
            _ => {}
        }
    }

    /// The audio has ended.
    pub(crate) fn finish(&mut self, happened: &mut Vec<Happened>) {
        let words = self.ear.end();
        self.listen(&words, happened);
        if self.stage != Stage::Idle {
            self.end(happened);
        }
    }

    /// Words belong to a turn, also when they were too short to start it.
    fn listen(&mut self, words: &[Word], happened: &mut Vec<Happened>) {
        if words.is_empty() {
            return;
        }
        match self.stage {
            Stage::Idle => self.start(happened),
            Stage::EagerEnded => self.resume(happened),
            Stage::Speaking => {}
        }
        for word in words {
            let first = !std::mem::replace(&mut self.begun, true);
            self.text.push_str(&word.spaced(first));
        }
        happened.push((TurnEvent::Update, Some(self.text.clone())));
    }

    fn start(&mut self, happened: &mut Vec<Happened>) {
        self.stage = Stage::Speaking;
        happened.push((TurnEvent::Start, None));
    }

    fn resume(&mut self, happened: &mut Vec<Happened>) {
        self.stage = Stage::Speaking;
        happened.push((TurnEvent::Resume, None));
    }

    fn end(&mut self, happened: &mut Vec<Happened>) {
        self.stage = Stage::Idle;
        happened.push((TurnEvent::End, Some(std::mem::take(&mut self.text))));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::synthesis::{Delivery, Speech, Wanted};

    const RATE: u32 = 8_000;

    fn spoken(text: &str) -> Vec<f32> {
        let (delivery, wanted) = (Delivery::default(), Wanted::default());
        let mut speech = Speech::new(text.to_owned(), delivery, 200.0, RATE, None, wanted);
        let mut samples = Vec::new();
        speech.render(usize::MAX, &mut samples);
        samples
    }

    /// A second of it.
    fn silence() -> Vec<f32> {
        vec![0.0; 8_000]
    }

    fn heard(turn: &mut Turn, samples: &[f32]) -> Vec<Happened> {
        let mut happened = Vec::new();
        for sample in samples {
            turn.hear(*sample, &mut happened);
        }
        happened
    }

    /// Checks what clients may rely on, and gives the texts of the turns.
    fn turns(happened: &[Happened]) -> Vec<String> {
        let (mut open, mut eager) = (false, false);
        let (mut observed, mut turns) = (String::new(), Vec::new());
        for (event, text) in happened {
            assert_eq!(open, *event != TurnEvent::Start, "{happened:?}");
            assert!(!eager || matches!(event, TurnEvent::End | TurnEvent::Resume));
            assert!(eager || *event != TurnEvent::Resume);
            if let Some(text) = text {
                assert!(text.starts_with(&observed), "{text:?} after {observed:?}");
                observed.clone_from(text);
            }
            open = *event != TurnEvent::End;
            eager = *event == TurnEvent::EagerEnd;
            if !open {
                turns.push(std::mem::take(&mut observed));
            }
        }
        assert!(!open);
        turns
    }

    #[test]
    fn silence_ends_a_turn_and_its_absence_does_not() {
        let mut turn = Turn::new(RATE, Thresholds::default());
        let samples = spoken("Hello there");
        let first = heard(&mut turn, &samples);
        assert_eq!(first.first(), Some(&(TurnEvent::Start, None)));
        assert_eq!(
            first.last(),
            Some(&(TurnEvent::Update, Some("Hello there".to_owned())))
        );
        let then = heard(&mut turn, &silence());
        let ended = |event| (event, Some("Hello there".to_owned()));
        assert_eq!(then, [ended(TurnEvent::EagerEnd), ended(TurnEvent::End)]);
        assert!(heard(&mut turn, &silence().repeat(10)).is_empty());
    }

    #[test]
    fn noise_is_a_turn_without_text_or_none() {
        let mut turn = Turn::new(RATE, Thresholds::default());
        let click = [0.5; 100];
        assert!(heard(&mut turn, &[&click[..], &silence()].concat()).is_empty());
        let laughter = [spoken("[laughter]"), silence()].concat();
        assert_eq!(turns(&heard(&mut turn, &laughter)), [""]);
        // Shorter than it takes to be sure, but words all the same.
        let hum: Vec<f32> = (0_u16..320).map(|n| f32::from(n % 8) - 3.5).collect();
        let words = [&hum[..], &silence()].concat();
        assert_eq!(turns(&heard(&mut turn, &words)), ["word1"]);
    }

    #[test]
    fn thresholds_are_checked_and_change_the_time() {
        let length = |thresholds: Thresholds| {
            thresholds.check("").unwrap();
            let mut turn = Turn::new(RATE, thresholds);
            heard(&mut turn, &spoken("Hi"));
            let mut silence = 0;
            while heard(&mut turn, &[0.0])
                .iter()
                .all(|(e, _)| *e != TurnEvent::End)
            {
                silence += 1;
            }
            silence
        };
        let normal = Thresholds::default();
        let patient = Thresholds {
            end: 0.05,
            ..normal
        };
        let bounded = Thresholds {
            end_timeout_ms: 640.0,
            ..patient
        };
        assert!(length(normal) < length(bounded) && length(bounded) < length(patient));
        for wrong in [
            Thresholds {
                start: 0.95,
                ..normal
            },
            Thresholds {
                eager_end: 0.2,
                ..normal
            },
            Thresholds {
                end: 0.45,
                ..normal
            },
            Thresholds {
                end_timeout_ms: 100.0,
                ..normal
            },
            Thresholds {
                start: 0.5,
                eager_end: 0.5,
                ..normal
            },
            Thresholds {
                end: f64::NAN,
                ..normal
            },
        ] {
            assert!(wrong.check("").is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn turns_keep_their_promises(
            parts in prop::collection::vec(("[a-zA-Z]{1,8}[.,]?( [a-z]{1,6}){0,2}", 0..9_000_usize), 1..6),
            eager_end in 0.3..0.49,
            end in 0.05..0.3,
        ) {
            let thresholds = Thresholds { eager_end, end, ..Thresholds::default() };
            let mut turn = Turn::new(RATE, thresholds);
            let mut happened = Vec::new();
            let mut said = Vec::new();
            for (text, silence) in parts {
                happened.extend(heard(&mut turn, &spoken(&text)));
                happened.extend(heard(&mut turn, &vec![0.0; silence]));
                said.push(text);
            }
            turn.finish(&mut happened);
            prop_assert_eq!(turns(&happened).concat(), said.join(" "));
        }
    }
}
