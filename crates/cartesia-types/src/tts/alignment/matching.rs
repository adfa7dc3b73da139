//! Which tokens of a text a sequence of words speaks.

use std::collections::VecDeque;

use super::tokens::Token;

/// Words without a match that are compared as a whole.
const MAX_JOINED: usize = 64;
/// Tokens that are passed over at most before the next match.
const MAX_SKIPPED: usize = 64;
/// Optional tokens in a row that are passed over at most.
const MAX_OPTIONAL: usize = 16;
/// Tokens that may have no word if many words in a row match after them.
const MAX_SILENT: usize = 2;

/// How words without a match and the tokens before the next match go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    /// The first words, which do not match.
    pub(super) unknown: usize,
    /// The tokens that they speak.
    pub(super) skipped: usize,
}

/// Whether the last of the pending words match with the text, and how.
///
/// Words match if they are, joined, exactly the next tokens. After words without a match three in a row
/// have to match, since the last words of "$1M" are no sign that the next tokens of "$1M million dollars"
/// were spoken. `n` words that do not match speak at most `n` tokens, so a match further ahead is a
/// coincidence, unless four words in a row match.
pub(super) fn find(tokens: &VecDeque<Token>, pending: &[String]) -> Option<Match> {
    if pending.len() <= MAX_JOINED && joined(tokens, 0, pending).is_some() {
        return Some(Match {
            unknown: 0,
            skipped: 0,
        });
    }
    after_gap(tokens, pending, 3, 0).or_else(|| after_gap(tokens, pending, 4, MAX_SILENT))
}

fn after_gap(
    tokens: &VecDeque<Token>,
    pending: &[String],
    run: usize,
    silent: usize,
) -> Option<Match> {
    let unknown = pending.len().checked_sub(run)?;
    if unknown + silent == 0 {
        return None;
    }
    let run = pending.get(unknown..)?;
    let mut mandatory = 0;
    for (at, token) in tokens.iter().enumerate().take(MAX_SKIPPED) {
        mandatory += usize::from(!token.optional);
        if mandatory > unknown + silent {
            return None;
        }
        if let Some(Joined { first, .. }) = joined(tokens, at + 1, run)
            && (silent > 0 || is_plausible(tokens, at + 1, pending.get(..unknown)?))
        {
            // What may be silent before the match belongs to the words without a match.
            let skipped = if unknown > 0 { first } else { at + 1 };
            return Some(Match { unknown, skipped });
        }
    }
    None
}

/// Whether the first `count` tokens can be what these words speak: after a word that is one of them, enough
/// words are left for the tokens after it.
fn is_plausible(tokens: &VecDeque<Token>, count: usize, words: &[String]) -> bool {
    if words.len() > MAX_JOINED {
        return true;
    }
    let mandatory = |token: &&Token| !token.optional;
    let mut open = tokens.iter().take(count).filter(mandatory).count();
    let mut rest = words;
    for token in tokens.iter().take(count) {
        open -= usize::from(!token.optional);
        if let Some(at) = rest.iter().position(|word| *word == token.key) {
            rest = rest.get(at + 1..).unwrap_or_default();
            if open > rest.len() {
                return false;
            }
        }
    }
    true
}

/// A run of words that match.
pub(super) struct Joined {
    /// The first token that they speak.
    first: usize,
    /// How many tokens are complete after each of the words, counted from the first of all.
    pub(super) ends: Vec<usize>,
}

/// Matches words that are, joined, exactly the tokens from `at` on.
pub(super) fn joined(tokens: &VecDeque<Token>, mut at: usize, words: &[String]) -> Option<Joined> {
    let mut ends = Vec::new();
    let mut first = None;
    let mut left = "";
    for word in words {
        let mut word = word.as_str();
        while !word.is_empty() {
            #[cfg(test)]
            super::steps::step();
            if left.is_empty() {
                let furthest = at + MAX_OPTIONAL;
                left = loop {
                    let token = tokens.get(at).filter(|_| at <= furthest)?;
                    at += 1;
                    let key = token.key.as_str();
                    if key.starts_with(word) || word.starts_with(key) {
                        first.get_or_insert(at - 1);
                        break key;
                    }
                    if !token.optional {
                        return None;
                    }
                };
            }
            let length = left.len().min(word.len());
            if left.as_bytes().get(..length) != word.as_bytes().get(..length) {
                return None;
            }
            left = left.get(length..)?;
            word = word.get(length..)?;
        }
        ends.push(if left.is_empty() { at } else { at - 1 });
    }
    let first = first.filter(|_| left.is_empty())?;
    Some(Joined { first, ends })
}

/// How many of the last words are exactly the last of the tokens, one by one.
pub(super) fn from_the_end(tokens: &[&Token], words: &[String]) -> (usize, usize) {
    let (mut word, mut token) = (words.len(), tokens.len());
    loop {
        let mut next = token;
        let matching = loop {
            let Some(at) = next.checked_sub(1) else {
                break None;
            };
            next = at;
            let Some((candidate, wanted)) = tokens.get(at).zip(word.checked_sub(1)) else {
                break None;
            };
            if words.get(wanted) == Some(&candidate.key) {
                break Some(at);
            }
            if !candidate.optional {
                break None;
            }
        };
        match matching {
            Some(at) => {
                token = at;
                word -= 1;
            }
            None => return (word, token),
        }
    }
}

/// How many of `tokens` are surely complete after each of `words` words that speak all of them; and
/// whether that is known exactly.
///
/// Each token takes at least one word, so what follows has no more tokens than words are left.
pub(super) fn spread(tokens: &[&Token], words: usize) -> Vec<(usize, bool)> {
    let mandatory = |token: &&&Token| !token.optional;
    let needed = tokens.iter().filter(mandatory).count();
    let known = needed <= 1 || needed == words;
    (1..=words)
        .map(|spoken| {
            if spoken == words {
                return (tokens.len(), true);
            }
            let left = words - spoken;
            if needed > words {
                return (0, false);
            }
            let mut open = needed;
            let complete = tokens.iter().take_while(|token| {
                let goes_on = open > left;
                open -= usize::from(!token.optional);
                goes_on
            });
            (complete.count(), known)
        })
        .collect()
}
