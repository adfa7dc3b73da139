//! Voices: list them, get one, make one from a recording, and delete it again.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example voices -- --mock
//! $ cargo run -p cartesia-examples --example voices -- my-voice.wav
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. Without a recording it
//! only lists and gets; about five seconds of clear speech are enough for one.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::voice::{CloneVoiceRequest, ListVoicesRequest};
use cartesia::{Client, Language, Upload};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;

    // A list comes in pages; `items` walks through all of them.
    let english = ListVoicesRequest::new()
        .with_language(Language::EN)
        .with_limit(20);
    let mut voices = client.voices().list(english).items();
    let mut count = 0;
    while let Some(voice) = voices.next_item().await? {
        count += 1;
        println!("{}  {}", voice.id, voice.name);
    }
    println!("{count} English voices");

    let voice = client
        .voices()
        .get("a0e99841-438c-4a64-b679-ae501e7d6091")
        .await?;
    println!("{}: {}", voice.name, voice.description);

    if let Some(recording) = std::env::args_os().nth(1) {
        let request = CloneVoiceRequest::new("New Voice", Language::EN)
            .with_description("A clone of my own voice");
        let clone = client
            .voices()
            .clone_voice(Upload::from_path(recording), request)
            .await?;
        println!("made {} ({})", clone.id, clone.name);
        client.voices().delete(clone.id).await?;
        println!("and deleted it");
    }
    Ok(())
}
