//! Voice embeddings of the first API version: `voice["embedding"]`,
//! `voices.clone(filepath=…)`, `voices.create(…, embedding=…)` and `voice_embedding=…` of the Python 1.0
//! client.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example voice_embeddings -- --mock my-voice.wav
//! ```
//!
//! The public service switched embeddings off on 2026-06-01, for all versions, so without `--mock` set
//! `CARTESIA_BASE_URL` to a server that still has them. New programs name a voice by its id; see the
//! example `voices`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::tts::SseRequest;
use cartesia::voice::legacy::CreateVoiceRequest;
use cartesia::{ApiVersion, ClientBuilder, ModelId, RawFormat, Upload};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = ClientBuilder::from_env()?
        .api_version(ApiVersion::V2024_06_10)
        .build()?;
    let player = cartesia_examples::player()?; // in your program: `Player::open_default()?`

    let voice = client
        .voices()
        .get("a0e99841-438c-4a64-b679-ae501e7d6091")
        .await?;
    let mut embedding = voice.embedding.ok_or("the server has no embeddings")?;
    println!("{} is {} numbers", voice.name, embedding.as_slice().len());

    if let Some(recording) = std::env::args_os().nth(1) {
        let legacy = client.voices().legacy();
        let clip = Upload::from_path(recording);
        embedding = legacy.clone_clip(clip, true).await?;
        let request =
            CreateVoiceRequest::new("New Voice", "A clone of my own voice", embedding.clone());
        let made = legacy.create(request).await?;
        println!("made {}", made.name);
    }

    let format = RawFormat::PCM_F32LE_44100;
    let text = "Hello! Welcome to Cartesia";
    let request = SseRequest::new(ModelId::SONIC_ENGLISH, embedding, text, format);
    let mut stream = client.tts().sse(request).await?;
    let utterance = player.utterance(format)?;
    while let Some(audio) = stream.next_audio().await? {
        utterance.write(&audio).await?;
    }
    let report = utterance.finished().await;
    println!("{:.2} s heard", report.heard.as_secs_f64());
    Ok(())
}
