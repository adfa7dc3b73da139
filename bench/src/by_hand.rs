//! Reads messages as a program without this SDK does: with the usual crates, in the usual way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of audio, and whether the message was the last one.
pub(crate) fn read(text: &str) -> (usize, bool) {
    let message: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
    let audio = message["data"]
        .as_str()
        .map(|data| STANDARD.decode(data).expect("it is base64").len())
        .unwrap_or_default();
    (audio, message["done"] == true)
}

/// The least that a client can do: it finds the audio where it always is, and decodes it.
pub(crate) fn decode_alone(message: &[u8]) -> (bytes::Bytes, bool) {
    const BEFORE: &[u8] = b"\"data\":\"";
    let Some(start) = memchr::memmem::find(message, BEFORE) else {
        return (bytes::Bytes::new(), true);
    };
    let data = &message[start + BEFORE.len()..];
    let end = memchr::memchr(b'"', data).expect("a string ends");
    let audio = base64_simd::STANDARD.decode_to_vec(&data[..end]);
    (audio.expect("it is base64").into(), false)
}

/// When a message was sent, in milliseconds since 1970: the server says so where the service tells how long a
/// chunk took.
pub(crate) fn sent_at(message: &str) -> Option<f64> {
    const BEFORE: &str = "\"step_time\":";
    let start = message.rfind(BEFORE)? + BEFORE.len();
    let rest = &message[start..];
    rest[..rest.find([',', '}'])?].parse().ok()
}
