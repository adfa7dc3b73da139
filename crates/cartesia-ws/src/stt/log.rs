//! The audio of a transcription that no final text covers yet: audio to send, and audio to send again if the
//! connection is lost.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use cartesia_types::stt::SttFormat;

use crate::audio::{Cutter, Rate};

/// Shorter pieces are joined, so that a caller may give samples one by one.
const SHORTEST: Duration = Duration::from_millis(20);

/// What waits in the log.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry {
    Audio(Bytes, Rate),
    /// A command that belongs to its place in the audio. It stays until it is answered.
    Finalize,
}

/// Audio in messages of whole samples, with positions in bytes from the start of the audio.
///
/// `front ≤ sent ≤ pushed`: the audio between `front` and `sent` is kept for a replay.
#[derive(Debug)]
pub(super) struct AudioLog {
    entries: VecDeque<(u64, Entry)>,
    /// How many entries at the back were not sent.
    unsent: usize,
    cutter: Cutter,
    /// The rate of the audio in the cutter.
    held_rate: Rate,
    /// Where the next message begins.
    cut: u64,
    /// Up to here, final text covers the audio.
    covered: u64,
    /// Up to here, audio was dropped though no final text covers it.
    dropped: u64,
    capacity: u64,
}

impl AudioLog {
    /// An empty log that keeps so much audio for a replay.
    pub(super) fn new(format: SttFormat, capacity: Duration) -> Self {
        Self {
            entries: VecDeque::new(),
            unsent: 0,
            cutter: Cutter::new(format, SHORTEST),
            held_rate: Rate::Live,
            cut: 0,
            covered: 0,
            dropped: 0,
            capacity: format.bytes_in(capacity),
        }
    }

    /// Takes audio that may be cut anywhere.
    pub(super) fn push(&mut self, data: Bytes, rate: Rate) {
        self.held_rate = rate;
        self.cutter.push(data);
        while let Some(message) = self.cutter.next_message() {
            self.append(message, rate);
        }
    }

    /// Makes a message of the remaining samples, however short. Part of a sample stays.
    pub(super) fn flush(&mut self) {
        if let Some(message) = self.cutter.flush() {
            self.append(message, self.held_rate);
        }
    }

    /// Adds a command that belongs behind everything so far.
    pub(super) fn push_finalize(&mut self) {
        self.flush();
        self.entries.push_back((self.cut, Entry::Finalize));
        self.unsent += 1;
    }

    fn append(&mut self, message: Bytes, rate: Rate) {
        let at = self.cut;
        self.cut += message.len() as u64;
        self.entries.push_back((at, Entry::Audio(message, rate)));
        self.unsent += 1;
    }

    /// What is to be sent next.
    pub(super) fn peek(&self) -> Option<&Entry> {
        let at = self.entries.len() - self.unsent;
        self.entries.get(at).map(|(_, entry)| entry)
    }

    /// Notes that it was sent. Audio beyond the capacity is dropped from the front.
    pub(super) fn advance(&mut self) {
        self.unsent = self.unsent.saturating_sub(1);
        while self.sent().saturating_sub(self.front()) > self.capacity && self.drop_oldest() {}
    }

    /// Drops the oldest audio that was sent.
    fn drop_oldest(&mut self) -> bool {
        let sent = self.entries.len() - self.unsent;
        let oldest = self
            .entries
            .iter()
            .take(sent)
            .position(|(_, entry)| matches!(entry, Entry::Audio(..)));
        let Some((at, Entry::Audio(data, _))) = oldest.and_then(|at| self.entries.remove(at))
        else {
            return false;
        };
        self.dropped = at + data.len() as u64;
        true
    }

    /// Where the audio begins that can be sent again.
    fn front(&self) -> u64 {
        self.covered.max(self.dropped)
    }

    /// Where the audio ends that was sent.
    pub(super) fn sent(&self) -> u64 {
        let at = self.entries.len() - self.unsent;
        self.entries.get(at).map_or(self.cut, |(at, _)| *at)
    }

    /// Up to where final text covers the audio.
    pub(super) fn covered(&self) -> u64 {
        self.covered
    }

    /// Notes that final text covers the audio up to this position, and drops it.
    pub(super) fn cover(&mut self, position: u64) {
        let position = position.min(self.sent());
        if position <= self.covered {
            return;
        }
        self.covered = position;
        let mut at = 0;
        while at < self.entries.len() - self.unsent {
            match self.entries.get(at) {
                Some((start, Entry::Audio(data, _))) if start + data.len() as u64 <= position => {
                    self.entries.remove(at);
                }
                Some((_, Entry::Finalize)) => at += 1,
                _ => break,
            }
        }
    }

    /// Notes that the oldest finalize that was sent is answered.
    pub(super) fn answer_finalize(&mut self) {
        let sent = self.entries.len() - self.unsent;
        let oldest = self
            .entries
            .iter()
            .take(sent)
            .position(|(_, entry)| *entry == Entry::Finalize);
        if let Some(at) = oldest {
            self.entries.remove(at);
        }
    }

    /// Whether a finalize was sent and is not answered.
    pub(super) fn awaits_answer(&self) -> bool {
        let sent = self.entries.len() - self.unsent;
        let mut entries = self.entries.iter().take(sent);
        entries.any(|(_, entry)| *entry == Entry::Finalize)
    }

    /// Everything that is kept is to be sent again, from the position that is returned. It begins where
    /// final text ended, unless audio was dropped since.
    pub(super) fn rewind(&mut self, catch_up: f64) -> u64 {
        let sent = self.entries.len() - self.unsent;
        self.unsent = self.entries.len();
        let front = self.front().min(self.cut);
        for (at, entry) in self.entries.iter_mut().take(sent) {
            if let Entry::Audio(data, rate) = entry {
                // Final text may end within a message.
                let known = usize::try_from(front.saturating_sub(*at)).unwrap_or(usize::MAX);
                let _ = data.split_to(known.min(data.len()));
                *at = (*at).max(front);
                if *rate == Rate::Live {
                    *rate = Rate::Times(catch_up);
                }
            }
        }
        self.covered = self.covered.max(front);
        front
    }

    /// Drops everything: nothing will be sent any more.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.cutter.clear();
        self.unsent = 0;
    }

    /// Bytes that were not sent yet.
    pub(super) fn waiting(&self) -> u64 {
        self.cut.saturating_sub(self.sent()) + self.cutter.held() as u64
    }

    /// Bytes that are held in memory.
    pub(super) fn held(&self) -> u64 {
        let bytes = |(_, entry): &(u64, Entry)| match entry {
            Entry::Audio(data, _) => data.len() as u64,
            Entry::Finalize => 0,
        };
        self.entries.iter().map(bytes).sum::<u64>() + self.cutter.held() as u64
    }

    pub(super) fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Whether everything was sent.
    pub(super) fn is_sent(&self) -> bool {
        self.unsent == 0
    }
}

#[cfg(test)]
mod tests {
    use cartesia_types::stt::SttEncoding;
    use proptest::prelude::*;

    use super::*;

    /// 16 bytes a millisecond, so that a message has 1600 bytes.
    fn format() -> SttFormat {
        SttFormat::new(SttEncoding::PcmS16Le, 8_000)
    }

    fn log(capacity: Duration) -> AudioLog {
        AudioLog::new(format(), capacity)
    }

    fn send_all(log: &mut AudioLog) -> Vec<Bytes> {
        let mut sent = Vec::new();
        while let Some(entry) = log.peek() {
            if let Entry::Audio(data, _) = entry {
                sent.push(data.clone());
            }
            log.advance();
        }
        sent
    }

    fn bytes(range: std::ops::Range<u32>) -> Bytes {
        range.map(|at| at.to_le_bytes()[0]).collect()
    }

    proptest! {
        /// After a loss, what is sent again begins where final text ended, to the sample.
        #[test]
        fn a_replay_begins_where_final_text_ended(
            samples in 0..40_000_u32,
            covered in 0..100_000_u64,
            sent in 0..50_usize,
        ) {
            let covered = covered - covered % 2;
            let mut log = log(Duration::from_secs(100));
            let all = bytes(0..samples * 2);
            log.push(all.clone(), Rate::Live);
            log.flush();
            for _ in 0..sent {
                log.advance();
            }
            let reached = log.sent();
            log.cover(covered);
            let from = log.rewind(2.0);
            prop_assert_eq!(from, covered.min(reached));
            let again = send_all(&mut log).concat();
            prop_assert_eq!(&again[..], &all[usize::try_from(from).unwrap()..]);
        }
    }

    #[test]
    fn what_exceeds_the_capacity_is_dropped_and_known() {
        let mut log = log(Duration::from_secs(1));
        for _ in 0..30 {
            log.push(bytes(0..1_600), Rate::Live);
        }
        assert_eq!((log.waiting(), log.held()), (48_000, 48_000));
        send_all(&mut log);
        assert_eq!((log.waiting(), log.held()), (0, 16_000));
        assert_eq!(log.covered(), 0);
        assert_eq!(log.rewind(2.0), 32_000);
        assert_eq!(send_all(&mut log).concat().len(), 16_000);
    }

    #[test]
    fn a_finalize_keeps_its_place_until_it_is_answered() {
        let mut log = log(Duration::from_secs(10));
        log.push(bytes(0..2_000), Rate::Live);
        log.push_finalize();
        log.push(bytes(0..1_600), Rate::Unlimited);
        let order = |log: &mut AudioLog| {
            let mut order = Vec::new();
            while let Some(entry) = log.peek() {
                order.push(match entry {
                    Entry::Audio(data, rate) => format!("{} {rate:?}", data.len()),
                    Entry::Finalize => "finalize".to_owned(),
                });
                log.advance();
            }
            order
        };
        let first = ["1600 Live", "400 Live", "finalize", "1600 Unlimited"];
        assert_eq!(order(&mut log), first);
        assert!(log.awaits_answer());
        // The text covers the audio, but the answer is not there.
        log.cover(2_000);
        assert_eq!(log.rewind(2.0), 2_000);
        assert!(!log.awaits_answer(), "it is to be sent again");
        assert_eq!(order(&mut log), ["finalize", "1600 Unlimited"]);
        log.answer_finalize();
        assert_eq!(log.rewind(2.0), 2_000);
        assert_eq!(order(&mut log), ["1600 Unlimited"]);
    }
}
