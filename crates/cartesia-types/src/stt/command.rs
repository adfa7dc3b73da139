//! Commands to the speech-to-text sockets. Only audio is sent in binary messages.

use serde::{Serialize, Serializer};

use super::TurnSettings;

/// A command of `/stt/websocket`: a text message that is the bare word, not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LiveCommand {
    /// Flush: transcribe all audio sent so far. The answer is final transcripts and `flush_done`.
    Finalize,
    /// Transcribe all audio sent so far, then end. The answer is final transcripts and `done`.
    Close,
}

impl LiveCommand {
    /// Returns the message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Finalize => "finalize",
            Self::Close => "close",
        }
    }
}

/// A command of `/stt/turns/websocket`: a text message of JSON.
///
/// ```
/// use cartesia_types::stt::{TurnSettings, TurnsCommand};
///
/// let config = TurnsCommand::Config(TurnSettings::default().with_end_threshold(0.25));
/// let message = serde_json::to_string(&config)?;
/// assert_eq!(message, r#"{"type":"config","turn":{"end_threshold":0.25}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum TurnsCommand {
    /// Change the settings for turns from now on.
    Config(TurnSettings),
    /// Transcribe all audio sent so far, then end. The service closes the connection; there is no other
    /// answer.
    Close,
}

impl Serialize for TurnsCommand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            r#type: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            turn: Option<&'a TurnSettings>,
        }
        let (r#type, turn) = match self {
            Self::Config(turn) => ("config", Some(turn)),
            Self::Close => ("close", None),
        };
        Wire { r#type, turn }.serialize(serializer)
    }
}
