//! Calls with agents: the caller's audio, and the agent's events.

use std::iter::FusedIterator;

use bytes::Bytes;
use cartesia_types::agent::{CallEvent, CallStarted, ClientToolResult, CustomMessage, DtmfKey};
use cartesia_types::{AudioStream, RawFormat};
use cartesia_ws::{Handshake, Pace};

use super::runtime::Runtime;
use crate::Result;

const CALL: &str = "agents.call";

/// A call with an agent: the caller's audio in, the agent's audio out; from
/// [`Client::call_agent`](super::Client::call_agent).
///
/// A call cannot be resumed: after a lost connection it ends with an error that reports how much audio
/// arrived. Pings keep it alive during silence.
#[derive(Debug)]
#[must_use = "dropping a call ends it"]
pub struct LiveCall {
    inner: cartesia_ws::LiveCall,
    runtime: Runtime,
}

impl LiveCall {
    pub(super) fn new(inner: cartesia_ws::LiveCall, runtime: Runtime) -> Self {
        Self { inner, runtime }
    }

    /// Returns the service's confirmation: identifiers and resolved settings.
    pub fn started(&self) -> &CallStarted {
        self.inner.started()
    }

    /// Returns the service's answer to the opening of the connection.
    pub fn handshake(&self) -> Option<&Handshake> {
        self.inner.handshake()
    }

    /// Returns a handle for keys, tools and hanging up, which can be used from any thread.
    pub fn control(&self) -> CallControl {
        CallControl {
            inner: self.inner.control(),
            runtime: self.runtime.clone(),
        }
    }

    /// Splits it into its two halves, which can be used in different threads.
    pub fn split(self) -> (CallInput, CallOutput) {
        let (input, output) = self.inner.split();
        let input = CallInput {
            inner: input,
            runtime: self.runtime.clone(),
        };
        let output = CallOutput {
            inner: output,
            over: false,
            runtime: self.runtime,
        };
        (input, output)
    }
}

/// The writing half of a call: takes the caller's audio.
///
/// Dropping it leaves the call open: the caller is silent, and the agent may continue. To end the call,
/// [`hang_up`](Self::hang_up) or drop the [`CallOutput`].
#[derive(Debug)]
pub struct CallInput {
    inner: cartesia_ws::CallInput,
    runtime: Runtime,
}

impl CallInput {
    /// Returns the format of the audio.
    pub fn format(&self) -> RawFormat {
        self.inner.format()
    }

    /// Returns a handle for keys, tools and hanging up, which can be used from any thread.
    pub fn control(&self) -> CallControl {
        CallControl {
            inner: self.inner.control(),
            runtime: self.runtime.clone(),
        }
    }

    /// Sets the rate of [`send_audio`](Self::send_audio); real time by default.
    pub fn set_pace(&mut self, pace: Pace) {
        self.inner.set_pace(pace);
    }

    /// Sends samples as they arrive, for example from a microphone. They may be cut anywhere; messages have
    /// at most 100 ms. Waits while the connection cannot take more (back-pressure).
    ///
    /// # Errors
    ///
    /// The error with which the call ended, which its [`CallOutput`] reports as well. `Closed` when the call
    /// had ended normally. And `Config` in async code, where nothing was sent.
    pub fn send(&mut self, samples: impl Into<Bytes>) -> Result<()> {
        self.runtime.wait(CALL, self.inner.send(samples))
    }

    /// Sends all samples of an iterator as they arrive.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send). The rest of the iterator is not read then.
    pub fn send_all<I>(&mut self, samples: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Into<Bytes>,
    {
        let mut samples = samples.into_iter();
        samples.try_for_each(|piece| self.send(piece))
    }

    /// Sends a clip, a file or synthesized speech, in real time or at the rate of
    /// [`set_pace`](Self::set_pace). Of WAV, the samples are sent.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when the audio is not in the [`format`](Self::format) of the call; that of the audio
    /// itself; otherwise as [`send`](Self::send).
    pub fn send_audio(&mut self, audio: impl AudioStream) -> Result<()> {
        self.runtime.wait(CALL, self.inner.send_audio(audio))
    }

    /// Ends the call after everything that was sent; see [`CallControl::hang_up`].
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn hang_up(self) -> Result<()> {
        self.runtime.wait(CALL, self.inner.hang_up())
    }
}

/// Presses keys, answers tool calls, sends messages to the agent's code, and hangs up: from any thread,
/// also while audio is being sent. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct CallControl {
    inner: cartesia_ws::CallControl,
    runtime: Runtime,
}

impl CallControl {
    /// Presses a key.
    ///
    /// # Errors
    ///
    /// The error with which the call ended, which its [`CallOutput`] reports as well. `Closed` when the call
    /// had ended normally. And `Config` in async code, where nothing was sent.
    pub fn dtmf(&self, key: DtmfKey) -> Result<()> {
        self.runtime.wait(CALL, self.inner.dtmf(key))
    }

    /// Sends a message to the agent's code. Line agents only.
    ///
    /// # Errors
    ///
    /// `Unsupported` in a call with a managed agent; otherwise as [`dtmf`](Self::dtmf).
    pub fn custom(&self, message: CustomMessage) -> Result<()> {
        self.runtime.wait(CALL, self.inner.custom(message))
    }

    /// Answers a tool call of the agent. Managed agents only.
    ///
    /// If no answer comes within [`ClientBuilder::tool_timeout`](super::ClientBuilder::tool_timeout), the
    /// agent learns that the tool failed, so that the conversation goes on.
    ///
    /// # Errors
    ///
    /// `Timeout` when the agent does not wait for this answer: it was too late, was given already, or is not
    /// expected. `Unsupported` in a call with a Line agent; otherwise as [`dtmf`](Self::dtmf).
    pub fn answer(&self, result: ClientToolResult) -> Result<()> {
        self.runtime.wait(CALL, self.inner.answer(result))
    }

    /// Ends the call. Its output still returns what arrives until the service confirms the end, for at most
    /// [`Timeouts::close`](crate::Timeouts::close), and then [`CallEvent::Ended`].
    ///
    /// # Errors
    ///
    /// As [`dtmf`](Self::dtmf).
    pub fn hang_up(&self) -> Result<()> {
        self.runtime.wait(CALL, self.inner.hang_up())
    }
}

/// The reading half of a call: an iterator over the agent's audio, turns, tool calls and keys.
///
/// It ends exactly once: with [`CallEvent::Ended`] when one side hung up, or with one error; `None` follows.
/// Dropping it earlier ends the call.
#[derive(Debug)]
#[must_use = "events are not received unless they are read"]
pub struct CallOutput {
    inner: cartesia_ws::CallOutput,
    /// Whether the iterator has ended. The refusal in async code ends it, too: a loop that skips errors
    /// would never end.
    over: bool,
    runtime: Runtime,
}

impl CallOutput {
    /// Returns the format of the agent's audio.
    pub fn format(&self) -> RawFormat {
        self.inner.format()
    }

    /// Returns the number of bytes of audio that were read so far.
    pub fn bytes_received(&self) -> u64 {
        self.inner.bytes_received()
    }

    /// Returns the next event; `None` after [`CallEvent::Ended`] or an error.
    ///
    /// [`CallEvent::Clear`] overtakes the audio before it: audio that arrived before it and was not read is
    /// dropped.
    ///
    /// # Errors
    ///
    /// As [`cartesia_ws::CallOutput::next_event`]: `Incomplete`, `Timeout`, `SlowConsumer`, `Cancelled`, and
    /// errors that the service reports as fatal. And `Config` in async code, after which the output can still
    /// be used.
    pub fn next_event(&mut self) -> Result<Option<CallEvent>> {
        self.runtime.wait(CALL, self.inner.next_event())
    }
}

impl Iterator for CallOutput {
    type Item = Result<CallEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.next_event().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}

impl FusedIterator for CallOutput {}
