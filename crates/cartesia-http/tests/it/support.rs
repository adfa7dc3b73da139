//! A scripted server: on each raw connection it does exactly what a test tells it to.
//!
//! Scripts are asynchronous closures, one per connection, in the order in which connections come.
//! Once they are used up, the port is closed. Nothing sleeps: a script that has to wait for its test
//! waits on a [`Gate`]. Nothing hangs: a test bounds what it awaits by [`within`], and so, in
//! [`Server::finish`], the scripts, which have no guards of their own, since tests move the clock.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_http::{Backoff, Client, ClientBuilder, Error, RetryPolicy};
use cartesia_types::tts::{BytesRequest, SseRequest};
use cartesia_types::{ModelId, OutputFormat, RawFormat, VoiceId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// What no text may show.
pub(crate) const KEY: &str = "sk_car_canary_key";
pub(crate) const TRANSCRIPT: &str = "The canary sings at dawn.";

/// Awaits what must not hang.
pub(crate) async fn within<F: IntoFuture>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(5), future.into_future())
        .await
        .expect("done within the guard")
}

/// Lets time pass without waiting for it. Not inside [`within`], whose guard it would trip.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Polls once, and asserts that there is nothing yet.
pub(crate) async fn assert_waits<F: Future>(mut future: Pin<&mut F>) {
    poll_fn(|cx| {
        assert!(
            future.as_mut().poll(cx).is_pending(),
            "must still be waiting"
        );
        Poll::Ready(())
    })
    .await;
}

/// Drives a future until `event` happens; the future must not end before.
pub(crate) async fn drive_until<F: Future>(future: Pin<&mut F>, event: impl Future<Output = ()>) {
    let mut future = future;
    let mut event = pin!(event);
    within(poll_fn(|cx| {
        assert!(
            future.as_mut().poll(cx).is_pending(),
            "ended before the event"
        );
        event.as_mut().poll(cx)
    }))
    .await;
}

/// What one side opens and the other waits for; opening first is fine.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Notify>);

impl Gate {
    pub(crate) fn open(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn passed(&self) {
        self.0.notified().await;
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    /// Method and target.
    pub(crate) fn line(&self) -> &str {
        let line = self.head.lines().next().unwrap();
        line.strip_suffix(" HTTP/1.1").unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// One connection, from the server's side. Dropping it ends it in good order (FIN).
pub(crate) struct Connection {
    stream: TcpStream,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Connection {
    /// Reads one whole request and records it.
    pub(crate) async fn request(&mut self) -> Request {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.expect("a request"));
        }
        let mut request = Request {
            head: String::from_utf8(head).unwrap(),
            body: String::new(),
        };
        let length = request.header("content-length").unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap()];
        self.stream.read_exact(&mut body).await.unwrap();
        request.body = String::from_utf8(body).unwrap();
        self.requests.lock().unwrap().push(request.clone());
        request
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Waits until the client has closed the connection; anything that it sends is a failure.
    pub(crate) async fn closed(mut self) {
        if let Ok(read) = self.stream.read(&mut [0; 1]).await {
            assert_eq!(read, 0, "the client must send nothing more");
        }
    }

    /// Ends the connection in disorder (RST).
    pub(crate) fn reset(self) {
        // The call is deprecated because a long linger blocks; this one is zero. Its successor is
        // missing from the oldest tokio that we take.
        #[allow(deprecated, reason = "see above")]
        self.stream.set_linger(Some(Duration::ZERO)).unwrap();
    }
}

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What happens on one connection.
pub(crate) type Script = Box<dyn FnOnce(Connection) -> Running + Send>;

pub(crate) fn script<F: Future<Output = ()> + Send + 'static>(
    steps: impl FnOnce(Connection) -> F + Send + 'static,
) -> Script {
    Box::new(|connection| Box::pin(steps(connection)))
}

/// Reads a request, writes the response, closes.
pub(crate) fn answer(response: impl Into<Vec<u8>>) -> Script {
    let response = response.into();
    script(|mut connection| async move {
        connection.request().await;
        connection.write(response).await;
    })
}

pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let scripts: Vec<_> = scripts.into_iter().collect();
        let recorded = Arc::clone(&requests);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut running = JoinSet::new();
            for script in scripts {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let requests = Arc::clone(&recorded);
                running.spawn(script(Connection { stream, requests }));
            }
            drop(listener);
            running.join_all().await;
        });
        Self {
            address,
            requests,
            tasks,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that tries once.
    pub(crate) fn client(&self) -> Client {
        client(&self.url())
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until every script has been played to its end; gives all requests.
    pub(crate) async fn finish(mut self) -> Vec<Request> {
        while let Some(outcome) = within(self.tasks.join_next()).await {
            outcome.expect("the script played");
        }
        self.requests()
    }
}

/// Everything that anybody could print of an error.
pub(crate) fn everything(error: &Error) -> String {
    let mut shown = format!("{error} {error:#} {error:?} {error:#?}");
    let mut source = error.get_ref().map(|cause| cause as &dyn std::error::Error);
    while let Some(cause) = source {
        write!(shown, " {cause} {cause:#} {cause:?} {cause:#?}").unwrap();
        source = cause.source();
    }
    shown
}

pub(crate) fn builder(url: &str) -> ClientBuilder {
    Client::builder()
        .api_key(KEY)
        .base_url(url)
        .retry(RetryPolicy::never())
}

pub(crate) fn client(url: &str) -> Client {
    builder(url).build().unwrap()
}

/// `attempts` tries without waits between them.
pub(crate) fn at_once(attempts: u32) -> RetryPolicy {
    RetryPolicy::default()
        .with_max_attempts(attempts)
        .with_backoff(Backoff::new(Duration::ZERO, Duration::ZERO))
}

pub(crate) fn voice() -> VoiceId {
    VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091")
}

pub(crate) fn sse_request() -> SseRequest {
    let format = RawFormat::PCM_S16LE_16000;
    SseRequest::new(ModelId::SONIC_LATEST, voice(), TRANSCRIPT, format)
}

pub(crate) fn bytes_request(format: impl Into<OutputFormat>) -> BytesRequest {
    BytesRequest::new(ModelId::SONIC_LATEST, voice(), TRANSCRIPT, format)
}

/// A response with a length.
pub(crate) fn response(status: &str, headers: &[&str], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text + "\r\n" + body
}

/// The head of a chunked response.
pub(crate) fn chunked_head(content_type: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nx-request-id: head-id\r\n\
         transfer-encoding: chunked\r\n\r\n"
    )
}

/// One piece of a chunked body.
pub(crate) fn piece(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    let mut out = format!("{:x}\r\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    out
}

/// The end of a chunked body.
pub(crate) const LAST: &str = "0\r\n\r\n";

/// A whole chunked response, each piece a chunk of its own.
pub(crate) fn chunked<T: AsRef<[u8]>>(
    content_type: &str,
    pieces: impl IntoIterator<Item = T>,
) -> Vec<u8> {
    let mut out = chunked_head(content_type).into_bytes();
    out.extend(pieces.into_iter().flat_map(piece));
    out.extend_from_slice(LAST.as_bytes());
    out
}

pub(crate) const EVENTS: &str = "text/event-stream";

/// An event on the wire, named as the service names it.
pub(crate) fn event(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let name = value["type"].as_str().unwrap_or("message");
    format!("event: {name}\ndata: {json}\n\n")
}

pub(crate) fn chunk_event(audio: &[u8]) -> String {
    event(&format!(
        r#"{{"type":"chunk","status_code":206,"done":false,"data":"{}","step_time":32.5}}"#,
        STANDARD.encode(audio)
    ))
}

pub(crate) fn done_event() -> String {
    event(r#"{"type":"done","status_code":200,"done":true}"#)
}

/// Audio that no two positions of which look alike.
pub(crate) fn audio(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_be_bytes()[0]
        })
        .collect()
}

/// What every request says, whatever it asks for: who asks, at which version, and what its body is.
pub(crate) fn assert_usual_headers(request: &wiremock::Request) {
    let header = |name: &str| request.headers.get(name).and_then(|it| it.to_str().ok());
    let version = header("cartesia-version").unwrap_or_default();
    if version < "2025-04-16" {
        assert_eq!(header("x-api-key"), Some(KEY), "{request:?}");
    } else {
        let bearer = format!("Bearer {KEY}");
        assert_eq!(header("authorization"), Some(bearer.as_str()));
    }
    let kind = header("content-type").map(|kind| kind.split(';').next().unwrap_or_default());
    let expected = match request.body.first() {
        None => None,
        Some(b'{' | b'[') => Some("application/json"),
        Some(_) => Some("multipart/form-data"),
    };
    assert_eq!(kind, expected, "{request:?}");
    assert!(header("user-agent").is_some(), "{request:?}");
}
