//! Faults of single messages, bytes and whole answers, on every transport.

use std::time::{Duration, Instant};

use cartesia_mock::{Action, Fault, FaultPlan, MockServer, Moment, Rule, Script};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::socket_client::{SocketClient, connect, handshake, request};
use crate::support::{KEY, NEWEST, answer, answer_json, body, get, post, send, start, within};

const TEXT: &str = "Hello world, how are you? Very well, thank you for asking.";

async fn server_with(fault: &str) -> MockServer {
    let fault: FaultPlan = fault.parse().unwrap();
    let server = MockServer::builder()
        .socket_chunk_size(4_000)
        .chunk_size(4_000)
        .fault(fault)
        .start();
    within(server).await.unwrap()
}

/// The events of `/tts/sse` as JSON, or as text where they are none.
async fn sse(server: &MockServer) -> Vec<Value> {
    let response = send(post(server, NEWEST, "/tts/sse", &body(TEXT))).await;
    let bytes = within(response.bytes()).await.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let data = |event: &str| {
        event
            .lines()
            .find_map(|line| line.strip_prefix("data: ").map(str::to_owned))
    };
    text.split("\n\n")
        .filter_map(data)
        .map(|data| serde_json::from_str(&data).unwrap_or(Value::String(data)))
        .collect()
}

/// What a context on `/tts/websocket` says, up to `done`, an error that ends it, or the end of the socket.
async fn socket(server: &MockServer) -> Vec<Value> {
    let mut client = connect(server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    until_end(&mut client).await
}

async fn until_end(client: &mut SocketClient) -> Vec<Value> {
    let mut messages = Vec::new();
    loop {
        let message = match client.next_raw().await {
            Some(Ok(Message::Text(text))) => {
                let text = text.as_str();
                serde_json::from_str(text).unwrap_or_else(|_| json!(text))
            }
            Some(Ok(Message::Binary(bytes))) => json!({"binary": bytes.len()}),
            Some(Ok(Message::Close(close))) => {
                messages.push(json!({"close": close.map(|close| u16::from(close.code))}));
                return messages;
            }
            Some(Ok(_)) => continue,
            Some(Err(error)) => {
                messages.push(json!({"broken": error.to_string()}));
                return messages;
            }
            None => return messages,
        };
        let over =
            message["type"] == "done" || (message["type"] == "error" && message["done"] == true);
        messages.push(message);
        if over {
            return messages;
        }
    }
}

fn types(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["type"].as_str().unwrap_or("?"))
        .collect()
}

#[tokio::test]
async fn a_fault_does_the_same_to_events_and_to_messages() {
    let (events, messages) = {
        let server = within(
            MockServer::builder()
                .socket_chunk_size(4_000)
                .chunk_size(4_000)
                .start(),
        );
        let server = server.await.unwrap();
        (sse(&server).await, socket(&server).await)
    };
    for (whole, is_socket) in [(events, false), (messages, true)] {
        for (fault, check) in checks() {
            let server = server_with(&fault).await;
            let got = if is_socket {
                socket(&server).await
            } else {
                sse(&server).await
            };
            check(&whole, &got).unwrap_or_else(|| {
                panic!(
                    "{fault}, socket: {is_socket}: {:?} became {:?}",
                    types(&whole),
                    types(&got)
                )
            });
        }
    }
}

type Check = fn(&[Value], &[Value]) -> Option<()>;

fn that(holds: bool) -> Option<()> {
    holds.then_some(())
}

/// A fault of the second message, and what becomes of the whole.
fn checks() -> Vec<(String, Check)> {
    let all: [(&str, Check); 12] = [
        ("drop-after=1", |whole, got| {
            that(got[..1] == whole[..1] && got[1..] == whole[2..])
        }),
        ("malformed-json-after=1", |whole, got| {
            that(got[1].is_string() && got[2..] == whole[2..])
        }),
        ("set-after=1:context_id=other", |whole, got| {
            that(got[1]["context_id"] == "other" && got[2..] == whole[2..])
        }),
        ("set-after=1:context_id=7", |whole, got| {
            that(got[1]["context_id"] == 7 && got[2..] == whole[2..])
        }),
        ("set-after=0:step_time=\"x\"", |whole, got| {
            that(got[0]["step_time"] == "x" && got[1..] == whole[1..])
        }),
        ("remove-after=0:data", |whole, got| {
            that(got[0].get("data").is_none() && got[1..] == whole[1..])
        }),
        ("unknown-type-after=1", |whole, got| {
            that(got[1]["type"] == "hologram" && got[2..] == whole[1..])
        }),
        ("error-after=1:429", |whole, got| {
            that(got[..1] == whole[..1] && got.len() == 2 && got[1]["status_code"] == 429)
        }),
        ("error-not-done-after=1", |whole, got| {
            that(got[1]["type"] == "error" && got[1]["done"] == false && got[2..] == whole[2..])
        }),
        ("done-after=1", |whole, got| {
            that(got[..1] == whole[..1] && got.len() == 2 && got[1]["type"] == "done")
        }),
        ("done-after=1000", |whole, got| {
            that(got.len() == whole.len() && got.last()?["type"] == "done")
        }),
        ("end-after=1", |whole, got| {
            that(got[..1] == whole[..1] && got.len() <= 2 && got.last()?.get("broken").is_none())
        }),
    ];
    all.map(|(fault, check)| (fault.to_owned(), check)).into()
}

#[tokio::test]
async fn a_binary_message_takes_the_place_of_one() {
    let server = server_with("binary-after=1@/tts/websocket").await;
    let got = socket(&server).await;
    assert_eq!(got[1], json!({"binary": 64}));
    assert_eq!(types(&got).last(), Some(&"done"));
}

#[tokio::test]
async fn a_rule_hits_the_messages_of_its_context_alone() {
    let drop = Rule::new(Moment::Messages(1), Action::Drop).context("b");
    let server = MockServer::builder()
        .socket_chunk_size(4_000)
        .script(Script::new().rule(drop));
    let server = within(server.start()).await.unwrap();
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("a", TEXT)).await;
    let a = client.until_over("a").await;
    client.send(&request("b", TEXT)).await;
    let b = client.until_over("b").await;
    let mut expected = types(&a);
    expected.remove(1);
    assert_eq!(types(&b), expected);
}

#[tokio::test]
async fn a_rule_hits_event_streams_by_their_path() {
    let script = r#"{"rules": [{"at": {"messages": 0}, "path": "/tts/sse", "times": 1, "do": {"remove": {"field": "data"}}}],
                     "faults": ["json={\"data\":null}@/voices*1"]}"#;
    let server = within(
        MockServer::builder()
            .script(script.parse().unwrap())
            .start(),
    );
    let server = server.await.unwrap();
    assert!(sse(&server).await[0].get("data").is_none());
    assert!(sse(&server).await[0]["data"].is_string());
    let page = answer_json(get(&server, NEWEST, "/voices")).await;
    assert_eq!(page, json!({"data": null}));
    let page = answer_json(get(&server, NEWEST, "/voices")).await;
    assert!(page["data"].is_array());
}

#[tokio::test]
async fn sockets_are_cut_and_stalled_at_an_exact_byte() {
    let server = server_with("cut-after=5000@/tts/websocket").await;
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    let mut bytes = Vec::new();
    within(client.inner().get_mut().read_to_end(&mut bytes))
        .await
        .unwrap();
    assert_eq!(bytes.len(), 5_000);

    let server = server_with("stall-after=5000@/tts/websocket").await;
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    let stream = client.inner().get_mut();
    let mut bytes = vec![0; 5_000];
    within(stream.read_exact(&mut bytes)).await.unwrap();
    let more = tokio::time::timeout(Duration::from_millis(100), stream.read_u8());
    more.await.expect_err("nothing comes, and it stays open");
    within(server.shutdown()).await;
}

#[tokio::test]
async fn faults_act_on_every_socket() {
    const TURNS: &str = "/stt/turns/websocket?model=ink-2&encoding=pcm_s16le&sample_rate=16000";
    const AGENT: &str = "/agents/stream/agent_front_desk";
    let authorization = format!("Bearer {KEY}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("cartesia-version", NEWEST),
    ];
    let first = async |fault: &str, path: &str| {
        let server = server_with(fault).await;
        let (mut client, _) = handshake(&server, path, &headers).await.unwrap();
        if path == AGENT {
            let start = json!({"event": "start", "config": {"input_format": "pcm_16000"}});
            client.send(&start).await;
        }
        let got = until_end_of_one(&mut client).await;
        drop(server);
        got
    };
    for path in [TURNS, AGENT] {
        let whole = first("cut-after=1000000", path).await;
        let name = if path == TURNS { "type" } else { "event" };
        assert!(whole[name].is_string(), "{whole}");
        let set = first(&format!("set-after=0:{name}=other"), path).await;
        assert_eq!(set[name], "other");
        assert!(first("malformed-json-after=0", path).await.is_string());
        assert!(first("binary-after=0", path).await["binary"].is_number());
        assert_eq!(first("end-after=0", path).await["close"], 1000);
        let error = first("error-after=0:503", path).await;
        assert_eq!(error["type"], "error", "{path}");
        assert!(first("cut-after=1", path).await["broken"].is_string());
    }
}

/// The next message of a socket, or how it ended.
async fn until_end_of_one(client: &mut SocketClient) -> Value {
    match client.next_raw().await {
        Some(Ok(Message::Text(text))) => {
            let text = text.as_str();
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        Some(Ok(Message::Binary(bytes))) => json!({"binary": bytes.len()}),
        Some(Ok(Message::Close(close))) => {
            json!({"close": close.map(|close| u16::from(close.code))})
        }
        Some(Ok(other)) => panic!("{other:?}"),
        Some(Err(error)) => json!({"broken": error.to_string()}),
        None => Value::Null,
    }
}

#[tokio::test]
async fn very_long_times_mean_never() {
    let server = MockServer::builder()
        .idle_timeout(Duration::MAX)
        .context_expiry(Duration::MAX);
    let server = within(server.start()).await.unwrap();
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", "Hello.")).await;
    assert_eq!(client.until_over("c").await.last().unwrap()["type"], "done");
}

#[tokio::test]
async fn a_cut_that_is_never_reached_changes_nothing() {
    let server = server_with("cut-after=10000000").await;
    assert_eq!(types(&socket(&server).await).last(), Some(&"done"));
}

#[tokio::test]
async fn bytes_drip() {
    let server = server_with("drip=2ms").await;
    let began = Instant::now();
    let (status, text) = answer(get(&server, NEWEST, "/")).await;
    assert_eq!(status, 200);
    let least = Duration::from_millis(2) * u32::try_from(text.len()).unwrap();
    assert!(began.elapsed() >= least, "{text}: {:?}", began.elapsed());

    let mut client = connect(&server, NEWEST).await;
    client.send(&json!({})).await;
    let began = Instant::now();
    let error = client.next().await.to_string();
    let least = Duration::from_millis(2) * u32::try_from(error.len()).unwrap();
    assert!(began.elapsed() >= least);
}

#[tokio::test]
async fn answers_have_another_status_or_content_type() {
    let server = start().await;
    let whole = answer(get(&server, NEWEST, "/voices")).await.1;
    for (fault, status, kind) in [
        ("relabel=206*1", 206, Some("application/json")),
        ("content-type=text/html*1", 200, Some("text/html")),
        ("content-type=*1", 200, None),
    ] {
        server.inject(fault.parse::<FaultPlan>().unwrap());
        let response = send(get(&server, NEWEST, "/voices")).await;
        assert_eq!(response.status(), status, "{fault}");
        let found = response.headers().get("content-type");
        assert_eq!(found.map(|kind| kind.to_str().unwrap()), kind, "{fault}");
        assert_eq!(within(response.text()).await.unwrap(), whole);
    }
}

#[tokio::test]
async fn nothing_but_keep_alives_comes() {
    let keep_alive = Action::KeepAlive { milliseconds: 5 };
    let server = start().await;
    server.inject(Fault::message(1, keep_alive.clone()).on("/tts/sse"));
    let response = send(post(&server, NEWEST, "/tts/sse", &body(TEXT))).await;
    let mut stream = response.bytes_stream();
    let mut bytes = Vec::new();
    while bytes
        .windows(14)
        .filter(|part| part == b": keep-alive\n\n")
        .count()
        < 3
    {
        bytes.extend(within(stream.next()).await.expect("no end").unwrap());
    }
    assert_eq!(bytes.windows(5).filter(|part| part == b"data:").count(), 1);

    server.inject(Fault::message(1, keep_alive).on("/tts/websocket"));
    let mut client = connect(&server, NEWEST).await;
    client.send(&request("c", TEXT)).await;
    assert_eq!(client.next().await["type"], "chunk");
    for _ in 0..3 {
        let message = client.next_raw().await.unwrap().unwrap();
        assert!(message.is_ping(), "{message:?}");
    }
    within(server.shutdown()).await;
}

#[tokio::test]
async fn faults_wait_for_a_request_that_they_can_hit() {
    let server = start().await;
    server.inject(Fault::end_after(1));
    assert_eq!(answer(get(&server, NEWEST, "/voices")).await.0, 200);
    assert_eq!(sse(&server).await.len(), 1);
}

/// The status of `GET /_mock/journal` with these headers.
async fn journal_status(server: &MockServer, headers: &str) -> u16 {
    let mut stream = within(TcpStream::connect(server.addr())).await.unwrap();
    let request = format!(
        "GET /_mock/journal HTTP/1.1\r\n{headers}authorization: Bearer {KEY}\r\nconnection: close\r\n\r\n"
    );
    within(stream.write_all(request.as_bytes())).await.unwrap();
    let mut response = String::new();
    within(stream.read_to_string(&mut response)).await.unwrap();
    response.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn web_pages_cannot_read_the_journal() {
    let server = within(MockServer::builder().journal().start())
        .await
        .unwrap();
    for (headers, status) in [
        ("host: 127.0.0.1:1\r\n", 200),
        ("host: localhost\r\n", 200),
        ("host: [::1]:8745\r\n", 200),
        ("host: localhost\r\norigin: http://localhost:3000\r\n", 200),
        ("host: rebound.example\r\n", 403),
        ("host: rebound.example:8745\r\n", 403),
        ("host: localhost\r\norigin: http://page.example\r\n", 403),
        ("host: localhost\r\norigin: null\r\n", 403),
        ("host: localhost\r\nhost: rebound.example\r\n", 403),
    ] {
        assert_eq!(journal_status(&server, headers).await, status, "{headers}");
    }
}
