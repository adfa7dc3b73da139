//! How words are joined, and what is left out.

use cartesia_types::captions::{CaptionSettings, Captions, join_words};
use cartesia_types::stt::TranscribedWord;
use cartesia_types::tts::WordTiming;
use std::time::Duration;

use super::{captions, shape, word};

fn joined(words: &[&str]) -> String {
    let words: Vec<WordTiming> = words.iter().map(|text| word(text, 0, 0)).collect();
    join_words(&words)
}

#[test]
fn words_are_joined_as_their_script_asks() {
    for (words, expected) in [
        (&["Hello,", "world."][..], "Hello, world."),
        (&["你", "好", "，", "世", "界"], "你好，世界"),
        (&["こん", "にち", "は"], "こんにちは"),
        (&["สวัสดี", "ครับ"], "สวัสดีครับ"),
        (&["안녕하세요", "여러분"], "안녕하세요 여러분"),
        (&["مرحبا", "بالعالم"], "مرحبا بالعالم"),
        (&["Ça", "va", "?"], "Ça va ?"),
        // The service wrote spaces: they are the ones that count.
        (&[" don", "'t", " stop"], "don't stop"),
        (&["Hello ", "world"], "Hello world"),
        (&["New York", "City"], "New YorkCity"),
        (&["  Hello", "\n", "world"], "Hello world"),
    ] {
        if words == ["New York", "City"] {
            // A space inside a word says nothing of the spaces between words.
            assert_eq!(joined(words), "New York City");
        } else {
            assert_eq!(joined(words), expected);
        }
    }
}

#[test]
fn control_tags_are_left_out() {
    for (words, expected) in [
        (&["One", "<break time=\"1s\"/>", "two"][..], "One two"),
        (&["One", "<break", "time=\"1s\"/>", "two"], "One two"),
        (
            &["<emotion value=\"sad\"/>One", "two<speed ratio=\"1.2\"/>"],
            "One two",
        ),
        (&["<spell>AB12</spell>", "is", "it"], "AB12 is it"),
        (&["[laughter]", "Well"], "Well"),
        (&["<emotion", "value='calm'/>你", "好"], "你好"),
        // Only the service's own tags; everything else was said.
        (&["a", "<b>", "c"], "a <b> c"),
        (&["[inaudible]", "Well"], "[inaudible] Well"),
        (&["One", "<break", "two"], "One <break two"),
    ] {
        assert_eq!(joined(words), expected);
    }
    let words = [word("[laughter]", 0, 500), word("Well.", 500, 900)];
    let kept = Captions::new(&words, &CaptionSettings::default().with_sounds(true));
    assert_eq!(kept.to_text(), "[laughter] Well.");
}

#[test]
fn the_text_gives_spaces_and_punctuation() {
    let words = [
        word("hello", 0, 300),
        word("world", 300, 600),
        word("it's", 700, 900),
        word("25", 900, 1_200),
    ];
    let text = "“Hello, world!” <emotion value=\"calm\"/>It's — 25 %; and more.";
    let captions = Captions::of_text(text, &words, &CaptionSettings::default());
    assert_eq!(captions.to_text(), "“Hello, world!” It's — 25");
    // The words are not those of the text: numbers are spelled out.
    let spelled = [
        word("It's", 0, 300),
        word("twenty", 300, 600),
        word("five", 600, 900),
    ];
    let captions = Captions::of_text("It's 25.", &spelled, &CaptionSettings::default());
    assert_eq!(captions.to_text(), "It's twenty five");
    // One character at a time, as synthesis times Chinese.
    let words: Vec<WordTiming> = (0..)
        .zip("你好世界".chars())
        .map(|(at, c)| word(&c.to_string(), at * 200, at * 200 + 200))
        .collect();
    let captions = Captions::of_text("你好，世界。", &words, &CaptionSettings::default());
    assert_eq!(captions.to_text(), "你好，世界。");
}

#[test]
fn words_of_transcripts_and_of_synthesis_are_alike() {
    let second = Duration::from_secs(1);
    let heard = [TranscribedWord::new(" Hello", Duration::ZERO, second)];
    let spoken = [WordTiming::new("Hello", Duration::ZERO, second)];
    let settings = CaptionSettings::default();
    assert_eq!(
        Captions::new(&heard, &settings),
        Captions::new(&spoken, &settings)
    );
}

#[test]
fn control_characters_do_not_reach_a_file() {
    let captions = captions(&[
        word("a\u{1b}[2Jb\u{0}", 0, 500),
        word("c\nd\r\n\r\ne\u{2028}f", 500, 900),
    ]);
    assert_eq!(shape(&captions), "a[2Jb c d e f");
}
