//! What holds for every text, however it is cut into tokens.

use proptest::prelude::*;
use proptest::sample::Index;
use unicode_segmentation::UnicodeSegmentation;

use super::{Gathering, TextFeeder, sentences, words};

/// Numbers and tags: never cut, whatever the pauses.
const NUMBERS_AND_TAGS: &[&str] = &[
    "<break time=\"1s\"/>",
    "<emotion value=\"calm > cold\"/>",
    "<speed ratio=\"1.2\"/>",
    "<volume ratio = '0.8' />",
    "<spell>AB 12</spell>",
    "<pause>",
    "12",
    "3.14",
    "1,000.50",
    "10:30",
    "1/2",
    "2026-11-22",
    "12 000",
    "12\u{a0}000",
    "+49 30 1234",
    "$5",
    "20 %",
];

/// What else must never be cut.
const WHOLE: &[&str] = &[
    "5th",
    "e\u{301}\u{323}",
    "👩🏽\u{200d}🚀",
    "❤\u{fe0f}\u{200d}🔥",
    "🇩🇪",
    "#\u{fe0f}\u{20e3}",
    "1\u{fe0f}\u{20e3}",
    "\u{1112}\u{1161}\u{11ab}",
    "क्षे",
    "नमस्ते",
    "word",
    "l'été",
    "Straße",
    "مرحبا",
    "안녕하세요",
    "example.com/a?b=c",
];

const BETWEEN: &[&str] = &[
    " ", " ", " ", " ", "  ", "\n", "\r\n", "\u{a0}", ". ", "! ", "? ", ", ", " (", ") ", " \"",
    "\" ", "… ", " — ", ": ", " <", " a < b ",
];

/// What may be cut but is tricky.
const TRICKY: &[&str] = &[
    "。",
    "「",
    "」",
    "，",
    "！",
    "你",
    "好",
    "ไทย",
    "ສະ",
    "မြန်",
    "ខ្មែរ",
    "カー",
    "日本",
    "Dr.",
    "U.S.",
    "e.g.",
    "<",
    ">",
    "</",
    "<spell>",
    "<a b=\"",
    "...",
    ".",
    "-",
    "$",
    "\u{200d}",
    "\u{301}",
    "\u{1f1e9}",
    "#",
    "\r",
    "۔",
    "।",
    "؟",
    "«",
    "»",
    "—",
    "\u{fe0f}",
];

fn whole() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        prop::sample::select(NUMBERS_AND_TAGS),
        prop::sample::select(WHOLE),
    ]
}

fn tricky_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        whole(),
        prop::sample::select(BETWEEN),
        prop::sample::select(TRICKY),
    ];
    prop_oneof![
        4 => prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat()),
        1 => any::<String>(),
        1 => "[<>/a-b \"=.\u{301}]{0,600}",
    ]
}

/// Parts that are never cut with spaces or the like between them, and where those parts are.
fn whole_parts() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let parts = (whole(), prop::sample::select(BETWEEN));
    prop::collection::vec(parts, 1..20)
}

fn cut<'t>(text: &'t str, cuts: &[Index]) -> Vec<&'t str> {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let mut cuts: Vec<usize> = cuts
        .iter()
        .filter(|_| !places.is_empty())
        .map(|cut| places[cut.index(places.len())])
        .collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|pair| &text[pair[0]..pair[1]])
        .collect()
}

fn characters(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

fn feed<T: AsRef<str>>(gathering: Gathering, tokens: &[T], settle_every: usize) -> Vec<String> {
    let mut feeder = TextFeeder::new(gathering);
    let mut pieces = Vec::new();
    for (number, token) in tokens.iter().enumerate() {
        feeder.push(token.as_ref(), &mut pieces);
        if settle_every > 0 && number % settle_every == 0 {
            feeder.settle(&mut pieces);
        }
    }
    pieces.extend(feeder.take());
    pieces
}

/// Where the pieces end, in bytes of the text.
fn ends(pieces: &[String]) -> Vec<usize> {
    pieces
        .iter()
        .scan(0, |end, piece| {
            *end += piece.len();
            Some(*end)
        })
        .collect()
}

fn gatherings() -> impl Strategy<Value = Gathering> {
    prop::sample::select(&[Gathering::Words, Gathering::Sentences, Gathering::Verbatim])
}

fn cutting() -> impl Strategy<Value = Gathering> {
    prop::sample::select(&[Gathering::Words, Gathering::Sentences])
}

proptest! {
    #[test]
    fn nothing_is_lost(
        text in tricky_text(),
        cuts in prop::collection::vec(any::<Index>(), 0..40),
        gathering in gatherings(),
        settle_every in 0_usize..4,
    ) {
        let pieces = feed(gathering, &cut(&text, &cuts), settle_every);
        prop_assert_eq!(pieces.concat(), text);
        prop_assert!(pieces.iter().all(|piece| !piece.is_empty()));
    }

    #[test]
    fn sentences_do_not_depend_on_tokens(
        text in tricky_text(),
        cuts in prop::collection::vec(any::<Index>(), 0..40),
    ) {
        let whole = feed(Gathering::Sentences, &[&text], 0);
        prop_assert_eq!(&feed(Gathering::Sentences, &cut(&text, &cuts), 0), &whole);
        prop_assert_eq!(&feed(Gathering::Sentences, &characters(&text), 0), &whole);
    }

    #[test]
    fn clusters_are_not_cut(text in tricky_text(), gathering in cutting()) {
        let longest = text.graphemes(true).map(str::len).max().unwrap_or_default();
        let ends = ends(&feed(gathering, &characters(&text), 0));
        if longest <= 128 {
            for (start, cluster) in text.grapheme_indices(true) {
                let inside = start + 1..start + cluster.len();
                prop_assert!(!ends.iter().any(|end| inside.contains(end)), "{cluster:?}");
            }
        }
    }

    #[test]
    fn what_belongs_together_stays_together(
        parts in whole_parts(),
        gathering in cutting(),
        cuts in prop::collection::vec(any::<Index>(), 0..60),
    ) {
        let text: String = parts.iter().flat_map(|(whole, between)| [*whole, *between]).collect();
        // A run of numbers or an unlucky `<` is bounded.
        prop_assume!(text.len() <= words::LONGEST_RUN && text.len() <= sentences::WIDEST);
        for pieces in [
            feed(gathering, &cut(&text, &cuts), 0),
            feed(gathering, &characters(&text), 0),
        ] {
            let ends = ends(&pieces);
            let mut start = 0;
            for (whole, between) in &parts {
                let inside = start + 1..start + whole.len();
                prop_assert!(!ends.iter().any(|end| inside.contains(end)), "{whole:?} in {text:?}");
                start += whole.len() + between.len();
            }
        }
    }

    #[test]
    fn numbers_and_tags_survive_pauses(
        whole in prop::sample::select(NUMBERS_AND_TAGS),
        gathering in cutting(),
        settle_every in 1_usize..4,
    ) {
        let text = format!("Say {whole} now. Then");
        let ends = ends(&feed(gathering, &characters(&text), settle_every));
        let inside = "Say ".len() + 1.."Say ".len() + whole.len();
        prop_assert!(!ends.iter().any(|end| inside.contains(end)), "{ends:?} in {text}");
    }

    #[test]
    fn what_is_held_is_bounded(text in tricky_text(), gathering in cutting(), repeat in 1_usize..30) {
        let mut feeder = TextFeeder::new(gathering);
        let (mut pieces, mut held) = (Vec::new(), 0);
        // A tag that does not end, and a cluster, may wait in the stages before.
        let limit = 256 + 128 + match gathering {
            Gathering::Words => words::LONGEST_RUN,
            _ => sentences::LONGEST,
        };
        for character in text.repeat(repeat).chars() {
            feeder.push(character.encode_utf8(&mut [0; 4]), &mut pieces);
            held += character.len_utf8();
            held -= pieces.drain(..).map(|piece| piece.len()).sum::<usize>();
            prop_assert!(held <= limit);
        }
    }
}

/// Single characters of what each stage finds hardest. Were the time quadratic, this would take
/// minutes.
#[test]
fn the_time_is_linear() {
    for part in [
        "a",
        "\u{301}",
        "1 ",
        "<a b=\"",
        "<spell>",
        ".",
        " ",
        "好",
        "\u{1f1e9}",
        "क्",
        "word, ",
        "Dr. ",
    ] {
        let text = part.repeat(100_000 / part.len());
        for gathering in [Gathering::Words, Gathering::Sentences] {
            let mut feeder = TextFeeder::new(gathering);
            let mut pieces = Vec::new();
            let mut released = 0;
            for character in text.chars() {
                feeder.push(character.encode_utf8(&mut [0; 4]), &mut pieces);
                released += pieces.drain(..).map(|piece| piece.len()).sum::<usize>();
            }
            released += feeder.take().map_or(0, |held| held.len());
            assert_eq!(released, text.len());
        }
    }
}
