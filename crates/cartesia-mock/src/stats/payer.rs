//! Whose work it is.

use std::fmt;
use std::sync::Arc;

/// The API key that work is billed to. `Debug` shows no more of it than `shown`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Payer(Arc<str>);

/// A shorter key would be half told by its end.
const SHORTEST: usize = 10;

impl Payer {
    pub(crate) fn new(key: &str) -> Self {
        Self(key.into())
    }

    /// The end of the key, by which people tell their keys apart.
    pub(crate) fn shown(&self) -> String {
        let count = self.0.chars().count();
        let kept = if count > SHORTEST { 4 } else { 0 };
        let end: String = self.0.chars().skip(count - kept).collect();
        format!("…{end}")
    }
}

impl fmt::Debug for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Payer").field(&self.shown()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_of_a_key_is_shown() {
        for (key, shown) in [
            ("sk_car_0123456789abcdef", "…cdef"),
            ("sk_test_12", "…"),
            ("", "…"),
            ("ключ-длинный", "…нный"),
        ] {
            assert_eq!(Payer::new(key).shown(), shown);
        }
    }
}
