//! What is accepted and what is refused, by version.

use serde_json::{Value, json};

use crate::support::{NEWEST, VERSIONS, VOICE, answer, body, post, start, with};

fn embedding() -> Value {
    json!([1.0; 192].as_slice())
}

/// A change of the body, and what the refusal says; nothing for what is accepted.
type Case = (&'static str, Value, &'static str);

/// Tries every case at every version, on both routes.
async fn check(cases: impl IntoIterator<Item = Case>) {
    let server = start().await;
    for (field, value, message) in cases {
        let body = with(body("Hi."), &[(field, value)]);
        for version in VERSIONS {
            for path in ["/tts/bytes", "/tts/sse"] {
                let (status, text) = answer(post(&server, version, path, &body)).await;
                let expected = match message {
                    "" => 200,
                    _ if message.contains("no model") => 404,
                    _ => 400,
                };
                assert_eq!(status, expected, "{path} {version} {body}");
                let text = text.replace("\\\"", "\"");
                assert!(text.contains(message), "{path} {version} {body}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn required_fields_are_there_and_of_their_type() {
    let null = Value::Null;
    check([
        ("model_id", null.clone(), "`model_id` is required"),
        ("model_id", json!(3), "`model_id` must be a string"),
        ("model_id", json!("sonic-99"), "no model \"sonic-99\""),
        ("model_id", json!("upbeat-moon"), "was retired"),
        ("transcript", null.clone(), "`transcript` is required"),
        ("transcript", json!(""), "`transcript` must not be empty"),
        ("transcript", json!(" \n"), "`transcript` must not be empty"),
        ("transcript", json!(["a"]), "`transcript` must be a string"),
        ("voice", null.clone(), "`voice` is required"),
        ("voice", json!(7), "`voice` must be an object"),
        ("voice.id", json!(7), "`voice.id` must be a string"),
        ("voice.id", null.clone(), "`voice.id` is required"),
        ("voice.mode", json!("name"), "`voice.mode` must be \"id\""),
        ("output_format", null, "`output_format` is required"),
        ("unheard_of", json!({"a": [1]}), ""),
    ])
    .await;
}

#[tokio::test]
async fn formats_are_those_of_the_service() {
    let null = Value::Null;
    check([
        ("output_format", json!("raw"), "must be an object"),
        (
            "output_format.container",
            null.clone(),
            "`output_format.container` is required",
        ),
        (
            "output_format.container",
            json!("ogg"),
            "must be one of raw, wav, mp3",
        ),
        (
            "output_format.encoding",
            null.clone(),
            "`output_format.encoding` is required",
        ),
        (
            "output_format.encoding",
            json!("pcm_s24le"),
            "must be one of pcm_f32le",
        ),
        (
            "output_format.sample_rate",
            null,
            "`output_format.sample_rate` is required",
        ),
        (
            "output_format.sample_rate",
            json!(12_345),
            "must be one of 8000, 16000",
        ),
        (
            "output_format.sample_rate",
            json!("16000"),
            "must be a whole number",
        ),
        (
            "output_format.sample_rate",
            json!(16_000.5),
            "must be a whole number",
        ),
        ("output_format.bit_rate", json!(128_000), ""),
    ])
    .await;
}

#[tokio::test]
async fn optional_fields_are_in_range() {
    check([
        ("language", json!("en"), ""),
        ("language", json!("xx"), "does not speak \"xx\""),
        ("language", json!(1), "`language` must be a string"),
        ("speed", json!("fast"), ""),
        (
            "speed",
            json!("fastest"),
            "`speed` must be one of slow, normal, fast",
        ),
        ("speed", json!(1.0), "`speed` must be a string"),
        ("generation_config", json!({}), ""),
        (
            "generation_config",
            json!([]),
            "`generation_config` must be an object",
        ),
        ("generation_config", json!({"speed": 0.6, "volume": 2}), ""),
        (
            "generation_config",
            json!({"speed": 0.59}),
            "must be from 0.6 to 1.5",
        ),
        (
            "generation_config",
            json!({"speed": 1.51}),
            "must be from 0.6 to 1.5",
        ),
        (
            "generation_config",
            json!({"speed": "1"}),
            "`generation_config.speed` must be a number",
        ),
        (
            "generation_config",
            json!({"volume": 0.4}),
            "must be from 0.5 to 2",
        ),
        (
            "generation_config",
            json!({"volume": 2.1}),
            "must be from 0.5 to 2",
        ),
        ("generation_config", json!({"emotion": "brand new"}), ""),
        (
            "generation_config",
            json!({"emotion": 1}),
            "must be a string",
        ),
    ])
    .await;
}

#[tokio::test]
async fn event_streams_are_raw() {
    let server = start().await;
    let raw = json!({"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16_000});
    let mp3 = json!({"container": "mp3", "sample_rate": 44_100, "bit_rate": 128_000});
    for (format, bytes, sse) in [
        (raw.clone(), 200, 200),
        (with(raw, &[("container", json!("wav"))]), 200, 400),
        (mp3.clone(), 200, 400),
        (
            with(mp3.clone(), &[("encoding", json!("pcm_s16le"))]),
            400,
            400,
        ),
        (with(mp3.clone(), &[("bit_rate", json!(128))]), 400, 400),
        (with(mp3, &[("sample_rate", json!(11_025))]), 400, 400),
    ] {
        let body = with(body("Hi."), &[("output_format", format)]);
        for version in VERSIONS {
            for (path, expected) in [("/tts/bytes", bytes), ("/tts/sse", sse)] {
                let (status, _) = answer(post(&server, version, path, &body)).await;
                assert_eq!(status, expected, "{path} {version} {body}");
            }
        }
    }
}

/// One row per change of the body, one column per version: the status.
#[tokio::test]
async fn some_fields_depend_on_the_version() {
    let server = start().await;
    let unknown = "no-uuid";
    let id_and_embedding = json!({"id": VOICE, "embedding": embedding()});
    let short = json!({"mode": "embedding", "embedding": [1.0, 2.0]});
    let controls =
        |controls: Value| json!({"mode": "id", "id": VOICE, "__experimental_controls": controls});
    for (field, value, statuses) in [
        // Voices.
        ("voice", json!(VOICE), [400, 400, 400, 400, 400, 200]),
        (
            "voice",
            json!({"id": VOICE}),
            [200, 200, 400, 400, 400, 200],
        ),
        (
            "voice",
            json!({"mode": "embedding", "embedding": embedding()}),
            [200, 200, 200, 200, 400, 400],
        ),
        (
            "voice",
            json!({"embedding": embedding()}),
            [200, 200, 400, 400, 400, 400],
        ),
        ("voice", id_and_embedding, [200, 200, 400, 400, 400, 200]),
        ("voice", short, [400; 6]),
        ("voice.id", json!(unknown), [400, 400, 400, 400, 404, 404]),
        ("voice.id", json!("no uuid"), [400, 400, 400, 400, 404, 404]),
        (
            "voice",
            controls(json!({"speed": 0.5, "emotion": ["anger:high", "sadness"]})),
            [200; 6],
        ),
        (
            "voice",
            controls(json!({"speed": 2})),
            [400, 400, 200, 200, 200, 200],
        ),
        (
            "voice",
            controls(json!({"emotion": ["joy"]})),
            [400, 400, 200, 200, 200, 200],
        ),
        // Fields that came or went.
        ("locale", json!("en-GB"), [200; 6]),
        ("locale", json!("english"), [200, 200, 200, 200, 200, 400]),
        ("normalization", json!("off"), [200; 6]),
        ("normalization", json!("en-IN"), [200; 6]),
        (
            "normalization",
            json!("maybe"),
            [200, 200, 200, 200, 200, 400],
        ),
        ("duration", json!(2.5), [200; 6]),
        ("duration", json!(0), [400, 400, 200, 200, 200, 200]),
        ("save", json!("yes"), [200, 200, 400, 400, 400, 400]),
        (
            "pronunciation_dict_id",
            json!(5),
            [200, 200, 400, 400, 400, 400],
        ),
        // Models.
        (
            "model_id",
            json!("sonic-english"),
            [200, 200, 200, 200, 400, 400],
        ),
        (
            "model_id",
            json!("sonic-multilingual"),
            [200, 200, 200, 200, 400, 400],
        ),
        ("model_id", json!("sonic"), [200, 200, 200, 200, 400, 400]),
        ("model_id", json!("sonic-2"), [200, 200, 200, 200, 400, 400]),
        (
            "model_id",
            json!("sonic-turbo-2025-06-04"),
            [200, 200, 200, 200, 400, 400],
        ),
        ("model_id", json!("sonic-latest"), [200; 6]),
        // Formats.
        (
            "output_format",
            json!({"container": "mp3", "encoding": "mp3", "sample_rate": 44_100}),
            [200, 400, 400, 400, 400, 400],
        ),
    ] {
        let body = with(body("Hi."), &[(field, value)]);
        for (version, expected) in VERSIONS.iter().zip(statuses) {
            let (status, _) = answer(post(&server, version, "/tts/bytes", &body)).await;
            assert_eq!(status, expected, "{version} {body}");
        }
    }
}

#[tokio::test]
async fn language_and_locale_exclude_each_other() {
    let server = start().await;
    let body = with(
        body("Hi."),
        &[("language", json!("en")), ("locale", json!("en-GB"))],
    );
    assert_eq!(
        answer(post(&server, NEWEST, "/tts/sse", &body)).await.0,
        400
    );
    assert_eq!(
        answer(post(&server, "2026-03-01", "/tts/sse", &body))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn models_speak_their_languages() {
    let server = start().await;
    for (model, language, expected) in [
        ("sonic-english", "de", 400),
        ("sonic-english", "en", 200),
        ("sonic-2", "tr", 200),
        ("sonic-2", "ta", 400),
        ("sonic-3", "ta", 200),
        ("sonic-3.5", "ur", 400),
        ("sonic-3.6", "ur", 200),
    ] {
        let body = with(
            body("Hi."),
            &[("model_id", json!(model)), ("language", json!(language))],
        );
        let (status, text) = answer(post(&server, "2025-11-04", "/tts/sse", &body)).await;
        assert_eq!(status, expected, "{model} {language}: {text}");
    }
}

#[tokio::test]
async fn events_have_fields_of_their_own() {
    let server = start().await;
    for (field, value, expected) in [
        ("add_timestamps", json!(1), 400),
        ("add_timestamps", json!(false), 200),
        ("add_phoneme_timestamps", json!("true"), 400),
        ("use_normalized_timestamps", json!([]), 400),
        ("context_id", json!(1), 400),
        ("save", json!("yes"), 200),
    ] {
        let body = with(body("Hi."), &[(field, value)]);
        assert_eq!(
            answer(post(&server, NEWEST, "/tts/sse", &body)).await.0,
            expected,
            "{body}"
        );
    }
}

#[tokio::test]
async fn null_counts_as_absent() {
    let server = start().await;
    let mut body = body("Hi.");
    for field in [
        "language",
        "locale",
        "speed",
        "generation_config",
        "context_id",
        "save",
        "duration",
    ] {
        body[field] = Value::Null;
    }
    assert_eq!(
        answer(post(&server, NEWEST, "/tts/bytes", &body)).await.0,
        200
    );
    assert_eq!(
        answer(post(&server, NEWEST, "/tts/sse", &body)).await.0,
        200
    );
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let server = start().await;
    for text in ["", "{", "[]", "\"text\"", "null", "\u{0}"] {
        let request = post(&server, NEWEST, "/tts/bytes", &Value::Null).body(text);
        assert_eq!(answer(request).await.0, 400, "{text:?}");
    }
}
