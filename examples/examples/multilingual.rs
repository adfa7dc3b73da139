//! Plays several languages in one voice.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example multilingual -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. `--output FILE.wav` writes
//! the audio to a file instead of playing it.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::tts::SseRequest;
use cartesia::{Client, Language, ModelId, RawFormat, VoiceId};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let player = cartesia_examples::player()?; // in your program: `Player::open_default()?`

    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let format = RawFormat::PCM_F32LE_44100;
    let greetings = [
        (Language::ES, "Hola! Bienvenido a Cartesia"),
        (Language::FR, "Bonjour! Bienvenue chez Cartesia"),
        // Any code works, also one that this SDK has no name for yet.
        (Language::from("de"), "Hallo! Willkommen bei Cartesia"),
    ];

    for (language, text) in greetings {
        let request = SseRequest::new(ModelId::SONIC_LATEST, &voice, text, format)
            .with_language(language.clone());
        let mut stream = client.tts().sse(request).await?;
        // What is written after it follows without a gap, so there is no need to wait for its end.
        let utterance = player.utterance(format)?;
        while let Some(audio) = stream.next_audio().await? {
            utterance.write(&audio).await?;
        }
        utterance.finish();
        println!("{language}: {text}");
    }

    player.drained().await;
    Ok(())
}
