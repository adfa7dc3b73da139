//! Full stops that end no sentence.

/// What stands before a full stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// An ordinary word: its full stop ends the sentence.
    Word,
    /// `Dr.`, `e.g.`, `U.S.`, `J.`: the sentence may well go on, and to join two is the lesser evil.
    Abbreviation,
    /// `No.`: an abbreviation if a number follows, else an ordinary word.
    BeforeNumber,
}

/// Stand before a name or within a sentence. Left out is what often ends one (`etc.`, `Inc.`): there
/// a small letter after it tells.
const ABBREVIATIONS: &[&str] = &[
    // English
    "dr",
    "mr",
    "mrs",
    "ms",
    "mx",
    "prof",
    "st",
    "mt",
    "rev",
    "hon",
    "gen",
    "col",
    "lt",
    "sgt",
    "capt",
    "cmdr",
    "gov",
    "sen",
    "rep",
    "vs",
    "approx",
    "dept",
    "esp",
    "resp",
    "viz",
    // German
    "hr",
    "hrn",
    "frl",
    "bzw",
    "ca",
    "vgl",
    "evtl",
    "ggf",
    "inkl",
    "exkl",
    "zzgl",
    "abzgl",
    "geb",
    "sog",
    "bspw",
    "dipl",
    "ing",
    "mag",
    "str",
    "tel",
    // French
    "mme",
    "mlle",
    "mmes",
    "mgr",
    "env",
    "av",
    "bd",
    "cf",
    // Spanish, Portuguese, Italian
    "sr",
    "sra",
    "srta",
    "sres",
    "ud",
    "uds",
    "vd",
    "dña",
    "dra",
    "exmo",
    "exma",
    "sig",
    "dott",
    "avv",
    "arch",
    "gent",
    // Dutch, Swedish, Polish, Czech, Turkish
    "dhr",
    "mevr",
    "mw",
    "bijv",
    "bl",
    "ul",
    "al",
    "tzv",
    "doç",
    "yrd",
    // Russian, Hindi
    "ул",
    "руб",
    "тыс",
    "млн",
    "млрд",
    "см",
    "им",
    "डॉ",
    "श्री",
    "प्रो",
];

/// Stand before a number.
const BEFORE_NUMBERS: &[&str] = &[
    "no", "nos", "nr", "núm", "num", "vol", "fig", "figs", "p", "pp", "pg", "pág", "págs", "ch",
    "sec", "sect", "art", "arts", "para", "abs", "bd", "kap", "ziff", "jan", "feb", "mar", "apr",
    "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "ext", "apt", "rm", "n", "стр", "рис",
];

/// What `word` is, which a full stop follows directly.
pub(super) fn before_full_stop(word: &str) -> Stopped {
    // Ordinals and the numbers of lists: `22. November`, `1. First`. Longer ones are years and sums.
    let is_short_number = word.chars().count() <= 2 && word.chars().all(char::is_numeric);
    let is_initial = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .is_some_and(|first| first.is_lowercase() || first.is_uppercase())
            && letters.next().is_none()
    };
    // `U.S`, `e.g`, `p.m`, `Ph.D`
    let is_initials = || {
        word.contains('.')
            && word.split('.').all(|part| {
                (1..=2).contains(&part.chars().count()) && part.chars().all(char::is_alphabetic)
            })
    };
    let lower = word.to_lowercase();
    if word.is_empty() {
        Stopped::Word
    } else if is_short_number
        || is_initial(word)
        || is_initials()
        || ABBREVIATIONS.contains(&lower.as_str())
    {
        Stopped::Abbreviation
    } else if BEFORE_NUMBERS.contains(&lower.as_str()) {
        Stopped::BeforeNumber
    } else {
        Stopped::Word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_distinguished_from_words() {
        for (words, expected) in [
            (
                &[
                    "Dr", "dr", "e.g", "z.B", "U.S", "p.m", "Ph.D", "J", "Ł", "22", "1", "Sra",
                    "bzw",
                ][..],
                Stopped::Abbreviation,
            ),
            (&["No", "Nr", "Fig", "стр"], Stopped::BeforeNumber),
            (
                &[
                    "",
                    "check",
                    "etc",
                    "2026",
                    "3.14",
                    "example.com",
                    "ab.cde",
                    "हूँ",
                    "क",
                ],
                Stopped::Word,
            ),
        ] {
            for word in words {
                assert_eq!(before_full_stop(word), expected, "{word}");
            }
        }
    }
}
