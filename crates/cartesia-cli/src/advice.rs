//! Advice for errors in words of the command line: flags and variables instead of the library's methods.

use cartesia::ErrorKind;

/// Names in errors of the library, and their counterparts in the program.
const NAMES: &[(&str, &str)] = &[
    (
        "allow it with `allow_plain_http(true)` on the builder",
        "use --allow-http",
    ),
    ("`allow_plain_http(true)`", "--allow-http"),
    ("`Network::with_extra_roots`", "--ca-file"),
    (
        "CARTESIA_API_KEY or give the client an API key or access token",
        "CARTESIA_API_KEY, or try --mock",
    ),
    ("(set by the program)", "(--proxy)"),
    ("`devices()`", "`cartesia-rs devices`"),
    ("`microphones()`", "`cartesia-rs devices`"),
    ("; without speakers, use an offline output", ""),
];

/// The type whose fields `--timeout` sets.
const LIMITS: &str = "`Timeouts::";

/// The advice for a kind of error; `None` when the message has it.
pub(crate) fn of(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Connect => {
            "check the network, --base-url and the proxy; `cartesia-rs doctor` shows the settings"
        }
        ErrorKind::Timeout => "try again, or raise --timeout",
        ErrorKind::Auth => {
            "check the key in CARTESIA_API_KEY and its permissions (`account` and `usage` need \
             CARTESIA_ADMIN_KEY instead)"
        }
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
    with_flag(&message)
}

/// Replaces the names of limits, up to the next backtick, by `--timeout`.
fn with_flag(message: &str) -> String {
    let mut parts = message.split(LIMITS);
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
                "in clear text: use https, or allow it with `allow_plain_http(true)` on the builder",
                "in clear text: use https, or use --allow-http",
            ),
            (
                "not trusted here (to trust it, add it with `Network::with_extra_roots`)",
                "not trusted here (to trust it, add it with --ca-file)",
            ),
            (
                "no response within 3s (`Timeouts::response`), nothing (`Timeouts::idle`)",
                "no response within 3s (--timeout), nothing (--timeout)",
            ),
            ("it ends in `Timeouts::", "it ends in --timeout"),
            (
                "`microphones()` lists the devices",
                "`cartesia-rs devices` lists the devices",
            ),
            (
                "check it; without speakers, use an offline output",
                "check it",
            ),
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
