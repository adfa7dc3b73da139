//! What programs with the synchronous client of Python did, as programs with this one: as short, and at
//! the API version of that time.

use std::io::Write as _;

use cartesia::blocking::Client;
use cartesia::tts::{Event, SseRequest};
use cartesia::voice::ListVoicesRequest;
use cartesia::voice::legacy::CreateVoiceRequest;
use cartesia::{ApiVersion, ErrorKind, Language, ModelId, RawFormat, Result, Upload, Voice};

use super::{server, within};
use crate::VOICE;

/// Does this with a client of the first version.
fn then(work: fn(&Client) -> Result<()>) {
    within(move || {
        let server = server();
        let client = Client::builder()
            .api_key("sk_canary")
            .base_url(server.url())
            .api_version(ApiVersion::V2024_06_10)
            .build()
            .unwrap();
        work(&client).unwrap();
    });
}

fn request(voice: &Voice, text: &str) -> SseRequest {
    let embedding = voice.embedding.clone().unwrap();
    SseRequest::new(
        ModelId::SONIC_ENGLISH,
        embedding,
        text,
        RawFormat::PCM_F32LE_44100,
    )
}

#[test]
fn voices() {
    then(|client| {
        let voices = client.voices().list(ListVoicesRequest::new()).wait()?;
        assert!(voices.data.len() > 2);

        let voice = client.voices().get(VOICE).wait()?;
        assert!(voice.embedding.is_some());

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voice.wav");
        client
            .tts()
            .sse(request(&voice, "Myself"))
            .wait()?
            .save_wav(&path)?;
        let embedding = client
            .voices()
            .legacy()
            .clone_clip(Upload::from_path(&path), true)
            .wait()?;
        let new =
            CreateVoiceRequest::new("New Voice", "A clone of my own voice", embedding.clone());
        let new = client.voices().legacy().create(new).wait()?;
        assert_eq!(
            client.voices().get(&new.id).wait()?.embedding,
            Some(embedding)
        );
        Ok(())
    });
}

#[test]
fn events() {
    then(|client| {
        let voice = client.voices().get(VOICE).wait()?;
        let format = client.tts().output_format("raw_pcm_f32le_44100")?;
        assert_eq!(client.tts().sample_rate("raw_pcm_f32le_44100")?, 44_100);
        let mut request = request(&voice, "Hello! Welcome to Cartesia");
        request.output_format = format;
        let mut audio = Vec::new();
        for event in client.tts().sse(request.clone()).wait()? {
            if let Event::Chunk(chunk) = event? {
                audio.write_all(&chunk.data).unwrap();
            }
        }
        let clip = client.tts().sse(request).wait()?.collect_audio()?;
        assert!(audio == clip.data()[..] && !audio.is_empty());
        Ok(())
    });
}

#[test]
fn other_languages() {
    then(|client| {
        let voice = client.voices().get(VOICE).wait()?;
        let mut request =
            request(&voice, "Hola! Bienvenido a Cartesia").with_language(Language::ES);
        request.model_id = ModelId::SONIC_MULTILINGUAL;
        assert!(
            !client
                .tts()
                .sse(request)
                .wait()?
                .collect_audio()?
                .data()
                .is_empty()
        );
        Ok(())
    });
}

#[cfg(feature = "ws")]
#[test]
fn a_web_socket() {
    use cartesia::{ContextSpec, GenerationRequest};
    then(|client| {
        let voice = client.voices().get(VOICE).wait()?;
        let embedding = voice.embedding.unwrap();
        let connection = client.tts().connect()?;
        let spec = ContextSpec::new(
            ModelId::SONIC_ENGLISH,
            embedding,
            RawFormat::PCM_F32LE_22050,
        );
        let mut audio = Vec::new();
        for event in connection.send(GenerationRequest::new(spec, "Hello! Welcome to Cartesia"))? {
            if let Event::Chunk(chunk) = event? {
                audio.write_all(&chunk.data).unwrap();
            }
        }
        assert!(!audio.is_empty());
        connection.close()
    });
}

/// A closed client is one that was dropped; what it gave out goes on.
#[test]
fn a_client_for_a_block() {
    within(|| {
        let server = server();
        let voices = {
            let client = super::client(&server);
            client.voices()
        };
        let error = voices.get("none").wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    });
}
