//! What is said in a file, and when.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example transcribe_file -- --mock hello.wav
//! ```
//!
//! Without `--mock` it asks the service, with the key in `CARTESIA_API_KEY`. The offline server
//! understands what it spoke itself, for example `hello.wav` of `collect_into_buffer`; other sounds are
//! `word1`, `word2` and so on.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::{Client, Language, SttModelId, TranscribeRequest, Upload};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;

    let path = std::env::args_os().nth(1).ok_or("which file?")?;
    let request = TranscribeRequest::new(SttModelId::INK_WHISPER, Upload::from_path(path))
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
