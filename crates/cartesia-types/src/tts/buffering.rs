//! Buffering of a context's text into sentences.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The place where the text of a context is buffered into sentences: in the service or in the client.
///
/// Buffering on both sides only adds delay, and buffering on neither side sounds unnatural, so it is one
/// choice. On the wire it is `max_buffer_delay_ms`, which is always sent, because the service's documents
/// disagree about its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "max_buffer_delay_ms")]
pub enum Buffering {
    /// The service buffers: send it the tokens of a language model as they arrive. It speaks once the text is
    /// sufficient, at the latest after this delay.
    Managed(BufferDelay),
    /// The client buffers: it cuts the text into sentences before sending, and each is spoken at once.
    Sentences,
    /// Off: the service speaks each input at once. Send whole sentences.
    Verbatim,
}

impl Default for Buffering {
    /// The service gathers, for at most 3 seconds.
    fn default() -> Self {
        Self::Managed(BufferDelay::default())
    }
}

impl Buffering {
    /// Returns the longest time that the service may buffer text: `max_buffer_delay_ms`.
    pub const fn delay(self) -> Duration {
        match self {
            Self::Managed(delay) => delay.get(),
            Self::Sentences | Self::Verbatim => Duration::ZERO,
        }
    }
}

/// The longest time that the service may buffer text before it speaks: 1 to 5,000 milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BufferDelay {
    millis: u16,
}

impl BufferDelay {
    /// The longest: 5 seconds.
    pub const MAX: Self = Self { millis: 5_000 };

    /// Creates a delay, in whole milliseconds.
    ///
    /// # Errors
    ///
    /// [`InvalidBufferDelay`] when it is shorter than one millisecond or longer than 5 seconds. Without
    /// a delay, choose [`Buffering::Sentences`] or [`Buffering::Verbatim`].
    pub const fn try_new(delay: Duration) -> Result<Self, InvalidBufferDelay> {
        let millis = delay.as_millis();
        if millis == 0 || millis > Self::MAX.millis as u128 {
            return Err(InvalidBufferDelay { delay });
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 5,000")]
        let millis = millis as u16;
        Ok(Self { millis })
    }

    /// Returns the delay.
    pub const fn get(self) -> Duration {
        Duration::from_millis(self.millis as u64)
    }
}

impl Default for BufferDelay {
    /// 3 seconds, as the vendor recommends.
    fn default() -> Self {
        Self { millis: 3_000 }
    }
}

/// A delay that the service does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the service buffers text for 1 to 5000 ms, not for {delay:?}")]
pub struct InvalidBufferDelay {
    delay: Duration,
}

impl Serialize for Buffering {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = match self {
            Self::Managed(delay) => delay.millis,
            Self::Sentences | Self::Verbatim => 0,
        };
        serializer.serialize_u16(millis)
    }
}

impl<'de> Deserialize<'de> for Buffering {
    /// Zero is [`Buffering::Verbatim`]: that a client cut sentences cannot be seen.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Option::<u64>::deserialize(deserializer)? {
            None => Ok(Self::default()),
            Some(0) => Ok(Self::Verbatim),
            Some(millis) => BufferDelay::try_new(Duration::from_millis(millis))
                .map(Self::Managed)
                .map_err(serde::de::Error::custom),
        }
    }
}
