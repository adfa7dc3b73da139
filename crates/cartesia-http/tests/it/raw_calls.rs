//! Requests that have no call of their own, and files in forms.

use std::io::{self, Read, Write as _};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cartesia_http::{Client, Error, RetryPolicy, Upload};
use cartesia_types::voice::legacy::{MixVoicesRequest, MixedVoice};
use cartesia_types::{ErrorKind, RawFormat};
use futures_util::stream;
use http::Method;
use serde_json::{Value, json};
use wiremock::matchers::{any, body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{builder, bytes_request, everything, sse_request, within};

async fn server() -> (MockServer, Client) {
    let server = within(MockServer::start()).await;
    let client = builder(&server.uri())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    (server, client)
}

/// The only request so far.
async fn received(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

#[tokio::test]
async fn any_path_with_query_and_json() {
    let (server, client) = server().await;
    Mock::given(method("PATCH"))
        .and(path("/new/thing"))
        .and(query_param("q", "a b"))
        .and(header("cartesia-version", "2026-08-14"))
        .and(body_json(json!({"name": "x"})))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"ok": 1})))
        .mount(&server)
        .await;
    let call = client.request(Method::PATCH, "new/thing").query("q", "a b");
    let call = call.json(&json!({"name": "x"})).unwrap();
    let answer: Value = within(async { call.await?.json().await }).await.unwrap();
    assert_eq!(answer, json!({"ok": 1}));

    let error = within(client.request(Method::GET, "/nothing").send())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let body = within(async {
        client
            .request(Method::PATCH, "/new/thing?q=a%20b")
            .json(&json!({"name": "x"}))?
            .await?
            .collect()
            .await
    });
    assert_eq!(&body.await.unwrap()[..], br#"{"ok":1}"#);
}

async fn send(client: &Client, file: Upload) -> Result<Bytes, Error> {
    let call = client
        .request(Method::POST, "/files")
        .form_text("purpose", "fine_tune");
    within(async { call.form_file("file", file).await?.collect().await }).await
}

#[tokio::test]
async fn files_from_everywhere_arrive_whole_with_name_and_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.WAV");
    let content: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(&path, &content).unwrap();
    let pieces = || {
        stream::iter(
            content
                .clone()
                .chunks(7_000)
                .map(|piece| Ok(Bytes::copy_from_slice(piece)))
                .collect::<Vec<io::Result<Bytes>>>(),
        )
    };
    for (upload, name, media, progress_total) in [
        (
            Upload::from_path(&path),
            "clip.WAV",
            "audio/wav",
            Some(200_000),
        ),
        (
            Upload::from_bytes("a.mp3", content.clone()),
            "a.mp3",
            "audio/mpeg",
            Some(200_000),
        ),
        (
            Upload::from_stream("a.bin", pieces(), Some(200_000)),
            "a.bin",
            "application/octet-stream",
            Some(200_000),
        ),
        (
            Upload::from_stream("a.bin", pieces(), None)
                .with_file_name("b")
                .with_media_type("audio/x-raw"),
            "b",
            "audio/x-raw",
            None,
        ),
        (
            Upload::from_reader("a.wav", io::Cursor::new(content.clone()), Some(200_000)),
            "a.wav",
            "audio/wav",
            Some(200_000),
        ),
        (
            Upload::from_reader("a.wav", io::Cursor::new(content.clone()), None),
            "a.wav",
            "audio/wav",
            None,
        ),
    ] {
        let (server, client) = server().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(200))
            .mount(&server)
            .await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let watch = Arc::clone(&seen);
        let upload = upload.with_progress(move |progress| watch.lock().unwrap().push(progress));
        send(&client, upload).await.unwrap();
        let request = received(&server).await;
        let kind = request.headers["content-type"].to_str().unwrap();
        assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
        let body = request.body;
        let head = String::from_utf8_lossy(&body[..400]);
        for line in [
            "name=\"purpose\"\r\n\r\nfine_tune\r\n",
            &format!("name=\"file\"; filename=\"{name}\""),
            &format!("content-type: {media}"),
        ] {
            assert!(
                head.to_lowercase().contains(&line.to_lowercase()),
                "{line:?} in {head}"
            );
        }
        assert!(body.windows(content.len()).any(|window| window == content));
        let seen = seen.lock().unwrap();
        assert!(seen.len() > 2 && seen.is_sorted_by_key(|progress| progress.sent));
        assert_eq!(
            seen.last().map(|last| (last.sent, last.total)),
            Some((200_000, progress_total))
        );
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_sent_is_named_and_nothing_is_sent() {
    let (server, client) = server().await;
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.wav");
    std::fs::write(&empty, b"").unwrap();
    for (upload, kind, name) in [
        (
            Upload::from_path(folder.path().join("missing.wav")),
            ErrorKind::Io,
            "missing.wav",
        ),
        (
            Upload::from_path(folder.path()),
            ErrorKind::Io,
            "cannot be read",
        ),
        (
            Upload::from_path(&empty),
            ErrorKind::InvalidRequest,
            "empty.wav",
        ),
        (
            Upload::from_bytes("none.wav", Bytes::new()),
            ErrorKind::InvalidRequest,
            "none.wav",
        ),
        (
            Upload::from_bytes("a.wav", vec![1]).with_media_type("no type"),
            ErrorKind::InvalidRequest,
            "no type",
        ),
    ] {
        let error = send(&client, upload).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_is_sent_again_unless_it_came_from_a_stream() {
    let server = within(MockServer::start()).await;
    let policy = crate::support::at_once(3);
    let client = builder(&server.uri()).retry(policy).build().unwrap();
    let busy = ResponseTemplate::new(503);
    Mock::given(method("POST"))
        .respond_with(busy)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    send(&client, Upload::from_bytes("a.wav", vec![7; 10]))
        .await
        .unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
    assert!(
        requests
            .iter()
            .all(|request| request.body.windows(10).any(|window| window == [7; 10]))
    );

    server.reset().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    let once = Upload::from_stream("a.wav", stream::iter([Ok(Bytes::from_static(b"x"))]), None);
    assert_eq!(
        send(&client, once.clone()).await.unwrap_err().kind(),
        ErrorKind::Server
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    let error = send(&client, once).await.unwrap_err();
    assert!(error.to_string().contains("only once"), "{error}");
}

#[tokio::test]
async fn a_stream_that_is_shorter_than_announced_breaks_the_request_off() {
    let (server, client) = server().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let pieces = stream::iter([Ok(Bytes::from_static(b"short"))]);
    let error = send(&client, Upload::from_stream("a.wav", pieces, Some(10)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
    assert!(error.to_string().contains("shorter"), "{error}");
    let longer = stream::iter([Ok(Bytes::from_static(b"longer than said"))]);
    send(&client, Upload::from_stream("a.wav", longer, Some(6)))
        .await
        .unwrap();
}

/// A reader that waits, fails or panics concerns the upload alone.
#[tokio::test]
async fn a_reader_blocks_nobody_and_may_fail() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the pipe broke"))
        }
    }
    struct Panicking;
    impl Read for Panicking {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("a reader of the caller's")
        }
    }
    let (server, client) = server().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    // On this one thread the write comes while the reader waits.
    let (pipe, mut other_end) = io::pipe().unwrap();
    let writes = async {
        tokio::task::yield_now().await;
        other_end.write_all(b"through a pipe").unwrap();
        drop(other_end);
    };
    let upload = Upload::from_reader("a.wav", pipe, None);
    let (sent, ()) = within(async { tokio::join!(send(&client, upload), writes) }).await;
    sent.unwrap();
    let body = received(&server).await.body;
    assert!(String::from_utf8_lossy(&body).contains("through a pipe"));

    for (upload, cause) in [
        (
            Upload::from_reader("a.wav", Failing, None),
            "the pipe broke",
        ),
        (Upload::from_reader("a.wav", Panicking, None), "panicked"),
    ] {
        let error = send(&client, upload).await.unwrap_err();
        assert!(everything(&error).contains(cause), "{error:?}");
    }
}

#[tokio::test]
async fn calls_have_the_names_that_errors_give_them() {
    let (server, client) = server().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    let call = client.voices().get("v");
    assert_eq!(call.operation(), "voices.get");
    assert_eq!(within(call).await.unwrap_err().operation(), "voices.get");
    let call = client.locales().list();
    assert_eq!(call.operation(), "locales.list");
    assert_eq!(within(call).await.unwrap_err().operation(), "locales.list");
    let call = client.files().download("f");
    assert_eq!(call.operation(), "files.download");
    let error = within(call).await.unwrap_err();
    assert_eq!(error.operation(), "files.download");
    let call = client.request(Method::GET, "/x");
    assert_eq!(call.operation(), "request");
    assert_eq!(within(call).await.unwrap_err().operation(), "request");
    assert_eq!(client.tts().sse(sse_request()).operation(), "tts.sse");
    let bytes = client.tts().bytes(bytes_request(RawFormat::default()));
    assert_eq!(bytes.operation(), "tts.bytes");
    // Also one that cannot be written down.
    let infinite = MixVoicesRequest::new([MixedVoice::of_id("v", f32::INFINITY.into())]);
    let call = client.voices().legacy().mix(infinite);
    assert_eq!(call.operation(), "voices.legacy.mix");
}

#[tokio::test]
async fn a_download_is_saved_whole() {
    let (server, client) = server().await;
    let mut wav = cartesia_types::wav::header(cartesia_types::RawFormat::PCM_S16LE_8000, None);
    wav.extend([0; 16]);
    Mock::given(path("/audio"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(wav))
        .mount(&server)
        .await;
    Mock::given(path("/csv"))
        .respond_with(ResponseTemplate::new(200).set_body_string("a,b\n"))
        .mount(&server)
        .await;
    let folder = tempfile::tempdir().unwrap();
    let save = async |from: &str, name: &str| {
        let to = folder.path().join(name);
        let saved = client.request(Method::GET, from).await?.save(&to).await?;
        Ok::<_, Error>((saved, std::fs::read(to).unwrap()))
    };
    let (length, csv) = within(save("/csv", "a.csv")).await.unwrap();
    assert_eq!((length, &csv[..]), (4, &b"a,b\n"[..]));
    let (_, wav) = within(save("/audio", "a.wav")).await.unwrap();
    assert_eq!(wav[40..44], 16_u32.to_le_bytes(), "the sizes are filled in");
}

#[tokio::test]
async fn a_download_tells_how_far_it_is() {
    let (server, client) = server().await;
    let body = ResponseTemplate::new(200).set_body_bytes(vec![7; 300_000]);
    Mock::given(method("GET"))
        .respond_with(body)
        .mount(&server)
        .await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watch = Arc::clone(&seen);
    let download = within(client.request(Method::GET, "/file").send())
        .await
        .unwrap();
    let download = download.with_progress(move |progress| watch.lock().unwrap().push(progress));
    assert_eq!(within(download.collect()).await.unwrap().len(), 300_000);
    let seen = seen.lock().unwrap();
    assert!(seen.is_sorted_by_key(|progress| progress.received));
    let last = seen.last().unwrap();
    assert_eq!((last.received, last.total), (300_000, Some(300_000)));
}
