//! Bytes that wait to be written.

use bytes::Bytes;

use super::wire;

/// The limit of unwritten bytes: beyond it no messages are created, so a slow client costs no memory.
const ROOM: usize = 64 << 10;

/// The limit of unwritten bytes beyond which reading stops, so a client that only sends requests and pings
/// costs no memory.
const CRAMMED: usize = 4 << 20;

/// Frames that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    written: usize,
    /// Into how many frames each message is cut, and whether pings come between them.
    cut: Option<(usize, bool)>,
}

impl Outbox {
    pub(super) fn has_room(&self) -> bool {
        self.waiting().len() < ROOM
    }

    /// Whether the client is far behind with reading.
    pub(super) fn is_crammed(&self) -> bool {
        self.waiting().len() >= CRAMMED
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    pub(super) fn waiting(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    /// Notes that so many bytes were written.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.written += bytes;
        if self.written >= self.bytes.len() {
            self.bytes.clear();
            self.written = 0;
        }
    }

    /// Cuts every message from here on into so many frames.
    pub(super) fn cut(&mut self, frames: usize, pings: bool) {
        self.cut = Some((frames.max(1), pings));
    }

    pub(super) fn text(&mut self, text: impl Into<Bytes>) {
        let text: Bytes = text.into();
        let Some((frames, pings)) = self.cut else {
            return wire::text(&text, true, true, &mut self.bytes);
        };
        for frame in 0..frames {
            let end = |frame: usize| text.len() * frame / frames;
            let part = text.slice(end(frame)..end(frame + 1));
            let last = frame + 1 == frames;
            wire::text(&part, frame == 0, last, &mut self.bytes);
            if pings && !last {
                wire::ping(&mut self.bytes);
            }
        }
    }

    pub(super) fn binary(&mut self, bytes: usize) {
        wire::binary(&vec![0; bytes], &mut self.bytes);
    }

    pub(super) fn ping(&mut self) {
        wire::ping(&mut self.bytes);
    }

    /// Drops the bytes that were not written.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.written = 0;
    }

    pub(super) fn pong(&mut self, payload: &[u8]) {
        wire::pong(payload, &mut self.bytes);
    }

    pub(super) fn close(&mut self, code: u16, reason: &str) {
        wire::close(code, reason, &mut self.bytes);
    }
}
