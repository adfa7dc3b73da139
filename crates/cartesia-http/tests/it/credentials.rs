//! Tokens that are fetched as they are needed, and uploads that take their time.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cartesia_http::{
    Client, Credential, Method, MintedTokens, Timeouts, TokenFuture, TokenProvider, Upload,
};
use cartesia_types::{AccessToken, ApiKey, ErrorKind, TokenGrants};
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::support::{
    Gate, KEY, Request, Server, answer, assert_waits, at_once, builder, client, drive_until,
    everything, pass, response, script, within,
};

const OK: &str = "{\"ok\":true}";

/// Gives `token-1`, `token-2`, …, and fails after as many as it has.
#[derive(Clone)]
struct Counting {
    given: Arc<AtomicUsize>,
    has: usize,
}

impl TokenProvider for Counting {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async {
            let number = self.given.fetch_add(1, Ordering::Relaxed) + 1;
            if number > self.has {
                return Err("the well is dry".into());
            }
            Ok(AccessToken::new(format!("token-{number}-{KEY}"))?)
        })
    }
}

fn client_of(server: &Server, has: usize) -> Client {
    let provider = Counting {
        given: Arc::default(),
        has,
    };
    Client::builder()
        .credential(Credential::provider(provider))
        .base_url(server.url())
        .retry(at_once(1))
        .build()
        .unwrap()
}

#[tokio::test]
async fn every_call_asks_the_provider_and_none_shows_its_tokens() {
    let busy = response("429 Busy", &[], &format!("Busy: token-2-{KEY} is too fast"));
    let scripts = [answer(response("200 OK", &[], OK)), answer(busy)];
    let server = Server::start(scripts).await;
    let client = client_of(&server, 2);
    assert!(!format!("{client:?}").contains(KEY));
    within(client.status()).await.unwrap();
    let refused = within(client.status()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
    assert!(!everything(&refused).contains(KEY), "{refused:?}");

    let dry = within(client.status()).await.unwrap_err();
    assert_eq!((dry.kind(), dry.attempts()), (ErrorKind::Auth, 0));
    assert!(everything(&dry).contains("the well is dry"));
    let requests = server.finish().await;
    for (request, number) in requests.iter().zip(1..) {
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer token-{number}-{KEY}").as_str())
        );
    }
    assert_eq!(requests.len(), 2);
}

#[tokio::test]
async fn tokens_are_made_with_the_key_and_kept_until_shortly_before_they_expire() {
    let made = |number: u8| {
        let body = format!(r#"{{"token":"minted-{number}-{KEY}"}}"#);
        script(async move |mut connection| {
            connection.request().await;
            connection
                .write(response("200 OK", &["connection: close"], &body))
                .await;
        })
    };
    let server = Server::start([made(1), made(2)]).await;
    let grants = TokenGrants::new().with_tts(true);
    let tokens = Arc::new(MintedTokens::new(client(&server.url()), grants, 100));
    assert!(!format!("{tokens:?}").contains(KEY));
    let get = async || within(tokens.get()).await.unwrap().expose().to_owned();

    // Many at once make one.
    let (first, second) = tokio::join!(get(), get());
    assert_eq!(
        (first.as_str(), second),
        (format!("minted-1-{KEY}").as_str(), first.clone())
    );
    pass(Duration::from_secs(79)).await;
    assert_eq!(get().await, first);
    pass(Duration::from_secs(2)).await;
    assert_eq!(get().await, format!("minted-2-{KEY}"));

    let requests = server.finish().await;
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.line(), "POST /access-token");
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {KEY}").as_str())
        );
    }
}

fn refusal() -> String {
    response(
        "401 Unauthorized",
        &["connection: close"],
        "Unauthorized: expired",
    )
}

fn tokens_of(requests: &[Request]) -> Vec<&str> {
    requests
        .iter()
        .map(|request| request.header("authorization").unwrap())
        .collect()
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    // Even where nothing is tried twice: nothing was done.
    let ok = response("200 OK", &["connection: close"], OK);
    let server = Server::start([
        answer(refusal()),
        answer(ok),
        answer(refusal()),
        answer(refusal()),
    ])
    .await;
    let client = client_of(&server, 9);
    let good = within(client.status().send()).await.unwrap();
    assert_eq!(good.info.attempts(), 2);
    let error = within(client.status()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Auth, 2));
    assert!(!everything(&error).contains(KEY), "{error:?}");
    let requests = server.finish().await;
    let expected: Vec<_> = (1..=4)
        .map(|number| format!("Bearer token-{number}-{KEY}"))
        .collect();
    assert_eq!(tokens_of(&requests), expected);
}

#[tokio::test]
async fn without_another_token_a_refusal_is_final() {
    struct Same;
    impl TokenProvider for Same {
        fn token(&self) -> TokenFuture<'_> {
            Box::pin(async { Ok(AccessToken::new(KEY)?) })
        }
    }
    // A provider that runs dry tells why.
    let server = Server::start([answer(refusal())]).await;
    let error = within(client_of(&server, 1).status()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Auth, 1));
    assert!(everything(&error).contains("the well is dry"), "{error:?}");
    server.finish().await;

    // One that gives the same again is not tried with it.
    let provider = Credential::provider(Same);
    let fixed = Credential::from(AccessToken::new(KEY).unwrap());
    let key = Credential::from(ApiKey::new(KEY).unwrap());
    for credential in [provider, fixed, key] {
        let server = Server::start([answer(refusal())]).await;
        let builder = Client::builder()
            .credential(credential)
            .base_url(server.url());
        let client = builder.retry(at_once(3)).build().unwrap();
        let error = within(client.status()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Auth, 1));
        server.finish().await;
    }
}

#[tokio::test]
async fn what_can_be_sent_once_is_not_sent_with_another_token() {
    let ok = response("200 OK", &["connection: close"], "");
    let server = Server::start([answer(refusal()), answer(ok)]).await;
    let client = client_of(&server, 9);
    let pieces = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"piece"))]);
    let error = within(send(
        client.clone(),
        Upload::from_stream("a.wav", pieces, Some(5)),
    ))
    .await
    .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Auth, 1));
    within(send(client, Upload::from_bytes("a.wav", "piece")))
        .await
        .unwrap();
    // The provider was told of the refusal: the second token was for that.
    let requests = server.finish().await;
    let expected = [1, 3].map(|number| format!("Bearer token-{number}-{KEY}"));
    assert_eq!(tokens_of(&requests), expected);
}

#[tokio::test]
async fn a_minted_token_that_is_refused_is_not_given_again() {
    let minted = |number: u8| {
        let body = format!(r#"{{"token":"minted-{number}-{KEY}"}}"#);
        answer(response("200 OK", &["connection: close"], &body))
    };
    let ok = || answer(response("200 OK", &["connection: close"], OK));
    let mint = Server::start([minted(1), minted(2)]).await;
    let server = Server::start([answer(refusal()), ok(), ok()]).await;
    let grants = TokenGrants::new().with_tts(true);
    let tokens = MintedTokens::new(client(&mint.url()), grants, 100);
    let client = Client::builder()
        .credential(Credential::provider(tokens))
        .base_url(server.url())
        .retry(at_once(1))
        .build()
        .unwrap();
    for _ in 0..2 {
        within(client.status()).await.unwrap();
    }
    let requests = server.finish().await;
    let expected = [1, 2, 2].map(|number| format!("Bearer minted-{number}-{KEY}"));
    assert_eq!(tokens_of(&requests), expected);
    assert_eq!(mint.finish().await.len(), 2);
}

#[tokio::test]
async fn requests_that_were_refused_together_share_a_new_token() {
    let minted = |number: u8| {
        let body = format!(r#"{{"token":"minted-{number}-{KEY}"}}"#);
        answer(response("200 OK", &["connection: close"], &body))
    };
    let mint = Server::start([minted(1), minted(2)]).await;
    let grants = TokenGrants::new().with_tts(true);
    let tokens = MintedTokens::new(client(&mint.url()), grants, 100);
    let old = within(tokens.get()).await.unwrap();
    let (one, other) =
        within(async { tokio::join!(tokens.replacement(&old), tokens.replacement(&old)) }).await;
    assert_eq!(one.unwrap().expose(), format!("minted-2-{KEY}"));
    assert_eq!(other.unwrap().expose(), format!("minted-2-{KEY}"));
    assert_eq!(mint.finish().await.len(), 2);
}

#[tokio::test]
async fn a_provider_that_gives_nothing_is_a_timeout() {
    struct Silent;
    impl TokenProvider for Silent {
        fn token(&self) -> TokenFuture<'_> {
            Box::pin(std::future::pending())
        }
    }
    let limit = Duration::from_secs(20);
    let client = Client::builder()
        .credential(Credential::provider(Silent))
        .base_url("http://127.0.0.1:1")
        .timeouts(Timeouts::default().with_connect(limit))
        .build()
        .unwrap();
    let mut call = pin!(client.status().into_future());
    assert_waits(call.as_mut()).await;
    pass(limit).await;
    let error = within(call).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
    assert!(error.to_string().contains("token provider"), "{error}");
}

/// A file of three pieces, each of which waits for its gate, and tells when it is waited for.
fn gated(gates: &[(Gate, Gate)]) -> Upload {
    let gates = gates.to_vec();
    let pieces = stream::iter(gates).then(|(asked, open)| async move {
        asked.open();
        open.passed().await;
        Ok::<_, io::Error>(Bytes::from_static(b"piece"))
    });
    Upload::from_stream("a.wav", pieces, Some(15))
}

async fn send(client: Client, upload: Upload) -> Result<(), cartesia_http::Error> {
    let call = client
        .request(Method::POST, "/files")
        .form_file("file", upload);
    call.await?.collect().await.map(drop)
}

#[tokio::test]
async fn the_limit_of_an_upload_counts_from_its_last_piece() {
    let limit = Duration::from_secs(20);
    let almost = Duration::from_secs(19);
    let scripted = || {
        script(async |mut connection| {
            connection.request().await;
            connection.write(response("200 OK", &[], "")).await;
        })
    };
    let server = Server::start([scripted(), scripted()]).await;
    let timeouts = Timeouts::default().with_response(limit);
    let client = builder(&server.url()).timeouts(timeouts).build().unwrap();

    let gates: Vec<(Gate, Gate)> = (0..3).map(|_| Default::default()).collect();
    let mut slow = pin!(send(client.clone(), gated(&gates)));
    for (asked, open) in &gates {
        drive_until(slow.as_mut(), asked.passed()).await;
        pass(almost).await;
        open.open();
    }
    within(slow).await.unwrap();

    let gates: Vec<(Gate, Gate)> = (0..3).map(|_| Default::default()).collect();
    let mut stalled = pin!(send(client, gated(&gates)));
    drive_until(stalled.as_mut(), gates[0].0.passed()).await;
    gates[0].1.open();
    drive_until(stalled.as_mut(), gates[1].0.passed()).await;
    pass(limit + Duration::from_secs(1)).await;
    let error = within(stalled).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
}
