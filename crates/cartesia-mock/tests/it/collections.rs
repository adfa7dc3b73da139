//! Pronunciation dictionaries, datasets and fine-tunes.

use cartesia_mock::MockServer;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{
    KEY, NEWEST, VERSIONS, answer, answer_json, body, client, get, post, start, with,
};

const DICTS: &str = "/pronunciation-dicts/";

fn call(server: &MockServer, version: &str, method: Method, path: &str) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", version)
}

fn patch(server: &MockServer, version: &str, path: &str, body: &Value) -> RequestBuilder {
    call(server, version, Method::PATCH, path).json(body)
}

async fn delete(server: &MockServer, version: &str, path: &str) -> u16 {
    let (status, text) = answer(call(server, version, Method::DELETE, path)).await;
    assert_eq!(status == 204, text.is_empty());
    status.as_u16()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_dictionary_lives_and_dies() {
    let server = start().await;
    let items = json!([{"text": "Worcester", "alias": "Wooster", "case_sensitive": true}]);
    let new = json!({"name": "Places", "items": items});
    let made = answer_json(post(&server, NEWEST, DICTS, &new)).await;
    assert_eq!((&made["name"], &made["items"]), (&json!("Places"), &items));
    assert_eq!(made["pinned"], false);
    assert!(made["owner_id"].is_string() && made["created_at"].is_string());
    let path = format!("{DICTS}{}", id(&made));
    assert_eq!(answer_json(get(&server, NEWEST, &path)).await, made);
    let page = answer_json(get(&server, NEWEST, "/pronunciation-dicts")).await;
    assert_eq!(
        page,
        json!({"data": [made], "has_more": false, "next_page": null})
    );

    let renamed = answer_json(patch(&server, NEWEST, &path, &json!({"name": "New"}))).await;
    assert_eq!(
        (&renamed["name"], &renamed["items"]),
        (&json!("New"), &items)
    );
    let change = json!({"name": null, "items": []});
    let emptied = answer_json(patch(&server, NEWEST, &path, &change)).await;
    assert_eq!(
        (&emptied["name"], &emptied["items"]),
        (&json!("New"), &json!([]))
    );

    assert_eq!(delete(&server, NEWEST, &path).await, 204);
    assert_eq!(delete(&server, NEWEST, &path).await, 404);
    assert_eq!(answer(get(&server, NEWEST, &path)).await.0, 404);
    assert_eq!(answer(get(&server, "2025-11-04", &path)).await.0, 400);
}

#[tokio::test]
async fn items_have_the_shape_of_the_version() {
    let server = start().await;
    let create = |version, item: Value| {
        let new = json!({"name": "n", "items": [item]});
        answer(post(&server, version, DICTS, &new))
    };
    let old = json!({"text": "a", "pronunciation": "b"});
    let new = json!({"text": "a", "alias": "b"});
    for (version, item, expected) in [
        ("2025-04-16", &old, 200),
        ("2025-04-16", &new, 200),
        ("2025-11-04", &old, 400),
        ("2025-11-04", &new, 200),
        (NEWEST, &old, 400),
        (
            NEWEST,
            &json!({"text": "a", "alias": "b", "case_sensitive": 1}),
            400,
        ),
        (
            "2026-03-01",
            &json!({"text": "a", "alias": "b", "case_sensitive": 1}),
            200,
        ),
        (NEWEST, &json!({"alias": "b"}), 400),
        (NEWEST, &json!("a=b"), 400),
        (
            "2025-04-16",
            &json!({"text": "a", "pronunciation": "é".repeat(100)}),
            200,
        ),
        (
            "2025-04-16",
            &json!({"text": "a", "pronunciation": "é".repeat(101)}),
            400,
        ),
    ] {
        let (status, text) = create(version, item.clone()).await;
        assert_eq!(status, expected, "{version} {item}: {text}");
    }
    let (_, made) = create("2025-04-16", old).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!(
        made["items"],
        json!([{"text": "a", "alias": "b", "pronunciation": "b"}])
    );
    assert_eq!(made["description"], "");
    let path = format!("{DICTS}{}", id(&made));
    for (version, item) in [
        ("2025-11-04", json!({"text": "a", "alias": "b"})),
        (
            NEWEST,
            json!({"text": "a", "alias": "b", "case_sensitive": false}),
        ),
    ] {
        let dict = answer_json(get(&server, version, &path)).await;
        assert_eq!(dict["items"], json!([item]), "{version}");
        assert_eq!(dict["description"], Value::Null);
    }
    for wrong in [
        json!({}),
        json!({"name": 1}),
        json!({"name": "x", "items": {}}),
        json!([]),
    ] {
        assert_eq!(
            answer(post(&server, NEWEST, DICTS, &wrong)).await.0,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn dictionaries_are_pinned_at_one_version() {
    let server = start().await;
    let made = answer_json(post(&server, NEWEST, DICTS, &json!({"name": "n"}))).await;
    let path = format!("{DICTS}{}", id(&made));
    for (verb, pinned) in [("pin", true), ("unpin", false)] {
        let pinning = format!("{path}/{verb}");
        for version in VERSIONS {
            let (status, _) = answer(post(&server, version, &pinning, &json!({}))).await;
            let expected = if version == "2025-04-16" { 200 } else { 404 };
            assert_eq!(status, expected, "{version} {verb}");
        }
        assert_eq!(
            answer_json(get(&server, NEWEST, &path)).await["pinned"],
            pinned
        );
    }
}

#[tokio::test]
async fn synthesis_looks_its_dictionary_up() {
    let server = start().await;
    let made = answer_json(post(&server, NEWEST, DICTS, &json!({"name": "n"}))).await;
    for route in ["/tts/bytes", "/tts/sse"] {
        for (version, unknown) in VERSIONS.into_iter().zip([200, 200, 400, 400, 404, 404]) {
            for (id, expected) in [(&made["id"], 200), (&json!("pdict_none"), unknown)] {
                let body = with(body("Hi."), &[("pronunciation_dict_id", id.clone())]);
                let (status, _) = answer(post(&server, version, route, &body)).await;
                assert_eq!(status, expected, "{version} {route} {id}");
            }
        }
    }
}

fn upload(server: &MockServer, version: &str, dataset: &str, form: Form) -> RequestBuilder {
    let path = format!("/datasets/{dataset}/files");
    call(server, version, Method::POST, &path).multipart(form)
}

fn form(bytes: Vec<u8>) -> Form {
    let file = Part::bytes(bytes).file_name("a.wav");
    Form::new().part("file", file).text("purpose", "fine_tune")
}

#[tokio::test]
async fn a_dataset_lives_and_dies() {
    let server = start().await;
    let new = json!({"name": "n", "description": "d"});
    let made = answer_json(post(&server, NEWEST, "/datasets/", &new)).await;
    assert_eq!(
        (&made["name"], &made["description"]),
        (&json!("n"), &json!("d"))
    );
    let path = format!("/datasets/{}", id(&made));
    let change = json!({"name": "m", "description": ""});
    assert_eq!(answer(patch(&server, NEWEST, &path, &change)).await.0, 204);
    let changed = answer_json(get(&server, NEWEST, &path)).await;
    assert_eq!(
        changed,
        with(
            made.clone(),
            &[("name", json!("m")), ("description", json!(""))]
        )
    );
    let half = json!({"name": "m"});
    assert_eq!(answer(patch(&server, NEWEST, &path, &half)).await.0, 400);
    assert_eq!(
        answer(post(&server, NEWEST, "/datasets", &half)).await.0,
        400
    );
    let old = answer_json(post(&server, "2024-11-13", "/datasets", &half)).await;
    assert_eq!(old["description"], Value::Null);

    let list = answer_json(get(&server, NEWEST, "/datasets/?limit=1")).await;
    assert_eq!(
        (id(&list["data"][0]), &list["next_page"]),
        (id(&made), &made["id"])
    );
    let rest = format!("/datasets/?starting_after={}", id(&made));
    let rest = answer_json(get(&server, NEWEST, &rest)).await;
    assert_eq!(
        (id(&rest["data"][0]), &rest["has_more"]),
        (id(&old), &json!(false))
    );
    let before = format!("/datasets/?limit=1&ending_before={}", id(&old));
    let before = answer_json(get(&server, NEWEST, &before)).await;
    assert_eq!(
        (id(&before["data"][0]), &before["has_more"]),
        (id(&made), &json!(false))
    );
    for query in [
        "limit=0",
        "limit=101",
        "starting_after=x",
        "starting_after=a&ending_before=b",
    ] {
        let path = format!("/datasets/?{query}");
        assert_eq!(answer(get(&server, NEWEST, &path)).await.0, 400, "{query}");
    }

    assert_eq!(delete(&server, NEWEST, &path).await, 204);
    assert_eq!(delete(&server, NEWEST, &path).await, 404);
    assert_eq!(answer(patch(&server, NEWEST, &path, &change)).await.0, 404);
}

#[tokio::test]
async fn files_of_datasets() {
    let server = start().await;
    let new = json!({"name": "n", "description": "d"});
    let made = answer_json(post(&server, NEWEST, "/datasets/", &new)).await;
    let files = format!("/datasets/{}/files", id(&made));
    // More than the limit that a body has by default in the library below.
    let large = vec![7; 3 << 20];
    assert_eq!(
        answer(upload(&server, NEWEST, id(&made), form(large)))
            .await
            .0,
        204
    );
    assert_eq!(
        answer(upload(&server, "2024-11-13", id(&made), form(vec![1])))
            .await
            .0,
        204
    );
    let page = answer_json(get(&server, NEWEST, &files)).await;
    let sizes = [&page["data"][0]["size"], &page["data"][1]["size"]];
    assert_eq!(sizes, [&json!(3 << 20), &json!(1)]);
    assert_eq!(page["data"][0]["filename"], "a.wav");
    let old = answer_json(get(&server, "2024-11-13", &files)).await;
    assert_eq!(old["data"][0]["size"], Value::Null);

    let text = Form::new()
        .text("file", "no file")
        .text("purpose", "fine_tune");
    let pathless = Form::new().part("file", Part::bytes(vec![1]).file_name("a"));
    for (dataset, form, expected) in [
        (id(&made), form(Vec::new()), 400),
        (id(&made), text, 400),
        (id(&made), pathless, 400),
        (id(&made), Form::new().text("purpose", "fine_tune"), 400),
        ("nothing", form(vec![1]), 404),
    ] {
        let (status, text) = answer(upload(&server, NEWEST, dataset, form)).await;
        assert_eq!(status, expected, "{text}");
    }
    let (status, text) = answer(post(&server, NEWEST, &files, &json!({}))).await;
    assert_eq!(status, 400);
    assert!(text.contains("multipart/form-data"), "{text}");

    let file = format!("{files}/{}", id(&page["data"][0]));
    assert_eq!(delete(&server, NEWEST, &file).await, 204);
    assert_eq!(delete(&server, NEWEST, &file).await, 404);
    let rest = answer_json(get(&server, NEWEST, &files)).await;
    assert_eq!(rest["data"], json!([page["data"][1]]));
}

#[tokio::test]
async fn a_fine_tune_learns_as_it_is_looked_at() {
    let server = start().await;
    let new = json!({"name": "n", "description": "d"});
    let dataset = answer_json(post(&server, NEWEST, "/datasets/", &new)).await;
    let new = json!({
        "name": "n", "description": "d", "language": "fr", "model_id": "sonic-3-2026-01-12",
        "dataset": dataset["id"], "accent": "parisian",
    });
    let made = answer_json(post(&server, NEWEST, "/fine-tunes/", &new)).await;
    let mut expected = new.clone();
    expected["id"] = made["id"].clone();
    expected["status"] = json!("created");
    assert_eq!(made, expected);
    let path = format!("/fine-tunes/{}", id(&made));
    let voices = format!("{path}/voices");
    for status in ["training", "completed", "completed"] {
        let tune = answer_json(get(&server, NEWEST, &path)).await;
        assert_eq!(tune["status"], status);
        let page = answer_json(get(&server, NEWEST, &voices)).await;
        let has_voices = page["data"] != json!([]);
        assert_eq!(has_voices, status == "completed");
    }
    let page = answer_json(get(&server, NEWEST, &format!("{voices}?limit=1"))).await;
    assert_eq!(
        (&page["has_more"], &page["data"][0]["is_owner"]),
        (&json!(true), &json!(true))
    );
    let list = answer_json(get(&server, "2026-03-01", "/fine-tunes")).await;
    assert_eq!(list["data"][0]["accent"], Value::Null);
    for (field, value, status) in [
        ("name", Value::Null, 400),
        ("description", Value::Null, 400),
        ("language", Value::Null, 400),
        ("dataset", Value::Null, 400),
        ("dataset", json!("nothing"), 404),
        ("model_id", json!("sonic-latest"), 400),
        ("accent", json!(1), 400),
    ] {
        let body = with(new.clone(), &[(field, value)]);
        assert_eq!(
            answer(post(&server, NEWEST, "/fine-tunes/", &body)).await.0,
            status,
            "{field}"
        );
    }
    assert_eq!(delete(&server, NEWEST, &path).await, 204);
    assert_eq!(delete(&server, NEWEST, &path).await, 404);
    assert_eq!(answer(get(&server, NEWEST, &voices)).await.0, 404);
}

#[tokio::test]
async fn paths_exist_from_their_version_on_and_want_a_key() {
    let server = start().await;
    for (path, first) in [
        ("/pronunciation-dicts/", "2025-04-16"),
        ("/datasets/", "2024-11-13"),
        ("/fine-tunes/", "2025-04-16"),
    ] {
        for version in VERSIONS {
            let expected = if version < first { 404 } else { 200 };
            assert_eq!(
                answer(get(&server, version, path)).await.0,
                expected,
                "{version} {path}"
            );
        }
        let keyless = client().get(format!("{}{path}", server.url()));
        let keyless = keyless.header("cartesia-version", NEWEST);
        assert_eq!(answer(keyless).await.0, 401);
    }
    let new = json!({"name": "n", "description": "d"});
    let made = answer_json(post(&server, NEWEST, "/datasets/", &new)).await;
    let path = format!("/datasets/{}", id(&made));
    assert_eq!(answer(get(&server, "2024-11-13", &path)).await.0, 404);
    assert_eq!(delete(&server, "2024-11-13", &path).await, 404);
}
