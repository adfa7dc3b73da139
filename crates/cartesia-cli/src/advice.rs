//! What a user of the program can do about an error: flags and variables, where the library's errors
//! name its methods.

use cartesia::ErrorKind;

/// What errors of the library name, and what it is called here.
const NAMES: &[(&str, &str)] = &[
    ("or call `allow_plain_http(true)`", "or --allow-http"),
    ("`allow_plain_http(true)`", "--allow-http"),
    (
        "add it with `Network::with_extra_roots`",
        "add it with --ca-file",
    ),
    ("`Network::with_extra_roots`", "--ca-file"),
    (
        "set the environment variable CARTESIA_API_KEY or give the client a key or access token",
        "set the environment variable CARTESIA_API_KEY, or try --mock",
    ),
];

/// Types whose fields `--timeout` sets.
const LIMITS: &[&str] = &["`Timeouts::", "`Deadlines::"];

/// What to do about an error of a kind; `None` when the message says it.
pub(crate) fn of(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Connect => "check the network, --base-url and the proxy settings (`doctor`)",
        ErrorKind::Timeout => "try again, or raise --timeout",
        ErrorKind::Auth => "check CARTESIA_API_KEY, and what the key is allowed to do",
        ErrorKind::Quota => "check the plan and its credits",
        ErrorKind::RateLimited => "wait before the next try, or run fewer requests at once",
        ErrorKind::NotFound => "check the identifier",
        ErrorKind::Unsupported => "choose another version with --api-version",
        ErrorKind::Server => "try again later",
        ErrorKind::Protocol => "check that --base-url leads to the Cartesia API",
        ErrorKind::SlowConsumer => "read the output faster",
        ErrorKind::Incomplete => "the result is incomplete: run it again",
        _ => return None,
    })
}

/// A message of the library in the words of the command line.
pub(crate) fn in_shell_words(message: &str) -> String {
    let mut message = message.to_owned();
    for (method, flag) in NAMES {
        message = message.replace(method, flag);
    }
    for limit in LIMITS {
        message = with_flag(&message, limit);
    }
    message
}

/// Replaces names that begin so, and end with the next backtick, by `--timeout`.
fn with_flag(message: &str, begin: &str) -> String {
    let mut parts = message.split(begin);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once('`').map_or("", |(_, rest)| rest);
        text.push_str("--timeout");
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_become_flags() {
        for (message, shown) in [
            (
                "http://x is not encrypted; use https, or call `allow_plain_http(true)`",
                "http://x is not encrypted; use https, or --allow-http",
            ),
            (
                "unknown authority (if it is meant to be, add it with `Network::with_extra_roots`)",
                "unknown authority (if it is meant to be, add it with --ca-file)",
            ),
            (
                "no response within 3s (`Timeouts::response`), nothing (`Timeouts::idle`)",
                "no response within 3s (--timeout), nothing (--timeout)",
            ),
            ("it ends in `Timeouts::", "it ends in --timeout"),
        ] {
            assert_eq!(in_shell_words(message), shown);
        }
    }

    #[test]
    fn advice_for_each_kind_names_no_method() {
        for kind in [
            ErrorKind::Connect,
            ErrorKind::Timeout,
            ErrorKind::Auth,
            ErrorKind::Unsupported,
            ErrorKind::SlowConsumer,
            ErrorKind::Incomplete,
        ] {
            let advice = of(kind).unwrap();
            assert!(!advice.contains("::") && !advice.contains("()"), "{advice}");
        }
    }
}
