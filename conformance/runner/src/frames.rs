//! Messages on a WebSocket as a client sends them: masked, so that a name in them is not to be seen.

/// Takes whole frames (RFC 6455, section 5.2) from `waiting` and returns them with their payloads as
/// `change` leaves them, under their own masks. A frame that is not whole yet stays. `change` keeps the
/// length of a payload.
pub(super) fn changed(waiting: &mut Vec<u8>, mut change: impl FnMut(&mut Vec<u8>)) -> Vec<u8> {
    let mut ready = Vec::new();
    while let Some(frame) = Frame::of(waiting) {
        let rest = waiting.split_off(frame.end);
        let mut whole = std::mem::replace(waiting, rest);
        let mut payload = whole.split_off(frame.payload);
        masked(&mut payload, frame.mask);
        let length = payload.len();
        change(&mut payload);
        debug_assert_eq!(payload.len(), length, "the header says how long it is");
        masked(&mut payload, frame.mask);
        ready.append(&mut whole);
        ready.append(&mut payload);
    }
    ready
}

/// Where the parts of a frame are.
struct Frame {
    mask: [u8; 4],
    payload: usize,
    end: usize,
}

impl Frame {
    /// The first frame, if all of it is there.
    fn of(bytes: &[u8]) -> Option<Self> {
        let second = *bytes.get(1)?;
        let (length, after) = match second & 0x7f {
            126 => {
                let length = bytes.get(2..4)?.try_into().ok()?;
                (usize::from(u16::from_be_bytes(length)), 4)
            }
            127 => {
                let length = bytes.get(2..10)?.try_into().ok()?;
                (usize::try_from(u64::from_be_bytes(length)).ok()?, 10)
            }
            length => (usize::from(length), 2),
        };
        let (mask, payload) = if second & 0x80 == 0 {
            // No client does this, and it is not for us to judge.
            ([0; 4], after)
        } else {
            (bytes.get(after..after + 4)?.try_into().ok()?, after + 4)
        };
        let end = payload.checked_add(length)?;
        (bytes.len() >= end).then_some(Self { mask, payload, end })
    }
}

/// Puts a mask on, or takes it off.
fn masked(payload: &mut [u8], mask: [u8; 4]) {
    for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text frame with a mask.
    fn frame(text: &[u8]) -> Vec<u8> {
        let mask = [1, 2, 200, 255];
        let mut frame = vec![0x81];
        match text.len() {
            short @ ..126 => frame.push(0x80 | u8::try_from(short).unwrap()),
            middle @ 126..0x1_0000 => {
                frame.push(0x80 | 0x7e);
                frame.extend(u16::try_from(middle).unwrap().to_be_bytes());
            }
            long => {
                frame.push(0x80 | 0x7f);
                frame.extend(u64::try_from(long).unwrap().to_be_bytes());
            }
        }
        frame.extend(mask);
        let mut payload = text.to_vec();
        masked(&mut payload, mask);
        frame.extend(payload);
        frame
    }

    fn upper(payload: &mut [u8]) {
        payload.make_ascii_uppercase();
    }

    #[test]
    fn payloads_are_changed_under_their_masks() {
        for length in [0, 1, 125, 126, 0xffff, 0x1_0000] {
            let mut waiting = frame(&vec![b'a'; length]);
            let ready = changed(&mut waiting, |payload| upper(payload));
            assert_eq!(ready, frame(&vec![b'A'; length]), "{length}");
            assert!(waiting.is_empty());
        }
    }

    #[test]
    fn frames_are_put_together_wherever_they_are_cut() {
        let sent = [frame(b"one"), frame(&[b't'; 200]), frame(b"")].concat();
        let expected = [frame(b"ONE"), frame(&[b'T'; 200]), frame(b"")].concat();
        for cut in 0..=sent.len() {
            let mut waiting = sent[..cut].to_vec();
            let mut ready = changed(&mut waiting, |payload| upper(payload));
            waiting.extend(&sent[cut..]);
            ready.extend(changed(&mut waiting, |payload| upper(payload)));
            assert_eq!(ready, expected, "{cut}");
        }
    }

    #[test]
    fn lengths_that_cannot_be_wait_for_ever() {
        let mut waiting = vec![0x81, 0xff];
        waiting.extend(u64::MAX.to_be_bytes());
        waiting.extend([0; 20]);
        assert!(changed(&mut waiting, |payload| upper(payload)).is_empty());
    }
}
