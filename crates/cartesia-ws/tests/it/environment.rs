//! Proxies that the environment names. Each environment has a process of its own: it cannot be
//! changed in that of the other tests.

use std::process::Command;

use tokio::io::AsyncReadExt as _;

use crate::support::{Server, answer, connector, failure, script, unresolvable, websocket, within};

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
        let error = failure(connector(&format!("wss://{}", unresolvable()))).await;
        assert!(error.to_string().contains("cannot be resolved"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_environment_says_which_proxy_but_not_for_this_machine() {
    let refuse = || answer("HTTP/1.1 502 x\r\n\r\n");
    let plain = Server::start([refuse()]).await;
    let socks = Server::start([script(async |mut connection| {
        let _ = connection.stream.read_u8().await;
        connection.write([5, 0xff]).await;
    })])
    .await;
    let named = format!("the proxy http://{}", plain.address);
    let http = format!("http://user:canary@{}", plain.address);
    let unknown = unresolvable();
    let https = format!("socks5h://user:canary@{}", socks.address);
    tokio::task::spawn_blocking(move || {
        let variables = [
            ("HTTP_PROXY", http.as_str()),
            ("HTTPS_PROXY", &https),
            ("NO_PROXY", &unknown),
            ("PROXY_OF_TEST", &named),
        ];
        run_with("environment::child_that_reads_the_environment", &variables);
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
        let server = Server::start([script(async move |mut connection| {
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
            run_with("environment::child_that_connects", &variables);
        })
        .await
        .unwrap();
        server.finish().await;
    }
}

/// Expects the name of the variable in the error, and not its value.
#[tokio::test]
#[ignore = "run by the test below, which sets the environment"]
async fn child_whose_variable_is_invalid() {
    let connector = connector("ws://speech.invalid").allow_plain_http(true);
    let error = failure(connector).await;
    assert_eq!(error.kind(), cartesia_types::ErrorKind::Config);
    let text = error.to_string();
    assert!(
        text.contains("HTTP_PROXY") && !text.contains("canary"),
        "{text}"
    );
}

#[test]
fn an_invalid_variable_is_named() {
    for value in [
        "http://canary host:1",
        "foo://canary",
        "#canary",
        "http://h:canary",
    ] {
        let variables = [("HTTP_PROXY", value)];
        run_with("environment::child_whose_variable_is_invalid", &variables);
    }
}
