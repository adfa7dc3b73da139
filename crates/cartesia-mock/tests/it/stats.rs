//! The use of the plan, by API key.

use std::time::Duration;

use cartesia_mock::{MockServer, Pace, Plan};
use serde_json::{Value, json};

use crate::socket_client::{SocketClient, connect, handshake, more, request};
use crate::support::{KEY, NEWEST, answer, answer_json, body, client, post, send, start, within};

const OTHER: &str = "sk_test_of_another_team";

async fn stats(server: &MockServer) -> Value {
    // No key, no version.
    answer_json(client().get(format!("{}/_mock/stats", server.url()))).await
}

/// Waits until a number is what it should be: the server learns of the end of a connection by itself.
async fn until(server: &MockServer, pointer: &str, number: u64) {
    let waiting = async {
        while stats(server).await.pointer(pointer) != Some(&json!(number)) {
            tokio::task::yield_now().await;
        }
    };
    within(waiting).await;
}

async fn socket(server: &MockServer, path: &str, key: &str) -> SocketClient {
    let bearer = format!("Bearer {key}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("cartesia-version", NEWEST),
    ];
    handshake(server, path, &headers).await.unwrap().0
}

#[tokio::test]
async fn nothing_was_used_at_first() {
    let server = within(MockServer::builder().plan(Plan::Scale).start())
        .await
        .unwrap();
    let mut seen = stats(&server).await;
    assert!(seen["seconds"].as_f64().unwrap() > 0.0);
    let total = seen["total"].take();
    let none = |limit: Value, utilization: Value| {
        json!({"limit": limit, "running": 0, "peak": 0, "started": 0, "refused": 0,
               "busy_seconds": 0.0, "utilization": utilization})
    };
    assert_eq!(total["synthesis"], none(json!(15), json!(0.0)));
    assert_eq!(total["transcription"], none(json!(60), json!(0.0)));
    assert_eq!(total["sockets"], none(json!(150), json!(0.0)));
    assert_eq!(total["calls"], none(Value::Null, Value::Null));
    assert_eq!(total["characters"], 0);
    assert_eq!(seen["accounts"], json!([]));
}

#[tokio::test]
async fn what_each_key_uses_is_counted_and_what_is_too_much() {
    const SPOKEN: [&str; 2] = [
        "One sentence of many words.",
        "Grüße an alle, die das hören.",
    ];
    // So slow that everything is still under way.
    let builder = MockServer::builder()
        .plan(Plan::Free)
        .pace(Pace::TimesRealTime(0.01));
    let server = within(builder.start()).await.unwrap();
    let mut one = connect(&server, NEWEST).await;
    one.send(&request("a", SPOKEN[0])).await;
    assert_eq!(one.next().await["type"], "chunk");
    let other = |text| {
        let call = client().post(format!("{}/tts/bytes", server.url()));
        call.bearer_auth(OTHER)
            .header("cartesia-version", NEWEST)
            .json(&body(text))
    };
    let held = send(other(SPOKEN[1])).await;
    assert_eq!(held.status(), 200);
    // The plan is used up, for both.
    one.send(&request("b", "Too much.")).await;
    while one.next().await["status_code"] != 429 {}
    for _ in 0..2 {
        assert_eq!(answer(other("Too much.")).await.0, 429);
    }
    let seen = server.stats();
    assert_eq!(seen.total.characters, 27 + 29);
    let load = &seen.total.synthesis;
    assert_eq!((load.limit, load.running, load.peak), (Some(2), 2, 2));
    assert_eq!((load.started, load.refused), (2, 3));
    let used = load.utilization.unwrap();
    assert!(used > 0.0 && used < 1.0, "{used}");
    assert!(load.busy > Duration::ZERO && load.busy < seen.elapsed * 2);
    let mine = seen.account(KEY).unwrap();
    assert_eq!((mine.synthesis.refused, mine.characters), (1, 27));
    assert_eq!((mine.sockets.running, mine.sockets.limit), (1, Some(20)));
    let theirs = seen.account(OTHER).unwrap();
    assert_eq!((theirs.synthesis.peak, theirs.synthesis.refused), (1, 2));
    assert_eq!((theirs.characters, theirs.sockets.started), (29, 0));
    assert_eq!(seen.account("sk_unknown"), None);
    assert!(mine.synthesis.busy + theirs.synthesis.busy == load.busy);

    // The same for programs in any language; a key is not shown.
    let json = stats(&server).await;
    assert_eq!(json["accounts"][0]["key"], "…nary");
    assert_eq!(json["accounts"][0]["synthesis"]["refused"], 1);
    assert_eq!(json["accounts"][1]["key"], "…team");
    assert_eq!(json["accounts"][1]["synthesis"]["refused"], 2);
    assert_eq!(json["accounts"][1]["characters"], 29);
    let shown = format!("{json} {seen:?}");
    assert!(
        !shown.contains("canary") && !shown.contains("another"),
        "{shown}"
    );

    // What ends is given back, and its time stays.
    drop((one, held));
    until(&server, "/total/synthesis/running", 0).await;
    until(&server, "/total/sockets/running", 0).await;
    let (before, after) = (server.stats(), server.stats());
    assert!(before.total.synthesis.busy >= load.busy);
    assert_eq!(before.total.synthesis.busy, after.total.synthesis.busy);
    assert_eq!(
        (after.total.synthesis.peak, after.total.synthesis.started),
        (2, 2)
    );
}

#[tokio::test]
async fn only_what_is_spoken_of_a_cancelled_context_is_billed() {
    let builder = MockServer::builder().pace(Pace::TimesRealTime(0.01));
    let server = within(builder.start()).await.unwrap();
    let mut socket = connect(&server, NEWEST).await;
    socket.send(&more("c", "First. ")).await;
    assert_eq!(socket.next().await["type"], "chunk");
    socket.send(&more("c", "Never begun. ")).await;
    socket
        .send(&json!({"context_id": "c", "cancel": true}))
        .await;
    // The server reads in order: when it refuses this, it has read what came before.
    socket.send(&json!({"context_id": "d"})).await;
    while socket.next().await["type"] != "error" {}
    assert_eq!(server.stats().total.characters, 7);
}

#[tokio::test]
async fn the_work_of_a_token_is_that_of_its_key() {
    let server = start().await;
    let request = json!({"grants": {"tts": true, "stt": true}, "expires_in": 600});
    let answer_ = answer_json(post(&server, NEWEST, "/access-token", &request)).await;
    let token = answer_["token"].as_str().unwrap();
    let call = client().post(format!("{}/tts/sse", server.url()));
    let call = call.bearer_auth(token).header("cartesia-version", NEWEST);
    assert_eq!(answer(call.json(&body("Hi."))).await.0, 200);
    let path = format!(
        "/stt/websocket?access_token={token}&model=ink-2&encoding=pcm_s16le&sample_rate=16000"
    );
    let (stream, _) = handshake(&server, &path, &[("cartesia-version", NEWEST)])
        .await
        .unwrap();
    let seen = server.stats();
    assert_eq!(seen.accounts.len(), 1);
    let used = seen.account(KEY).unwrap();
    assert_eq!((used.synthesis.started, used.characters), (1, 3));
    assert_eq!(
        (used.transcription.running, used.transcription.started),
        (1, 1)
    );
    drop(stream);
}

#[tokio::test]
async fn calls_with_agents_are_counted() {
    let server = start().await;
    let path = "/agents/stream/agent_ZuFtEp4MkJSTXEpvTuAhCj";
    let agents = answer_json(crate::support::get(&server, NEWEST, "/agents")).await;
    let id = agents["summaries"][0]["id"]
        .as_str()
        .or(agents["data"][0]["id"].as_str());
    let path = id.map_or(path.to_owned(), |id| format!("/agents/stream/{id}"));
    let call = socket(&server, &path, KEY).await;
    assert_eq!(server.stats().account(KEY).unwrap().calls.running, 1);
    drop(call);
    until(&server, "/total/calls/running", 0).await;
    assert_eq!(server.stats().total.calls.started, 1);
}

#[tokio::test]
async fn counting_begins_again_on_request() {
    let builder = MockServer::builder().pace(Pace::TimesRealTime(0.01));
    let server = within(builder.start()).await.unwrap();
    let short = send(post(&server, NEWEST, "/tts/bytes", &body("Hi."))).await;
    assert_eq!(short.status(), 200);
    drop(short);
    until(&server, "/total/synthesis/running", 0).await;
    let held = send(post(
        &server,
        NEWEST,
        "/tts/bytes",
        &body("Hello, this is a long sentence of many words."),
    ))
    .await;
    assert_eq!(held.status(), 200);
    let forgetting = client().delete(format!("{}/_mock/stats", server.url()));
    assert_eq!(answer(forgetting).await.0, 204);
    let seen = stats(&server).await;
    let synthesis = &seen["total"]["synthesis"];
    assert_eq!(
        (&synthesis["started"], &synthesis["peak"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(
        (&synthesis["running"], &seen["total"]["characters"]),
        (&json!(1), &json!(0))
    );
    // Not for pages from elsewhere.
    let foreign = client().get(format!("{}/_mock/stats", server.url()));
    let foreign = foreign.header("origin", "http://evil.example");
    assert_eq!(answer(foreign).await.0, 403);
}
