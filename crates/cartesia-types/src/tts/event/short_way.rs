//! The short way to read a chunk of audio that is written as the service writes it. Nearly every message is one.

use std::borrow::Cow;
use std::time::Duration;

use super::wire::Wire;
use crate::json;

/// Reads a chunk. `None`: the message is not one, or it is written in another way (other keys, audio twice, escapes),
/// so it has to be read in the long way, and `wire` holds nothing of use.
#[inline]
pub(super) fn read<'a>(message: &'a [u8], wire: &mut Wire<'a>) -> Option<()> {
    let mut rest = message.strip_prefix(b"{")?;
    loop {
        // Two letters tell which key it can be.
        let after = match rest.get(1..3)? {
            b"ty" => {
                wire.kind = Some(Cow::Borrowed("chunk"));
                value_of(b"\"type\":", rest)?.strip_prefix(b"\"chunk\"")?
            }
            b"co" => {
                let value = value_of(b"\"context_id\":", rest)?;
                let (id, after) = json::split_after_plain_text(value)?;
                wire.context_id = Some(Cow::Borrowed(id));
                after
            }
            b"da" => {
                let value = value_of(b"\"data\":", rest)?;
                let (data, after) = json::split_after_string(value)?;
                if wire.data.replace(data).is_some() {
                    return None;
                }
                after
            }
            b"do" => {
                let (done, after) = word_of(b"\"done\":", rest)?;
                wire.done = json::truth(done);
                after
            }
            b"st" => {
                if let Some((status, after)) = word_of(b"\"status_code\":", rest) {
                    wire.status_code = Wire::status(status);
                    after
                } else {
                    let (time, after) = word_of(b"\"step_time\":", rest)?;
                    wire.step_time = Wire::millis(time);
                    after
                }
            }
            b"fl" => {
                let (id, after) = word_of(b"\"flush_id\":", rest)?;
                wire.flush_id = json::integer(id);
                after
            }
            _ => return None,
        };
        match after {
            [b',', after @ ..] => rest = skip_spaces(after),
            [b'}'] => break,
            _ => return None,
        }
    }
    wire.is_like_chunk = true;
    (wire.kind.is_some() && wire.data.is_some()).then_some(())
}

/// The text from the value on, if it starts with that key.
#[inline]
fn value_of<'a, const LENGTH: usize>(key: &[u8; LENGTH], text: &'a [u8]) -> Option<&'a [u8]> {
    let (start, value) = text.split_first_chunk::<LENGTH>()?;
    (start == key).then(|| skip_spaces(value))
}

/// The number or other word that is the value of that key, and what follows it.
#[inline]
fn word_of<'a, const LENGTH: usize>(
    key: &[u8; LENGTH],
    text: &'a [u8],
) -> Option<(&'a [u8], &'a [u8])> {
    json::split_after_word(value_of(key, text)?)
}

/// Reads milliseconds that are written with at most six digits after the point: whole nanoseconds.
#[inline]
pub(super) fn millis(value: &[u8]) -> Option<Duration> {
    const DECIMALS: [u64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    /// With more before the point, a float is not exact to the nanosecond, and the two ways would not agree.
    const MOST_DIGITS: usize = 9;
    let point = value.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = value.split_at(point.unwrap_or(value.len()));
    if whole.len() > MOST_DIGITS {
        return None;
    }
    let whole = u64::try_from(json::digits(whole)?).ok()? * DECIMALS[0];
    let fraction = match fraction {
        [] => 0,
        [_, digits @ ..] => {
            let unit = DECIMALS.get(digits.len())?;
            u64::try_from(json::digits(digits)?).ok()? * unit
        }
    };
    Some(Duration::from_nanos(whole + fraction))
}

#[inline]
fn skip_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', after @ ..] = text {
        text = after;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(parts: &[&str]) -> String {
        format!("{{{}}}", parts.join(","))
    }

    /// Whether the short way can read it; if so, it must find the same as the long way.
    #[track_caller]
    fn is_short(text: &str) -> bool {
        let mut wire = Wire::default();
        let is_short = read(text.as_bytes(), &mut wire).is_some();
        if is_short {
            assert_eq!(wire, Wire::read_any(text.as_bytes()), "{text}");
        }
        is_short
    }

    #[test]
    fn chunks_of_the_service_take_the_short_way() {
        for text in [
            r#"{"type":"chunk","status_code":206,"done":false,"data":"+v/5//T/","step_time":32.69469}"#,
            r#"{"type":"chunk","context_id":"t1","status_code":206,"done":false,"data":"AAAA","step_time":38.2,"flush_id":1}"#,
            r#"{"type": "chunk", "context_id": "t1", "data": "AAAA", "step_time": 1e3, "done": true}"#,
            r#"{"data":"","type":"chunk"}"#,
            r#"{"data":"\/\/","type":"chunk","step_time":null,"done":null,"flush_id":-1}"#,
        ] {
            assert!(is_short(text), "{text}");
        }
    }

    #[test]
    fn everything_else_takes_the_long_way() {
        for text in [
            "",
            "{}",
            "{\"",
            r#"{"type":"chunk"}"#,
            r#"{"data":"AAAA"}"#,
            r#"{"type":"chunk","data":"AAAA"} "#,
            r#"{"type":"chunk","data":"AAAA"}}"#,
            r#"{"type":"chunk","data":"AAAA""#,
            r#"{"type":"chunk","data":"AAAA\"}"#,
            r#"{"type":"chunk","data":"AAAA","data":"AAAA"}"#,
            r#"{"type":"chunk","data":null}"#,
            r#"{"type":"chunk","data":"AAAA","new":1}"#,
            r#"{"type":"chunk","data":"AAAA","context_id":null}"#,
            r#"{"type":"chunk","data":"AAAA","context_id":"a\"b"}"#,
            r#"{"type":"chunk","data":"AAAA","conte\u0078t_id":"a"}"#,
            r#"{"type":"chunky","data":"AAAA"}"#,
            r#"{"type":"done","data":"AAAA"}"#,
            r#"{ "type":"chunk","data":"AAAA"}"#,
            r#"{"type":"chunk","data":"AAAA",}"#,
            r#"{"type":"chunk" "data":"AAAA"}"#,
            r#"{"type":"chunk","data":"AAAA","flush_id":}"#,
            r#"{"type":"chunk","data":"AAAA","flush_id":{}}"#,
        ] {
            assert!(!is_short(text), "{text}");
        }
    }

    #[test]
    fn plain_milliseconds_are_exact() {
        for (text, nanos) in [
            ("0", 0),
            ("32.69469", 32_694_690),
            ("1.000001", 1_000_001),
            ("999999999.999999", 999_999_999_999_999),
        ] {
            let expected = Some(Duration::from_nanos(nanos));
            assert_eq!(millis(text.as_bytes()), expected, "{text}");
        }
        for text in ["", ".", "1.", ".5", "-1", "1e3", "1.0000001", "1000000000"] {
            assert_eq!(millis(text.as_bytes()), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn milliseconds_are_the_same_as_by_a_float(text in "[0-9]{1,10}(\\.[0-9]{0,7})?") {
            if let Some(time) = millis(text.as_bytes()) {
                let float: f64 = text.parse().unwrap();
                assert_eq!(Ok(time), Duration::try_from_secs_f64(float / 1e3));
            }
        }

        /// Whatever the short way reads, it reads as the long way does.
        #[test]
        fn both_ways_agree(
            members in proptest::collection::vec(proptest::sample::select(&[
                r#""type":"chunk""#,
                r#""type":"done""#,
                r#""data":"AAAA""#,
                r#""data":"A\"A""#,
                r#""data": "\\""#,
                r#""context_id":"c""#,
                r#""context_id":"é\\""#,
                r#" "context_id":7"#,
                r#""done":true"#,
                r#""done":0"#,
                r#""status_code":  200"#,
                r#""status_code":99999999999999999999"#,
                r#""status_code":nonsense"#,
                r#""step_time":-1"#,
                r#""step_time":1.5e-3"#,
                r#""step_time":"2""#,
                r#""flush_id":1.0"#,
                r#""flush_id":"x,y""#,
                r#""error":"e""#,
                r#""word_timestamps":[]"#,
            ][..]), 0..8),
            cut in 0_usize..200,
        ) {
            let text = json(&members);
            is_short(&text);
            let cut: String = text.chars().take(cut).collect();
            is_short(&cut);
        }
    }
}
