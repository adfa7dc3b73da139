//! Which words share a cue, and where its lines break.
//!
//! Every way to divide the words that keeps the limits has a cost; the cheapest one wins. A cue costs more
//! if it ends within a sentence or clause, contains the end of another sentence, is too short to read, or
//! is nearly empty. The limits bound the words of a cue, so the time is proportional to the words.

use std::ops::Range;

use super::settings::Limits;
use super::words::Piece;
use crate::script::Spacing;

/// Pieces that no break may separate, such as a word and the mark after it.
struct Atom {
    pieces: Range<usize>,
    /// Columns, without the space before.
    width: usize,
    /// Whether a space separates it from the atom before.
    spaced: bool,
    characters: usize,
    start: u64,
    end: u64,
    /// The quality of an end of a cue or line after it.
    ending: Ending,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Word,
    Clause,
    Sentence,
}

/// The lines of one cue, each a range of pieces.
pub(super) type Lines = Vec<Range<usize>>;

/// Divides all pieces into cues and lines.
pub(super) fn cues(pieces: &[Piece], limits: &Limits) -> Vec<Lines> {
    let atoms = atoms(pieces, limits.line_width);
    let mut cues = Vec::new();
    let mut from = 0;
    // A long pause always separates cues, so the parts between are independent.
    for at in 1..=atoms.len() {
        if at == atoms.len() || pause(&atoms, at) >= limits.max_pause.max(1) {
            divide(&atoms, from..at, limits, &mut cues);
            from = at;
        }
    }
    cues.into_iter()
        .map(|cue| lines(&atoms[cue], limits))
        .collect()
}

/// The silence before an atom.
fn pause(atoms: &[Atom], at: usize) -> u64 {
    let before = at.checked_sub(1).and_then(|before| atoms.get(before));
    match (before, atoms.get(at)) {
        (Some(before), Some(after)) => after.start.saturating_sub(before.end),
        _ => u64::MAX,
    }
}

/// The cheapest division of these atoms.
fn divide(atoms: &[Atom], part: Range<usize>, limits: &Limits, cues: &mut Vec<Range<usize>>) {
    let count = part.len();
    // The cost of the best division up to here, and where its last cue starts.
    let mut best: Vec<(u64, usize)> = vec![(u64::MAX, 0); count + 1];
    best[0].0 = 0;
    for from in 0..count {
        let (cost_before, _) = best[from];
        let mut cue = Growing::new(limits);
        for (to, best) in best.iter_mut().enumerate().skip(from + 1) {
            let last = part.start + to - 1;
            if !cue.push(&atoms[last]) {
                break;
            }
            let room = next_start(atoms, last).saturating_sub(limits.min_gap);
            let silence = pause(atoms, last + 1);
            let cost = cost_before.saturating_add(cue.cost(&atoms[last], room, silence));
            if cost < best.0 {
                *best = (cost, from);
            }
            cue.pass(&atoms[last], silence);
        }
    }
    let first = cues.len();
    let mut to = count;
    while to > 0 {
        let from = best[to].1;
        cues.push(part.start + from..part.start + to);
        to = from;
    }
    cues[first..].reverse();
}

fn next_start(atoms: &[Atom], last: usize) -> u64 {
    atoms.get(last + 1).map_or(u64::MAX, |next| next.start)
}

/// The weights of the faults of a cue.
mod weight {
    /// Every cue.
    pub(super) const CUE: u64 = 10;
    /// A cue that ends within a sentence: after a clause, or within one.
    pub(super) const AFTER_CLAUSE: u64 = 14;
    pub(super) const AFTER_WORD: u64 = 45;
    /// The bonus for an end at a short pause, and the cost of a short pause within a cue.
    pub(super) const AT_PAUSE: u64 = 12;
    /// A sentence that ends within the cue.
    pub(super) const INNER_SENTENCE: u64 = 26;
    /// A cue with next to nothing in it.
    pub(super) const EMPTY: u64 = 12;
    /// A cue without any of the time that the shortest duration, or reading, asks for.
    pub(super) const UNSEEN: u64 = 80;
    pub(super) const UNREAD: u64 = 60;
}

/// A silence that listeners notice.
const SHORT_PAUSE: u64 = 250;

/// A cue that takes one atom after the other.
struct Growing<'l> {
    limits: &'l Limits,
    start: Option<u64>,
    lines: usize,
    line: usize,
    width: usize,
    characters: usize,
    inner: u64,
}

impl<'l> Growing<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            start: None,
            lines: 0,
            line: 0,
            width: 0,
            characters: 0,
            inner: 0,
        }
    }

    /// Takes another atom; `false` if it does not fit. The first always does.
    fn push(&mut self, atom: &Atom) -> bool {
        let space = usize::from(atom.spaced);
        match self.start {
            None => {
                self.start = Some(atom.start);
                self.lines = 1;
                self.line = atom.width;
            }
            Some(start) => {
                let longest = self.limits.max_duration;
                if atom.end.saturating_sub(start) > longest {
                    return false;
                }
                self.line += space + atom.width;
                if self.line > self.limits.line_width {
                    self.lines += 1;
                    self.line = atom.width;
                }
                if self.lines > self.limits.lines {
                    return false;
                }
                self.characters += space;
                self.width += space;
            }
        }
        // Marks without a width must not gather for ever.
        self.width += atom.width.max(1);
        self.characters += atom.characters;
        self.width <= self.limits.lines * self.limits.line_width
    }

    /// The cost of the cue if it ends here, with `room` as the latest end and a silence after it.
    fn cost(&self, last: &Atom, room: u64, silence: u64) -> u64 {
        let start = self.start.unwrap_or_default();
        let end = room.max(last.end);
        let shown = end.saturating_sub(start).min(self.limits.max_duration);
        let lack = |wanted: u64, weight: u64| {
            let missing = wanted.saturating_sub(shown);
            weight.saturating_mul(missing) / wanted.max(1)
        };
        let mut cost = weight::CUE + self.inner;
        let ending = match last.ending {
            Ending::Sentence => 0,
            Ending::Clause => weight::AFTER_CLAUSE,
            Ending::Word => weight::AFTER_WORD,
        };
        cost += match silence {
            SHORT_PAUSE.. => ending.saturating_sub(weight::AT_PAUSE),
            _ => ending,
        };
        let whole = (self.limits.lines * self.limits.line_width) as u64;
        let empty = whole.saturating_sub(self.width as u64);
        cost += weight::EMPTY * empty * empty / (whole * whole);
        cost += lack(self.limits.min_duration, weight::UNSEEN);
        cost + lack(self.limits.reading_time(self.characters), weight::UNREAD)
    }

    /// Goes on after an atom.
    fn pass(&mut self, atom: &Atom, silence: u64) {
        if atom.ending == Ending::Sentence {
            self.inner += weight::INNER_SENTENCE;
        }
        if silence >= SHORT_PAUSE {
            self.inner += weight::AT_PAUSE;
        }
    }
}

/// Breaks a cue into as few lines as possible, of about the same width, best after a mark.
fn lines(atoms: &[Atom], limits: &Limits) -> Lines {
    let width = |range: Range<usize>| {
        let spaces = atoms[range.clone()].iter().skip(1);
        let spaces = spaces.filter(|atom| atom.spaced).count();
        spaces + atoms[range].iter().map(|atom| atom.width).sum::<usize>()
    };
    let needed = fewest_lines(atoms, limits.line_width);
    let ideal = width(0..atoms.len()) / needed.max(1);
    let count = atoms.len();
    // For every number of lines: the best cost up to an atom, and where the last line starts.
    let mut best = vec![vec![(usize::MAX, 0); count + 1]; needed + 1];
    best[0][0].0 = 0;
    for line in 1..=needed {
        for from in 0..count {
            let (before, _) = best[line - 1][from];
            if before == usize::MAX {
                continue;
            }
            for to in from + 1..=count {
                let columns = width(from..to);
                if columns > limits.line_width && to > from + 1 {
                    break;
                }
                let cost = before + line_cost(&atoms[to - 1], columns, ideal, line < needed);
                if cost < best[line][to].0 {
                    best[line][to] = (cost, from);
                }
            }
        }
    }
    let mut lines = Vec::new();
    let mut to = count;
    for line in (1..=needed).rev() {
        let from = best[line][to].1;
        if let (Some(first), Some(last)) = (atoms.get(from), atoms.get(to.wrapping_sub(1))) {
            lines.push(first.pieces.start..last.pieces.end);
        }
        to = from;
    }
    lines.reverse();
    lines
}

fn line_cost(last: &Atom, columns: usize, ideal: usize, breaks: bool) -> usize {
    let off = columns.abs_diff(ideal);
    let ending = match last.ending {
        _ if !breaks => 0,
        Ending::Sentence => 0,
        Ending::Clause => 20,
        Ending::Word => 120,
    };
    // The lower line is better the longer one: it hides less of the picture.
    let heavy = if breaks && columns > ideal { off } else { 0 };
    off * off + ending + heavy
}

fn fewest_lines(atoms: &[Atom], line_width: usize) -> usize {
    let mut lines = 0;
    let mut line = 0;
    for atom in atoms {
        line += usize::from(atom.spaced) + atom.width;
        if lines == 0 || line > line_width {
            lines += 1;
            line = atom.width;
        }
    }
    lines
}

/// Joins pieces that belong together, as long as they fit in a line.
fn atoms(pieces: &[Piece], line_width: usize) -> Vec<Atom> {
    let mut atoms: Vec<Atom> = Vec::new();
    let mut before: Option<&Piece> = None;
    for (index, piece) in pieces.iter().enumerate() {
        let width = piece.width();
        let glued = before.is_some_and(|before| !may_break(before, piece));
        before = Some(piece);
        match atoms.last_mut() {
            Some(atom) if glued && atom.width + width <= line_width => {
                atom.pieces.end = index + 1;
                atom.width += width;
                atom.characters += piece.characters();
                atom.end = atom.end.max(piece.end);
                atom.ending = Ending::of(&piece.text);
            }
            _ => atoms.push(Atom {
                pieces: index..index + 1,
                width,
                spaced: piece.spaced,
                characters: piece.characters(),
                start: piece.start,
                end: piece.end,
                ending: Ending::of(&piece.text),
            }),
        }
    }
    atoms
}

/// Whether a line may end between two pieces.
fn may_break(before: &Piece, after: &Piece) -> bool {
    if after.spaced {
        return true;
    }
    let (Some(last), Some(first)) = (before.text.chars().next_back(), after.text.chars().next())
    else {
        return true;
    };
    let spaceless = |c| Spacing::of(c) != Spacing::Words || is_closing(c) || is_opening(c);
    (spaceless(last) || spaceless(first)) && !is_closing(first) && !is_opening(last)
}

/// Marks that no line of Chinese or Japanese begins with, after the rules of JLREQ and CLREQ.
fn is_closing(c: char) -> bool {
    matches!(
        c,
        '。' | '、'
            | '，'
            | '．'
            | '：'
            | '；'
            | '？'
            | '！'
            | '）'
            | '］'
            | '｝'
            | '」'
            | '』'
            | '】'
            | '〕'
            | '〉'
            | '》'
            | '〗'
            | '｣'
            | '｡'
            | '､'
            | '…'
            | '‥'
            | '・'
            | '·'
            | 'ー'
            | '々'
            | 'ぁ'
            | 'ぃ'
            | 'ぅ'
            | 'ぇ'
            | 'ぉ'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | 'ァ'
            | 'ィ'
            | 'ゥ'
            | 'ェ'
            | 'ォ'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
            | '”'
            | '’'
            | '%'
            | '％'
            | '.'
            | ','
            | '!'
            | '?'
            | ':'
            | ';'
            | ')'
            | ']'
            | '}'
            | '»'
            | 'ๆ'
            | 'ฯ'
    )
}

/// Marks that no line ends with.
fn is_opening(c: char) -> bool {
    matches!(
        c,
        '（' | '［'
            | '｛'
            | '「'
            | '『'
            | '【'
            | '〔'
            | '〈'
            | '《'
            | '〖'
            | '｢'
            | '“'
            | '‘'
            | '('
            | '['
            | '{'
            | '«'
            | '¿'
            | '¡'
    )
}

impl Ending {
    fn of(text: &str) -> Self {
        let is_quote = |c: char| {
            matches!(
                c,
                '"' | '\'' | '”' | '’' | '»' | ')' | ']' | '」' | '』' | '）' | '】' | '》'
            )
        };
        let text = text.trim_end_matches(is_quote);
        match text.chars().next_back() {
            Some(
                '.' | '?' | '!' | '…' | '。' | '！' | '？' | '｡' | '।' | '॥' | '؟' | '۔' | '።'
                | '။' | '។',
            ) => {
                if is_abbreviation(text) {
                    Self::Word
                } else {
                    Self::Sentence
                }
            }
            Some(',' | ';' | ':' | '—' | '–' | '、' | '，' | '；' | '：' | '،' | '؛' | '၊') => {
                Self::Clause
            }
            _ => Self::Word,
        }
    }
}

/// Whether a word that ends with a full stop is an initial ("J.") or a title before a name ("Dr.").
fn is_abbreviation(text: &str) -> bool {
    let Some(stem) = text.strip_suffix('.') else {
        return false;
    };
    let is_initial = stem.chars().count() == 1 && stem.starts_with(char::is_alphabetic);
    is_initial || matches!(stem, "Dr" | "Mr" | "Mrs" | "Ms" | "Prof" | "St" | "vs")
}
