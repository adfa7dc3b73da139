//! Reading a chunk without reading its audio twice.
//!
//! Nearly all of a chunk is one string of base64, in which a JSON parser looks at every byte for the
//! quote that ends it. Here that quote is searched for with SIMD, the parser gets the rest, and whatever
//! is not exactly as the service writes it is left to the parser alone.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::decode::Wire;

const KEY: &[u8] = b"\"data\":\"";
/// Where the audio has to begin: after the handful of short fields that a chunk has.
const HEAD: usize = 512;
/// What a chunk may have besides its audio. Copying that is cheaper than any bookkeeping.
const REST: usize = 1024;

/// Reads a message that has its audio in plain sight; `None` for any other. The audio is not looked at:
/// whoever decodes it finds out whether it is base64.
pub(super) fn parse(message: &[u8]) -> Option<Wire<'_>> {
    let start = memmem::find(message.get(..HEAD)?, KEY)? + KEY.len();
    let length = memchr(b'"', message.get(start..)?)?;
    let (before, after) = (message.get(..start)?, message.get(start + length..)?);

    let mut rest = [0; REST];
    let size = before.len() + after.len();
    rest.get_mut(..before.len())?.copy_from_slice(before);
    rest.get_mut(before.len()..size)?.copy_from_slice(after);
    let rest = std::str::from_utf8(rest.get(..size)?).ok()?;
    let wire: Wire<'_> = serde_json::from_str(rest).ok()?;

    // It was the message's own audio, and not a part of something else that has the same key.
    let literal = wire.data?;
    let quote = literal.as_ptr().addr().checked_sub(rest.as_ptr().addr())?;
    let other = wire.word_timestamps.is_some()
        || wire.phoneme_timestamps.is_some()
        || wire.error.is_some()
        || wire.message.is_some();
    if literal != b"\"\"" || quote + 1 != start || other {
        return None;
    }
    let original = |part: Option<Cow<'_, str>>| match part {
        None => Some(None),
        Some(Cow::Owned(_)) => None,
        Some(Cow::Borrowed(part)) => {
            let at = part.as_ptr().addr().checked_sub(rest.as_ptr().addr())?;
            let at = if at < start { at } else { at + length };
            let part = std::str::from_utf8(message.get(at..at + part.len())?).ok()?;
            Some(Some(Cow::Borrowed(part)))
        }
    };
    Some(Wire {
        kind: original(wire.kind)?,
        context_id: original(wire.context_id)?,
        data: Some(message.get(start - 1..=start + length)?),
        done: wire.done,
        status_code: wire.status_code,
        step_time: wire.step_time,
        flush_id: wire.flush_id,
        word_timestamps: None,
        phoneme_timestamps: None,
        error: None,
        message: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_as_the_service_writes_it_is_read_this_way() {
        let audio = "AAEC".repeat(500);
        let text = format!(
            r#"{{"type":"chunk","data":"{audio}","context_id":"c","done":false,"status_code":206}}"#
        );
        let wire = parse(text.as_bytes()).expect("nothing is odd about it");
        assert_eq!(wire.data.map(<[u8]>::len), Some(audio.len() + 2));
        // Nothing was copied.
        assert!(matches!(wire.kind, Some(Cow::Borrowed("chunk"))));
        assert!(matches!(wire.context_id, Some(Cow::Borrowed("c"))));
        assert_eq!((wire.done, wire.status_code), (Some(false), Some(206)));
    }
}
