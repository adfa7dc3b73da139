//! Turns tokens of a language model into inputs of a context, cut where a cut is inaudible.
//!
//! A language model gives text in tokens, which end anywhere: within a word, a number, an emoji, a control
//! tag. The service joins the inputs of a context byte for byte but may begin to speak after any of them, so
//! that a cut in the wrong place can be heard. Text passes through three stages, and every byte is in exactly
//! one of them: [`Clusters`] (characters as readers know them), [`Units`] (those, and whole tags), and then
//! [`Words`] or [`Sentences`].
//!
//! There is no clock here: the owner calls [`TextFeeder::settle`] when no token came for a while.

mod abbreviations;
mod clusters;
mod kind;
mod number;
#[cfg(test)]
mod properties;
mod sentences;
#[cfg(test)]
mod streams;
mod tag;
mod units;
mod words;

pub(crate) use self::kind::is_spaceless;

use self::clusters::Clusters;
use self::sentences::Sentences;
use self::units::{Unit, Units};
use self::words::Words;

/// How tokens are gathered into inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gathering {
    /// Whole words, as soon as they are known. For a service that waits for sentences itself.
    Words,
    /// Whole sentences or long clauses. For a service that speaks every input at once.
    Sentences,
    /// Every push is an input as it is.
    Verbatim,
}

enum Gatherer {
    Words(Words),
    Sentences(Sentences),
    Verbatim,
}

impl Gatherer {
    fn push(&mut self, unit: Unit<'_>, ready: &mut Vec<String>) {
        match self {
            Self::Words(words) => words.push(unit, ready),
            Self::Sentences(sentences) => sentences.push(unit, ready),
            Self::Verbatim => {}
        }
    }

    fn finish_push(&mut self, ready: &mut Vec<String>) {
        if let Self::Words(words) = self {
            words.finish_push(ready);
        }
    }

    fn settle(&mut self, ready: &mut Vec<String>) {
        match self {
            Self::Words(words) => words.settle(ready),
            Self::Sentences(sentences) => sentences.settle(ready),
            Self::Verbatim => {}
        }
    }

    fn take(&mut self) -> String {
        match self {
            Self::Words(words) => words.take(),
            Self::Sentences(sentences) => sentences.take(),
            Self::Verbatim => String::new(),
        }
    }
}

/// The text buffer of one context, between caller and service. It returns the text that was pushed, in order.
pub(crate) struct TextFeeder {
    clusters: Clusters,
    units: Units,
    gatherer: Gatherer,
    /// Whether something was pushed since the last [`settle`](Self::settle).
    moved: bool,
}

impl TextFeeder {
    pub(crate) fn new(gathering: Gathering) -> Self {
        Self {
            clusters: Clusters::new(),
            units: Units::new(),
            gatherer: match gathering {
                Gathering::Words => Gatherer::Words(Words::new()),
                Gathering::Sentences => Gatherer::Sentences(Sentences::new()),
                Gathering::Verbatim => Gatherer::Verbatim,
            },
            moved: false,
        }
    }

    /// Takes text and appends the pieces that may be sent now. No piece is empty.
    pub(crate) fn push(&mut self, text: &str, ready: &mut Vec<String>) {
        if text.is_empty() {
            return;
        }
        let Self {
            clusters,
            units,
            gatherer,
            moved,
        } = self;
        if matches!(gatherer, Gatherer::Verbatim) {
            ready.push(text.to_owned());
            return;
        }
        *moved = true;
        clusters.push(text, |cluster| {
            units.push(cluster, |unit| gatherer.push(unit, ready));
        });
        gatherer.finish_push(ready);
    }

    /// No text came for a while: appends what is whole as it stands, though more text could have
    /// changed it. Half a tag, a number that digits may follow and an unfinished emoji stay.
    pub(crate) fn settle(&mut self, ready: &mut Vec<String>) {
        self.moved = false;
        let may_begin_tag = self.clusters.open() == "<";
        if !(self.units.is_in_tag() || may_begin_tag || self.clusters.is_unfinished()) {
            let last = self.clusters.take();
            if !last.is_empty() {
                self.units
                    .push(&last, |unit| self.gatherer.push(unit, ready));
            }
        }
        self.gatherer.finish_push(ready);
        self.gatherer.settle(ready);
    }

    /// Returns all text that is held back, for a flush or the end. Later text starts afresh.
    pub(crate) fn take(&mut self) -> Option<String> {
        self.moved = false;
        let mut held = self.gatherer.take();
        held += &self.units.take();
        held += &self.clusters.take();
        (!held.is_empty()).then_some(held)
    }

    /// Whether [`settle`](Self::settle) could release something. It cannot twice in a row.
    pub(crate) fn holds(&self) -> bool {
        self.moved
    }
}

/// Whether a text has words: letters or digits outside of silent tags. Stricter than
/// [`speakable`](cartesia_types::tts::speakable): the service may skip an emoji or a symbol between words.
pub(crate) fn has_words(text: &str) -> bool {
    let mut clusters = Clusters::new();
    let mut units = Units::new();
    let mut found = false;
    let mut see = |unit: Unit<'_>| found |= unit.has_words();
    clusters.push(text, |cluster| units.push(cluster, &mut see));
    units.push(&clusters.take(), &mut see);
    // The service speaks a tag that does not end as text.
    found || units.take().chars().any(char::is_alphanumeric)
}
