//! What holds for any words, times and settings.

use std::time::Duration;

use cartesia_types::captions::{CaptionSettings, Captions, join_words};
use cartesia_types::tts::WordTiming;
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::files;

const WORDS: &[&str] = &[
    "a",
    "Hello,",
    "world.",
    "“Yes!”",
    "l'été",
    "don't",
    "你",
    "好",
    "，",
    "世界。",
    "「",
    "」",
    "カ",
    "ー",
    "สวัสดี",
    "ครับ",
    "안녕",
    "नमस्ते",
    "مرحبا",
    "👩🏽\u{200d}🚀",
    "3.14",
    "&",
    "<",
    ">",
    "-->",
    "<b>",
    "{\\an8}",
    "Dr.",
    "e\u{301}",
    "\u{200b}",
    "\u{a0}x",
    "https://example.com/a/very/long/path/that/fits/no/line/at/all",
    " spaced",
    "trailing ",
    "two words",
    "—",
    "?",
    "1",
    "WEBVTT",
    "NOTE",
];

fn words() -> impl Strategy<Value = Vec<WordTiming>> {
    let text = prop_oneof![
        8 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ];
    // Pauses and lengths, with some words that overlap, go back, or have no time.
    let word = (
        text,
        prop_oneof![8 => 0_i64..400, 1 => 400_i64..4_000, 1 => -300_i64..0],
        0_u64..700,
    );
    prop::collection::vec(word, 0..120).prop_map(|words| {
        let mut at = 0_i64;
        let timed = words.into_iter().map(|(text, step, length)| {
            at = (at + step).max(0);
            let start = Duration::from_millis(u64::try_from(at).unwrap());
            at += i64::try_from(length / 2).unwrap();
            WordTiming::new(text, start, start + Duration::from_millis(length))
        });
        timed.collect()
    })
}

fn settings() -> impl Strategy<Value = CaptionSettings> {
    let ms = Duration::from_millis;
    let preset = prop_oneof![
        Just(CaptionSettings::netflix()),
        Just(CaptionSettings::bbc()),
        Just(CaptionSettings::for_language(&cartesia_types::Language::JA)),
    ];
    prop_oneof![
        preset,
        (
            0_usize..50,
            0_usize..5,
            0_u32..30,
            0_u64..3_000,
            0_u64..9_000,
            0_u64..300,
            0_u64..3_000
        )
            .prop_map(move |(width, lines, speed, min, max, gap, pause)| {
                CaptionSettings::default()
                    .with_line_width(width)
                    .with_lines(lines)
                    .with_characters_per_second(speed)
                    .with_min_duration(ms(min))
                    .with_max_duration(ms(max))
                    .with_min_gap(ms(gap))
                    .with_close_gaps(ms(gap * 2))
                    .with_max_pause(ms(pause))
            }),
    ]
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn plain_spaces(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_word_is_lost_or_repeated(words in words(), settings in settings()) {
        let captions = Captions::new(&words, &settings);
        let said: String = words.iter().map(|word| word.word.as_str()).collect();
        prop_assert_eq!(without_spaces(&captions.to_text()), without_spaces(&said));
        // How cues are laid out does not change how words are joined, except that a word which is wider than a
        // line is broken at its no-break spaces.
        prop_assert_eq!(plain_spaces(&captions.to_text()), plain_spaces(&join_words(&words)));
    }

    #[test]
    fn cues_keep_the_limits(words in words(), settings in settings()) {
        let captions = Captions::new(&words, &settings);
        let mut free_from = Duration::ZERO;
        for cue in captions.cues() {
            prop_assert!(cue.start >= free_from, "cues overlap");
            prop_assert!(cue.end > cue.start, "a cue is empty");
            let longest = settings.max_duration.max(Duration::from_millis(1));
            prop_assert!(cue.end <= cue.start + longest);
            free_from = cue.end;
            let lines = cue.lines();
            prop_assert!(lines.len() <= settings.lines.max(1));
            for line in &lines {
                prop_assert!(!line.trim().is_empty());
                let single = cue.words.iter().any(|word| word.text == *line);
                prop_assert!(line.width() <= settings.line_width.max(2) || single, "{line}");
            }
        }
    }

    #[test]
    fn parsers_read_what_is_written(words in words(), settings in settings()) {
        let captions = Captions::new(&words, &settings);
        let expected = files::expected(&captions);
        let vtt = captions.to_vtt();
        prop_assert_eq!(&files::read_by_webvtt_parser(&vtt), &expected);
        prop_assert_eq!(&files::read_by_webvtt_parser(&captions.to_vtt_with_words()), &expected);
        if !captions.is_empty() {
            prop_assert_eq!(&files::read_by_subtp_vtt(&vtt), &expected);
            let srt = captions.to_srt();
            let joined = |found: files::Found| -> Vec<_> {
                let cues = found.into_iter();
                cues.map(|(start, end, lines)| (start, end, lines.join("\n").replace('\u{2060}', ""))).collect()
            };
            prop_assert_eq!(joined(files::read_by_srtlib(&srt)), joined(expected.clone()));
            prop_assert_eq!(joined(files::read_by_subtp_srt(&srt)), joined(expected));
        }
    }

    #[test]
    fn a_text_is_shown_as_it_is(parts in prop::collection::vec(prop::sample::select(&WORDS[..20]), 1..40)) {
        let text = parts.join(" ");
        let words: Vec<WordTiming> = (0..)
            .zip(&parts)
            .map(|(at, part)| super::word(part, at * 300, at * 300 + 300))
            .collect();
        let captions = Captions::of_text(&text, &words, &CaptionSettings::default());
        prop_assert_eq!(captions.to_text(), text);
    }
}
