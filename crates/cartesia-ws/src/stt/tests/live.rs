//! The client says when an utterance is over.

use bytes::Bytes;
use cartesia_types::ErrorKind;
use cartesia_types::stt::{LiveSpec, SttEncoding, SttFormat, SttModelId};
use proptest::prelude::*;

use super::{Script, millis};
use crate::CloseInfo;
use crate::audio::Rate;
use crate::protocol::Protocol as _;
use crate::stt::live::Live;
use crate::stt::session::Command;

/// 8 bytes a millisecond: a message has 800 bytes.
fn live() -> Live {
    let format = SttFormat::new(SttEncoding::PcmMulaw, 8_000);
    Live::new(LiveSpec::new(SttModelId::INK_WHISPER, format))
}

fn audio(millis: usize) -> Bytes {
    vec![1; millis * 8].into()
}

fn send(script: &mut Script<Live>, millis: usize) -> Vec<String> {
    script.command(Command::Audio(audio(millis), Rate::Live))
}

#[test]
fn audio_is_sent_at_once_and_the_end_is_what_the_service_says() {
    let mut script = Script::up(live());
    assert_eq!(
        send(&mut script, 250),
        ["audio 800", "audio 800", "audio 400"]
    );
    // Too short for a message, until the audio is complete.
    assert_eq!(send(&mut script, 10), [""; 0]);
    assert_eq!(script.command(Command::Finish), ["audio 80", "say close"]);
    assert_eq!(send(&mut script, 100), [""; 0], "it was complete");
    let last = r#"{"type":"transcript","is_final":true,"text":"Hi."}"#;
    assert_eq!(script.says(last), [last]);
    assert_eq!(
        script.says(r#"{"type":"done"}"#),
        [r#"{"type":"done"}"#, "end", "close"]
    );
    assert_eq!(script.closes(CloseInfo::frame(1000, "")), [""; 0]);
    assert!(script.session.link().is_closed());
}

#[test]
fn what_final_text_covers_is_not_sent_again_and_times_count_on() {
    let mut script = Script::up(live());
    send(&mut script, 1_000);
    script.says(
        r#"{"type":"transcript","is_final":true,"text":"One","duration":0.5,"words":[{"word":"One","start":0.1,"end":0.45}]}"#,
    );
    script.says(r#"{"type":"transcript","is_final":false,"text":" t"}"#);
    let (lost, sent) = script.reconnects();
    assert_eq!(lost, [""; 0], "all that is missing is sent again");
    assert_eq!(sent.len(), 1, "at a pace of its own");
    script.wait(millis(200));
    assert_eq!(script.audio.len(), 500 * 8);
    let observed = script.says(
        r#"{"type":"transcript","is_final":true,"text":"two","words":[{"word":"two","start":0.1,"end":0.4}]}"#,
    );
    assert_eq!(
        observed,
        [
            r#"{"type":"transcript","is_final":true,"text":" two","words":[{"word":" two","start":0.6,"end":0.9}]}"#
        ]
    );
}

#[test]
fn a_finalize_without_an_answer_is_replayed_at_its_place() {
    let mut script = Script::up(live());
    send(&mut script, 100);
    assert_eq!(script.command(Command::Finalize), ["say finalize"]);
    send(&mut script, 100);
    let (_, first) = script.reconnects();
    assert_eq!(first, ["audio 800", "say finalize"]);
    assert_eq!(script.wait(millis(100)).len(), 1);
    assert_eq!(script.audio.len(), 1_600);
    script.says(r#"{"type":"flush_done"}"#);
    let (_, first) = script.reconnects();
    assert_eq!(first, ["audio 800"]);
    assert_eq!(script.wait(millis(100)).len(), 1);
}

#[test]
fn a_file_keeps_its_pace() {
    let mut script = Script::up(live());
    let first = script.command(Command::Audio(audio(500), Rate::Times(2.0)));
    assert_eq!(first, ["audio 800"]);
    assert_eq!(
        script.wait(millis(1_000)),
        [
            "50 audio 800",
            "100 audio 800",
            "150 audio 800",
            "200 audio 800"
        ]
    );
    // More than callers may be ahead.
    for _ in 0..8 {
        assert!(script.session.wants_input());
        script.command(Command::Audio(audio(250), Rate::Times(1.0)));
    }
    script.command(Command::Audio(audio(250), Rate::Times(1.0)));
    assert!(!script.session.wants_input());
    script.wait(millis(500));
    assert!(script.session.wants_input());
}

#[test]
fn an_idle_connection_is_kept_open_and_does_not_shift_words() {
    let mut script = Script::up(live());
    send(&mut script, 1_000);
    script.says(r#"{"type":"transcript","is_final":true,"text":"a","duration":1.0}"#);
    let kept: Vec<_> = script.wait(millis(30_500));
    let kept: Vec<_> = kept.iter().filter(|it| it.contains("audio")).collect();
    assert_eq!(
        kept,
        ["10000 audio 800", "20000 audio 800", "30000 audio 800"]
    );
    assert_eq!(&script.audio[8_000..], [0xff; 2_400], "µ-law silence");
    send(&mut script, 1_000);
    let word = |start: &str, end: &str| {
        format!(
            r#"{{"type":"transcript","is_final":true,"text":" b","words":[{{"word":" b","start":{start},"end":{end}}}]}}"#
        )
    };
    assert_eq!(script.says(&word("1.5", "2.0")), [word("1.2", "1.7")]);
}

#[test]
fn what_no_connection_could_take_is_a_gap() {
    let mut script = Script::up(live());
    for _ in 0..45 {
        send(&mut script, 1_000);
        script.says(r#"{"type":"transcript","is_final":false,"text":"on and on"}"#);
    }
    assert!(script.session.stats().buffered_bytes <= 240_000);
    let (lost, _) = script.reconnects();
    assert_eq!(lost, [r#"{"type":"gap","start":0.0,"end":15.0}"#]);
    script.wait(millis(9_000));
    assert_eq!(script.audio.len(), 240_000);
    // Without words, the service has read it and heard nothing.
    let mut quiet = Script::up(live());
    for _ in 0..45 {
        send(&mut quiet, 1_000);
    }
    assert_eq!(quiet.breaks(), [""; 0]);
}

#[test]
fn an_outage_makes_callers_wait_and_ends() {
    let mut script = Script::up(live());
    script.breaks();
    let mut taken = 0;
    while script.session.wants_input() {
        send(&mut script, 250);
        taken += 1;
        assert!(taken < 200);
    }
    assert_eq!(taken, 120, "30 s are kept");
    let mut observed = Vec::new();
    for _ in 0..20 {
        observed = script.wait(millis(1_000));
        let refused = crate::Error::new(ErrorKind::Connect, "stt.live.connect", "no");
        observed
            .extend(script.step(|session, now, out| session.on_connect_failed(now, &refused, out)));
        if script.error.is_some() {
            break;
        }
    }
    assert_eq!(observed.last().unwrap(), "fail Connect");
    assert!(script.session.link().is_closed());
    assert_eq!(script.session.stats().buffered_bytes, 0);
}

#[test]
fn a_service_that_never_answers_is_given_up() {
    let mut script = Script::up(live());
    send(&mut script, 100);
    assert_eq!(script.command(Command::Finish), ["say close"]);
    // Once it may be the connection, twice it is the service.
    let observed = script.wait(millis(21_000));
    assert!(
        observed.contains(&"20000 abandon".to_owned()),
        "{observed:?}"
    );
    script.wait(millis(1_000));
    script.connected();
    let observed = script.wait(millis(25_000));
    assert!(
        observed.iter().any(|it| it.ends_with("fail Timeout")),
        "{observed:?}"
    );
    assert_eq!(script.error_kind(), Some(ErrorKind::Timeout));
}

#[test]
fn messages_without_meaning_are_no_answer() {
    let mut script = Script::up(live());
    send(&mut script, 100);
    script.command(Command::Finish);
    let mut observed = Vec::new();
    for _ in 0..60 {
        observed.extend(script.wait(millis(1_000)));
        if observed.last().is_some_and(|it| it.ends_with("connect")) {
            script.connected();
            observed.clear();
        }
        script.says(r#"{"type":"news"}"#);
        if script.error.is_some() {
            break;
        }
    }
    assert_eq!(script.error_kind(), Some(ErrorKind::Timeout));
}

#[test]
fn losses_without_progress_have_an_end() {
    let mut script = Script::up(live());
    send(&mut script, 1_000);
    for round in 0.. {
        script.says(r#"{"type":"transcript","is_final":false,"text":"a"}"#);
        if script.breaks().iter().any(|it| it.starts_with("fail")) {
            assert_eq!(round, 5);
            break;
        }
        script.wait(millis(1_000));
        script.connected();
    }
    assert_eq!(script.error_kind(), Some(ErrorKind::Incomplete));
}

#[test]
fn an_hour_takes_no_more_memory_than_a_minute() {
    let mut script = Script::up(live());
    let mut most = 0;
    for second in 1..=3_600_u64 {
        for _ in 0..4 {
            assert!(script.session.wants_input());
            script.command(Command::Audio(audio(250), Rate::Unlimited));
        }
        let stats = script.session.stats();
        assert_eq!(stats.audio_sent, millis(second * 1_000));
        most = most.max(stats.buffered_bytes);
        if second % 10 == 0 {
            script.says(r#"{"type":"transcript","is_final":true,"text":"a","duration":10}"#);
        }
        script.audio.clear();
    }
    assert!(most <= 10 * 8_000, "{most}");
}

proptest! {
    /// Whatever is lost when: every sample that no final text covers is sent on the last connection.
    #[test]
    fn no_sample_is_lost(
        steps in prop::collection::vec((0..4_u8, 1..400_usize), 1..40),
    ) {
        let mut script = Script::up(live());
        let mut given = 0_u64;
        let mut covered = 0_u64;
        let mut sample = 0_u8;
        let mut whole = Vec::new();
        for (what, amount) in steps {
            match what {
                0 | 1 => {
                    let data: Vec<u8> = (0..amount * 8).map(|_| {
                        sample = sample.wrapping_add(7);
                        sample
                    }).collect();
                    whole.extend_from_slice(&data);
                    given += data.len() as u64;
                    script.command(Command::Audio(data.into(), Rate::Unlimited));
                }
                2 => {
                    let end = amount as u64 * 8;
                    let reached = script.session.log.sent();
                    if covered + end < reached {
                        covered += end;
                        let seconds = millis(amount as u64).as_secs_f64();
                        script.says(&format!(
                            r#"{{"type":"transcript","is_final":true,"text":"a","duration":{seconds}}}"#
                        ));
                    }
                }
                _ => {
                    let _ = script.breaks();
                    script.wait(millis(1_000));
                    script.connected();
                }
            }
            if script.error.is_some() {
                return Ok(());
            }
        }
        let _ = script.breaks();
        script.wait(millis(1_000));
        script.connected();
        script.command(Command::Finish);
        prop_assume!(script.error.is_none());
        prop_assert_eq!(whole.len() as u64, given);
        let start = usize::try_from(covered).unwrap();
        prop_assert_eq!(&script.audio[..], &whole[start..]);
    }
}

#[test]
fn the_key_is_in_no_error_that_quotes_it() {
    let quoting =
        r#"{"type":"error","message":"the key sk_car_example is spent","status_code":402}"#;
    let mut script = Script::up(live());
    assert_eq!(script.says(quoting), ["fail Quota", "close"]);
    let mut closed = Script::up(live());
    let observed = closed.closes(CloseInfo::frame(1008, "sk_car_example is not allowed"));
    assert_eq!(observed, ["fail Closed"]);
    for error in [script.error.unwrap(), closed.error.unwrap()] {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("sk_car_example"), "{shown}");
    }
}
