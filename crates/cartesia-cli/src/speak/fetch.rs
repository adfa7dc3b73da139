//! Synthesis by each transport, with the same output for all.

#[cfg(feature = "playback")]
use cartesia::ContextSpec;
use cartesia::tts::{BytesRequest, GenerationConfig, SseRequest};
use cartesia::{
    Buffering, Client, ContextInput, ContextOutput, GenerationRequest, TtsConnection, VoiceId,
};

use super::estimate;
use super::format::Plan;
use super::outlet::Outlet;
use super::text::{Pieces, Text};
use crate::args::{Speak, Transport};
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::text::split_before;

/// Bytes of text in one message of a WebSocket.
pub(super) const MESSAGE: usize = 4 * 1024;

/// Copies the flags that are fields of a request.
macro_rules! set_fields {
    ($request:ident, $speak:expr) => {{
        let speak: &Speak = $speak;
        $request.language.clone_from(&speak.language);
        $request.locale.clone_from(&speak.locale);
        $request
            .pronunciation_dict_id
            .clone_from(&speak.pronunciation_dict);
        if speak.speed.is_some() || speak.volume.is_some() || speak.emotion.is_some() {
            let mut config = GenerationConfig::new();
            config.speed = speak.speed;
            config.volume = speak.volume;
            config.emotion.clone_from(&speak.emotion);
            $request.generation_config = Some(config);
        }
    }};
}

/// The settings of a context on a WebSocket.
#[cfg(feature = "playback")]
pub(super) fn spec(speak: &Speak, plan: &Plan, voice: VoiceId) -> ContextSpec {
    GenerationRequest::from(events_request(speak, plan, voice, String::new())).context
}

fn events_request(speak: &Speak, plan: &Plan, voice: VoiceId, text: String) -> SseRequest {
    let (model, format) = (speak.model.clone().unwrap_or_default(), plan.raw());
    let mut request = SseRequest::new(model, voice, text, format);
    set_fields!(request, speak);
    if speak.subtitles.is_some() {
        request = request.with_timestamps(true);
    }
    request
}

/// One synthesis.
pub(super) struct Fetch<'a> {
    client: &'a Client,
    global: &'a Global,
    speak: &'a Speak,
    plan: &'a Plan,
    voice: VoiceId,
    /// The request id of the response, or of the handshake.
    request_id: Option<String>,
    connection: Option<TtsConnection>,
}

impl<'a> Fetch<'a> {
    pub(super) fn new(
        client: &'a Client,
        global: &'a Global,
        speak: &'a Speak,
        plan: &'a Plan,
        voice: VoiceId,
    ) -> Self {
        Self {
            client,
            global,
            speak,
            plan,
            voice,
            request_id: None,
            connection: None,
        }
    }

    /// Speaks the text, and writes the audio as it arrives.
    pub(super) async fn run(&mut self, text: Text, outlet: &mut Outlet) -> Result<(), Failure> {
        match (self.plan.transport, text) {
            (Transport::Ws, Text::Whole(text)) if text.len() <= MESSAGE => {
                let connection = self.connect().await?;
                let request = GenerationRequest::from(self.events_request(text));
                let output = connection.send(request).await?;
                read(output, outlet).await
            }
            (Transport::Ws, Text::Whole(text)) => {
                let (input, output) = self.context().await?;
                tokio::try_join!(read(output, outlet), write_whole(input, &text))?;
                Ok(())
            }
            (Transport::Ws, Text::Streamed(mut pieces)) => {
                let (input, output) = self.context().await?;
                // The output comes first: when either fails, dropping it cancels the context before the input
                // finishes it.
                tokio::try_join!(read(output, outlet), write(input, &mut pieces))?;
                if pieces.is_cut() {
                    return Err(estimate::too_long());
                }
                Ok(())
            }
            (Transport::Sse, text) => self.by_events(text.whole().await?, outlet).await,
            (Transport::Bytes, text) => self.by_bytes(text.whole().await?, outlet).await,
        }
    }

    fn events_request(&self, text: String) -> SseRequest {
        events_request(self.speak, self.plan, self.voice.clone(), text)
    }

    /// A context for text in pieces, which are cut anywhere: the service gathers them.
    async fn context(&mut self) -> Result<(ContextInput, ContextOutput), Failure> {
        let connection = self.connect().await?;
        let request = GenerationRequest::from(self.events_request(String::new()));
        let spec = request.context.with_buffering(Buffering::default());
        Ok(connection.context(spec)?.split())
    }

    async fn connect(&mut self) -> Result<TtsConnection, Failure> {
        let connection = self.client.tts().connect().await?;
        self.connection = Some(connection.clone());
        let handshake = connection.handshake();
        self.request_id = handshake.and_then(|it| it.request_id().map(str::to_owned));
        Ok(connection)
    }

    async fn by_events(&mut self, text: String, outlet: &mut Outlet) -> Result<(), Failure> {
        let call = self.client.tts().sse(self.events_request(text));
        let mut stream = with_timeout!(call, self.global).await?;
        self.request_id = stream.info().request_id().map(str::to_owned);
        while let Some(event) = stream.next_event().await? {
            outlet.take(event).await?;
        }
        Ok(())
    }

    async fn by_bytes(&mut self, text: String, outlet: &mut Outlet) -> Result<(), Failure> {
        let (model, format) = (
            self.speak.model.clone().unwrap_or_default(),
            self.plan.format,
        );
        let mut request = BytesRequest::new(model, self.voice.clone(), text, format);
        set_fields!(request, self.speak);
        let mut body = with_timeout!(self.client.tts().bytes(request), self.global).await?;
        self.request_id = body.info().request_id().map(str::to_owned);
        while let Some(audio) = body.next_chunk().await? {
            outlet.write(&audio).await?;
        }
        Ok(())
    }

    /// Closes the connection, so that the service learns of a cancelled context, and returns the request
    /// id.
    pub(super) async fn finish(self) -> Option<String> {
        if let Some(connection) = self.connection {
            connection.close().await;
        }
        self.request_id
    }
}

/// Sends the text as it arrives.
async fn write(mut input: ContextInput, pieces: &mut Pieces) -> Result<(), Failure> {
    while let Some(piece) = pieces.next().await? {
        if input.push(piece).await.is_err() {
            // The output returns the error, after the audio before it.
            return Ok(());
        }
    }
    // Likewise.
    let _ = input.finish().await;
    Ok(())
}

/// Sends a text that is too long for one message.
async fn write_whole(mut input: ContextInput, text: &str) -> Result<(), Failure> {
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = split_before(rest, MESSAGE);
        if input.push(piece.to_owned()).await.is_err() {
            // The output returns the error, after the audio before it.
            return Ok(());
        }
        rest = after;
    }
    // Likewise.
    let _ = input.finish().await;
    Ok(())
}

async fn read(mut output: ContextOutput, outlet: &mut Outlet) -> Result<(), Failure> {
    while let Some(event) = output.next_event().await? {
        outlet.take(event).await?;
    }
    Ok(())
}
