//! Speech to text: whole files and live.

#[cfg(feature = "ws")]
use bytes::Bytes;
#[cfg(feature = "http")]
use cartesia_http::Upload;
#[cfg(feature = "ws")]
use cartesia_types::AudioStream;
#[cfg(feature = "ws")]
use cartesia_types::stt::{LiveEvent, LiveSpec, SttFormat, TurnEvent, TurnSettings, TurnsSpec};
#[cfg(feature = "http")]
use cartesia_types::{TranscribeCompatibleRequest, TranscribeRequest, Transcription};
#[cfg(feature = "ws")]
use cartesia_ws::{Handshake, Pace, SttEvent, SttStats};

#[cfg(feature = "http")]
use super::Call;
use super::runtime::Runtime;
#[cfg(feature = "ws")]
use crate::Result;

#[cfg(feature = "ws")]
const OPERATION: &str = "stt";

/// Speech to text; from [`Client::stt`](super::Client::stt).
#[derive(Debug, Clone)]
pub struct Stt {
    inner: crate::Stt,
    runtime: Runtime,
}

impl Stt {
    pub(super) fn new(inner: crate::Stt, runtime: Runtime) -> Self {
        Self { inner, runtime }
    }
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Stt {
    /// Transcribes an audio file. `POST /stt`.
    ///
    /// The service documents flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav and webm, up to 2 GB;
    /// samples without a header need [`with_raw_pcm`](TranscribeRequest::with_raw_pcm).
    pub fn transcribe(&self, request: TranscribeRequest<impl Into<Upload>>) -> Call<Transcription> {
        Call::new(self.inner.transcribe(request), self.runtime.clone())
    }

    /// Transcribes an audio file by the endpoint that is compatible with another vendor's API, for servers
    /// that have no other. `POST /audio/transcriptions`.
    ///
    /// The answer has no `type` and no request id; only the verbose format has language and duration.
    pub fn transcribe_compatible(
        &self,
        request: TranscribeCompatibleRequest<impl Into<Upload>>,
    ) -> Call<Transcription> {
        Call::new(
            self.inner.transcribe_compatible(request),
            self.runtime.clone(),
        )
    }
}

#[cfg(feature = "ws")]
#[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
impl Stt {
    /// Opens a live transcription in which the caller decides when an utterance ends. `GET /stt/websocket`.
    ///
    /// ```no_run
    /// use cartesia::stt::{LiveSpec, SttFormat};
    /// use cartesia::{AudioClip, SttModelId, blocking::Client};
    ///
    /// # fn run(clip: AudioClip) -> cartesia::Result<()> {
    /// let spec = LiveSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
    /// let (mut input, output) = Client::from_env()?.stt().live(spec)?.split();
    /// let sending = std::thread::spawn(move || {
    ///     input.send_audio(clip)?;
    ///     input.finish()
    /// });
    /// println!("{}", output.collect_text()?);
    /// # let _ = sending;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Connector::live`](cartesia_ws::Connector::live): `InvalidRequest`, `Config`, `Connect`,
    /// `Timeout`, `Auth` and others. It does not retry. `Config` also in async code.
    pub fn live(&self, spec: LiveSpec) -> Result<SttStream<LiveEvent>> {
        let inner = self.runtime.wait(OPERATION, self.inner.live(spec))?;
        Ok(SttStream {
            inner,
            runtime: self.runtime.clone(),
        })
    }

    /// Opens a live transcription in which the service detects when a turn ends. `GET /stt/turns/websocket`.
    ///
    /// # Errors
    ///
    /// As [`Connector::turns`](cartesia_ws::Connector::turns): `InvalidRequest`, `Config`, `Connect`,
    /// `Timeout`, `Auth` and others. It does not retry. If the service rejects the settings later, that is
    /// the first error of the output. `Config` also in async code.
    pub fn turns(&self, spec: TurnsSpec) -> Result<SttStream<TurnEvent>> {
        let inner = self.runtime.wait(OPERATION, self.inner.turns(spec))?;
        Ok(SttStream {
            inner,
            runtime: self.runtime.clone(),
        })
    }
}

/// A live transcription: streaming audio in, text out.
///
/// A lost connection is re-established, and the audio that no final text covers is sent again. Times
/// continue. Where audio could not be sent again, a [`Gap`](crate::stt::Gap) marks the place.
#[cfg(feature = "ws")]
#[derive(Debug)]
#[must_use = "dropping a transcription cancels it"]
pub struct SttStream<E: SttEvent> {
    inner: cartesia_ws::SttStream<E>,
    runtime: Runtime,
}

#[cfg(feature = "ws")]
impl<E: SttEvent> SttStream<E> {
    /// Splits it into its two halves, which can be used in different threads.
    pub fn split(self) -> (SttInput<E>, SttOutput<E>) {
        let (input, output) = self.inner.split();
        let input = SttInput {
            inner: input,
            runtime: self.runtime.clone(),
        };
        let output = SttOutput {
            inner: output,
            over: false,
            runtime: self.runtime,
        };
        (input, output)
    }

    /// Returns the service's answer to the opening of the current connection, or else of the last one.
    pub fn handshake(&self) -> Option<Handshake> {
        self.inner.handshake()
    }

    #[cfg(feature = "playback")]
    pub(super) fn into_parts(self) -> (cartesia_ws::SttStream<E>, Runtime) {
        (self.inner, self.runtime)
    }
}

/// The writing half of a live transcription: takes the audio.
///
/// Dropping it completes the audio, like [`finish`](Self::finish): the audio sent so far is transcribed. To
/// stop instead, drop the [`SttOutput`].
#[cfg(feature = "ws")]
#[derive(Debug)]
pub struct SttInput<E: SttEvent> {
    inner: cartesia_ws::SttInput<E>,
    runtime: Runtime,
}

#[cfg(feature = "ws")]
impl<E: SttEvent> SttInput<E> {
    /// Returns the format of the audio.
    pub fn format(&self) -> SttFormat {
        self.inner.format()
    }

    /// Sets the rate of [`send_audio`](Self::send_audio); real time by default.
    pub fn set_pace(&mut self, pace: Pace) {
        self.inner.set_pace(pace);
    }

    /// Sends samples as they arrive, for example from a microphone. They may be cut anywhere. Waits while the
    /// connection cannot take more (back-pressure).
    ///
    /// # Errors
    ///
    /// The error with which the transcription ended, which its [`SttOutput`] reports as well. And `Config`
    /// in async code, where nothing was sent.
    pub fn send(&mut self, samples: impl Into<Bytes>) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.send(samples))
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
        samples.into_iter().try_for_each(|piece| self.send(piece))
    }

    /// Sends a clip, a file or synthesized speech, in real time or at the rate of
    /// [`set_pace`](Self::set_pace). Of a WAV file, only the samples are sent.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when the audio is not in the [`format`](Self::format) of the transcription; that of
    /// the audio itself; otherwise as [`send`](Self::send).
    pub fn send_audio(&mut self, audio: impl AudioStream) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.send_audio(audio))
    }

    /// Completes the audio: everything that was sent is transcribed, and the output ends.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn finish(self) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.finish())
    }
}

#[cfg(feature = "ws")]
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
    pub fn finalize(&mut self) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.finalize())
    }
}

#[cfg(feature = "ws")]
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
    pub fn configure(&mut self, turn: TurnSettings) -> Result<()> {
        self.runtime.wait(OPERATION, self.inner.configure(turn))
    }
}

/// The reading half of a live transcription: an iterator over its events.
///
/// It ends exactly once: when everything was transcribed, or with one error; `None` follows. Dropping it
/// earlier cancels the transcription.
#[cfg(feature = "ws")]
#[derive(Debug)]
#[must_use = "events are not received unless they are read"]
pub struct SttOutput<E: SttEvent> {
    inner: cartesia_ws::SttOutput<E>,
    /// Whether the iterator has ended. The refusal in async code ends it, too: a loop that skips errors
    /// would never end.
    over: bool,
    runtime: Runtime,
}

#[cfg(feature = "ws")]
impl<E: SttEvent> SttOutput<E> {
    /// Returns the next event; `None` after the last one or an error.
    ///
    /// # Errors
    ///
    /// As [`cartesia_ws::SttOutput::next_event`]: `Incomplete`, `Closed`, `Timeout`, `SlowConsumer`,
    /// `Decode`, errors that the service reports, and errors of reconnecting. And `Config` in async code,
    /// after which the output can still be used.
    pub fn next_event(&mut self) -> Result<Option<E>> {
        self.runtime.wait(OPERATION, self.inner.next_event())
    }

    /// Returns the counters and gauges of the transcription.
    pub fn stats(&self) -> SttStats {
        self.inner.stats()
    }

    /// Returns the service's answer to the opening of the current connection, or else of the last one.
    pub fn handshake(&self) -> Option<Handshake> {
        self.inner.handshake()
    }
}

#[cfg(feature = "ws")]
impl SttOutput<LiveEvent> {
    /// Collects the whole text.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event), and `Incomplete` when words may be missing because not all audio
    /// could be sent again after a lost connection. Data that arrived before the error is dropped; read event
    /// by event to keep it.
    pub fn collect_text(self) -> Result<String> {
        self.runtime.wait(OPERATION, self.inner.collect_text())
    }
}

#[cfg(feature = "ws")]
impl<E: SttEvent> Iterator for SttOutput<E> {
    type Item = Result<E>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.next_event().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}
