//! The identifiers of contexts that have no name from their caller.

use cartesia_types::tts::ContextId;

use super::Key;

/// The digits that end an identifier say which context has it. So its messages are assigned without a search by the whole
/// identifier.
const DIGITS: usize = 12;
const BITS: usize = 4 * DIGITS;
/// Characters of a UUID.
const LENGTH: usize = 36;

/// An identifier that no other context has: a UUID with 74 random bits, as the official clients make them, and the key in
/// the place of the others.
pub(crate) fn unique(key: Key) -> ContextId {
    let key = u128::from(key) & ((1 << BITS) - 1);
    let bits = (fastrand::u128(..) << BITS) | key;
    // The version (4) and the variant, as RFC 9562 sets them.
    let bits = (bits & !(0xf000 << 64) & !(0xc000 << 48)) | (0x4000 << 64) | (0x8000 << 48);
    let hex = format!("{bits:032x}");
    let parts =
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
    ContextId::from(parts.join("-"))
}

/// Returns the key of the context that may have this identifier. It may also be that of another one, or of none.
pub(super) fn key(id: &str) -> Option<Key> {
    let digits = id.get(LENGTH - DIGITS..).filter(|it| it.len() == DIGITS)?;
    Key::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_uuids_that_differ_and_have_the_key() {
        let ids: std::collections::HashSet<_> = (0..1_000).map(|_| unique(0xabc)).collect();
        assert_eq!(ids.len(), 1_000);
        for id in ids {
            let parts: Vec<_> = id.as_str().split('-').collect();
            assert_eq!(
                parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
                [8, 4, 4, 4, 12]
            );
            assert!(parts[2].starts_with('4'), "{id}");
            assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
            assert_eq!(key(id.as_str()), Some(0xabc));
        }
    }

    #[test]
    fn a_key_that_is_too_long_is_cut() {
        let id = unique(1 << BITS | 5);
        assert_eq!(key(id.as_str()), Some(5));
    }

    #[test]
    fn other_identifiers_have_no_key() {
        let foreign = "x".repeat(LENGTH);
        let divided = format!(
            "{}é{}",
            "0".repeat(LENGTH - DIGITS - 1),
            "0".repeat(DIGITS - 1)
        );
        for id in ["", "chat-7", "000000000005", &foreign, &divided] {
            assert_eq!(key(id), None, "{id}");
        }
        assert_eq!(key(&format!("{}~12345678", unique(5))), None);
    }
}
