//! The handle: journal, pace, start and stop.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use cartesia_mock::{Fault, MockServer, Pace};
use serde_json::json;

use crate::support::{
    KEY, NEWEST, VOICE, answer, answer_json, body, client, get, post, send, start, within,
};

#[tokio::test]
async fn the_journal_has_everything_but_the_key() {
    let server = start().await;
    answer(get(
        &server,
        NEWEST,
        "/voices?limit=2&expand%5B%5D=preview_file_url&api_key=sk_secret",
    ))
    .await;
    answer(post(&server, NEWEST, "/tts/bytes", &body("Hi."))).await;
    let url = format!("{}/voices/{VOICE}", server.url());
    answer(client().get(url).header("x-api-key", KEY)).await;

    let received = server.received();
    let [list, bytes, get] = received.as_slice() else {
        panic!("{received:?}")
    };
    assert_eq!(
        (list.method.as_str(), list.path.as_str(), list.status),
        ("GET", "/voices", Some(200))
    );
    let query = [
        ("limit", "2"),
        ("expand[]", "preview_file_url"),
        ("api_key", "sk_<redacted>"),
    ];
    assert_eq!(
        list.query,
        query.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(list.header("authorization"), Some("Bearer sk_<redacted>"));
    assert_eq!(list.header("cartesia-version"), Some(NEWEST));
    assert_eq!(list.json(), None);
    assert_eq!(bytes.json(), Some(body("Hi.")));
    assert_eq!(bytes.to_string(), "POST /tts/bytes 200");
    assert_eq!(
        (get.header("x-api-key"), get.status),
        (Some("sk_<redacted>"), Some(400))
    );
    for secret in ["canary", "secret"] {
        assert!(!format!("{server:?}{received:?}").contains(secret));
    }
}

#[tokio::test]
async fn an_observer_sees_each_request_with_its_status() {
    let (sender, seen) = mpsc::channel();
    let server =
        MockServer::builder().observe(move |received| sender.send(received.to_string()).unwrap());
    let server = within(server.start()).await.unwrap();
    answer(get(&server, NEWEST, "/voices")).await;
    answer(get(&server, NEWEST, "/nothing?q=1")).await;
    server.inject(Fault::CloseBeforeHeaders);
    within(get(&server, NEWEST, "/voices").send())
        .await
        .unwrap_err();
    assert_eq!(
        seen.try_iter().collect::<Vec<_>>(),
        [
            "GET /voices 200",
            "GET /nothing 404",
            "GET /voices no answer"
        ]
    );
}

#[tokio::test]
async fn identifiers_of_requests_are_the_same_in_every_run() {
    let id = async |server: &MockServer| {
        send(get(server, NEWEST, "/")).await.headers()["x-request-id"].clone()
    };
    let (a, b) = (start().await, start().await);
    let (first, second) = (id(&a).await, id(&a).await);
    assert_ne!(first, second);
    assert_eq!((id(&b).await, id(&b).await), (first, second));
}

/// Everything that a server answers to a few requests, and their identifiers.
async fn everything(seed: u64) -> String {
    let server = within(MockServer::builder().seed(seed).start()).await;
    let server = server.unwrap();
    let mut all = String::new();
    let form = reqwest::multipart::Form::new()
        .text("name", "Ada")
        .text("language", "en")
        .part(
            "clip",
            reqwest::multipart::Part::bytes(&b"RIFF"[..]).file_name("clip.wav"),
        );
    let grants = json!({"grants": {"tts": true}});
    let dataset = json!({"name": "d", "description": ""});
    let clone = client()
        .post(format!("{}/voices/clone", server.url()))
        .bearer_auth(KEY)
        .header("cartesia-version", NEWEST)
        .multipart(form);
    for request in [
        post(&server, NEWEST, "/access-token", &grants),
        clone,
        post(&server, NEWEST, "/tts/sse", &body("Hi.")),
        post(&server, NEWEST, "/datasets", &dataset),
    ] {
        let response = send(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = within(response.text()).await.unwrap();
        assert!(status.is_success(), "{text}");
        all.push_str(headers["x-request-id"].to_str().unwrap());
        all.push_str(&text);
    }
    // A version at which the server names contexts.
    let mut socket = crate::socket_client::connect(&server, "2024-11-13").await;
    let mut request = crate::socket_client::request("", "Hi.");
    request.as_object_mut().unwrap().remove("context_id");
    socket.send(&request).await;
    loop {
        let message = socket.next().await;
        all.push_str(&message.to_string());
        if message["type"] == "done" {
            return all;
        }
    }
}

#[tokio::test]
async fn runs_with_the_same_seed_are_the_same() {
    let (first, second, other) = (
        everything(7).await,
        everything(7).await,
        everything(8).await,
    );
    assert_eq!(first, second);
    assert_ne!(first, other);
    assert!(first.contains("2026-09-02T12:00:00Z"), "{first}");
}

#[tokio::test]
async fn a_token_of_a_seeded_server_opens_what_it_was_granted() {
    let server = within(MockServer::builder().seed(7).start()).await.unwrap();
    let grants = json!({"grants": {"tts": true}});
    let token = answer_json(post(&server, NEWEST, "/access-token", &grants)).await;
    let request = client()
        .post(format!("{}/tts/bytes", server.url()))
        .bearer_auth(token["token"].as_str().unwrap())
        .header("cartesia-version", NEWEST)
        .json(&body("Hi."));
    assert_eq!(send(request).await.status(), 200);
}

#[tokio::test]
async fn real_time_is_not_faster_than_it_plays() {
    let builder = MockServer::builder()
        .pace(Pace::RealTime)
        .latency(Duration::from_millis(200));
    let server = within(builder.start()).await.unwrap();
    let began = Instant::now();
    let response = send(post(&server, NEWEST, "/tts/bytes", &body("Hello."))).await;
    let audio = within(response.bytes()).await.unwrap();
    let took = began.elapsed();
    // The last piece is sent when it starts to play; a piece is 12 000 bytes, here 375 ms.
    let playing = Duration::from_millis(audio.len() as u64 / 32);
    assert!(
        took + Duration::from_millis(375) >= playing + Duration::from_millis(200),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_long_transcript_starts_at_once() {
    let server = start().await;
    let hours = body(&"These words take many hours to speak and nobody listens. ".repeat(20_000));
    let mut response = send(post(&server, NEWEST, "/tts/bytes", &hours)).await;
    for _ in 0..10 {
        assert!(within(response.chunk()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let server = start().await;
    let request =
        post(&server, NEWEST, "/tts/bytes", &json!(null)).body(vec![b' '; (32 << 20) + 1]);
    assert_eq!(answer(request).await.0, 413);
    let small = within(MockServer::builder().max_body_bytes(100).start()).await;
    let small = small.unwrap();
    for (length, status) in [(100, 400), (101, 413)] {
        let request = post(&small, NEWEST, "/tts/bytes", &json!(null)).body(vec![b' '; length]);
        let (found, text) = answer(request).await;
        assert_eq!(found, status, "{text}");
        assert_eq!(text.contains("100 bytes"), status == 413, "{text}");
    }
}

#[tokio::test]
async fn shutdown_lets_responses_finish_and_closes_the_port() {
    let builder = MockServer::builder().latency(Duration::from_millis(300));
    let server = within(builder.start()).await.unwrap();
    let address = server.addr();
    let response = send(post(&server, NEWEST, "/tts/bytes", &body("Hi."))).await;
    let (audio, ()) = within(async { tokio::join!(response.bytes(), server.shutdown()) }).await;
    assert!(!audio.unwrap().is_empty());
    within(tokio::net::TcpStream::connect(address))
        .await
        .unwrap_err();
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let server = start().await;
    server.inject(Fault::StallBody { after: 10 });
    let response = send(post(&server, NEWEST, "/tts/bytes", &body("Hello."))).await;
    within(server.shutdown()).await;
    within(response.bytes()).await.unwrap_err();
}

#[tokio::test]
async fn drop_stops_at_once() {
    let server = start().await;
    let address = server.addr();
    server.inject(Fault::StallBody { after: 10 });
    let response = send(post(&server, NEWEST, "/tts/bytes", &body("Hello."))).await;
    drop(server);
    within(response.bytes()).await.unwrap_err();
    within(tokio::net::TcpStream::connect(address))
        .await
        .unwrap_err();
}

#[test]
fn without_async() {
    let server = MockServer::start_on_thread().unwrap();
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(
        response.ends_with("{\"ok\":true,\"version\":\"2026-08-14\"}"),
        "{response}"
    );
    assert_eq!(server.received().len(), 1);
    let address = server.addr();
    drop(server);
    TcpStream::connect(address).unwrap_err();
}

#[tokio::test]
async fn a_server_on_a_thread_shuts_down_from_another_runtime() {
    let server = MockServer::builder().start_on_thread().unwrap();
    assert_eq!(answer(get(&server, NEWEST, "/voices")).await.0, 200);
    within(server.shutdown()).await;
}

#[test]
fn an_address_in_use_is_an_error() {
    let server = MockServer::start_on_thread().unwrap();
    MockServer::builder()
        .bind(server.addr())
        .start_on_thread()
        .unwrap_err();
}

/// The program itself, built by `cargo test --all-features`.
#[cfg(feature = "cli")]
mod program {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// Ends the program even if the test fails.
    struct Running(Child);

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[tokio::test]
    async fn it_says_where_it_listens_logs_requests_and_breaks_on_request() {
        let child = Command::new(env!("CARGO_BIN_EXE_cartesia-mock"))
            .args(["--port", "0", "--fault", "cut-after=5000@/tts/bytes"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut running = Running(child);
        let mut line = String::new();
        BufReader::new(running.0.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.strip_prefix("listening on ").unwrap().trim_end();

        let request = client()
            .post(format!("{url}/tts/bytes"))
            .bearer_auth(KEY)
            .header("cartesia-version", NEWEST)
            .json(&body("Private words."));
        let response = send(request).await;
        assert_eq!(response.status(), 200);
        within(response.bytes()).await.unwrap_err();

        let mut log = String::new();
        BufReader::new(running.0.stderr.take().unwrap())
            .read_line(&mut log)
            .unwrap();
        assert_eq!(log, "POST /tts/bytes 200\n");
    }

    #[tokio::test]
    async fn it_prints_and_records_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.jsonl");
        let child = Command::new(env!("CARGO_BIN_EXE_cartesia-mock"))
            .args(["--port", "0", "--journal", "--record"])
            .arg(&file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut running = Running(child);
        let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let url = first.strip_prefix("listening on ").unwrap();
        send(client().get(format!("{url}/voices")).bearer_auth(KEY)).await;
        let line = lines.next().unwrap().unwrap();
        assert!(
            line.starts_with(r#"{"number":1,"event":"request""#),
            "{line}"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{line}\n"));
        let journal = client().get(format!("{url}/_mock/journal"));
        assert_eq!(answer(journal).await.1, format!("[{line}]"));
    }
}
