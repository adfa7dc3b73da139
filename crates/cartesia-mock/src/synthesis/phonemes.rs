//! From letters to sounds: a simple reading of English, good enough to make words differ.

use std::borrow::Cow;

/// A sound and how many letters it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phoneme {
    pub(super) symbol: Cow<'static, str>,
    pub(super) letters: u32,
}

/// Two letters that are one sound.
const PAIRS: [(&str, &str); 20] = [
    ("ai", "eɪ"),
    ("au", "ɔː"),
    ("ay", "eɪ"),
    ("ch", "tʃ"),
    ("ck", "k"),
    ("ea", "iː"),
    ("ee", "iː"),
    ("ie", "iː"),
    ("ng", "ŋ"),
    ("oa", "oʊ"),
    ("oi", "ɔɪ"),
    ("oo", "uː"),
    ("ou", "aʊ"),
    ("ow", "aʊ"),
    ("oy", "ɔɪ"),
    ("ph", "f"),
    ("qu", "kw"),
    ("sh", "ʃ"),
    ("th", "θ"),
    ("wh", "w"),
];

const DIGITS: [&str; 10] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];

/// The name of a decimal digit.
pub(super) fn digit_name(c: char) -> Option<&'static str> {
    DIGITS.get(usize::try_from(c.to_digit(10)?).ok()?).copied()
}

/// The sounds of a run of letters.
pub(super) fn of(word: &str) -> Vec<Phoneme> {
    let letters: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let mut phonemes = Vec::with_capacity(letters.len());
    let mut rest = letters.as_slice();
    while let [first, after @ ..] = rest {
        let pair = after.first().and_then(|second| pair(*first, *second));
        let (symbol, length) = match pair {
            Some(symbol) => (Cow::Borrowed(symbol), 2),
            None => (letter(*first), 1),
        };
        phonemes.push(Phoneme {
            symbol,
            letters: length,
        });
        rest = &rest[length as usize..];
    }
    phonemes
}

fn pair(first: char, second: char) -> Option<&'static str> {
    let (_, symbol) = PAIRS
        .iter()
        .find(|(letters, _)| letters.chars().eq([first, second]))?;
    Some(symbol)
}

/// Letters of other scripts stand for themselves.
fn letter(c: char) -> Cow<'static, str> {
    Cow::Borrowed(match c {
        'a' => "æ",
        'c' | 'q' => "k",
        'e' => "ɛ",
        'g' => "ɡ",
        'i' => "ɪ",
        'j' => "dʒ",
        'o' => "ɒ",
        'r' => "ɹ",
        'u' => "ʌ",
        'x' => "ks",
        'y' => "j",
        _ => return Cow::Owned(c.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_sounds() {
        let symbols = |word| {
            of(word)
                .iter()
                .map(|p| p.symbol.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(symbols("Hello"), ["h", "ɛ", "l", "l", "ɒ"]);
        assert_eq!(symbols("SHOOT"), ["ʃ", "uː", "t"]);
        assert_eq!(symbols("ß你"), ["ß", "你"]);
        assert_eq!(of("shoe").iter().map(|p| p.letters).sum::<u32>(), 4);
    }
}
