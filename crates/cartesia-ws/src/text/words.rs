//! Whole words, for a service that gathers sentences itself.

use super::clusters::is_attached;
use super::kind::Kind;
use super::number::{Number, is_continued_by};
use super::units::Unit;

/// A run without a boundary is cut at this many bytes.
pub(super) const LONGEST_RUN: usize = 512;
/// Words that are ready together make one piece, up to about this many bytes.
const LONGEST_PIECE: usize = 2048;

/// Releases words as soon as they are known to be whole. White space goes with what follows it, so
/// that a word waits for nothing but its end; what has no sound goes with the next word.
pub(super) struct Words {
    held: String,
    /// Released text that was not returned yet.
    piece: String,
    last: Option<Kind>,
    speakable: bool,
    number: Number,
    /// Where to cut if the number that ends there does not go on after the space.
    after_number: Option<usize>,
    /// Whether something to say was ever released.
    started: bool,
}

impl Words {
    pub(super) fn new() -> Self {
        Self {
            held: String::new(),
            piece: String::new(),
            last: None,
            speakable: false,
            number: Number::None,
            after_number: None,
            started: false,
        }
    }

    /// Takes one unit; pieces are complete after [`finish_push`](Self::finish_push).
    pub(super) fn push(&mut self, unit: Unit<'_>, ready: &mut Vec<String>) {
        let kind = Kind::of(unit);
        if let Some(end) = self.after_number {
            let between = self.last == Some(Kind::Space);
            if is_continued_by(unit, kind) {
                self.after_number = None;
            } else if !(between && kind == Kind::Opening) {
                // A bracket may open more digits of a telephone number; everything else ends it.
                self.release(end, ready);
            }
        }
        if self.number.may_span(unit.text()) && self.speakable {
            self.after_number = Some(self.held.len());
        } else if self.speakable && self.may_end_before(unit, kind) {
            self.release(self.held.len(), ready);
        }
        if self.held.len() + unit.text().len() > LONGEST_RUN {
            self.release(self.after_number.unwrap_or(self.held.len()), ready);
            if self.held.len() + unit.text().len() > LONGEST_RUN {
                self.release(self.held.len(), ready);
            }
        }
        self.held.push_str(unit.text());
        self.speakable |= unit.has_words();
        self.last = Some(kind);
        self.number = self.number.then(unit, kind);
    }

    fn may_end_before(&self, unit: Unit<'_>, kind: Kind) -> bool {
        let Some(last) = self.last else {
            return false;
        };
        if kind.is_space() {
            return !last.is_space();
        }
        if last.is_space() || last.leans_forward() || kind.leans_back() {
            return false;
        }
        if kind == Kind::Digit && self.number.is_open() {
            return false;
        }
        let breaks = [last, kind].contains(&Kind::Tag)
            || [last, kind].contains(&Kind::Spaceless)
            || matches!(last, Kind::SureEnd | Kind::SureClause);
        breaks && !is_attached(unit.text())
    }

    fn release(&mut self, end: usize, ready: &mut Vec<String>) {
        self.piece.extend(self.held.drain(..end));
        self.started |= self.speakable;
        // What may be left is white space and a bracket.
        self.speakable = false;
        self.after_number = None;
        if self.piece.len() >= LONGEST_PIECE {
            self.finish_push(ready);
        }
    }

    /// Returns the released text.
    pub(super) fn finish_push(&mut self, ready: &mut Vec<String>) {
        if !self.piece.is_empty() {
            ready.push(std::mem::take(&mut self.piece));
        }
    }

    /// Releases everything that is no part of a number and opens nothing, once there is something to
    /// say.
    pub(super) fn settle(&mut self, ready: &mut Vec<String>) {
        let waits = self.number.is_open()
            || self.after_number.is_some()
            || self.last == Some(Kind::Opening);
        let ends = self.last.is_some_and(|last| !last.is_space());
        if !waits && ends && (self.speakable || self.started) {
            self.release(self.held.len(), ready);
            self.finish_push(ready);
        }
    }

    /// Returns the text that is held.
    pub(super) fn take(&mut self) -> String {
        let started = self.started || self.speakable;
        let held = std::mem::replace(self, Self::new()).held;
        self.started = started;
        held
    }
}
