//! `/stt/websocket`: the client says when an utterance is over.

use std::time::Duration;

use cartesia_mock::{Expect, MessageKind, MockServer, Plan};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use crate::forms::Form;
use crate::socket_client::{handshake, types};
use crate::stt_socket_client::{FRAME, MANUAL, TURNS, anonymous, final_text, listen, spoken};
use crate::support::{KEY, NEWEST, answer_json, post, start, within};

const TEXT: &str = "Two tickets to New York, please.";

#[tokio::test]
async fn words_come_as_they_are_said_and_finalize_makes_them_final() {
    let server = start().await;
    let mut client = listen(&server, MANUAL, NEWEST).await;
    client.send_audio(&spoken(&server, TEXT).await, FRAME).await;
    client.say("finalize").await;
    let messages = client.until("flush_done").await;
    let id = &server.sockets()[0].request_id;
    assert!(messages.iter().all(|message| message["request_id"] == **id));

    let texts: Vec<_> = messages
        .iter()
        .filter(|message| message["type"] == "transcript")
        .map(|message| {
            (
                message["is_final"].as_bool().unwrap(),
                message["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(texts[..2], [(false, "Two"), (false, "Two tickets")]);
    assert_eq!(texts.last(), Some(&(true, TEXT)));
    let last = &messages[messages.len() - 2];
    let words = last["words"].as_array().unwrap();
    let said: String = words
        .iter()
        .map(|word| word["word"].as_str().unwrap())
        .collect();
    assert_eq!((said.as_str(), &last["language"]), (TEXT, &json!("en")));
    let times = words.iter().flat_map(|word| [&word["start"], &word["end"]]);
    let times: Vec<f64> = times.map(|time| time.as_f64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(*times.last().unwrap() < last["duration"].as_f64().unwrap());

    // What follows is a piece of its own, with the space before it.
    client
        .send_audio(&spoken(&server, "For tomorrow.").await, FRAME)
        .await;
    client.say("close").await;
    let (more, code) = client.until_closed().await;
    assert_eq!(
        (more.last().unwrap()["type"].as_str(), code),
        (Some("done"), 1000)
    );
    assert_eq!(final_text(&more), " For tomorrow.");
    assert!(more[0]["words"][0]["start"].as_f64().unwrap() > *times.last().unwrap());
    assert_eq!(server.messages().last().unwrap().text, "close");
}

#[tokio::test]
async fn however_the_audio_is_cut_the_messages_are_the_same() {
    let server = start().await;
    let mut audio = spoken(&server, "One, two. ").await;
    audio.extend(vec![0; 40_000]);
    audio.extend(spoken(&server, "Three!").await);
    let mut seen = Vec::new();
    for frame in [97, 641, FRAME, usize::MAX] {
        let mut client = listen(&server, MANUAL, NEWEST).await;
        client.send_audio(&audio, frame).await;
        client.say("done").await;
        let (messages, _) = client.until_closed().await;
        assert_eq!(final_text(&messages), "One, two. Three!");
        seen.push(anonymous(messages));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn every_encoding_is_heard() {
    let server = start().await;
    for encoding in ["pcm_s16le", "pcm_f32le", "pcm_mulaw", "pcm_alaw"] {
        let request = crate::support::with(
            crate::support::body("Hear me."),
            &[
                ("output_format.encoding", json!(encoding)),
                ("output_format.sample_rate", json!(8_000)),
            ],
        );
        let audio = crate::support::audio(&server, NEWEST, &request).await;
        let path = format!("/stt/websocket?model=ink-whisper&encoding={encoding}&sample_rate=8000");
        let mut client = listen(&server, &path, NEWEST).await;
        client.send_audio(&audio, 801).await;
        client.say("close").await;
        assert_eq!(
            final_text(&client.until("done").await),
            "Hear me.",
            "{encoding}"
        );
    }
}

#[tokio::test]
async fn silence_finalizes_and_what_is_too_quiet_is_silence() {
    let server = start().await;
    let mut audio = spoken(&server, "Ready").await;
    audio.extend(vec![0; 16_000]);
    for (parameters, finals) in [
        ("model=ink-2", 0),
        ("model=ink-2&max_silence_duration_secs=0.2", 0),
        (
            "model=ink-whisper&max_silence_duration_secs=0.2&language=de",
            1,
        ),
        ("model=ink-whisper&max_silence_duration_secs=0.9", 0),
        (
            "model=ink-whisper&max_silence_duration_secs=0.2&min_volume=0.9",
            0,
        ),
    ] {
        let path = format!("/stt/websocket?{parameters}&encoding=pcm_s16le&sample_rate=16000");
        let mut client = listen(&server, &path, NEWEST).await;
        client.send_audio(&audio, FRAME).await;
        client.say("finalize").await;
        let messages = client.until("flush_done").await;
        let last = messages
            .iter()
            .filter(|message| message["is_final"] == true);
        let expected = usize::from(!parameters.contains("min_volume"));
        assert_eq!(last.count(), expected, "{parameters}");
        let by_itself = messages.len() == 3 && messages[1]["duration"].as_f64().unwrap() < 0.7;
        assert_eq!(by_itself, finals == 1, "{parameters}: {messages:?}");
        if parameters.contains("language=de") {
            assert_eq!(messages[0]["language"], "de");
        }
    }
    // Nothing to say is acknowledged all the same; a second of silence is enough for any model.
    let mut client = listen(&server, MANUAL, NEWEST).await;
    client.say("finalize").await;
    assert_eq!(types(&client.until("flush_done").await), ["flush_done"]);
    audio.extend(vec![0; 24_000]);
    client.send_audio(&audio, FRAME).await;
    client.say("finalize").await;
    let messages = client.until("flush_done").await;
    assert_eq!(types(&messages), ["transcript", "transcript", "flush_done"]);
    assert!(messages[1]["duration"].as_f64().unwrap() < 1.5);
}

/// Status and body of a refused handshake.
async fn refused(server: &MockServer, path: &str, key: &str, version: &str) -> (u16, String) {
    let authorization = format!("Bearer {key}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("cartesia-version", version),
    ];
    match handshake(server, path, &headers).await {
        Err(Error::Http(response)) => {
            let status = response.status().as_u16();
            let body = response.into_body().unwrap_or_default();
            (status, String::from_utf8(body).unwrap())
        }
        other => panic!("not refused: {path}: {:?}", other.map(|_| ())),
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_query_is_said_at_the_handshake() {
    let server = start().await;
    let audio = "encoding=pcm_s16le&sample_rate=16000";
    let many = "&keyterm=a".repeat(101);
    let long = format!("&keyterm={}", "a".repeat(1_201));
    for (query, says) in [
        (audio.to_owned(), "`model` is required"),
        (format!("model=ink-9&{audio}"), "model_not_found"),
        (
            "model=ink-2&sample_rate=16000".to_owned(),
            "`encoding` is required",
        ),
        (
            "model=ink-2&encoding=opus&sample_rate=16000".to_owned(),
            "`encoding` must be one of",
        ),
        (
            "model=ink-2&encoding=pcm_s16le".to_owned(),
            "`sample_rate` is required",
        ),
        (
            "model=ink-2&encoding=pcm_s16le&sample_rate=fast".to_owned(),
            "`sample_rate` must be",
        ),
        (
            format!("model=ink-2&{audio}&language=fr"),
            "language_not_supported",
        ),
        (
            format!("model=ink-whisper&{audio}&language=xx"),
            "language_not_supported",
        ),
        (
            format!("model=ink-whisper&{audio}&min_volume=2"),
            "`min_volume` must be",
        ),
        (
            format!("model=ink-whisper&{audio}&max_silence_duration_secs=-1"),
            "`max_silence",
        ),
        (
            format!("model=ink-whisper&{audio}&keyterm=a"),
            "ink-2 alone",
        ),
        (format!("model=ink-2&{audio}{many}"), "100 times"),
        (format!("model=ink-2&{audio}{long}"), "1200 characters"),
    ] {
        let path = format!("/stt/websocket?{query}");
        let (status, body) = refused(&server, &path, KEY, NEWEST).await;
        assert_eq!(
            (status, body.contains(says)),
            (400, true),
            "{query}: {body}"
        );
    }
    let (status, body) = refused(&server, "/stt/websocket", KEY, "2025-11-04").await;
    assert_eq!(
        (status, body.starts_with("Bad Request: `model`")),
        (400, true),
        "{body}"
    );
    let keyterms = format!("{MANUAL}&keyterm=New%20York&keyterm={}", "a".repeat(1_192));
    listen(&server, &keyterms, NEWEST).await;
}

#[tokio::test]
async fn tokens_need_the_grant_and_plans_have_limits() {
    let builder = MockServer::builder().plan(Plan::Free);
    let server = within(builder.start()).await.unwrap();
    let token = async |grant: &str| {
        let request = post(
            &server,
            NEWEST,
            "/access-token",
            &json!({"grants": {grant: true}}),
        );
        answer_json(request).await["token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (tts, stt) = (token("tts").await, token("stt").await);
    let turns = MANUAL.replace("/stt/", "/stt/turns/");
    for path in [MANUAL, &turns] {
        assert_eq!(refused(&server, path, &tts, NEWEST).await.0, 403);
        assert_eq!(refused(&server, path, "eyJ.unknown", NEWEST).await.0, 401);
        let path = format!("{path}&access_token={stt}&cartesia_version={NEWEST}");
        handshake(&server, &path, &[]).await.unwrap();
    }
    assert_eq!(
        refused(&server, "/tts/websocket", &stt, NEWEST).await.0,
        403
    );

    let mut open = Vec::new();
    for _ in 0..8 {
        // Those that were dropped above are still being noticed.
        loop {
            let authorization = format!("Bearer {stt}");
            let headers = [
                ("authorization", authorization.as_str()),
                ("cartesia-version", NEWEST),
            ];
            if let Ok((client, _)) = handshake(&server, MANUAL, &headers).await {
                open.push(client);
                break;
            }
        }
    }
    let (status, body) = refused(&server, MANUAL, &stt, NEWEST).await;
    assert_eq!(
        (status, body.contains("concurrency_limited")),
        (429, true),
        "{body}"
    );
    let (status, body) = refused(&server, &turns, &stt, "2025-11-04").await;
    assert_eq!(
        (status, body.starts_with("Too many")),
        (429, true),
        "{body}"
    );
    // A call over HTTP is one as well.
    let form = || Form::default().text("model", "ink-whisper");
    form()
        .refused(&server, "/stt", 429, "concurrency_limited")
        .await;
    form()
        .refused(&server, "/audio/transcriptions", 429, "concurrency_limited")
        .await;
    // Speaking is counted apart.
    spoken(&server, "Hello.").await;
}

#[tokio::test]
async fn what_is_no_command_is_an_error_in_the_shape_of_the_version() {
    let server = start().await;
    for text in ["\"finalize\"", "{\"type\": \"close\"}", ""] {
        let mut client = listen(&server, MANUAL, NEWEST).await;
        client.say(text).await;
        let error = client.next().await;
        assert_eq!(
            (&error["type"], &error["status_code"]),
            (&json!("error"), &json!(400))
        );
        assert!(
            error["title"].is_string() && error["message"].is_string(),
            "{error}"
        );
        assert!(error.get("done").is_none() && error["request_id"].is_string());
        // The connection goes on.
        client.say("close").await;
        assert_eq!(types(&client.until("done").await), ["done"]);
    }
    let mut client = listen(&server, MANUAL, "2025-11-04").await;
    client.say("stop").await;
    let error = client.next().await;
    let keys: Vec<&str> = error
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["code", "message", "request_id", "type"]);
    assert_eq!(error["code"], 400);
}

#[tokio::test]
async fn of_audio_the_size_is_kept_and_silence_on_the_line_closes_it() {
    let builder = MockServer::builder().idle_timeout(Duration::from_millis(200));
    let server = within(builder.start()).await.unwrap();
    let mut client = listen(&server, MANUAL, NEWEST).await;
    client.send_audio(&[1; 5_000], FRAME).await;
    let (messages, code) = client.until_closed().await;
    assert_eq!((types(&messages).len(), code), (0, 1000));
    let kept = server.messages();
    let sizes: Vec<_> = kept
        .iter()
        .map(|m| (m.kind, m.bytes, m.text.len()))
        .collect();
    assert_eq!(
        sizes,
        [
            (MessageKind::Binary, 3_200, 0),
            (MessageKind::Binary, 1_800, 0)
        ]
    );
    assert_eq!(server.sockets()[0].path, "/stt/websocket");
}

#[tokio::test]
async fn the_same_words_are_heard_in_a_file_and_on_the_socket() {
    let server = start().await;
    let audio = spoken(&server, "你好，世界。 Ça va? 🙂").await;
    let mut client = listen(&server, MANUAL, NEWEST).await;
    client.send_audio(&audio, FRAME).await;
    client.say("close").await;
    let text = final_text(&client.until("done").await);
    let form = Form::default()
        .text("model", "ink-whisper")
        .file("file", "a.pcm", &audio);
    let heard: Value = form
        .json(&server, "/stt?encoding=pcm_s16le&sample_rate=16000")
        .await;
    assert_eq!(
        (text.as_str(), heard["text"].as_str()),
        ("你好，世界。 Ça va? 🙂", Some(&*text))
    );
}

#[tokio::test]
async fn audio_that_comes_faster_than_asked_is_known() {
    let server = start().await;
    let second = 10 * FRAME;
    for path in [MANUAL, TURNS] {
        let mut client = listen(&server, path, NEWEST).await;
        client.send_audio(&vec![0; 60 * second], second).await;
        client.say("a command is no audio").await;
        drop(client);
    }
    let messages = within(server.messages_after(122)).await;
    for connection in [1, 2] {
        let own = messages.iter().filter(|it| it.connection == connection);
        let audio: Vec<_> = own.filter_map(|message| message.audio).collect();
        assert_eq!(audio.len(), 60);
        assert_eq!(audio[0].came, Duration::ZERO);
        for (at, piece) in (0..).map(Duration::from_secs).zip(audio) {
            assert_eq!((piece.start, piece.end), (at, at + Duration::from_secs(1)));
        }
    }
    let slack = Duration::from_secs(1);
    let too_early = |speed| Expect::message().early(speed, slack).never();
    let unmet = server
        .check_received(&too_early(1.0))
        .unwrap_err()
        .to_string();
    assert!(
        unmet.contains("audio more than 1s early at speed 1, never"),
        "{unmet}"
    );
    // As fast as it likes.
    server.assert_received(&too_early(f64::INFINITY));
}
