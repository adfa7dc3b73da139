//! Server-sent events: the parser, and the stream of synthesis events on top of it.

mod parser;
mod stream;

pub use parser::{EventTooLong, SseParser};
pub use stream::SseStream;

/// The default limit for the size of one event: 16 MiB. Real ones are tens to hundreds of kilobytes.
pub const DEFAULT_MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;
