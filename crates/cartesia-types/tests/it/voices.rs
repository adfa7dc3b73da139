//! Golden tests of voices in the shape of every version.

use cartesia_types::voice::{Gender, ListVoicesRequest, VoiceAccess, VoicePage, VoiceVisibility};
use cartesia_types::{ApiVersion, Language, Voice};
use serde_json::{Value, from_value, json, to_value};

const ID: &str = "a0e99841-438c-4a64-b679-ae501e7d6091";

/// One voice as each version describes it.
fn shapes() -> Vec<(&'static str, Value)> {
    let common = json!({
        "id": ID, "name": "Barbershop Man", "description": "For sales pitches",
        "created_at": "2024-05-04T21:31:34.669073Z", "language": "en",
    });
    let with = |fields: Value| {
        let mut voice = common.clone();
        voice
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        voice
    };
    vec![
        (
            "2024-06-10",
            with(json!({"user_id": null, "is_public": true, "embedding": [0.25, -0.5]})),
        ),
        (
            "2024-11-13",
            with(json!({"is_owner": false, "is_starred": true})),
        ),
        (
            "2025-04-16",
            with(json!({"is_owner": false, "is_public": true, "gender": null})),
        ),
        (
            "2025-11-04",
            with(json!({
                "is_owner": false, "is_public": true, "gender": "masculine", "country": "US",
                "locales": [{"locale": "en-US", "is_native": true}],
            })),
        ),
        (
            "2026-03-01",
            with(
                json!({"is_owner": false, "access": {"type": "public"}, "tagline": "", "locales": []}),
            ),
        ),
        (
            "2026-08-14",
            with(json!({
                "is_owner": true, "access": "private", "visibility": "owner", "tagline": "Warm",
                "locales": [{"locale": "en-GB", "is_native": true}], "accent": "british",
                "preview_file_url": "https://x/y", "is_pro": true, "status": "ready",
            })),
        ),
    ]
}

#[test]
fn every_version_decodes() {
    for (version, shape) in shapes() {
        let voice: Voice = from_value(shape).unwrap_or_else(|error| panic!("{version}: {error}"));
        assert_eq!(
            (voice.id.as_str(), voice.name.as_str()),
            (ID, "Barbershop Man")
        );
        assert_eq!(voice.language, Some(Language::EN));
        match version {
            "2024-06-10" => {
                assert_eq!(voice.embedding.unwrap().as_slice(), [0.25, -0.5]);
                assert_eq!(voice.is_public, Some(true));
            }
            "2024-11-13" => assert_eq!(
                (voice.is_owner, voice.is_starred),
                (Some(false), Some(true))
            ),
            "2025-11-04" => {
                assert_eq!(voice.gender, Some(Gender::MASCULINE));
                assert!(voice.locales[0].is_native);
            }
            "2026-03-01" => assert_eq!(voice.access, Some(VoiceAccess::PUBLIC)),
            "2026-08-14" => {
                assert_eq!(voice.access, Some(VoiceAccess::PRIVATE));
                assert_eq!(voice.visibility, Some(VoiceVisibility::OWNER));
                assert_eq!(voice.extra["is_pro"], json!(true));
            }
            _ => {}
        }
    }
}

#[test]
fn unknown_fields_and_values_survive_a_round_trip() {
    let (_, shape) = shapes().pop().unwrap();
    let voice: Voice = from_value(shape.clone()).unwrap();
    assert_eq!(to_value(&voice).unwrap(), shape);
    let odd: Voice = from_value(
        json!({"id": "x", "gender": "new", "access": "team", "name": null, "locales": null}),
    )
    .unwrap();
    assert_eq!(
        (
            odd.gender.unwrap().as_str(),
            odd.access.unwrap().as_str(),
            odd.name.as_str()
        ),
        ("new", "team", "")
    );
}

#[test]
fn a_page_or_a_bare_array() {
    let voices: Vec<Value> = shapes().into_iter().map(|(_, shape)| shape).collect();
    let page: VoicePage = from_value(json!(voices)).unwrap();
    assert_eq!(
        (page.data.len(), page.has_more, page.next_cursor()),
        (6, false, None)
    );
    let page: VoicePage = from_value(json!({"data": voices, "has_more": true})).unwrap();
    assert_eq!(page.next_cursor(), Some(ID));
}

#[test]
fn the_list_query() {
    let request = ListVoicesRequest::new()
        .with_limit(50)
        .with_starting_after("a")
        .with_search("warm & deep")
        .with_is_owner(false)
        .with_gender(Gender::GENDER_NEUTRAL)
        .with_language(Language::DE)
        .with_expand("preview_file_url");
    let query: Vec<String> = request
        .query()
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        query,
        [
            "limit=50",
            "starting_after=a",
            "q=warm & deep",
            "is_owner=false",
            "gender=gender_neutral",
            "language=de",
            "expand[]=preview_file_url",
        ]
    );
    assert!(ListVoicesRequest::new().query().is_empty());
}

#[test]
fn each_filter_at_the_versions_that_have_it() {
    let new = ListVoicesRequest::new;
    for (request, versions) in [
        (
            new(),
            "2024-06-10 2024-11-13 2025-04-16 2025-11-04 2026-03-01 2026-08-14",
        ),
        (
            new().with_limit(1),
            "2024-11-13 2025-04-16 2025-11-04 2026-03-01 2026-08-14",
        ),
        (new().with_search("x"), "2025-11-04 2026-03-01 2026-08-14"),
        (new().with_is_starred(true), "2024-11-13 2025-04-16"),
        (new().with_expand("embedding"), "2024-11-13"),
        (
            new().with_expand("preview_file_url"),
            "2024-11-13 2025-04-16 2025-11-04 2026-03-01 2026-08-14",
        ),
    ] {
        let needs = request.requirements();
        let allowed: Vec<String> = ApiVersion::KNOWN
            .into_iter()
            .filter(|version| needs.iter().all(|need| need.check(*version).is_ok()))
            .map(|version| version.to_string())
            .collect();
        assert_eq!(allowed.join(" "), versions);
    }
}
