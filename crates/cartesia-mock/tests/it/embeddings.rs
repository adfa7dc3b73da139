//! Voices as numbers, at the versions that had them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    NEWEST, VERSIONS, VOICE, answer, answer_json, audio, body, get, post, start, with,
};
use crate::voice_changes::{request, upload};

const OLD: &str = "2024-06-10";
const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt ";

#[expect(
    clippy::cast_possible_truncation,
    reason = "embeddings are single precision"
)]
fn numbers(answer: &Value) -> Vec<f32> {
    let numbers = answer["embedding"].as_array().unwrap();
    assert_eq!(numbers.len(), 192);
    numbers
        .iter()
        .map(|number| number.as_f64().unwrap() as f32)
        .collect()
}

#[tokio::test]
async fn a_clip_becomes_numbers_and_numbers_a_voice() {
    let server = start().await;
    let clone = |enhance| {
        upload(
            &server,
            OLD,
            "/voices/clone/clip",
            WAV,
            &[("enhance", enhance)],
        )
    };
    let answer = answer_json(clone("true")).await;
    let plain = answer_json(upload(&server, OLD, "/voices/clone/clip", WAV, &[])).await;
    assert_eq!(answer, plain, "it is on by default");
    assert_ne!(answer, answer_json(clone("false")).await);
    let embedding = &answer["embedding"];
    for version in &VERSIONS[..2] {
        let create = json!({"name": "N", "description": "D", "embedding": embedding,
                            "language": "de", "base_voice_id": VOICE});
        let made = answer_json(post(&server, version, "/voices", &create)).await;
        let id = made["id"].as_str().unwrap();
        let voice = answer_json(get(&server, OLD, &format!("/voices/{id}"))).await;
        assert_eq!(&voice["embedding"], embedding);
        assert_eq!(
            (&voice["language"], &voice["base_voice_id"]),
            (&json!("de"), &json!(VOICE))
        );
        assert_eq!(made.get("embedding").is_some(), *version == OLD);
        let speak = with(body("Hi."), &[("voice.id", json!(id))]);
        assert!(!audio(&server, OLD, &speak).await.is_empty());
    }
    for (change, what) in [
        (("embedding", json!([1, 2])), "`embedding`"),
        (("name", Value::Null), "`name`"),
        (("language", json!("xx")), "`language`"),
    ] {
        let create = json!({"name": "N", "description": "D", "embedding": embedding});
        let (status, text) =
            answer_of(post(&server, OLD, "/voices", &with(create, &[change]))).await;
        assert_eq!(status, 400);
        assert!(text.contains(what), "{text}");
    }
}

async fn answer_of(call: reqwest::RequestBuilder) -> (u16, String) {
    let (status, text) = answer(call).await;
    (status.as_u16(), text)
}

#[tokio::test]
async fn a_mix_is_the_weighted_mean() {
    let server = start().await;
    let one = answer_json(get(&server, OLD, &format!("/voices/{VOICE}"))).await;
    let zeros = vec![0.0; 192];
    let mix = json!({"voices": [{"id": VOICE, "weight": 1}, {"embedding": zeros, "weight": 3.0}]});
    let mixed = answer_json(post(&server, OLD, "/voices/mix", &mix)).await;
    let quarter: Vec<f32> = numbers(&one).iter().map(|number| number / 4.0).collect();
    assert_eq!(numbers(&mixed), quarter);
    for voices in [
        json!([]),
        json!([{"id": VOICE}]),
        json!([{"weight": 1}]),
        json!([{"id": VOICE, "weight": 0}]),
        json!([{"id": "none", "weight": 1}]),
    ] {
        let call = post(&server, OLD, "/voices/mix", &json!({"voices": voices}));
        assert_eq!(answer_of(call).await.0, 400, "{voices}");
    }
}

#[tokio::test]
async fn urls_and_localization_give_numbers() {
    let server = start().await;
    let url = |query: &str| {
        request(
            &server,
            OLD,
            Method::POST,
            &format!("/voices/clone/url{query}"),
        )
    };
    let first = answer_json(url("?link=https%3A%2F%2Fx%2Fa.wav")).await;
    assert_eq!(answer_of(url("")).await.0, 400);
    assert_eq!(answer_of(url("?link=a.wav")).await.0, 400);
    let localize = json!({"embedding": first["embedding"], "language": "fr",
                          "original_speaker_gender": "female", "dialect": "ca"});
    let french = answer_json(post(&server, OLD, "/voices/localize", &localize)).await;
    assert_ne!(numbers(&first), numbers(&french));
    let bad = with(localize, &[("dialect", json!("uk"))]);
    assert_eq!(
        answer_of(post(&server, OLD, "/voices/localize", &bad))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn later_versions_do_not_have_them() {
    let server = start().await;
    for (path, last) in [
        ("/voices", 1),
        ("/voices/mix", 1),
        ("/voices/clone/clip", 3),
        ("/voices/clone/url", 0),
    ] {
        for version in &VERSIONS[last + 1..] {
            let call = request(&server, version, Method::POST, path).json(&json!({}));
            assert_eq!(answer_of(call).await.0, 404, "{path} {version}");
        }
        let call = request(&server, VERSIONS[last], Method::POST, path).json(&json!({}));
        assert_eq!(answer_of(call).await.0, 400, "{path}");
    }
    let call = post(
        &server,
        NEWEST,
        "/voices/localize",
        &json!({"embedding": []}),
    );
    assert_eq!(answer_of(call).await.0, 400);
}
