//! The transcript of a file, with word timestamps.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example transcribe_file -- --mock
//! $ cargo run -p cartesia-examples --example transcribe_file -- meeting.mp3
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. Without a file, it
//! synthesizes a sentence first. The offline server recognizes its own speech; other sounds are
//! `word1`, `word2` and so on.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::tts::BytesRequest;
use cartesia::{
    Client, Language, RawFormat, SttModelId, TranscribeRequest, Upload, VoiceId, WavFormat,
};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;

    let file = if let Some(path) = std::env::args_os().nth(1) {
        Upload::from_path(path)
    } else {
        let format = WavFormat::from(RawFormat::PCM_S16LE_16000);
        let text = "Good morning! How are you?";
        let request = BytesRequest::new("sonic-3", VoiceId::DEFAULT, text, format);
        let clip = client.tts().bytes(request).await?.collect().await?;
        Upload::from_bytes("speech.wav", clip.data().clone())
    };
    let request = TranscribeRequest::new(SttModelId::INK_WHISPER, file)
        .with_language(Language::EN)
        .with_word_timestamps();
    let heard = client.stt().transcribe(request).await?;

    println!("{}", heard.text);
    for word in &heard.words {
        let (start, end) = (word.start.as_secs_f64(), word.end.as_secs_f64());
        println!("{start:6.2} to {end:6.2} s  {}", word.text());
    }
    Ok(())
}
