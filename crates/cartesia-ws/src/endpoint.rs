//! The endpoint for text to speech.

/// The operation in errors of opening a connection.
pub(crate) const CONNECT: &str = "tts.connect";
pub(crate) const PATH: &str = "/tts/websocket";
