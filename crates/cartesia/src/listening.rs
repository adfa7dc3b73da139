//! The microphone, transcribed live.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use cartesia_audio::{AudioChunk, CaptureFormat, Level, Recorder};
use cartesia_types::ErrorKind;
use cartesia_types::stt::SttFormat;
use cartesia_ws::{SttEvent, SttInput, SttOutput, SttStream};
use futures_core::Stream;

use crate::{Error, Result};

/// Audio that a recorder lost is replaced by silence, of at most so many seconds at once.
const MOST_SILENCE: u64 = 5;

/// A microphone that is transcribed live: loudness, and text.
///
/// It sends the recorded audio and reads the service's events, both while [`next_event`](Self::next_event) is
/// awaited. Audio that the recorder lost is replaced by silence (up to 5 s at once), so that times stay those
/// of the microphone.
///
/// ```no_run
/// use cartesia::audio::Recorder;
/// use cartesia::stt::{SttFormat, TurnEvent, TurnsSpec};
/// use cartesia::{Client, Listening, ListeningEvent, SttModelId};
///
/// # async fn run() -> cartesia::Result<()> {
/// let spec = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
/// let stream = Client::from_env()?.stt().turns(spec).await?;
/// let mut listening = Listening::new(Recorder::open_default()?, stream)?;
/// while let Some(event) = listening.next_event().await? {
///     match event {
///         ListeningEvent::Level(level) => eprint!("\r{:5.1} dB ", level.rms_decibels()),
///         ListeningEvent::Speech(TurnEvent::End(turn)) => println!("{}", turn.transcript),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// For tests without a device, use the recorder of
/// [`open_offline`](cartesia_audio::RecorderBuilder::open_offline).
#[doc(alias = "microphone")]
#[doc(alias = "live transcription")]
#[must_use = "the microphone is not processed unless events are read"]
pub struct Listening<E: SttEvent + 'static> {
    recorder: Recorder,
    sending: Sending<E>,
    output: SttOutput<E>,
    /// The level that was not returned yet.
    level: Option<Level>,
    /// The frame that the next chunk begins with, unless audio was lost.
    next_frame: u64,
    gate: Option<Gate>,
}

/// Whether the microphone may be heard.
type Gate = Box<dyn Fn() -> bool + Send>;

/// An event of [`Listening`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ListeningEvent<E> {
    /// The loudness of the microphone: after every chunk of the recorder, unless there is other news.
    Level(Level),
    /// An event of the transcription.
    Speech(E),
}

enum Sending<E: SttEvent> {
    Idle(SttInput<E>),
    Busy(Pin<Box<dyn Future<Output = Option<SttInput<E>>> + Send>>),
    Over,
}

impl<E: SttEvent + 'static> Listening<E> {
    /// Connects a recorder and a transcription.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when the format of the recorder is not that of the transcription.
    pub fn new(recorder: Recorder, stream: SttStream<E>) -> Result<Self> {
        let (input, output) = stream.split();
        let format = recorder.format();
        if format.channels != 1 || SttFormat::from(format) != input.format() {
            let message = format!(
                "the recorder records {} ({} channels), but the transcription was opened for {}: give \
                 both the same format, with one channel",
                SttFormat::from(format),
                format.channels,
                input.format()
            );
            return Err(Error::new(ErrorKind::InvalidRequest, "listening", message));
        }
        Ok(Self {
            recorder,
            sending: Sending::Idle(input),
            output,
            level: None,
            next_frame: 0,
            gate: None,
        })
    }

    /// Sends silence while `is_open` returns `false`; it is called for every chunk of the recorder. So the
    /// service does not hear what the speakers play; see
    /// [`Conversation::gate`](crate::conversation::Conversation::gate). Levels are always those of the
    /// microphone.
    pub fn with_gate(mut self, is_open: impl Fn() -> bool + Send + 'static) -> Self {
        self.gate = Some(Box::new(is_open));
        self
    }

    /// Returns the next event; `None` after the last one or an error.
    ///
    /// After [`stop`](Self::stop), or when the microphone is lost for good, it still returns the last words.
    ///
    /// # Errors
    ///
    /// As [`SttOutput::next_event`].
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: no event is lost when the future is dropped.
    pub async fn next_event(&mut self) -> Result<Option<ListeningEvent<E>>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Stops recording. Audio recorded so far is still transcribed; then the events end.
    ///
    /// A loop over the events cannot call it: [`Recorder::stopper`] gives a handle that does the same from
    /// another thread or task.
    pub fn stop(&self) {
        self.recorder.stop();
    }

    /// Returns the recorder, for its counters and device events.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<ListeningEvent<E>>>> {
        loop {
            let moved = self.poll_audio(cx);
            match Pin::new(&mut self.output).poll_next(cx) {
                Poll::Ready(Some(event)) => {
                    return Poll::Ready(event.map(|event| Some(ListeningEvent::Speech(event))));
                }
                Poll::Ready(None) => return Poll::Ready(Ok(None)),
                Poll::Pending => {}
            }
            if let Some(level) = self.level.take() {
                return Poll::Ready(Ok(Some(ListeningEvent::Level(level))));
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    /// Moves audio from the recorder to the service, one step; `false` if it has to wait.
    fn poll_audio(&mut self, cx: &mut Context<'_>) -> bool {
        match std::mem::replace(&mut self.sending, Sending::Over) {
            Sending::Idle(input) => match Pin::new(&mut self.recorder).poll_next(cx) {
                Poll::Ready(Some(mut chunk)) => {
                    self.level = Some(chunk.level);
                    if self.gate.as_ref().is_some_and(|is_open| !is_open()) {
                        let silence = self.recorder.format().encoding.silence();
                        chunk.data = vec![silence; chunk.data.len()].into();
                    }
                    let silence = self.silence_before(&chunk);
                    self.sending = Sending::Busy(Box::pin(send(input, silence, chunk)));
                    true
                }
                Poll::Ready(None) => {
                    self.sending = Sending::Busy(Box::pin(finish(input)));
                    true
                }
                Poll::Pending => {
                    self.sending = Sending::Idle(input);
                    false
                }
            },
            Sending::Busy(mut sending) => match sending.as_mut().poll(cx) {
                Poll::Ready(Some(input)) => {
                    self.sending = Sending::Idle(input);
                    true
                }
                Poll::Ready(None) => true,
                Poll::Pending => {
                    self.sending = Sending::Busy(sending);
                    false
                }
            },
            Sending::Over => false,
        }
    }

    /// Silence in place of what was lost before a chunk.
    fn silence_before(&mut self, chunk: &AudioChunk) -> Vec<u8> {
        let format = self.recorder.format();
        let most = u64::from(format.sample_rate) * MOST_SILENCE;
        let lost = chunk.first_frame.saturating_sub(self.next_frame).min(most);
        self.next_frame = chunk.first_frame + frames(chunk, format);
        let bytes = lost.saturating_mul(format.bytes_per_frame() as u64);
        vec![format.encoding.silence(); usize::try_from(bytes).unwrap_or_default()]
    }
}

fn frames(chunk: &AudioChunk, format: CaptureFormat) -> u64 {
    (chunk.data.len() / format.bytes_per_frame().max(1)) as u64
}

/// Sends a chunk. A failure is reported by the output, and ends the sending.
async fn send<E: SttEvent>(
    mut input: SttInput<E>,
    silence: Vec<u8>,
    chunk: AudioChunk,
) -> Option<SttInput<E>> {
    if !silence.is_empty() {
        input.send(silence).await.ok()?;
    }
    input.send(chunk.data).await.ok()?;
    Some(input)
}

async fn finish<E: SttEvent>(input: SttInput<E>) -> Option<SttInput<E>> {
    // Likewise.
    _ = input.finish().await;
    None
}

/// The events of [`next_event`](Listening::next_event).
impl<E: SttEvent + 'static> Stream for Listening<E> {
    type Item = Result<ListeningEvent<E>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx).map(Result::transpose)
    }
}

impl<E: SttEvent + 'static> fmt::Debug for Listening<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening")
            .field("recorder", &self.recorder)
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}
