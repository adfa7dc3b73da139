//! The policies for contexts and transcriptions after a failure.

use std::time::Duration;

use cartesia_core::ReconnectPolicy;

/// The policy for contexts when the connection is lost, the service rejects or expires them, or their reader
/// falls behind.
///
/// ```
/// use cartesia_ws::{ContextPolicy, SlowConsumer};
///
/// let policy = ContextPolicy::default()
///     .with_replay(false)
///     .with_slow_consumer(SlowConsumer::Pause);
/// # let _ = policy;
/// ```
#[doc(alias = "replay")]
#[doc(alias = "retry")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContextPolicy {
    /// The policy for reconnecting, and for retrying a context that was rejected because too many run at once
    /// (429).
    pub reconnect: ReconnectPolicy,
    /// Whether to replay a context after a lost connection, under another identifier, if none of its audio
    /// was delivered. On by default. The service may bill both attempts.
    pub replay: bool,
    /// Whether a context that the service ended because no text came for too long continues under another
    /// identifier when more text comes. On by default. Timestamps continue; prosody does not.
    pub continue_expired: bool,
    /// The buffer for unread audio of one context, in bytes; 64 MiB by default: about 6 minutes of 44.1 kHz
    /// float. Speech is generated faster than it is played, so a reader that plays always lags.
    pub buffer_bytes: usize,
    /// The policy for a context whose reader leaves more than that unread.
    pub slow_consumer: SlowConsumer,
}

/// The policy for a context whose reader falls behind.
#[doc(alias = "back-pressure")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SlowConsumer {
    /// Fails that context alone, with [`ErrorKind::SlowConsumer`](cartesia_types::ErrorKind::SlowConsumer).
    #[default]
    Fail,
    /// The connection is paused (back-pressure) until the reader has read half of the unread audio. All other
    /// contexts of the connection wait as well, so this is for connections with one context at a time.
    Pause,
}

impl Default for ContextPolicy {
    fn default() -> Self {
        Self {
            reconnect: ReconnectPolicy::default(),
            replay: true,
            continue_expired: true,
            buffer_bytes: 64 * 1024 * 1024,
            slow_consumer: SlowConsumer::default(),
        }
    }
}

impl ContextPolicy {
    /// Sets the policy for reconnecting and for retrying rejected contexts.
    #[must_use]
    pub fn with_reconnect(mut self, policy: ReconnectPolicy) -> Self {
        self.reconnect = policy;
        self
    }

    /// Sets whether to replay contexts without delivered audio after a lost connection.
    #[must_use]
    pub fn with_replay(mut self, replay: bool) -> Self {
        self.replay = replay;
        self
    }

    /// Sets whether a context that the service ended, because no text came for too long, continues.
    #[must_use]
    pub fn with_continue_expired(mut self, go_on: bool) -> Self {
        self.continue_expired = go_on;
        self
    }

    /// Sets the buffer for unread audio of one context, in bytes.
    #[must_use]
    pub fn with_buffer_bytes(mut self, bytes: usize) -> Self {
        self.buffer_bytes = bytes;
        self
    }

    /// Sets the policy for a context whose reader falls behind.
    #[must_use]
    pub fn with_slow_consumer(mut self, policy: SlowConsumer) -> Self {
        self.slow_consumer = policy;
        self
    }
}

/// The policy for live transcriptions when the connection is lost.
///
/// ```
/// use std::time::Duration;
/// use cartesia_ws::SttPolicy;
///
/// let policy = SttPolicy::default().with_buffer(Duration::from_secs(60));
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SttPolicy {
    /// The policy for reconnecting. Its attempts also limit how often in a row a connection may be lost
    /// before final text covers more of the audio.
    pub reconnect: ReconnectPolicy,
    /// The amount of audio that is kept until final text covers it, to be sent again after a lost connection;
    /// 30 s by default, 0 for none. The service bills it again. For audio that was not kept, a
    /// [`Gap`](cartesia_types::stt::Gap) marks where words may be missing.
    pub buffer: Duration,
}

impl Default for SttPolicy {
    fn default() -> Self {
        Self {
            reconnect: ReconnectPolicy::default(),
            buffer: Duration::from_secs(30),
        }
    }
}

impl SttPolicy {
    /// Sets the policy for reconnecting.
    #[must_use]
    pub fn with_reconnect(mut self, policy: ReconnectPolicy) -> Self {
        self.reconnect = policy;
        self
    }

    /// Sets the amount of audio that is kept until final text covers it.
    #[must_use]
    pub fn with_buffer(mut self, audio: Duration) -> Self {
        self.buffer = audio;
        self
    }
}
