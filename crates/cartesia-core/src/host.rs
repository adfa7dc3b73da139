//! What can be a host in an address.

use std::net::Ipv6Addr;

/// Returns whether this is a name, an IPv4 address, or an IPv6 address in brackets. The parser of `http` also
/// takes `[]`, `a[::1]` and `a;b`, which no one can connect to.
pub(crate) fn is_host(host: &str) -> bool {
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
