//! The journal that other programs read.

use cartesia_mock::{Fault, JournalEntry, MockServer};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::socket_client::{self, connect, request};
use crate::support::{
    KEY, NEWEST, VOICE, answer, answer_json, body, client, get, post, send, start, within,
};

async fn recording() -> MockServer {
    within(MockServer::builder().journal().start())
        .await
        .unwrap()
}

fn entries(server: &MockServer) -> Vec<Value> {
    server.journal().iter().map(JournalEntry::json).collect()
}

/// As another program reads it: without key or version.
async fn read(server: &MockServer, query: &str) -> Value {
    let url = format!("{}/_mock/journal{query}", server.url());
    answer_json(client().get(url)).await
}

#[tokio::test]
async fn requests_are_reported_in_order_of_their_answers() {
    let server = recording().await;
    answer(post(&server, NEWEST, "/tts/bytes?a=1&a=2", &body("Hi."))).await;
    answer(get(&server, NEWEST, "/nothing").header("x-custom", "kept")).await;
    server.inject(Fault::CloseBeforeHeaders);
    within(get(&server, NEWEST, "/voices").send())
        .await
        .unwrap_err();

    let entries = entries(&server);
    let [bytes, nothing, voices] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(bytes["number"], 1);
    assert_eq!(bytes["started"], 1);
    assert_eq!(bytes["event"], "request");
    assert_eq!(bytes["method"], "POST");
    assert_eq!(bytes["path"], "/tts/bytes");
    assert_eq!(bytes["query"], json!([["a", "1"], ["a", "2"]]));
    assert_eq!(bytes["body"], json!({"json": body("Hi.")}));
    assert_eq!(bytes["status"], 200);
    assert_eq!(bytes["request_id"], server.received()[0].request_id);
    let headers = bytes["headers"].as_array().unwrap();
    for header in [
        json!(["authorization", "Bearer [secret]"]),
        json!(["cartesia-version", NEWEST]),
        json!(["content-type", "application/json"]),
    ] {
        assert!(headers.contains(&header), "{headers:?}");
    }
    assert_eq!(
        (&nothing["status"], &nothing["body"]),
        (&json!(404), &Value::Null)
    );
    let custom = json!(["x-custom", "kept"]);
    assert!(nothing["headers"].as_array().unwrap().contains(&custom));
    assert_eq!(
        (&voices["status"], &voices["number"]),
        (&Value::Null, &json!(3))
    );
}

#[tokio::test]
async fn a_request_that_its_client_gives_up_is_reported() {
    let (sender, mut observed) = tokio::sync::mpsc::channel(8);
    let builder =
        MockServer::builder().observe_journal(move |entry| sender.try_send(entry.clone()).unwrap());
    let server = within(builder.start()).await.unwrap();
    server.set_script(
        r#"{"rules": [{"at": "handshake", "do": "stall_socket"}]}"#
            .parse()
            .unwrap(),
    );
    let upgrade = get(&server, NEWEST, "/tts/websocket")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .timeout(std::time::Duration::from_millis(300));
    within(upgrade.send()).await.unwrap_err();
    let entry = within(observed.recv()).await.unwrap().json();
    assert_eq!(
        (&entry["path"], &entry["status"]),
        (&json!("/tts/websocket"), &Value::Null)
    );
}

#[tokio::test]
async fn forms_are_reported_part_by_part() {
    let server = recording().await;
    let clip = Part::bytes(vec![0; 3_000_000])
        .file_name("clip.wav")
        .mime_str("audio/wav")
        .unwrap();
    let form = Form::new()
        .text("name", "Ada")
        .text("secret", "canary")
        .part("clip", clip);
    let request = get(&server, NEWEST, "/").multipart(form);
    answer(request).await;
    let parts = &entries(&server)[0]["body"]["parts"];
    assert_eq!(parts[0]["name"], "name");
    assert_eq!(
        (&parts[0]["text"], &parts[0]["bytes"]),
        (&json!("Ada"), &json!(3))
    );
    assert_eq!(
        (&parts[1]["text"], &parts[1]["bytes"]),
        (&Value::Null, &json!(6))
    );
    assert_eq!(
        (
            &parts[2]["filename"],
            &parts[2]["content_type"],
            &parts[2]["bytes"]
        ),
        (&json!("clip.wav"), &json!("audio/wav"), &json!(3_000_000))
    );
    assert_eq!(parts[2]["text"], Value::Null);
    assert_eq!(parts[2]["sha256"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn audio_is_described_even_if_it_is_a_text() {
    let server = recording().await;
    for kind in ["audio/wav", "application/octet-stream"] {
        answer(
            get(&server, NEWEST, "/")
                .header("content-type", kind)
                .body("silence"),
        )
        .await;
    }
    answer(get(&server, NEWEST, "/").body("words")).await;
    let entries = entries(&server);
    let bodies = [0, 1, 2].map(|index: usize| &entries[index]["body"]);
    assert_eq!((bodies[0], &bodies[0]["bytes"]), (bodies[1], &json!(7)));
    assert_eq!(bodies[2], &json!({"text": "words"}));
}

#[tokio::test]
async fn sockets_are_reported_from_open_to_close() {
    let server = recording().await;
    let mut socket = connect(&server, NEWEST).await;
    socket.send(&request("one", "Hi.")).await;
    socket.until_over("one").await;
    socket.send_raw(Message::text("no JSON")).await;
    socket.next().await;
    socket.send_raw(Message::Binary(vec![1, 2, 3].into())).await;
    socket.next().await;
    socket.send_raw(Message::Ping(vec![4].into())).await;
    let close = CloseFrame {
        code: CloseCode::Normal,
        reason: "enough".into(),
    };
    socket.send_raw(Message::Close(Some(close))).await;
    while socket.next_raw().await.is_some() {}

    let entries = entries(&server);
    let events: Vec<_> = entries
        .iter()
        .map(|entry| entry["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        events,
        [
            "request",
            "socket_open",
            "socket_message",
            "socket_message",
            "socket_message",
            "socket_message",
            "socket_close"
        ]
    );
    assert_eq!(entries[0]["status"], 101);
    for entry in &entries[1..] {
        assert_eq!(
            (&entry["socket"], &entry["request_id"]),
            (&json!(1), &entries[0]["request_id"])
        );
    }
    assert_eq!(entries[2]["json"], request("one", "Hi."));
    assert_eq!(entries[2]["kind"], "text");
    assert_eq!(entries[3]["text"], "no JSON");
    assert_eq!(
        (&entries[4]["kind"], &entries[4]["bytes"]),
        (&json!("binary"), &json!(3))
    );
    assert_eq!(
        (&entries[5]["kind"], &entries[5]["bytes"]),
        (&json!("ping"), &json!(1))
    );
    assert_eq!(
        (
            &entries[6]["by"],
            &entries[6]["code"],
            &entries[6]["reason"]
        ),
        (&json!("client"), &json!(1000), &json!("enough"))
    );
}

#[tokio::test]
async fn the_server_is_reported_to_close_when_it_does() {
    let builder = MockServer::builder()
        .journal()
        .idle_timeout(std::time::Duration::from_millis(50));
    let server = within(builder.start()).await.unwrap();
    let mut socket = connect(&server, NEWEST).await;
    socket.closed().await;
    let close = entries(&server).pop().unwrap();
    assert_eq!(
        (&close["by"], &close["code"]),
        (&json!("server"), &json!(1000))
    );
}

#[tokio::test]
async fn programs_read_it_without_being_in_it() {
    let server = recording().await;
    answer(get(&server, NEWEST, "/voices?limit=1")).await;
    answer(get(&server, NEWEST, "/accents")).await;
    let all = read(&server, "").await;
    assert_eq!(all, Value::from(entries(&server)));
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(read(&server, "?after=1").await[0]["path"], "/accents");
    assert_eq!(read(&server, "?after=2").await, json!([]));
    let url = format!("{}/_mock/journal", server.url());
    let lines = client().get(&url).header("accept", "application/x-ndjson");
    let (_, lines) = answer(lines).await;
    let parsed: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(Value::from(parsed), all);

    assert_eq!(answer(client().get(format!("{url}?after=x"))).await.0, 400);
    assert_eq!(answer(client().delete(&url)).await.0, 204);
    assert_eq!(read(&server, "").await, json!([]));
    answer(get(&server, NEWEST, "/accents")).await;
    assert_eq!(read(&server, "").await[0]["number"], 3);
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn it_is_off_unless_asked_for() {
    let server = start().await;
    answer(get(&server, NEWEST, "/voices")).await;
    assert!(server.journal().is_empty());
    let url = format!("{}/_mock/journal", server.url());
    for request in [client().get(&url), client().delete(&url)] {
        let (status, text) = answer(request).await;
        assert_eq!((status.as_u16(), text.contains("--journal")), (404, true));
    }
}

#[tokio::test]
async fn a_file_has_each_line_before_its_answer_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.jsonl");
    std::fs::write(&file, "{\"kept\":true}\n").unwrap();
    let builder = MockServer::builder().record(&file);
    let server = within(builder.start()).await.unwrap();
    for count in 2..5 {
        send(get(&server, NEWEST, "/voices")).await;
        assert_eq!(
            std::fs::read_to_string(&file).unwrap().lines().count(),
            count
        );
    }
    let lines = std::fs::read_to_string(&file).unwrap();
    let journal = server.journal();
    let expected = ["{\"kept\":true}"]
        .into_iter()
        .chain(journal.iter().map(JournalEntry::line));
    assert_eq!(
        lines.lines().collect::<Vec<_>>(),
        expected.collect::<Vec<_>>()
    );
    assert!(lines.ends_with('\n'));

    let missing = MockServer::builder().record(folder.path().join("no/file"));
    let error = within(missing.start()).await.unwrap_err();
    assert!(
        error.to_string().starts_with("cannot record to "),
        "{error}"
    );
}

/// Every way in which a credential reaches the server, and none in which it gets out.
#[tokio::test]
async fn no_credential_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.jsonl");
    let server = within(MockServer::builder().record(&file).start())
        .await
        .unwrap();
    let grants = json!({"grants": {"tts": true}});
    let token = answer_json(post(&server, NEWEST, "/access-token", &grants)).await;
    let token = token["token"].as_str().unwrap().to_owned();
    let url = server.url();

    let bearer = client().get(format!("{url}/voices")).bearer_auth(&token);
    answer(bearer).await;
    let key = client()
        .get(format!("{url}/voices/{VOICE}"))
        .header("x-api-key", KEY);
    answer(key.header("cookie", "session=sk_test_canary")).await;
    answer(client().get(format!("{url}/{KEY}/{token}?note={KEY}"))).await;
    answer(post(
        &server,
        NEWEST,
        "/tts/bytes",
        &body(&format!("Say {KEY} and {token}.")),
    ))
    .await;
    let secrets = json!({"auth_token": "canary", "secret": "canary"});
    answer(post(&server, NEWEST, "/agents/webhooks", &secrets)).await;
    let form = Form::new()
        .text("name", format!("{KEY} {token}"))
        .text("api_key", "canary");
    answer(get(&server, NEWEST, "/").multipart(form)).await;
    for query in [format!("api_key={KEY}"), format!("access_token={token}")] {
        let path = format!("/tts/websocket?cartesia_version={NEWEST}&{query}");
        let (mut socket, _) = socket_client::handshake(&server, &path, &[]).await.unwrap();
        socket
            .send(&json!({"api_key": "canary", "transcript": KEY}))
            .await;
        socket.next().await;
        socket
            .send_raw(Message::text(format!("no JSON {token}")))
            .await;
        socket.next().await;
    }

    let url = format!("{}/_mock/journal", server.url());
    let route = answer(client().get(url)).await.1;
    let everything = format!(
        "{route}{}{:?}{:?}",
        std::fs::read_to_string(&file).unwrap(),
        server.journal(),
        server.received(),
    );
    assert!(everything.contains("Bearer [secret]") && everything.contains("\"[secret]\""));
    for secret in ["canary", token.as_str()] {
        let at = route.find(secret);
        let around = at.map(|at| &route[at.saturating_sub(80)..at]);
        assert!(at.is_none(), "{around:?}");
    }
    let file = std::fs::read_to_string(&file).unwrap();
    assert!(!file.contains("canary") && !file.contains(&token));
}
