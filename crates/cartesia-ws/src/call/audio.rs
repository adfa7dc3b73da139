//! What the caller says, cut and paced.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cartesia_types::RawFormat;
use tokio::time::Instant;

use crate::Pace;

/// The longest piece that is sent in one message; the vendor asks for 20 to 100 ms.
const PIECE: Duration = Duration::from_millis(100);

/// Says when the next piece of a file is due.
pub(super) struct Pacer {
    pace: Pace,
    begin: Instant,
    sent: Duration,
}

impl Pacer {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            begin: Instant::now(),
            sent: Duration::ZERO,
        }
    }

    /// Waits until a piece is due that lasts so long.
    pub(super) async fn wait_for(&mut self, piece: Duration) {
        if let Some(speed) = self.pace.speed() {
            let due = self.sent.as_secs_f64() / speed;
            let due = Duration::try_from_secs_f64(due).unwrap_or_default();
            tokio::time::sleep_until(self.begin + due).await;
        }
        self.sent += piece;
    }
}

/// Cuts samples into messages. A sample that is split is kept for the next piece.
pub(super) struct Cutter {
    format: RawFormat,
    rest: Bytes,
}

impl Cutter {
    pub(super) fn new(format: RawFormat) -> Self {
        Self {
            format,
            rest: Bytes::new(),
        }
    }

    pub(super) fn push(&mut self, samples: Bytes) {
        self.rest = if self.rest.is_empty() {
            samples
        } else {
            let mut joined = BytesMut::from(&self.rest[..]);
            joined.extend_from_slice(&samples);
            joined.freeze()
        };
    }

    /// The next message; `None` while less than a sample is left.
    pub(super) fn next_piece(&mut self) -> Option<Bytes> {
        let sample = self.format.bytes_per_sample();
        let longest = usize::try_from(self.format.bytes_of_duration(PIECE)).unwrap_or(usize::MAX);
        let length = self.rest.len().min(longest) / sample * sample;
        (length > 0).then(|| self.rest.split_to(length))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_are_whole_samples_and_nothing_is_lost(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9_000), 0..8),
        ) {
            let mut cutter = Cutter::new(RawFormat::PCM_S16LE_16000);
            let mut sent = Vec::new();
            for piece in &pieces {
                cutter.push(Bytes::copy_from_slice(piece));
                while let Some(message) = cutter.next_piece() {
                    prop_assert!(message.len() <= 3_200 && message.len() % 2 == 0);
                    sent.extend_from_slice(&message);
                }
            }
            let whole = pieces.concat();
            prop_assert_eq!(&sent, &whole[..whole.len() / 2 * 2]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pace_is_kept_from_the_first_piece_on() {
        for (pace, expected) in [
            (Pace::REAL_TIME, 900),
            (Pace::times(3.0), 300),
            (Pace::times(f64::NAN), 900),
            (Pace::UNLIMITED, 0),
        ] {
            let begin = Instant::now();
            let mut pacer = Pacer::new(pace);
            for _ in 0..10 {
                pacer.wait_for(PIECE).await;
            }
            let passed = begin.elapsed().as_millis();
            assert!(
                (expected..expected + 3).contains(&passed),
                "{pace:?}: {passed} ms"
            );
        }
    }
}
