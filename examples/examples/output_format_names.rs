//! Formats by the names that the Python 1.0 client gave them, new ones and deprecated ones.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example output_format_names -- --mock fp32_8000
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. Without a name, it takes
//! `raw_pcm_f32le_44100`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::tts::SseRequest;
use cartesia::{Client, FormatName, ModelId, VoiceId};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;

    // A name that does not exist is an error that lists those that do.
    let argument = std::env::args().nth(1);
    let name: FormatName = argument
        .as_deref()
        .unwrap_or("raw_pcm_f32le_44100")
        .parse()
        .map_err(|unknown| format!("{unknown}"))?;
    if let Some(replacement) = name.replacement() {
        println!("{name} is deprecated: {replacement} is the same");
    }

    let request = SseRequest::new(
        ModelId::SONIC_LATEST,
        VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091"),
        "Hello! Welcome to Cartesia",
        name.format(),
    );
    let clip = client.tts().sse(request).await?.collect_audio().await?;
    println!("{} bytes of {:?}", clip.data().len(), name.format());
    Ok(())
}
