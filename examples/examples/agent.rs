//! A voice agent: turns of a user come in, a model replies, and the user interrupts a reply (barge-in).
//!
//! ```console
//! $ cargo run -p cartesia-examples --example agent -- --mock
//! ```
//!
//! Without `--mock` it uses the service, with the key in `CARTESIA_API_KEY`. `--output FILE.wav` writes
//! the audio to a file instead of playing it.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use cartesia::conversation::{Conversation, Message, Model, Reply};
use cartesia::stt::{SttNotice, TurnEvent, TurnText};
use cartesia::{Client, ContextSpec, ModelId, RawFormat, VoiceId};
use futures_util::stream;

/// Here your language model goes: give it the history, and return its tokens as they arrive.
struct Parrot;

impl Model for Parrot {
    fn reply(&mut self, history: &[Message]) -> Reply {
        let said = history.last().map_or("nothing", |message| &message.text);
        let reply =
            format!("You said: {said} That is all I know, but I can say it at great length.");
        let tokens: Vec<_> = reply.split_inclusive(' ').map(str::to_owned).collect();
        Box::pin(stream::iter(tokens))
    }
}

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let player = cartesia_examples::player_in_real_time()?; // in your program: `Player::open_default()?`
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
    let speech = client.speech(&player, spec).await?;

    let mut conversation = Conversation::new(speech, Parrot).full_duplex();
    // Here the turns of speech to text go: `conversation.run(turns)` takes them from their stream.
    conversation
        .on_event(end_of_turn("Tell me something."))
        .await?;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    conversation
        .on_event(TurnEvent::Start(SttNotice::default()))
        .await?;
    conversation.on_event(end_of_turn("Stop.")).await?;
    conversation.run(stream::empty()).await?;

    for message in conversation.history() {
        println!("{:?}: {}", message.role, message.text);
    }
    Ok(())
}

fn end_of_turn(transcript: &str) -> TurnEvent {
    let mut text = TurnText::default();
    transcript.clone_into(&mut text.transcript);
    TurnEvent::End(text)
}
