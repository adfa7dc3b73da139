//! What a server accepts by choice: voices, keys, origins, names of its certificate, objects of the test.

use cartesia_mock::{MockServer, MockServerBuilder, Voices};
use reqwest::Method;
use serde_json::{Value, json};

use crate::forms::Form;
use crate::socket_client::{connect, request};
use crate::support::{
    KEY, NEWEST, answer, answer_json, audio, body, client, get, post, send, start, with, within,
};

const UNKNOWN: &str = "11111111-2222-4333-8444-555555555555";

async fn server_that(builder: impl FnOnce(MockServerBuilder) -> MockServerBuilder) -> MockServer {
    within(builder(MockServer::builder()).start())
        .await
        .unwrap()
}

#[tokio::test]
async fn every_uuid_is_a_voice_to_speak_with() {
    let server = start().await;
    let request = |id: &str| with(body("Hello."), &[("voice.id", json!(id))]);
    let once = audio(&server, NEWEST, &request(UNKNOWN)).await;
    let other = start().await;
    assert_eq!(audio(&other, NEWEST, &request(UNKNOWN)).await, once);
    let another = "21111111-2222-4333-8444-555555555555";
    assert_ne!(audio(&server, NEWEST, &request(another)).await, once);
    assert_eq!(
        answer(post(&server, NEWEST, "/tts/sse", &request(UNKNOWN)))
            .await
            .0,
        200
    );
    let mut client = connect(&server, NEWEST).await;
    let voice = json!({"mode": "id", "id": UNKNOWN});
    client
        .send(&with(self::request("c", "Hi."), &[("voice", voice)]))
        .await;
    assert_eq!(client.until_over("c").await.last().unwrap()["type"], "done");
    for id in ["no-uuid", ""] {
        assert_eq!(
            answer(post(&server, NEWEST, "/tts/bytes", &request(id)))
                .await
                .0,
            404
        );
    }
    let path = format!("/voices/{UNKNOWN}");
    assert_eq!(answer(get(&server, NEWEST, &path)).await.0, 404);
}

#[tokio::test]
async fn voices_are_strict_or_of_any_identifier_by_choice() {
    let speak = with(body("Hello."), &[("voice.id", json!(UNKNOWN))]);
    let path = format!("/voices/{UNKNOWN}");
    let strict = server_that(|builder| builder.voices(Voices::Catalogue)).await;
    assert_eq!(
        answer(post(&strict, NEWEST, "/tts/bytes", &speak)).await.0,
        404
    );
    let any = server_that(|builder| builder.voices(Voices::Any)).await;
    let voice = answer_json(get(&any, NEWEST, &path)).await;
    assert_eq!(
        (&voice["id"], &voice["language"]),
        (&json!(UNKNOWN), &json!("en"))
    );
    assert_eq!(
        voice["locales"],
        json!([{"locale": "en-US", "is_native": true}])
    );
    assert_eq!(answer_json(get(&any, NEWEST, &path)).await, voice);
    assert_eq!(answer(get(&any, NEWEST, "/voices/no-uuid")).await.0, 404);
}

#[tokio::test]
async fn a_voice_can_be_named() {
    let server = server_that(|builder| builder.voice("my-voice", "Ada")).await;
    let voice = answer_json(get(&server, NEWEST, "/voices/my-voice")).await;
    assert_eq!(voice["name"], "Ada");
    let found = answer_json(get(&server, NEWEST, "/voices?q=ada")).await;
    assert_eq!(found["data"], json!([voice]));
    let speak = with(body("Hello."), &[("voice.id", json!("my-voice"))]);
    assert_eq!(
        answer(post(&server, NEWEST, "/tts/bytes", &speak)).await.0,
        200
    );
}

#[tokio::test]
async fn a_clone_is_native_to_the_usual_locale_of_its_language() {
    let server = start().await;
    let wav = audio(
        &server,
        NEWEST,
        &with(body("Hi."), &[("output_format.container", json!("wav"))]),
    )
    .await;
    for (language, locale) in [
        ("en", "en-US"),
        ("ar", "ar-SA"),
        ("fr", "fr-FR"),
        ("ro", "ro-RO"),
        ("ur", "ur-PK"),
        ("zh", "zh-CN"),
    ] {
        let form = Form::default()
            .text("name", "Mine")
            .text("language", language)
            .file("clip", "a.wav", &wav);
        let made = form.json(&server, "/voices/clone").await;
        let path = format!("/voices/{}", made["id"].as_str().unwrap());
        let voice = answer_json(get(&server, NEWEST, &path)).await;
        assert_eq!(voice["locales"][0]["locale"], locale, "{language}");
    }
}

#[tokio::test]
async fn every_language_of_a_model_has_voices() {
    let server = start().await;
    let models = answer_json(get(&server, NEWEST, "/models?capability=tts")).await;
    let languages = models["data"][0]["languages"].as_array().unwrap();
    assert_eq!(languages.len(), 44);
    for language in languages {
        let path = format!("/voices?language={}", language.as_str().unwrap());
        let page = answer_json(get(&server, NEWEST, &path)).await;
        assert!(page["data"].as_array().unwrap().len() >= 2, "{language}");
    }
}

#[tokio::test]
async fn models_are_listed_by_what_they_can_do() {
    let server = start().await;
    let ids = |page: &Value| -> Vec<String> {
        let all = page["data"].as_array().unwrap().iter();
        all.map(|model| model["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = ids(&answer_json(get(&server, NEWEST, "/models")).await);
    let stt = ids(&answer_json(get(&server, NEWEST, "/models?capability=stt")).await);
    assert!(all.contains(&"sonic-3.6".to_owned()) && all.ends_with(&stt));
    assert_eq!(stt, ["ink-2", "ink-whisper"]);
    assert_eq!(
        answer(get(&server, NEWEST, "/models?capability=x")).await.0,
        400
    );
}

#[tokio::test]
async fn a_linked_file_is_downloaded_without_a_key() {
    let server = start().await;
    let form = Form::default()
        .text("purpose", "fine_tune")
        .file("file", "a.txt", b"content");
    let file = form.json(&server, "/files").await;
    let id = file["id"].as_str().unwrap();
    let asked = json!({"file_id": id, "lifetime": "24h"});
    let link = answer_json(post(&server, NEWEST, "/links", &asked)).await;
    let url = link["url"].as_str().unwrap();
    let (status, text) = answer(client().get(url)).await;
    assert_eq!((status.as_u16(), text.as_str()), (200, "content"));
    let other = url.replace(id, "file_other");
    assert_eq!(answer(client().get(other)).await.0, 403);
    let bare = url.split_once('?').unwrap().0;
    assert_eq!(answer(client().get(bare)).await.0, 401);
    assert_eq!(answer(client().get(format!("{bare}?link=x"))).await.0, 403);
    for (body, status) in [
        (json!({"lifetime": "24h"}), 400),
        (json!({"file_id": id, "lifetime": "soon"}), 400),
        (json!({"file_id": "nobody"}), 404),
    ] {
        assert_eq!(
            answer(post(&server, NEWEST, "/links", &body)).await.0,
            status,
            "{body}"
        );
    }
}

#[tokio::test]
async fn keys_that_are_named_are_the_only_ones() {
    let server = server_that(|builder| builder.key(KEY).key("other")).await;
    let status = async |key: &str| {
        let request = client()
            .get(format!("{}/voices", server.url()))
            .bearer_auth(key)
            .header("cartesia-version", NEWEST);
        answer(request).await.0.as_u16()
    };
    assert_eq!(status(KEY).await, 200);
    assert_eq!(status("other").await, 200);
    assert_eq!(status("sk_test_else").await, 401);
    let printed = format!("{server:?}");
    assert!(!printed.contains(KEY), "{printed}");
}

#[tokio::test]
async fn speech_to_text_needs_no_version() {
    let server = start().await;
    let wav = audio(
        &server,
        NEWEST,
        &with(body("Hello."), &[("output_format.container", json!("wav"))]),
    )
    .await;
    let form = reqwest::multipart::Form::new()
        .text("model", "ink-whisper")
        .part(
            "file",
            reqwest::multipart::Part::bytes(wav).file_name("a.wav"),
        );
    let request = client()
        .post(format!("{}/stt", server.url()))
        .bearer_auth(KEY)
        .multipart(form);
    assert_eq!(answer_json(request).await["text"], "Hello.");
}

#[tokio::test]
async fn early_versions_tune_early_models() {
    let server = start().await;
    let new = json!({"name": "n", "description": "d"});
    let dataset = answer_json(post(&server, NEWEST, "/datasets/", &new)).await;
    let tune = json!({
        "name": "n", "description": "d", "language": "en", "model_id": "sonic-2",
        "dataset": dataset["id"],
    });
    for (version, status) in [
        ("2025-04-16", 200),
        ("2025-11-04", 200),
        ("2026-03-01", 400),
    ] {
        let got = answer(post(&server, version, "/fine-tunes/", &tune)).await;
        assert_eq!(got.0, status, "{version}: {}", got.1);
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_call_by_choice() {
    let preflight = |server: &MockServer, path: &str| {
        client()
            .request(Method::OPTIONS, format!("{}{path}", server.url()))
            .header("origin", "http://page.example")
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,cartesia-version",
            )
    };
    let closed = start().await;
    let response = send(preflight(&closed, "/tts/bytes")).await;
    assert_eq!(response.status(), 405);
    assert!(
        !response
            .headers()
            .contains_key("access-control-allow-origin")
    );

    let open = server_that(|builder| builder.cors().journal()).await;
    let response = send(preflight(&open, "/tts/bytes")).await;
    assert_eq!(response.status(), 204);
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    assert_eq!(header("access-control-allow-origin"), "*");
    assert_eq!(
        header("access-control-allow-headers"),
        "authorization,cartesia-version"
    );
    let response =
        send(get(&open, NEWEST, "/voices").header("origin", "http://page.example")).await;
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    // But never the journal.
    let journal = client()
        .get(format!("{}/_mock/journal", open.url()))
        .header("origin", "http://page.example");
    let response = send(journal).await;
    assert_eq!(response.status(), 403);
    assert!(
        !response
            .headers()
            .contains_key("access-control-allow-origin")
    );
}

#[tokio::test]
async fn objects_have_the_identifiers_of_the_test() {
    let server = start().await;
    let objects = json!({
        "voices": [{"id": "v-1", "name": "Ada", "language": "fr", "is_owner": true}],
        "datasets": [{"id": "d-1", "name": "Mine"}],
        "calls": [{"id": "call-1"}],
    });
    let seed = client()
        .post(format!("{}/_mock/seed", server.url()))
        .json(&objects);
    assert_eq!(answer(seed).await.0, 204);
    let voice = answer_json(get(&server, NEWEST, "/voices/v-1")).await;
    assert_eq!(
        (
            &voice["name"],
            &voice["is_owner"],
            &voice["locales"][0]["locale"]
        ),
        (&json!("Ada"), &json!(true), &json!("fr-FR"))
    );
    let dataset = answer_json(get(&server, NEWEST, "/datasets/d-1")).await;
    assert_eq!(dataset["name"], "Mine");
    let call = answer_json(get(&server, NEWEST, "/agents/calls/call-1")).await;
    assert_eq!(call["id"], "call-1");
    assert!(call["status"].is_string());
    assert_eq!(answer(get(&server, NEWEST, "/datasets/d-2")).await.0, 404);

    for (objects, says) in [
        (json!([]), "must be a JSON object"),
        (json!({"cats": []}), "the kinds are voices, agents"),
        (json!({"datasets": {}}), "`datasets` must be an array"),
        (
            json!({"datasets": [{"id": "d-3"}, {"name": "x"}]}),
            "must have an `id`",
        ),
    ] {
        let error = server.add_objects(&objects).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    assert_eq!(
        answer(get(&server, NEWEST, "/datasets/d-3")).await.0,
        404,
        "all or none"
    );
}

/// What generated suites send: every identifier is the name of its parameter, and so are many values.
#[tokio::test]
async fn a_lenient_server_understands_examples() {
    let server = server_that(MockServerBuilder::lenient).await;
    let strict = start().await;
    let cursors = "ending_before=ending_before&limit=0&starting_after=starting_after";
    for path in [
        "/agents/agent_id".to_owned(),
        "/agents/agent_id/phone-numbers".to_owned(),
        "/agents/calls/call_id".to_owned(),
        format!("/agents/calls?agent_id=agent_id&expand=expand&{cursors}"),
        "/agents/deployments/deployment_id".to_owned(),
        "/agents/metrics/metric_id".to_owned(),
        format!("/agents/metrics?{cursors}"),
        format!("/agents/metrics/results?agent_id=agent_id&call_id=call_id&{cursors}"),
        "/datasets/id".to_owned(),
        format!("/datasets/id/files?{cursors}"),
        "/fine-tunes/id".to_owned(),
        format!("/fine-tunes/id/voices?{cursors}"),
        "/pronunciation-dicts/id".to_owned(),
        "/voices/id".to_owned(),
        format!("/voices?q=q&gender=masculine&{cursors}"),
        "/files/file_id/info".to_owned(),
    ] {
        let (status, text) = answer(get(&server, NEWEST, &path)).await;
        assert_eq!(status, 200, "{path}: {text}");
        assert_ne!(answer(get(&strict, NEWEST, &path)).await.0, 200, "{path}");
    }
    let results =
        "/agents/metrics/results/export?agent_id=agent_id&end_date=2019-12-27T18:11:19.117Z";
    assert_eq!(answer(get(&server, NEWEST, results)).await.0, 200);
    let token = json!({"grants": {"tts": true}, "expires_in": 0});
    assert_eq!(
        answer(post(&server, NEWEST, "/access-token", &token))
            .await
            .0,
        200
    );
    for (path, status) in [
        ("/agents/agent_id", 204),
        ("/agents/agent_id/metrics/metric_id", 204),
        ("/datasets/id", 204),
        ("/datasets/id/files/file_id", 204),
        ("/fine-tunes/id", 204),
        ("/pronunciation-dicts/id", 204),
        ("/voices/id/accents/accent_id", 200),
        // Again: it is there whenever it is to be removed.
        ("/voices/id/accents/accent_id", 200),
        ("/voices/id", 204),
    ] {
        let request = client()
            .delete(format!("{}{path}", server.url()))
            .bearer_auth("My Token")
            .header("cartesia-version", NEWEST);
        let (got, text) = answer(request).await;
        assert_eq!(got, status, "{path}: {text}");
    }
}

#[tokio::test]
async fn a_lenient_server_takes_example_bodies() {
    let server = server_that(MockServerBuilder::lenient).await;
    let speak = with(
        body("transcript"),
        &[
            ("voice", json!("id")),
            (
                "generation_config",
                json!({"emotion": "neutral", "speed": 0, "volume": 0}),
            ),
            ("locale", json!("locale")),
            ("normalization", json!("normalization")),
            ("pronunciation_dict_id", json!("pronunciation_dict_id")),
        ],
    );
    assert_eq!(
        answer(post(&server, NEWEST, "/tts/sse", &speak)).await.0,
        200
    );
    let tune = json!({
        "name": "name", "description": "description", "language": "language",
        "model_id": "sonic-3-2026-01-12", "dataset": "dataset",
    });
    assert_eq!(
        answer(post(&server, NEWEST, "/fine-tunes/", &tune)).await.0,
        200
    );
    for _ in 0..2 {
        let metric = json!({"name": "name", "prompt": "prompt"});
        assert_eq!(
            answer(post(&server, NEWEST, "/agents/metrics", &metric))
                .await
                .0,
            200
        );
    }
    let example = Form::default().file("file", "upload", b"Example data");
    let heard = example.clone().text("model", "ink-whisper");
    let path = "/stt?encoding=pcm_s16le&sample_rate=0";
    assert_eq!(heard.json(&server, path).await["text"], "");
    let cloned = Form::default()
        .file("clip", "upload", b"Example data")
        .text("name", "name")
        .text("language", "en")
        .text("base_voice_id", "base_voice_id");
    assert!(cloned.json(&server, "/voices/clone").await["id"].is_string());
    for path in ["/voice-changer/sse", "/infill/bytes"] {
        let (status, text) = answer(post(&server, NEWEST, path, &json!({}))).await;
        assert_eq!(status, 200, "{path}: {text}");
    }
    assert_eq!(
        answer(post(&server, NEWEST, "/datasets/id/files", &json!({})))
            .await
            .0,
        204
    );
}

/// Older clients refuse a name of an accent that they do not know.
#[tokio::test]
async fn early_versions_do_not_name_later_accents() {
    let server = start().await;
    let page = answer_json(get(&server, "2025-11-04", "/voices?limit=100")).await;
    let voices = page["data"].as_array().unwrap();
    let accents: Vec<_> = voices
        .iter()
        .filter_map(|voice| voice["accent"].as_str())
        .collect();
    assert!(accents.contains(&"British English"), "{accents:?}");
    for later in ["Odia", "Urdu", "Romanian", "Taiwanese Mandarin"] {
        assert!(!accents.contains(&later), "{later}");
    }
}
