//! Transcribes the microphone turn by turn, with one line for each turn.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example microphone
//! $ cargo run -p cartesia-examples --example microphone -- --mock speech.wav
//! ```
//!
//! With a WAV file, an offline microphone plays it to the program, as in tests without a device. Without a
//! microphone, it uses a sentence that the service speaks.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]
#![allow(clippy::print_stderr, reason = "an example shows what it does")]

use cartesia::audio::Recorder;
use cartesia::stt::{SttFormat, TurnEvent, TurnsSpec};
use cartesia::tts::BytesRequest;
use cartesia::{
    AudioClip, Client, ErrorKind, Listening, ListeningEvent, ModelId, RawFormat, SttModelId,
    VoiceId, WavFormat,
};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let recorder = match std::env::args_os().nth(1) {
        Some(file) => {
            let format = WavFormat::from(RawFormat::PCM_S16LE_16000);
            hears(&AudioClip::new(format, std::fs::read(file)?))?
        }
        None => match Recorder::open_default() {
            Ok(recorder) => recorder,
            Err(error) if error.kind() == ErrorKind::Device => {
                eprintln!("no microphone: a sentence that the service speaks is heard instead");
                hears(&sentence(&client).await?)?
            }
            Err(error) => return Err(error.into()),
        },
    };

    let spec = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
    let mut listening = Listening::new(recorder, client.stt().turns(spec).await?)?;
    while let Some(event) = listening.next_event().await? {
        match event {
            ListeningEvent::Level(level) => eprint!("\r{:6.1} dB ", level.rms_decibels()),
            ListeningEvent::Speech(TurnEvent::End(turn)) => println!("{}", turn.transcript),
            _ => {}
        }
    }
    Ok(())
}

async fn sentence(client: &Client) -> cartesia::Result<AudioClip> {
    let (text, format) = ("Good evening, and welcome.", RawFormat::PCM_S16LE_16000);
    let request = BytesRequest::new(ModelId::SONIC_LATEST, VoiceId::DEFAULT, text, format);
    client.tts().bytes(request).await?.collect().await
}

/// A recorder without a device, which hears a clip at once.
fn hears(clip: &AudioClip) -> Result<Recorder, cartesia_examples::Error> {
    let (format, _) = clip.pcm().ok_or("this is no WAV file")?;
    let samples = clip.samples_f32().unwrap_or_default();
    let (recorder, mut microphone) = Recorder::builder()
        .queue(clip.duration())
        .open_offline(format.sample_rate, 1)?;
    microphone.hear(&samples);
    microphone.unplug();
    Ok(recorder)
}
