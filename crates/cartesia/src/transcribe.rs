//! Speech to text: whole files and live.

#[cfg(feature = "ws")]
use std::sync::Arc;

#[cfg(feature = "http")]
use cartesia_http::{Call, Upload};
#[cfg(feature = "ws")]
use cartesia_types::stt::{LiveEvent, LiveSpec, TurnEvent, TurnsSpec};
#[cfg(feature = "http")]
use cartesia_types::{TranscribeCompatibleRequest, TranscribeRequest, Transcription};
#[cfg(feature = "ws")]
use cartesia_ws::{Connector, SttStream};

#[cfg(feature = "ws")]
use crate::Result;

/// Speech to text; from [`Client::stt`](crate::Client::stt).
#[doc(alias = "transcription")]
#[doc(alias = "speech recognition")]
#[derive(Debug, Clone)]
pub struct Stt {
    #[cfg(feature = "http")]
    pub(crate) http: cartesia_http::Stt,
    #[cfg(feature = "ws")]
    pub(crate) ws: Arc<Connector>,
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Stt {
    /// Transcribes an audio file. `POST /stt`.
    ///
    /// The service documents flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav and webm, up to 2 GB;
    /// samples without a header need [`with_raw_pcm`](TranscribeRequest::with_raw_pcm).
    ///
    /// ```no_run
    /// use cartesia::{Client, Language, SttModelId, TranscribeRequest, http::Upload};
    ///
    /// # async fn run() -> cartesia::Result<()> {
    /// let file = Upload::from_path("meeting.mp3");
    /// let request = TranscribeRequest::new(SttModelId::INK_WHISPER, file)
    ///     .with_language(Language::EN)
    ///     .with_word_timestamps();
    /// let heard = Client::from_env()?.stt().transcribe(request).await?;
    /// println!("{}", heard.text);
    /// # Ok(())
    /// # }
    /// ```
    pub fn transcribe(&self, request: TranscribeRequest<impl Into<Upload>>) -> Call<Transcription> {
        self.http.transcribe(request)
    }

    /// Transcribes an audio file by the endpoint that is compatible with another vendor's API, for servers
    /// that have no other. `POST /audio/transcriptions`.
    ///
    /// The answer has no `type` and no request id; only the verbose format has language and duration.
    pub fn transcribe_compatible(
        &self,
        request: TranscribeCompatibleRequest<impl Into<Upload>>,
    ) -> Call<Transcription> {
        self.http.transcribe_compatible(request)
    }
}

#[cfg(feature = "ws")]
#[cfg_attr(docsrs, doc(cfg(feature = "ws")))]
impl Stt {
    /// Opens a live transcription in which the caller decides when an utterance ends. `GET /stt/websocket`.
    ///
    /// ```no_run
    /// use cartesia::stt::{LiveSpec, SttFormat};
    /// use cartesia::{AudioClip, Client, RawFormat, SttModelId};
    ///
    /// # async fn run(clip: AudioClip) -> cartesia::Result<()> {
    /// let spec = LiveSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
    /// let (mut input, output) = Client::from_env()?.stt().live(spec).await?.split();
    /// let sending = tokio::spawn(async move {
    ///     input.send_audio(clip).await?;
    ///     input.finish().await
    /// });
    /// println!("{}", output.collect_text().await?);
    /// # let _ = sending;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Connector::live`]: `InvalidRequest`, `Config`, `Connect`, `Timeout`, `Auth` and others. It does
    /// not retry.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn live(&self, spec: LiveSpec) -> Result<SttStream<LiveEvent>> {
        self.ws.live(spec).await
    }

    /// Opens a live transcription in which the service detects when a turn ends. `GET /stt/turns/websocket`.
    ///
    /// ```no_run
    /// use cartesia::stt::{SttFormat, TurnEvent, TurnsSpec};
    /// use cartesia::{Client, SttModelId};
    ///
    /// # async fn run(microphone: tokio::sync::mpsc::Receiver<Vec<u8>>) -> cartesia::Result<()> {
    /// let spec = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
    /// let (mut input, mut output) = Client::from_env()?.stt().turns(spec).await?.split();
    /// let mut microphone = microphone;
    /// tokio::spawn(async move {
    ///     while let Some(samples) = microphone.recv().await {
    ///         input.send(samples).await?;
    ///     }
    ///     input.finish().await
    /// });
    /// while let Some(event) = output.next_event().await? {
    ///     match event {
    ///         TurnEvent::Start(_) => println!("(interrupt the agent)"),
    ///         TurnEvent::End(turn) => println!("{}", turn.transcript),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Connector::turns`]: `InvalidRequest`, `Config`, `Connect`, `Timeout`, `Auth` and others. It does
    /// not retry. If the service rejects the settings later, that is the first error of the output.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn turns(&self, spec: TurnsSpec) -> Result<SttStream<TurnEvent>> {
        self.ws.turns(spec).await
    }
}
