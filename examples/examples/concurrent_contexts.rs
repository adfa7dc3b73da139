//! Many voices at the same time, on one connection.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example concurrent_contexts -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. The plan limits
//! how many contexts may run at once; those that are rejected wait and are retried.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::{AudioClip, Client, ContextSpec, ModelId, RawFormat, TtsConnection, VoiceId};
use futures_util::future::try_join_all;

const LINES: [(&str, &str); 3] = [
    (
        "alice",
        "Would you tell me, please, which way I ought to go from here?",
    ),
    (
        "cat",
        "That depends a good deal on where you want to get to.",
    ),
    ("alice", "I don't much care where."),
];

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let connection = Client::from_env()?.tts().connect().await?;

    // All are generated at once, and each comes out of its own output, whole and in order.
    let clips = try_join_all(LINES.map(|(who, text)| speak(&connection, who, text))).await?;
    for ((who, text), clip) in LINES.iter().zip(&clips) {
        println!("{:5.2} s  {who}: {text}", clip.duration().as_secs_f64());
    }
    println!("connections made: {}", connection.stats().connections);

    connection.close().await;
    Ok(())
}

async fn speak(connection: &TtsConnection, who: &str, text: &str) -> cartesia::Result<AudioClip> {
    let voice = VoiceId::from(match who {
        "alice" => "248be419-c632-4f23-adf1-5324ed7dbf1d",
        _ => "a0e99841-438c-4a64-b679-ae501e7d6091",
    });
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
    let output = connection.context(spec)?.speak(text).await?;
    output.collect_audio().await
}
