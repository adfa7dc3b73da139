//! The end of a call.

use super::CallProtocol;

/// The start of a close frame's reason when the agent ends the call.
const BY_AGENT: &str = "call ended by agent";
/// The text before the agent's own reason.
const REASON: &str = "reason:";

/// The way in which a call ended normally.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnding {
    /// The agent ended the call, with a reason of its own or without.
    ByAgent(Option<String>),
    /// The caller ended the call.
    ByCaller,
    /// The service ended the call without a reason. Only calls with managed agents end so.
    ByService,
}

impl CallEnding {
    /// Reads how a call ended from the service's close frame; `None` for a close that is not the end of a
    /// call: the idle limit, or a failure.
    ///
    /// ```
    /// use cartesia_types::agent::{CallEnding, CallProtocol};
    ///
    /// let close = |reason| CallEnding::from_close(CallProtocol::Line, 1000, reason);
    /// let ending = close("call ended by agent, reason: goodbye");
    /// assert_eq!(ending, Some(CallEnding::ByAgent(Some("goodbye".to_owned()))));
    /// assert_eq!(close("connection idle timeout"), None);
    /// ```
    pub fn from_close(protocol: CallProtocol, code: u16, reason: &str) -> Option<Self> {
        if code != 1000 {
            return None;
        }
        let reason = reason.trim();
        if let Some(rest) = reason.strip_prefix(BY_AGENT) {
            let rest = rest.trim_start_matches([',', ' ']);
            let own = rest.strip_prefix(REASON).unwrap_or(rest).trim();
            let own = (!own.is_empty()).then(|| own.to_owned());
            return Some(Self::ByAgent(own));
        }
        // Nothing is documented about the close frames of this socket.
        (protocol == CallProtocol::Managed && reason.is_empty()).then_some(Self::ByService)
    }
}
