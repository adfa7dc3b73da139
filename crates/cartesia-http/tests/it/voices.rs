//! Voices, accents and access tokens: what exactly is sent, and what is made of the answer.

use cartesia_http::{Client, Upload};
use cartesia_types::voice::legacy::{
    CreateVoiceRequest, Embedding, LocalizeEmbeddingRequest, MixVoicesRequest, MixedVoice,
};
use cartesia_types::voice::{
    AccentId, AddAccentsRequest, CloneMode, CloneVoiceRequest, Gender, GetVoiceRequest,
    ListAccentsRequest, LocalizeVoiceRequest, SpeakerGender, UpdateVoiceRequest, VoiceAccess,
    VoiceVisibility,
};
use cartesia_types::{
    ApiVersion, CreateTokenRequest, ErrorKind, Language, ListModelsRequest, Locale,
    ModelCapability, Patch, TokenGrants,
};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{assert_usual_headers, builder, client, everything, within};

async fn answering(response: ResponseTemplate) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(response)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    (server, client)
}

async fn answering_json(answer: Value) -> (MockServer, Client) {
    answering(ResponseTemplate::new(200).set_body_json(answer)).await
}

/// The only request: method and target, and the body as JSON (or nothing).
async fn only(server: &MockServer) -> (String, Value) {
    let request = only_request(server).await;
    let target = match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    };
    let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    (format!("{} {target}", request.method), body)
}

async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    requests.iter().for_each(assert_usual_headers);
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

/// The parts of a form, in order: head and content.
fn parts(request: &Request) -> Vec<(String, String)> {
    let kind = request.headers["content-type"].to_str().unwrap();
    let boundary = kind.split_once("boundary=").unwrap().1;
    let body = String::from_utf8(request.body.clone()).unwrap();
    body.split(&format!("--{boundary}"))
        .filter_map(|part| part.trim_start_matches("\r\n").split_once("\r\n\r\n"))
        .map(|(head, content)| {
            let content = content.strip_suffix("\r\n").unwrap();
            (head.to_owned(), content.to_owned())
        })
        .collect()
}

/// `name=text` of the text parts.
fn texts(request: &Request) -> Vec<String> {
    let name = |head: &str| {
        let (_, rest) = head.split_once("name=\"")?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    parts(request)
        .into_iter()
        .filter(|(head, _)| !head.contains("filename"))
        .map(|(head, content)| format!("{}={content}", name(&head).unwrap()))
        .collect()
}

#[tokio::test]
async fn update_sends_what_changes() {
    let (server, client) = answering_json(json!({
        "id": "v/1", "name": "N", "gender": null, "accent": "british", "tagline": "T",
    }))
    .await;
    let request = UpdateVoiceRequest::new()
        .with_name("N")
        .with_gender(Patch::Clear)
        .with_accent(AccentId::BRITISH);
    let voice = within(client.voices().update("v/1", request))
        .await
        .unwrap();
    assert_eq!((&*voice.name, voice.gender), ("N", None));
    assert_eq!(voice.tagline.as_deref(), Some("T"));
    let (line, body) = only(&server).await;
    assert_eq!(line, "PATCH /voices/v%2F1");
    assert_eq!(
        body,
        json!({"name": "N", "gender": null, "accent": "british"})
    );
}

#[tokio::test]
async fn delete_takes_an_empty_answer() {
    let (server, client) = answering(ResponseTemplate::new(204)).await;
    within(client.voices().delete("v1")).await.unwrap();
    assert_eq!(
        only(&server).await,
        ("DELETE /voices/v1".to_owned(), Value::Null)
    );
}

#[tokio::test]
async fn clone_sends_a_form_in_the_shape_of_the_version() {
    let answer = json!({
        "id": "v1", "user_id": "u", "name": "N", "description": "D", "language": "en",
        "created_at": "2026-09-01T00:00:00Z", "access": "private", "visibility": "owner",
        "tagline": "T", "new": 1,
    });
    for (version, access) in [
        (ApiVersion::V2026_03_01, "access[type]=private"),
        (ApiVersion::V2026_08_14, "access=private"),
    ] {
        let (server, client) = answering_json(answer.clone()).await;
        let request = CloneVoiceRequest::new("N", Language::EN)
            .with_tagline("T")
            .with_access(VoiceAccess::PRIVATE);
        let clip = Upload::from_bytes("me.mp3", "sound");
        let call = client.voices().clone_voice(clip, request);
        let made = within(call.api_version(version)).await.unwrap();
        assert_eq!(
            (made.id.as_str(), &*made.name, &*made.description),
            ("v1", "N", "D")
        );
        assert_eq!(made.user_id.as_deref(), Some("u"));
        assert_eq!(made.language, Some(Language::EN));
        assert_eq!(made.access, Some(VoiceAccess::PRIVATE));
        assert_eq!(made.visibility, Some(VoiceVisibility::OWNER));
        assert_eq!(made.tagline.as_deref(), Some("T"));
        assert_eq!(made.created_at.unwrap(), "2026-09-01T00:00:00Z");
        assert_eq!(made.extra["new"], 1);
        let request = only_request(&server).await;
        assert_eq!(
            (request.method.as_str(), request.url.path()),
            ("POST", "/voices/clone")
        );
        let (head, content) = &parts(&request)[0];
        assert!(
            head.contains("name=\"clip\"; filename=\"me.mp3\""),
            "{head}"
        );
        assert!(
            head.to_lowercase().contains("content-type: audio/mpeg"),
            "{head}"
        );
        assert_eq!(content, "sound");
        assert_eq!(
            texts(&request),
            ["name=N", "language=en", "tagline=T", access]
        );
    }
    // The first versions.
    let (server, client) = answering_json(json!({"id": "v1"})).await;
    let request = CloneVoiceRequest::new("N", Language::EN)
        .with_mode(CloneMode::SIMILARITY)
        .with_enhance(false)
        .with_transcript("words");
    let call = client
        .voices()
        .clone_voice(Upload::from_bytes("a.wav", "x"), request);
    within(call.api_version(ApiVersion::V2024_06_10))
        .await
        .unwrap();
    assert_eq!(
        texts(&only_request(&server).await),
        [
            "name=N",
            "language=en",
            "mode=similarity",
            "enhance=false",
            "transcript=words"
        ]
    );
}

#[tokio::test]
async fn localize_sends_either_shape() {
    let (server, client) = answering_json(json!({"id": "v2", "name": "N"})).await;
    let request = LocalizeVoiceRequest::new("v1", "N", AccentId::PARISIAN);
    let made = within(client.voices().localize(request)).await.unwrap();
    assert_eq!(made.id, "v2");
    let (line, body) = only(&server).await;
    assert_eq!(line, "POST /voices/localize");
    assert_eq!(
        body,
        json!({"voice_id": "v1", "name": "N", "accent": "parisian"})
    );
    server.reset().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": "v3"})))
        .mount(&server)
        .await;
    let request =
        LocalizeVoiceRequest::to_language("v1", "N", "D", Language::FR, SpeakerGender::MALE);
    let call = client.voices().localize(request);
    within(call.api_version(ApiVersion::V2025_11_04))
        .await
        .unwrap();
    let expected = json!({"voice_id": "v1", "name": "N", "description": "D", "language": "fr",
                          "original_speaker_gender": "male"});
    assert_eq!(only(&server).await.1, expected);
}

#[tokio::test]
async fn models_are_listed_by_capability() {
    let (server, client) = answering_json(json!({"data": [
        {"id": "sonic-9", "name": "Sonic 9", "capability": "tts", "languages": ["en"]},
        {"id": "new"},
    ]}))
    .await;
    let request = ListModelsRequest::new().with_capability(ModelCapability::TTS);
    let models = within(client.models().list(request)).await.unwrap().data;
    assert_eq!(
        (&*models[0].id, models[0].name.as_deref()),
        ("sonic-9", Some("Sonic 9"))
    );
    assert_eq!(models[0].capability, Some(ModelCapability::TTS));
    assert_eq!(models[0].extra["languages"], json!(["en"]));
    assert_eq!((&*models[1].id, &models[1].name), ("new", &None));
    assert_eq!(only(&server).await.0, "GET /models?capability=tts");

    let (server, client) = answering_json(json!({"models": [{"id": "sonic-9"}]})).await;
    let all = within(client.models().list(ListModelsRequest::new()))
        .await
        .unwrap();
    assert_eq!(all.data.len(), 1);
    assert_eq!(only(&server).await.0, "GET /models");
}

#[tokio::test]
async fn accents_and_locales() {
    let (server, client) = answering_json(json!({"accents": [
        {"id": "british", "name": "British English", "language": "en", "locale": "en-GB",
         "is_locale_default": true, "is_localizable": false},
    ]}))
    .await;
    let request = ListAccentsRequest::new().with_language(Language::EN);
    let page = within(client.accents().list(request)).await.unwrap();
    let accent = &page.data[0];
    assert_eq!(accent.id, AccentId::BRITISH);
    assert_eq!(accent.name.as_deref(), Some("British English"));
    assert_eq!(
        (&accent.language, &accent.locale),
        (&Some(Language::EN), &Some(Locale::EN_GB))
    );
    assert_eq!(
        (accent.is_locale_default, accent.is_localizable),
        (Some(true), Some(false))
    );
    assert_eq!(only(&server).await.0, "GET /accents?language=en");

    let (server, client) =
        answering_json(json!({"locales": [{"locale": "en-GB", "accents": ["british"]}]})).await;
    let page = within(client.locales().list()).await.unwrap();
    assert_eq!(page.data[0].accent_ids().next(), Some(AccentId::BRITISH));
    assert_eq!(only(&server).await.0, "GET /locales");

    let (server, client) = answering_json(json!({"id": "v1"})).await;
    let request = AddAccentsRequest::new([AccentId::BRITISH]);
    let voice = within(client.voices().add_accents("v1", request))
        .await
        .unwrap();
    assert_eq!(voice.id, "v1");
    let (line, body) = only(&server).await;
    assert_eq!(line, "PATCH /voices/v1/accents");
    assert_eq!(body, json!({"accents": ["british"]}));

    let (server, client) = answering_json(json!({"id": "v1"})).await;
    within(client.voices().remove_accent("v1", "a b"))
        .await
        .unwrap();
    assert_eq!(only(&server).await.0, "DELETE /voices/v1/accents/a%20b");
}

#[tokio::test]
async fn a_token_is_made_and_never_shown() {
    let (server, client) = answering_json(json!({"token": "canary.jwt"})).await;
    let request = CreateTokenRequest::new(TokenGrants::new().with_tts(true))
        .with_expires_in(std::time::Duration::from_secs(60));
    let answer = within(client.access_tokens().create(request).send())
        .await
        .unwrap();
    assert_eq!(answer.value.expose(), "canary.jwt");
    assert!(!format!("{answer:?}").contains("canary.jwt"));
    let (line, body) = only(&server).await;
    assert_eq!(line, "POST /access-token");
    assert_eq!(body, json!({"grants": {"tts": true}, "expires_in": 60}));

    let (_server, client) = answering_json(json!({"token": "canary jwt"})).await;
    let error = within(client.access_tokens().create(CreateTokenRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(!everything(&error).contains("canary jwt"));
}

#[tokio::test]
async fn voices_as_numbers() {
    let embedding = || Embedding::try_new([0.5, -1.0]).unwrap();
    let start = async |answer: Value| {
        let (server, _) = answering_json(answer).await;
        let client = builder(&server.uri())
            .api_version(ApiVersion::V2024_06_10)
            .build()
            .unwrap();
        (server, client.voices().legacy())
    };
    let numbers = || json!({"embedding": [0.5, -1.0]});

    let (server, voices) = start(json!({"id": "v1", "name": "N", "user_id": "u"})).await;
    let request = CreateVoiceRequest::new("N", "D", embedding());
    let voice = within(voices.create(request)).await.unwrap();
    assert_eq!(
        (voice.id.as_str(), voice.user_id.as_deref()),
        ("v1", Some("u"))
    );
    let (line, body) = only(&server).await;
    assert_eq!(line, "POST /voices");
    assert_eq!(
        body,
        json!({"name": "N", "description": "D", "embedding": [0.5, -1.0]})
    );

    let (server, voices) = start(numbers()).await;
    let request = MixVoicesRequest::new([MixedVoice::of_id("v1", 0.5)]);
    assert_eq!(within(voices.mix(request)).await.unwrap(), embedding());
    let (line, body) = only(&server).await;
    assert_eq!(line, "POST /voices/mix");
    assert_eq!(body, json!({"voices": [{"id": "v1", "weight": 0.5}]}));
    let request = MixVoicesRequest::new([MixedVoice::of_id("v1", f64::NAN)]);
    let error = within(voices.mix(request)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);

    let (server, voices) = start(numbers()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.wav");
    std::fs::write(&path, "sound").unwrap();
    let call = voices.clone_clip(Upload::from_path(&path), true);
    assert_eq!(within(call).await.unwrap(), embedding());
    let request = only_request(&server).await;
    assert_eq!(request.url.path(), "/voices/clone/clip");
    assert!(
        parts(&request)[0]
            .0
            .contains("name=\"clip\"; filename=\"me.wav\"")
    );
    assert_eq!(texts(&request), ["enhance=true"]);

    let (server, voices) = start(numbers()).await;
    let call = voices.clone_url("https://x/a b.wav?c=d&e");
    assert_eq!(within(call).await.unwrap(), embedding());
    assert_eq!(
        only(&server).await.0,
        "POST /voices/clone/url?link=https%3A%2F%2Fx%2Fa%20b.wav%3Fc%3Dd%26e"
    );

    let (server, voices) = start(numbers()).await;
    let request = LocalizeEmbeddingRequest::new(embedding(), Language::FR, SpeakerGender::MALE);
    assert_eq!(within(voices.localize(request)).await.unwrap(), embedding());
    let (line, body) = only(&server).await;
    assert_eq!(line, "POST /voices/localize");
    let expected = json!({"embedding": [0.5, -1.0], "language": "fr",
                          "original_speaker_gender": "male"});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn what_a_version_does_not_have_is_not_sent() {
    let (server, client) = answering_json(json!({})).await;
    let voices = client.voices();
    let legacy = voices.legacy();
    let embedding = || Embedding::try_new([0.5]).unwrap();
    let clip = || Upload::from_bytes("a.wav", "x");
    let old = ApiVersion::V2025_04_16;
    let by_language =
        LocalizeVoiceRequest::to_language("v", "N", "D", Language::FR, SpeakerGender::MALE);
    let gender = UpdateVoiceRequest::new().with_gender(Gender::FEMININE);
    let agent = CreateTokenRequest::new(TokenGrants::new().with_agent(true));
    let refusals = [
        within(
            voices
                .update("v", gender)
                .api_version(ApiVersion::V2024_11_13),
        )
        .await
        .unwrap_err(),
        within(
            voices
                .clone_voice(clip(), CloneVoiceRequest::new("N", Language::EN))
                .api_version(ApiVersion::V2024_11_13),
        )
        .await
        .unwrap_err(),
        within(voices.localize(by_language)).await.unwrap_err(),
        within(
            client
                .accents()
                .list(ListAccentsRequest::new())
                .api_version(old),
        )
        .await
        .unwrap_err(),
        within(client.locales().list().api_version(old))
            .await
            .unwrap_err(),
        within(
            voices
                .add_accents("v", AddAccentsRequest::new(["x"]))
                .api_version(old),
        )
        .await
        .unwrap_err(),
        within(voices.remove_accent("v", "x").api_version(old))
            .await
            .unwrap_err(),
        within(
            client
                .access_tokens()
                .create(agent)
                .api_version(ApiVersion::V2024_11_13),
        )
        .await
        .unwrap_err(),
        within(legacy.create(CreateVoiceRequest::new("N", "D", embedding())))
            .await
            .unwrap_err(),
        within(legacy.mix(MixVoicesRequest::new([])))
            .await
            .unwrap_err(),
        within(legacy.clone_clip(clip(), true)).await.unwrap_err(),
        within(legacy.clone_url("https://x")).await.unwrap_err(),
        within(legacy.localize(LocalizeEmbeddingRequest::new(
            embedding(),
            Language::FR,
            SpeakerGender::MALE,
        )))
        .await
        .unwrap_err(),
    ];
    for error in refusals {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn one_voice_is_asked_for_with_more_fields() {
    let answer = json!({"id": "v", "preview_file_url": "https://x/y"});
    let (server, client) = answering_json(answer).await;
    let request = GetVoiceRequest::new().with_expand("preview_file_url");
    let call = client.voices().get_with("v/1", request);
    let voice = within(call.into_future()).await.unwrap();
    assert_eq!(voice.preview_file_url.as_deref(), Some("https://x/y"));
    let (line, _) = only(&server).await;
    assert_eq!(line, "GET /voices/v%2F1?expand[]=preview_file_url");
}

#[tokio::test]
async fn fields_of_a_voice_are_asked_for_where_the_version_has_them() {
    let (server, client) = answering_json(json!({"id": "v"})).await;
    let request = GetVoiceRequest::new().with_expand("preview_file_url");
    let call = client.voices().get_with("v", request);
    let error = within(call.api_version(ApiVersion::V2024_06_10).into_future())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(server.received_requests().await.unwrap().is_empty());
}
