//! What the files look like, and what independent parsers make of them.

use std::path::Path;
use std::time::Duration;

use cartesia_types::captions::{CaptionFormat, CaptionSettings, Captions};
use serde_json::json;

use super::{captions, spoken, word};

fn two_cues() -> Captions {
    captions(&[
        word("Fish", 0, 300),
        word("&", 300, 400),
        word("chips.", 400, 900),
        word("Next?", 3_661_500, 3_662_500),
    ])
}

#[test]
fn srt() {
    assert_eq!(
        two_cues().to_srt(),
        "1\n00:00:00,000 --> 00:00:00,900\nFish & chips.\n\n\
         2\n01:01:01,500 --> 01:01:02,500\nNext?\n"
    );
}

#[test]
fn webvtt() {
    assert_eq!(
        two_cues().to_vtt(),
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.900\nFish &amp; chips.\n\n\
         01:01:01.500 --> 01:01:02.500\nNext?\n"
    );
    assert_eq!(
        two_cues().to_vtt_with_words(),
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.900\n\
         Fish <00:00:00.300>&amp; <00:00:00.400>chips.\n\n\
         01:01:01.500 --> 01:01:02.500\nNext?\n"
    );
}

#[test]
fn json_and_text() {
    let value: serde_json::Value = serde_json::from_str(&two_cues().to_json()).unwrap();
    assert_eq!(
        value["cues"][0],
        json!({
            "start": 0.0,
            "end": 0.9,
            "lines": ["Fish & chips."],
            "words": [
                {"word": "Fish", "start": 0.0, "end": 0.3},
                {"word": "&", "start": 0.3, "end": 0.4},
                {"word": "chips.", "start": 0.4, "end": 0.9},
            ],
        })
    );
    assert_eq!(two_cues().to_text(), "Fish & chips. Next?");
    assert_eq!(
        two_cues().render(CaptionFormat::Text),
        "Fish & chips. Next?\n"
    );
}

#[test]
fn no_words_make_empty_files() {
    let none = captions(&[word(" ", 0, 1), word("<break time=\"1s\"/>", 1, 1_001)]);
    assert!(none.is_empty());
    assert_eq!(none.to_srt(), "");
    assert_eq!(none.to_vtt(), "WEBVTT\n");
    assert_eq!(none.to_json(), r#"{"cues":[]}"#);
    assert_eq!(none.to_text(), "");
}

/// What looks like markup in the words is shown as it is.
#[test]
fn words_are_never_markup() {
    let words = [
        word("<b>", 0, 100),
        word("{\\an8}", 100, 200),
        word("-->", 200, 300),
        word("a<b", 300, 400),
        word("1", 400, 500),
        word("NOTE", 500, 600),
        word("&lt;", 600, 1_000),
    ];
    let captions = captions(&words);
    let line = captions.to_srt().lines().nth(2).unwrap().to_owned();
    assert_eq!(
        line,
        "<\u{2060}b> {\u{2060}\\an8} --\u{2060}> a<\u{2060}b 1 NOTE &lt;"
    );
    let line = captions.to_vtt().lines().nth(3).unwrap().to_owned();
    assert_eq!(line, "&lt;b&gt; {\\an8} --&gt; a&lt;b 1 NOTE &amp;lt;");
}

/// Cues as a parser found them: start and end in milliseconds, lines.
pub(super) type Found = Vec<(u64, u64, Vec<String>)>;

pub(super) fn expected(captions: &Captions) -> Found {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
    let cues = captions.cues().iter();
    cues.map(|cue| (millis(cue.start), millis(cue.end), cue.lines()))
        .collect()
}

fn millis(hours: u8, minutes: u8, seconds: u8, millis: u16) -> u64 {
    let minutes = u64::from(hours) * 60 + u64::from(minutes);
    (minutes * 60 + u64::from(seconds)) * 1_000 + u64::from(millis)
}

fn lines(text: &str) -> Vec<String> {
    text.split('\n').map(str::to_owned).collect()
}

pub(super) fn read_by_srtlib(file: &str) -> Found {
    let found = srtlib::Subtitles::parse_from_str(file.to_owned()).unwrap();
    let time = |time: srtlib::Timestamp| {
        let (hours, minutes, seconds, ms) = time.get();
        millis(hours, minutes, seconds, ms)
    };
    let cues = found.to_vec().into_iter();
    cues.map(|cue| {
        (
            time(cue.start_time),
            time(cue.end_time),
            lines(cue.text.trim_end_matches('\n')),
        )
    })
    .collect()
}

pub(super) fn read_by_subtp_srt(file: &str) -> Found {
    let found = subtp::srt::SubRip::parse(file).unwrap();
    let time = |time: subtp::srt::SrtTimestamp| {
        millis(time.hours, time.minutes, time.seconds, time.milliseconds)
    };
    let cues = found.subtitles.into_iter();
    cues.map(|cue| (time(cue.start), time(cue.end), cue.text))
        .collect()
}

pub(super) fn read_by_subtp_vtt(file: &str) -> Found {
    let found = subtp::vtt::WebVtt::parse(file).unwrap();
    let time = |time: subtp::vtt::VttTimestamp| {
        millis(time.hours, time.minutes, time.seconds, time.milliseconds)
    };
    let cues = found.blocks.into_iter().map(|block| match block {
        subtp::vtt::VttBlock::Que(cue) => (
            time(cue.timings.start),
            time(cue.timings.end),
            cue.payload.iter().map(|line| unescaped(line)).collect(),
        ),
        other => panic!("not a cue: {other:?}"),
    });
    cues.collect()
}

pub(super) fn read_by_webvtt_parser(file: &str) -> Found {
    let found = webvtt_parser::Vtt::parse(file).unwrap();
    let cues = found.cues.iter().map(|cue| {
        (
            cue.start.as_milliseconds(),
            cue.end.as_milliseconds(),
            lines(&unescaped(cue.text)),
        )
    });
    cues.collect()
}

/// The text of a payload: without timestamps of words, escapes resolved.
fn unescaped(payload: &str) -> String {
    let mut text = String::new();
    let mut rest = payload;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        rest = after.split_once('>').unwrap().1;
    }
    text.push_str(rest);
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[test]
fn two_independent_parsers_read_each_format() {
    let text = "Good evening, and welcome to the programme. Tonight we look at fish & chips, \
                which is more than a meal: it is a story of railways, trawlers and potatoes. \
                Is x < y? Yes — and y > x. Let us begin at the sea, where it all began.";
    for settings in [CaptionSettings::netflix(), CaptionSettings::bbc()] {
        let captions = Captions::new(&spoken(text, 15), &settings);
        assert!(captions.cues().len() > 3);
        let expected = expected(&captions);
        let srt = captions.to_srt();
        assert_eq!(read_by_srtlib(&srt), expected);
        assert_eq!(read_by_subtp_srt(&srt), expected);
        for vtt in [captions.to_vtt(), captions.to_vtt_with_words()] {
            assert_eq!(read_by_subtp_vtt(&vtt), expected);
            assert_eq!(read_by_webvtt_parser(&vtt), expected);
        }
    }
}

#[test]
fn the_format_is_that_of_the_extension() {
    assert_eq!(CaptionFormat::of_path("a/b.SRT"), Some(CaptionFormat::Srt));
    assert_eq!(
        CaptionFormat::of_path(Path::new("b.vtt")),
        Some(CaptionFormat::Vtt)
    );
    assert_eq!(CaptionFormat::of_path("b.docx"), None);
    assert_eq!(CaptionFormat::of_path("srt"), None);
    for format in CaptionFormat::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let error = "ass".parse::<CaptionFormat>().unwrap_err().to_string();
    assert!(error.contains("srt, vtt, json or txt"), "{error}");
}

#[test]
fn debug_shows_no_words() {
    let captions = captions(&[word("canary", 0, 500)]);
    let debug = format!(
        "{captions:?} {:?} {:?}",
        captions.cues(),
        captions.cues()[0].words
    );
    assert!(!debug.contains("canary"), "{debug}");
}
