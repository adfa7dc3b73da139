//! Plays speech while it is generated, over server-sent events.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example sse_to_speakers -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. `--output FILE.wav` writes
//! the audio to a file instead of playing it.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::tts::SseRequest;
use cartesia::{Client, ModelId, RawFormat};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let player = cartesia_examples::player()?; // in your program: `Player::open_default()?`

    let voice = client
        .voices()
        .get("a0e99841-438c-4a64-b679-ae501e7d6091")
        .await?;
    let format = RawFormat::PCM_F32LE_44100;
    let request = SseRequest::new(
        ModelId::SONIC_LATEST,
        &voice,
        "Hello! Welcome to Cartesia",
        format,
    );

    let utterance = player.utterance(format)?;
    let mut stream = client.tts().sse(request).await?;
    while let Some(audio) = stream.next_audio().await? {
        utterance.write(&audio).await?;
    }
    // The stream is over when everything has arrived; this waits until it was heard as well.
    let report = utterance.finished().await;

    let seconds = report.heard.as_secs_f64();
    println!(
        "{}: {seconds:.2} s heard, {} gaps",
        voice.name, report.underruns
    );
    Ok(())
}
