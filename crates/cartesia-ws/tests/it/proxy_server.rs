//! Proxies that do as they are told, and tell what they were asked.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use cartesia_core::network::ProxyUrl;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::support::Bytes;

/// A proxy that tells what it was asked, and connects to one server whatever it was asked for.
pub(crate) struct ProxyServer {
    scheme: String,
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

type Stream = Box<dyn Bytes>;

async fn read_head(socket: &mut Stream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// The server side of HTTP CONNECT; gives the request's text.
async fn connect(socket: &mut Stream) -> String {
    let request = read_head(socket).await;
    let answer = b"HTTP/1.1 200 Connection established\r\nvia: a test\r\n\r\n";
    socket.write_all(answer).await.unwrap();
    request
}

async fn read_text(socket: &mut Stream) -> String {
    let length = socket.read_u8().await.unwrap();
    let mut text = vec![0; usize::from(length)];
    socket.read_exact(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

/// The server side of SOCKS5 (RFC 1928), with a password if one is offered (RFC 1929).
async fn socks5(socket: &mut Stream) -> String {
    assert_eq!(socket.read_u8().await.unwrap(), 5);
    let count = socket.read_u8().await.unwrap();
    let mut methods = vec![0; usize::from(count)];
    socket.read_exact(&mut methods).await.unwrap();
    let mut asked = String::from("SOCKS5 ");
    if methods.contains(&2) {
        socket.write_all(&[5, 2]).await.unwrap();
        assert_eq!(socket.read_u8().await.unwrap(), 1);
        let user = read_text(socket).await;
        let password = read_text(socket).await;
        write!(asked, "{user}:{password}@").unwrap();
        socket.write_all(&[1, 0]).await.unwrap();
    } else {
        socket.write_all(&[5, 0]).await.unwrap();
    }
    let mut request = [0; 4];
    socket.read_exact(&mut request).await.unwrap();
    assert_eq!(request[..3], [5, 1, 0]);
    match request[3] {
        1 => {
            let mut address = [0; 4];
            socket.read_exact(&mut address).await.unwrap();
            asked.push_str(&Ipv4Addr::from(address).to_string());
        }
        3 => asked.push_str(&read_text(socket).await),
        4 => {
            let mut address = [0; 16];
            socket.read_exact(&mut address).await.unwrap();
            asked.push_str(&Ipv6Addr::from(address).to_string());
        }
        other => panic!("address type {other}"),
    }
    let port = socket.read_u16().await.unwrap();
    let done = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    socket.write_all(&done).await.unwrap();
    format!("{asked}:{port}")
}

impl ProxyServer {
    pub(crate) async fn start(scheme: &str, tls: Option<TlsAcceptor>, target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, socks) = (Arc::clone(&asked), scheme.starts_with("socks"));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let mut socket: Stream = match &tls {
                    Some(tls) => Box::new(tls.accept(tcp).await.unwrap()),
                    None => Box::new(tcp),
                };
                let request = if socks {
                    socks5(&mut socket).await
                } else {
                    connect(&mut socket).await
                };
                log.lock().unwrap().push(request);
                let mut upstream = TcpStream::connect(target).await.unwrap();
                let _ = copy_bidirectional(&mut socket, &mut upstream).await;
            }
        });
        Self {
            scheme: scheme.to_owned(),
            address,
            asked,
            _tasks: tasks,
        }
    }

    pub(crate) fn url(&self) -> ProxyUrl {
        self.url_for("")
    }

    /// With user name and password, `user:password@`.
    pub(crate) fn url_for(&self, user: &str) -> ProxyUrl {
        let port = self.address.port();
        let url = format!("{}://{user}localhost:{port}", self.scheme);
        url.parse().unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
