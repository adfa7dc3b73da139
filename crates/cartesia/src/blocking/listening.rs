//! The microphone, transcribed live.

use cartesia_audio::Recorder;
use cartesia_ws::SttEvent;

use super::SttStream;
use super::runtime::Runtime;
use crate::{ListeningEvent, Result};

const OPERATION: &str = "listening";

/// A microphone that is transcribed live: loudness, and text. An iterator over both.
///
/// It sends the recorded audio and reads the service's events, both within [`next_event`](Self::next_event).
/// Audio that the recorder lost is replaced by silence (up to 5 s at once), so that times stay those of the
/// microphone.
///
/// ```no_run
/// use cartesia::audio::Recorder;
/// use cartesia::blocking::{Client, Listening};
/// use cartesia::stt::{SttFormat, TurnEvent, TurnsSpec};
/// use cartesia::{ListeningEvent, SttModelId};
///
/// # fn run() -> cartesia::Result<()> {
/// let spec = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
/// let stream = Client::from_env()?.stt().turns(spec)?;
/// for event in Listening::new(Recorder::open_default()?, stream)? {
///     if let ListeningEvent::Speech(TurnEvent::End(turn)) = event? {
///         println!("{}", turn.transcript);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "the microphone is not processed unless events are read"]
pub struct Listening<E: SttEvent + 'static> {
    inner: crate::Listening<E>,
    over: bool,
    runtime: Runtime,
}

impl<E: SttEvent + 'static> Listening<E> {
    /// Connects a recorder and a transcription.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when the format of the recorder is not that of the transcription.
    pub fn new(recorder: Recorder, stream: SttStream<E>) -> Result<Self> {
        let (stream, runtime) = stream.into_parts();
        Ok(Self {
            inner: crate::Listening::new(recorder, stream)?,
            over: false,
            runtime,
        })
    }

    /// Sends silence while `is_open` returns `false`; it is called for every chunk of the recorder. So the
    /// service does not hear what the speakers play; see
    /// [`Conversation::gate`](crate::conversation::Conversation::gate). Levels are always those of the
    /// microphone.
    pub fn with_gate(mut self, is_open: impl Fn() -> bool + Send + 'static) -> Self {
        self.inner = self.inner.with_gate(is_open);
        self
    }

    /// Returns the next event; `None` after the last one or an error.
    ///
    /// After [`stop`](Self::stop), or when the microphone is lost for good, it still returns the last words.
    ///
    /// # Errors
    ///
    /// As [`SttOutput::next_event`](super::SttOutput::next_event).
    pub fn next_event(&mut self) -> Result<Option<ListeningEvent<E>>> {
        self.runtime.wait(OPERATION, self.inner.next_event())
    }

    /// Stops recording. Audio recorded so far is still transcribed; then the events end.
    ///
    /// A loop over the events cannot call it: [`Recorder::stopper`] gives a handle that does the same from
    /// another thread or task.
    pub fn stop(&self) {
        self.inner.stop();
    }

    /// Returns the recorder, for its counters and device events.
    pub fn recorder(&self) -> &Recorder {
        self.inner.recorder()
    }
}

impl<E: SttEvent + 'static> Iterator for Listening<E> {
    type Item = Result<ListeningEvent<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.next_event().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}
