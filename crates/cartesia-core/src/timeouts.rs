//! The time limits of a client.

use std::time::Duration;

/// The time limits of a client, for all of its transports.
///
/// All are on by default, and `None` turns one off. A call or stream that exceeds a limit ends with an error of
/// kind [`Timeout`](crate::ErrorKind::Timeout), which names the limit.
///
/// ```
/// use std::time::Duration;
/// use cartesia_core::Timeouts;
///
/// let patient = Timeouts::default().with_connect(Duration::from_secs(30)).with_total(None);
/// # let _ = patient;
/// ```
///
/// A whole stream or context has no limit, since speech may be long. Instead, every wait for the next piece is
/// limited.
#[doc(alias = "deadline")]
#[doc(alias = "timeout")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// The time limit for opening a connection; 10 s by default.
    ///
    /// Over HTTP, it limits name resolution, TCP, proxy and TLS together, and the token provider on its own. Over
    /// a WebSocket, it limits all of these and the upgrade together.
    pub connect: Option<Duration>,
    /// The time limit for the headers of an HTTP response, per attempt, connecting included; 60 s by default.
    /// During an upload, it starts over with every piece that is sent.
    pub response: Option<Duration>,
    /// The time limit for the first audio; 10 s by default.
    ///
    /// Over HTTP, it counts from the headers of the response to an event stream. Over a WebSocket, it counts for
    /// each context from the time at which the service must begin to speak, which is the earliest of: a flush,
    /// the end of the text, or the end of the service's buffering (3 s after the first text by default).
    pub first_audio: Option<Duration>,
    /// The longest time without progress of a stream that has not ended; 20 s by default.
    ///
    /// For a response body, every byte is progress. For an event stream or context, only audio, timestamps, a
    /// flush and the end are progress; keep-alives are not. A context that waits for text of the caller is not
    /// limited.
    pub silence: Option<Duration>,
    /// The time limit for a whole HTTP call that returns one value instead of a stream; 120 s by default.
    ///
    /// It includes all attempts, the delays between them, and the body. During an upload, it starts over with
    /// every piece that is sent. A timeout set on the call replaces it.
    pub total: Option<Duration>,
    /// The longest wait for a permit of the client's limiter, if it has one; 30 s by default.
    pub permit: Option<Duration>,
    /// The interval between pings that check an open WebSocket; 20 s by default. Without pings, a broken
    /// network path would go unnoticed.
    pub ping_interval: Option<Duration>,
    /// The time limit for the answer to a ping; 20 s by default.
    pub pong: Option<Duration>,
    /// The time limit for the service to answer the close frame of a WebSocket; 5 s by default.
    pub close: Option<Duration>,
    /// The time for which a WebSocket stays open without contexts; 270 s by default. After 300 s the service
    /// would close it, perhaps while something is being sent.
    pub idle: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        Self {
            connect: seconds(10),
            response: seconds(60),
            first_audio: seconds(10),
            silence: seconds(20),
            total: seconds(120),
            permit: seconds(30),
            ping_interval: seconds(20),
            pong: seconds(20),
            close: seconds(5),
            idle: seconds(270),
        }
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $setter:ident => $field:ident;)*) => {
        impl Timeouts {$(
            $(#[$doc])*
            #[must_use]
            pub fn $setter(mut self, limit: impl Into<Option<Duration>>) -> Self {
                self.$field = limit.into();
                self
            }
        )*}
    };
}

setters! {
    /// Sets the limit for a connection to be open.
    with_connect => connect;
    /// Sets the limit for the headers of a response.
    with_response => response;
    /// Sets the limit for the first audio.
    with_first_audio => first_audio;
    /// Sets the limit between two pieces of progress.
    with_silence => silence;
    /// Sets the limit for a whole call that returns one value.
    with_total => total;
    /// Sets the limit for a permit of the client's limiter.
    with_permit => permit;
    /// Sets how often an open connection is checked by a ping.
    with_ping_interval => ping_interval;
    /// Sets the limit for the answer to a ping.
    with_pong => pong;
    /// Sets the limit for the service to agree to the end of a connection.
    with_close => close;
    /// Sets how long a connection stays open without contexts.
    with_idle => idle;
}
