//! A hash that is the same on every machine, in every release and run.
//!
//! The standard library's hashers do not guarantee that, and values derived from this hash (pitches,
//! embeddings, identifiers) are compared in tests and recordings.

/// FNV-1a, with the bits mixed at the end so that similar inputs lie far apart.
pub(crate) fn stable(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        // The separator keeps ("ab", "c") and ("a", "bc") apart.
        for byte in part.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    mix(hash)
}

/// The finalizer of `SplitMix64`: every input bit changes about half of the output bits.
pub(crate) fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number from 0 (included) to 1 (excluded).
pub(crate) fn unit(hash: u64) -> f32 {
    // 16 bits are exact in a float.
    f32::from((hash >> 48) as u16) / 65_536.0
}

/// A text in the form of a UUID, version 4.
pub(crate) fn uuid(seed: u64) -> String {
    let (high, low) = (mix(seed), mix(seed ^ 0x9e37_79b9_7f4a_7c15));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0x0fff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(stable(&[b"a", b"b"]), 0xb912_458b_53ec_5105);
        assert_ne!(stable(&[b"ab", b"c"]), stable(&[b"a", b"bc"]));
        assert_eq!(uuid(1).len(), 36);
    }
}
