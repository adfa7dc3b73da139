//! Proxies: which one, what it is told, and what is said when it refuses.

use cartesia_core::network::{Network, Proxy};
use cartesia_types::ErrorKind;
use cartesia_ws::Connector;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::proxy_server::ProxyServer;
use crate::support::{
    KEY, Server, answer, connector, failure, script, unresolvable, websocket, within,
};

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

    let unknown = far(Proxy::fixed(proxy.url())).base_url(format!("ws://{}", unresolvable()));
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
async fn a_proxy_that_refuses_is_distinguished_from_a_service_that_does() {
    for (refusal, user, part) in [
        (
            "HTTP/1.1 407 x\r\n\r\n",
            "",
            "requires a user name and password (407)",
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
        ("SSH-2.0-OpenSSH_9.6\r\n", "", "is not an HTTP proxy"),
        ("", "", "closed the connection"),
    ] {
        let server = Server::start([answer(refusal)]).await;
        let url = format!("http://{user}{}", server.address);
        let error = failure(far(Proxy::fixed(url.parse().unwrap()))).await;
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        // The status is the service's, which never said a word.
        assert_eq!(error.status(), None);
        let text = error.to_string();
        let named = format!(
            "no connection to speech.invalid:80: the proxy http://{} ",
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
        let server = Server::start([script(async move |mut connection| {
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
async fn the_unreachable_side_is_named() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = failure(connector(&format!("ws://{gone}"))).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(
        error.to_string().contains(&format!(
            "no connection to {gone}: it cannot be reached over TCP"
        )),
        "{error}"
    );

    let url = format!("http://user:canary@{gone}");
    let error = failure(far(Proxy::fixed(url.parse().unwrap()))).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(
        error.to_string().contains(&format!(
            "no connection to speech.invalid:80: the proxy http://{gone} cannot be reached"
        )),
        "{error}"
    );

    let unknown = connector(&format!("ws://{}", unresolvable())).allow_plain_http(true);
    let error = failure(unknown.network(Network::new().with_proxy(Proxy::Direct))).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("cannot be resolved"), "{error}");
}
