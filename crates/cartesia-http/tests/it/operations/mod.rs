//! All operations of the crate in one table, and the rules that hold for every one of them: when it is
//! retried, which identifiers it takes, and which answers are no success.

mod table;

use std::time::Duration;

use cartesia_http::{Backoff, RetryPolicy};
use cartesia_types::ErrorKind;

use self::table::{Answer, Effect, operations};
use crate::support::{Script, Server, answer, at_once, builder, everything, response, script};

/// Names of operations in a source file: literals such as `voices.get`, outside of comments.
fn names_in(source: &str) -> Vec<String> {
    let is_name = |text: &&str| {
        let mut parts = text.split('.');
        let is_part =
            |part: &str| !part.is_empty() && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'_'));
        text.contains('.') && parts.all(is_part)
    };
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split('"').skip(1).step_by(2))
        .filter(is_name)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_table_has_every_operation_of_the_crate() {
    let api = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let mut folders = vec![api];
    let mut found = vec!["request".to_owned(), "status".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.extend(names_in(&std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found.dedup();
    let operations = operations();
    let mut known: Vec<&str> = operations.iter().map(|operation| operation.name).collect();
    known.sort_unstable();
    known.dedup();
    assert_eq!(known, found);
    assert!(known.len() > 100, "{}", known.len());
}

/// Takes the request and goes away without a word.
fn vanishing() -> Script {
    script(async |mut connection| {
        connection.request().await;
    })
}

/// How often each operation is sent under this policy if every attempt fails so.
async fn attempts(policy: RetryPolicy, failing: impl Fn() -> Script) -> Vec<usize> {
    let operations = operations();
    let scripts = operations.iter().flat_map(|_| [failing(), failing()]);
    let server = Server::start(scripts).await;
    let client = builder(&server.url()).retry(policy).build().unwrap();
    let mut attempts = Vec::new();
    let mut before = 0;
    for operation in &operations {
        let outcome = operation.run(&client, "id").await;
        let error = outcome.expect_err(operation.name);
        assert_eq!(error.operation(), operation.name, "{error}");
        let after = server.requests().len();
        assert_eq!(
            u32::try_from(after - before).unwrap(),
            error.attempts(),
            "{error}"
        );
        attempts.push(after - before);
        before = after;
    }
    attempts
}

fn refusing(status: &'static str) -> impl Fn() -> Script {
    move || answer(response(status, &["connection: close"], ""))
}

fn assert_attempts(attempts: &[usize], expected: impl Fn(Effect) -> usize) {
    for (operation, attempts) in operations().iter().zip(attempts) {
        let expected = expected(operation.effect);
        assert_eq!(
            *attempts, expected,
            "{}: {:?}",
            operation.name, operation.effect
        );
    }
}

#[tokio::test]
async fn retries_follow_what_an_operation_does() {
    let may_repeat = |effect| match effect {
        Effect::Idempotent | Effect::Billed => 2,
        Effect::Change | Effect::Never => 1,
    };
    assert_attempts(&attempts(at_once(2), vanishing).await, may_repeat);
    for status in ["500 x", "502 x", "504 x"] {
        assert_attempts(&attempts(at_once(2), refusing(status)).await, may_repeat);
    }
    for status in ["429 x", "503 x"] {
        let attempts = attempts(at_once(2), refusing(status)).await;
        assert_attempts(&attempts, |effect| match effect {
            Effect::Never => 1,
            _ => 2,
        });
    }
    for status in ["400 x", "401 x", "404 x", "407 x"] {
        assert_attempts(&attempts(at_once(2), refusing(status)).await, |_| 1);
    }
}

#[tokio::test]
async fn at_most_once_retries_what_is_idempotent() {
    let once = || at_once(2).with_at_most_once(true);
    let idempotent = |effect| match effect {
        Effect::Idempotent => 2,
        _ => 1,
    };
    assert_attempts(&attempts(once(), vanishing).await, idempotent);
    assert_attempts(&attempts(once(), refusing("503 x")).await, idempotent);
}

/// A delay that no clock can hold ends the attempts.
#[tokio::test]
async fn an_absurd_delay_is_no_panic() {
    let policy = at_once(2)
        .with_budget(Duration::MAX)
        .with_max_retry_after(Duration::ZERO)
        .with_backoff(Backoff::new(Duration::MAX, Duration::MAX));
    let absurd = || {
        let header = "retry-after: 17000000000000000000";
        answer(response("429 x", &["connection: close", header], ""))
    };
    assert_attempts(&attempts(policy, absurd).await, |effect| match effect {
        Effect::Never => 1,
        _ => 2,
    });
}

#[tokio::test]
async fn identifiers_that_no_url_can_hold_are_refused_before_sending() {
    // Any request would find its port closed, which is another error.
    let server = Server::start([]).await;
    let client = server.client();
    for operation in operations().iter().filter(|operation| operation.takes_id) {
        for id in ["", ".", ".."] {
            let error = operation.run(&client, id).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.operation()),
                (ErrorKind::InvalidRequest, operation.name),
                "{id:?}: {error}"
            );
            assert!(error.to_string().contains("identifier"), "{error}");
        }
    }
}

#[tokio::test]
async fn an_identifier_stays_in_its_segment_of_the_path() {
    const IDS: [&str; 8] = [
        "plain",
        "a/b",
        "../../x",
        "%2e%2e",
        "a?b=c",
        "a#b",
        "..\\x",
        "a b\r\nx: y",
    ];
    let operations = operations();
    let operations: Vec<_> = operations
        .iter()
        .filter(|operation| operation.takes_id)
        .collect();
    let scripts = operations
        .iter()
        .flat_map(|_| IDS.map(|_| refusing("404 x")()));
    let server = Server::start(scripts).await;
    let client = server.client();
    for operation in &operations {
        let before = server.requests().len();
        for id in IDS {
            operation.run(&client, id).await.unwrap_err();
        }
        let requests = server.requests().split_off(before);
        assert_eq!(requests.len(), IDS.len(), "{}", operation.name);
        let segments = |line: &str| line.split('/').map(str::to_owned).collect::<Vec<_>>();
        let plain = segments(requests[0].line());
        assert!(plain.iter().any(|segment| segment == "plain"), "{plain:?}");
        for request in &requests[1..] {
            let line = request.line();
            assert!(!line.contains(['?', '#', '\\']), "{line}");
            let segments = segments(line);
            assert_eq!(segments.len(), plain.len(), "{line}");
            for (segment, plain) in segments.iter().zip(&plain) {
                assert!(plain == "plain" || segment == plain, "{line}");
            }
        }
    }
}

/// Whatever an operation is answered with, an answer that does not hold what was asked for is an error.
#[tokio::test]
async fn an_answer_without_what_was_asked_for_is_an_error() {
    const JSON: &str = "content-type: application/json";
    let error = r#"{"error": {"message": "canary", "code": "c"}}"#;
    let cases = [
        ("200 OK", JSON, "{}"),
        ("200 OK", JSON, error),
        ("200 OK", JSON, r#"{"data": null}"#),
        ("200 OK", JSON, "null"),
        ("200 OK", JSON, "[]"),
        ("200 OK", JSON, ""),
        ("204 No Content", JSON, ""),
        ("200 OK", "content-type: text/html", "<html>canary</html>"),
        ("206 Partial Content", JSON, "{}"),
    ];
    let operations = operations();
    let mut wrong = Vec::new();
    for (status, kind, body) in cases {
        let whole = response(status, &[kind, "connection: close"], body);
        let scripts = operations.iter().map(|_| answer(whole.clone()));
        let server = Server::start(scripts).await;
        let client = server.client();
        for operation in &operations {
            let outcome = operation.run(&client, "id").await;
            let is_success = match operation.answer {
                _ if status.starts_with("206") => false,
                Answer::Anything => true,
                Answer::List => body == "[]",
                Answer::Nothing => body != error && !body.starts_with('<'),
                // That the service answers at all is what it is for.
                Answer::Value => operation.name == "status" && body == "{}",
                Answer::Media => false,
            };
            let kind = match operation.answer {
                _ if status.starts_with("206") => ErrorKind::Protocol,
                Answer::Media => ErrorKind::Protocol,
                _ => ErrorKind::Decode,
            };
            let is_right = match outcome {
                Ok(()) => is_success,
                Err(_) if is_success => false,
                Err(failed) => {
                    let shown = everything(&failed);
                    let is_shown = match operation.answer {
                        // What the service says of an error is shown.
                        Answer::Media if body == error && status.starts_with("200") => {
                            shown.contains("canary")
                        }
                        _ => !shown.contains("canary"),
                    };
                    let names_keys =
                        kind != ErrorKind::Decode || body != error || shown.contains("`error`");
                    failed.kind() == kind
                        && failed.operation() == operation.name
                        && is_shown
                        && names_keys
                }
            };
            if !is_right {
                wrong.push(format!("{}: {status} {body}", operation.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
