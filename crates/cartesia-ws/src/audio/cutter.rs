//! From samples that are cut anywhere to messages of whole samples.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cartesia_types::stt::SttFormat;

/// The longest message, as the vendor recommends.
const LONGEST: Duration = Duration::from_millis(100);

/// Cuts samples into messages. Part of a sample is kept for the next one.
#[derive(Debug)]
pub(crate) struct Cutter {
    sample: usize,
    shortest: usize,
    longest: usize,
    /// The beginning of a message that is not long enough yet.
    head: BytesMut,
    /// The samples after it.
    rest: Bytes,
}

impl Cutter {
    /// Makes messages of at most 100 ms. Shorter pieces are joined to at least `shortest`.
    pub(crate) fn new(format: SttFormat, shortest: Duration) -> Self {
        let sample = format.bytes_per_sample();
        let bytes_in = |time| {
            let bytes = usize::try_from(format.bytes_in(time)).unwrap_or(usize::MAX);
            bytes.max(sample)
        };
        Self {
            sample,
            shortest: bytes_in(shortest),
            longest: bytes_in(LONGEST),
            head: BytesMut::new(),
            rest: Bytes::new(),
        }
    }

    /// Takes samples that may be cut anywhere. [`next_message`](Self::next_message) gives them back.
    pub(crate) fn push(&mut self, samples: Bytes) {
        self.rest = if self.rest.is_empty() {
            samples
        } else {
            let mut joined = BytesMut::from(&self.rest[..]);
            joined.extend_from_slice(&samples);
            joined.freeze()
        };
    }

    /// The next message; `None` while what is left is too short for one.
    pub(crate) fn next_message(&mut self) -> Option<Bytes> {
        if self.head.is_empty() && self.rest.len() >= self.shortest {
            let length = self.whole(self.rest.len().min(self.longest));
            return Some(self.rest.split_to(length));
        }
        let room = self.longest.saturating_sub(self.head.len());
        let more = self.rest.split_to(room.min(self.rest.len()));
        self.head.extend_from_slice(&more);
        if self.head.len() >= self.shortest {
            self.flush()
        } else {
            None
        }
    }

    /// Returns the remaining samples as a message, however short. Part of a sample stays.
    pub(crate) fn flush(&mut self) -> Option<Bytes> {
        let length = self.whole(self.head.len());
        (length > 0).then(|| self.head.split_to(length).freeze())
    }

    /// Bytes that are not part of a message yet.
    pub(crate) fn held(&self) -> usize {
        self.head.len() + self.rest.len()
    }

    /// Drops what it holds.
    pub(crate) fn clear(&mut self) {
        self.head.clear();
        self.rest.clear();
    }

    fn whole(&self, bytes: usize) -> usize {
        bytes - bytes % self.sample
    }
}

#[cfg(test)]
mod tests {
    use cartesia_types::stt::SttEncoding;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn cutter(shortest: u64) -> Cutter {
        Cutter::new(SttFormat::PCM_S16LE_16000, Duration::from_millis(shortest))
    }

    proptest! {
        /// Whatever the pieces, every sample is in one message, in order, and messages have whole samples.
        #[test]
        fn samples_survive_any_cut(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9_000), 0..8),
            encoding in select(SttEncoding::ALL.to_vec()),
            shortest in select(vec![0, 20, 100]),
        ) {
            let format = SttFormat::new(encoding, 16_000);
            let mut cutter = Cutter::new(format, Duration::from_millis(shortest));
            let sample = format.bytes_per_sample();
            let mut sent = Vec::new();
            let mut check = |message: Bytes, least| {
                prop_assert!(message.len().is_multiple_of(sample));
                prop_assert!(message.len() <= 1_600 * sample);
                // Up to the last whole sample of the shortest message.
                prop_assert!(message.len() + sample > least);
                sent.extend_from_slice(&message);
                Ok::<_, TestCaseError>(())
            };
            for piece in &pieces {
                cutter.push(Bytes::copy_from_slice(piece));
                while let Some(message) = cutter.next_message() {
                    let least = usize::try_from(shortest).unwrap() * 16 * sample;
                    check(message, least)?;
                }
            }
            let last = cutter.flush();
            last.map_or(Ok(()), |message| check(message, 0))?;
            let whole = pieces.concat();
            prop_assert_eq!(cutter.held(), whole.len() % sample);
            prop_assert_eq!(&sent, &whole[..whole.len() - whole.len() % sample]);
        }
    }

    #[test]
    fn samples_given_one_by_one_are_joined() {
        let mut cutter = cutter(20);
        let mut lengths = Vec::new();
        for _ in 0..1_500 {
            cutter.push(Bytes::from_static(&[7]));
            lengths.extend(cutter.next_message().map(|message| message.len()));
        }
        assert_eq!(lengths, [640, 640]);
        assert_eq!(cutter.flush().map(|message| message.len()), Some(220));
        assert_eq!((cutter.held(), cutter.flush()), (0, None));
    }

    #[test]
    fn what_was_not_taken_is_kept() {
        let mut cutter = cutter(0);
        cutter.push(vec![1; 5_000].into());
        assert_eq!(cutter.next_message().unwrap().len(), 3_200);
        // The caller gave up after the first message, and comes back with more.
        cutter.push(vec![2; 3].into());
        assert_eq!(cutter.held(), 1_803);
        assert_eq!(cutter.next_message().unwrap().len(), 1_802);
        cutter.push(vec![3; 1].into());
        assert_eq!(cutter.next_message().unwrap(), [2, 3][..]);
        cutter.push(vec![4; 7].into());
        cutter.clear();
        assert_eq!((cutter.held(), cutter.next_message()), (0, None));
    }
}
