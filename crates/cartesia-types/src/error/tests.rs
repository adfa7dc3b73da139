//! What an error prints, and what it never prints.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use super::*;

/// A cause with another one underneath.
#[derive(Debug)]
struct Layer(&'static str, Option<Box<Self>>);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Layer {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_deref().map(|layer| layer as _)
    }
}

fn layers(texts: &[&'static str]) -> Layer {
    let (first, rest) = texts.split_first().expect("at least one text");
    Layer(first, (!rest.is_empty()).then(|| Box::new(layers(rest))))
}

fn error(message: &str) -> Error {
    Error::new(ErrorKind::Io, "clip.save", message)
}

/// The texts that a report of the whole chain prints.
fn report(error: &Error) -> Vec<String> {
    let summary = error.summary().to_string();
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    std::iter::once(summary)
        .chain(causes.map(ToString::to_string))
        .collect()
}

/// Everything that can be printed of an error.
fn everything(error: &Error) -> String {
    let parts = (error.api_error(), error.closed(), error.request_id());
    let cause = error.get_ref().map(|cause| format!("{cause} {cause:?}"));
    format!(
        "{error} {error:?} {error:#?} {:?} {parts:?} {cause:?}",
        report(error)
    )
}

#[test]
fn an_error_is_a_pointer_that_goes_everywhere() {
    fn goes_everywhere<T: Clone + Send + Sync + StdError + 'static>() {}
    goes_everywhere::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
}

#[test]
fn a_clone_does_not_change_with_the_original() {
    let first = error("broken");
    let second = first.clone().with_kind(ErrorKind::Closed).with_attempts(3);
    assert_eq!((first.kind(), first.attempts()), (ErrorKind::Io, 0));
    assert_eq!((second.kind(), second.attempts()), (ErrorKind::Closed, 3));
}

#[test]
fn display_says_operation_reason_request_and_advice() {
    let api = ApiError::new(429, "slow down");
    let error = Error::api("tts.sse", api)
        .with_attempts(3)
        .with_request_id("r-1".to_owned());
    assert_eq!(
        error.to_string(),
        "tts.sse: slow down (status 429) (3 attempts) [request id r-1]; \
         wait before the next attempt, or run fewer generations at once"
    );
    assert_eq!(
        error.summary().to_string(),
        "tts.sse: slow down (status 429) (3 attempts) [request id r-1]"
    );
    let closed = Error::new(
        ErrorKind::Closed,
        "tts.context",
        "the connection was closed",
    )
    .with_closed(CloseInfo::frame(1011, "out of order"))
    .with_bytes_received(7);
    assert_eq!(
        closed.to_string(),
        "tts.context: the connection was closed (close code 1011, \"out of order\") (after 7 bytes)"
    );
}

#[test]
fn debug_is_what_a_person_reads_when_main_returns_the_error() {
    assert_eq!(
        format!("{:?}", error("the disk is full")),
        "clip.save: the disk is full"
    );
    let deep = error("cannot write").with_source(layers(&["the disk", "the cable", "a\nb"]));
    assert_eq!(
        format!("{deep:?}"),
        "clip.save: cannot write: the disk\n\nCaused by:\n    the cable\n    a\n    b"
    );
    assert_eq!(format!("{deep:#?}"), format!("{deep:?}"));
}

#[test]
fn no_text_of_the_chain_is_printed_twice() {
    let os = || io::Error::from_raw_os_error(2);
    let os_text = os().to_string();
    let errors = [
        (error("cannot open").with_source(os()), 1),
        (
            error(&format!("cannot open: {os_text}")).with_source(os()),
            1,
        ),
        (error("cannot open").with_source(io::Error::other(os())), 1),
        (
            error("cannot open").with_source(layers(&["outer", "middle", "root"])),
            3,
        ),
        // The message quotes what lies at the bottom: what is between would say nothing more.
        (
            error("cannot open: root").with_source(layers(&["outer", "middle", "root"])),
            1,
        ),
        // A cause that quotes its own cause.
        (
            error("cannot open").with_source(layers(&["outer: root", "root"])),
            1,
        ),
        (error("cannot open").with_source(layers(&["", "root"])), 1),
        (
            error("cannot open").with_source(error("inner").with_source(os())),
            1,
        ),
    ];
    for (error, length) in errors {
        let texts = report(&error);
        assert_eq!(texts.len(), length, "{texts:?}");
        for (index, text) in texts.iter().enumerate() {
            let earlier = texts[..index].iter().find(|earlier| earlier.contains(text));
            assert_eq!(earlier, None, "{texts:?}");
        }
        let (first, last) = (&texts[0], texts.last().unwrap());
        let reason = first.contains(&os_text) || first.contains("outer") || last.contains("root");
        assert!(reason, "{texts:?}");
    }
}

#[test]
fn a_cause_can_be_downcast() {
    let error = error("cannot open").with_source(io::Error::from_raw_os_error(2));
    let cause = error.get_ref().unwrap().downcast_ref::<io::Error>();
    assert_eq!(cause.unwrap().kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_very_long_cause_is_cut() {
    let error = error("broken").with_source("\u{e9}".repeat(100_000));
    assert!(error.to_string().len() < 1_100);
    assert_eq!(report(&error).len(), 1);
}

#[test]
fn an_error_inside_a_stream_has_its_own_status() {
    let inside = Error::api("tts.sse", ApiError::new(400, "no")).with_status(StatusCode::OK);
    assert_eq!(inside.status(), Some(StatusCode::BAD_REQUEST));
    let unknown = Error::api("tts.sse", ApiError::new(0, "no")).with_status(StatusCode::OK);
    assert_eq!(unknown.status(), Some(StatusCode::OK));
    assert_eq!(error("no response").status(), None);
}

#[test]
fn what_was_delivered_is_not_retried() {
    for (kind, retryable) in [
        (ErrorKind::Server, true),
        (ErrorKind::Closed, true),
        (ErrorKind::InvalidRequest, false),
        (ErrorKind::Incomplete, false),
    ] {
        let error = Error::new(kind, "tts.sse", "");
        assert_eq!(error.is_retryable(), retryable, "{kind}");
        assert_eq!(
            error.clone().with_bytes_received(0).is_retryable(),
            retryable,
            "{kind}"
        );
        assert!(!error.with_bytes_received(1).is_retryable(), "{kind}");
    }
}

#[test]
fn unspoken_text_is_kept_and_never_printed() {
    let error = error("broken").with_unspoken("my canary".to_owned());
    assert_eq!(error.unspoken(), Some("my canary"));
    assert!(!everything(&error).contains("canary"));
}

/// An error that quotes this text in every place that takes one.
fn quoting(text: &'static str) -> Vec<Error> {
    let body = format!(
        r#"{{"title": "{text}", "message": "{text}", "error_code": "{text}",
            "request_id": "{text}", "doc_url": "{text}"}}"#
    );
    let mut closed = CloseInfo::without_frame();
    closed.reason = text.to_owned();
    vec![
        error(text),
        Error::api("voices.get", ApiError::from_body(401, body.as_bytes())),
        Error::api("voices.get", ApiError::from_body(401, text.as_bytes())),
        error("refused").with_api_error(ApiError::new(401, text)),
        error("closed").with_closed(CloseInfo::frame(1008, text)),
        error("closed").with_closed(closed),
        error("failed").with_request_id(text.to_owned()),
        error("failed").with_source(text),
        error("failed").with_source(io::Error::other(text)),
        error("failed").with_source(layers(&["outer", text, "root"])),
        error("failed").with_source(layers(&["outer", "middle", text])),
        error("failed").with_source(error(text)),
    ]
}

#[test]
fn what_looks_like_a_credential_is_never_printed() {
    for text in [
        "sk_car_canary",
        "quoted: sk_canary, it said",
        "Authorization: Bearer canary-01",
        "GET /tts/websocket?access_token=canary HTTP/1.1",
        "the token eyJjYW5hcnki.eyJjYW5hcnki.canary was refused",
        "https://user:canary@proxy.invalid",
    ] {
        for error in quoting(text) {
            let all = everything(&error);
            assert!(
                !all.contains("canary") && !all.contains("eyJ"),
                "{text}: {all}"
            );
            assert!(all.contains("<redacted>"), "{text}: {all}");
        }
    }
}

#[test]
fn the_credential_in_use_is_never_printed_however_it_looks() {
    for (text, secret) in [
        ("your key is plain+canary", "plain+canary"),
        ("/x?key=plain%2Bcanary", "plain+canary"),
        ("canary", "canary"),
    ] {
        for error in quoting(text) {
            let all = everything(&error.without_secret(secret));
            assert!(!all.contains("canary"), "{text}: {all}");
            assert!(all.contains("<redacted>"), "{text}: {all}");
        }
    }
}

#[test]
fn a_cause_whose_debug_shows_a_secret_is_replaced() {
    #[derive(Debug)]
    struct Provider {
        #[expect(dead_code, reason = "read by `Debug`")]
        key: &'static str,
    }
    impl fmt::Display for Provider {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the token server is down")
        }
    }
    impl StdError for Provider {}
    let error = error("failed").with_source(Provider { key: "sk_canary" });
    assert!(!everything(&error).contains("canary"));
    assert!(error.to_string().contains("the token server is down"));
}

#[test]
fn a_scrubbed_chain_is_still_not_printed_twice() {
    let error = error("failed").with_source(layers(&["outer sk_canary", "inner sk_canary"]));
    assert_eq!(
        report(&error),
        ["clip.save: failed: outer <redacted>", "inner <redacted>"]
    );
    let error = error.without_secret("redacted-by-nobody");
    assert_eq!(report(&error).len(), 2);
}

#[test]
fn a_close_reason_is_scrubbed_before_it_is_logged() {
    let closed = CloseInfo::frame(1008, "bad key sk_canary and other-canary");
    let closed = closed.without_secret("other-canary");
    let shown = format!("{closed} {closed:?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert_eq!(
        closed.to_string(),
        "close code 1008, \"bad key <redacted> and <redacted>\""
    );
}
