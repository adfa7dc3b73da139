//! A proxy in front of the server, and then its recording in place of the server.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use cartesia_mock::{Fault, MockServer, Pace, Proxy, Recording, Replay};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

use crate::socket_client::{SocketClient, end, handshake_at, more, request};
use crate::support::{KEY, NEWEST, answer, body, client, send, start, with, within};

/// A proxy in front of a server, and the file.
struct Rig {
    server: MockServer,
    proxy: Proxy,
    file: PathBuf,
    _folder: TempDir,
}

async fn rig(server: MockServer) -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.jsonl");
    let proxy = within(Proxy::builder(server.url(), &file).start()).await;
    Rig {
        server,
        proxy: proxy.unwrap(),
        file,
        _folder: folder,
    }
}

impl Rig {
    /// Stops server and proxy, and plays what was recorded.
    async fn replay(self, pace: Pace) -> (Replay, String) {
        let Self {
            server,
            proxy,
            file,
            _folder,
        } = self;
        within(proxy.shutdown()).await;
        within(server.shutdown()).await;
        let text = std::fs::read_to_string(&file).unwrap();
        let recording = Recording::read(&file).unwrap();
        let replay = within(Replay::builder(recording).pace(pace).start()).await;
        (replay.unwrap(), text)
    }
}

fn post_to(url: &str, path: &str, body: &Value) -> RequestBuilder {
    client()
        .post(format!("{url}{path}"))
        .bearer_auth(KEY)
        .header("cartesia-version", NEWEST)
        .json(body)
}

async fn bytes_of(request: RequestBuilder) -> (StatusCode, Vec<u8>) {
    let response = send(request).await;
    let status = response.status();
    (status, within(response.bytes()).await.unwrap().to_vec())
}

async fn socket_to(url: &str) -> SocketClient {
    let authorization = format!("Bearer {KEY}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("cartesia-version", NEWEST),
    ];
    let address = url.strip_prefix("http://").unwrap();
    let (socket, _) = handshake_at(address, "/tts/websocket", &headers)
        .await
        .unwrap();
    socket
}

/// The messages of a context, in which it is called `x`.
fn unnamed(messages: &[Value], context: &str) -> Vec<Value> {
    let named = |value: &Value| value["context_id"] == context;
    assert!(messages.iter().all(named), "{messages:?}");
    let mut messages = messages.to_vec();
    for message in &mut messages {
        message["context_id"] = "x".into();
    }
    messages
}

#[tokio::test]
async fn bytes_are_answered_again() {
    let rig = rig(start().await).await;
    let hello = body("Hello there.");
    let wav = with(hello.clone(), &[("output_format.container", json!("wav"))]);
    let url = rig.proxy.url();
    let direct = bytes_of(post_to(&rig.server.url(), "/tts/bytes", &hello)).await;
    let mut recorded = Vec::new();
    for request in [&hello, &wav] {
        recorded.push(bytes_of(post_to(&url, "/tts/bytes?a=1", request)).await);
    }
    assert_eq!(recorded[0], direct);
    let (replay, _) = rig.replay(Pace::Fast).await;
    let url = replay.url();
    for _ in 0..2 {
        let response = send(post_to(&url, "/tts/bytes?a=1", &wav)).await;
        assert_eq!(response.headers()["content-type"], "audio/wav");
        assert!(response.headers().contains_key("x-request-id"));
        assert_eq!(within(response.bytes()).await.unwrap(), recorded[1].1);
    }
    // Other headers, and no key at all.
    let bare = client().post(format!("{url}/tts/bytes?a=1")).json(&hello);
    assert_eq!(bytes_of(bare).await, recorded[0]);
}

#[tokio::test]
async fn events_are_answered_again_under_the_name_of_now() {
    let rig = rig(start().await).await;
    let asked = |context: &str| {
        with(
            body("Hello there."),
            &[
                ("context_id", json!(context)),
                ("add_timestamps", json!(true)),
            ],
        )
    };
    let url = rig.proxy.url();
    let (_, recorded) = answer(post_to(&url, "/tts/sse", &asked("recorded"))).await;
    let (replay, _) = rig.replay(Pace::Fast).await;
    let (status, text) = answer(post_to(&replay.url(), "/tts/sse", &asked("no\"w"))).await;
    assert_eq!(status, 200);
    assert!(text.contains("no\\\"w") && text.contains("\"words\""));
    assert_eq!(text.replace("no\\\"w", "recorded"), recorded);
}

#[tokio::test]
async fn contexts_of_a_socket_are_answered_again() {
    let rig = rig(start().await).await;
    let mut socket = socket_to(&rig.proxy.url()).await;
    socket.send(&request("one", "Hello there.")).await;
    let one = socket.until_over("one").await;
    socket.send(&more("two", "First. ")).await;
    socket.send(&more("two", "Second.")).await;
    socket.send(&end("two")).await;
    let two = socket.until_over("two").await;
    // The name is free again.
    socket.send(&request("one", "Goodbye.")).await;
    let three = socket.until_over("one").await;
    socket.send_raw(Message::Close(None)).await;
    while socket.next_raw().await.is_some() {}

    let (replay, _) = rig.replay(Pace::Fast).await;
    let mut socket = socket_to(&replay.url()).await;
    // In another order, at once, and under other names.
    socket.send(&more("b", "First. ")).await;
    socket.send(&request("c", "Goodbye.")).await;
    socket.send(&more("b", "Second.")).await;
    socket.send_raw(Message::Ping(vec![7].into())).await;
    socket.send(&request("a", "Hello there.")).await;
    socket.send(&end("b")).await;
    let (mut messages, mut over, mut pongs) = (Vec::new(), 0, 0);
    while over < 3 {
        match socket.next_raw().await.unwrap().unwrap() {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                over += usize::from(message["type"] == "done");
                messages.push(message);
            }
            Message::Pong(payload) => pongs += usize::from(payload.as_ref() == [7]),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(pongs, 1);
    for (now, then, recorded) in [("a", "one", one), ("b", "two", two), ("c", "one", three)] {
        let of_now: Vec<_> = messages
            .iter()
            .filter(|m| m["context_id"] == now)
            .cloned()
            .collect();
        assert_eq!(unnamed(&of_now, now), unnamed(&recorded, then), "{now}");
    }

    // What was not recorded ends its context, not the connection.
    socket.send(&request("d", "Something else.")).await;
    let refusal = socket.until_over("d").await;
    assert_eq!(refusal[0]["error_code"], "not_recorded");
    socket.send_raw(Message::Close(None)).await;
    while let Some(last) = socket.next_raw().await {
        assert!(matches!(last, Ok(Message::Close(_))), "{last:?}");
    }
}

#[tokio::test]
async fn a_context_that_goes_on_in_another_way_gets_the_reason() {
    let rig = rig(start().await).await;
    let mut socket = socket_to(&rig.proxy.url()).await;
    socket.send(&more("one", "First. ")).await;
    socket.send(&more("one", "Second.")).await;
    socket.send(&end("one")).await;
    socket.until_over("one").await;
    let (replay, _) = rig.replay(Pace::Fast).await;
    let mut socket = socket_to(&replay.url()).await;
    socket.send(&more("one", "First. ")).await;
    socket.send(&more("one", "Third.")).await;
    let refusal = socket.until_over("one").await.pop().unwrap();
    let message = refusal["message"].as_str().unwrap();
    assert!(
        message.ends_with("it expects /transcript = \"Second.\" and not \"Third.\""),
        "{message}"
    );
}

#[tokio::test]
async fn the_servers_end_of_a_socket_is_played_too() {
    let idle = MockServer::builder().idle_timeout(Duration::from_millis(100));
    let rig = rig(within(idle.start()).await.unwrap()).await;
    let mut socket = socket_to(&rig.proxy.url()).await;
    socket.send_raw(Message::text("no JSON")).await;
    let refused = socket.next().await;
    let closed = socket.closed().await;
    drop(socket);
    let (replay, _) = rig.replay(Pace::Fast).await;
    let mut socket = socket_to(&replay.url()).await;
    socket.send_raw(Message::text("no JSON")).await;
    assert_eq!(socket.next().await, refused);
    assert_eq!(socket.closed().await, closed);
    let mut socket = socket_to(&replay.url()).await;
    socket.send_raw(Message::text("other text")).await;
    assert_eq!(socket.next().await["error_code"], "not_recorded");
    assert_eq!(socket.closed().await.0, 1008);
}

#[tokio::test]
async fn answers_follow_their_order_and_the_last_one_stays() {
    let rig = rig(start().await).await;
    let list = |url: &str| {
        client()
            .get(format!("{url}/pronunciation-dicts"))
            .bearer_auth(KEY)
            .header("cartesia-version", NEWEST)
    };
    let url = rig.proxy.url();
    let (_, before) = answer(list(&url)).await;
    let dict = json!({"name": "d"});
    let (status, _) = answer(post_to(&url, "/pronunciation-dicts", &dict)).await;
    assert_eq!(status, 200);
    let (_, after) = answer(list(&url)).await;
    assert_ne!(before, after);
    let (replay, _) = rig.replay(Pace::Fast).await;
    let url = replay.url();
    for expected in [&before, &after, &after] {
        assert_eq!(&answer(list(&url)).await.1, expected);
    }
}

#[tokio::test]
async fn what_was_not_recorded_is_refused_with_what_was_expected() {
    let rig = rig(start().await).await;
    answer(post_to(&rig.proxy.url(), "/tts/bytes?a=1", &body("Hi."))).await;
    let (replay, _) = rig.replay(Pace::Fast).await;
    let url = replay.url();
    for (path, asked, message) in [
        (
            "/stt",
            body("Hi."),
            "the recording has no POST /stt; it has POST /tts/bytes",
        ),
        (
            "/tts/bytes?a=1",
            body("Ho."),
            "the recording has another POST /tts/bytes than this: it expects /transcript = \
             \"Hi.\" and not \"Ho.\"",
        ),
        (
            "/tts/bytes?a=2",
            body("Hi."),
            "the recording has another POST /tts/bytes than this: it expects a=1 in the query",
        ),
    ] {
        let (status, text) = answer(post_to(&url, path, &asked)).await;
        let error: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (status.as_u16(), &error["error_code"]),
            (404, &json!("not_recorded"))
        );
        assert_eq!(error["message"], message);
    }
}

#[tokio::test]
async fn a_body_that_broke_off_breaks_off_again() {
    let rig = rig(start().await).await;
    rig.server.inject(Fault::CutBody { after: 5_000 });
    let broken_after = async |url: String| {
        let request = post_to(&url, "/tts/bytes", &body("Hello there."));
        let mut response = send(request).await;
        let mut length = 0;
        loop {
            match within(response.chunk()).await {
                Ok(Some(chunk)) => length += chunk.len(),
                Ok(None) => panic!("it ended properly after {length} bytes"),
                Err(_) => return length,
            }
        }
    };
    assert_eq!(broken_after(rig.proxy.url()).await, 5_000);
    let (replay, _) = rig.replay(Pace::Fast).await;
    assert_eq!(broken_after(replay.url()).await, 5_000);
}

#[tokio::test]
async fn real_time_is_that_of_the_recording() {
    let slow = MockServer::builder().latency(Duration::from_millis(300));
    let rig = rig(within(slow.start()).await.unwrap()).await;
    answer(post_to(&rig.proxy.url(), "/tts/sse", &body("Hi."))).await;
    let (replay, _) = rig.replay(Pace::RealTime).await;
    let began = Instant::now();
    answer(post_to(&replay.url(), "/tts/sse", &body("Hi."))).await;
    assert!(
        began.elapsed() >= Duration::from_millis(290),
        "{:?}",
        began.elapsed()
    );
}

/// Credentials of every kind go on to the upstream, and none is in the recording.
#[tokio::test]
async fn no_credential_is_recorded() {
    let rig = rig(start().await).await;
    let url = rig.proxy.url();
    let grants = json!({"grants": {"tts": true}});
    let (status, token) = answer(post_to(&url, "/access-token", &grants)).await;
    assert_eq!(status, 200);
    let token: Value = serde_json::from_str(&token).unwrap();
    let token = token["token"].as_str().unwrap().to_owned();

    let hidden = client()
        .post(format!("{url}/tts/bytes"))
        .header("cartesia-version", NEWEST)
        .header("cookie", "session=canary")
        .bearer_auth(&token)
        .json(&body(&format!("Say {KEY} and {token}.")));
    assert_eq!(bytes_of(hidden).await.0, 200);
    let with_key = client()
        .get(format!("{url}/voices/{KEY}"))
        .header("x-api-key", KEY)
        .header("cartesia-version", NEWEST);
    assert_eq!(answer(with_key).await.0, 404);
    let address = url.strip_prefix("http://").unwrap();
    for query in [format!("api_key={KEY}"), format!("access_token={token}")] {
        let path = format!("/tts/websocket?cartesia_version={NEWEST}&{query}");
        let (mut socket, _) = handshake_at(address, &path, &[]).await.unwrap();
        socket.send(&request(&token, &format!("Say {KEY}."))).await;
        socket.until_over(&token).await;
    }
    let received = rig.server.received();
    assert_eq!(
        received[1].header("authorization"),
        Some("Bearer <redacted>")
    );
    let (_, text) = rig.replay(Pace::Fast).await;
    for secret in ["canary", token.as_str()] {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{:?}", line.map(str::len));
    }
    assert!(text.contains("Bearer [secret]") && text.contains("\\\"[secret]\\\""));
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_reported() {
    let server = start().await;
    let url = server.url();
    let rig = rig(server).await;
    drop(rig.server);
    let (status, text) = answer(post_to(&rig.proxy.url(), "/tts/bytes", &body("Hi."))).await;
    assert_eq!(status, 502);
    let upstream = url.strip_prefix("http://").unwrap();
    let expected = format!("cannot reach the upstream {upstream}: ");
    assert!(text.contains(&expected), "{text}");
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x");
    let clear = Proxy::builder("http://api.example", &file).start();
    let error = within(clear).await.unwrap_err().to_string();
    assert!(error.contains("https"), "{error}");
    let nowhere = Proxy::builder("http://localhost", folder.path().join("no/x")).start();
    let error = within(nowhere).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot record to "), "{error}");
}

/// The program, in front of a server with TLS.
#[cfg(feature = "cli")]
mod program {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};
    use std::sync::Arc;

    use tokio::net::{TcpListener, TcpStream};
    use tokio::task::JoinHandle;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

    use super::*;

    /// Ends the program even if the test fails.
    struct Running {
        child: Child,
        url: String,
    }

    impl Running {
        fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
            let mut child = Command::new(env!("CARGO_BIN_EXE_cartesia-mock"))
                .args(arguments)
                .args(["--port", "0"])
                .envs(environment.iter().copied())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap())
                .read_line(&mut line)
                .unwrap();
            let url = line.strip_prefix("listening on ").unwrap().trim_end();
            let url = url.to_owned();
            Self { child, url }
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    struct Tls {
        port: u16,
        certificate: String,
        task: JoinHandle<()>,
    }

    impl Drop for Tls {
        fn drop(&mut self) {
            self.task.abort();
        }
    }

    /// TLS in front of a server that has none.
    async fn tls(server: &MockServer) -> Tls {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let upstream = server.addr();
        #[expect(clippy::disallowed_methods, reason = "ended by its handle")]
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut client) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut server = TcpStream::connect(upstream).await.unwrap();
                // One after the other is enough for a test. How it ends is the client's business.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        });
        Tls {
            port,
            certificate: certified.cert.pem(),
            task,
        }
    }

    #[tokio::test]
    async fn it_records_a_server_with_tls_and_replays_it() {
        let server = start().await;
        let tls = tls(&server).await;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (file, roots) = (path("session.jsonl"), path("roots.pem"));
        std::fs::write(&roots, &tls.certificate).unwrap();
        let upstream = format!("https://localhost:{}", tls.port);
        let arguments = ["proxy", "--upstream", &upstream, "--record", &file];

        let distrusting = Running::start(&arguments, &[]);
        let request = post_to(&distrusting.url, "/tts/bytes", &body("Hi."));
        assert_eq!(bytes_of(request).await.0, 502);
        drop(distrusting);

        let proxy = Running::start(&arguments, &[("SSL_CERT_FILE", &roots)]);
        let recorded = bytes_of(post_to(&proxy.url, "/tts/bytes", &body("Hi."))).await;
        assert_eq!(recorded.0, 200);
        drop((proxy, tls, server));

        let replay = Running::start(&["replay", &file], &[]);
        let replayed = bytes_of(post_to(&replay.url, "/tts/bytes", &body("Hi."))).await;
        assert_eq!(replayed, recorded);
    }
}
