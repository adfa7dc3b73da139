//! Streams of tokens and the pieces that come of them.
//!
//! Tokens and pieces are divided by `|`. Among the tokens `~` stands for a while without any; among
//! the pieces `‖` stands before what is held at the end.

use super::{Gathering, TextFeeder, has_words};

fn feed(gathering: Gathering, tokens: &str) -> String {
    let mut feeder = TextFeeder::new(gathering);
    let mut ready = Vec::new();
    for token in tokens.split('|') {
        if token == "~" {
            feeder.settle(&mut ready);
            assert!(!feeder.holds(), "settling twice changes nothing");
        } else {
            feeder.push(token, &mut ready);
        }
    }
    let mut pieces = ready.join("|");
    if let Some(held) = feeder.take() {
        pieces += "‖";
        pieces += &held;
    }
    assert_eq!(feeder.take(), None);
    assert!(!feeder.holds());
    pieces
}

fn check(gathering: Gathering, table: &[(&str, &str)]) {
    for (tokens, pieces) in table {
        assert_eq!(feed(gathering, tokens), *pieces, "{tokens}");
    }
}

#[test]
fn words_wait_for_their_end() {
    check(
        Gathering::Words,
        &[
            ("", ""),
            ("Hel|lo| wor|ld|.| How", "Hello| world.‖ How"),
            ("Hello |world |", "Hello| world‖ "),
            ("Hello world and more", "Hello world and‖ more"),
            ("don|'t| stop", "don't‖ stop"),
            (
                "Gu|ten| Ta|g|,| Frau| M|ül|ler|.| \"Ja|\",| sag|te",
                "Guten| Tag,| Frau| Müller.| \"Ja\",‖ sagte",
            ),
            ("C|'est| l|'été| !| Et", "C'est| l'été‖ ! Et"),
            ("¿|Qué| tal|?| ¡|Bien|!\n", "¿Qué| tal?| ¡Bien!‖\n"),
            ("नम|स्|ते| दुनि|या|।| क", "नमस्ते| दुनिया।‖ क"),
            ("مرح|با| بال|عالم|؟| نعم", "مرحبا| بالعالم؟‖ نعم"),
            ("안녕|하세|요| 세상", "안녕하세요‖ 세상"),
            ("- |Hello| — you", "- Hello‖ — you"),
            (
                "see| example.com/a|?b=c| now",
                "see| example.com/a?b=c‖ now",
            ),
            ("wait—|what| is", "wait—|what‖ is"),
        ],
    );
}

#[test]
fn numbers_stay_whole() {
    for number in [
        "12",
        "3.14",
        "1,000.50",
        "10:30",
        "1/2",
        "2026-11-22",
        "12 000",
        "12\u{a0}000",
        "1\u{202f}234",
        "+49 30 1234",
        "$5",
        "$1,000.50",
        "20 %",
        "5 €",
        "5th",
        "22. 11. 2026",
        "(555) 123-4567",
        "1'000",
        "٣٫١٤",
        "१२,३४५",
    ] {
        let tokens: Vec<String> = number.chars().map(String::from).collect();
        for settle in ["|", "|~|"] {
            // Only what ends in a digit or mark of a number is kept while nothing comes.
            if settle == "|~|" && number == "5th" {
                continue;
            }
            let tokens = format!("a| {}| bc", tokens.join(settle));
            let expected = format!("a| {number}‖ bc");
            assert_eq!(feed(Gathering::Words, &tokens), expected, "{tokens}");
        }
    }
    check(
        Gathering::Words,
        &[
            ("in| 12| ye|ars| x", "in| 12| years‖ x"),
            ("1|,| 2|,| 3| go", "1,| 2,| 3‖ go"),
            ("12 (|or| more", "12| (or‖ more"),
            ("12| |~", "‖12 "),
            ("12|~|3|.|~|4| xy", "123.4‖ xy"),
        ],
    );
}

#[test]
fn tags_stay_whole() {
    check(
        Gathering::Words,
        &[
            (
                "Hi| <bre|ak ti|me=\"1|s\"/|>| you| there",
                "Hi| <break time=\"1s\"/> you‖ there",
            ),
            ("Hi<pause>you there", "Hi<pause>you‖ there"),
            (
                "Code| <spell>A|B 1|2</sp|ell>|.| Ok| x",
                "Code| <spell>AB 12</spell>.| Ok‖ x",
            ),
            ("a| <| b| c", "a| < b‖ c"),
            ("a| <b| and| c| d", "a| <b and c‖ d"),
            ("Hi <bre|~|ak/> x y", "Hi| <break/> x‖ y"),
            ("Hi <|~|pause> x y", "Hi| <pause> x‖ y"),
            ("你好<|break/>|世界|好", "你|好|<break/>世‖界好"),
        ],
    );
}

#[test]
fn settling_releases_what_only_time_can_decide() {
    check(
        Gathering::Words,
        &[
            ("check|.|~", "check."),
            ("check|.|~| Next|~", "check.| Next"),
            ("Let| me|~| see", "Let| me‖ see"),
            ("  |~", "‖  "),
            ("...|~", "‖..."),
            ("Hi| 👍|~|🏽| x", "Hi‖ 👍🏽 x"),
            ("Hi| 👩|~|\u{200d}|~|🚀", "Hi‖ 👩\u{200d}🚀"),
            ("Hi| \u{1f1e9}|~|\u{1f1ea}|~| x y", "Hi| 🇩🇪| x‖ y"),
            ("你|好|~", "你|好"),
            ("Ça| va| ?|~", "Ça| va| ?"),
            ("it| is| $|~|5| now", "it| is| $5‖ now"),
        ],
    );
}

#[test]
fn sentences_wait_for_their_end() {
    check(
        Gathering::Sentences,
        &[
            (
                "Let| me| check|.| Here| it| is|.| And",
                "Let me check.| Here it is.‖ And",
            ),
            (
                "Really|?!| Yes|!| \"No|.\"| He| left|.\n",
                "Really?!| Yes!| \"No.\"| He left.‖\n",
            ),
            (
                "\"Really?\"| she| said|.| Ok| x",
                "\"Really?\" she said.‖ Ok x",
            ),
            ("(He left.) Then", "(He left.)‖ Then"),
            ("**He left.** *Then* so", "**He left.**‖ *Then* so"),
            ("hi! how are you? fine. ok", "hi!| how are you?‖ fine. ok"),
            ("Well... maybe. Well... No", "Well... maybe.| Well...‖ No"),
            (
                "Heading\n\n- one\n- two\n---\nthree\n",
                "Heading|\n\n- one|\n- two|\n---\nthree‖\n",
            ),
            ("One.\r\n\r\nTwo. Three", "One.|\r\n\r\nTwo.‖ Three"),
            (
                "Hi|.| <br|eak/>| You| ok|.| So",
                "Hi.| <break/> You ok.‖ So",
            ),
            ("Stop. — Why?", "Stop.‖ — Why?"),
        ],
    );
}

#[test]
fn full_stops_within_sentences_do_not_end_them() {
    for text in [
        "Dr. Smith and Mrs. Jones met",
        "It is e.g. Berlin",
        "The U.S. Senate",
        "By J. R. R. Tolkien",
        "About 3.14 or 1,000.50 of it",
        "See example.com. or www.a.org/b?c=d!e now",
        "See No. 5 and fig. 3",
        "Am 22. November um 10 Uhr",
        "Apples, pears etc. are fruit",
        "Er wohnt z. B. in der Berliner Str. dort",
        "El Sr. García y la Sra. López",
        "M. Dupont et Mme. Durand",
        "डॉ. शर्मा",
        "\"Why?\" he said",
        "1. First",
    ] {
        let tokens: Vec<String> = text.chars().map(String::from).collect();
        let expected = format!("‖{text} x");
        assert_eq!(feed(Gathering::Sentences, &format!("{text} x")), expected);
        let tokens = tokens.join("|");
        assert_eq!(
            feed(Gathering::Sentences, &format!("{tokens}| x")),
            expected
        );
    }
    check(
        Gathering::Sentences,
        &[
            ("No. I will not", "No.‖ I will not"),
            ("In 2020. Then", "In 2020.‖ Then"),
            ("It is 3.14. Then", "It is 3.14.‖ Then"),
            ("See example.com. Then", "See example.com.‖ Then"),
        ],
    );
}

#[test]
fn sentences_of_many_languages() {
    check(
        Gathering::Sentences,
        &[
            (
                "Gu|ten| Tag|!| Wie| geht| es| Ihnen|,| Herr| Dr|.| Weiß|?| „|Gut|.“| Schön|.",
                "Guten Tag!| Wie geht es Ihnen, Herr Dr. Weiß?| „Gut.“‖ Schön.",
            ),
            (
                "Bon|jour| !| «| Ça| va| ?| »| Oui|,| merci|.| Ah|!",
                "Bonjour !| « Ça va ? »| Oui, merci.‖ Ah!",
            ),
            (
                "¡|Hola|!| ¿|Qué| tal|?| Muy| bien|.| —|Sí",
                "¡Hola!| ¿Qué tal?| Muy bien.‖ —Sí",
            ),
            (
                "你好|！|今天|天气|……|很好|，|我们|去|「公园|。」|好吗|？|好|的",
                "你好！|今天天气……很好，我们去「公园。」|好吗？‖好的",
            ),
            (
                "今日は|。|いい|天気|です|ね|！|そう",
                "今日は。|いい天気ですね！‖そう",
            ),
            (
                "नमस्ते|।| आप| कैसे| हैं|?| मैं| ठीक| हूँ|।",
                "नमस्ते।| आप कैसे हैं?‖ मैं ठीक हूँ।",
            ),
            (
                "مرحبا|!| كيف| حالك|؟| أنا| بخير|.| وهو",
                "مرحبا!| كيف حالك؟| أنا بخير.‖ وهو",
            ),
            ("สวัสดีครับ| ผมชื่อ| ทอม| ครับ", "สวัสดีครับ‖ ผมชื่อ ทอม ครับ"),
            ("ဟုတ်ကဲ့။|ကောင်း", "ဟုတ်ကဲ့။‖ကောင်း"),
        ],
    );
}

#[test]
fn speech_begins_early_and_long_sentences_are_cut() {
    check(
        Gathering::Sentences,
        &[
            (
                "Well, let me see, then: we go",
                "Well, let me see,‖ then: we go",
            ),
            (
                "I think so — or not — maybe",
                "I think so —‖ or not — maybe",
            ),
            ("Of it 1,000,000: yes", "Of it 1,000,000:‖ yes"),
            ("今天天气很好，我们", "今天天气很好，‖我们"),
            (
                "Ok, no. First clause is over, and more",
                "Ok, no.‖ First clause is over, and more",
            ),
        ],
    );
    let clauses = "many words without an end, ".repeat(40);
    let words = "many words without an end ".repeat(40);
    let spaceless = "好".repeat(500);
    for (text, longest) in [(&clauses, 200), (&words, 330), (&spaceless, 330)] {
        let pieces = feed(Gathering::Sentences, text);
        let (pieces, _) = pieces.split_once('‖').unwrap_or_default();
        assert!(pieces.split('|').count() > 2);
        for piece in pieces.split('|') {
            assert!(piece.len() <= longest, "{piece}");
            assert!(
                text == &spaceless || piece.ends_with(',') == (text == &clauses),
                "{piece}"
            );
            assert!(text == &spaceless || !piece.ends_with(' '));
        }
    }
}

#[test]
fn settling_releases_whole_sentences_alone() {
    check(
        Gathering::Sentences,
        &[
            ("Let me check.|~| Here", "Let me check.‖ Here"),
            ("Let me|~| check", "‖Let me check"),
            ("Hi!| Mr.|~| Smith", "Hi!‖ Mr. Smith"),
            ("It is 300.|~|14 now. So", "It is 300.14 now.‖ So"),
            ("It is 300. |~|So", "It is 300.‖ So"),
            ("你好。|~|」", "你好。‖」"),
            (
                "你好，|~|\u{fe00}今天天气，好的",
                "你好，\u{fe00}今天天气，‖好的",
            ),
            ("Yes, I will look,|~| ok", "Yes, I will look,‖ ok"),
        ],
    );
}

#[test]
fn verbatim_changes_nothing() {
    check(Gathering::Verbatim, &[("a|~|b c. d|| ", "a|b c. d| ")]);
}

#[test]
fn runs_without_a_boundary_are_cut() {
    let text = "x".repeat(10_000);
    for gathering in [Gathering::Words, Gathering::Sentences] {
        let mut feeder = TextFeeder::new(gathering);
        let mut ready = Vec::new();
        for character in text.chars() {
            feeder.push(character.encode_utf8(&mut [0; 4]), &mut ready);
        }
        assert!(ready.len() > 15);
        assert!(ready.iter().all(|piece| piece.len() <= 512));
        assert_eq!(ready.concat() + &feeder.take().unwrap_or_default(), text);
    }
}

#[test]
fn texts_with_words() {
    for text in [
        "a",
        " 5 ",
        "好",
        "- x",
        "<spell>A</spell>",
        "<break time=\"1s\"",
        "[laughter]",
        "a <b>",
    ] {
        assert!(has_words(text), "{text}");
    }
    for text in [
        "",
        " \n",
        "...",
        "。",
        "<break time=\"1s\"/>",
        "<emotion value=\"calm\"/> —",
        "<",
        "😀",
        "<spell></spell>",
    ] {
        assert!(!has_words(text), "{text}");
    }
}
