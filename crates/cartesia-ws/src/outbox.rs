//! Messages that wait to be written.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::protocol::Key;

/// A message to the service.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Text(String),
    Binary(Bytes),
    Ping,
    /// A ping that carries this number.
    Mark(u64),
    /// A close frame with code 1000.
    Close,
}

impl Outgoing {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(data) => data.len(),
            Self::Ping | Self::Mark(_) | Self::Close => 0,
        }
    }
}

/// Messages in the order in which they are sent. A cancel overtakes them all and replaces the pending
/// messages of its stream: sent after the cancel, they would open the stream again.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<(Option<Key>, Outgoing)>,
    bytes: usize,
}

impl Outbox {
    pub(crate) fn push(&mut self, stream: Option<Key>, message: Outgoing) {
        self.bytes += message.len();
        self.waiting.push_back((stream, message));
    }

    pub(crate) fn cancel(&mut self, stream: Key, message: Outgoing) {
        let bytes = &mut self.bytes;
        self.waiting.retain(|(other, message)| {
            let keep = *other != Some(stream);
            if !keep {
                *bytes -= message.len();
            }
            keep
        });
        self.bytes += message.len();
        self.waiting.push_front((None, message));
    }

    pub(crate) fn pop(&mut self) -> Option<Outgoing> {
        let (_, message) = self.waiting.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
    }

    /// Returns the number of bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_overtakes_the_text_that_waits() {
        let text = |text: &str| Outgoing::Text(text.to_owned());
        let mut outbox = Outbox::default();
        outbox.push(Some(1), text("one"));
        outbox.push(Some(2), text("two"));
        outbox.push(None, Outgoing::Ping);
        outbox.push(Some(1), text("three"));
        outbox.cancel(1, text("cancel"));
        assert_eq!(outbox.bytes(), "two".len() + "cancel".len());
        let mut order = Vec::new();
        while let Some(message) = outbox.pop() {
            order.push(match message {
                Outgoing::Text(text) => text,
                other => format!("{other:?}"),
            });
        }
        assert_eq!(order, ["cancel", "two", "Ping"]);
        assert_eq!(outbox.bytes(), 0);
    }
}
