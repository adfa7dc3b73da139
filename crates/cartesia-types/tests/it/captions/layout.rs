//! Where cues and lines end, and when cues appear and vanish.

use std::time::Duration;

use cartesia_types::Language;
use cartesia_types::captions::{CaptionSettings, Captions};
use cartesia_types::tts::WordTiming;

use super::{captions, shape, spoken, word};

#[test]
fn cues_end_with_sentences_and_lines_with_clauses() {
    let text = "We looked at the sea for an hour, and nothing came of it. Then, all at once, \
                a boat appeared on the horizon. It was small.";
    assert_eq!(
        shape(&captions(&spoken(text, 15))),
        "We looked at the sea for an hour,/and nothing came of it.|\
         Then, all at once,/a boat appeared on the horizon.|It was small."
    );
}

#[test]
fn titles_and_initials_end_no_sentence() {
    let text = "I met Dr. No and J. Smith there.";
    assert_eq!(shape(&captions(&spoken(text, 15))), text);
}

#[test]
fn a_short_sentence_joins_another_rather_than_flash() {
    let text = "Yes. I do think so.";
    assert_eq!(shape(&captions(&spoken(text, 20))), text);
}

#[test]
fn a_pause_begins_a_cue() {
    let words = [
        word("One", 0, 400),
        word("two", 1_400, 1_800),
        word("three", 1_800, 2_300),
    ];
    assert_eq!(shape(&captions(&words)), "One|two three");
    let settings = CaptionSettings::default().with_max_pause(Duration::from_secs(5));
    assert_eq!(shape(&Captions::new(&words, &settings)), "One two three");
}

#[test]
fn chinese_and_japanese_break_where_their_rules_allow() {
    let per_character = |text: &str| -> Vec<WordTiming> {
        let words = (0..)
            .zip(text.chars())
            .map(|(at, c)| word(&c.to_string(), at * 200, at * 200 + 200));
        words.collect()
    };
    let text =
        "今日は天気がいいので、散歩に行きましょう。それから、「カフェ」でコーヒーを飲みます。";
    let captions = Captions::new(
        &per_character(text),
        &CaptionSettings::for_language(&Language::JA),
    );
    assert_eq!(
        shape(&captions),
        "今日は天気がいいので、/散歩に行きましょう。|それから、「カフェ」/でコーヒーを飲みます。"
    );
    for line in captions
        .cues()
        .iter()
        .flat_map(cartesia_types::captions::Cue::lines)
    {
        assert!(
            !line.starts_with(['、', '。', '」', 'ー']) && !line.ends_with('「'),
            "{line}"
        );
    }
}

#[test]
fn a_word_wider_than_a_line_is_several() {
    let url = "https://example.com/".to_owned() + &"a".repeat(60);
    let captions = captions(&[word(&url, 0, 4_000)]);
    let lines = captions.cues()[0].lines();
    assert_eq!(lines.concat(), url);
    assert_eq!(lines[0].len(), 42);
    assert_eq!(captions.to_text(), url);
    // Not within a character of several code points.
    let family = "👩\u{200d}👩\u{200d}👧";
    let captions = Captions::new(
        &[word(&family.repeat(9), 0, 4_000)],
        &CaptionSettings::default().with_line_width(20),
    );
    let lines = captions
        .cues()
        .iter()
        .flat_map(cartesia_types::captions::Cue::lines);
    assert!(
        lines
            .map(|line| line.matches('👧').count())
            .all(|whole| whole > 0)
    );
}

fn times(captions: &Captions) -> Vec<(u128, u128)> {
    let cues = captions.cues().iter();
    cues.map(|cue| (cue.start.as_millis(), cue.end.as_millis()))
        .collect()
}

#[test]
fn a_cue_stays_until_it_is_read_if_there_is_room() {
    let text = "Incomprehensibilities, unquestionably.";
    let mut words = vec![
        word("Incomprehensibilities,", 0, 300),
        word("unquestionably.", 300, 600),
    ];
    // 38 characters at 20 a second.
    assert_eq!(shape(&captions(&words)), text);
    assert_eq!(times(&captions(&words)), [(0, 1_900)]);
    // The next cue comes first.
    words.push(word("Yes.", 1_700, 2_700));
    assert_eq!(times(&captions(&words)), [(0, 1_617), (1_700, 2_700)]);
    // The shortest time.
    assert_eq!(times(&captions(&[word("Oh", 100, 200)])), [(100, 933)]);
}

#[test]
fn short_gaps_are_closed_and_long_ones_stay() {
    let words = |pause: u64| {
        [
            word("This is one sentence.", 0, 2_000),
            word("And another one.", 2_000 + pause, 4_000),
        ]
    };
    let pairs = |pause| times(&captions(&words(pause)));
    assert_eq!(pairs(400), [(0, 2_317), (2_400, 4_000)]);
    assert_eq!(pairs(600), [(0, 2_000), (2_600, 4_000)]);
    assert_eq!(pairs(0), [(0, 1_917), (2_000, 4_000)]);
    let bbc = |pause| times(&Captions::new(&words(pause), &CaptionSettings::bbc()));
    assert_eq!(bbc(600), [(0, 2_600), (2_600, 4_000)]);
}

#[test]
fn no_cue_is_longer_than_the_longest() {
    let captions = captions(&[word("Aaaaah", 0, 30_000)]);
    assert_eq!(times(&captions), [(0, 7_000)]);
}

#[test]
fn words_without_times_still_come_one_after_the_other() {
    let words: Vec<WordTiming> = spoken(&"word ".repeat(100), 15)
        .into_iter()
        .map(|timing| WordTiming::new(timing.word, Duration::ZERO, Duration::ZERO))
        .collect();
    let captions = captions(&words);
    let times = times(&captions);
    assert!(
        times
            .windows(2)
            .all(|pair| pair[0].1 <= pair[1].0 && pair[0].0 < pair[0].1)
    );
}

#[test]
fn the_figures_of_languages() {
    for (language, width, speed) in [
        ("en", 42, 20),
        ("en-GB", 42, 20),
        ("de", 42, 17),
        ("ja", 26, 4),
        ("zh-TW", 32, 9),
        ("ko", 32, 12),
        ("th", 35, 17),
        ("xx", 42, 17),
    ] {
        let settings = CaptionSettings::for_language(&Language::new(language));
        assert_eq!(
            (settings.line_width, settings.characters_per_second),
            (width, speed),
            "{language}"
        );
    }
}

/// An hour of speech is laid out at once, not in the square of its words.
#[test]
fn long_speech_costs_little() {
    let words = spoken(
        &"The quick brown fox jumps over the lazy dog, twice. ".repeat(2_000),
        15,
    );
    let captions = captions(&words);
    let shown: usize = captions.cues().iter().map(|cue| cue.words.len()).sum();
    assert_eq!(shown, words.len());
}
