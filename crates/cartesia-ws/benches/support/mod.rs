//! What the bench reads, and a client written by hand, as programs without this SDK have it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of audio in one message.
pub(crate) const CHUNK: usize = 16 * 1024;

/// Noise as base64: that of silence would be one letter, which flatters every decoder.
pub(crate) fn noise() -> String {
    let mut state = 1_u32;
    let audio: Vec<u8> = (0..CHUNK)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    STANDARD.encode(audio)
}

/// A chunk as the service writes it.
pub(crate) fn chunk(id: &str, data: &str) -> String {
    format!(
        r#"{{"type":"chunk","context_id":"{id}","status_code":206,"done":false,"data":"{data}","step_time":32.69469,"flush_id":1}}"#
    )
}

/// Appends a text message as a server frames it.
pub(crate) fn frame(text: &str, out: &mut Vec<u8>) {
    out.push(0x81);
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(length @ ..126), _) => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend(length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend((text.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

/// Decodes a message with the usual crates in the usual way: the audio, and whether it was the last.
pub(crate) fn by_hand(text: &str) -> (Vec<u8>, bool) {
    let message: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
    let audio = message["data"]
        .as_str()
        .map(|data| STANDARD.decode(data).expect("it is base64"))
        .unwrap_or_default();
    (audio, message["done"] == true)
}
