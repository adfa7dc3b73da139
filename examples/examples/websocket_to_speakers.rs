//! Plays speech over a WebSocket, which stays open for later texts.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example websocket_to_speakers -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. `--output FILE.wav` writes
//! the audio to a file instead of playing it.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::{Client, ContextSpec, ModelId, RawFormat, VoiceId};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let player = cartesia_examples::player()?; // in your program: `Player::open_default()?`

    // Connecting costs a few round trips. Do it once, before anybody waits for a voice.
    let connection = client.tts().connect().await?;

    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let format = RawFormat::PCM_F32LE_22050;
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, format);

    for text in [
        "Hello! Welcome to Cartesia.",
        "The second sentence comes sooner.",
    ] {
        let mut output = connection.context(spec.clone())?.speak(text).await?;
        let utterance = player.utterance(format)?;
        while let Some(audio) = output.next_audio().await? {
            utterance.write(&audio).await?;
        }
        let report = utterance.finished().await;
        println!("{:.2} s heard: {text}", report.heard.as_secs_f64());
    }

    connection.close().await;
    Ok(())
}
