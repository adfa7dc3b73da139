//! A call with an agent: a question goes in at the pace of speech, the answer comes out.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example agent_call -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it calls the first agent of the account.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use cartesia::agent::{CallEvent, CallFormat, LineCallSpec};
use cartesia::tts::BytesRequest;
use cartesia::{AudioClip, Client, ModelId, RawFormat, VoiceId};

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let agents = client.agents().list().await?.data;
    let agent = agents.first().ok_or("the account has no agent")?;

    // Your microphone goes here; or, to test an agent, speech that was made for it.
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let request = BytesRequest::new(ModelId::SONIC_LATEST, voice, "A table for two?", FORMAT);
    let question = client.tts().bytes(request).await?.collect().await?;

    let spec = LineCallSpec::new(&agent.id, CallFormat::PCM_16000);
    let (mut input, mut output) = client.call_agent(spec).await?.split();
    let talk = async {
        input.send_audio(question).await?;
        // A line is never silent: the agent answers once it has heard a pause.
        let pause = FORMAT.bytes_of_duration(Duration::from_secs(2));
        let pause = vec![0; usize::try_from(pause).unwrap_or_default()];
        input.send_audio(AudioClip::new(FORMAT, pause)).await?;
        input.hang_up().await
    };
    let listen = async {
        while let Some(event) = output.next_event().await? {
            match event {
                CallEvent::Audio(audio) => play(&audio.data),
                CallEvent::Clear => println!("interrupted: what was not played yet is dropped"),
                CallEvent::TurnEnded(turn) => println!("{}: {}", turn.role, turn.text),
                CallEvent::Ended(ending) => println!("the call is over: {ending:?}"),
                _ => {}
            }
        }
        Ok(())
    };
    tokio::try_join!(talk, listen)?;
    let spoken = output.format().duration_of_bytes(output.bytes_received());
    println!("{} spoke for {:.1} s", agent.name, spoken.as_secs_f64());
    Ok(())
}

/// Here your loudspeaker goes; `output.speech(…)` is for `cartesia::Player`.
fn play(audio: &[u8]) {
    std::hint::black_box(audio);
}
