//! Golden tests of synthesis requests and of voices in them.

use std::time::Duration;

use cartesia_types::tts::legacy::{LegacyOptions, Speed};
use cartesia_types::tts::{
    BytesRequest, ContextSpec, Emotion, GenerationConfig, Normalization, SseRequest,
};
use cartesia_types::voice::VoiceMetadata;
use cartesia_types::voice::legacy::{
    Embedding, ExperimentalControls, ExperimentalSpeed, LegacyVoice,
};
use cartesia_types::{
    ApiVersion, Language, Locale, ModelId, Mp3Format, OutputFormat, RawFormat, Requirement, Voice,
    VoiceId, VoiceSpecifier,
};
use serde_json::{Value, from_value, json, to_value};

const ID: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";

fn voice() -> VoiceId {
    VoiceId::from(ID)
}

fn allowed(needs: &[Requirement]) -> Vec<String> {
    ApiVersion::KNOWN
        .into_iter()
        .filter(|version| needs.iter().all(|need| need.check(*version).is_ok()))
        .map(|version| version.to_string())
        .collect()
}

#[test]
fn the_least_request() {
    let request = SseRequest::new(ModelId::SONIC_3, voice(), "Hi", RawFormat::PCM_F32LE_44100);
    assert_eq!(
        serde_json::to_string(&request).unwrap(),
        concat!(
            r#"{"model_id":"sonic-3","transcript":"Hi","#,
            r#""voice":{"mode":"id","id":"a0e99841-438c-4a64-b679-ae501e7d6091"},"#,
            r#""output_format":{"container":"raw","encoding":"pcm_f32le","sample_rate":44100}}"#
        )
    );
    assert_eq!(allowed(&request.requirements()).len(), 6);
}

fn second() -> LegacyOptions {
    LegacyOptions::new().with_duration(Duration::from_secs(1))
}

#[test]
fn what_a_user_writes_first_compiles() {
    let expected = SseRequest::new(
        ModelId::SONIC_3,
        VoiceId::from(ID),
        "Hi",
        RawFormat::PCM_S16LE_24000,
    )
    .with_language(Language::FR);
    let format: RawFormat = "pcm_s16le_24000".parse().unwrap();
    let voice = Voice::new(ID, "One");
    let made = VoiceMetadata::new(ID, "One");
    let (model, id) = (String::from("sonic-3"), String::from(ID));
    for request in [
        SseRequest::new("sonic-3", ID, "Hi", format),
        SseRequest::new(&model, id.clone(), "Hi", format),
        SseRequest::new(&ModelId::SONIC_3, &id, "Hi", format),
        SseRequest::new(ModelId::SONIC_3, &voice, "Hi", format),
        SseRequest::new(model.clone(), &voice.id, "Hi", format),
        SseRequest::new("sonic-3", &made, "Hi", format),
        SseRequest::new("sonic-3", made, "Hi", format),
        SseRequest::new("sonic-3", voice, "Hi", format),
        SseRequest::new("sonic-3", VoiceId::DEFAULT, "Hi", format),
        SseRequest::new("sonic-3", VoiceSpecifier::default(), "Hi", format),
    ] {
        assert_eq!(request.with_language("fr"), expected);
    }
    assert_eq!(VoiceId::DEFAULT, ID);
    let spec = ContextSpec::new("sonic-3", ID, format).with_language("fr");
    assert_eq!(spec.language, Some(Language::FR));
    let config = GenerationConfig::new().with_emotion("happy");
    assert_eq!(config.emotion, Some(Emotion::HAPPY));
}

#[test]
fn one_request_for_both_endpoints() {
    let events = SseRequest::new("sonic-3", ID, "Hi", RawFormat::PCM_S16LE_24000)
        .with_language("en")
        .with_extra("new", 1)
        .with_legacy(second());
    let body = BytesRequest::from(events.clone().with_timestamps(true).with_context_id("c"));
    assert_eq!(
        body.output_format,
        OutputFormat::Raw(RawFormat::PCM_S16LE_24000)
    );
    assert_eq!(SseRequest::try_from(body.clone()), Ok(events));
    let refused = |request: BytesRequest| SseRequest::try_from(request).unwrap_err().to_string();
    assert!(refused(body.clone().with_save(true)).starts_with("`save`"));
    let mut file = body;
    file.output_format = Mp3Format::default().into();
    assert!(refused(file).starts_with("`output_format` must be raw PCM"));
}

#[test]
fn every_field_of_the_bytes_request() {
    let request = BytesRequest::new(ModelId::SONIC_3_6, voice(), "Hi", Mp3Format::default())
        .with_language(Language::EN)
        .with_locale(Locale::EN_GB)
        .with_normalization(Normalization::AUTO)
        .with_generation_config(
            GenerationConfig::new()
                .with_volume(1.5)
                .with_speed(0.8)
                .with_emotion(Emotion::HAPPY),
        )
        .with_pronunciation_dict_id("pd_1")
        .with_save(true)
        .with_legacy(
            LegacyOptions::new()
                .with_speed(Speed::FAST)
                .with_duration(Duration::from_millis(2_500)),
        )
        .with_extra("new_field", json!({"a": 1}));
    let wire = json!({
        "model_id": "sonic-3.6",
        "transcript": "Hi",
        "voice": {"mode": "id", "id": ID},
        "output_format": {"container": "mp3", "sample_rate": 44100, "bit_rate": 128_000},
        "language": "en",
        "locale": "en-GB",
        "normalization": "auto",
        "generation_config": {"volume": 1.5, "speed": 0.8, "emotion": "happy"},
        "pronunciation_dict_id": "pd_1",
        "save": true,
        "speed": "fast",
        "duration": 2.5,
        "new_field": {"a": 1},
    });
    assert_eq!(to_value(&request).unwrap(), wire);
    assert_eq!(from_value::<BytesRequest>(wire).unwrap(), request);
}

#[test]
fn every_field_of_the_sse_request() {
    let request = SseRequest::new(ModelId::SONIC_3_5, voice(), "Hi", RawFormat::PCM_MULAW_8000)
        .with_timestamps(true)
        .with_phoneme_timestamps(true)
        .with_normalized_timestamps(false)
        .with_context_id("ctx-1");
    let wire = json!({
        "model_id": "sonic-3.5",
        "transcript": "Hi",
        "voice": {"mode": "id", "id": ID},
        "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
        "add_timestamps": true,
        "add_phoneme_timestamps": true,
        "use_normalized_timestamps": false,
        "context_id": "ctx-1",
    });
    assert_eq!(to_value(&request).unwrap(), wire);
    assert_eq!(from_value::<SseRequest>(wire).unwrap(), request);
}

#[test]
fn each_field_at_the_versions_that_have_it() {
    let request = || BytesRequest::new(ModelId::SONIC_3, voice(), "Hi", RawFormat::PCM_S16LE_16000);
    let embedding = Embedding::try_new([1.0; 192]).unwrap();
    for (request, versions) in [
        (request().with_locale(Locale::EN_US), "2026-08-14"),
        (
            request().with_normalization(Normalization::OFF),
            "2026-08-14",
        ),
        (
            request().with_save(false),
            "2025-04-16 2025-11-04 2026-03-01 2026-08-14",
        ),
        (
            request().with_pronunciation_dict_id("x"),
            "2025-04-16 2025-11-04 2026-03-01 2026-08-14",
        ),
        (request().with_legacy(second()), "2024-06-10 2024-11-13"),
        (
            BytesRequest::new(
                ModelId::SONIC_ENGLISH,
                embedding,
                "Hi",
                RawFormat::default(),
            ),
            "2024-06-10 2024-11-13 2025-04-16 2025-11-04",
        ),
        (request().with_save(true).with_legacy(second()), ""),
    ] {
        assert_eq!(
            allowed(&request.requirements()).join(" "),
            versions,
            "{request:?}"
        );
    }
    let controls = LegacyVoice::of_id(voice())
        .with_controls(ExperimentalControls::new().with_emotion("positivity:high"));
    let request = SseRequest::new(ModelId::SONIC_ENGLISH, controls, "Hi", RawFormat::default());
    assert_eq!(
        allowed(&request.requirements()),
        ["2024-06-10", "2024-11-13"]
    );
}

#[test]
fn a_number_that_json_would_write_as_null_is_refused_by_name() {
    let request = BytesRequest::new(ModelId::SONIC_3, voice(), "Hi", RawFormat::default());
    assert!(request.validate().is_ok());
    let config = GenerationConfig::new().with_speed(f64::NAN);
    let error = request
        .clone()
        .with_generation_config(config)
        .validate()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`generation_config.speed` must be a finite number"
    );
    assert!(Embedding::try_new([f32::NAN]).is_err());
    assert!(Embedding::try_new([]).is_err());
}

#[test]
fn voices_in_every_shape_that_a_version_took() {
    let id = VoiceSpecifier::from(voice());
    let embedding = VoiceSpecifier::from(Embedding::try_new([0.5, -1.0]).unwrap());
    for (shape, expected) in [
        (json!(ID), &id),
        (json!({"id": ID}), &id),
        (json!({"mode": "id", "id": ID}), &id),
        (json!({"mode": "id", "id": ID, "something": "else"}), &id),
        (
            json!({"mode": "embedding", "embedding": [0.5, -1.0]}),
            &embedding,
        ),
        (json!({"embedding": [0.5, -1.0]}), &embedding),
        (json!({"id": ID, "embedding": [0.5, -1.0]}), &embedding),
    ] {
        assert_eq!(
            &from_value::<VoiceSpecifier>(shape.clone()).unwrap(),
            expected,
            "{shape}"
        );
    }
    for broken in [
        json!({}),
        json!({"mode": "embedding"}),
        json!({"mode": "x", "id": ID}),
        json!(7),
        Value::Null,
    ] {
        assert!(
            from_value::<VoiceSpecifier>(broken.clone()).is_err(),
            "{broken}"
        );
    }
    assert_eq!(
        to_value(&embedding).unwrap(),
        json!({"mode": "embedding", "embedding": [0.5, -1.0]})
    );
    let controlled = LegacyVoice::of_id(voice()).with_controls(
        ExperimentalControls::new()
            .with_speed(ExperimentalSpeed::Number(-0.5))
            .with_emotion("anger")
            .with_emotion("curiosity:low"),
    );
    let wire = json!({
        "mode": "id",
        "id": ID,
        "__experimental_controls": {"speed": -0.5, "emotion": ["anger", "curiosity:low"]},
    });
    assert_eq!(
        to_value(VoiceSpecifier::from(controlled.clone())).unwrap(),
        wire
    );
    assert_eq!(
        from_value::<VoiceSpecifier>(wire).unwrap(),
        controlled.into()
    );
}
