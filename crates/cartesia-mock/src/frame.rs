//! WebSocket frames as a server writes them (RFC 6455, section 5.2), well formed or not.

/// The opcodes of RFC 6455, section 11.8.
pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xa;

/// Appends a frame without a mask; `last` says whether it ends its message.
pub(crate) fn write(opcode: u8, last: bool, payload: &[u8], out: &mut Vec<u8>) {
    let length = payload.len();
    out.reserve(10 + length);
    out.push(opcode | if last { 0x80 } else { 0 });
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ ..126), _) => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend(length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_their_shortest_form() {
        for (length, head) in [
            (0, &b"\x82\x00"[..]),
            (125, b"\x82\x7d"),
            (126, b"\x82\x7e\x00\x7e"),
            (65_535, b"\x82\x7e\xff\xff"),
            (65_536, b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
        ] {
            let mut out = Vec::new();
            write(BINARY, true, &vec![0; length], &mut out);
            assert_eq!(out[..head.len()], *head);
            assert_eq!(out.len(), head.len() + length);
        }
    }
}
