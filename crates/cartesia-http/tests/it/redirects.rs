//! Redirects: the same request to the same origin, or none.

use cartesia_http::Error;
use cartesia_types::ErrorKind;

use crate::support::{
    EVENTS, KEY, Script, Server, TRANSCRIPT, answer, at_once, chunk_event, chunked, client,
    done_event, response, script, sse_request, within,
};

fn redirect(status: &str, to: &str) -> String {
    response(
        status,
        &[&format!("location: {to}"), "x-request-id: head-id"],
        "",
    )
}

fn stream() -> Vec<u8> {
    chunked(EVENTS, [chunk_event(&[1, 2]), done_event()])
}

#[tokio::test]
async fn a_redirect_that_repeats_the_request_within_the_origin_is_followed() {
    for status in ["307 Temporary", "308 Permanent"] {
        let server = Server::start([script(async move |mut connection| {
            connection.request().await;
            connection
                .write(redirect(status, "/elsewhere/tts?x=1"))
                .await;
            connection.request().await;
            connection.write(stream()).await;
        })])
        .await;
        let events = within(server.client().tts().sse(sse_request()))
            .await
            .unwrap();
        // A redirect is not another try.
        assert_eq!(events.info().attempts(), 1);
        within(events.collect_audio()).await.unwrap();
        let [first, second] = server.finish().await.try_into().unwrap();
        assert_eq!(first.line(), "POST /tts/sse");
        assert_eq!(second.line(), "POST /elsewhere/tts?x=1");
        assert_eq!(first.body, second.body);
        assert!(second.body.contains(TRANSCRIPT));
        let bearer = format!("Bearer {KEY}");
        for name in [
            "authorization",
            "cartesia-version",
            "content-type",
            "accept",
        ] {
            assert_eq!(first.header(name), second.header(name), "{name}");
        }
        assert_eq!(second.header("authorization"), Some(bearer.as_str()));
        assert_eq!(second.header("referer"), None);
    }
}

fn assert_refused(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
    assert!(error.status().unwrap().is_redirection());
    assert_eq!((error.attempts(), error.request_id()), (1, Some("head-id")));
    let text = error.to_string();
    assert!(text.contains("refusing to follow a redirect"), "{text}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

/// The other origin would answer as if nothing were wrong.
#[tokio::test]
async fn a_redirect_to_another_origin_is_refused_and_nothing_gets_there() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        for post in [true, false] {
            let other = Server::start([answer(stream())]).await;
            let to = redirect(status, &format!("{}/tts/sse", other.url()));
            let server = Server::start([answer(to)]).await;
            let client = server.client();
            let error = if post {
                let call = client.tts().sse(sse_request()).retry(at_once(3));
                within(call).await.unwrap_err()
            } else {
                within(client.status().retry(at_once(3))).await.unwrap_err()
            };
            assert_refused(&error);
            assert_eq!(server.finish().await.len(), 1);
            assert!(other.requests().is_empty());
        }
    }
}

/// The same port under another name is another host.
#[tokio::test]
async fn another_name_of_the_same_machine_is_another_host() {
    let server = Server::start([script(async |mut connection| {
        let request = connection.request().await;
        let host = request
            .header("host")
            .unwrap()
            .replace("127.0.0.1", "localhost");
        connection
            .write(redirect("307 Temporary", &format!("http://{host}/")))
            .await;
        connection.closed().await;
    })])
    .await;
    let client = server.client();
    assert_refused(&within(client.status()).await.unwrap_err());
    drop(client);
    assert_eq!(server.finish().await.len(), 1);
}

/// Within the origin, too: these turn a POST into a GET.
#[tokio::test]
async fn a_redirect_that_changes_the_request_is_refused() {
    for status in ["301 Moved", "302 Found", "303 See Other"] {
        let server = Server::start([answer(redirect(status, "/elsewhere"))]).await;
        let error = within(server.client().tts().sse(sse_request()))
            .await
            .unwrap_err();
        assert_refused(&error);
        assert_eq!(server.finish().await.len(), 1);
    }
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let circle = || -> Script {
        script(async |mut connection| {
            for _ in 0..6 {
                connection.request().await;
                connection.write(redirect("307 Temporary", "/round")).await;
            }
            connection.closed().await;
        })
    };
    let server = Server::start([circle()]).await;
    let client = client(&server.url());
    assert_refused(&within(client.status()).await.unwrap_err());
    drop(client);
    assert_eq!(server.finish().await.len(), 6);
}
