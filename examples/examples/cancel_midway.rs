//! Barge-in: somebody speaks up in the middle of a sentence, and silence follows at once.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example cancel_midway -- --mock
//! ```
//!
//! Without `--mock` it asks the service, with the key in `CARTESIA_API_KEY`. `--output FILE.wav` writes
//! what would be heard.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::{Client, ContextSpec, ErrorKind, ModelId, RawFormat, VoiceId};

const TEXT: &str = "This is a long sentence, far longer than anybody will listen to, which goes on \
                    and on about nothing in particular until somebody says that it is enough.";

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let player = cartesia_examples::player()?; // in your program: `Player::open_default()?`
    let connection = client.tts().connect().await?;

    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let format = RawFormat::PCM_S16LE_24000;
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, format);

    let mut output = connection.context(spec)?.speak(TEXT).await?;
    let canceller = output.canceller(); // works from any task or thread
    let utterance = player.utterance(format)?;
    loop {
        match output.next_audio().await {
            Ok(Some(audio)) => utterance.write(&audio).await?,
            Ok(None) => return Err("too late: everything was said".into()),
            Err(error) if error.kind() == ErrorKind::Cancelled => break,
            Err(error) => return Err(error.into()),
        }
        // Here the listener speaks up after a second. In a voice agent, speech to text tells.
        if format.duration_of_bytes(output.bytes_received()).as_secs() >= 1 {
            canceller.cancel(); // the service stops generating, and billing
            let heard = player.interrupt().heard().await; // nor is played what has arrived
            println!("{:.2} s were heard", heard.heard().as_secs_f64());
        }
    }

    // The connection is as good as before.
    connection.close().await;
    Ok(())
}
