//! `/voices` in the shape of every version.

use cartesia_mock::MockServer;
use serde_json::{Value, json};

use crate::support::{
    KEY, NEWEST, VERSIONS, VOICE, answer, answer_json, client, get, send, start, within,
};

const SARAH: &str = "694f9389-aac1-45b6-b726-9d9369183238";

async fn list(server: &MockServer, version: &str, query: &str) -> Value {
    answer_json(get(server, version, &format!("/voices{query}"))).await
}

fn ids(page: &Value) -> Vec<&str> {
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|voice| voice["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_voice_has_the_shape_of_the_version() {
    let server = start().await;
    let first = json!({
        "id": SARAH,
        "user_id": null,
        "is_public": true,
        "name": "Sarah - Mindful Guide",
        "description": "A calm woman for meditation and slow reading",
        "created_at": "2024-05-07T11:12:13.141516Z",
        "language": "en",
    });
    let second = json!({
        "id": SARAH,
        "is_owner": false,
        "name": "Sarah - Mindful Guide",
        "description": "A calm woman for meditation and slow reading",
        "created_at": "2024-05-07T11:12:13.141516Z",
        "language": "en",
    });
    let with = |base: &Value, more: Value| {
        let mut voice = base.clone();
        voice
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        voice
    };
    let third = with(&second, json!({"is_public": true, "gender": "feminine"}));
    let fourth = with(
        &third,
        json!({
            "locales": [{"locale": "en-US", "is_native": true}, {"locale": "es-MX", "is_native": false}],
            "country": "US",
            "accent": "California English",
        }),
    );
    let mut fifth = with(
        &fourth,
        json!({
            "name": "Sarah",
            "tagline": "Mindful Guide",
            "accent": "california",
            "access": {"type": "public"},
        }),
    );
    fifth.as_object_mut().unwrap().remove("is_public");
    let sixth = with(&fifth, json!({"access": "public", "visibility": "all"}));

    for (version, expected) in VERSIONS
        .into_iter()
        .zip([first, second, third, fourth, fifth, sixth])
    {
        let mut voice = answer_json(get(&server, version, &format!("/voices/{SARAH}"))).await;
        let all = list(&server, version, "").await;
        let listed = all.as_array().or_else(|| all["data"].as_array()).unwrap();
        assert_eq!(
            listed.iter().find(|voice| voice["id"] == SARAH),
            Some(&voice),
            "{version}"
        );
        if version == "2024-06-10" {
            let embedding = voice.as_object_mut().unwrap().remove("embedding").unwrap();
            assert_eq!(embedding.as_array().unwrap().len(), 192);
        }
        assert_eq!(voice, expected, "{version}");
    }
}

#[tokio::test]
async fn the_text_of_a_voice_is_golden() {
    let server = start().await;
    let (_, text) = answer(get(&server, NEWEST, &format!("/voices/{VOICE}"))).await;
    assert_eq!(
        text,
        "{\"id\":\"a0e99841-438c-4a64-b679-ae501e7d6091\",\"is_owner\":false,\"access\":\"public\",\
         \"visibility\":\"all\",\"name\":\"Barbershop Man\",\"tagline\":\"\",\
         \"description\":\"A friendly man who has time to talk\",\
         \"created_at\":\"2024-05-04T18:48:17.006451Z\",\"language\":\"en\",\
         \"locales\":[{\"locale\":\"en-US\",\"is_native\":true}],\"gender\":\"masculine\",\
         \"country\":\"US\",\"accent\":\"general-american\"}"
    );
}

#[tokio::test]
async fn lists_are_pages_from_2024_11_13_on() {
    let server = start().await;
    assert_eq!(
        list(&server, "2024-06-10", "?limit=1")
            .await
            .as_array()
            .map(Vec::len),
        Some(98)
    );
    for version in &VERSIONS[1..] {
        let page = list(&server, version, "").await;
        assert_eq!(ids(&page).len(), 10, "the default limit");
        assert_eq!(page["has_more"], true);
        assert_eq!(page["next_page"].as_str(), ids(&page).last().copied());
        let query = format!("?starting_after={}", page["next_page"].as_str().unwrap());
        let rest = list(&server, version, &query).await;
        assert_eq!(ids(&rest).len(), 10);
        assert_ne!(ids(&rest), ids(&page));
    }
}

#[tokio::test]
async fn pages_go_both_ways() {
    let server = start().await;
    let everything = list(&server, NEWEST, "?limit=100").await;
    let all = ids(&everything);
    assert_eq!(all.len(), 98);

    let before = list(
        &server,
        NEWEST,
        &format!("?limit=3&ending_before={}", all[5]),
    )
    .await;
    assert_eq!(ids(&before), all[2..5]);
    assert_eq!(
        (&before["has_more"], &before["next_page"]),
        (&json!(true), &json!(all[2]))
    );
    let first = list(
        &server,
        NEWEST,
        &format!("?limit=3&ending_before={}", all[2]),
    )
    .await;
    assert_eq!(ids(&first), all[..2]);
    assert_eq!(first["has_more"], false);
    let none = list(&server, NEWEST, &format!("?starting_after={}", all[97])).await;
    assert_eq!(
        none,
        json!({"data": [], "has_more": false, "next_page": null})
    );
}

#[tokio::test]
async fn filters_work_where_the_version_has_them() {
    let server = start().await;
    for (query, newest, early) in [
        ("?is_owner=true", 2, 2),
        ("?is_owner=false&limit=100", 96, 96),
        ("?gender=gender_neutral", 1, 1),
        ("?gender=masculine&language=es", 2, 10),
        ("?language=ja", 2, 10),
        ("?q=SARAH", 1, 10),
        ("?q=mindful%20guide", 1, 10),
        ("?q=694f9389", 1, 10),
        ("?q=z%C3%BCge", 1, 10),
        ("?q=nobody", 0, 10),
        ("?is_starred=true", 10, 3),
        ("?unknown=1", 10, 10),
    ] {
        assert_eq!(
            ids(&list(&server, NEWEST, query).await).len(),
            newest,
            "{query}"
        );
        assert_eq!(
            ids(&list(&server, "2024-11-13", query).await).len(),
            early,
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_in_a_query_is_refused() {
    let server = start().await;
    let both = format!("?starting_after={VOICE}&ending_before={VOICE}");
    for (query, old, new) in [
        ("?limit=0", 400, 400),
        ("?limit=101", 400, 400),
        ("?limit=ten", 400, 400),
        ("?limit=-1", 400, 400),
        ("?is_owner=1", 400, 400),
        ("?gender=male", 400, 400),
        ("?expand[]=everything", 400, 400),
        ("?starting_after=nobody", 400, 404),
        ("?ending_before=nobody", 400, 404),
        (both.as_str(), 400, 400),
    ] {
        let path = format!("/voices{query}");
        assert_eq!(
            answer(get(&server, "2025-11-04", &path)).await.0,
            old,
            "{query}"
        );
        assert_eq!(answer(get(&server, NEWEST, &path)).await.0, new, "{query}");
    }
}

#[tokio::test]
async fn fields_are_expanded_on_request() {
    let server = start().await;
    for key in ["expand[]", "expand%5B%5D"] {
        let path = format!("/voices/{SARAH}?{key}=embedding&{key}=is_starred");
        let voice = answer_json(get(&server, "2024-11-13", &path)).await;
        assert_eq!(voice["embedding"].as_array().map(Vec::len), Some(192));
        assert_eq!(voice["is_starred"], true);
        let path = format!("/voices/{SARAH}?{key}=is_starred");
        assert_eq!(
            answer_json(get(&server, "2025-04-16", &path)).await["is_starred"],
            true
        );
        assert_eq!(answer(get(&server, NEWEST, &path)).await.0, 400);
    }
}

#[tokio::test]
async fn previews_can_be_fetched_with_a_key() {
    let server = start().await;
    let path = format!("/voices/{SARAH}?expand[]=preview_file_url");
    let voice = answer_json(get(&server, NEWEST, &path)).await;
    let url = voice["preview_file_url"].as_str().unwrap();
    assert_eq!(send(client().get(url)).await.status(), 401);
    let response = send(client().get(url).bearer_auth(KEY)).await;
    assert_eq!(response.headers()["content-type"], "audio/wav");
    let bytes = within(response.bytes()).await.unwrap();
    assert!(bytes.starts_with(b"RIFF") && bytes.len() > 44_100);
}

#[tokio::test]
async fn unknown_voices() {
    let server = start().await;
    for version in VERSIONS {
        for id in ["11111111-2222-4333-8444-555555555555", "no-uuid", "a%2Fb"] {
            let expected = if version >= "2026-03-01" { 404 } else { 400 };
            let (status, text) = answer(get(&server, version, &format!("/voices/{id}"))).await;
            assert_eq!(status, expected, "{version} {id}: {text}");
        }
    }
    let slash = answer_json(get(&server, NEWEST, "/voices/")).await;
    assert_eq!(
        ids(&slash).len(),
        10,
        "both spellings of the collection work"
    );
}
