//! How a text becomes audio, by each transport. The audio of all of them goes into one place.

use cartesia::tts::{BytesRequest, SseRequest};
use cartesia::{
    Buffering, Client, ContextInput, ContextOutput, GenerationRequest, TtsConnection, VoiceId,
};

use super::format::Plan;
use super::outlet::Outlet;
use super::text::{Pieces, Text};
use crate::args::{Global, Speak, Transport};
use crate::connect::with_timeout;
use crate::failure::Failure;

/// One synthesis.
pub(super) struct Fetch<'a> {
    client: &'a Client,
    global: &'a Global,
    speak: &'a Speak,
    plan: &'a Plan,
    voice: VoiceId,
    /// Of the response, or of the handshake.
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

    /// Speaks the text, and writes the audio as it comes.
    pub(super) async fn run(&mut self, text: Text, outlet: &mut Outlet) -> Result<(), Failure> {
        match (self.plan.transport, text) {
            (Transport::Ws, Text::Whole(text)) => {
                let connection = self.connect().await?;
                let request = GenerationRequest::from(self.events_request(text));
                let output = connection.send(request).await?;
                read(output, outlet).await
            }
            (Transport::Ws, Text::Streamed(pieces)) => {
                let connection = self.connect().await?;
                let request = GenerationRequest::from(self.events_request(String::new()));
                // Pieces are cut anywhere: the service gathers them.
                let spec = request.context.with_buffering(Buffering::default());
                let (input, output) = connection.context(spec)?.split();
                // The output comes first: whatever ends them both, its drop cancels before the other finishes.
                tokio::try_join!(read(output, outlet), write(input, pieces))?;
                Ok(())
            }
            (Transport::Sse, text) => self.by_events(text.whole().await?, outlet).await,
            (Transport::Bytes, text) => self.by_bytes(text.whole().await?, outlet).await,
        }
    }

    fn events_request(&self, text: String) -> SseRequest {
        let (model, format) = (self.speak.model.clone(), self.plan.raw());
        let mut request = SseRequest::new(model, self.voice.clone(), text, format);
        request.language.clone_from(&self.speak.language);
        request
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
        while let Some(audio) = stream.next_audio().await? {
            outlet.write(&audio).await?;
        }
        Ok(())
    }

    async fn by_bytes(&mut self, text: String, outlet: &mut Outlet) -> Result<(), Failure> {
        let (model, format) = (self.speak.model.clone(), self.plan.format);
        let mut request = BytesRequest::new(model, self.voice.clone(), text, format);
        request.language.clone_from(&self.speak.language);
        let mut body = with_timeout!(self.client.tts().bytes(request), self.global).await?;
        self.request_id = body.info().request_id().map(str::to_owned);
        while let Some(audio) = body.next_chunk().await? {
            outlet.write(&audio).await?;
        }
        Ok(())
    }

    /// Ends whatever is open, so that the service hears of a cancelled context, and gives the request
    /// id.
    pub(super) async fn finish(self) -> Option<String> {
        if let Some(connection) = self.connection {
            connection.close().await;
        }
        self.request_id
    }
}

/// Gives the text as it comes.
async fn write(mut input: ContextInput, mut pieces: Pieces) -> Result<(), Failure> {
    while let Some(piece) = pieces.next().await? {
        if input.push(piece).await.is_err() {
            // The output says what went wrong, after the audio that came before it.
            return Ok(());
        }
    }
    // Likewise.
    let _ = input.finish().await;
    Ok(())
}

async fn read(mut output: ContextOutput, outlet: &mut Outlet) -> Result<(), Failure> {
    while let Some(audio) = output.next_audio().await? {
        outlet.write(&audio).await?;
    }
    Ok(())
}
