//! Speech for a telephone line: µ-law at 8 kHz, in packets of 20 ms.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example telephony -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use cartesia::{Client, ContextSpec, ModelId, RawFormat, VoiceId, pcm};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let connection = Client::from_env()?.tts().connect().await?;

    // What telephones in North America and Japan speak; elsewhere it is `PCM_ALAW_8000`.
    let format = RawFormat::PCM_MULAW_8000;
    let packet = usize::try_from(format.bytes_per_second() / 50)?;
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, format);

    let text = "Thank you for calling. How may I help you?";
    let mut output = connection.context(spec)?.speak(text).await?;
    let (mut waiting, mut packets) = (Vec::new(), 0);
    while let Some(audio) = output.next_audio().await? {
        waiting.extend_from_slice(&audio);
        while waiting.len() >= packet {
            let rest = waiting.split_off(packet);
            send_to_line(&waiting);
            (waiting, packets) = (rest, packets + 1);
        }
    }
    // The last packet is filled with silence.
    let silence = vec![0; packet - waiting.len()];
    pcm::encode_i16(format.encoding, &silence, &mut waiting);
    send_to_line(&waiting);
    packets += 1;

    let duration = Duration::from_millis(20) * packets;
    println!("{packets} packets of {packet} bytes, {duration:?} of speech");
    Ok(())
}

/// Here your telephone line goes.
fn send_to_line(packet: &[u8]) {
    std::hint::black_box(packet);
}
