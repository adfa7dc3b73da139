//! The page for people: who gets it, and what a real browser makes of it.

mod browser;

use cartesia_mock::MockServer;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN};
use serde_json::{Value, json};

use self::browser::Browser;
use crate::socket_client::{connect, request};
use crate::support::{NEWEST, answer, body, client, post, send, start, within};

/// What browsers accept.
const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

async fn with_page() -> MockServer {
    within(MockServer::builder().page().start()).await.unwrap()
}

#[tokio::test]
async fn a_browser_gets_the_page_and_a_program_the_status() {
    let server = with_page().await;
    let root = format!("{}/", server.url());
    let page = send(client().get(&root).header(ACCEPT, HTML)).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for accept in ["*/*", "application/json"] {
        let (status, text) = answer(client().get(&root).header(ACCEPT, accept)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.starts_with("{\"ok\":true"), "{text}");
    }
}

#[tokio::test]
async fn only_this_machine_gets_anything_of_it() {
    let server = with_page().await;
    for path in ["/", "/_mock/page", "/_mock/page.js", "/_mock/page.css"] {
        let url = format!("{}{path}", server.url());
        let here = send(client().get(&url).header(ACCEPT, HTML)).await;
        assert_eq!(here.status(), StatusCode::OK, "{path}");
        // A name that an attacker lets resolve to this machine.
        let rebound = client().get(&url).header(ACCEPT, HTML);
        let rebound = send(rebound.header(HOST, "rebound.example:8745")).await;
        assert_eq!(rebound.status(), StatusCode::FORBIDDEN, "{path}");
        let elsewhere = client().get(&url).header(ACCEPT, HTML);
        let elsewhere = send(elsewhere.header(ORIGIN, "https://elsewhere.example")).await;
        assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let sound = client().post(format!("{}/_mock/sound", server.url()));
    let sound = sound.header(HOST, "rebound.example").body("{}");
    assert_eq!(send(sound).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_it_or_open_to_other_machines_there_is_none() {
    let without = start().await;
    let open = MockServer::builder().bind(([0, 0, 0, 0], 0)).page().start();
    let open = within(open).await.unwrap();
    for server in [without, open] {
        let port = server.addr().port();
        let root = client().get(format!("http://127.0.0.1:{port}/"));
        let (_, text) = answer(root.header(ACCEPT, HTML)).await;
        assert!(text.starts_with("{\"ok\":true"), "{text}");
        for path in ["/_mock/page", "/_mock/sound"] {
            let url = format!("http://127.0.0.1:{port}{path}");
            let status = answer(client().get(url)).await.0;
            assert_ne!(status, StatusCode::OK, "{path}");
        }
    }
}

#[tokio::test]
async fn the_sound_of_a_request_is_made_again_with_its_words() {
    let server = with_page().await;
    let url = format!("{}/_mock/sound", server.url());
    let asked = body("Hello there");
    let (status, text) = answer(client().post(&url).body(asked.to_string())).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let sound: Value = serde_json::from_str(&text).unwrap();
    let words: Vec<_> = sound["words"].as_array().unwrap().iter().collect();
    assert_eq!(words.len(), 2);
    assert_eq!(words[1]["text"], "there");
    assert!(words[1]["start"].as_f64() >= words[0]["end"].as_f64());
    let file = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        sound["wav"].as_str().unwrap(),
    );
    let wav = hound::WavReader::new(std::io::Cursor::new(file.unwrap())).unwrap();
    assert_eq!(
        (wav.spec().sample_rate, sound["cut"].as_bool()),
        (24_000, Some(false))
    );

    // As long as a book: it is cut, not refused.
    let long = body(&"word ".repeat(50_000));
    let (status, text) = answer(client().post(&url).body(long.to_string())).await;
    assert_eq!(status, StatusCode::OK);
    let sound: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(sound["cut"], true);
    for wrong in ["", "[]", "{}", "{\"transcript\":5}"] {
        let status = answer(client().post(&url).body(wrong)).await.0;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let no_model = json!({"transcript": "Hi"}).to_string();
    let status = answer(client().post(&url).body(no_model)).await.0;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// A transcript that would be a script if it were set as HTML.
const HOSTILE: &str = "<img src=x onerror=\"document.title='owned'\"> bold";

#[tokio::test]
async fn a_browser_shows_what_was_asked_and_plays_it() {
    let server = with_page().await;
    answer(post(
        &server,
        NEWEST,
        "/tts/bytes",
        &body("Good morning, page."),
    ))
    .await;
    let mut socket = connect(&server, NEWEST).await;
    for (text, more) in [("One context, ", true), ("in two pieces.", false)] {
        let mut message = request("my-context", text);
        message["continue"] = json!(more);
        socket.send(&message).await;
    }
    let Some(mut browser) = Browser::start().await else {
        return;
    };
    browser.open(&format!("{}/", server.url())).await;

    browser
        .until("document.querySelectorAll('article[data-seconds]').length === 2")
        .await;
    let shown = browser.text("document.body.innerText").await;
    for part in [
        "POST /tts/bytes",
        "Good morning, page.",
        "/tts/websocket",
        "One context, in two pieces.",
        "context my-context",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // A waveform is drawn: high where there is a word.
    let drawn = "(() => { const c = document.querySelector('.wave');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++;
        return String(n > c.width); })()";
    assert_eq!(browser.text(drawn).await, "true");

    // The play button plays, and the word that is heard is marked.
    browser
        .text("[...document.querySelectorAll('.play')].pop().click(), 'clicked'")
        .await;
    browser.until("playing.sound.audio.currentTime > 0.1").await;
    browser
        .until("document.querySelector('mark.now') !== null")
        .await;
    assert_eq!(browser.text("playing.button.textContent").await, "❚❚");
    if let Some(path) = std::env::var_os("CARTESIA_PAGE_SCREENSHOT") {
        std::fs::write(path, browser.screenshot().await).unwrap();
    }

    // Live, and as text.
    answer(post(
        &server,
        NEWEST,
        "/tts/sse",
        &crate::support::with(
            body(HOSTILE),
            &[(
                "output_format",
                json!({"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8000}),
            )],
        ),
    ))
    .await;
    browser
        .until("document.body.innerText.includes('onerror')")
        .await;
    browser
        .until("document.querySelectorAll('article[data-seconds]').length === 3")
        .await;
    assert_eq!(browser.text("document.title").await, "Cartesia mock server");
    assert_eq!(browser.text("String(document.images.length)").await, "0");

    // What is filtered out is gone, and what was cleared is forgotten.
    browser
        .text("filter.value = 'two pieces', sift(), ''")
        .await;
    browser
        .until("[...document.querySelectorAll('article')].filter((a) => !a.hidden).length === 1")
        .await;
    browser
        .text("document.getElementById('clear').click(), ''")
        .await;
    browser
        .until("document.querySelectorAll('article').length === 0")
        .await;
    assert!(server.journal().is_empty());
}
