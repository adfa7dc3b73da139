//! The endpoint for text to speech.

/// What errors call opening a connection.
pub(crate) const CONNECT: &str = "tts.connect";
pub(crate) const PATH: &str = "/tts/websocket";
