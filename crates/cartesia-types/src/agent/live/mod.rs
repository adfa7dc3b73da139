//! Calls with agents over WebSockets: the start, the messages of both sides, and the end.
//!
//! There are two sockets with the same messages in two formats: `/agents/stream/{agent_id}` for Line agents,
//! and `/v1/agents/websocket/{agent_id}` for managed agents. [`CallSpec`] chooses one of them; [`CallEvent`]
//! reads the messages of both.

mod command;
mod ending;
mod event;
mod format;
mod spec;

pub use command::{CallCommand, ClientToolResult, DtmfKey, InvalidDtmf, UnsupportedCommand};
pub use ending::CallEnding;
pub use event::{
    CallAudio, CallDecodeError, CallErrorEvent, CallEvent, CallStarted, CallTransfer, CallTurnEnd,
    CallTurnStart, CallTurnText, ClientToolCall, CustomMessage, DtmfEvent,
};
pub use format::CallFormat;
pub use spec::{CallProtocol, CallSpec, LineCallSpec, ManagedCallSpec, OutputDelivery};
