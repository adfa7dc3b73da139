//! Golden tests of stream events, in the dialects of every version.

use std::time::Duration;

use cartesia_types::tts::{
    Chunk, DecodeError, DecodeErrorKind, ErrorEvent, Event, EventMessage, PhonemeTimestamps,
    PhonemeTiming, Timestamps, WordTiming,
};
use cartesia_types::{ApiError, ErrorCode, ErrorKind};
use proptest::prelude::*;

fn read(text: &str) -> Event {
    Event::from_json(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refuse(text: &str) -> DecodeError {
    Event::from_json(text.as_bytes()).expect_err(text)
}

fn chunk(text: &str) -> Chunk {
    match read(text) {
        Event::Chunk(chunk) => chunk,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn chunk_of_the_newest_version() {
    let chunk = chunk(
        r#"{"type":"chunk","status_code":206,"done":false,"data":"+v/5//T/","step_time":32.69469,"context_id":"c","flush_id":2}"#,
    );
    assert_eq!(&chunk.data[..], [0xfa, 0xff, 0xf9, 0xff, 0xf4, 0xff]);
    assert_eq!(chunk.step_time, Some(Duration::from_nanos(32_694_690)));
    assert_eq!(chunk.context_id.unwrap(), "c");
    assert_eq!(chunk.flush_id, Some(2));
}

#[test]
fn chunks_of_other_dialects() {
    // Without `type` (first version, voice changer), null context, keys in another order.
    assert_eq!(
        &chunk(r#"{"data":"AAE=","done":false,"status_code":206,"step_time":1}"#).data[..],
        [0, 1]
    );
    assert_eq!(
        chunk(r#"{"context_id":null,"data":"AAE=","type":"chunk"}"#).context_id,
        None
    );
    // An escaped slash is legal JSON; a chunk may be empty, and may be the last.
    assert_eq!(
        &chunk(r#"{"type":"chunk","data":"\/\/\u002b\/"}"#).data[..],
        [0xff, 0xff, 0xbf]
    );
    assert!(chunk(r#"{"type":"chunk","data":""}"#).data.is_empty());
    assert!(chunk(r#"{"type":"chunk","data":"AAE=","done":true}"#).done);
    assert_eq!(
        chunk(r#"{"type":"chunk","data":"AAE=","step_time":-1}"#).step_time,
        None
    );
}

#[test]
fn word_and_phoneme_timestamps() {
    let event = read(
        r#"{"type":"timestamps","done":false,"status_code":206,"word_timestamps":{"words":["Hi","you"],"start":[0.0,0.5],"end":[0.25,1]}}"#,
    );
    let words = vec![
        WordTiming::new("Hi", Duration::ZERO, Duration::from_millis(250)),
        WordTiming::new("you", Duration::from_millis(500), Duration::from_secs(1)),
    ];
    assert_eq!(event, Event::Timestamps(Timestamps::new(words)));
    let event = read(
        r#"{"type":"phoneme_timestamps","phoneme_timestamps":{"phonemes":["h","aɪ"],"start":[-0.001,0.1],"end":[0.1,0.2]}}"#,
    );
    let phonemes = vec![
        PhonemeTiming::new("h", Duration::ZERO, Duration::from_millis(100)),
        PhonemeTiming::new("aɪ", Duration::from_millis(100), Duration::from_millis(200)),
    ];
    assert_eq!(
        event,
        Event::PhonemeTimestamps(PhonemeTimestamps::new(phonemes))
    );
    assert_eq!(
        read(r#"{"type":"timestamps","word_timestamps":null}"#),
        Event::Timestamps(Timestamps::default())
    );
}

#[test]
fn done_and_flush_done() {
    for text in [
        r#"{"type":"done","status_code":200,"done":true}"#,
        r#"{"type":"done","status_code":206,"done":true,"context_id":null}"#,
        r#"{"done":true,"status_code":200}"#,
    ] {
        assert_eq!(
            read(text),
            Event::Done(cartesia_types::tts::Done::default()),
            "{text}"
        );
    }
    let Event::FlushDone(flush) = read(
        r#"{"type":"flush_done","done":false,"flush_done":true,"flush_id":1,"status_code":206,"context_id":"c"}"#,
    ) else {
        panic!()
    };
    assert_eq!(
        (flush.flush_id, flush.context_id.unwrap().as_str()),
        (Some(1), "c")
    );
}

#[test]
fn errors_structured_and_legacy() {
    let Event::Error(event) = read(
        r#"{"type":"error","done":true,"status_code":400,"title":"Bad voice","message":"No such voice","error_code":"voice_not_found","request_id":"r-1","doc_url":null,"context_id":"c"}"#,
    ) else {
        panic!()
    };
    assert_eq!(event.error.code, Some(ErrorCode::VOICE_NOT_FOUND));
    assert_eq!(event.error.kind(), ErrorKind::NotFound);
    assert_eq!(
        event.error.to_string(),
        "Bad voice: No such voice (status 400, voice_not_found)"
    );
    assert_eq!(event.error.request_id.as_deref(), Some("r-1"));
    assert!(event.done);
    for legacy in [
        r#"{"type":"error","error":"it broke","status_code":500,"done":true}"#,
        r#"{"error":"it broke"}"#,
        r#"{"message":"it broke","status_code":500,"done":true}"#,
    ] {
        let Event::Error(event) = read(legacy) else {
            panic!("{legacy}")
        };
        assert_eq!(
            (event.error.message.as_str(), event.error.kind()),
            ("it broke", ErrorKind::Server)
        );
    }
    let Event::Error(silent) = read(r#"{"type":"error","status_code":503}"#) else {
        panic!()
    };
    assert_eq!(silent.error.message, "the server sent no reason");
}

#[test]
fn a_chunk_without_audio_is_an_error_that_names_its_generation() {
    for text in [
        r#"{"type":"chunk","context_id":"c","done":false,"status_code":206}"#,
        r#"{"type":"chunk","context_id":"c","data":null}"#,
        r#"{"type":"chunk","context_id":"c","audio":"AAE="}"#,
        r#"{"type":"chunk","context_id":"c","Data":"AAE="}"#,
        // Without `type`, too: only chunks have these keys.
        r#"{"context_id":"c","data":null,"done":false}"#,
        r#"{"context_id":"c","audio":"AAE=","step_time":1.5,"done":false}"#,
        r#"{"type":"chunk","context_id":"c","data":7}"#,
        r#"{"type":"chunk","context_id":"c","data":["AAE="]}"#,
        r#"{"type":"chunk","context_id":"c","data":"?"}"#,
        r#"{"type":"chunk","context_id":"c","data":"\ud800"}"#,
    ] {
        let error = refuse(text);
        assert_eq!(error.context_id(), Some(&"c".into()), "{text}");
        assert_eq!(error.kind(), DecodeErrorKind::Audio, "{text}");
        // Routed by a caller, it carries the caller's identifier.
        let message = EventMessage::parse(text).unwrap();
        let error = message.decode(Some("mine".into())).unwrap_err();
        assert_eq!(error.context_id(), Some(&"mine".into()), "{text}");
    }
}

#[test]
fn a_message_that_breaks_off_names_its_generation_if_that_was_read() {
    for (text, id) in [
        (r#"{"type":"chunk","context_id":"c","data":"AAE"#, Some("c")),
        (r#"{"context_id":"c","data":"AAE=""#, Some("c")),
        (r#"{"context_id":"c","type":"done","#, Some("c")),
        (r#"{"context_id":"c"} {"#, Some("c")),
        (
            r#"{"context_id":"c","data":"AAE=","data":"AAE="}"#,
            Some("c"),
        ),
        (r#"{"type":"chunk","data":"AAE=","context_id":"#, None),
        (r#"["context_id","c"]"#, None),
        ("", None),
    ] {
        let error = refuse(text);
        assert_eq!(error.context_id().map(AsRef::as_ref), id, "{text}");
        assert_eq!(error.kind(), DecodeErrorKind::Message, "{text}");
    }
}

#[test]
fn a_field_that_is_not_needed_may_have_any_type() {
    for odd in [
        r#""7""#,
        "7",
        "7.0",
        "7.5",
        "-1",
        "1e400",
        "NaN",
        "true",
        "null",
        r#""""#,
        r#""x""#,
        "[1]",
        r#"{"x":"}"}"#,
        r#""\ud800""#,
        "18446744073709551616",
    ] {
        for key in [
            "flush_id",
            "step_time",
            "status_code",
            "done",
            "word_timestamps",
            "phoneme_timestamps",
            "error",
            "message",
            "request_id",
            "new",
        ] {
            let text =
                format!(r#"{{"type":"chunk","{key}":{odd},"context_id":"c","data":"AAE="}}"#);
            let chunk = chunk(&text);
            assert_eq!(&chunk.data[..], [0, 1], "{text}");
            assert_eq!(chunk.context_id, Some("c".into()), "{text}");
        }
        // Nor is it needed for the end, for errors and for flushes.
        let text = format!(r#"{{"type":"done","done":{odd},"step_time":{odd},"context_id":"c"}}"#);
        assert!(matches!(read(&text), Event::Done(_)), "{text}");
        let text = format!(
            r#"{{"type":"error","status_code":{odd},"message":"no","title":{odd},"error_code":{odd}}}"#
        );
        let Event::Error(event) = read(&text) else {
            panic!("{text}")
        };
        assert_eq!(event.error.message, "no", "{text}");
        let text = format!(r#"{{"type":"flush_done","flush_id":{odd}}}"#);
        assert!(matches!(read(&text), Event::FlushDone(_)), "{text}");
    }
}

#[test]
fn numbers_that_are_text_are_numbers_and_identifiers_that_are_numbers_are_text() {
    let chunk = chunk(
        r#"{"type":"chunk","context_id":17,"data":"AAE=","flush_id":"3","step_time":"1.5","done":"true"}"#,
    );
    assert_eq!(chunk.context_id, Some("17".into()));
    assert_eq!(chunk.flush_id, Some(3));
    assert_eq!(chunk.step_time, Some(Duration::from_micros(1_500)));
    assert!(chunk.done);
    for status in ["429", "429.0", r#""429""#] {
        let text = format!(r#"{{"type":"error","context_id":"c","status_code":{status}}}"#);
        let Event::Error(event) = read(&text) else {
            panic!("{text}")
        };
        assert_eq!(event.error.kind(), ErrorKind::RateLimited, "{text}");
        assert_eq!(event.context_id, Some("c".into()));
    }
    for (id, expected) in [
        ("7", Some("7")),
        ("null", None),
        ("true", None),
        (r#"{"x":1}"#, None),
        (r#""""#, Some("")),
    ] {
        let text = format!(r#"{{"type":"done","context_id":{id}}}"#);
        let event = read(&text);
        assert_eq!(event.context_id().map(AsRef::as_ref), expected, "{text}");
    }
}

#[test]
fn an_end_with_the_status_of_a_failure_is_an_error() {
    for text in [
        r#"{"type":"done","status_code":500,"done":true}"#,
        r#"{"done":true,"status_code":"503"}"#,
        r#"{"status_code":400,"detail":"No such voice"}"#,
    ] {
        assert!(matches!(read(text), Event::Error(_)), "{text}");
    }
}

#[test]
fn errors_of_every_shape_say_what_there_is() {
    for (text, expected) in [
        (
            r#"{"type":"error","detail":"No such voice"}"#,
            "No such voice",
        ),
        (r#"{"type":"error","errors":["one","two"]}"#, "one; two"),
        (r#"{"type":"error","error":{"message":"deep"}}"#, "deep"),
        (
            r#"{"type":"error","error":{"error":{"detail":[{"msg":"deeper"}]}}}"#,
            "deeper",
        ),
        (
            r#"{"type":"error","why":"because"}"#,
            r#"{"type":"error","why":"because"}"#,
        ),
        (
            r#"{"type":"error","status_code":500,"done":true,"context_id":"c","error":null}"#,
            "the server sent no reason",
        ),
    ] {
        let Event::Error(event) = read(text) else {
            panic!("{text}")
        };
        assert_eq!(event.error.message, expected, "{text}");
    }
}

#[test]
fn timestamps_that_make_no_sense_are_unknown_and_no_error() {
    let long = "1,".repeat(100_000);
    for (words, start, end) in [
        (r#"["\ud800"]"#, "[0]", "[1]"),
        (r#"["a"]"#, "[NaN]", "[1]"),
        (r#"["a"]"#, "[Infinity]", "[1]"),
        (r#"["a"]"#, "[null]", "[1]"),
        ("[null]", "[0]", "[1]"),
        (r#"["a"]"#, "[0]", "[1e300]"),
        (r#"["a"]"#, "[0]", "[1e19]"),
        (r#"["a"]"#, "[-5]", "[1]"),
        (r#"["a"]"#, r#"["0"]"#, "[1]"),
        (r#"[["a"]]"#, "[0]", "[1]"),
        (r#""a""#, "[0]", "[1]"),
        (r#"["a"]"#, "null", "[1]"),
        (r#"["a"]"#, "[0", "[1]"),
        (r#"["a"]"#, &format!("[{long}x]"), "[1]"),
    ] {
        for (kind, key, list) in [
            ("timestamps", "word_timestamps", "words"),
            ("phoneme_timestamps", "phoneme_timestamps", "phonemes"),
        ] {
            let text = format!(
                r#"{{"type":"{kind}","context_id":"c","{key}":{{"{list}":{words},"start":{start},"end":{end}}}}}"#
            );
            let event = read(&text);
            assert_eq!(event.context_id(), Some(&"c".into()), "{text:.200}");
            let Event::Unknown(event) = event else {
                panic!("{text:.200}: {event:?}")
            };
            assert_eq!((event.kind(), event.raw()), (Some(kind), &*text));
        }
    }
    // Written again, what is not JSON is text.
    let text = r#"{"type":"timestamps","word_timestamps":{"words":["a"],"start":[NaN],"end":[1]}}"#;
    let written: serde_json::Value =
        serde_json::from_str(&serde_json::to_string(&read(text)).unwrap()).unwrap();
    assert_eq!(written["raw"], text);
    // A message may be broken where nothing is needed, and may have any bytes there.
    let event =
        Event::from_json(b"{\"type\":\"timestamps\",\"word_timestamps\":{\"words\":[\"\xff\"]}}");
    assert!(matches!(event, Ok(Event::Unknown(_))));
    let event = Event::from_json(b"{\"type\":\"chunk\",\"note\":\"\xff\",\"data\":\"AAE=\"}");
    assert!(matches!(event, Ok(Event::Chunk(_))));
}

#[test]
fn unknown_events_are_kept_whole() {
    let text =
        r#"{"type":"mood","status_code":206,"done":false,"data":"not base64!","mood":{"x":[1]}}"#;
    let Event::Unknown(event) = read(text) else {
        panic!()
    };
    assert_eq!((event.kind(), event.raw()), (Some("mood"), text));
    assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
    assert!(matches!(read("{}"), Event::Unknown(event) if event.kind().is_none()));
}

#[test]
fn words_without_a_time_are_left_out() {
    let event = read(
        r#"{"type":"timestamps","word_timestamps":{"words":["a","b"],"start":[0.5,1],"end":[1]}}"#,
    );
    let Event::Timestamps(timestamps) = event else {
        panic!("{event:?}");
    };
    let half = Duration::from_millis(500);
    assert_eq!(timestamps.words, [WordTiming::new("a", half, 2 * half)]);
}

#[test]
fn a_message_can_be_routed_before_it_is_decoded() {
    let text = r#"{"type":"chunk","context_id":"a\u0062","data":"AAE="}"#;
    let message = EventMessage::parse(text).unwrap();
    assert_eq!(message.context_id(), Some("ab"));
    assert!(!format!("{message:?}").contains("AAE="));
    let event = message.decode(Some("other".into())).unwrap();
    assert_eq!(event.context_id(), Some(&"other".into()));
    assert_eq!(EventMessage::parse("{}").unwrap().context_id(), None);
    assert!(EventMessage::parse("[]").is_err());
}

/// Long messages are read in another way than short ones: what they say must not depend on it.
#[test]
fn the_length_of_the_audio_changes_nothing() {
    let long = "AAEC".repeat(1_000);
    for (data, expected) in [("AAEC".to_owned(), 3), (long.clone(), 3_000)] {
        for (text, context, bytes) in [
            (
                format!(
                    r#"{{"type":"chunk","context_id":"c","data":"{data}","step_time":2,"flush_id":3}}"#
                ),
                Some("c"),
                expected,
            ),
            (
                format!(
                    r#"{{"data":"{data}","type":"chunk","context_id":"c","step_time":2,"flush_id":3}}"#
                ),
                Some("c"),
                expected,
            ),
            (
                format!(
                    r#"{{"type":"chunk","context_id":"\u0063","data":"{data}","step_time":2,"flush_id":3}}"#
                ),
                Some("c"),
                expected,
            ),
            (
                format!(
                    r#"{{"type":"chunk","extra":{{"data":"{data}"}},"data":"AAEC","context_id":"c","step_time":2,"flush_id":3}}"#
                ),
                Some("c"),
                3,
            ),
            (
                format!(
                    r#"{{"type":"chunk","note":"\"data\":\"{data}","data":"AAEC","context_id":"c","step_time":2,"flush_id":3}}"#
                ),
                Some("c"),
                3,
            ),
            (
                format!(
                    r#"{{"type":"chunk","data":"\u0041AEC{data}","context_id":null,"step_time":2,"flush_id":3}}"#
                ),
                None,
                expected + 3,
            ),
            (
                format!(
                    r#"{{ "type" : "chunk" , "data" : "{data}" , "context_id" : "c", "step_time":2,"flush_id":3}}"#
                ),
                Some("c"),
                expected,
            ),
        ] {
            let chunk = chunk(&text);
            assert_eq!(chunk.data.len(), bytes, "{text:.60}");
            assert_eq!(
                chunk.context_id.as_ref().map(AsRef::as_ref),
                context,
                "{text:.60}"
            );
            assert_eq!(chunk.flush_id, Some(3));
            assert_eq!(chunk.step_time, Some(Duration::from_millis(2)));
        }
    }
    for broken in [
        format!(r#"{{"type":"chunk","extra":{{"data":"{long}"}},"context_id":"c"}}"#),
        format!(r#"{{"type":"chunk","data":"{long}"#),
        format!(r#"{{"type":"chunk","data":"{long}""#),
        format!(r#"{{"type":"chunk","data":"{long}\"","context_id":"c"}}"#),
        format!(r#"{{"type":"chunk","data":"{long}?","context_id":"c"}}"#),
        format!(r#"{{"type":"chunk","data":"{long}","data":"{long}","context_id":"c"}}"#),
        format!(r#"{{"type":"chunk","data":"{long}","context_id":"c"}}}}"#),
    ] {
        refuse(&broken);
    }
}

#[test]
fn broken_messages_are_errors_that_do_not_quote_them() {
    for text in [
        "",
        "canary",
        r#"{"type":"chunk","data":"canary!"}"#,
        r#"{"type":"chunk","data":"canary"#,
        r#"{"type":"chunk","data":["canary"]}"#,
        r#"{"type":"chunk","data":"AAE"}"#,
        r#"["canary"]"#,
        r#""canary""#,
    ] {
        let error = refuse(text);
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
        assert!(
            error.to_string().contains(&text.len().to_string()),
            "{error}"
        );
    }
}

#[test]
fn what_is_written_reads_back() {
    let mut chunk = Chunk::new(vec![1, 2, 3]);
    chunk.context_id = Some("c".into());
    chunk.step_time = Some(Duration::from_millis(20));
    let mut error = ApiError::new(404, "No such voice");
    error.code = Some(ErrorCode::VOICE_NOT_FOUND);
    error.request_id = Some("r".to_owned());
    for event in [
        Event::Chunk(chunk),
        Event::Timestamps(Timestamps::new(vec![WordTiming::new(
            "Hi",
            Duration::ZERO,
            Duration::from_millis(250),
        )])),
        Event::Error(ErrorEvent::new(error)),
        Event::Done(cartesia_types::tts::Done::default()),
    ] {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(read(&text), event, "{text}");
    }
    let text = serde_json::to_string(&Event::Chunk(Chunk::new(vec![0, 1]))).unwrap();
    assert_eq!(
        text,
        r#"{"type":"chunk","done":false,"status_code":206,"data":"AAE="}"#
    );
}

proptest! {
    #[test]
    fn base64_agrees_with_an_independent_decoder(
        mut text in "[A-Za-z0-9+/]{0,90}={0,3}",
        odd in proptest::option::of((0_usize..90, "[!-~ ]")),
    ) {
        use base64::Engine as _;
        if let Some((at, character)) = odd && at < text.len() {
            text.replace_range(at..=at, &character);
        }
        let message = serde_json::json!({"type": "chunk", "data": text}).to_string();
        let expected = base64::engine::general_purpose::STANDARD.decode(&text).ok();
        let decoded = match Event::from_json(message.as_bytes()) {
            Ok(Event::Chunk(chunk)) => Some(chunk.data.to_vec()),
            _ => None,
        };
        prop_assert_eq!(decoded, expected);
    }

    #[test]
    fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Event::from_json(&bytes);
        let _ = ApiError::from_body(500, &bytes);
    }

    #[test]
    fn no_json_panics(
        kind in "chunk|timestamps|done|error|x",
        key in "data|word_timestamps|error|message|done|status_code|step_time|flush_id|type",
        value in "null|true|-1|1e400|\"x\"|\\[1\\]|\\{\"words\":\\[\\]\\}|18446744073709551616",
    ) {
        let _ = Event::from_json(format!(r#"{{"type":"{kind}","{key}":{value}}}"#).as_bytes());
    }
}
