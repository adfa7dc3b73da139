//! Whole sentences, for a service that speaks every input as it arrives.

use super::abbreviations::{Stopped, before_full_stop};
use super::clusters::is_attached;
use super::kind::{Kind, is_spaceless_with_phrases};
use super::number::Number;
use super::units::Unit;

/// The first piece may be a clause of so many words, so that speech begins early.
const FIRST_CLAUSE_WORDS: usize = 3;
/// From this width on, in letters, a clause is a piece of its own: about 25 words.
const LONG: usize = 160;
/// A wider text is cut at the end of any word.
pub(super) const WIDEST: usize = 320;
/// The limit of held text, in bytes, whatever its width.
pub(super) const LONGEST: usize = 4096;
/// A character of a script without spaces says about half of what a word says in others.
const SPACELESS_WIDTH: usize = 3;

/// A place in the held text, with what stands before it.
#[derive(Clone, Copy, Default)]
struct Place {
    at: usize,
    width: usize,
    /// Half words, so that scripts without spaces can be counted in the same number.
    half_words: usize,
}

impl Place {
    fn since(self, start: Self) -> Self {
        Self {
            at: self.at.saturating_sub(start.at),
            width: self.width.saturating_sub(start.width),
            half_words: self.half_words.saturating_sub(start.half_words),
        }
    }

    /// Whether there is something to say before it.
    fn is_speakable(self) -> bool {
        self.half_words > 0
    }
}

/// What a mark can end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Clause,
    SureClause,
    Ellipsis,
    Dot(Stopped),
    End,
    SureEnd,
}

/// A mark whose meaning depends on what follows.
#[derive(Clone, Copy)]
struct Mark {
    /// After the mark and the quotes and brackets that close behind it.
    end: Place,
    strength: Strength,
    /// Whether a quote or bracket closes behind it.
    closed: bool,
    /// Whether white space follows.
    spaced: bool,
    /// Whether it stands directly after a digit, so that another would make it part of a number.
    in_number: bool,
}

/// Releases sentences. White space goes with what follows it; quotes and brackets behind the end of a
/// sentence belong to it; what has no sound goes with the next sentence.
pub(super) struct Sentences {
    held: String,
    end: Place,
    /// Where the current word starts.
    word: usize,
    last: Option<Kind>,
    number: Number,
    mark: Option<Mark>,
    clause: Option<Place>,
    word_end: Option<Place>,
    first: bool,
}

impl Sentences {
    pub(super) fn new() -> Self {
        Self {
            held: String::new(),
            end: Place::default(),
            word: 0,
            last: None,
            number: Number::None,
            mark: None,
            clause: None,
            word_end: None,
            first: true,
        }
    }

    pub(super) fn push(&mut self, unit: Unit<'_>, ready: &mut Vec<String>) {
        let kind = Kind::of(unit);
        if is_attached(unit.text()) {
            self.attach(unit, kind);
        } else {
            if let Some(mark) = self.mark {
                self.mark = self.follow(mark, unit, kind, ready);
            }
            self.note_end(kind, ready);
            self.append(unit, kind);
            self.note_mark(unit, kind);
        }
        self.bound(ready);
    }

    /// Appends a mark that would be part of the last unit, had that not been taken for whole.
    fn attach(&mut self, unit: Unit<'_>, kind: Kind) {
        let before = self.end.at;
        self.append(unit, kind);
        if let Some(mark) = &mut self.mark
            && mark.end.at == before
        {
            mark.end = self.end;
        }
    }

    /// Decides the meaning of `mark`, now that `unit` follows. Returns it while that is still open.
    fn follow(
        &mut self,
        mut mark: Mark,
        unit: Unit<'_>,
        kind: Kind,
        ready: &mut Vec<String>,
    ) -> Option<Mark> {
        if kind == Kind::Space {
            if matches!(mark.strength, Strength::Clause | Strength::SureClause) {
                self.end_clause(mark.end, ready);
                return None;
            }
            // « Comme ça ? » has spaces within its quotes.
            let is_opening = self.held.ends_with(['«', '‹', '„', '‚']);
            if mark.spaced && self.last == Some(Kind::Quote) && !is_opening {
                mark.end = self.end;
                mark.closed = true;
            }
            mark.spaced = true;
            return Some(mark);
        }
        if mark.spaced {
            if kind.leans_forward() {
                return Some(mark);
            }
            // A dash may begin the next one, as dialogues have it.
            if !kind.leans_back() || kind == Kind::SureClause {
                self.decide(mark, unit, kind, ready);
            }
            return None;
        }
        if kind.leans_back() {
            return Some(mark);
        }
        if kind == Kind::Digit && mark.in_number {
            return None;
        }
        match (mark.strength, kind) {
            (_, Kind::Tag) | (Strength::SureEnd, _) => self.decide(mark, unit, kind, ready),
            (Strength::SureClause, _)
            | (Strength::Clause | Strength::Ellipsis, Kind::Spaceless) => {
                self.end_clause(mark.end, ready);
            }
            (Strength::Dot(_) | Strength::End, Kind::Spaceless) => {
                self.decide(mark, unit, kind, ready);
            }
            // An address, an abbreviation, a file name.
            _ => {}
        }
        None
    }

    /// Ends a sentence at `mark`, unless what comes next says that it goes on.
    fn decide(&mut self, mark: Mark, next: Unit<'_>, kind: Kind, ready: &mut Vec<String>) {
        let goes_on = kind != Kind::Tag && next.text().starts_with(char::is_lowercase);
        let ends = match mark.strength {
            Strength::Clause | Strength::SureClause => {
                self.end_clause(mark.end, ready);
                return;
            }
            Strength::SureEnd => true,
            Strength::End => !(goes_on && mark.closed),
            Strength::Ellipsis | Strength::Dot(Stopped::Word) => !goes_on,
            Strength::Dot(Stopped::Abbreviation) => false,
            Strength::Dot(Stopped::BeforeNumber) => !goes_on && kind != Kind::Digit,
        };
        if ends {
            self.release(mark.end, ready);
        }
    }

    /// A clause ends: it is a piece if it is the first one or the sentence is long.
    fn end_clause(&mut self, end: Place, ready: &mut Vec<String>) {
        let early = self.first && end.half_words >= 2 * FIRST_CLAUSE_WORDS;
        if early || end.width >= LONG {
            self.release(end, ready);
        } else {
            self.clause = Some(end);
        }
    }

    /// Notes what ends before a unit of `kind`: a line, a phrase, a word.
    fn note_end(&mut self, kind: Kind, ready: &mut Vec<String>) {
        let Some(last) = self.last else { return };
        if kind == Kind::LineEnd {
            // White space before the end of the line is of no consequence.
            self.mark = None;
            self.release(self.end, ready);
        } else if kind == Kind::Space && !last.is_space() {
            if self.held.ends_with(is_spaceless_with_phrases) {
                self.end_clause(self.end, ready);
            }
            if !self.number.is_open() {
                self.word_end = Some(self.end);
            }
        } else if [last, kind].contains(&Kind::Spaceless)
            && !last.leans_forward()
            && !kind.leans_back()
            && !last.is_space()
        {
            self.word_end = Some(self.end);
        }
    }

    fn append(&mut self, unit: Unit<'_>, kind: Kind) {
        self.held.push_str(unit.text());
        let starts_word =
            unit.has_words() && !matches!(self.last, Some(Kind::Letter | Kind::Digit));
        let (width, half_words) = match kind {
            Kind::Spaceless => (SPACELESS_WIDTH, 1),
            _ => (1, 2 * usize::from(starts_word)),
        };
        self.end = Place {
            at: self.held.len(),
            width: self.end.width + width,
            half_words: self.end.half_words + half_words,
        };
        if kind.is_space() || kind.leans_forward() || matches!(kind, Kind::Tag | Kind::Spaceless) {
            self.word = self.held.len();
        }
        self.last = Some(kind);
    }

    /// Notes what `unit`, which is appended, means as a mark.
    fn note_mark(&mut self, unit: Unit<'_>, kind: Kind) {
        let in_number = self.number == Number::Digits;
        self.number = self.number.then(unit, kind);
        let before = self.mark.filter(|mark| !mark.spaced);
        if matches!(kind, Kind::Closing | Kind::Quote) {
            if let Some(mark) = &mut self.mark
                && !mark.spaced
            {
                mark.end = self.end;
                mark.closed = true;
            }
            return;
        }
        let strength = match (kind, before.map(|mark| mark.strength)) {
            (Kind::Clause, _) => Strength::Clause,
            (Kind::SureClause, _) => Strength::SureClause,
            // `...`, and `?..` as Russian has it.
            (Kind::Dot | Kind::Ellipsis, Some(strength @ (Strength::End | Strength::SureEnd))) => {
                strength
            }
            (Kind::Dot, Some(Strength::Dot(_) | Strength::Ellipsis)) | (Kind::Ellipsis, _) => {
                Strength::Ellipsis
            }
            (Kind::Dot, _) => {
                let word_end = self.held.len() - unit.text().len();
                let word = self.held.get(self.word..word_end).unwrap_or_default();
                Strength::Dot(before_full_stop(word))
            }
            (Kind::End, Some(Strength::SureEnd)) | (Kind::SureEnd, _) => Strength::SureEnd,
            (Kind::End, _) => Strength::End,
            _ => return,
        };
        self.mark = Some(Mark {
            end: self.end,
            strength,
            closed: false,
            spaced: false,
            in_number: in_number && before.is_none(),
        });
    }

    /// Cuts text that has become too long without an end.
    fn bound(&mut self, ready: &mut Vec<String>) {
        if self.end.width < WIDEST && self.held.len() < LONGEST {
            return;
        }
        let clause = self.clause.filter(|clause| clause.width >= LONG / 2);
        let place = clause
            .or(self.word_end)
            .filter(|place| place.is_speakable())
            .unwrap_or(self.end);
        self.cut(place, ready);
    }

    /// Releases what stands before `place`, if there is something to say.
    fn release(&mut self, place: Place, ready: &mut Vec<String>) {
        if place.is_speakable() {
            self.cut(place, ready);
        }
    }

    fn cut(&mut self, place: Place, ready: &mut Vec<String>) {
        ready.push(self.held.drain(..place.at).collect());
        self.end = self.end.since(place);
        self.word = self.word.saturating_sub(place.at);
        let later = |other: Place| (other.at > place.at).then(|| other.since(place));
        self.clause = self.clause.and_then(later);
        self.word_end = self.word_end.and_then(later);
        self.mark = self
            .mark
            .and_then(|mark| later(mark.end).map(|end| Mark { end, ..mark }));
        self.first = false;
    }

    /// Releases a sentence that is whole as it stands.
    pub(super) fn settle(&mut self, ready: &mut Vec<String>) {
        let Some(mark) = self.mark else { return };
        if mark.in_number && !mark.spaced && !mark.closed {
            return;
        }
        match mark.strength {
            Strength::Dot(Stopped::Abbreviation) => return,
            Strength::Clause | Strength::SureClause => self.end_clause(mark.end, ready),
            _ => self.release(mark.end, ready),
        }
        self.mark = None;
    }

    /// Returns the text that is held.
    pub(super) fn take(&mut self) -> String {
        std::mem::replace(self, Self::new()).held
    }
}
