//! Barge-in: a sentence is interrupted in the middle, and playback stops at once.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example cancel_midway -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. `--output FILE.wav` writes
//! the audio to a file instead of playing it.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use cartesia::audio::Event;
use cartesia::{Client, ContextSpec, ErrorKind, ModelId, RawFormat, VoiceId};

const TEXT: &str = "This is a long sentence, far longer than a listener will bear, which goes on \
                    and on about nothing in particular until it is interrupted.";

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let player = cartesia_examples::player_in_real_time()?; // in your program: `Player::open_default()?`
    let connection = client.tts().connect().await?;

    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let format = RawFormat::PCM_S16LE_24000;
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, format);

    let mut output = connection.context(spec)?.speak(TEXT).await?;
    let canceller = output.canceller(); // works from any task or thread
    let utterance = player.utterance(format)?;

    // Here the listener speaks up after one second that was heard. In a voice agent, speech to text tells.
    utterance.mark(Duration::from_secs(1), 0);
    let mut events = player.events();
    let listener = async {
        while let Some(event) = events.next_event().await {
            if matches!(event, Event::Marker { .. }) {
                break;
            }
        }
        canceller.cancel(); // the service stops generating, and billing
        player.interrupt().heard().await // and what has arrived already is not played
    };
    let speaker = async {
        loop {
            match output.next_audio().await {
                Ok(Some(audio)) => utterance.write(&audio).await?,
                Ok(None) => break, // all of it had arrived before
                Err(error) if error.kind() == ErrorKind::Cancelled => break,
                Err(error) => return Err(error),
            }
        }
        utterance.finish();
        Ok(())
    };
    let (spoken, heard) = tokio::join!(speaker, listener);
    spoken?;
    println!("{:.2} s were heard", heard.heard().as_secs_f64());

    // The connection is as good as before.
    connection.close().await;
    Ok(())
}
