//! Percent-encoding (RFC 3986, section 2).

/// Encodes everything that RFC 3986 does not call unreserved.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        encode_into(&mut out, byte);
    }
    out
}

/// Adds a byte as a URL has it, encoded unless RFC 3986 calls it unreserved.
pub(crate) fn encode_into(out: &mut String, byte: u8) {
    use std::fmt::Write as _;
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            out.push(char::from(byte));
        }
        // Writing to a string cannot fail.
        _ => _ = write!(out, "%{byte:02X}"),
    }
}
