//! Files that the service keeps.

use std::time::Duration;

use cartesia_http::{Client, Upload};
use cartesia_types::ErrorKind;
use cartesia_types::file::{CreateFileLinkRequest, FilePurpose, ListFilesRequest};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::forms::{answering, file, line, only_request, parts, text};
use crate::support::{builder, client, within};

#[tokio::test]
async fn an_upload_says_what_it_is_for() {
    let answer = json!({
        "id": "file_1", "filename": "a.wav", "size": 5, "purpose": "voice-clone",
        "created_at": "2026-08-14T00:00:00Z", "new": 1,
    });
    let server = answering(ResponseTemplate::new(200).set_body_json(answer)).await;
    let upload = Upload::from_bytes("a.wav", "sound");
    let call = client(&server.uri())
        .files()
        .upload(upload, FilePurpose::VOICE_CLONE);
    let kept = within(call).await.unwrap();
    assert_eq!((kept.id.as_str(), kept.size), ("file_1", Some(5)));
    assert_eq!(kept.filename.as_deref(), Some("a.wav"));
    assert_eq!(kept.purpose, Some(FilePurpose::VOICE_CLONE));
    assert_eq!(kept.created_at.unwrap(), "2026-08-14T00:00:00Z");
    assert_eq!(kept.extra["new"], 1);
    let request = only_request(&server).await;
    assert_eq!(line(&request), "POST /files");
    assert_eq!(
        parts(&request),
        [
            text("purpose", "voice-clone"),
            file("file", "a.wav", "audio/wav", "sound"),
        ]
    );
}

#[tokio::test]
async fn a_list_with_its_filters() {
    let page = json!({"data": [{"id": "file_1"}], "has_more": true, "next_page": null});
    let server = answering(ResponseTemplate::new(200).set_body_json(page)).await;
    let request = ListFilesRequest::new()
        .with_limit(1)
        .with_starting_after("file/0")
        .with_purpose(FilePurpose::FINE_TUNE)
        .with_search("a b");
    let page = within(client(&server.uri()).files().list(request))
        .await
        .unwrap();
    assert_eq!(page.data[0].id, "file_1");
    assert_eq!(page.next_cursor(), Some("file_1"));
    assert_eq!(
        line(&only_request(&server).await),
        "GET /files?limit=1&starting_after=file%2F0&purpose=fine_tune&q=a%20b"
    );
}

#[tokio::test]
async fn info_content_and_the_end_of_a_file() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({"id": "a/b"}))).await;
    let info = within(client(&server.uri()).files().info("a/b"))
        .await
        .unwrap();
    assert_eq!((info.id.as_str(), info.filename), ("a/b", None));
    assert_eq!(line(&only_request(&server).await), "GET /files/a%2Fb/info");

    let response = ResponseTemplate::new(200).set_body_raw("sound", "application/octet-stream");
    let server = answering(response).await;
    let download = within(client(&server.uri()).files().download("file_1"))
        .await
        .unwrap();
    assert_eq!(download.content_length(), Some(5));
    assert_eq!(&within(download.collect()).await.unwrap()[..], b"sound");
    let request = only_request(&server).await;
    assert_eq!(line(&request), "GET /files/file_1/download");
    assert_eq!(request.headers["accept"], "*/*");

    let server = answering(ResponseTemplate::new(204)).await;
    within(client(&server.uri()).files().delete("file_1"))
        .await
        .unwrap();
    assert_eq!(line(&only_request(&server).await), "DELETE /files/file_1");

    let server = answering(ResponseTemplate::new(404)).await;
    let error = within(client(&server.uri()).files().download("gone"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::NotFound, "files.download")
    );
}

/// Links are made at a host of their own, with the same key; everything else stays where it is.
#[tokio::test]
async fn a_link_is_made_at_the_host_of_files() {
    let files = answering(
        ResponseTemplate::new(200)
            .set_body_json(json!({"url": "https://x/y?link=canary", "new": 1})),
    )
    .await;
    let service = answering(ResponseTemplate::new(200).set_body_json(json!({"id": "a"}))).await;
    let client = builder(&service.uri())
        .files_base_url(files.uri())
        .build()
        .unwrap();
    let request =
        CreateFileLinkRequest::new("file_1").with_lifetime(Duration::from_secs(24 * 60 * 60));
    let link = within(client.files().link(request)).await.unwrap();
    assert_eq!(link.url, "https://x/y?link=canary");
    assert_eq!(link.extra["new"], 1);
    assert!(!format!("{link:?}").contains("canary"), "{link:?}");
    let request = only_request(&files).await;
    assert_eq!(line(&request), "POST /links");
    assert!(request.headers.contains_key("authorization"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, json!({"file_id": "file_1", "lifetime": "24h"}));
    within(client.files().info("a")).await.unwrap();
    assert_eq!(line(&only_request(&service).await), "GET /files/a/info");

    // Another service has no host for files, as far as is known: its key goes nowhere else.
    let service = answering(ResponseTemplate::new(200).set_body_json(json!({"url": "u"}))).await;
    let call = self::client(&service.uri())
        .files()
        .link(CreateFileLinkRequest::new("file_1"));
    within(call).await.unwrap();
    let request = only_request(&service).await;
    assert_eq!(request.body, br#"{"file_id":"file_1"}"#);

    let refused = Client::builder()
        .api_key("sk_canary")
        .files_base_url("http://example.com");
    let error = refused.build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("allow_plain_http"), "{error}");
}

/// What a name holds must not end the header of its part, or begin another.
#[tokio::test]
async fn names_are_escaped_as_browsers_do() {
    let answer = json!({"id": "file_1"});
    let server = answering(ResponseTemplate::new(200).set_body_json(answer)).await;
    let call = client(&server.uri())
        .request(http::Method::POST, "/x")
        .form_text("a\"b\r\nx: y", "1")
        .form_text("n\u{e4}me[%0A]", "2")
        .form_file(
            "clip",
            Upload::from_bytes("\"; x=\"\r\n\r\n\u{1f44d}.wav", "sound"),
        );
    let _ = within(call).await.unwrap();
    assert_eq!(
        parts(&only_request(&server).await),
        [
            text("a%22b%0D%0Ax: y", "1"),
            text("n\u{e4}me[%0A]", "2"),
            file(
                "clip",
                "%22; x=%22%0D%0A%0D%0A\u{1f44d}.wav",
                "audio/wav",
                "sound"
            ),
        ]
    );
}
