//! Texts, the words that a service speaks for them, and what was heard.

use std::time::Duration;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// One word a second.
fn timings(words: &[&str]) -> Vec<WordTiming> {
    let timing = |(at, word): (u32, &&str)| WordTiming::new(*word, SECOND * at, SECOND * (at + 1));
    (0..).zip(words).map(timing).collect()
}

fn aligned(text: &str, words: &str) -> TextAlignment {
    let words: Vec<_> = words.split(' ').filter(|word| !word.is_empty()).collect();
    let mut alignment = TextAlignment::new();
    alignment.push_text(text);
    alignment.push_words(&timings(&words));
    alignment
}

/// What is covered after all these words, of which no more follow yet.
fn covered<'t>(text: &'t str, words: &str) -> &'t str {
    let alignment = aligned(text, words);
    let mut last = 0;
    for heard in 0..=20 {
        let end = alignment.heard(SECOND * heard).text_end;
        assert!(end >= last, "it never takes back");
        last = end;
    }
    &text[..last]
}

/// What is covered after each word, of an utterance that is complete. `~` stands for an inexact answer.
fn steps_of(text: &str, words: &str) -> String {
    let mut alignment = aligned(text, words);
    let count = words.split(' ').count();
    let length = SECOND * u32::try_from(count).unwrap();
    alignment.complete(text.len(), length);
    let mut before = 0;
    let steps = (1..=u32::try_from(count).unwrap()).map(|at| {
        let heard = alignment.heard(SECOND * at);
        let step = &text[before..heard.text_end];
        before = heard.text_end;
        format!("{step}{}", if heard.is_exact { "" } else { "~" })
    });
    steps.collect::<Vec<_>>().join("|")
}

#[test]
fn words_as_they_are_written() {
    for (text, words, expected) in [
        ("One two three.", "One two", "One two"),
        ("One two three.", "One two three.", "One two three."),
        ("One — two, three", "one two", "One — two,"),
        ("“One,” she said.", "One she", "“One,” she"),
        ("no no no", "no", "no"),
        ("no no no", "no no", "no no"),
        ("Don't stop", "don't", "Don't"),
        ("a well-known fact", "a well known", "a well-known"),
        ("a well-known fact", "a well", "a"),
        (
            "One<break time=\"1s\"/> two",
            "One two",
            "One<break time=\"1s\"/> two",
        ),
        (
            "One <emotion value=\"a > b\"/>two three",
            "One two",
            "One <emotion value=\"a > b\"/>two",
        ),
        ("1 < 2 and", "1 < 2", "1 < 2"),
        ("Oh [laughter] no, not you", "Oh no,", "Oh [laughter] no,"),
        ("你好，世界。再见", "你好 世界", "你好，世界。"),
        ("你好，世界。再见", "你 好", "你好，"),
        ("สวัสดีครับ", "สวัสดี", "สวัสดี"),
        ("مرحبا بالعالم الآن", "مرحبا بالعالم", "مرحبا بالعالم"),
        ("Hi 👍 there", "Hi there", "Hi 👍 there"),
        ("Hi 👍 there", "Hi 👍", "Hi 👍"),
        ("Hi 👍🏽 there", "Hi", "Hi"),
        ("It is $5 now", "It is $5", "It is $5"),
        ("It is 100% sure", "It is 100% sure", "It is 100% sure"),
        ("1,000.50 of them", "1,000.50", "1,000.50"),
        ("12 000 of them", "12 000 of", "12 000 of"),
        ("12 000 of them", "12000 of", "12 000 of"),
        ("İstanbul'da", "İstanbul'da", "İstanbul'da"),
        ("", "one", ""),
        ("...", "one", ""),
    ] {
        assert_eq!(covered(text, words), expected, "{text:?}: {words}");
    }
}

#[test]
fn words_that_are_spoken_otherwise() {
    let cat = "I have 1 apple and 2 pears and finally one cat.";
    let cost = "It cost $1M, he said. A lot.";
    for (text, words, expected) in [
        // A match that needs more tokens than there were words is a coincidence.
        (cat, "I have one", "I have"),
        (cat, "I have one apple", "I have"),
        (cat, "I have one apple and", "I have"),
        (
            cat,
            "I have one apple and two pears and finally",
            "I have 1 apple and 2 pears and finally",
        ),
        (cost, "It cost a million dollars", "It cost"),
        (cost, "It cost a million dollars he", "It cost"),
        (cost, "It cost a million dollars he said", "It cost"),
        (
            cost,
            "It cost a million dollars he said a",
            "It cost $1M, he said. A",
        ),
        // The last word of a number is also the next token, which was not spoken.
        ("$2 dollars more", "two dollars", ""),
        ("$2 dollars more", "two dollars dollars", ""),
        (
            "$2 dollars more now",
            "two dollars dollars more now",
            "$2 dollars more now",
        ),
        ("$1M million dollars", "a million dollars", ""),
        ("1 one two", "one", ""),
        ("20 twenty times", "twenty", ""),
        (
            "Dr. No met Mr. Yes there",
            "Doctor No met Mr",
            "Dr. No met Mr.",
        ),
        // A token without a word.
        ("Say (c) it once more now", "Say it once", "Say"),
        (
            "Say (c) it once more now",
            "Say it once more now",
            "Say (c) it once more now",
        ),
    ] {
        assert_eq!(covered(text, words), expected, "{text:?}: {words}");
    }
}

#[test]
fn what_is_complete_is_known_word_by_word() {
    for (text, words, expected) in [
        ("One two.", "One two.", "One| two."),
        ("I have 1 apple.", "I have one apple", "I| have| 1| apple."),
        (
            "It cost $1M, he said.",
            "It cost a million dollars he said",
            "It| cost||| $1M,| he| said.",
        ),
        ("$2 dollars", "two dollars dollars", "|$2| dollars"),
        ("1 one", "one one", "1| one"),
        ("At 5.", "At five", "At| 5."),
        (
            "1 000 000 of them",
            "one million of them",
            "|1 000 000| of| them",
        ),
        ("Dr. Smith Jr.", "doctor smith junior", "Dr.| Smith| Jr."),
        (
            "<spell>AB1</spell> ok",
            "a b one ok",
            "||<spell>AB1|</spell> ok",
        ),
        ("100% sure", "one hundred percent sure", "||100%| sure"),
        // Two numbers in a row: which word ends the first one is not known.
        (
            "Pay $2 5 times",
            "Pay two dollars five times",
            "Pay|~| $2~| 5| times",
        ),
        ("你好", "ni hao", "你|好"),
        ("Hi 👍", "Hi thumbs up", "Hi|| 👍"),
    ] {
        assert_eq!(steps_of(text, words), expected, "{text:?}: {words}");
    }
}

#[test]
fn without_words_the_playing_time_has_to_do() {
    let text = "one two six ten";
    let mut alignment = TextAlignment::new();
    alignment.push_text(text);
    let heard = alignment.heard(SECOND);
    assert_eq!(
        (heard.text_end, heard.is_exact, heard.likely_end),
        (0, false, 0)
    );
    assert!(alignment.heard(Duration::ZERO).is_exact);
    alignment.complete(text.len(), SECOND * 4);
    let heard = alignment.heard(SECOND * 2);
    assert_eq!(
        (heard.text_end, heard.is_exact, heard.likely_end),
        (0, false, 7)
    );
    let heard = alignment.heard(SECOND * 4);
    assert_eq!(
        (heard.text_end, heard.is_exact, heard.likely_end),
        (15, true, 15)
    );
}

#[test]
fn beyond_the_last_word_nothing_is_claimed() {
    let alignment = aligned("one two six ten", "one two");
    assert!(
        alignment.heard(SECOND * 2).is_exact,
        "the last word has just ended"
    );
    let heard = alignment.heard(SECOND * 3);
    assert_eq!((heard.text_end, heard.is_exact, heard.words), (7, false, 2));
    assert!((7..=11).contains(&heard.likely_end));
    // Nothing more was to be spoken.
    assert!(aligned("one two. ", "one two").heard(SECOND * 3).is_exact);
}

#[test]
fn a_cut_word_is_no_word() {
    let alignment = aligned("one two", "one two");
    let heard = alignment.heard(Duration::from_millis(1_250));
    assert_eq!((heard.text_end, heard.words, heard.cut), (3, 1, Some(0.25)));
    assert!(heard.is_exact);
    assert_eq!(alignment.heard(SECOND).cut, None);
    assert_eq!(alignment.heard(SECOND * 9).cut, None);
}

#[test]
fn a_text_that_grows_is_followed() {
    let mut alignment = TextAlignment::new();
    let (text, words) = (
        "One <break time='1s'/>two 1 000 three",
        "One two one thousand three",
    );
    let words = timings(&words.split(' ').collect::<Vec<_>>());
    // Text comes in pieces of one character.
    for character in text.chars() {
        alignment.push_text(character.encode_utf8(&mut [0; 4]));
    }
    for word in words {
        alignment.push_words(&[word]);
    }
    alignment.complete(text.len(), SECOND * 5);
    assert_eq!(
        alignment.heard(SECOND * 2).text_end,
        text.find(" 1").unwrap()
    );
    assert_eq!(
        alignment.heard(SECOND * 4).text_end,
        text.find(" three").unwrap()
    );
}

#[test]
fn parts_are_anchors() {
    let mut alignment = aligned("Pay $2. ", "Pay two dollars");
    alignment.complete(8, SECOND * 4);
    alignment.push_text("Dollars are fine.");
    let mut words = timings(&["Dollars", "are"]);
    for word in &mut words {
        word.start += SECOND * 4;
        word.end += SECOND * 4;
    }
    alignment.push_words(&words);
    let end = |heard| alignment.heard(SECOND * heard).text_end;
    assert_eq!([end(1), end(3), end(4), end(5), end(6)], [3, 7, 8, 15, 19]);
}

#[test]
fn what_is_spoken_can_be_forgotten() {
    let mut alignment = TextAlignment::new();
    let mut start = Duration::ZERO;
    let mut end = 0;
    for _ in 0..1_000 {
        let text = "One two $3. ";
        alignment.push_text(text);
        let words = ["One", "two", "three", "dollars"];
        for timing in timings(&words) {
            let (from, to) = (timing.start + start, timing.end + start);
            alignment.push_words(&[WordTiming::new(timing.word, from, to)]);
        }
        start += SECOND * 4;
        end += text.len();
        alignment.complete(end, start);
        alignment.forget_spoken();
        assert!(alignment.text().is_empty() && alignment.words().is_empty());
        assert_eq!(alignment.text_start(), end);
    }
    let heard = alignment.heard(start);
    assert_eq!((heard.text_end, heard.words), (end, 4_000));
    alignment.push_text("Five.");
    assert_eq!(alignment.slice(end..end + 5), Some("Five."));
    assert_eq!(alignment.slice(end - 1..end), None);
}

/// Whatever words come, no token is covered that has no word.
#[test]
fn there_are_never_fewer_words_than_covered_tokens() {
    let vocabulary = ["one", "1", "two", "$2", "dollars", "a", "no"];
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..2_000 {
        let mut pick = |count: usize| -> Vec<_> {
            (0..count)
                .map(|_| vocabulary[random.usize(..vocabulary.len())])
                .collect()
        };
        let (text, words) = (pick(12).join(" "), pick(8));
        let covered = covered(&text, &words.join(" "));
        let tokens = covered.split_whitespace().count();
        // Two tokens may have no word if four words in a row match after them.
        assert!(tokens <= words.len() + 4, "{text}: {words:?}");
    }
}

/// The work is linear in the text and the words, whatever they are.
#[test]
fn long_texts_and_strange_words_cost_little() {
    let long = "x".repeat(10_000);
    let texts = [
        "one two ".repeat(1_250),
        "<".repeat(10_000),
        "<break ".repeat(1_250),
        "a 5 ".repeat(2_500),
        "好".repeat(2_500),
        "$".repeat(10_000),
        "$ 5 ".repeat(2_000),
        long,
    ];
    for text in &texts {
        for words in ["y", "one", "one two", "好", "a five", "$", "x"] {
            super::steps::take();
            let mut alignment = TextAlignment::new();
            for piece in text.as_bytes().chunks(7) {
                alignment.push_text(&String::from_utf8_lossy(piece));
            }
            let words: Vec<_> = words.split(' ').cycle().take(1_000).collect();
            alignment.push_words(&timings(&words));
            alignment.complete(text.len(), SECOND);
            let steps = super::steps::take();
            assert!(
                steps < 4_000_000,
                "{:?}…, {}: {steps}",
                &text[..3],
                words[0]
            );
        }
    }
}

#[test]
fn debug_hides_the_text() {
    let alignment = aligned("my canary", "my canary");
    let shown = format!("{alignment:?} {:?}", alignment.words());
    assert!(!shown.contains("canary"), "{shown}");
}

/// Tokens of a text, and the words that a service speaks for each.
const SPOKEN: [(&str, &[&str]); 24] = [
    ("no", &["no"]),
    ("no,", &["no"]),
    ("one", &["one"]),
    ("two", &["two"]),
    ("dollars", &["dollars"]),
    ("and", &["and"]),
    ("a", &["a"]),
    ("million", &["million"]),
    ("doctor", &["doctor"]),
    ("well-known", &["well", "known"]),
    ("\"Quoted.\"", &["quoted"]),
    ("don't", &["don't"]),
    ("1", &["one"]),
    ("42", &["forty", "two"]),
    ("$2", &["two", "dollars"]),
    ("$1M", &["a", "million", "dollars"]),
    ("100%", &["one", "hundred", "percent"]),
    ("Dr.", &["doctor"]),
    ("10:30", &["ten", "thirty"]),
    ("👍", &["thumbs", "up"]),
    ("—", &[]),
    ("<break time=\"1s\"/>", &[]),
    ("مرحبا", &["مرحبا"]),
    ("你好，", &["你", "好"]),
];

/// Over random texts, however many words have arrived, nothing is claimed that was not heard.
#[test]
fn nothing_is_ever_claimed_that_was_not_heard() {
    let mut random = fastrand::Rng::with_seed(14);
    let (mut exact, mut all) = (0, 0);
    for round in 0..3_000 {
        let mut text = String::new();
        // Where a token ends, and how many words are spoken by then.
        let mut ends = vec![(0, 0)];
        let mut words = Vec::new();
        for _ in 0..random.usize(1..16) {
            // Mostly words, as in most texts.
            let kinds = if random.u8(..) < 160 {
                12
            } else {
                SPOKEN.len()
            };
            let (token, spoken) = SPOKEN[random.usize(..kinds)];
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(token);
            words.extend_from_slice(spoken);
            ends.push((text.len(), words.len()));
        }
        let arrived = random.usize(..=words.len());
        let mut alignment = TextAlignment::new();
        alignment.push_text(&text);
        alignment.push_words(&timings(&words[..arrived]));
        let whole = arrived == words.len() && random.bool();
        if whole {
            let length = SECOND * u32::try_from(words.len()).unwrap();
            alignment.complete(text.len(), length);
        }
        for heard in 0..=arrived {
            let claimed = alignment.heard(SECOND * u32::try_from(heard).unwrap());
            // Silent tokens after the last word count as heard: nothing of them is spoken.
            let most = ends
                .iter()
                .rev()
                .find(|(_, words)| *words <= heard)
                .unwrap()
                .0;
            // Characters of a script without spaces are words of their own.
            let most = if text[most..].trim_start().starts_with('你') {
                most + " 你".len()
            } else {
                most
            };
            assert!(
                claimed.text_end <= most,
                "{round}: {heard} of {words:?}: {:?} was claimed, {:?} was heard",
                &text[..claimed.text_end],
                &text[..most]
            );
            if whole {
                all += 1;
                exact += u32::from(claimed.is_exact);
            }
        }
    }
    // Two numbers in a row may be ambiguous; most places are not.
    assert!(exact * 100 > all * 90, "{exact} of {all} were exact");
}
