//! Golden tests of speech to text.

use std::time::Duration;

use cartesia_types::stt::{
    SttEncoding, SttModelId, TimestampGranularity, TranscribedWord, TranscriptFormat, Transcription,
};
use cartesia_types::tts::WordTiming;
use cartesia_types::{Language, RawEncoding};
use serde_json::{from_str, from_value, json, to_string};

#[test]
fn the_words_on_the_wire() {
    assert_eq!(
        SttModelId::KNOWN
            .iter()
            .map(SttModelId::as_str)
            .collect::<Vec<_>>(),
        ["ink-whisper", "ink-whisper-2025-06-04", "ink-2"]
    );
    assert_eq!(TimestampGranularity::WORD, "word");
    assert_eq!(TranscriptFormat::JSON, "json");
    assert_eq!(TranscriptFormat::VERBOSE_JSON, "verbose_json");
    let model: SttModelId = from_str(r#""ink-9""#).unwrap();
    assert_eq!(to_string(&model).unwrap(), r#""ink-9""#);
    for (encoding, name, bytes) in [
        (SttEncoding::PcmS16Le, "pcm_s16le", 2),
        (SttEncoding::PcmS32Le, "pcm_s32le", 4),
        (SttEncoding::PcmF16Le, "pcm_f16le", 2),
        (SttEncoding::PcmF32Le, "pcm_f32le", 4),
        (SttEncoding::PcmMulaw, "pcm_mulaw", 1),
        (SttEncoding::PcmAlaw, "pcm_alaw", 1),
    ] {
        assert_eq!(encoding.to_string(), name);
        assert_eq!(name.parse(), Ok(encoding));
        assert_eq!(to_string(&encoding).unwrap(), format!("{name:?}"));
        assert_eq!(encoding.bytes_per_sample(), bytes);
        assert!(SttEncoding::ALL.contains(&encoding));
    }
    let error = "pcm_s24le".parse::<SttEncoding>().unwrap_err().to_string();
    assert!(error.contains("pcm_f16le"), "{error}");
    for encoding in RawEncoding::ALL {
        assert_eq!(SttEncoding::from(encoding).as_str(), encoding.as_str());
    }
}

#[test]
fn an_answer_with_everything_round_trips() {
    let text = r#"{"type":"transcript","text":"Sing it loud","language":"en","duration":2.5,"words":[{"word":" Sing","start":0.125,"end":0.5,"confidence":0.9},{"word":" it","start":0.5,"end":0.75}],"request_id":"r-1","is_final":true,"usage":{"credits":2}}"#;
    let heard: Transcription = from_str(text).unwrap();
    assert_eq!(heard.text, "Sing it loud");
    assert_eq!(heard.kind.as_deref(), Some("transcript"));
    assert_eq!(heard.language, Some(Language::EN));
    assert_eq!(heard.duration, Some(Duration::from_millis(2_500)));
    assert_eq!(heard.request_id.as_deref(), Some("r-1"));
    assert_eq!(heard.is_final, Some(true));
    assert_eq!(heard.extra["usage"], json!({"credits": 2}));
    let word = &heard.words[0];
    assert_eq!((word.word.as_str(), word.text()), (" Sing", "Sing"));
    assert_eq!(word.start, Duration::from_millis(125));
    assert_eq!(word.end, Duration::from_millis(500));
    assert_eq!(word.extra["confidence"], 0.9);
    assert_eq!(
        WordTiming::from(word.clone()),
        WordTiming::new("Sing", word.start, word.end)
    );
    assert_eq!(to_string(&heard).unwrap(), text);
    assert!(!format!("{heard:?} {word:?}").contains("Sing"), "{heard:?}");
}

#[test]
fn what_is_missing_or_null_is_not_there() {
    for answer in [
        json!({"text": "x"}),
        json!({"type": null, "text": "x", "language": null, "duration": null, "words": null,
               "request_id": null, "is_final": null}),
    ] {
        let heard: Transcription = from_value(answer).unwrap();
        assert_eq!(to_string(&heard).unwrap(), r#"{"text":"x"}"#);
    }
    let silence: Transcription = from_value(json!({"text": null})).unwrap();
    assert_eq!(silence.text, "");
    for answer in [json!({}), json!({"error": "x"}), json!({"request_id": "r"})] {
        let error = from_value::<Transcription>(answer).unwrap_err().to_string();
        assert!(error.contains("`text`"), "{error}");
    }
    assert_eq!(
        to_string(&Transcription::new("x")).unwrap(),
        r#"{"type":"transcript","text":"x"}"#
    );
}

#[test]
fn times_below_zero_are_zero_and_nonsense_is_an_error() {
    let word: TranscribedWord =
        from_value(json!({"word": "a", "start": -0.01, "end": 0.1})).unwrap();
    assert_eq!(word.start, Duration::ZERO);
    for broken in [
        json!({"word": "a", "start": "0", "end": 1}),
        json!({"word": "a", "start": 0, "end": 1e300}),
        json!({"word": "a", "start": 0}),
    ] {
        assert!(from_value::<TranscribedWord>(broken).is_err());
    }
}
