//! Golden tests of what goes over the WebSocket for synthesis.

use std::time::Duration;

use cartesia_types::tts::legacy::{LegacyOptions, Speed};
use cartesia_types::tts::{
    BufferDelay, Buffering, CancelRequest, ClientMessage, ContextSpec, GenerationConfig,
    GenerationRequest, Normalization, SseRequest,
};
use cartesia_types::{ApiVersion, Language, Locale, ModelId, RawFormat, VoiceId};
use serde_json::{Value, from_value, json, to_value};

const ID: &str = "db6b0ed5-d5d3-463d-ae85-518a07d3c2b4";

fn spec() -> ContextSpec {
    let format = RawFormat::PCM_S16LE_24000;
    ContextSpec::new(ModelId::SONIC_3_5, VoiceId::from(ID), format)
}

#[test]
fn the_least_input() {
    assert_eq!(
        serde_json::to_string(&GenerationRequest::new(spec(), "Hi")).unwrap(),
        concat!(
            r#"{"model_id":"sonic-3.5","#,
            r#""voice":{"mode":"id","id":"db6b0ed5-d5d3-463d-ae85-518a07d3c2b4"},"#,
            r#""output_format":{"container":"raw","encoding":"pcm_s16le","sample_rate":24000},"#,
            r#""max_buffer_delay_ms":3000,"transcript":"Hi"}"#
        )
    );
}

#[test]
fn every_field_of_an_input() {
    let spec = spec()
        .with_context_id("turn-0017")
        .with_buffering(Buffering::Sentences)
        .with_language(Language::EN)
        .with_locale(Locale::EN_GB)
        .with_normalization(Normalization::AUTO)
        .with_pronunciation_dict_id("pd_1")
        .with_timestamps(true)
        .with_phoneme_timestamps(true)
        .with_normalized_timestamps(false)
        .with_legacy(
            LegacyOptions::new()
                .with_speed(Speed::FAST)
                .with_duration(Duration::from_millis(2_500)),
        )
        .with_extra("new_field", json!([1]));
    let request = GenerationRequest::new(spec, "Your parcel ")
        .with_more_follows(true)
        .with_flush(false);
    let wire = json!({
        "context_id": "turn-0017",
        "model_id": "sonic-3.5",
        "voice": {"mode": "id", "id": ID},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000},
        "max_buffer_delay_ms": 0,
        "language": "en",
        "locale": "en-GB",
        "normalization": "auto",
        "pronunciation_dict_id": "pd_1",
        "add_timestamps": true,
        "add_phoneme_timestamps": true,
        "use_normalized_timestamps": false,
        "speed": "fast",
        "duration": 2.5,
        "new_field": [1],
        "transcript": "Your parcel ",
        "continue": true,
        "flush": false,
    });
    assert_eq!(to_value(&request).unwrap(), wire);
    let read: GenerationRequest = from_value(wire).unwrap();
    // Who cut the sentences cannot be seen.
    assert_eq!(read.context.buffering, Buffering::Verbatim);
    assert_eq!(read.transcript, request.transcript);
    assert_eq!(read.context.extra, request.context.extra);
}

#[test]
fn requirements_follow_the_fields() {
    let versions = |spec: ContextSpec| {
        ApiVersion::KNOWN
            .into_iter()
            .filter(|version| {
                spec.requirements()
                    .iter()
                    .all(|need| need.check(*version).is_ok())
            })
            .count()
    };
    assert_eq!(versions(spec()), 6);
    assert_eq!(versions(spec().with_locale(Locale::EN_GB)), 1);
    assert_eq!(
        versions(spec().with_legacy(LegacyOptions::new().with_duration(Duration::from_secs(1)))),
        2
    );
    assert_eq!(versions(spec().with_pronunciation_dict_id("pd")), 4);
    let config = GenerationConfig::new().with_volume(f64::NAN);
    assert!(spec().with_generation_config(config).validate().is_err());
}

#[test]
fn buffer_delays() {
    for (value, expected) in [
        (
            json!(1),
            Buffering::Managed(BufferDelay::try_new(Duration::from_millis(1)).unwrap()),
        ),
        (json!(3000), Buffering::default()),
        (json!(5000), Buffering::Managed(BufferDelay::MAX)),
        (json!(0), Buffering::Verbatim),
    ] {
        let read: Buffering = from_value(value.clone()).unwrap();
        assert_eq!(read, expected);
        assert_eq!(to_value(read).unwrap(), value);
        assert_eq!(
            json!(u64::try_from(read.delay().as_millis()).unwrap()),
            value
        );
    }
    assert_eq!(
        from_value::<Buffering>(Value::Null).unwrap(),
        Buffering::default()
    );
    assert!(from_value::<Buffering>(json!(5001)).is_err());
    for wrong in [
        Duration::ZERO,
        Duration::from_micros(999),
        Duration::from_millis(5001),
    ] {
        let error = BufferDelay::try_new(wrong).unwrap_err();
        assert!(error.to_string().contains("5000 ms"), "{error}");
    }
}

#[test]
fn a_cancel_is_distinguished_from_an_input() {
    let cancel = ClientMessage::Cancel(CancelRequest::new("turn-0017"));
    let wire = json!({"context_id": "turn-0017", "cancel": true});
    assert_eq!(to_value(&cancel).unwrap(), wire);
    assert_eq!(from_value::<ClientMessage>(wire).unwrap(), cancel);

    let input = ClientMessage::Generation(Box::new(GenerationRequest::new(spec(), "Hi")));
    let read: ClientMessage = from_value(to_value(&input).unwrap()).unwrap();
    assert_eq!(read, input);
}

#[test]
fn a_request_for_events_is_a_context_of_one_input() {
    let request = SseRequest::new(
        ModelId::SONIC_3,
        VoiceId::from(ID),
        "Hi",
        RawFormat::PCM_F32LE_44100,
    )
    .with_timestamps(true)
    .with_context_id("c")
    .with_extra("x", 1);
    let mut wire = to_value(&request).unwrap();
    wire["max_buffer_delay_ms"] = json!(0);
    assert_eq!(to_value(GenerationRequest::from(request)).unwrap(), wire);
}
