//! Voices that calls make, change and delete.

use cartesia_mock::MockServer;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    KEY, NEWEST, VERSIONS, VOICE, answer, answer_json, audio, body, client, get, post, start, with,
};

/// The caller's own.
const OWN: &str = "0d6c2a0e-5f0b-4f6e-9a1d-3b7c4e8f2a10";
const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt ";

pub(crate) fn request(
    server: &MockServer,
    version: &str,
    method: Method,
    path: &str,
) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", version)
}

fn patch(server: &MockServer, version: &str, path: &str, body: &Value) -> RequestBuilder {
    request(server, version, Method::PATCH, path).json(body)
}

fn delete(server: &MockServer, path: &str) -> RequestBuilder {
    request(server, NEWEST, Method::DELETE, path)
}

pub(crate) fn upload(
    server: &MockServer,
    version: &str,
    path: &str,
    clip: &'static [u8],
    texts: &[(&'static str, &'static str)],
) -> RequestBuilder {
    let clip = Part::bytes(clip).file_name("clip.wav");
    let form = texts
        .iter()
        .fold(Form::new(), |form, (name, text)| form.text(*name, *text));
    request(server, version, Method::POST, path).multipart(form.part("clip", clip))
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_null_resets_the_gender() {
    let server = start().await;
    let path = format!("/voices/{OWN}");
    let before = answer_json(get(&server, NEWEST, &path)).await;
    assert_eq!(before["gender"], "masculine");
    let change = json!({"name": "New", "tagline": "Words", "gender": null, "accent": "castilian",
                        "description": null});
    let changed = answer_json(patch(&server, NEWEST, &path, &change)).await;
    let expected = with(
        before,
        &[
            ("name", json!("New")),
            ("tagline", json!("Words")),
            ("accent", json!("castilian")),
        ],
    );
    let mut expected = expected;
    expected["gender"] = Value::Null;
    assert_eq!(changed, expected);
    assert_eq!(answer_json(get(&server, NEWEST, &path)).await, expected);
    // At an older version the tagline is a part of the name, so a new name replaces both.
    let change = json!({"name": "Old", "gender": "feminine"});
    let changed = answer_json(patch(&server, "2025-04-16", &path, &change)).await;
    assert_eq!(
        (&changed["name"], &changed["gender"]),
        (&json!("Old"), &json!("feminine"))
    );
    let change = json!({"name": "Oldest", "description": "D", "gender": null, "tagline": "x"});
    let changed = answer_json(patch(&server, "2024-11-13", &path, &change)).await;
    assert_eq!(changed["name"], "Oldest");
    let now = answer_json(get(&server, NEWEST, &path)).await;
    assert_eq!(
        (&now["tagline"], &now["gender"]),
        (&json!(""), &json!("feminine"))
    );
}

#[tokio::test]
async fn an_update_is_checked() {
    let server = start().await;
    for (version, change, field) in [
        (NEWEST, json!({"name": 1}), "name"),
        (NEWEST, json!({"name": ""}), "name"),
        (NEWEST, json!({"gender": "loud"}), "gender"),
        (NEWEST, json!({"accent": "British English"}), "accent"),
        (NEWEST, json!({"tagline": "x".repeat(33)}), "tagline"),
        ("2024-11-13", json!({"name": "x"}), "description"),
        ("2024-06-10", json!({"description": "x"}), "name"),
    ] {
        let call = patch(&server, version, &format!("/voices/{OWN}"), &change);
        let (status, text) = answer(call).await;
        assert_eq!(status, 400, "{change}: {text}");
        assert!(text.contains(&format!("`{field}`")), "{change}: {text}");
    }
    let change = json!({"name": "Mine"});
    let path = format!("/voices/{VOICE}");
    assert_eq!(answer(patch(&server, NEWEST, &path, &change)).await.0, 403);
    for (version, status) in [(NEWEST, 404), ("2025-11-04", 400)] {
        let call = patch(&server, version, "/voices/none", &change);
        assert_eq!(answer(call).await.0, status);
    }
}

#[tokio::test]
async fn a_deleted_voice_is_gone() {
    let server = start().await;
    let path = format!("/voices/{OWN}");
    assert_eq!(
        answer(delete(&server, &path)).await,
        (StatusCode::NO_CONTENT, String::new())
    );
    assert_eq!(answer(delete(&server, &path)).await.0, 404);
    assert_eq!(answer(get(&server, NEWEST, &path)).await.0, 404);
    let page = answer_json(get(&server, NEWEST, "/voices?limit=100")).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 97);
    let speak = with(body("Hi."), &[("voice.id", json!(OWN))]);
    let spoken = answer(post(&server, NEWEST, "/tts/bytes", &speak)).await;
    assert_eq!(spoken.0, 404, "it cannot speak any more");
    assert_eq!(
        answer(delete(&server, &format!("/voices/{VOICE}"))).await.0,
        403
    );
}

#[tokio::test]
async fn a_clone_can_speak_and_is_listed() {
    let server = start().await;
    let texts = [
        ("name", "Me"),
        ("language", "en"),
        ("description", "D"),
        ("accent", "british"),
        ("tagline", "T"),
        ("access", "private"),
        ("base_voice_id", VOICE),
    ];
    let made = answer_json(upload(&server, NEWEST, "/voices/clone", WAV, &texts)).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id, "user_id": made["user_id"], "access": "private", "visibility": "owner",
        "name": "Me", "tagline": "T", "description": "D", "created_at": made["created_at"],
        "language": "en",
    });
    assert_eq!(made, expected);
    assert!(made["created_at"].as_str().unwrap().ends_with('Z'));
    let voice = answer_json(get(&server, NEWEST, &format!("/voices/{id}"))).await;
    assert_eq!(
        voice["locales"],
        json!([{"locale": "en-GB", "is_native": true}])
    );
    let own = answer_json(get(&server, NEWEST, "/voices?is_owner=true")).await;
    assert_eq!(own["data"].as_array().unwrap().last(), Some(&voice));
    let speech = audio(
        &server,
        NEWEST,
        &with(body("Hi."), &[("voice.id", json!(id))]),
    )
    .await;
    assert!(!speech.is_empty());
}

#[tokio::test]
async fn a_clone_is_described_in_the_shape_of_the_version() {
    let server = start().await;
    let texts = [
        ("name", "Me"),
        ("language", "en"),
        ("mode", "stability"),
        ("enhance", "true"),
    ];
    for version in VERSIONS {
        let made = answer_json(upload(&server, version, "/voices/clone", WAV, &texts)).await;
        let shape = match version {
            NEWEST => (Value::Null, json!("private"), json!("owner")),
            "2026-03-01" => (Value::Null, json!({"type": "private"}), Value::Null),
            _ => (json!(false), Value::Null, Value::Null),
        };
        let found = ["is_public", "access", "visibility"].map(|name| made[name].clone());
        assert_eq!(found, <[Value; 3]>::from(shape), "{version}");
    }
    let texts = [
        ("name", "Me"),
        ("language", "en"),
        ("access[type]", "public"),
    ];
    let made = answer_json(upload(&server, "2026-03-01", "/voices/clone", WAV, &texts)).await;
    assert_eq!(made["access"], json!({"type": "public"}));
}

#[tokio::test]
async fn a_clone_is_checked() {
    let server = start().await;
    for (version, texts, status, what) in [
        (NEWEST, vec![("language", "en")], 400, "`name`"),
        (NEWEST, vec![("name", "x")], 400, "`language`"),
        (
            NEWEST,
            vec![("name", "x"), ("language", "xx")],
            400,
            "`language`",
        ),
        (
            NEWEST,
            vec![("name", "x"), ("language", "en"), ("accent", "x")],
            400,
            "`accent`",
        ),
        (
            NEWEST,
            vec![("name", "x"), ("language", "en"), ("access", "x")],
            400,
            "`access`",
        ),
        (
            NEWEST,
            vec![("name", "x"), ("language", "en"), ("base_voice_id", "x")],
            404,
            "voice_not_found",
        ),
        (
            "2024-11-13",
            vec![("name", "x"), ("language", "en")],
            400,
            "`mode`",
        ),
        (
            "2025-04-16",
            vec![("name", "x"), ("language", "en"), ("enhance", "maybe")],
            400,
            "`enhance`",
        ),
    ] {
        let (found, text) = answer(upload(&server, version, "/voices/clone", WAV, &texts)).await;
        assert_eq!(found, status, "{texts:?}: {text}");
        assert!(text.contains(what), "{texts:?}: {text}");
    }
    let texts = [("name", "x"), ("language", "en")];
    let (status, text) = answer(upload(
        &server,
        NEWEST,
        "/voices/clone",
        b"no audio",
        &texts,
    ))
    .await;
    assert_eq!(status, 400);
    assert!(text.contains("unsupported_audio_format"), "{text}");
    let (status, text) = answer(post(&server, NEWEST, "/voices/clone", &json!({}))).await;
    assert_eq!(status, 400);
    assert!(text.contains("multipart/form-data"), "{text}");
    // Larger than what axum allows by itself.
    let large: &'static [u8] = [WAV, &vec![0; 3 << 20]].concat().leak();
    answer_json(upload(&server, NEWEST, "/voices/clone", large, &texts)).await;
}

#[tokio::test]
async fn localizing_by_accent_and_before_by_language() {
    let server = start().await;
    let by_accent = json!({"voice_id": VOICE, "name": "N", "accent": "parisian"});
    let made = answer_json(post(&server, NEWEST, "/voices/localize", &by_accent)).await;
    assert_eq!(made["language"], "fr");
    let by_language = json!({"voice_id": VOICE, "name": "N", "description": "D", "language": "en",
                             "original_speaker_gender": "male", "dialect": "au"});
    for version in &VERSIONS[..5] {
        let made = answer_json(post(&server, version, "/voices/localize", &by_language)).await;
        let path = format!("/voices/{}", made["id"].as_str().unwrap());
        let voice = answer_json(get(&server, NEWEST, &path)).await;
        assert_eq!(voice["accent"], "australian", "{version}");
        assert_eq!(voice["gender"], "masculine");
    }
    for (version, body, what) in [
        (NEWEST, &by_language, "`accent`"),
        ("2026-03-01", &by_accent, "`description`"),
        (
            NEWEST,
            &with(by_accent.clone(), &[("accent", json!("camba"))]),
            "`accent`",
        ),
        (
            NEWEST,
            &with(by_accent.clone(), &[("name", Value::Null)]),
            "`name`",
        ),
        (
            "2025-11-04",
            &with(by_language.clone(), &[("dialect", json!("ca"))]),
            "`dialect`",
        ),
        (
            "2025-11-04",
            &with(
                by_language.clone(),
                &[("language", json!("or")), ("dialect", Value::Null)],
            ),
            "`language`",
        ),
        (
            "2025-11-04",
            &with(
                by_language.clone(),
                &[("original_speaker_gender", json!("x"))],
            ),
            "`original_speaker_gender`",
        ),
    ] {
        let (status, text) = answer(post(&server, version, "/voices/localize", body)).await;
        assert_eq!(status, 400, "{body}");
        assert!(text.contains(what), "{body}: {text}");
    }
}

#[tokio::test]
async fn accents_are_listed_and_given_to_voices() {
    let server = start().await;
    let all = answer_json(get(&server, NEWEST, "/accents")).await;
    let all = all["accents"].as_array().unwrap();
    assert_eq!(all.len(), 79);
    assert_eq!(
        all.iter().find(|accent| accent["id"] == "british"),
        Some(
            &json!({"id": "british", "name": "British English", "language": "en",
                     "locale": "en-GB", "is_locale_default": true, "is_localizable": true})
        )
    );
    let french = answer_json(get(&server, NEWEST, "/accents?language=fr&locale=fr-CA")).await;
    assert_eq!(french["accents"][0]["id"], "canadian-french");
    assert_eq!(french["accents"].as_array().unwrap().len(), 1);
    let locales = answer_json(get(&server, NEWEST, "/locales")).await;
    let locales = locales["locales"].as_array().unwrap();
    let british = locales.iter().find(|locale| locale["locale"] == "en-GB");
    assert_eq!(british.unwrap()["accents"], json!(["british"]));
    assert_eq!(answer(get(&server, "2025-11-04", "/accents")).await.0, 404);

    let path = format!("/voices/{OWN}/accents");
    let add = json!({"accents": ["parisian", "mexican", "general-american"]});
    let voice = answer_json(patch(&server, NEWEST, &path, &add)).await;
    assert_eq!(
        voice["accents"],
        json!([
            {"accent": "mexican", "locale": "es-MX", "is_native": true},
            {"accent": "parisian", "locale": "fr-FR", "is_native": false},
            {"accent": "general-american", "locale": "en-US", "is_native": false},
        ])
    );
    assert_eq!(voice["locales"].as_array().unwrap().len(), 3);
    let voice = answer_json(delete(&server, &format!("{path}/parisian"))).await;
    assert_eq!(voice["locales"].as_array().unwrap().len(), 2);
    for (accent, status) in [("parisian", 404), ("mexican", 400)] {
        let call = delete(&server, &format!("{path}/{accent}"));
        assert_eq!(answer(call).await.0, status, "{accent}");
    }
    for accents in [
        json!([]),
        json!(["camba"]),
        json!("british"),
        json!(vec!["hindi"; 10]),
    ] {
        let call = patch(&server, NEWEST, &path, &json!({"accents": accents}));
        assert_eq!(answer(call).await.0, 400, "{accents}");
    }
    let nine = json!({"accents": ["british", "hindi", "israeli", "istanbul", "italian", "japanese",
                                  "korean", "mandarin", "polish"]});
    assert_eq!(answer(patch(&server, NEWEST, &path, &nine)).await.0, 400);
}
