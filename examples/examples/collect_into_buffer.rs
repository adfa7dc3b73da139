//! All of the speech in memory: its samples, its length, and a WAV file of it.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example collect_into_buffer -- --mock hello.wav
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. Without a file name, it
//! only looks at the samples.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::tts::SseRequest;
use cartesia::{Client, ModelId, RawFormat, VoiceId};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;

    let request = SseRequest::new(
        ModelId::SONIC_LATEST,
        VoiceId::from("248be419-c632-4f23-adf1-5324ed7dbf1d"),
        "Hey there! Welcome to Cartesia",
        RawFormat::PCM_F32LE_8000,
    );
    let clip = client.tts().sse(request).await?.collect_audio().await?;

    // Of any encoding; the bytes as they came are in `clip.data()`.
    let samples = clip.samples_f32().ok_or("no samples")?;
    let peak = samples
        .iter()
        .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    println!(
        "{} samples, {:.2} s, peak {peak:.2}",
        samples.len(),
        clip.duration().as_secs_f64()
    );

    if let Some(path) = std::env::args_os().nth(1) {
        tokio::fs::write(path, clip.to_wav().ok_or("no samples")?).await?;
    }
    Ok(())
}
