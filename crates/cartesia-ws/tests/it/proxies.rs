//! Proxies: which one, what it is told, and what is said when it refuses.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use cartesia_types::ErrorKind;
use cartesia_types::network::{Network, Proxy, ProxyUrl};
use cartesia_ws::Connector;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::support::{Bytes, KEY, Server, connector, failure, websocket, within};

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
            asked.push_str(&std::net::Ipv4Addr::from(address).to_string());
        }
        3 => asked.push_str(&read_text(socket).await),
        4 => {
            let mut address = [0; 16];
            socket.read_exact(&mut address).await.unwrap();
            asked.push_str(&std::net::Ipv6Addr::from(address).to_string());
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
    fn url_for(&self, user: &str) -> ProxyUrl {
        let port = self.address.port();
        let url = format!("{}://{user}localhost:{port}", self.scheme);
        url.parse().unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// To a host that nobody but the proxy knows.
fn far(proxy: Proxy) -> Connector {
    connector("ws://speech.invalid")
        .allow_plain_http(true)
        .network(Network::new().with_proxy(proxy))
}

#[tokio::test]
async fn connections_go_through_a_proxy_and_tell_it_nothing_else() {
    let server = Server::start([websocket(), websocket(), websocket()]).await;
    for (scheme, user, expected) in [
        (
            "http",
            "",
            "CONNECT speech.invalid:80 HTTP/1.1\r\nHost: speech.invalid:80\r\n\r\n",
        ),
        ("socks5h", "", "SOCKS5 speech.invalid:80"),
        // Written as people write it, and as URLs have it.
        (
            "socks5h",
            "us%40er:p@ss:w%3Ard@",
            "SOCKS5 us@er:p@ss:w:rd@speech.invalid:80",
        ),
    ] {
        let proxy = ProxyServer::start(scheme, None, server.address).await;
        let connector = far(Proxy::fixed(proxy.url_for(user)));
        within(connector.check()).await.unwrap();
        assert_eq!(proxy.asked(), [expected]);
    }
    server.finish().await;
}

#[tokio::test]
async fn an_http_proxy_gets_its_own_password() {
    let server = Server::start([websocket(), websocket()]).await;
    let proxy = ProxyServer::start("http", None, server.address).await;
    for user in ["user:secret@", "us/er:se@cret@"] {
        let connector = far(Proxy::fixed(proxy.url_for(user)));
        within(connector.check()).await.unwrap();
    }
    let asked = proxy.asked();
    // Base64 of `user:secret` and of `us/er:se@cret`.
    for (asked, basic) in asked
        .iter()
        .zip(["dXNlcjpzZWNyZXQ=", "dXMvZXI6c2VAY3JldA=="])
    {
        assert!(
            asked.contains(&format!("\r\nProxy-Authorization: Basic {basic}\r\n")),
            "{asked}"
        );
        assert!(!asked.contains(KEY), "the key is for the service alone");
    }
    let requests = server.finish().await;
    assert!(
        requests
            .iter()
            .all(|request| request.header("proxy-authorization").is_none())
    );
}

#[tokio::test]
async fn an_ipv6_address_keeps_its_brackets_where_it_has_a_port() {
    let server = Server::start([websocket(), websocket()]).await;
    for (scheme, expected) in [
        (
            "http",
            "CONNECT [2001:db8::1]:99 HTTP/1.1\r\nHost: [2001:db8::1]:99\r\n\r\n",
        ),
        ("socks5", "SOCKS5 2001:db8::1:99"),
    ] {
        let proxy = ProxyServer::start(scheme, None, server.address).await;
        let connector = far(Proxy::fixed(proxy.url())).base_url("ws://[2001:db8::1]:99");
        within(connector.check()).await.unwrap();
        assert_eq!(proxy.asked(), [expected]);
    }
    for request in server.finish().await {
        assert_eq!(request.header("host"), Some("[2001:db8::1]:99"));
    }
}

/// `socks5` without `h`: the name is looked up here, and the proxy is given the address.
#[tokio::test]
async fn a_name_is_resolved_here_where_the_proxy_is_to_get_an_address() {
    let server = Server::start([websocket()]).await;
    let proxy = ProxyServer::start("socks5", None, server.address).await;
    let network = Network::new().with_proxy(Proxy::fixed(proxy.url()));
    let connector = connector("ws://localhost:9").network(network);
    within(connector.check()).await.unwrap();
    let asked = proxy.asked().pop().unwrap();
    assert!(
        ["SOCKS5 127.0.0.1:9", "SOCKS5 ::1:9"].contains(&asked.as_str()),
        "{asked}"
    );
    server.finish().await;

    let unknown = far(Proxy::fixed(proxy.url()));
    let error = failure(unknown).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("cannot be resolved"), "{error}");
}

#[tokio::test]
async fn a_proxy_is_bypassed_where_it_was_said() {
    let server = Server::start([websocket(), websocket(), websocket()]).await;
    let proxy = ProxyServer::start("http", None, server.address).await;
    for policy in [
        Proxy::fixed_except(proxy.url(), "example.com, 127.0.0.0/8"),
        Proxy::fixed_except(proxy.url(), "*,127.0.0.1"),
        Proxy::Direct,
    ] {
        let network = Network::new().with_proxy(policy);
        within(server.connector().network(network).check())
            .await
            .unwrap();
    }
    assert!(proxy.asked().is_empty());
    server.finish().await;
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn tls_goes_through_proxies_and_to_proxies() {
    use crate::tls::{Authority, FAR, assert_says, encrypted};

    let authority = Authority::new();
    let tls = authority.acceptor("localhost", FAR);
    for scheme in ["http", "https", "socks5h"] {
        let server = Server::start_with(Some(tls.clone()), [websocket()]).await;
        let proxy_tls = (scheme == "https").then(|| tls.clone());
        let proxy = ProxyServer::start(scheme, proxy_tls, server.address).await;
        let network = authority.trusted().with_proxy(Proxy::fixed(proxy.url()));
        within(encrypted(&server, network).check()).await.unwrap();
        let port = server.address.port();
        let asked = proxy.asked().pop().unwrap();
        assert!(asked.contains(&format!(" localhost:{port}")), "{asked}");
        server.finish().await;
    }

    // A plain connection inside that of the proxy, and a proxy that is not who it says it is.
    let server = Server::start([websocket()]).await;
    let proxy = ProxyServer::start("https", Some(tls), server.address).await;
    let far = connector("ws://speech.invalid").allow_plain_http(true);
    let network = authority.trusted().with_proxy(Proxy::fixed(proxy.url()));
    within(far.clone().network(network).check()).await.unwrap();
    server.finish().await;
    let other = authority.acceptor("example.com", FAR);
    let server = Server::start_with(Some(other), [websocket()]).await;
    let url = format!("https://user:canary@localhost:{}", server.address.port());
    let network = authority
        .trusted()
        .with_proxy(Proxy::fixed(url.parse().unwrap()));
    let error = failure(far.network(network)).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    let named = format!("the proxy https://localhost:{}: ", server.address.port());
    assert!(error.to_string().contains(&named), "{error}");
    assert_says(&error, "its certificate is for another host");
    server.finish().await;
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_from_a_service_that_does() {
    let refusing = |answer: &'static str| Server::start([crate::support::answer(answer)]);
    for (answer, user, part) in [
        (
            "HTTP/1.1 407 x\r\n\r\n",
            "",
            "wants a user name and password (407)",
        ),
        (
            "HTTP/1.1 407 x\r\n\r\n",
            "u:canary@",
            "does not accept the user name and password",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\n\r\n",
            "",
            "refused to connect (502 Bad Gateway)",
        ),
        (
            "HTTP/1.1 302 x\r\nlocation: /login\r\n\r\n",
            "",
            "refused to connect (302 Found)",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n<html>", "", "something of its own"),
        ("SSH-2.0-OpenSSH_9.6\r\n", "", "is no HTTP proxy"),
        ("", "", "closed the connection"),
    ] {
        let server = refusing(answer).await;
        let url = format!("http://{user}{}", server.address);
        let error = failure(far(Proxy::fixed(url.parse().unwrap()))).await;
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        // The status is the service's, which never said a word.
        assert_eq!(error.status(), None);
        let text = error.to_string();
        let named = format!(
            "no connection to speech.invalid: the proxy http://{} ",
            server.address
        );
        assert!(text.contains(&named) && text.contains(part), "{text}");
        server.finish().await;
    }
}

#[tokio::test]
async fn a_socks_proxy_that_refuses() {
    for (bytes, user) in [
        (&[5, 0xff][..], "user:canary@"),
        (&[5, 0xff], ""),
        (&[5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0], ""),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ""),
        (b"", ""),
    ] {
        let server = Server::start([crate::support::script(async move |mut connection| {
            let _ = connection.stream.read_u8().await;
            connection.write(bytes).await;
        })])
        .await;
        let url = format!("socks5h://{user}{}", server.address);
        let error = failure(far(Proxy::fixed(url.parse().unwrap()))).await;
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        assert!(error.to_string().contains("refused to connect"), "{error}");
        server.finish().await;
    }
}

#[tokio::test]
async fn whoever_is_not_there_is_named() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = failure(connector(&format!("ws://{gone}"))).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(
        error
            .to_string()
            .contains("127.0.0.1: it cannot be reached over TCP"),
        "{error}"
    );

    let url = format!("http://user:canary@{gone}");
    let error = failure(far(Proxy::fixed(url.parse().unwrap()))).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(
        error.to_string().contains("the proxy cannot be reached"),
        "{error}"
    );

    let unknown = connector("ws://speech.invalid").allow_plain_http(true);
    let error = failure(unknown.network(Network::new().with_proxy(Proxy::Direct))).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("cannot be resolved"), "{error}");
}

/// Runs one test of this binary in a process of its own, with an environment of its own.
fn run_with(test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for name in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUEST_METHOD",
    ] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let command = command
        .args(["--exact", "--ignored", test])
        .envs(variables.iter().copied());
    let output = command.output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && shown.contains("1 passed"),
        "{shown}"
    );
}

/// Expects a connection for `speech.invalid` and none for this machine.
#[tokio::test]
#[ignore = "run by the test below, which sets the environment"]
async fn child_that_reads_the_environment() {
    let proxy = std::env::var("PROXY_OF_TEST").unwrap();
    let server = Server::start([websocket()]).await;
    within(server.connector().check()).await.unwrap();
    server.finish().await;
    let error = failure(connector("ws://speech.invalid").allow_plain_http(true)).await;
    assert!(error.to_string().contains(&proxy), "{error}");
    // What needs no TLS has no root certificates, and what is encrypted has its own proxy.
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    {
        let error = failure(connector("wss://speech.invalid")).await;
        assert!(
            error.to_string().contains("the proxy socks5h://127.0.0.1:"),
            "{error}"
        );
        let error = failure(connector("wss://other.invalid")).await;
        assert!(error.to_string().contains("cannot be resolved"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_environment_says_which_proxy_but_not_for_this_machine() {
    let refuse = || crate::support::answer("HTTP/1.1 502 x\r\n\r\n");
    let plain = Server::start([refuse()]).await;
    let socks = Server::start([crate::support::script(async |mut connection| {
        let _ = connection.stream.read_u8().await;
        connection.write([5, 0xff]).await;
    })])
    .await;
    let named = format!("the proxy http://{}", plain.address);
    let http = format!("http://user:canary@{}", plain.address);
    let https = format!("socks5h://user:canary@{}", socks.address);
    tokio::task::spawn_blocking(move || {
        let variables = [
            ("HTTP_PROXY", http.as_str()),
            ("HTTPS_PROXY", &https),
            ("NO_PROXY", "other.invalid"),
            ("PROXY_OF_TEST", &named),
        ];
        run_with("proxies::child_that_reads_the_environment", &variables);
    })
    .await
    .unwrap();
    plain.finish().await;
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    socks.finish().await;
}

/// Expects a connection through whichever proxy the environment names.
#[tokio::test]
#[ignore = "run by the test below, which sets the environment"]
async fn child_that_connects() {
    let target = std::env::var("TARGET_OF_TEST").unwrap();
    within(connector(&target).allow_plain_http(true).check())
        .await
        .unwrap();
}

/// SOCKS4 has no place in our own setting, but in the environment it may be all there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_environment_may_name_a_socks4_proxy() {
    for (scheme, target, expected) in [
        (
            "socks4",
            "ws://192.0.2.1:99",
            &b"\x04\x01\0\x63\xc0\0\x02\x01\0"[..],
        ),
        (
            "socks4a",
            "ws://speech.invalid",
            b"\x04\x01\0\x50\0\0\0\xff\0speech.invalid\0",
        ),
    ] {
        let server = Server::start([crate::support::script(async move |mut connection| {
            let mut asked = vec![0; expected.len()];
            connection.stream.read_exact(&mut asked).await.unwrap();
            // Any address but 0.0.0.0 below 0.0.0.255 says that a name follows.
            if expected.len() > 9 {
                assert_ne!(asked[7], 0);
                asked[7] = 0xff;
            }
            assert_eq!(asked, expected);
            connection.write([0, 0x5a, 0, 0, 0, 0, 0, 0]).await;
            connection.upgrade("", b"").await;
            connection.goodbye().await;
        })])
        .await;
        let proxy = format!("{scheme}://{}", server.address);
        tokio::task::spawn_blocking(move || {
            let variables = [("ALL_PROXY", proxy.as_str()), ("TARGET_OF_TEST", target)];
            run_with("proxies::child_that_connects", &variables);
        })
        .await
        .unwrap();
        server.finish().await;
    }
}
