//! A headless Chromium, driven by its debugging protocol.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// A browser starts slowly on a busy machine.
const LIMIT: Duration = Duration::from_secs(90);

pub(super) struct Browser {
    socket: WebSocketStream<TcpStream>,
    session: Value,
    next: u64,
    /// Ends with this, as does the folder of its profile.
    _process: Child,
    _said: JoinSet<()>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// `None`, said on stderr, where there is no Chromium.
    pub(super) async fn start() -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let mut process = launch(profile.path())?;
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = tokio::time::timeout(LIMIT, async {
            loop {
                let line = lines.next_line().await.unwrap().expect("the browser ended");
                if let Some(url) = line.strip_prefix("DevTools listening on ") {
                    return url.to_owned();
                }
            }
        });
        let url = address.await.expect("the browser does not start");
        // What it has to say must not fill the pipe.
        let said =
            JoinSet::from_iter([async move { while let Ok(Some(_)) = lines.next_line().await {} }]);
        let authority = url
            .trim_start_matches("ws://")
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        let stream = TcpStream::connect(authority).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        let mut browser = Self {
            socket,
            session: Value::Null,
            next: 0,
            _process: process,
            _said: said,
            _profile: profile,
        };
        let target = browser
            .call("Target.createTarget", json!({"url": "about:blank"}))
            .await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        browser.session = browser.call("Target.attachToTarget", attach).await["sessionId"].take();
        let size = json!({"width": 900, "height": 760, "deviceScaleFactor": 1, "mobile": false});
        browser
            .call("Emulation.setDeviceMetricsOverride", size)
            .await;
        Some(browser)
    }

    pub(super) async fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": url})).await;
    }

    /// The value of an expression, which is a text.
    pub(super) async fn text(&mut self, expression: &str) -> String {
        let value = self.evaluate(expression).await;
        value
            .as_str()
            .unwrap_or_else(|| panic!("{expression}: {value}"))
            .to_owned()
    }

    /// Waits until an expression is true.
    pub(super) async fn until(&mut self, expression: &str) {
        let deadline = Instant::now() + LIMIT;
        while self.evaluate(expression).await != true {
            assert!(
                Instant::now() < deadline,
                "this does not come: {expression}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What is seen, as PNG, without the empty space below it.
    pub(super) async fn screenshot(&mut self) -> Vec<u8> {
        let size =
            "({x: 0, y: 0, scale: 1, width: innerWidth, height: document.body.offsetHeight})";
        let clip = self.evaluate(size).await;
        let picture = self
            .call("Page.captureScreenshot", json!({ "clip": clip }))
            .await;
        let standard = base64::engine::general_purpose::STANDARD;
        standard.decode(picture["data"].as_str().unwrap()).unwrap()
    }

    /// Of an expression that cannot be evaluated yet, nothing.
    async fn evaluate(&mut self, expression: &str) -> Value {
        let parameters =
            json!({"expression": expression, "userGesture": true, "returnByValue": true});
        self.call("Runtime.evaluate", parameters).await["result"]["value"].take()
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.next += 1;
        let mut message = json!({"id": self.next, "method": method, "params": parameters});
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        let exchange = async {
            self.socket
                .send(Message::text(message.to_string()))
                .await
                .unwrap();
            loop {
                let answer = self.socket.next().await.unwrap().unwrap();
                let Ok(text) = answer.to_text() else { continue };
                let mut answer: Value = serde_json::from_str(text).unwrap_or_default();
                if answer["id"] == self.next {
                    assert!(answer["error"].is_null(), "{method}: {answer}");
                    return answer["result"].take();
                }
            }
        };
        let answer = tokio::time::timeout(LIMIT, exchange).await;
        answer.unwrap_or_else(|_| panic!("the browser does not answer {method}"))
    }
}

fn launch(profile: &std::path::Path) -> Option<Child> {
    for name in ["chromium", "chromium-browser", "google-chrome"] {
        let started = Command::new(name)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
            ])
            .args([
                "--no-first-run",
                "--remote-debugging-port=0",
                "--mute-audio",
            ])
            .arg("--autoplay-policy=no-user-gesture-required")
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        if let Ok(process) = started {
            return Some(process);
        }
    }
    // Seen also where the output of tests that pass is kept back.
    let message =
        "skipped: there is no Chromium to look at the page with (Debian: apt-get install chromium)";
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{message}").unwrap();
    None
}
