//! Tests of a program with `cartesia-mock`: no network, no key, and failures on demand. The tests are at
//! the end of the file.
//!
//! ```console
//! $ cargo test -p cartesia-examples --example test_with_mock
//! $ cargo run -p cartesia-examples --example test_with_mock -- --mock Ada ada.wav
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::Path;

use cartesia::tts::BytesRequest;
use cartesia::{Client, ModelId, RawFormat, SavedAudio, VoiceId, WavFormat};

/// The program: it greets people by name.
async fn greet(client: &Client, name: &str, path: &Path) -> cartesia::Result<SavedAudio> {
    let request = BytesRequest::new(
        ModelId::SONIC_LATEST,
        VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091"),
        format!("Good morning, {name}!"),
        WavFormat::from(RawFormat::PCM_S16LE_16000),
    );
    client.tts().bytes(request).await?.save(path).await
}

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or("World".to_owned());
    let path = arguments.next().unwrap_or("greeting.wav".to_owned());
    let saved = greet(&client, &name, path.as_ref()).await?;
    println!("{:.2} s in {path}", saved.duration.as_secs_f64());
    Ok(())
}

#[cfg(test)]
mod tests {
    use cartesia::ErrorKind;
    use cartesia_mock::{Fault, MockServer};

    use super::*;

    /// A client that can reach nothing but the server, with any key.
    fn client_of(server: &MockServer) -> Client {
        let builder = Client::builder().api_key("sk_test");
        builder.base_url(server.url()).build().unwrap()
    }

    #[tokio::test]
    async fn a_greeting_is_asked_for_and_saved() {
        let server = MockServer::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ada.wav");

        let saved = greet(&client_of(&server), "Ada", &path).await.unwrap();

        // What the program sent, and what became of it.
        let sent = server.received()[0].json().unwrap();
        assert_eq!(sent["transcript"], "Good morning, Ada!");
        let wav = hound::WavReader::open(&path).unwrap();
        assert_eq!(wav.spec().sample_rate, 16_000);
        assert_eq!(saved.duration.as_millis(), u128::from(wav.duration() / 16));
    }

    #[tokio::test]
    async fn a_connection_that_breaks_leaves_no_greeting() {
        let server = MockServer::start().await.unwrap();
        server.inject(Fault::CutBody { after: 1_000 }.on("/tts/bytes"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ada.wav");

        let error = greet(&client_of(&server), "Ada", &path).await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Incomplete);
        assert!(!path.exists(), "half a greeting looks like a whole one");
    }

    #[tokio::test]
    async fn a_busy_service_is_asked_again() {
        let server = MockServer::start().await.unwrap();
        server.inject(Fault::status(429).on("/tts/bytes"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ada.wav");

        greet(&client_of(&server), "Ada", &path).await.unwrap();

        assert_eq!(server.received().len(), 2);
    }
}
