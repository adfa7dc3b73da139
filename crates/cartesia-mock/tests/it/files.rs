//! Files that are kept.

use serde_json::{Value, json};

use crate::forms::Form;
use crate::support::{
    KEY, NEWEST, answer, answer_json, body, client, get, post, send, start, with, within,
};

fn form(name: &str, purpose: &str, content: &[u8]) -> Form {
    Form::default()
        .text("purpose", purpose)
        .file("file", name, content)
}

fn names(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap();
    data.iter()
        .map(|file| file["filename"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_file_lives_from_upload_to_deletion() {
    let server = start().await;
    let content = b"\x00\xff\r\n--frontie\r\n";
    let file = form("a b.wav", "voice-clone", content)
        .json(&server, "/files")
        .await;
    let id = file["id"].as_str().unwrap();
    assert!(id.starts_with("file_"), "{file}");
    assert_eq!(
        file,
        json!({"id": id, "filename": "a b.wav", "size": content.len(), "purpose": "voice-clone",
               "created_at": "2026-08-14T00:00:00Z"})
    );
    let info = answer_json(get(&server, NEWEST, &format!("/files/{id}/info"))).await;
    assert_eq!(info, file);
    let response = send(get(&server, NEWEST, &format!("/files/{id}/download"))).await;
    assert_eq!(
        response.headers()["content-type"],
        "application/octet-stream"
    );
    assert_eq!(&within(response.bytes()).await.unwrap()[..], content);

    let delete = || {
        let url = format!("{}/files/{id}", server.url());
        let request = client().delete(url).bearer_auth(KEY);
        request.header("cartesia-version", NEWEST)
    };
    assert_eq!(
        answer(delete()).await,
        (reqwest::StatusCode::NO_CONTENT, String::new())
    );
    assert_eq!(answer(delete()).await.0, 404);
    for what in ["info", "download"] {
        let (status, text) = answer(get(&server, NEWEST, &format!("/files/{id}/{what}"))).await;
        assert_eq!(status, 404, "{text}");
    }
    let page = answer_json(get(&server, NEWEST, "/files")).await;
    assert_eq!(
        page,
        json!({"data": [], "has_more": false, "next_page": null})
    );
}

#[tokio::test]
async fn lists_have_pages_and_filters() {
    let server = start().await;
    let mut ids = Vec::new();
    for (name, purpose) in [
        ("One.wav", "fine_tune"),
        ("two.wav", "voice-clone"),
        ("three.mp3", "fine_tune"),
        ("four.WAV", "fine_tune"),
    ] {
        let file = form(name, purpose, b"x").json(&server, "/files").await;
        ids.push(file["id"].as_str().unwrap().to_owned());
    }
    let list =
        async |query: &str| answer_json(get(&server, NEWEST, &format!("/files{query}"))).await;
    assert_eq!(
        names(&list("").await),
        ["four.WAV", "three.mp3", "two.wav", "One.wav"]
    );
    let first = list("?limit=2&purpose=fine_tune").await;
    assert_eq!(names(&first), ["four.WAV", "three.mp3"]);
    assert_eq!(
        (&first["has_more"], &first["next_page"]),
        (&json!(true), &json!(ids[2]))
    );
    let second = list(&format!(
        "?limit=2&purpose=fine_tune&starting_after={}",
        ids[2]
    ))
    .await;
    assert_eq!(
        (names(&second), &second["has_more"]),
        (vec!["One.wav"], &json!(false))
    );
    let before = list(&format!("?limit=2&ending_before={}", ids[0])).await;
    assert_eq!(names(&before), ["three.mp3", "two.wav"]);
    assert_eq!(before["next_page"], json!(ids[2]));
    assert_eq!(
        names(&list("?q=wav").await),
        ["four.WAV", "two.wav", "One.wav"]
    );

    for (query, status) in [
        ("?limit=0".to_owned(), 400),
        ("?purpose=fun".to_owned(), 400),
        ("?starting_after=file_0".to_owned(), 404),
        (
            format!("?starting_after={0}&ending_before={0}", ids[0]),
            400,
        ),
    ] {
        let (found, text) = answer(get(&server, NEWEST, &format!("/files{query}"))).await;
        assert_eq!(found, status, "{query}: {text}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let server = start().await;
    for (form, says) in [
        (form("a", "fun", b"x"), "voice-clone"),
        (form("a", "", b"x"), "`purpose` is required"),
        (form("a", "fine_tune", b""), "`file` is empty"),
        (
            Form::default().text("purpose", "fine_tune"),
            "`file` is required",
        ),
    ] {
        form.refused(&server, "/files", 400, says).await;
    }
}

#[tokio::test]
async fn speech_that_was_saved_is_among_the_files() {
    let server = start().await;
    let wav = json!({"container": "wav", "encoding": "pcm_s16le", "sample_rate": 8_000});
    let request = with(body("Hello."), &[("output_format", wav)]);
    within(
        send(post(&server, NEWEST, "/tts/bytes", &request))
            .await
            .bytes(),
    )
    .await
    .unwrap();
    let list = "/files?purpose=tts_generation";
    let listed = answer_json(get(&server, NEWEST, list)).await;
    assert_eq!(listed["data"], json!([]));

    let request = with(request, &[("save", json!(true))]);
    let response = send(post(&server, NEWEST, "/tts/bytes", &request)).await;
    let id = response.headers()["cartesia-file-id"].to_str().unwrap();
    let id = id.to_owned();
    let sent = within(response.bytes()).await.unwrap();
    let listed = answer_json(get(&server, NEWEST, list)).await;
    assert_eq!(listed["data"][0]["id"], id.as_str());
    assert_eq!(listed["data"][0]["size"], sent.len());
    let download = get(&server, NEWEST, &format!("/files/{id}/download"));
    assert_eq!(within(send(download).await.bytes()).await.unwrap(), sent);
}
