//! A text as tokens: words between spaces, characters of scripts without spaces, and symbols.

use std::collections::VecDeque;

use crate::script::Spacing;

/// No control tag is longer, in bytes. It bounds how long a `<` waits for its `>`.
const LONGEST_TAG: usize = 256;

/// Something that may be spoken as a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The compared part: letters and digits in lower case, or a symbol.
    pub(super) key: String,
    /// Its end in the text, including its punctuation.
    pub(super) end: usize,
    /// The service may skip it, or speak it together with another one.
    pub(super) optional: bool,
}

/// Splits a text that grows into tokens.
#[derive(Debug, Default)]
pub(super) struct Tokenizer {
    /// Tokens that are not covered yet.
    pub(super) tokens: VecDeque<Token>,
    /// The text is read up to here.
    at: usize,
    /// The text that may still be added to the last token.
    growing: Growing,
    /// The last token is a number, and only one space follows it so far.
    number: Number,
    /// A `[` stands before the next token.
    bracket: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Growing {
    /// Nothing.
    #[default]
    No,
    /// Punctuation.
    Marks,
    /// Letters, digits and punctuation.
    Letters,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Number {
    #[default]
    No,
    /// The token that grows has only digits.
    Digits,
    /// A space follows a number.
    Space,
    /// The token that grows may be the next group of digits of the number before it.
    Group,
}

impl Tokenizer {
    /// Reads what is new. `text` starts at `base`; with `all`, nothing waits for its other half.
    pub(super) fn read(&mut self, text: &str, base: usize, all: bool) {
        while let Some(rest) = text.get(self.at.saturating_sub(base)..) {
            #[cfg(test)]
            super::steps::step();
            let Some(next) = rest.chars().next() else {
                return;
            };
            if next == '<' {
                match tag(rest) {
                    Tag::Whole(length) => {
                        self.close();
                        self.at += length;
                        continue;
                    }
                    Tag::Open if !all => return,
                    Tag::Open | Tag::None => {}
                }
            }
            self.at += next.len_utf8();
            self.accept(next);
        }
    }

    fn accept(&mut self, next: char) {
        if next.is_whitespace() {
            let was_number = matches!(self.number, Number::Digits | Number::Group);
            self.close();
            if was_number {
                self.number = Number::Space;
            }
        } else if is_symbol(next) {
            self.close();
            self.begin(next, true);
            self.growing = Growing::Marks;
        } else if next.is_alphanumeric() {
            let alone = Spacing::of(next) != Spacing::Words;
            if self.growing == Growing::Letters && !alone {
                if let Some(token) = self.tokens.back_mut() {
                    token.key.extend(next.to_lowercase());
                    token.end = self.at;
                }
                if !next.is_numeric() {
                    self.number = Number::No;
                }
            } else {
                let after_number = self.number == Number::Space;
                let bracket = self.bracket;
                self.close();
                self.begin(next, false);
                self.bracket = bracket;
                self.number = match (next.is_numeric(), after_number) {
                    (true, true) => Number::Group,
                    (true, false) => Number::Digits,
                    _ => Number::No,
                };
                self.growing = if alone {
                    Growing::Marks
                } else {
                    Growing::Letters
                };
            }
        } else if self.growing == Growing::No {
            self.bracket = next == '[';
        } else if let Some(token) = self.tokens.back_mut() {
            token.end = self.at;
            // A sound such as `[laughter]` has no word.
            token.optional |= self.bracket && next == ']';
        }
    }

    fn begin(&mut self, first: char, optional: bool) {
        self.tokens.push_back(Token {
            key: first.to_lowercase().collect(),
            end: self.at,
            optional,
        });
    }

    /// Adds nothing more to the last token.
    pub(super) fn close(&mut self) {
        if self.number == Number::Group
            && let Some(token) = self.tokens.back_mut()
        {
            // "1 000 000" is "one million": a group of digits may have no word of its own.
            token.optional |= token.key.chars().count() == 3;
        }
        self.growing = Growing::No;
        self.number = Number::No;
        self.bracket = false;
    }

    /// Drops the first tokens.
    pub(super) fn cover(&mut self, count: usize) {
        if count >= self.tokens.len() {
            self.close();
        }
        self.tokens.drain(..count.min(self.tokens.len()));
    }

    /// How many tokens end before or at `end`.
    pub(super) fn until(&self, end: usize) -> usize {
        self.tokens.partition_point(|token| token.end <= end)
    }
}

enum Tag {
    Whole(usize),
    /// The start of what may become one.
    Open,
    None,
}

/// Whether a text that starts with `<` starts with a control tag. Every name counts, since the service
/// learns new ones.
fn tag(text: &str) -> Tag {
    let mut quote = None;
    for (at, next) in text.char_indices().skip(1) {
        #[cfg(test)]
        super::steps::step();
        if at >= LONGEST_TAG {
            return Tag::None;
        }
        let named = next.is_ascii_alphabetic() || (at == 1 && next == '/');
        match (quote, next) {
            _ if at == 1 && !named => return Tag::None,
            (Some(open), _) if next == open => quote = None,
            (None, '>') => return Tag::Whole(at + 1),
            (None, '<') => return Tag::None,
            (None, '"' | '\'') => quote = Some(next),
            _ => {}
        }
    }
    Tag::Open
}

/// Returns the part of a word that is compared: letters, digits and symbols.
pub(super) fn key(word: &str) -> String {
    let spoken = word
        .chars()
        .filter(|next| next.is_alphanumeric() || is_symbol(*next));
    spoken.flat_map(char::to_lowercase).collect()
}

/// Signs that have a name and may be spoken: currencies, mathematics, arrows, emoji.
fn is_symbol(next: char) -> bool {
    matches!(
        next,
        '#' | '$'
            | '%'
            | '&'
            | '+'
            | '/'
            | '<'
            | '='
            | '>'
            | '@'
            | '¢'
            | '£'
            | '¤'
            | '¥'
            | '§'
            | '©'
            | '¬'
            | '®'
            | '°'
            | '±'
            | '¶'
            | '×'
            | '÷'
    ) || (matches!(
        u32::from(next),
        0x20a0..0x20d0 | 0x2100..0x2c00 | 0x1_f000..0x1_fb00
    ) && !next.is_alphanumeric())
}
