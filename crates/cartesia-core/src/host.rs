//! What can be a host in an address.

use std::net::Ipv6Addr;

use http::uri::Authority;

/// Returns whether this is a host with an optional port, and nothing more: the parser of `http` also takes
/// `[::]1:1` and `a:[::1]:1`. Whether the port is a number that a port can have is for the caller to say.
pub(crate) fn is_plain(authority: &Authority) -> bool {
    let host = authority.host();
    let rest = authority.as_str().strip_prefix(host);
    let is_port = |rest: &str| {
        let digits = rest.strip_prefix(':');
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    is_host(host) && rest.is_some_and(|rest| rest.is_empty() || is_port(rest))
}

/// Returns whether this is a name, an IPv4 address, or an IPv6 address in brackets. The parser of `http` also
/// takes `[]`, `a[::1]` and `a;b`, which no one can connect to.
fn is_host(host: &str) -> bool {
    let in_brackets = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    in_brackets.map_or_else(
        || !host.is_empty() && host.bytes().all(is_name_byte),
        |address| address.parse::<Ipv6Addr>().is_ok(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_may_follow_and_nothing_else() {
        let plain = |text: &str| text.parse().is_ok_and(|authority| is_plain(&authority));
        assert!(plain("a") && plain("a:1") && plain("[::1]:1"));
        assert!(!plain("[::]1:1") && !plain("[::1]a") && !plain("user@a:1"));
        assert!(!plain("https:[::1]:1") && !plain("a:1:1") && !plain("a:b:1"));
    }

    #[test]
    fn hosts_are_names_and_addresses() {
        for host in ["a", "api.cartesia.ai", "a_b.example.", "127.0.0.1", "[::1]"] {
            assert!(is_host(host), "{host}");
        }
        for other in [
            "",
            "[]",
            "[::1",
            "::1]",
            "[a]",
            "s;[]",
            "localhost[::2]",
            "a;b",
            "a%20b",
            "[::1%1]",
            "é",
        ] {
            assert!(!is_host(other), "{other}");
        }
    }
}
