//! Streaming text: speaks the tokens of a language model while it writes them.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example language_model_tokens -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use cartesia::{Client, ContextSpec, ModelId, RawFormat, VoiceId, tts::Event};
use futures_util::{Stream, StreamExt as _, stream};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let connection = Client::from_env()?.tts().connect().await?;

    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let format = RawFormat::PCM_S16LE_24000;
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, format).with_timestamps(true);

    // Text goes in while speech comes out: each half has a life of its own.
    let (mut input, mut output) = connection.context(spec)?.split();
    let write = async {
        // Half words, lone spaces and punctuation are all right: texts are joined as they are.
        input.push_stream(tokens()).await?;
        input.finish().await
    };
    let listen = async {
        while let Some(event) = output.next_event().await? {
            match event {
                Event::Chunk(chunk) => play(&chunk.data),
                Event::Timestamps(timestamps) => {
                    for word in timestamps.words {
                        println!("{:5.2} s  {}", word.start.as_secs_f64(), word.word);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    };
    tokio::try_join!(write, listen)?;

    let duration = format.duration_of_bytes(output.bytes_received());
    println!("{:.2} s of speech", duration.as_secs_f64());
    Ok(())
}

/// Here your language model goes: any stream of strings.
fn tokens() -> impl Stream<Item = String> {
    let tokens = "The| quick| br|own| fox| jumps| over| the| lazy| dog|.".split('|');
    stream::iter(tokens).then(|token| async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        token.to_owned()
    })
}

/// Here your loudspeaker goes; the example `websocket_to_speakers` has one.
fn play(audio: &[u8]) {
    std::hint::black_box(audio);
}
