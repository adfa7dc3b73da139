//! Golden tests of the messages of the speech-to-text sockets.

use std::time::Duration;

use cartesia_types::stt::{
    Gap, LiveCommand, LiveEvent, LiveSpec, Segment, SttEncoding, SttFormat, SttModelId, TurnCut,
    TurnEvent, TurnSettings, TurnText, TurnsCommand, TurnsSpec,
};
use cartesia_types::{ErrorKind, RawFormat};
use serde_json::{json, to_string};

fn live(message: &str) -> LiveEvent {
    LiveEvent::from_json(message.as_bytes()).unwrap()
}

fn turn(message: &str) -> TurnEvent {
    TurnEvent::from_json(message.as_bytes()).unwrap()
}

#[test]
fn the_commands_on_the_wire() {
    assert_eq!(LiveCommand::Finalize.as_str(), "finalize");
    assert_eq!(LiveCommand::Close.as_str(), "close");
    let settings = TurnSettings::default()
        .with_start_threshold(0.7)
        .with_eager_end_threshold(0.5)
        .with_end_threshold(0.25)
        .with_end_timeout(Duration::from_secs(4));
    assert_eq!(
        to_string(&TurnsCommand::Config(settings)).unwrap(),
        r#"{"type":"config","turn":{"start_threshold":0.7,"eager_end_threshold":0.5,"end_threshold":0.25,"end_timeout_ms":4000}}"#
    );
    assert_eq!(
        to_string(&TurnsCommand::Close).unwrap(),
        r#"{"type":"close"}"#
    );
}

#[test]
fn the_queries() {
    let spec = LiveSpec::new(SttModelId::INK_WHISPER, RawFormat::PCM_MULAW_8000)
        .with_language("de")
        .with_min_volume(0.1)
        .with_max_silence(Duration::from_millis(1_500))
        .with_keyterm("New York")
        .with_keyterm("Ulm")
        .with_extra("new", "x");
    let query = [
        ("model", "ink-whisper"),
        ("encoding", "pcm_mulaw"),
        ("sample_rate", "8000"),
        ("language", "de"),
        ("min_volume", "0.1"),
        ("max_silence_duration_secs", "1.5"),
        ("keyterm", "New York"),
        ("keyterm", "Ulm"),
        ("new", "x"),
    ];
    assert_eq!(
        spec.query(),
        query.map(|(name, value)| (name, value.to_owned()))
    );
    let settings = TurnSettings::default()
        .with_start_threshold(0.7)
        .with_eager_end_threshold(0.5)
        .with_end_threshold(0.25)
        .with_end_timeout(Duration::from_secs(4));
    let spec = TurnsSpec::new("ink-2", SttFormat::PCM_S16LE_16000)
        .with_turn(settings)
        .with_keyterm("Ulm")
        .with_extra("new", "x");
    let query = [
        ("model", "ink-2"),
        ("encoding", "pcm_s16le"),
        ("sample_rate", "16000"),
        ("turn_start_threshold", "0.7"),
        ("turn_eager_end_threshold", "0.5"),
        ("turn_end_threshold", "0.25"),
        ("turn_end_timeout_ms", "4000"),
        ("keyterm", "Ulm"),
        ("new", "x"),
    ];
    assert_eq!(
        spec.query(),
        query.map(|(name, value)| (name, value.to_owned()))
    );
}

#[test]
fn what_is_surely_wrong_is_refused() {
    let live = || LiveSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
    let turns = |turn| TurnsSpec::new("ink-2", SttFormat::PCM_S16LE_16000).with_turn(turn);
    let many = |count, term: &str| (0..count).fold(live(), |spec, _| spec.with_keyterm(term));
    assert!(many(100, "twelve chars").validate().is_ok());
    let set = TurnSettings::default;
    for (refused, what) in [
        (many(101, "x").validate(), "`keyterm` may be given 100"),
        (many(1, &"ä".repeat(1_201)).validate(), "1200 characters"),
        (live().with_min_volume(1.1).validate(), "`min_volume`"),
        (live().with_min_volume(f64::NAN).validate(), "`min_volume`"),
        (
            LiveSpec::new("ink-2", SttFormat::new(SttEncoding::PcmS16Le, 0)).validate(),
            "`sample_rate`",
        ),
        (
            turns(set().with_end_threshold(-0.1)).validate(),
            "`end_threshold` must be from 0 to 1",
        ),
        (
            turns(set().with_start_threshold(0.5).with_end_threshold(0.5)).validate(),
            "`end_threshold` must be below `start_threshold`",
        ),
        (
            turns(set().with_eager_end_threshold(0.3).with_end_threshold(0.4)).validate(),
            "`end_threshold` must be below `eager_end_threshold`",
        ),
    ] {
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
    // Outside of the ranges that some documents give: the service judges them.
    assert!(
        turns(set().with_eager_end_threshold(0.75))
            .validate()
            .is_ok()
    );
    let changed = set()
        .with_start_threshold(0.9)
        .with_end_threshold(0.1)
        .changed_by(set().with_start_threshold(0.8));
    assert_eq!(
        changed,
        set().with_start_threshold(0.8).with_end_threshold(0.1)
    );
}

#[test]
fn formats_count_in_whole_samples() {
    for (encoding, bytes, silence) in [
        (SttEncoding::PcmS16Le, 3_200, 0),
        (SttEncoding::PcmS32Le, 6_400, 0),
        (SttEncoding::PcmF16Le, 3_200, 0),
        (SttEncoding::PcmF32Le, 6_400, 0),
        (SttEncoding::PcmMulaw, 1_600, 0xff),
        (SttEncoding::PcmAlaw, 1_600, 0xd5),
    ] {
        let format = SttFormat::new(encoding, 16_000);
        let tenth = Duration::from_millis(100);
        assert_eq!(format.bytes_in(tenth), bytes, "{encoding}");
        assert_eq!(format.duration_of_bytes(bytes), tenth);
        assert_eq!(encoding.silence(), silence);
    }
    let odd = SttFormat::new(SttEncoding::PcmF32Le, 44_100);
    assert_eq!(odd.bytes_in(Duration::from_micros(23)), 4);
    let nothing = SttFormat::new(SttEncoding::PcmF32Le, 0);
    assert_eq!(nothing.duration_of_bytes(100), Duration::ZERO);
    let _ = odd.duration_of_bytes(u64::MAX) + Duration::from_nanos(odd.bytes_in(Duration::MAX));
}

#[test]
fn events_of_both_sockets_round_trip() {
    for message in [
        r#"{"type":"transcript","request_id":"2b1c","is_final":true,"text":" for tomorrow.","duration":1.25,"language":"en","words":[{"word":" for","start":3.0,"end":3.25},{"word":" tomorrow.","start":3.25,"end":4.0}]}"#,
        r#"{"type":"transcript","request_id":"2b1c","is_final":false,"text":""}"#,
        r#"{"type":"flush_done","request_id":"2b1c"}"#,
        r#"{"type":"done"}"#,
        r#"{"type":"error","request_id":"2b1c","status_code":400,"error_code":"model_not_found","title":"Invalid model","message":"No model called ink-9.","doc_url":"https://docs.cartesia.ai"}"#,
        r#"{"type":"news","any":[1]}"#,
    ] {
        assert_eq!(to_string(&live(message)).unwrap(), message);
    }
    for message in [
        r#"{"type":"connected","request_id":"77ab"}"#,
        r#"{"type":"turn.start","request_id":"77ab"}"#,
        r#"{"type":"turn.update","request_id":"77ab","transcript":"Could you move my"}"#,
        r#"{"type":"turn.eager_end","request_id":"77ab","transcript":"Could you"}"#,
        r#"{"type":"turn.resume","request_id":"77ab"}"#,
        r#"{"type":"turn.end","request_id":"77ab","transcript":""}"#,
        r#"{"type":"error","status_code":422,"message":"no"}"#,
        r#"{"type":"turn.news","request_id":"77ab"}"#,
    ] {
        assert_eq!(to_string(&turn(message)).unwrap(), message);
    }
    let gap = Gap::new(Duration::from_secs(1), Duration::from_millis(2_500));
    let gap_message = r#"{"type":"gap","start":1.0,"end":2.5}"#;
    assert_eq!(to_string(&LiveEvent::Gap(gap)).unwrap(), gap_message);
    assert_eq!(to_string(&TurnEvent::Gap(gap)).unwrap(), gap_message);
    assert_eq!(
        to_string(&TurnEvent::Cut(TurnCut::new("Could"))).unwrap(),
        r#"{"type":"turn.cut","transcript":"Could"}"#
    );
}

#[test]
fn fields_that_are_not_needed_may_be_anything() {
    let message = json!({"type": "transcript", "is_final": "true", "text": "x", "request_id": 7,
        "duration": -5, "language": {}, "words": [{"word": "x", "start": null, "end": 1}]});
    let LiveEvent::Transcript(segment) = live(&message.to_string()) else {
        panic!("a transcript");
    };
    let mut expected = Segment::new("x", true);
    expected.request_id = Some("7".to_owned());
    assert_eq!(segment, expected);
    // A message without a type is what its fields say.
    assert!(matches!(
        live(r#"{"text":"x","is_final":false}"#),
        LiveEvent::Transcript(_)
    ));
    assert!(matches!(live("{}"), LiveEvent::Unknown(_)));
    assert!(matches!(turn("{}"), TurnEvent::Unknown(_)));
}

#[test]
fn errors_have_a_status_in_every_shape() {
    for (message, status, kind) in [
        (
            r#"{"type":"error","message":"too much","code":429,"request_id":"r"}"#,
            429,
            ErrorKind::RateLimited,
        ),
        (
            r#"{"type":"error","message":"no","title":"t","status_code":400}"#,
            400,
            ErrorKind::InvalidRequest,
        ),
        (
            r#"{"type":"error","message":"no","error_code":"concurrency_limited","status_code":"429"}"#,
            429,
            ErrorKind::RateLimited,
        ),
        (
            r#"{"type":"error","message":"no","request_id":"r"}"#,
            500,
            ErrorKind::Server,
        ),
        (r#"{"error":"bad"}"#, 500, ErrorKind::Server),
        // Not an end, not a greeting.
        (
            r#"{"type":"done","status_code":500}"#,
            500,
            ErrorKind::Server,
        ),
        (
            r#"{"type":"connected","status_code":500}"#,
            500,
            ErrorKind::Server,
        ),
    ] {
        if !message.contains("connected") {
            let LiveEvent::Error(event) = live(message) else {
                panic!("{message}");
            };
            assert_eq!((event.error.status, event.error.kind()), (status, kind));
        }
        if !message.contains("done") {
            let TurnEvent::Error(event) = turn(message) else {
                panic!("{message}");
            };
            assert_eq!((event.error.status, event.error.kind()), (status, kind));
        }
    }
}

#[test]
fn text_that_cannot_be_read_is_an_error_without_the_text() {
    for message in [
        r#"{"type":"transcript","is_final":true}"#,
        r#"{"type":"transcript","is_final":true,"text":7,"x":"canary"}"#,
        r#"{"type":"transcript","is_final":true,"text":"\ud800 canary"}"#,
        r#"{"type":"transcript","text":"canary"}"#,
        r#"{"type":"transcript","is_final":true,"text":"canary""#,
        "canary",
        "[1]",
        "",
    ] {
        let error = LiveEvent::from_json(message.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    for message in [
        r#"{"type":"turn.update"}"#,
        r#"{"type":"turn.end","transcript":null}"#,
        r#"{"type":"turn.eager_end","transcript":["canary"]}"#,
        "canary",
    ] {
        let error = TurnEvent::from_json(message.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

#[test]
fn debug_shows_no_words() {
    for shown in [
        format!(
            "{:?}",
            live(
                r#"{"type":"transcript","is_final":true,"text":"canary","words":[{"word":"canary","start":0,"end":1}]}"#
            )
        ),
        format!("{:?}", live(r#"{"type":"x","text":"canary"}"#)),
        format!("{:?}", turn(r#"{"type":"turn.end","transcript":"canary"}"#)),
        format!("{:?}", TurnEvent::Cut(TurnCut::new("canary"))),
    ] {
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[test]
fn what_is_new_in_a_turn_is_never_cut_within_a_character() {
    let mut text = TurnText::new("Grüße");
    assert_eq!(text.added(), "Grüße");
    text.known = 3;
    assert_eq!(text.added(), "");
    text.known = 4;
    assert_eq!(text.added(), "ße");
    text.known = 100;
    assert_eq!(text.added(), "");
}
