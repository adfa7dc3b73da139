//! The handles of a live transcription: audio in, text out.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use cartesia_core::limiter::Workload;
use cartesia_types::stt::{LiveEvent, LiveSpec, SttFormat, TurnEvent, TurnSettings, TurnsSpec};
use cartesia_types::{AudioStream, ErrorKind};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use super::dialect::Dialect;
use super::live::Live;
use super::session::{Command, Rules, Transcriber};
use super::turns::Turns;
use crate::audio::{Pace, Rate, Samples};
use crate::config::Connector;
use crate::handshake::Handshake;
use crate::lanes::{self, Input, Lanes, Output};
use crate::stats::SttStats;
use crate::{Error, Result};

/// The longest piece that is handed over at once.
const PIECE: Duration = Duration::from_millis(250);

/// The events of a live transcription: [`LiveEvent`] or [`TurnEvent`]. The trait is sealed.
#[expect(private_bounds, reason = "that is the seal")]
pub trait SttEvent: Spoken + Send + Unpin {}

impl SttEvent for LiveEvent {}
impl SttEvent for TurnEvent {}

/// The socket of these events.
pub(crate) trait Spoken: Sized {
    type Dialect: Dialect<Event = Self>;
}

impl Spoken for LiveEvent {
    type Dialect = Live;
}

impl Spoken for TurnEvent {
    type Dialect = Turns;
}

type SessionOf<E> = Transcriber<<E as Spoken>::Dialect>;

impl Connector {
    /// Opens a live transcription in which the caller decides when an utterance ends. `GET /stt/websocket`.
    ///
    /// ```no_run
    /// # async fn run(microphone: tokio::sync::mpsc::Receiver<Vec<u8>>) -> cartesia_ws::Result<()> {
    /// use cartesia_types::stt::{LiveEvent, LiveSpec, SttFormat, SttModelId};
    /// use cartesia_ws::Connector;
    ///
    /// let spec = LiveSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
    /// let (mut input, mut output) = Connector::from_env()?.live(spec).await?.split();
    /// let mut microphone = microphone;
    /// tokio::spawn(async move {
    ///     while let Some(samples) = microphone.recv().await {
    ///         input.send(samples).await?;
    ///     }
    ///     input.finish().await
    /// });
    /// while let Some(event) = output.next_event().await? {
    ///     if let LiveEvent::Transcript(segment) = event
    ///         && segment.is_final
    ///     {
    ///         print!("{}", segment.text);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidRequest` for settings that the service cannot accept, such as too many keyterms; otherwise as
    /// [`check`](Self::check). It does not retry.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn live(&self, spec: LiveSpec) -> Result<SttStream<LiveEvent>> {
        check::<Live>(spec.validate())?;
        self.transcribe(Live::new(spec)).await
    }

    /// Opens a live transcription in which the service detects when a turn ends. `GET /stt/turns/websocket`.
    ///
    /// While a turn is open and the caller sends nothing, silence is sent: the service measures time by
    /// audio, so without it the turn would never end.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` for settings that the service cannot accept, such as thresholds out of order;
    /// otherwise as [`check`](Self::check). It does not retry. The service checks the settings later: if it
    /// rejects them, the output's first event is that error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn turns(&self, spec: TurnsSpec) -> Result<SttStream<TurnEvent>> {
        check::<Turns>(spec.validate())?;
        self.transcribe(Turns::new(spec)).await
    }

    async fn transcribe<E: SttEvent>(&self, dialect: E::Dialect) -> Result<SttStream<E>> {
        let shared = Arc::new(self.share()?);
        let runtime = lanes::runtime(<E::Dialect as Dialect>::CONNECT)?;
        let policy = &shared.transcriptions;
        let rules = Rules {
            timeouts: shared.timeouts,
            reconnect: policy.reconnect.clone(),
            buffer: policy.buffer,
        };
        let format = dialect.format();
        let now = tokio::time::Instant::now().into_std();
        let session = Transcriber::new(dialect, rules, now, fastrand::u64(..));
        // Before the connection: the service counts connections.
        let permit = shared
            .permits
            .acquire(<E::Dialect as Dialect>::CONNECT, Workload::Transcription)
            .await?;
        let lanes = Lanes::start(shared, &runtime, session);
        let (input, output) = lanes.open(lanes::new_key(), (), permit);
        lanes.ready().await?;
        Ok(SttStream {
            input: SttInput {
                stream: input,
                format,
                pace: Pace::default(),
            },
            output: SttOutput {
                stream: output,
                lanes,
            },
        })
    }
}

fn check<D: Dialect>(checked: std::result::Result<(), impl fmt::Display>) -> Result<()> {
    checked.map_err(|error| Error::new(ErrorKind::InvalidRequest, D::CONNECT, error.to_string()))
}

/// A live transcription: streaming audio in, text out.
///
/// A lost connection is re-established, and the audio that no final text covers is sent again. Times
/// continue. Where audio could not be sent again, a [`Gap`](cartesia_types::stt::Gap) marks the place.
#[doc(alias = "live transcription")]
#[doc(alias = "speech recognition")]
#[doc(alias = "dictation")]
#[must_use = "dropping a transcription cancels it"]
pub struct SttStream<E: SttEvent> {
    input: SttInput<E>,
    output: SttOutput<E>,
}

impl<E: SttEvent> SttStream<E> {
    /// Splits it into its two halves, which can be used in different tasks.
    pub fn split(self) -> (SttInput<E>, SttOutput<E>) {
        (self.input, self.output)
    }

    /// Returns the service's answer to the opening of the current connection, or else of the last one.
    pub fn handshake(&self) -> Option<Handshake> {
        self.output.handshake()
    }
}

impl<E: SttEvent> fmt::Debug for SttStream<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SttStream")
            .field("format", &self.input.format)
            .field("stats", &self.output.stats())
            .finish_non_exhaustive()
    }
}

/// The writing half of a live transcription: takes the audio.
///
/// Dropping it completes the audio, like [`finish`](Self::finish): the audio sent so far is transcribed. To
/// stop instead, drop the [`SttOutput`].
pub struct SttInput<E: SttEvent> {
    stream: Input<SessionOf<E>>,
    format: SttFormat,
    pace: Pace,
}

impl<E: SttEvent> SttInput<E> {
    /// Returns the format of the audio.
    pub fn format(&self) -> SttFormat {
        self.format
    }

    /// Sets the rate of [`send_audio`](Self::send_audio); real time by default.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Sends samples as they arrive, for example from a microphone. They may be cut anywhere. Waits while the
    /// connection cannot take more (back-pressure).
    ///
    /// # Errors
    ///
    /// The error with which the transcription ended, which its [`SttOutput`] reports as well.
    ///
    /// # Cancel safety
    ///
    /// Up to 250 ms of audio are taken whole or not at all. Of a longer piece, the rest is not sent when the
    /// future is dropped.
    pub async fn send(&mut self, samples: impl Into<Bytes>) -> Result<()> {
        self.send_at(samples.into(), Rate::Live).await
    }

    /// Sends all samples of a stream as they arrive.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send). The rest of the stream is not read then.
    ///
    /// # Cancel safety
    ///
    /// Samples that were taken from the stream and not sent are lost with the future.
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
    /// [`set_pace`](Self::set_pace). Of a WAV file, only the samples are sent.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when the audio is not in the [`format`](Self::format) of the transcription; that of
    /// the audio itself; otherwise as [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// Audio that was taken and not sent is lost with the future.
    pub async fn send_audio(&mut self, audio: impl AudioStream) -> Result<()> {
        let mut audio = pin!(audio);
        let operation = <E::Dialect as Dialect>::STREAM;
        let mut samples = Samples::of(audio.format(), self.format, operation)?;
        while let Some(piece) = poll_fn(|cx| audio.as_mut().poll_audio(cx)).await {
            self.send_at(samples.take(piece?)?, self.pace.rate())
                .await?;
        }
        samples.finish()
    }

    /// Completes the audio: everything that was sent is transcribed, and the output ends.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future completes the audio, too.
    #[doc(alias = "close")]
    pub async fn finish(mut self) -> Result<()> {
        self.stream.send(|_| Command::Finish).await?;
        self.stream.set_finished();
        Ok(())
    }

    async fn send_at(&mut self, mut samples: Bytes, rate: Rate) -> Result<()> {
        let longest = usize::try_from(self.format.bytes_in(PIECE)).unwrap_or(usize::MAX);
        while !samples.is_empty() {
            let piece = samples.split_to(samples.len().min(longest.max(1)));
            self.stream.send(|_| Command::Audio(piece, rate)).await?;
        }
        Ok(())
    }
}

impl SttInput<LiveEvent> {
    /// Flushes: transcribes all audio sent so far without waiting for more, for example because the speaker
    /// stopped.
    ///
    /// The answer is final text and [`LiveEvent::FlushDone`]; a late final may follow. Do not call it in the
    /// middle of a word: the text would be wrong.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe.
    #[doc(alias = "flush")]
    pub async fn finalize(&mut self) -> Result<()> {
        self.stream.send(|_| Command::Finalize).await
    }
}

impl SttInput<TurnEvent> {
    /// Changes the settings for turns from now on. Values that are not set stay unchanged. A reconnection
    /// keeps the change.
    ///
    /// The service does not acknowledge it. If it rejects the change, it sends a [`TurnEvent::Error`], and
    /// the old settings stay.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` for likelihoods outside of 0 to 1 or out of order; otherwise as [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe.
    pub async fn configure(&mut self, turn: TurnSettings) -> Result<()> {
        turn.validate().map_err(|error| {
            Error::new(ErrorKind::InvalidRequest, Turns::STREAM, error.to_string())
        })?;
        self.stream.send(|_| Command::Set(turn)).await
    }
}

impl<E: SttEvent> fmt::Debug for SttInput<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SttInput")
            .field("format", &self.format)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

/// The reading half of a live transcription: returns the text.
///
/// It ends exactly once: when everything was transcribed, or with one error; `None` follows. Dropping it
/// earlier cancels the transcription.
#[must_use = "events are not received unless they are read"]
pub struct SttOutput<E: SttEvent> {
    stream: Output<SessionOf<E>>,
    lanes: Arc<Lanes<SessionOf<E>>>,
}

impl<E: SttEvent> SttOutput<E> {
    /// Returns the next event; `None` after the last one or an error.
    ///
    /// # Errors
    ///
    /// - `Incomplete` when the connection was lost after the first event, and reconnecting failed. `Closed`
    ///   when it was lost before.
    /// - `Timeout` when the service does not answer the end of the audio or a finalize in time
    ///   ([`Timeouts::silence`](crate::Timeouts::silence), counted from the last event), when it does not
    ///   greet in time ([`Timeouts::first_audio`](crate::Timeouts::first_audio)), or when the runtime of the
    ///   connection is blocked.
    /// - `SlowConsumer` when the reader fell behind for too long.
    /// - `Decode` for a message that cannot be decoded: text may be missing.
    /// - An error that the service reports: `InvalidRequest`, `NotFound`, `RateLimited`, …
    /// - The error that prevented the reconnection: `Connect`, `Auth`, `Quota`, …
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: no event is lost when the future is dropped.
    pub async fn next_event(&mut self) -> Result<Option<E>> {
        poll_fn(|cx| self.stream.poll_event(cx)).await
    }

    /// Returns the counters and gauges of the transcription.
    pub fn stats(&self) -> SttStats {
        self.lanes.stats()
    }

    /// Returns the service's answer to the opening of the current connection, or else of the last one.
    pub fn handshake(&self) -> Option<Handshake> {
        self.lanes.handshake()
    }
}

impl SttOutput<LiveEvent> {
    /// Collects the whole text.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event), and `Incomplete` when words may be missing because not all audio
    /// could be sent again after a lost connection. Data that arrived before the error is dropped; read event
    /// by event to keep it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the transcription.
    pub async fn collect_text(mut self) -> Result<String> {
        let mut text = String::new();
        while let Some(event) = self.next_event().await? {
            match event {
                LiveEvent::Transcript(segment) if segment.is_final => text.push_str(&segment.text),
                LiveEvent::Gap(gap) => {
                    let message = format!(
                        "words between {:?} and {:?} may be missing: the connection was lost, and this \
                         audio could not be sent again",
                        gap.start, gap.end
                    );
                    return Err(Error::new(ErrorKind::Incomplete, Live::STREAM, message));
                }
                _ => {}
            }
        }
        Ok(text)
    }
}

impl<E: SttEvent> Stream for SttOutput<E> {
    type Item = Result<E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.poll_event(cx).map(Result::transpose)
    }
}

impl<E: SttEvent> FusedStream for SttOutput<E> {
    fn is_terminated(&self) -> bool {
        self.stream.is_over()
    }
}

impl<E: SttEvent> fmt::Debug for SttOutput<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SttOutput")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
