//! Live transcription: a file is sent in real time, like a microphone, and words come back.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example live_transcription -- --mock
//! $ cargo run -p cartesia-examples --example live_transcription -- meeting.wav
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. Without a file, it
//! synthesizes a sentence first. A file must be a WAV file with one channel of 16-bit, 32-bit float or G.711
//! samples.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::stt::{LiveEvent, LiveSpec};
use cartesia::tts::BytesRequest;
use cartesia::{AudioClip, Client, RawFormat, SttModelId, VoiceId, WavFormat};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;

    let format = WavFormat::from(RawFormat::PCM_S16LE_16000);
    let clip = if let Some(path) = std::env::args_os().nth(1) {
        AudioClip::new(format, std::fs::read(path)?)
    } else {
        let text = "Good morning! How are you?";
        let request = BytesRequest::new("sonic-3", VoiceId::DEFAULT, text, format);
        client.tts().bytes(request).await?.collect().await?
    };
    let (format, _) = clip
        .pcm()
        .ok_or("this WAV file cannot be transcribed live")?;

    let spec = LiveSpec::new(SttModelId::INK_2, format);
    let (mut input, mut output) = client.stt().live(spec).await?.split();
    let sending = async {
        input.send_audio(clip).await?; // in real time; `set_pace` makes it faster
        input.finish().await
    };
    let printing = async {
        while let Some(event) = output.next_event().await? {
            match event {
                LiveEvent::Transcript(segment) if segment.is_final => {
                    println!("{}", segment.text.trim_start());
                }
                LiveEvent::Transcript(guess) => println!("… {}", guess.text.trim_start()),
                LiveEvent::Gap(gap) => println!("(lost from {:?} to {:?})", gap.start, gap.end),
                _ => {}
            }
        }
        cartesia::Result::Ok(())
    };
    tokio::try_join!(sending, printing)?;
    Ok(())
}
