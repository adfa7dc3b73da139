//! The halves of a call: the caller's audio, and the agent's events.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use cartesia_core::limiter::Workload;
use cartesia_core::url::encode_segment;
use cartesia_types::agent::{
    CallCommand, CallEvent, CallProtocol, CallSpec, CallStarted, ClientToolResult, CustomMessage,
    DtmfKey,
};
use cartesia_types::{AudioStream, ErrorKind, RawFormat};
use futures_core::Stream;
use futures_core::stream::FusedStream;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::session::{CallSession, Command, Rules};
use super::speech::AgentSpeech;
use super::{CALL, CONNECT};
use crate::audio::{Cutter, Pacer, Rate, Samples};
use crate::config::Connector;
use crate::handshake::Handshake;
use crate::lanes::{self, Input, Lanes, Output, Sender};
use crate::{Error, Pace, Result};

impl Connector {
    /// Calls an agent, and waits until the call has begun. `GET /agents/stream/{agent_id}` for a
    /// [`LineCallSpec`](cartesia_types::agent::LineCallSpec),
    /// `GET /v1/agents/websocket/{agent_id}` for a
    /// [`ManagedCallSpec`](cartesia_types::agent::ManagedCallSpec).
    ///
    /// ```no_run
    /// # async fn run(question: cartesia_types::AudioClip) -> cartesia_ws::Result<()> {
    /// use cartesia_types::agent::{CallEvent, CallFormat, LineCallSpec};
    /// use cartesia_ws::Connector;
    ///
    /// let spec = LineCallSpec::new("agent_…", CallFormat::PCM_16000);
    /// let (mut input, mut output) = Connector::from_env()?.call_agent(spec).await?.split();
    /// tokio::spawn(async move { input.send_audio(question).await });
    /// while let Some(event) = output.next_event().await? {
    ///     match event {
    ///         CallEvent::Audio(audio) => println!("{} bytes to play", audio.data.len()),
    ///         CallEvent::Clear => println!("drop what was not played yet"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - `Unsupported` when the API version does not have the socket.
    /// - `InvalidRequest` when the format of the audio is not known, or the identifier of the agent
    ///   cannot be a part of a URL.
    /// - `Timeout` when the service does not confirm the start within
    ///   [`Timeouts::connect`](crate::Timeouts::connect), counted from the open connection.
    /// - `Closed` when the service hangs up instead; if it reports an error, the kind of that error.
    /// - `RateLimited` when the [limiter](Self::limiter) has no permit within
    ///   [`Timeouts::permit`](crate::Timeouts::permit).
    /// - Otherwise as [`check`](Self::check). An access token needs the grant `agent`. It does not retry.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn call_agent(&self, spec: impl Into<CallSpec>) -> Result<LiveCall> {
        let spec = spec.into();
        let shared = match spec.session() {
            Some(token) => self.clone().credential(token.clone()).share()?,
            None => self.share()?,
        };
        let shared = Arc::new(shared);
        spec.requirement()
            .check(shared.api_version)
            .map_err(|error| Error::new(ErrorKind::Unsupported, CONNECT, error.to_string()))?;
        let format = spec.format().raw().ok_or_else(|| {
            let message = format!("the audio format `{}` is not known", spec.format());
            Error::new(ErrorKind::InvalidRequest, CONNECT, message)
        })?;
        let agent = encode_segment(spec.agent().as_str())
            .map_err(|error| Error::new(ErrorKind::InvalidRequest, CONNECT, error.to_string()))?;
        let path = format!("{}{agent}", spec.path_prefix());
        let runtime = lanes::runtime(CONNECT)?;
        let rules = Rules {
            timeouts: shared.timeouts,
            tool_timeout: shared.tool_timeout,
        };
        let protocol = spec.protocol();
        let session = CallSession::new(spec, path, rules);
        // Before the connection: the service counts connections.
        let permit = shared.permits.acquire(CONNECT, Workload::Call).await?;
        let lanes = Lanes::start(shared, &runtime, session);
        let (input, stream) = lanes.open(lanes::new_key(), (), permit);
        let control = CallControl {
            sender: input.sender(),
            protocol,
        };
        let mut output = CallOutput {
            stream,
            format,
            early: VecDeque::new(),
            received: 0,
        };
        let started = output.started().await?;
        Ok(LiveCall {
            started,
            handshake: lanes.handshake(),
            input: CallInput {
                stream: input,
                control,
                cutter: Cutter::new(format.into(), Duration::ZERO),
                format,
                pace: Pace::default(),
            },
            output,
        })
    }
}

/// A call with an agent: the caller's audio in, the agent's audio out.
///
/// A call cannot be resumed: after a lost connection it ends with an error that reports how much audio
/// arrived. Pings keep it alive during silence.
#[must_use = "dropping a call ends it"]
pub struct LiveCall {
    started: CallStarted,
    handshake: Option<Handshake>,
    input: CallInput,
    output: CallOutput,
}

impl LiveCall {
    /// Returns the service's confirmation: identifiers and resolved settings.
    pub fn started(&self) -> &CallStarted {
        &self.started
    }

    /// Returns the service's answer to the opening of the connection.
    pub fn handshake(&self) -> Option<&Handshake> {
        self.handshake.as_ref()
    }

    /// Returns a handle for keys, tools and hanging up, which can be used from any task.
    pub fn control(&self) -> CallControl {
        self.input.control()
    }

    /// Splits it into its two halves, which can be used in different tasks.
    pub fn split(self) -> (CallInput, CallOutput) {
        (self.input, self.output)
    }
}

impl fmt::Debug for LiveCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveCall")
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

/// The writing half of a call: takes the caller's audio.
///
/// Dropping it leaves the call open: the caller is silent, and the agent may continue. To end the call,
/// [`hang_up`](Self::hang_up) or drop the [`CallOutput`].
pub struct CallInput {
    stream: Input<CallSession>,
    control: CallControl,
    cutter: Cutter,
    format: RawFormat,
    pace: Pace,
}

impl CallInput {
    /// Returns the format of the audio.
    pub fn format(&self) -> RawFormat {
        self.format
    }

    /// Returns a handle for keys, tools and hanging up, which can be used from any task.
    pub fn control(&self) -> CallControl {
        self.control.clone()
    }

    /// Sets the rate of [`send_audio`](Self::send_audio); real time by default.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Sends samples as they arrive, for example from a microphone. They may be cut anywhere; messages have
    /// at most 100 ms. Waits while the connection cannot take more (back-pressure).
    ///
    /// # Errors
    ///
    /// The error with which the call ended, which its [`CallOutput`] reports as well. `Closed` when the call
    /// had ended normally.
    ///
    /// # Cancel safety
    ///
    /// Each message is taken whole or not at all. What is left of these samples is sent with the next ones.
    pub async fn send(&mut self, samples: impl Into<Bytes>) -> Result<()> {
        self.cutter.push(samples.into());
        self.send_messages(Rate::Live, &mut Pacer::default()).await
    }

    /// Sends all samples of a stream as they arrive.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send). The rest of the stream is not read then.
    ///
    /// # Cancel safety
    ///
    /// As [`send`](Self::send).
    pub async fn send_stream<S>(&mut self, samples: S) -> Result<()>
    where
        S: Stream,
        S::Item: Into<Bytes>,
    {
        let mut samples = pin!(samples);
        while let Some(piece) = poll_fn(|cx| samples.as_mut().poll_next(cx)).await {
            self.send(piece).await?;
        }
        Ok(())
    }

    /// Sends a clip, a file or synthesized speech, in real time or at the rate of
    /// [`set_pace`](Self::set_pace). Of WAV, the samples are sent.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when the audio is not in the [`format`](Self::format) of the call; that of the audio
    /// itself; otherwise as [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As [`send`](Self::send). The rest of the audio is not read.
    pub async fn send_audio(&mut self, audio: impl AudioStream) -> Result<()> {
        let mut audio = pin!(audio);
        let mut samples = Samples::of(audio.format(), self.format.into(), CALL)?;
        let mut pacer = Pacer::default();
        while let Some(piece) = poll_fn(|cx| audio.as_mut().poll_audio(cx)).await {
            self.cutter.push(samples.take(piece?)?);
            self.send_messages(self.pace.rate(), &mut pacer).await?;
        }
        samples.finish()
    }

    /// Ends the call after everything that was sent; see [`CallControl::hang_up`].
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe.
    #[doc(alias = "close")]
    pub async fn hang_up(mut self) -> Result<()> {
        self.stream.send(|_| Command::HangUp).await?;
        self.stream.set_finished();
        Ok(())
    }

    async fn send_messages(&mut self, rate: Rate, pacer: &mut Pacer) -> Result<()> {
        while let Some(message) = self.cutter.next_message() {
            if let Rate::Times(speed) = rate {
                if let Some(due) = pacer.due() {
                    cartesia_core::runtime::require(super::CALL, "to keep the pace on")?;
                    tokio::time::sleep_until(due.into()).await;
                }
                let length = self.format.duration_of_bytes(message.len() as u64);
                pacer.sent(Instant::now().into_std(), length, speed);
            }
            self.stream.send(|_| Command::Audio(message)).await?;
        }
        Ok(())
    }
}

impl fmt::Debug for CallInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallInput")
            .field("format", &self.format)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

/// Presses keys, answers tool calls, sends messages to the agent's code, and hangs up: from any task, also
/// while audio is being sent. Cloning is cheap.
#[derive(Clone)]
pub struct CallControl {
    sender: Sender<CallSession>,
    protocol: CallProtocol,
}

impl CallControl {
    /// Presses a key.
    ///
    /// # Errors
    ///
    /// The error with which the call ended, which its [`CallOutput`] reports as well. `Closed` when the call
    /// had ended normally.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the key is sent or not.
    pub async fn dtmf(&self, key: DtmfKey) -> Result<()> {
        self.send(CallCommand::Dtmf(key)).await
    }

    /// Sends a message to the agent's code. Line agents only.
    ///
    /// # Errors
    ///
    /// `Unsupported` in a call with a managed agent; otherwise as [`dtmf`](Self::dtmf).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the message is sent or not.
    pub async fn custom(&self, message: CustomMessage) -> Result<()> {
        self.send(CallCommand::Custom(message)).await
    }

    /// Answers a tool call of the agent. Managed agents only.
    ///
    /// ```no_run
    /// # async fn run(control: cartesia_ws::CallControl, event: cartesia_types::agent::CallEvent)
    /// # -> cartesia_ws::Result<()> {
    /// use cartesia_types::agent::CallEvent;
    ///
    /// if let CallEvent::ToolCall(call) = event {
    ///     let result = match call.tool_name.as_str() {
    ///         "seats" => call.result("4 seats left"),
    ///         _ => call.failure("there is no such tool"),
    ///     };
    ///     if call.expects_response {
    ///         control.answer(result).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If no answer comes within [`Connector::tool_timeout`], the agent learns that the tool failed, so
    /// that the conversation goes on.
    ///
    /// # Errors
    ///
    /// `Timeout` when the agent does not wait for this answer: it was too late, was given already, or is not
    /// expected. `Unsupported` in a call with a Line agent; otherwise as [`dtmf`](Self::dtmf).
    ///
    /// # Cancel safety
    ///
    /// The answer may be sent although the future was dropped.
    pub async fn answer(&self, result: ClientToolResult) -> Result<()> {
        self.check(&CallCommand::ToolResult(result.clone()))?;
        let (awaited, answer) = oneshot::channel();
        self.sender
            .send(|_| Command::Answer(result, awaited))
            .await?;
        match answer.await {
            Ok(true) => Ok(()),
            Ok(false) => {
                let message = "the agent is not waiting for this answer: it was too late, was given before, or was not requested";
                Err(Error::new(ErrorKind::Timeout, CALL, message))
            }
            Err(_) => {
                let message = "the call ended before the answer was sent";
                Err(Error::new(ErrorKind::Closed, CALL, message))
            }
        }
    }

    /// Ends the call. Its output still returns what arrives until the service confirms the end, for at most
    /// [`Timeouts::close`](crate::Timeouts::close), and then [`CallEvent::Ended`].
    ///
    /// # Errors
    ///
    /// As [`dtmf`](Self::dtmf).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe.
    #[doc(alias = "close")]
    pub async fn hang_up(&self) -> Result<()> {
        self.sender.send(|_| Command::HangUp).await
    }

    fn check(&self, command: &CallCommand) -> Result<()> {
        let message = command.message(self.protocol, None);
        message
            .map(drop)
            .map_err(|error| Error::new(ErrorKind::Unsupported, CALL, error.to_string()))
    }

    async fn send(&self, command: CallCommand) -> Result<()> {
        self.check(&command)?;
        self.sender.send(|_| Command::Send(command)).await
    }
}

impl fmt::Debug for CallControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallControl")
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

/// The reading half of a call: the agent's audio, turns, tool calls and keys.
///
/// It ends exactly once: with [`CallEvent::Ended`] when one side hung up, or with one error; `None` follows.
/// Dropping it earlier ends the call.
#[must_use = "events are not received unless they are read"]
pub struct CallOutput {
    stream: Output<CallSession>,
    format: RawFormat,
    /// What came before the start of the call.
    early: VecDeque<CallEvent>,
    received: u64,
}

impl CallOutput {
    /// Returns the format of the agent's audio.
    pub fn format(&self) -> RawFormat {
        self.format
    }

    /// Returns the number of bytes of audio that were read so far.
    pub fn bytes_received(&self) -> u64 {
        self.received
    }

    /// Returns the next event; `None` after [`CallEvent::Ended`] or an error.
    ///
    /// [`CallEvent::Clear`] overtakes the audio before it: audio that arrived before it and was not read is
    /// dropped.
    ///
    /// # Errors
    ///
    /// - `Incomplete` when the connection was lost, or closed for another reason than the end of the call,
    ///   such as the idle limit of the service. The error has the bytes received and the close frame.
    /// - `Timeout` when a ping is not answered in time ([`Timeouts::pong`](crate::Timeouts::pong)), or when
    ///   the runtime of the connection is blocked. Silence has no time limit: an agent may listen for long.
    /// - `SlowConsumer` when the reader fell behind for too long.
    /// - `Cancelled` when the connection was closed by its owner.
    /// - An error that the service reports as fatal: `InvalidRequest`, `RateLimited`, `Server`, …
    ///
    /// A message that cannot be decoded is not an error but a [`CallEvent::Undecodable`]: the call continues.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: no event is lost when the future is dropped.
    pub async fn next_event(&mut self) -> Result<Option<CallEvent>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Returns the agent's audio up to its next interruption, for a player. All other events go to
    /// `on_event`, in order.
    ///
    /// ```no_run
    /// # trait Play { async fn play(&self, audio: impl cartesia_types::AudioStream) -> cartesia_ws::Result<()>; fn interrupt(&self); }
    /// # async fn run(player: impl Play, mut output: cartesia_ws::CallOutput) -> cartesia_ws::Result<()> {
    /// loop {
    ///     let mut speech = output.speech(|event| println!("{event:?}"));
    ///     player.play(&mut speech).await?;
    ///     if !speech.is_cleared() {
    ///         break;
    ///     }
    ///     player.interrupt();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn speech<F: FnMut(CallEvent)>(&mut self, on_event: F) -> AgentSpeech<'_, F> {
        AgentSpeech::new(self, on_event)
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<CallEvent>>> {
        let polled = match self.early.pop_front() {
            Some(event) => Poll::Ready(Ok(Some(event))),
            None => self.stream.poll_event(cx),
        };
        if let Poll::Ready(Ok(Some(CallEvent::Audio(audio)))) = &polled {
            self.received += audio.data.len() as u64;
        }
        polled
    }

    /// Waits for the start of the call. What comes before it is kept.
    async fn started(&mut self) -> Result<CallStarted> {
        loop {
            match poll_fn(|cx| self.stream.poll_event(cx)).await? {
                Some(CallEvent::Started(started)) => return Ok(started),
                Some(event) => self.early.push_back(event),
                None => {
                    let message = "the call ended before it began";
                    return Err(Error::new(ErrorKind::Closed, CONNECT, message));
                }
            }
        }
    }
}

impl Stream for CallOutput {
    type Item = Result<CallEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx).map(Result::transpose)
    }
}

impl FusedStream for CallOutput {
    fn is_terminated(&self) -> bool {
        self.early.is_empty() && self.stream.is_over()
    }
}

impl fmt::Debug for CallOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOutput")
            .field("format", &self.format)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
