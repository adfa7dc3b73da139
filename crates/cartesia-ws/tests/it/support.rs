//! A scripted server: on each raw connection it does exactly what a test tells it to.
//!
//! Scripts are asynchronous closures, one per connection, in the order in which connections come.
//! Once they are used up, the port is closed. Nothing sleeps: a script that has to wait for its test
//! waits on a [`Gate`]. Nothing hangs: a test bounds what it awaits by [`within`], and so, in
//! [`Server::finish`], the scripts, which have no guards of their own, since tests move the clock.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_ws::{Connector, Error};
use sha1_smol::Sha1;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// What no text may show.
pub(crate) const KEY: &str = "sk_car_canary_key";
pub(crate) const TOKEN: &str = "canary.token+with/odd=signs";

/// Awaits what must not hang.
pub(crate) async fn within<F: IntoFuture>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future.into_future())
        .await
        .expect("done within the guard")
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

/// The head of a request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) head: String,
}

impl Request {
    /// Method and target.
    pub(crate) fn line(&self) -> &str {
        let line = self.head.lines().next().unwrap();
        line.strip_suffix(" HTTP/1.1").unwrap()
    }

    /// The only header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.head.lines().skip(1).filter_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        });
        let first = found.next();
        assert_eq!(found.next(), None, "{name} twice");
        first
    }
}

/// Bytes both ways, encrypted or not.
pub(crate) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// One connection, from the server's side. Dropping it ends it in good order (FIN).
pub(crate) struct Connection {
    pub(crate) stream: Box<dyn Bytes>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Connection {
    /// Reads the head of a request and records it.
    pub(crate) async fn request(&mut self) -> Request {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.expect("a request"));
        }
        let head = String::from_utf8(head).unwrap();
        let request = Request { head };
        self.requests.lock().unwrap().push(request.clone());
        request
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Agrees to the upgrade, and sends something right after.
    pub(crate) async fn upgrade(&mut self, headers: &str, then: &[u8]) {
        let request = self.request().await;
        let accept = accept_key(request.header("sec-websocket-key").unwrap());
        let mut answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nconnection: keep-alive, \
             Upgrade\r\nsec-websocket-accept: {accept}\r\n{headers}\r\n"
        )
        .into_bytes();
        answer.extend_from_slice(then);
        self.write(answer).await;
    }

    /// Reads the client's goodbye (close code 1000), returns it, and waits for the end.
    pub(crate) async fn goodbye(mut self) {
        let mut frame = [0; 8];
        self.stream.read_exact(&mut frame).await.unwrap();
        assert_eq!(frame[..2], [0x88, 0x82], "a masked close frame with a code");
        let code = [frame[6] ^ frame[2], frame[7] ^ frame[3]];
        assert_eq!(u16::from_be_bytes(code), 1000);
        self.write([0x88, 2, code[0], code[1]]).await;
        self.closed().await;
    }

    /// Waits until the client has closed the connection; anything that it sends is a failure.
    pub(crate) async fn closed(mut self) {
        if let Ok(read) = self.stream.read(&mut [0; 1]).await {
            assert_eq!(read, 0, "the client must send nothing more");
        }
    }
}

/// The answer that a key calls for (RFC 6455, section 4.2.2).
pub(crate) fn accept_key(key: &str) -> String {
    let hash = Sha1::from(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    STANDARD.encode(hash.digest().bytes())
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

/// Opens a WebSocket and waits for the client to say goodbye.
pub(crate) fn websocket() -> Script {
    script(async |mut connection| {
        connection.upgrade("x-request-id: open-id\r\n", b"").await;
        connection.goodbye().await;
    })
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::start_with(None, scripts).await
    }

    /// A client that does not finish the TLS handshake uses a script up without its being played.
    pub(crate) async fn start_with(
        tls: Option<TlsAcceptor>,
        scripts: impl IntoIterator<Item = Script>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let scripts: Vec<_> = scripts.into_iter().collect();
        let recorded = Arc::clone(&requests);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut running = JoinSet::new();
            for script in scripts {
                let (tcp, _) = listener.accept().await.unwrap();
                tcp.set_nodelay(true).unwrap();
                let (requests, tls) = (Arc::clone(&recorded), tls.clone());
                running.spawn(async move {
                    let stream: Box<dyn Bytes> = match tls {
                        None => Box::new(tcp),
                        Some(tls) => match tls.accept(tcp).await {
                            Ok(stream) => Box::new(stream),
                            Err(_) => return,
                        },
                    };
                    script(Connection { stream, requests }).await;
                });
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
        format!("ws://{}", self.address)
    }

    pub(crate) fn connector(&self) -> Connector {
        connector(&self.url())
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

/// A frame as a server writes it; `first` holds the opcode and whether it is the last fragment.
pub(crate) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut bytes = vec![first];
    if let Ok(length @ ..126) = u8::try_from(payload.len()) {
        bytes.push(length);
    } else {
        bytes.push(126);
        bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
    }
    bytes.extend_from_slice(payload);
    bytes
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

pub(crate) fn connector(url: &str) -> Connector {
    Connector::new().api_key(KEY).base_url(url)
}

/// A name that is refused without a question to anybody: a label has at most 63 letters.
pub(crate) fn unresolvable() -> String {
    format!("{}.invalid", "x".repeat(64))
}

/// The error of a connection that cannot be opened, which must not show a secret.
pub(crate) async fn failure(connector: Connector) -> Error {
    let error = within(connector.check()).await.expect_err("must fail");
    let shown = everything(&error);
    assert!(!shown.to_lowercase().contains("canary"), "{shown}");
    error
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
